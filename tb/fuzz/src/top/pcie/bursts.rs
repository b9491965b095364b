// SPDX-License-Identifier: Apache-2.0
//! The data of bursts behind the IOMMU.

use super::flights::Breach;
use sallyport_bus::{RBeat, WBeat};
use std::collections::{BTreeMap, VecDeque};

/// What tells a burst of a read from others: address, length and device. Those that
/// are alike may have each other's data.
pub type Burst = (u64, u8, u64);

/// What passes on the bus.
#[derive(Debug, Default)]
pub struct Bursts {
    /// Reads by id.
    pub on_bus: BTreeMap<u8, (Burst, Vec<RBeat>)>,
    pub returned: BTreeMap<Burst, Vec<Vec<RBeat>>>,
    pub owed: VecDeque<Vec<WBeat>>,
    sent: VecDeque<Vec<WBeat>>,
    sending: Vec<WBeat>,
}

impl Bursts {
    /// A beat of W leaves.
    pub fn data_left(&mut self, beat: WBeat) -> Breach {
        let lanes = (0..16).filter(|lane| beat.strb >> lane & 1 == 1);
        let mask = lanes.fold(0, |mask, lane| mask | 0xff << (8 * lane));
        self.sending.push(WBeat {
            data: beat.data & mask,
            ..beat
        });
        if beat.last {
            self.sent.push_back(std::mem::take(&mut self.sending));
        }
        self.compare_data()
    }

    /// W and its address may leave in either order.
    pub fn compare_data(&mut self) -> Breach {
        while let (Some(_), Some(_)) = (self.owed.front(), self.sent.front()) {
            let (owed, sent) = (self.owed.pop_front(), self.sent.pop_front());
            if owed != sent {
                return Err(format!("the data {owed:x?} left as {sent:x?}"));
            }
        }
        Ok(())
    }

    /// A beat of R comes from memory.
    pub fn returned(&mut self, beat: RBeat) -> Breach {
        let (burst, beats) = self.on_bus.get_mut(&beat.id).ok_or("R without a read")?;
        beats.push(beat);
        if beat.last {
            let (burst, beats) = (*burst, std::mem::take(beats));
            self.on_bus.remove(&beat.id);
            self.returned.entry(burst).or_default().push(beats);
        }
        Ok(())
    }
}
