// SPDX-License-Identifier: Apache-2.0
//! Managers and the interconnect that joins them, in one.

use super::Interconnect;
use crate::{AxiManager, AxiManagerSignals, AxiSubordinateSignals, Clock, ManagerTiming, Seed};

/// A port that several devices share.
#[derive(Clone, Debug)]
pub struct SharedPort {
    interconnect: Interconnect,
    managers: Vec<AxiManager>,
    /// Nothing happens on the shared port until a manager or the peer moves.
    quiet: bool,
}

impl SharedPort {
    /// `managers` managers of one timing, each with ids of `local_bits` and
    /// room for `depth` responses in the interconnect.
    #[must_use]
    pub fn new(
        managers: usize,
        local_bits: u32,
        depth: usize,
        timing: ManagerTiming,
        seed: Seed,
    ) -> Self {
        Self {
            interconnect: Interconnect::new(managers, local_bits, depth),
            managers: (0..managers)
                .map(|n| AxiManager::new(timing, seed.fork_nth("manager", n as u64)))
                .collect(),
            quiet: false,
        }
    }

    /// How many managers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.managers.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.managers.is_empty()
    }

    /// A manager.
    ///
    /// # Panics
    /// If there is no such manager.
    #[must_use]
    pub fn manager(&self, number: usize) -> &AxiManager {
        &self.managers[number]
    }

    /// A manager, to submit to and to take completions from.
    ///
    /// # Panics
    /// If there is no such manager.
    pub fn manager_mut(&mut self, number: usize) -> &mut AxiManager {
        &mut self.managers[number]
    }

    /// Whether every manager is idle.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.managers.iter().all(AxiManager::is_idle)
    }

    /// What the shared port drives in this clock.
    #[must_use]
    pub const fn drive(&self) -> AxiManagerSignals {
        self.interconnect.drive()
    }

    /// One clock; `peer` is what the device under test drives in it.
    pub fn tick(&mut self, peer: &AxiSubordinateSignals, now: Clock) {
        let mut moved = peer.b_valid || peer.r_valid;
        for (number, manager) in self.managers.iter_mut().enumerate() {
            if manager.is_at_rest() && self.interconnect.is_upstream_idle(number) {
                continue;
            }
            moved = true;
            let down = self.interconnect.drive_upstream(number);
            self.interconnect.tick_upstream(number, &manager.drive());
            manager.tick(&down, now);
        }
        if moved || !self.quiet {
            self.interconnect.tick(peer);
            let out = self.interconnect.drive();
            self.quiet = !(moved || out.aw_valid || out.w_valid || out.ar_valid);
        }
    }

    /// A device is reset: all its reads in flight end as aborted, and what the
    /// interconnect has of them, or still gets, goes nowhere.
    ///
    /// # Panics
    /// If there is no such manager.
    pub fn abort_reads(&mut self, manager: usize) {
        self.interconnect.abort_reads(manager);
        self.managers[manager].abort_reads(|_| true);
    }

    /// Responses that belonged to nobody, here and at the managers.
    #[must_use]
    pub fn stray_responses(&self) -> u64 {
        let managers = self.managers.iter().map(AxiManager::stray_responses);
        self.interconnect.stray_responses() + managers.sum::<u64>()
    }

    /// Forgets everything in flight and queued, as a reset does.
    pub fn reset(&mut self) {
        self.interconnect.reset();
        self.managers.iter_mut().for_each(AxiManager::reset);
        self.quiet = false;
    }
}
