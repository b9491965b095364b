// SPDX-License-Identifier: Apache-2.0
//! The read half of a manager.

use super::{Completion, Handle, ManagerTiming, Outcome, Times, Transaction};
use crate::{AxBeat, Clock, Gate, RBeat, Resp, Seed, id_queues::IdQueues};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// A read whose address has been offered.
#[derive(Clone, Debug)]
struct Read {
    handle: Handle,
    transaction: Transaction,
    beats: Vec<RBeat>,
    resp: Resp,
    times: Times,
}

impl Read {
    fn complete(self, outcome: Outcome) -> Completion {
        Completion {
            handle: self.handle,
            transaction: self.transaction,
            outcome,
            resp: self.resp,
            beats: self.beats,
            times: self.times,
        }
    }
}

/// Offers AR and accepts R.
#[derive(Clone, Debug)]
pub(super) struct ReadHalf {
    rng: ChaCha8Rng,
    ar_gate: Gate,
    r_gate: Gate,
    max: usize,
    queue: VecDeque<(Handle, Transaction)>,
    /// AR is valid with this one.
    offered: Option<Read>,
    waiting: IdQueues<Read>,
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

    pub fn submit(&mut self, handle: Handle, transaction: Transaction) {
        self.queue.push_back((handle, transaction));
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
    pub fn abort(&mut self, which: impl Fn(&AxBeat) -> bool, done: &mut VecDeque<Completion>) {
        for id in self.waiting.ids() {
            let mut at = 0;
            while let Some(read) = self.waiting.queue(id).get(at) {
                if which(read.transaction.ax()) {
                    let read = self.waiting.remove(id, at);
                    done.extend(read.map(|r| r.complete(Outcome::Aborted)));
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
        done: &mut VecDeque<Completion>,
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
            && let Some((_, transaction)) = self.queue.front()
            && transaction.not_before <= next
            && self.ar_gate.is_open(next, &mut self.rng)
        {
            self.offered = self.queue.pop_front().map(|(handle, transaction)| Read {
                handle,
                transaction,
                beats: Vec::new(),
                resp: Resp::Okay,
                times: Times {
                    valid: Some(next),
                    ..Times::default()
                },
            });
        }
        self.r_ready = !self.hold && self.r_gate.is_open(next, &mut self.rng);
    }

    fn accept(&mut self, beat: &RBeat, done: &mut VecDeque<Completion>, now: Clock) {
        let Some(read) = self.waiting.front_mut(beat.id) else {
            self.stray += 1;
            return;
        };
        read.times.first_response.get_or_insert(now);
        read.times.last_response = Some(now);
        read.resp = read.resp.max(beat.resp);
        read.beats.push(*beat);
        if beat.last {
            let read = self.waiting.pop(beat.id);
            done.extend(read.map(|r| r.complete(Outcome::Complete)));
        }
    }
}
