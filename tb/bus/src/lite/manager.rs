// SPDX-License-Identifier: Apache-2.0
//! An AXI4-Lite manager: the processor that programs registers.

use super::{
    LiteAccess, LiteAddress, LiteCompletion, LiteData, LiteHandle, LiteManagerSignals,
    LiteSubordinateSignals,
};
use crate::{Clock, Gate, Pattern, Seed};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// How an [`AxiLiteManager`] paces itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiteTiming {
    /// When an address or data may start to be offered.
    pub aw: Pattern,
    /// When W may start to be offered; independent of AW, so W can come first.
    pub w: Pattern,
    /// When AR may start to be offered.
    pub ar: Pattern,
    /// When BREADY is high.
    pub b: Pattern,
    /// When RREADY is high.
    pub r: Pattern,
    /// Accesses in flight at most. One keeps program order; with more, reads
    /// and writes may overtake each other.
    pub max_in_flight: usize,
}

impl LiteTiming {
    /// One access at a time, without delays of its own.
    pub const PLAIN: Self = Self {
        aw: Pattern::OPEN,
        w: Pattern::OPEN,
        ar: Pattern::OPEN,
        b: Pattern::OPEN,
        r: Pattern::OPEN,
        max_in_flight: 1,
    };

    /// Random pauses everywhere, and `max_in_flight` accesses at a time.
    #[must_use]
    pub const fn random(max_in_flight: usize) -> Self {
        let pattern = Pattern::up_to(4, 4);
        Self {
            aw: pattern,
            w: pattern,
            ar: pattern,
            b: pattern,
            r: pattern,
            max_in_flight,
        }
    }
}

/// An access on its way.
#[derive(Clone, Copy, Debug)]
struct InFlight {
    handle: LiteHandle,
    access: LiteAccess,
    issued: Clock,
}

/// Turns a queue of accesses into bus cycles and completions.
#[derive(Clone, Debug)]
pub struct AxiLiteManager {
    max_in_flight: usize,
    rng: ChaCha8Rng,
    aw_gate: Gate,
    w_gate: Gate,
    ar_gate: Gate,
    b_gate: Gate,
    r_gate: Gate,
    next_handle: u64,
    queue: VecDeque<(LiteHandle, LiteAccess)>,
    reads: VecDeque<InFlight>,
    writes: VecDeque<InFlight>,
    /// Issued, but its channel is not free or its gate not open.
    next_aw: Option<LiteAddress>,
    next_w: Option<LiteData>,
    next_ar: Option<LiteAddress>,
    out: LiteManagerSignals,
    completions: VecDeque<LiteCompletion>,
    stray: u64,
}

impl AxiLiteManager {
    /// A manager with nothing to do.
    #[must_use]
    pub fn new(timing: LiteTiming, seed: Seed) -> Self {
        Self {
            max_in_flight: timing.max_in_flight.max(1),
            rng: seed.fork("lite manager").rng(),
            aw_gate: Gate::new(timing.aw),
            w_gate: Gate::new(timing.w),
            ar_gate: Gate::new(timing.ar),
            b_gate: Gate::new(timing.b),
            r_gate: Gate::new(timing.r),
            next_handle: 0,
            queue: VecDeque::new(),
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            next_aw: None,
            next_w: None,
            next_ar: None,
            out: LiteManagerSignals::default(),
            completions: VecDeque::new(),
            stray: 0,
        }
    }

    /// Appends an access to the queue.
    pub fn submit(&mut self, access: LiteAccess) -> LiteHandle {
        let handle = LiteHandle(self.next_handle);
        self.next_handle += 1;
        self.queue.push_back((handle, access));
        handle
    }

    /// The oldest completion that has not been taken.
    pub fn pop_completion(&mut self) -> Option<LiteCompletion> {
        self.completions.pop_front()
    }

