// SPDX-License-Identifier: Apache-2.0
//! What passed the AXI4 ports in a clock.

use sallyport_bus::{AxiManagerSignals, AxiSubordinateSignals, RBeat, WBeat};

/// Handshakes of the last clock, for a test that follows each burst. Addresses
/// that leave are kept by [`System::log_addresses`](super::System::log_addresses).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Seen {
    /// An AR of a device was accepted.
    pub read_accepted: bool,
    /// An AW of a device was accepted.
    pub write_accepted: bool,
    /// The beat of W that went to memory.
    pub data_sent: Option<WBeat>,
    /// The beat of R that came from memory.
    pub data_returned: Option<RBeat>,
    /// Memory answered a write.
    pub write_done: bool,
}

impl Seen {
    pub(super) fn new(
        device: &AxiManagerSignals,
        answer: &AxiSubordinateSignals,
        out: &AxiManagerSignals,
        memory: &AxiSubordinateSignals,
    ) -> Self {
        Self {
            read_accepted: device.ar_valid && answer.ar_ready,
            write_accepted: device.aw_valid && answer.aw_ready,
            ..Self::of_memory(out, memory)
        }
    }

    /// Where devices have no AXI4 port.
    pub(super) fn of_memory(out: &AxiManagerSignals, memory: &AxiSubordinateSignals) -> Self {
        Self {
            read_accepted: false,
            write_accepted: false,
            data_sent: (out.w_valid && memory.w_ready).then_some(out.w),
            data_returned: (memory.r_valid && out.r_ready).then_some(memory.r),
            write_done: memory.b_valid && out.b_ready,
        }
    }
}
