// SPDX-License-Identifier: Apache-2.0
//! The completions that a read is owed: one for each of its bursts, in order, until
//! one fails.

use super::bursts::Burst;
use super::flights::{Breach, Got};
use sallyport_bus::RBeat;
use std::collections::BTreeMap;

/// What memory gave, by burst.
type Returned = BTreeMap<Burst, Vec<Vec<RBeat>>>;

/// What became of a part.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// The core has not answered, or the burst has not left.
    Open,
    Refused,
    Left(Burst),
}

/// The parts of a read.
#[derive(Debug)]
pub struct Owed {
    /// Doublewords, and what became of them.
    parts: Vec<(u16, Fate)>,
    next: usize,
    /// Bytes of a bus word.
    lanes: usize,
}

impl Owed {
    /// Parts of these lengths, read over a bus of `lanes` bytes.
    pub fn new(dwords: Vec<u16>, lanes: usize) -> Self {
        Self {
            lanes,
            parts: dwords.into_iter().map(|n| (n, Fate::Open)).collect(),
            next: 0,
        }
    }

    pub fn refused(&mut self, index: usize) {
        if let Some(part) = self.parts.get_mut(index) {
            part.1 = Fate::Refused;
        }
    }

    pub fn left(&mut self, index: usize, burst: Burst) {
        if let Some(part) = self.parts.get_mut(index) {
            part.1 = Fate::Left(burst);
        }
    }

    /// Whether a part has been refused, or memory could not answer one.
    pub fn has_failed(&self, returned: &Returned) -> bool {
        self.parts.iter().any(|(_, fate)| match fate {
            Fate::Open => false,
            Fate::Refused => true,
            Fate::Left(burst) => {
                let all = returned.get(burst).into_iter().flatten();
                all.into_iter().any(|beats| is_bad(beats))
            }
        })
    }

    /// The completion of the next part has come.
    pub fn completed(&mut self, got: Got<'_>, returned: &mut Returned) -> Breach {
        let Some((dwords, fate)) = self.parts.get(self.next).copied() else {
            return Err("a completion behind the last one".to_owned());
        };
        self.next += 1;
        let lanes = self.lanes;
        let wrong = |why: &str| Err(format!("completed with {got:x?}: {why}"));
        let burst = match (&got, fate) {
            (Got::Refused, Fate::Refused) => return Ok(()),
            (Got::Refused, _) => return wrong("the core has not refused it"),
            (_, Fate::Left(burst)) => burst,
            _ => return wrong("nothing of it has been read"),
        };
        let all = returned.entry(burst).or_default();
        let fits = |beats: &Vec<RBeat>| match got {
            Got::Data(data) => !is_bad(beats) && holds(burst, beats, data, lanes),
            _ => is_bad(beats),
        };
        let Some(index) = all.iter().position(fits) else {
            let all = all.clone();
            return wrong(&format!("memory gave {all:x?} to {burst:x?}"));
        };
        all.remove(index);
        if all.is_empty() {
            returned.remove(&burst);
        }
        match got {
            Got::Data(data) if data.len() != 4 * usize::from(dwords) => Err(format!(
                "{} bytes instead of {dwords} doublewords",
                data.len()
            )),
            _ => Ok(()),
        }
    }
}

/// Whether memory could not answer.
fn is_bad(beats: &[RBeat]) -> bool {
    beats.iter().any(|beat| beat.resp.is_error())
}

/// Whether the data is what memory gave, from the doubleword of its address on.
fn holds((address, ..): Burst, beats: &[RBeat], data: &[u8], lanes: usize) -> bool {
    let bytes: Vec<u8> = beats
        .iter()
        .flat_map(|beat| beat.data.to_le_bytes().into_iter().take(lanes))
        .collect();
    let from = (address as usize % lanes) & !3;
    bytes.get(from..from + data.len()) == Some(data)
}