    /// Whether everything submitted has been answered.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.in_flight() == 0
    }

    /// Accesses issued and not answered.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.reads.len() + self.writes.len()
    }

    /// Responses that nothing was waiting for; always zero on a sound bus.
    #[must_use]
    pub const fn stray_responses(&self) -> u64 {
        self.stray
    }

    /// What it drives in this clock.
    #[must_use]
    pub const fn drive(&self) -> LiteManagerSignals {
        self.out
    }

    /// One clock; `peer` is what the subordinate drives in it.
    pub fn tick(&mut self, peer: &LiteSubordinateSignals, now: Clock) {
        if self.is_idle() && !peer.b_valid && !peer.r_valid {
            return;
        }
        self.take_responses(peer, now);
        self.out.aw_valid &= !peer.aw_ready;
        self.out.w_valid &= !peer.w_ready;
        self.out.ar_valid &= !peer.ar_ready;
        self.issue(now);
        self.offer(now.next());
    }

    /// Forgets everything queued and in flight.
    pub fn reset(&mut self) {
        self.queue.clear();
        self.reads.clear();
        self.writes.clear();
        self.next_aw = None;
        self.next_w = None;
        self.next_ar = None;
        self.out = LiteManagerSignals::default();
    }

    fn take_responses(&mut self, peer: &LiteSubordinateSignals, now: Clock) {
        let mut done = |from: &mut VecDeque<InFlight>, data, resp| match from.pop_front() {
            Some(it) => self.completions.push_back(LiteCompletion {
                handle: it.handle,
                access: it.access,
                value: match it.access.write {
                    Some(_) => 0,
                    None => it.access.value_in(data),
                },
                resp,
                issued: it.issued,
                done: now,
            }),
            None => self.stray += 1,
        };
        if self.out.b_ready && peer.b_valid {
            done(&mut self.writes, 0, peer.b_resp);
        }
        if self.out.r_ready && peer.r_valid {
            done(&mut self.reads, peer.r_data, peer.r_resp);
        }
    }

    fn issue(&mut self, now: Clock) {
        if self.in_flight() >= self.max_in_flight {
            return;
        }
        let Some(&(handle, access)) = self.queue.front() else {
            return;
        };
        let address = LiteAddress {
            addr: access.addr,
            prot: access.prot,
        };
        let list = match access.write {
            Some(value) if self.next_aw.is_none() && self.next_w.is_none() => {
                self.next_aw = Some(address);
                self.next_w = Some(access.to_lanes(value));
                &mut self.writes
            }
            None if self.next_ar.is_none() => {
                self.next_ar = Some(address);
                &mut self.reads
            }
            _ => return,
        };
        list.push_back(InFlight {
            handle,
            access,
            issued: now.next(),
        });
        self.queue.pop_front();
    }

    /// What to drive in clock `next`.
    fn offer(&mut self, next: Clock) {
        let rng = &mut self.rng;
        if !self.out.aw_valid && self.next_aw.is_some() && self.aw_gate.is_open(next, rng) {
            self.out.aw = self.next_aw.take().unwrap_or_default();
            self.out.aw_valid = true;
        }
        if !self.out.w_valid && self.next_w.is_some() && self.w_gate.is_open(next, rng) {
            self.out.w = self.next_w.take().unwrap_or_default();
            self.out.w_valid = true;
        }
        if !self.out.ar_valid && self.next_ar.is_some() && self.ar_gate.is_open(next, rng) {
            self.out.ar = self.next_ar.take().unwrap_or_default();
            self.out.ar_valid = true;
        }
        self.out.b_ready = self.b_gate.is_open(next, rng);
        self.out.r_ready = self.r_gate.is_open(next, rng);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LiteSize, Resp};

    /// A register of 64 bits that answers each access in the next clock.
    fn run(timing: LiteTiming, accesses: &[LiteAccess]) -> Vec<LiteCompletion> {
        let mut manager = AxiLiteManager::new(timing, Seed::new(1));
        for &access in accesses {
            manager.submit(access);
        }
        let mut register = 0u64;
        let (mut aw, mut w) = (0, VecDeque::new());
        let mut out = LiteSubordinateSignals {
            aw_ready: true,
            w_ready: true,
            ar_ready: true,
            ..LiteSubordinateSignals::default()
        };
        for t in 0..500 {
            let m = manager.drive();
            manager.tick(&out, Clock(t));
            out.b_valid &= !m.b_ready;
            out.r_valid &= !m.r_ready;
            aw += u32::from(m.aw_valid && out.aw_ready);
            w.extend((m.w_valid && out.w_ready).then_some(m.w));
            if !out.b_valid && aw > 0 && !w.is_empty() {
                aw -= 1;
                let beat = w.pop_front().unwrap();
                for lane in (0..8).filter(|lane| beat.strb >> lane & 1 == 1) {
                    let mask = 0xff << (8 * lane);
                    register = register & !mask | beat.data & mask;
                }
                out.b_valid = true;
            }
            if m.ar_valid && out.ar_ready {
                (out.r_valid, out.r_data) = (true, register);
            }
            out.ar_ready = !out.r_valid;
        }
        assert!(manager.is_idle());
        assert_eq!(manager.stray_responses(), 0);
        std::iter::from_fn(|| manager.pop_completion()).collect()
    }

    #[test]
    fn halves_and_wholes_land_in_their_lanes() {
        use LiteSize::{Eight, Four};
        let accesses = [
            LiteAccess::write(0, Eight, 0x1122_3344_5566_7788),
            LiteAccess::write(4, Four, 0xaabb_ccdd),
            LiteAccess::read(0, Eight),
            LiteAccess::read(0, Four),
            LiteAccess::read(4, Four),
        ];
        for timing in [LiteTiming::PLAIN, LiteTiming::random(1)] {
            let done = run(timing, &accesses);
            let values: Vec<u64> = done.iter().map(|c| c.value).collect();
            assert_eq!(
                values,
                [0, 0, 0xaabb_ccdd_5566_7788, 0x5566_7788, 0xaabb_ccdd]
            );
            assert!(done.iter().all(|c| c.resp == Resp::Okay));
            assert!(done.is_sorted_by_key(|c| c.handle));
        }
    }

    #[test]
    fn reads_and_writes_overlap_when_allowed() {
        let accesses: Vec<_> = (0..20)
            .map(|n| match n % 2 {
                0 => LiteAccess::read(0, LiteSize::Eight),
                _ => LiteAccess::write(0, LiteSize::Four, n),
            })
            .collect();
        let done = run(LiteTiming::random(4), &accesses);
        assert_eq!(done.len(), 20);
        let overlaps = |c: &LiteCompletion| {
            done.iter()
                .any(|d| d.handle < c.handle && d.done > c.issued)
        };
        assert!(done.iter().any(overlaps));
    }
}
