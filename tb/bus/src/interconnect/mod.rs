// SPDX-License-Identifier: Apache-2.0
//! Several managers on one AXI4 port.
//!
//! - The id on the shared port is the manager's number, then the manager's own
//!   id in the low `local_bits`.
//! - AR and AW are granted in turns, one each a clock; W follows in AW order.
//!   Each way takes one clock.
//! - Responses wait in a buffer for each manager. If one is full, the shared
//!   port is not ready for any: which manager the next beat is for cannot be
//!   known a clock ahead.
//!
//! **Being cut off.** If B arrives for a write whose data is incomplete, and
//! no complete write of this id is waiting for one, the write was cut off: the
//! interconnect passes B on, offers the next write's data from the next clock
//! on, and drops what the manager still sends until it has taken its B. A W
//! beat accepted in the clock of that B counts as part of the write.
//!
//! **Being reset.** After [`SharedPort::abort_reads`] nothing of the manager's
//! reads reaches it any more; what is under way on the shared port is taken.

mod shared_port;
mod upstream;

pub use shared_port::SharedPort;

use crate::{AxBeat, AxiManagerSignals, AxiSubordinateSignals, BBeat, RBeat};
use std::collections::VecDeque;
use upstream::Upstream;

/// A write whose address was offered and whose data is incomplete.
#[derive(Clone, Copy, Debug)]
struct Sending {
    manager: usize,
    /// The number of the burst at its manager.
    burst: u64,
    /// The id on the shared port.
    id: u8,
}

/// Merges managers onto one port.
#[derive(Clone, Debug)]
pub struct Interconnect {
    local_bits: u32,
    /// Responses buffered for each manager.
    depth: usize,
    upstream: Vec<Upstream>,
    out: AxiManagerSignals,
    last_ar: usize,
    last_aw: usize,
    /// In AW order; the W beat on offer is the first one's.
    sending: VecDeque<Sending>,
    /// Writes with all data that wait for B, by id.
    complete: Vec<u32>,
    stray: u64,
}

impl Interconnect {
    /// An interconnect for `managers`, each with ids of `local_bits` (the
    /// rest of the 8 bits number the managers) and room for `depth` responses
    /// on each response channel.
    #[must_use]
    pub fn new(managers: usize, local_bits: u32, depth: usize) -> Self {
        debug_assert!(local_bits <= 8 && managers <= 1 << (8 - local_bits));
        Self {
            local_bits: local_bits.min(8),
            depth: depth.max(1),
            upstream: vec![Upstream::default(); managers],
            out: AxiManagerSignals {
                b_ready: true,
                r_ready: true,
                ..AxiManagerSignals::default()
            },
            last_ar: 0,
            last_aw: 0,
            sending: VecDeque::new(),
            complete: vec![0; 256],
            stray: 0,
        }
    }

    /// What it drives on the shared port in this clock.
    #[must_use]
    pub const fn drive(&self) -> AxiManagerSignals {
        self.out
    }

    /// What it drives towards `manager` in this clock.
    #[must_use]
    pub fn drive_upstream(&self, manager: usize) -> AxiSubordinateSignals {
        self.upstream[manager].drive()
    }

    /// Whether nothing is buffered for or from `manager`.
    #[must_use]
    pub fn is_upstream_idle(&self, manager: usize) -> bool {
        self.upstream[manager].is_idle()
    }

    /// Responses on the shared port that belong to nobody.
    #[must_use]
    pub const fn stray_responses(&self) -> u64 {
        self.stray
    }

    /// One clock of the port of `manager`, which drives `signals`. All of them
    /// come before [`Interconnect::tick`]; idle ones may be left out.
    pub fn tick_upstream(&mut self, manager: usize, signals: &AxiManagerSignals) {
        self.upstream[manager].tick(signals);
    }

