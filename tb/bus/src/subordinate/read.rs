// SPDX-License-Identifier: Apache-2.0
//! The read half of a subordinate.

use super::{SubordinateTiming, pick::Picker};
use crate::{
    AxBeat, Clock, Gate, Memory, PortId, RBeat, Resp, Seed, Width, beat_place, burst_range,
    id_queues::IdQueues,
};
use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;

/// A read burst that has been accepted.
#[derive(Clone, Debug)]
struct Read {
    ax: AxBeat,
    /// The first clock in which a beat may be offered.
    ready_at: Clock,
    /// The next beat.
    beat: u16,
    /// All beats, if they were taken at once.
    taken: Option<Vec<RBeat>>,
}

/// Accepts AR and offers R.
#[derive(Clone, Debug)]
pub(super) struct ReadSide {
    timing: SubordinateTiming,
    width: Width,
    port: PortId,
    rng: ChaCha8Rng,
    ar_gate: Gate,
    r_gate: Gate,
    reads: IdQueues<Read>,
    picker: Picker,
    /// Buffers to use again.
    spare: Vec<Vec<RBeat>>,
    pub ar_ready: bool,
    pub r: Option<RBeat>,
}

impl ReadSide {
    pub fn new(timing: SubordinateTiming, width: Width, port: PortId, seed: Seed) -> Self {
        let mut side = Self {
            timing,
            width,
            port,
            rng: seed.fork("read").rng(),
            ar_gate: Gate::new(timing.ar),
            r_gate: Gate::new(timing.r),
            reads: IdQueues::new(),
            picker: Picker::new(timing.reorder, timing.interleave),
            spare: Vec::new(),
            ar_ready: false,
            r: None,
        };
        side.drive_ready(Clock::ZERO);
        side
    }

    pub fn reset(&mut self, next: Clock) {
        self.reads.clear();
        self.picker.clear();
        self.r = None;
        self.drive_ready(next);
    }

    pub fn outstanding(&self) -> usize {
        self.reads.len()
    }

    pub fn set_timing(&mut self, timing: SubordinateTiming) {
        self.timing = timing;
        self.ar_gate.set(timing.ar);
        self.r_gate.set(timing.r);
        self.picker.set(
            timing.reorder,
            timing.interleave,
            self.reads.iter().map(|(id, _)| id),
        );
    }

    fn drive_ready(&mut self, next: Clock) {
        self.ar_ready =
            self.ar_gate.is_open(next, &mut self.rng) && self.reads.len() < self.timing.max_reads;
    }

    /// One clock: `ar` is what the manager offers, `r_ready` its RREADY.
    pub fn tick(&mut self, ar: Option<&AxBeat>, r_ready: bool, memory: &mut Memory, now: Clock) {
        let next = now.next();
        if self.ar_ready
            && let Some(ax) = ar
        {
            self.accept(ax, memory, now);
        }
        if r_ready {
            self.r = None;
        }
        if self.r.is_none() && !self.reads.is_empty() && self.r_gate.is_open(next, &mut self.rng) {
            let reads = &self.reads;
            let ready = |id| reads.front(id).is_some_and(|r| r.ready_at <= next);
            if let Some(id) = self.picker.pick(reads.ids(), ready, &mut self.rng) {
                self.r = self.offer(id, memory);
            }
        }
        self.drive_ready(next);
    }

    fn accept(&mut self, ax: &AxBeat, memory: &mut Memory, now: Clock) {
        let latency = self.timing.read_latency.draw(&mut self.rng).max(1);
        let early = !ax.lock && self.timing.vary_moment && self.rng.random();
        let taken = early.then(|| self.take_all(ax, memory));
        self.picker.push(ax.id);
        self.reads.push(
            ax.id,
            Read {
                ax: *ax,
                ready_at: now.after(u64::from(latency)),
                beat: 0,
                taken,
            },
        );
    }

    /// The data of a whole burst, now.
    fn take_all(&mut self, ax: &AxBeat, memory: &mut Memory) -> Vec<RBeat> {
        let mut beats = self.spare.pop().unwrap_or_default();
        beats.clear();
        beats.extend((0..ax.beats()).map(|n| take(ax, n, self.width, memory)));
        if ax.lock {
            let (addr, len) = burst_range(ax, self.width);
            let place = beat_place(ax, 0, self.width);
            let bytes = beats[0].data.to_le_bytes();
            let lane = usize::from(place.lane);
            let seen = &bytes[lane..lane + usize::from(place.bytes)];
            if memory.reserve_seen(self.port, ax.id, addr, len, seen) {
                for beat in beats.iter_mut().filter(|b| b.resp == Resp::Okay) {
                    beat.resp = Resp::ExOkay;
                }
            }
        }
        beats
    }

    /// The next beat of the oldest burst of `id`.
    fn offer(&mut self, id: u8, memory: &mut Memory) -> Option<RBeat> {
        let read = self.reads.front(id)?;
        let (ax, n) = (read.ax, read.beat);
        if ax.lock && read.taken.is_none() {
            // Reservation and data belong to one moment.
            let beats = self.take_all(&ax, memory);
            self.reads.front_mut(id)?.taken = Some(beats);
        }
        let read = self.reads.front_mut(id)?;
        read.beat += 1;
        let mut beat = match &read.taken {
            Some(beats) => beats[usize::from(n)],
            None => take(&ax, n, self.width, memory),
        };
        if self.timing.noise {
            let noise = u128::from(self.rng.next_u64());
            let used = lane_mask(beat_place(&ax, n, self.width).strobes());
            let exist = lane_mask(self.width.lanes());
            beat.data |= (noise << 64 | noise) & !used & exist;
        }
        if beat.last {
            self.picker.done(id);
            let read = self.reads.pop(id)?;
            self.spare.extend(read.taken);
        }
        Some(beat)
    }
}

fn take(ax: &AxBeat, n: u16, width: Width, memory: &Memory) -> RBeat {
    let loaded = memory.bus_read(&beat_place(ax, n, width));
    RBeat {
        id: ax.id,
        data: loaded.data,
        resp: loaded.resp,
        last: n + 1 == ax.beats(),
        poison: loaded.poison,
    }
}

/// Strobes to a mask of bits.
fn lane_mask(strobes: u16) -> u128 {
    (0..16)
        .filter(|lane| strobes >> lane & 1 == 1)
        .fold(0, |mask, lane| mask | 0xff << (8 * lane))
}
