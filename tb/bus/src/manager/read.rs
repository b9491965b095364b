// SPDX-License-Identifier: Apache-2.0
//! The read half of a manager.

use super::{Completion, ManagerTiming, Outcome};
use crate::{AxBeat, Clock, Gate, RBeat, Seed, id_queues::IdQueues};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// Offers AR and accepts R.
#[derive(Clone, Debug)]
pub(super) struct ReadHalf {
    rng: ChaCha8Rng,
    ar_gate: Gate,
    r_gate: Gate,
    max: usize,
    queue: VecDeque<Box<Completion>>,
    /// AR is valid with this one.
    offered: Option<Box<Completion>>,
    waiting: IdQueues<Box<Completion>>,
    pub hold: bool,
    pub stray: u64,
    pub r_ready: bool,
}

impl ReadHalf {
    pub fn new(timing: &ManagerTiming, seed: Seed) -> Self {
        Self {
            rng: seed.fork("read").rng(),
            ar_gate: Gate::new(timing.ar),
            r_gate: Gate::new(timing.r),
            max: timing.max_reads.max(1),
            queue: VecDeque::new(),
            offered: None,
            waiting: IdQueues::new(),
            hold: false,
            stray: 0,
            r_ready: false,
        }
    }

    pub fn set_timing(&mut self, timing: &ManagerTiming) {
        self.ar_gate.set(timing.ar);
        self.r_gate.set(timing.r);
        self.max = timing.max_reads.max(1);
    }

    pub fn submit(&mut self, read: Box<Completion>) {
        self.queue.push_back(read);
    }

    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Offered or accepted, and not answered.
    pub fn in_flight(&self) -> usize {
        usize::from(self.offered.is_some()) + self.waiting.len()
    }

    pub fn ar(&self) -> Option<&AxBeat> {
        self.offered.as_ref().map(|read| read.transaction.ax())
    }

    pub fn reset(&mut self) {
        self.queue.clear();
        self.offered = None;
        self.waiting.clear();
        self.r_ready = false;
    }

    /// Gives up the reads whose address has been accepted and that `which`
    /// names.
    pub fn abort(&mut self, which: impl Fn(&AxBeat) -> bool, done: &mut VecDeque<Box<Completion>>) {
        for id in self.waiting.ids() {
            let mut at = 0;
            while let Some(read) = self.waiting.queue(id).get(at) {
                if which(read.transaction.ax()) {
                    let read = self.waiting.remove(id, at);
                    done.extend(read.map(|mut read| {
                        read.outcome = Outcome::Aborted;
                        read
                    }));
                } else {
                    at += 1;
                }
            }
        }
    }

    pub fn tick(
        &mut self,
        ar_ready: bool,
        r: Option<&RBeat>,
        done: &mut VecDeque<Box<Completion>>,
        now: Clock,
    ) {
        if ar_ready && let Some(mut read) = self.offered.take() {
            read.times.handshake = Some(now);
            self.waiting.push(read.transaction.ax().id, read);
        }
        if self.r_ready
            && let Some(beat) = r
        {
            self.accept(beat, done, now);
        }
        let next = now.next();
        if self.offered.is_none()
            && self.waiting.len() < self.max
            && let Some(read) = self.queue.front_mut()
            && read.transaction.not_before <= next
            && self.ar_gate.is_open(next, &mut self.rng)
        {
            read.times.valid = Some(next);
            self.offered = self.queue.pop_front();
        }
        self.r_ready = !self.hold && self.r_gate.is_open(next, &mut self.rng);
    }

    fn accept(&mut self, beat: &RBeat, done: &mut VecDeque<Box<Completion>>, now: Clock) {
        let Some(read) = self.waiting.front_mut(beat.id) else {
            self.stray += 1;
            return;
        };
        read.times.first_response.get_or_insert(now);
        read.times.last_response = Some(now);
        read.resp = read.resp.max(beat.resp);
        read.beats.push(*beat);
        if beat.last {
            done.extend(self.waiting.pop(beat.id));
        }
    }
}
