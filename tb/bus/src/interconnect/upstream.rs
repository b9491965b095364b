// SPDX-License-Identifier: Apache-2.0
//! What the interconnect keeps for one manager.

use crate::{AxBeat, AxiManagerSignals, AxiSubordinateSignals, BBeat, RBeat, WBeat};
use std::collections::{BTreeMap, VecDeque};

/// Requests buffered in each channel: two keep one request a clock flowing
/// although ready is registered.
const DEPTH: usize = 2;

/// The buffers between a manager and the shared port. Write bursts are
/// numbered in AW order.
#[derive(Clone, Debug, Default)]
pub(super) struct Upstream {
    pub ar: VecDeque<AxBeat>,
    /// Addresses with the burst's number.
    pub aw: VecDeque<(u64, AxBeat)>,
    /// Data with the burst's number.
    pub w: VecDeque<(u64, WBeat)>,
    /// Responses; with the burst's number if the burst was cut off.
    pub b: VecDeque<(BBeat, Option<u64>)>,
    pub r: VecDeque<RBeat>,
    /// Reads under way on the shared port, by id: the first so many were aborted,
    /// the others were not.
    reads: BTreeMap<u8, (u32, u32)>,
    /// The number of the next address.
    next_address: u64,
    /// The burst that the next W beat belongs to.
    next_data: u64,
    /// Bursts that were cut off and whose B the manager has not seen: what it
    /// still sends of them is dropped.
    cut: Vec<u64>,
    /// Bursts that the manager knows to be cut off before it has begun to send
    /// their data: it will skip them.
    skipped: Vec<u64>,
}

impl Upstream {
    pub fn drive(&self) -> AxiSubordinateSignals {
        AxiSubordinateSignals {
            aw_ready: self.aw.len() < DEPTH,
            w_ready: self.w.len() < DEPTH,
            b_valid: !self.b.is_empty(),
            b: self.b.front().map(|(b, _)| *b).unwrap_or_default(),
            ar_ready: self.ar.len() < DEPTH,
            r_valid: !self.r.is_empty(),
            r: self.r.front().copied().unwrap_or_default(),
        }
    }

    pub fn is_idle(&self) -> bool {
        self.ar.is_empty()
            && self.aw.is_empty()
            && self.w.is_empty()
            && self.b.is_empty()
            && self.r.is_empty()
    }

    pub fn tick(&mut self, m: &AxiManagerSignals) {
        if m.ar_valid && self.ar.len() < DEPTH {
            self.ar.push_back(m.ar);
        }
        if m.aw_valid && self.aw.len() < DEPTH {
            self.aw.push_back((self.next_address, m.aw));
            self.next_address += 1;
        }
        if m.w_valid && self.w.len() < DEPTH {
            if !self.cut.contains(&self.next_data) {
                self.w.push_back((self.next_data, m.w));
            }
            if m.w.last {
                self.next_burst();
            }
        }
        if m.r_ready {
            self.r.pop_front();
        }
        if m.b_ready
            && let Some((_, Some(burst))) = self.b.pop_front()
        {
            self.told(burst);
        }
    }

    /// A read of this id goes out.
    pub fn reading(&mut self, id: u8) {
        self.reads.entry(id).or_default().1 += 1;
    }

    /// A beat of a read has come.
    pub fn take_read(&mut self, beat: RBeat) {
        let (aborted, wanted) = self.reads.entry(beat.id).or_default();
        let goes_nowhere = *aborted > 0;
        if beat.last {
            let count = if goes_nowhere { aborted } else { wanted };
            *count = count.saturating_sub(1);
        }
        if !goes_nowhere {
            self.r.push_back(beat);
        }
    }

    pub fn abort_reads(&mut self) {
        self.ar.clear();
        self.r.clear();
        for (aborted, wanted) in self.reads.values_mut() {
            *aborted += std::mem::take(wanted);
        }
    }

    /// The burst was cut off: its data goes nowhere.
    pub fn cut_off(&mut self, burst: u64) {
        self.w.retain(|(of, _)| *of != burst);
        self.cut.push(burst);
    }

    /// The manager has seen the B of a burst that was cut off. What it sends
    /// from now on belongs to other bursts.
    fn told(&mut self, burst: u64) {
        self.cut.retain(|b| *b != burst);
        if self.next_data == burst {
            self.next_burst();
        } else if self.next_data < burst {
            self.skipped.push(burst);
        }
    }

    fn next_burst(&mut self) {
        self.next_data += 1;
        while let Some(at) = self.skipped.iter().position(|b| *b == self.next_data) {
            self.skipped.swap_remove(at);
            self.next_data += 1;
        }
    }
}
