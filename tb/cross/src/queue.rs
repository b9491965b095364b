// SPDX-License-Identifier: Apache-2.0
//! Fault records, as they reach memory.

use std::collections::VecDeque;

use sallyport_bus::Memory;
use sallyport_formats::{FaultRecord, Spa};
use sallyport_sim::{ManagerPins, SubordinatePins};

/// The ID of the fault queue's writes on the memory port: see `iommu_pkg`.
const FAULT_QUEUE_ID: u8 = 0x42;

/// Looks at the memory port for records.
#[derive(Debug, Default)]
pub struct FaultQueue {
    /// Where records go that memory has not acknowledged.
    writes: VecDeque<u64>,
}

impl FaultQueue {
    pub fn reset(&mut self) {
        self.writes.clear();
    }

    /// One clock; the record that memory has acknowledged in it.
    pub fn clock(
        &mut self,
        m: &ManagerPins,
        s: &SubordinatePins,
        memory: &Memory,
    ) -> Option<FaultRecord> {
        if m.aw.valid && s.aw_ready && m.aw.id == FAULT_QUEUE_ID {
            self.writes.push_back(m.aw.addr);
        }
        if !(s.b.valid && m.b_ready && s.b.id == FAULT_QUEUE_ID) {
            return None;
        }
        let address = self.writes.pop_front()?;
        let okay = s.b.resp & 2 == 0;
        let words = [0, 8, 16, 24].map(|n| memory.read_u64(Spa::new(address + n)));
        okay.then(|| FaultRecord::parse(words))
    }
}