    /// One clock of the shared port; `peer` is what the device under test
    /// drives in it.
    pub fn tick(&mut self, peer: &AxiSubordinateSignals) {
        self.out.ar_valid &= !peer.ar_ready;
        self.out.aw_valid &= !peer.aw_ready;
        if self.out.w_valid && peer.w_ready {
            self.out.w_valid = false;
            if self.out.w.last
                && let Some(write) = self.sending.pop_front()
            {
                self.complete[usize::from(write.id)] += 1;
            }
        }
        if self.out.b_ready && peer.b_valid {
            self.take_b(peer.b);
        }
        if self.out.r_ready && peer.r_valid {
            let (manager, id) = self.owner(peer.r.id);
            match self.upstream.get_mut(manager) {
                Some(up) => up.take_read(RBeat { id, ..peer.r }),
                None => self.stray += 1,
            }
        }
        self.offer();
    }

    /// The manager and its own id behind an id of the shared port.
    fn owner(&self, id: u8) -> (usize, u8) {
        let wide = u32::from(id);
        ((wide >> self.local_bits) as usize, id & self.local_mask())
    }

    /// The bits of an id that are the manager's own.
    const fn local_mask(&self) -> u8 {
        ((1u32 << self.local_bits) - 1) as u8
    }

    fn shared(&self, manager: usize, ax: &AxBeat) -> AxBeat {
        let local = u32::from(ax.id & self.local_mask());
        let id = (manager as u32) << self.local_bits | local;
        AxBeat {
            id: id as u8,
            ..*ax
        }
    }

    fn take_b(&mut self, b: BBeat) {
        let (manager, id) = self.owner(b.id);
        let Some(up) = self.upstream.get_mut(manager) else {
            self.stray += 1;
            return;
        };
        let waiting = &mut self.complete[usize::from(b.id)];
        let mut cut = None;
        if *waiting > 0 {
            *waiting -= 1;
        } else if let Some(at) = self.sending.iter().position(|s| s.id == b.id)
            && let Some(write) = self.sending.remove(at)
        {
            // The beat on offer belongs to the first.
            self.out.w_valid &= at != 0;
            up.cut_off(write.burst);
            cut = Some(write.burst);
        } else {
            self.stray += 1;
            return;
        }
        up.b.push_back((BBeat { id, ..b }, cut));
    }

    /// What to drive in the next clock.
    fn offer(&mut self) {
        if !self.out.ar_valid
            && let Some(manager) = self.grant(self.last_ar, |up| !up.ar.is_empty())
            && let Some(ax) = self.upstream[manager].ar.pop_front()
        {
            self.last_ar = manager;
            let id = ax.id & self.local_mask();
            self.upstream[manager].reading(id);
            self.out.ar = self.shared(manager, &ax);
            self.out.ar_valid = true;
        }
        if !self.out.aw_valid
            && let Some(manager) = self.grant(self.last_aw, |up| !up.aw.is_empty())
            && let Some((burst, ax)) = self.upstream[manager].aw.pop_front()
        {
            self.last_aw = manager;
            self.out.aw = self.shared(manager, &ax);
            self.out.aw_valid = true;
            let id = self.out.aw.id;
            self.sending.push_back(Sending { manager, burst, id });
        }
        if !self.out.w_valid
            && let Some(write) = self.sending.front()
        {
            let data = &mut self.upstream[write.manager].w;
            if data.front().is_some_and(|(burst, _)| *burst == write.burst)
                && let Some((_, beat)) = data.pop_front()
            {
                self.out.w = beat;
                self.out.w_valid = true;
            }
        }
        let depth = self.depth;
        self.out.b_ready = self.upstream.iter().all(|up| up.b.len() < depth);
        self.out.r_ready = self.upstream.iter().all(|up| up.r.len() < depth);
    }

    /// The next manager after `last`, in turn, that `wants`.
    fn grant(&self, last: usize, wants: impl Fn(&Upstream) -> bool) -> Option<usize> {
        let count = self.upstream.len();
        (1..=count)
            .map(|n| (last + n) % count)
            .find(|&manager| wants(&self.upstream[manager]))
    }

    /// Drops the read requests and R beats that are buffered for `manager`, and
    /// from now on what still comes of its reads.
    pub fn abort_reads(&mut self, manager: usize) {
        self.upstream[manager].abort_reads();
    }

    /// Forgets everything, as a reset does.
    pub fn reset(&mut self) {
        *self = Self::new(self.upstream.len(), self.local_bits, self.depth);
    }
}
