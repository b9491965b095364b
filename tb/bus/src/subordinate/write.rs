// SPDX-License-Identifier: Apache-2.0
//! The write half of a subordinate.

use super::{SubordinateTiming, pick::Picker};
use crate::{
    AxBeat, BBeat, Clock, Gate, Memory, PortId, Resp, Seed, WBeat, Width, WriteRecord, beat_place,
    burst_range, id_queues::IdQueues,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_formats::Spa;
use std::collections::VecDeque;

/// A write that has all its data.
#[derive(Clone, Debug)]
struct Write {
    ax: AxBeat,
    beats: Vec<WBeat>,
    /// When it takes effect.
    effect_at: Clock,
    /// The first clock in which B may be offered.
    ready_at: Clock,
    /// The answer, once it has taken effect.
    resp: Option<Resp>,
}

/// Accepts AW and W and offers B.
#[derive(Clone, Debug)]
pub(super) struct WriteSide {
    timing: SubordinateTiming,
    width: Width,
    port: PortId,
    rng: ChaCha8Rng,
    aw_gate: Gate,
    w_gate: Gate,
    b_gate: Gate,
    /// Addresses whose data is incomplete.
    addresses: VecDeque<AxBeat>,
    /// W beats that belong to `addresses` or to addresses yet to come.
    data: VecDeque<WBeat>,
    writes: IdQueues<Write>,
    /// Writes that have not taken effect.
    pending: usize,
    picker: Picker,
    spare: Vec<Vec<WBeat>>,
    pub aw_ready: bool,
    pub w_ready: bool,
    pub b: Option<BBeat>,
}

impl WriteSide {
    pub fn new(timing: SubordinateTiming, width: Width, port: PortId, seed: Seed) -> Self {
        let mut side = Self {
            timing,
            width,
            port,
            rng: seed.fork("write").rng(),
            aw_gate: Gate::new(timing.aw),
            w_gate: Gate::new(timing.w),
            b_gate: Gate::new(timing.b),
            addresses: VecDeque::new(),
            data: VecDeque::new(),
            writes: IdQueues::new(),
            pending: 0,
            picker: Picker::new(timing.reorder, timing.interleave),
            spare: Vec::new(),
            aw_ready: false,
            w_ready: false,
            b: None,
        };
        side.drive_ready(Clock::ZERO);
        side
    }

    pub fn reset(&mut self, next: Clock) {
        self.addresses.clear();
        self.data.clear();
        self.writes.clear();
        self.pending = 0;
        self.picker.clear();
        self.b = None;
        self.drive_ready(next);
    }

    pub fn outstanding(&self) -> usize {
        self.addresses.len() + self.writes.len()
    }

    pub fn set_timing(&mut self, timing: SubordinateTiming) {
        self.timing = timing;
        self.aw_gate.set(timing.aw);
        self.w_gate.set(timing.w);
        self.b_gate.set(timing.b);
        self.picker.set(
            timing.reorder,
            timing.interleave,
            self.writes.iter().map(|(id, _)| id),
        );
    }

    fn drive_ready(&mut self, next: Clock) {
        self.aw_ready = self.aw_gate.is_open(next, &mut self.rng)
            && self.outstanding() < self.timing.max_writes;
        self.w_ready = self.w_gate.is_open(next, &mut self.rng);
    }

    /// One clock: what the manager offers on AW and W, and its BREADY.
    pub fn tick(
        &mut self,
        aw: Option<&AxBeat>,
        w: Option<&WBeat>,
        b_ready: bool,
        memory: &mut Memory,
        now: Clock,
    ) {
        let next = now.next();
        if self.aw_ready {
            self.addresses.extend(aw);
        }
        if self.w_ready {
            self.data.extend(w);
        }
        self.match_data(now);
        if self.pending > 0 {
            self.take_effect(memory, now);
        }
        if b_ready {
            self.b = None;
        }
        if self.b.is_none() && !self.writes.is_empty() && self.b_gate.is_open(next, &mut self.rng) {
            let writes = &self.writes;
            let ready = |id| {
                let head: Option<&Write> = writes.front(id);
                head.is_some_and(|w| w.resp.is_some() && w.ready_at <= next)
            };
            if let Some(id) = self.picker.pick(writes.ids(), ready, &mut self.rng)
                && let Some(mut write) = self.writes.pop(id)
            {
                self.picker.done(id);
                write.beats.clear();
                self.spare.push(write.beats);
                self.b = write.resp.map(|resp| BBeat { id, resp });
            }
        }
        self.drive_ready(next);
    }

    /// Moves a write on whose data is complete; at most one completes a clock,
    /// because one W beat arrives a clock, unless W ran ahead of AW.
    fn match_data(&mut self, now: Clock) {
        while let Some(ax) = self.addresses.front() {
            let count = usize::from(ax.beats());
            if self.data.len() < count {
                return;
            }
            let ax = *ax;
            self.addresses.pop_front();
            let mut beats = self.spare.pop().unwrap_or_default();
            beats.extend(self.data.drain(..count));
            let latency = self.timing.write_latency.draw(&mut self.rng).max(1);
            let delay = if self.timing.vary_moment {
                self.rng.random_range(0..latency)
            } else {
                0
            };
            // Writes of one id take effect in order.
            let earlier = self.writes.queue(ax.id).back().map(|w| w.effect_at);
            let effect_at = now.after(u64::from(delay)).max(earlier.unwrap_or(now));
            self.picker.push(ax.id);
            self.pending += 1;
            self.writes.push(
                ax.id,
                Write {
                    ax,
                    beats,
                    effect_at,
                    ready_at: now.after(u64::from(latency)).max(effect_at.next()),
                    resp: None,
                },
            );
        }
    }

    fn take_effect(&mut self, memory: &mut Memory, now: Clock) {
        for id in self.writes.ids() {
            for write in self.writes.queue_mut(id) {
                if write.resp.is_some() {
                    continue;
                }
                if write.effect_at > now {
                    break;
                }
                let lost = write.ax.lock
                    && self.timing.exclusive_loss > 0
                    && self.rng.random_range(0..1000) < self.timing.exclusive_loss;
                let resp = perform(write, lost, self.width, self.port, memory, now);
                write.resp = Some(resp);
                self.pending -= 1;
            }
        }
    }
}

/// Writes all beats to memory, or none if an exclusive write has failed.
fn perform(
    write: &Write,
    lost: bool,
    width: Width,
    port: PortId,
    memory: &mut Memory,
    now: Clock,
) -> Resp {
    let ax = &write.ax;
    if ax.lock {
        let (addr, len) = burst_range(ax, width);
        if !memory.claim(port, ax.id, addr, len) || lost {
            return Resp::Okay;
        }
    }
    let mut worst = Resp::Okay;
    for (n, beat) in (0..).zip(&write.beats) {
        let place = beat_place(ax, n, width);
        let record = WriteRecord {
            id: ax.id,
            user: ax.user,
            exclusive: ax.lock,
            ..WriteRecord::new(
                now,
                port,
                Spa::new(place.word),
                beat.data,
                beat.strb & place.strobes(),
            )
        };
        let resp = if ax.lock {
            // Somebody else was first.
            let Some(resp) = memory.bus_write_exclusive(record) else {
                return Resp::Okay;
            };
            resp
        } else {
            memory.bus_write(record)
        };
        worst = worst.max(resp);
    }
    if ax.lock && worst == Resp::Okay {
        Resp::ExOkay
    } else {
        worst
    }
}
