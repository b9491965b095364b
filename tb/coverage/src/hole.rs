// SPDX-License-Identifier: Apache-2.0
//! What nothing went through.

use std::collections::{BTreeMap, BTreeSet};

use crate::points::{Kind, Points};

/// Statements that never ran, or bits of a signal that never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// As in [`crate::points::Point`].
    pub module: String,
    /// The line, from 1.
    pub line: u32,
    /// Which.
    pub missing: Missing,
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Statements: how they are reached.
    Branch(String),
    /// Bits of a signal.
    Bits {
        /// The signal, with members and without indices.
        signal: String,
        /// Their numbers. Those of elements of arrays are taken together: a bit
        /// that changed in one of them is none.
        bits: BTreeSet<u32>,
    },
}

/// All holes, in the order of modules and lines.
pub fn holes(points: &Points) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut signals: BTreeMap<(&str, u32, String), BTreeMap<u32, u64>> = BTreeMap::new();
    for (point, count) in points {
        match point.kind {
            Kind::Line if *count == 0 => holes.push(Hole {
                module: point.module.clone(),
                line: point.line,
                missing: Missing::Branch(point.what.clone()),
            }),
            Kind::Line => {}
            Kind::Toggle => {
                let (signal, bit) = split(&point.what);
                let bits = signals
                    .entry((&point.module, point.line, signal))
                    .or_default();
                *bits.entry(bit).or_default() += count;
            }
        }
    }
    for ((module, line, signal), bits) in signals {
        let still = bits.iter().filter(|(_, count)| **count == 0);
        let bits: BTreeSet<u32> = still.map(|(bit, _)| *bit).collect();
        if !bits.is_empty() {
            holes.push(Hole {
                module: module.to_owned(),
                line,
                missing: Missing::Bits { signal, bits },
            });
        }
    }
    holes.sort_by(|a, b| (&a.module, a.line).cmp(&(&b.module, b.line)));
    holes
}

/// The signal, and the number of the bit: `a[2].b[7]` is bit 7 of `a.b`. A scalar
/// is bit 0.
fn split(name: &str) -> (String, u32) {
    let (name, bit) = match name
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
    {
        Some((signal, bit)) => (signal, bit.parse().unwrap_or(0)),
        None => (name, 0),
    };
    let mut signal = String::new();
    let mut within = false;
    for letter in name.chars() {
        match letter {
            '[' => within = true,
            ']' => within = false,
            letter if !within => signal.push(letter),
            _ => {}
        }
    }
    (signal, bit)
}

/// Numbers as ranges, highest first: `11:8, 3`.
pub fn ranges(bits: &BTreeSet<u32>) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &bit in bits.iter().rev() {
        match ranges.last_mut() {
            Some((_, low)) if *low == bit + 1 => *low = bit,
            _ => ranges.push((bit, bit)),
        }
    }
    let text: Vec<String> = ranges
        .iter()
        .map(|(high, low)| {
            if high == low {
                high.to_string()
            } else {
                format!("{high}:{low}")
            }
        })
        .collect();
    text.join(", ")
}

/// The inverse of [`ranges`]; `None` of a text that is none.
pub fn parse_ranges(text: &str) -> Option<BTreeSet<u32>> {
    let mut bits = BTreeSet::new();
    for part in text.split(',').map(str::trim) {
        let (high, low) = part.split_once(':').unwrap_or((part, part));
        bits.extend(low.parse::<u32>().ok()?..=high.parse().ok()?);
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::points::Point;

    #[test]
    fn names_and_ranges() {
        assert_eq!(split("valid"), ("valid".to_owned(), 0));
        assert_eq!(
            split("rows[3].walk.pa[11]"),
            ("rows.walk.pa".to_owned(), 11)
        );
        let bits = BTreeSet::from([0, 1, 2, 7, 9]);
        assert_eq!(ranges(&bits), "9, 7, 2:0");
        assert_eq!(parse_ranges("9, 7, 2:0"), Some(bits));
        assert_eq!(parse_ranges("high"), None);
    }

    #[test]
    fn elements_of_arrays_are_one() {
        let toggle = |what: &str| Point {
            module: "m".to_owned(),
            line: 3,
            kind: Kind::Toggle,
            column: 1,
            what: what.to_owned(),
        };
        let points = Points::from([
            (toggle("a[0].b[1]"), 0),
            (toggle("a[1].b[1]"), 4),
            (toggle("a[0].b[2]"), 0),
            (toggle("a[1].b[2]"), 0),
        ]);
        let found = holes(&points);
        let missing = Missing::Bits {
            signal: "a.b".to_owned(),
            bits: BTreeSet::from([2]),
        };
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].missing, missing);
    }
}
