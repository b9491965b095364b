// SPDX-License-Identifier: Apache-2.0
//! Pairs requests that differ in nothing with the records that may be theirs.

/// Whether requests and records can be paired so that every record has a
/// request and every request that `needs` one has a record. `fits[q][r]` says
/// whether record r may be that of request q.
///
/// A pairing that serves all records and one that serves all needy requests are
/// enough: then there is one that does both (Mendelsohn and Dulmage).
pub fn can_pair(fits: &[Vec<bool>], records: usize, needs: &[bool]) -> bool {
    let mut owner = vec![None; records];
    let needy = needs.iter().enumerate().filter(|(_, needs)| **needs);
    let all_needy = needy
        .map(|(request, _)| request)
        .all(|request| place(request, fits, &mut owner, &mut vec![false; records]));
    let turned: Vec<Vec<bool>> = (0..records)
        .map(|record| fits.iter().map(|row| row[record]).collect())
        .collect();
    let mut owner = vec![None; fits.len()];
    let all_records =
        (0..records).all(|record| place(record, &turned, &mut owner, &mut vec![false; fits.len()]));
    all_needy && all_records
}

/// Finds a place for `who`, moving others if need be.
fn place(who: usize, fits: &[Vec<bool>], owner: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for there in 0..owner.len() {
        if !fits[who][there] || tried[there] {
            continue;
        }
        tried[there] = true;
        let is_free = match owner[there] {
            None => true,
            Some(other) => place(other, fits, owner, tried),
        };
        if is_free {
            owner[there] = Some(who);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_others_out_of_the_way() {
        let fits = [vec![true, true], vec![true, false]];
        assert!(can_pair(&fits, 2, &[true, true]));
        let both_want_one = [vec![true, false], vec![true, false]];
        assert!(!can_pair(&both_want_one, 2, &[false, false]));
        assert!(!can_pair(&[vec![], vec![]], 0, &[true, false]));
        assert!(can_pair(&[vec![], vec![]], 0, &[false, false]));
    }
}
