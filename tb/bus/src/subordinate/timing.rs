// SPDX-License-Identifier: Apache-2.0
//! When a subordinate does what.

use crate::{Pattern, Span};

/// Latencies, back-pressure and the freedom to reorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubordinateTiming {
    /// Clocks from the AR handshake to the first R beat, at least 1.
    pub read_latency: Span,
    /// Clocks from the last W beat (or the AW handshake, if later) to B, at
    /// least 1.
    pub write_latency: Span,
    /// When ARREADY is high.
    pub ar: Pattern,
    /// When AWREADY is high.
    pub aw: Pattern,
    /// When WREADY is high.
    pub w: Pattern,
    /// When R beats may start to be offered.
    pub r: Pattern,
    /// When B beats may start to be offered.
    pub b: Pattern,
    /// Responses of different ids may overtake each other, as their latencies
    /// have it. Otherwise all responses come in the order of the requests.
    pub reorder: bool,
    /// R beats of different ids may alternate. Needs `reorder`.
    pub interleave: bool,
    /// Some reads take their data when the request is accepted, and some
    /// writes take effect long before B; otherwise data is taken as late, and
    /// a write takes effect as early, as possible.
    pub vary_moment: bool,
    /// Of 1,000 exclusive writes, how many fail although nobody interfered.
    pub exclusive_loss: u16,
    /// Lanes that a read beat does not address carry noise instead of zeros.
    pub noise: bool,
    /// Reads in flight at most.
    pub max_reads: usize,
    /// Writes in flight at most.
    pub max_writes: usize,
}

impl SubordinateTiming {
    /// Fixed latency: AR, AW and W always accepted; an AR handshake at t gives
    /// the first beat at t + `read_latency`, then one beat a clock, in order,
    /// any number outstanding; B one clock after W.
    #[must_use]
    pub const fn fixed(read_latency: u32) -> Self {
        Self {
            read_latency: Span::exactly(read_latency),
            write_latency: Span::exactly(1),
            ar: Pattern::OPEN,
            aw: Pattern::OPEN,
            w: Pattern::OPEN,
            r: Pattern::OPEN,
            b: Pattern::OPEN,
            reorder: false,
            interleave: false,
            vary_moment: false,
            exclusive_loss: 0,
            noise: false,
            max_reads: usize::MAX,
            max_writes: usize::MAX,
        }
    }

    /// Everything that AXI4 allows: random latency up to `read_latency`,
    /// reordering and interleaving between ids, back-pressure everywhere.
    #[must_use]
    pub const fn random(read_latency: u32) -> Self {
        Self {
            read_latency: Span::new(1, read_latency),
            write_latency: Span::new(1, read_latency),
            ar: Pattern::up_to(6, 4),
            aw: Pattern::up_to(6, 4),
            w: Pattern::up_to(6, 4),
            r: Pattern::up_to(6, 4),
            b: Pattern::up_to(6, 4),
            reorder: true,
            interleave: true,
            vary_moment: true,
            exclusive_loss: 0,
            noise: true,
            max_reads: 64,
            max_writes: 64,
        }
    }
}
