// SPDX-License-Identifier: Apache-2.0
//! The write half of a manager.

use super::{Completion, ManagerTiming, Outcome, WStart};
use crate::{AxBeat, BBeat, Clock, Gate, Seed, WBeat};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// A write that has begun.
#[derive(Clone, Debug)]
struct Write {
    job: Box<Completion>,
    /// The first clock in which its address may be offered.
    aw_at: Clock,
    /// W beats accepted.
    sent: u16,
}

impl Write {
    fn has_all_data(&self) -> bool {
        self.job.times.w_last.is_some()
    }

    /// The W beat to offer in clock `next`, if it is time.
    fn beat(&self, next: Clock) -> Option<WBeat> {
        let times = &self.job.times;
        let due = match self.job.transaction.w_start {
            WStart::WithAddress => times.valid.is_some(),
            WStart::Ahead(_) => true,
            WStart::AfterAddress(n) => times.valid.is_some_and(|t| t.after(n.into()) <= next),
            WStart::AfterHandshake(n) => times.handshake.is_some_and(|t| t.after(n.into()) <= next),
        };
        let stalled = self
            .job
            .transaction
            .w_stall_after
            .is_some_and(|most| self.sent >= most);
        let beats = self.job.transaction.data()?;
        if due && !stalled {
            beats.get(usize::from(self.sent)).copied()
        } else {
            None
        }
    }
}

/// Offers AW and W and accepts B.
#[derive(Clone, Debug)]
pub(super) struct WriteHalf {
    rng: ChaCha8Rng,
    aw_gate: Gate,
    w_gate: Gate,
    b_gate: Gate,
    max: usize,
    queue: VecDeque<Box<Completion>>,
    /// Writes that have begun, in the order of their addresses.
    active: VecDeque<Write>,
    /// How many of `active` have had their address offered.
    addressed: usize,
    /// The first of `active` that has not sent all its data.
    sending: usize,
    pub hold: bool,
    pub stray: u64,
    pub aw_valid: bool,
    pub w: Option<WBeat>,
    pub b_ready: bool,
}

impl WriteHalf {
    pub fn new(timing: &ManagerTiming, seed: Seed) -> Self {
        Self {
            rng: seed.fork("write").rng(),
            aw_gate: Gate::new(timing.aw),
            w_gate: Gate::new(timing.w),
            b_gate: Gate::new(timing.b),
            max: timing.max_writes.max(1),
            queue: VecDeque::new(),
            active: VecDeque::new(),
            addressed: 0,
            sending: 0,
            hold: false,
            stray: 0,
            aw_valid: false,
            w: None,
            b_ready: false,
        }
    }

    pub fn set_timing(&mut self, timing: &ManagerTiming) {
        self.aw_gate.set(timing.aw);
        self.w_gate.set(timing.w);
        self.b_gate.set(timing.b);
        self.max = timing.max_writes.max(1);
    }

    pub fn submit(&mut self, write: Box<Completion>) {
        self.queue.push_back(write);
    }

    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    pub fn in_flight(&self) -> usize {
        self.active.len()
    }

    /// The address that is offered last; valid while `aw_valid`.
    pub fn aw(&self) -> Option<&AxBeat> {
        let last = self.addressed.checked_sub(1)?;
        self.active
            .get(last)
            .map(|write| write.job.transaction.ax())
    }

    pub fn reset(&mut self) {
        self.queue.clear();
        self.active.clear();
        self.addressed = 0;
        self.sending = 0;
        self.aw_valid = false;
        self.w = None;
        self.b_ready = false;
    }

    /// Lets stalled writes go on.
    pub fn resume(&mut self) {
        for write in &mut self.active {
            write.job.transaction.w_stall_after = None;
        }
    }

    pub fn tick(
        &mut self,
        aw_ready: bool,
        w_ready: bool,
        b: Option<&BBeat>,
        done: &mut VecDeque<Box<Completion>>,
        now: Clock,
    ) {
        if self.aw_valid && aw_ready {
            self.aw_valid = false;
            self.active[self.addressed - 1].job.times.handshake = Some(now);
        }
        if w_ready && self.w.take().is_some() {
            let write = &mut self.active[self.sending];
            write.sent += 1;
            if write.sent == write.job.transaction.ax().beats() {
                write.job.times.w_last = Some(now);
                self.sending += 1;
            }
        }
        if self.b_ready
            && let Some(beat) = b
        {
            self.accept(beat, done, now);
        }
        self.begin(now.next());
        self.offer(now.next());
    }

    fn accept(&mut self, beat: &BBeat, done: &mut VecDeque<Box<Completion>>, now: Clock) {
        let found = self.active.iter().position(|write| {
            write.job.transaction.ax().id == beat.id && write.job.times.handshake.is_some()
        });
        let Some((at, mut write)) = found.and_then(|at| Some((at, self.active.remove(at)?))) else {
            self.stray += 1;
            return;
        };
        self.addressed -= 1;
        if write.has_all_data() {
            self.sending -= 1;
        } else {
            write.job.outcome = Outcome::CutOff;
            if at == self.sending {
                // The beat on offer belongs to the burst that was cut off.
                self.w = None;
            }
        }
        write.job.times.first_response = Some(now);
        write.job.times.last_response = Some(now);
        write.job.resp = beat.resp;
        done.push_back(write.job);
    }

    /// Takes the next write from the queue, unless one that has begun still
    /// waits to offer its address.
    fn begin(&mut self, next: Clock) {
        if self.aw_valid || self.addressed < self.active.len() || self.active.len() >= self.max {
            return;
        }
        if let Some(job) = self.queue.front()
            && job.transaction.not_before <= next
            && self.aw_gate.is_open(next, &mut self.rng)
            && let Some(job) = self.queue.pop_front()
        {
            let lead = match job.transaction.w_start {
                WStart::Ahead(clocks) => clocks,
                _ => 0,
            };
            self.active.push_back(Write {
                job,
                aw_at: next.after(lead.into()),
                sent: 0,
            });
        }
    }

    fn offer(&mut self, next: Clock) {
        if !self.aw_valid
            && let Some(write) = self.active.get_mut(self.addressed)
            && write.aw_at <= next
        {
            write.job.times.valid = Some(next);
            self.aw_valid = true;
            self.addressed += 1;
        }
        if self.w.is_none()
            && let Some(write) = self.active.get(self.sending)
            && let Some(beat) = write.beat(next)
            && self.w_gate.is_open(next, &mut self.rng)
        {
            self.w = Some(beat);
        }
        self.b_ready = !self.hold && self.b_gate.is_open(next, &mut self.rng);
    }
}
