// SPDX-License-Identifier: Apache-2.0
//! Which id answers next.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// Chooses among the ids that have something to answer. Within an id the
/// caller always answers the oldest transaction, as AXI4 demands.
#[derive(Clone, Debug)]
pub(super) struct Picker {
    reorder: bool,
    interleave: bool,
    /// The ids of all transactions in order of arrival, unless reordering.
    arrival: VecDeque<u8>,
    /// The id whose burst is being answered, unless interleaving.
    busy: Option<u8>,
}

impl Picker {
    pub fn new(reorder: bool, interleave: bool) -> Self {
        Self {
            reorder,
            interleave,
            arrival: VecDeque::new(),
            busy: None,
        }
    }

    /// Changes the rules; `ids` are those of the transactions in flight.
    pub fn set(&mut self, reorder: bool, interleave: bool, ids: impl Iterator<Item = u8>) {
        let was = std::mem::replace(&mut self.reorder, reorder);
        self.interleave = interleave;
        if was && !reorder {
            self.arrival = ids.collect();
        } else if reorder {
            self.arrival.clear();
        }
    }

    pub fn clear(&mut self) {
        self.arrival.clear();
        self.busy = None;
    }

    /// A transaction of `id` has arrived.
    pub fn push(&mut self, id: u8) {
        if !self.reorder {
            self.arrival.push_back(id);
        }
    }

    /// The oldest transaction of `id` has been answered to the end.
    pub fn done(&mut self, id: u8) {
        self.busy = None;
        if !self.reorder
            && let Some(at) = self.arrival.iter().position(|&other| other == id)
        {
            self.arrival.remove(at);
        }
    }

    /// The id to answer with a beat now, if any is `ready`.
    pub fn pick(
        &mut self,
        ids: impl Iterator<Item = u8>,
        ready: impl Fn(u8) -> bool,
        rng: &mut ChaCha8Rng,
    ) -> Option<u8> {
        if !self.reorder {
            // A burst that was begun under other rules comes to its end first.
            let first = self.busy.or_else(|| self.arrival.front().copied());
            return first.filter(|&id| ready(id));
        }
        if let Some(id) = self.busy.filter(|_| !self.interleave) {
            return Some(id);
        }
        let mut candidates = [0; 256];
        let mut count = 0;
        for id in ids.filter(|&id| ready(id)) {
            candidates[count] = id;
            count += 1;
        }
        let chosen = match count {
            0 => return None,
            1 => candidates[0],
            _ => candidates[rng.random_range(0..count)],
        };
        self.busy = Some(chosen);
        Some(chosen)
    }
}
