// SPDX-License-Identifier: Apache-2.0
//! What an AXI4 manager is asked to do, and what came of it.

use super::bytes;
use crate::{AxBeat, Clock, RBeat, Resp, WBeat, Width};

/// When the W beats of a write are offered, relative to its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum WStart {
    /// Together with the address, if W is free.
    #[default]
    WithAddress,
    /// The address waits this many clocks after the data could go.
    Ahead(u32),
    /// This many clocks after the address was first offered.
    AfterAddress(u32),
    /// This many clocks after the address was accepted, at least one.
    AfterHandshake(u32),
}

/// A burst to be done.
#[derive(Clone, Debug)]
pub struct Transaction {
    ax: AxBeat,
    data: Option<Vec<WBeat>>,
    /// The address is not offered before this clock.
    pub not_before: Clock,
    /// When a write's data follows.
    pub w_start: WStart,
    /// After so many W beats the device stalls for ever (see
    /// [`AxiManager::resume`](crate::AxiManager::resume)); zero withholds all.
    pub w_stall_after: Option<u16>,
}

impl Transaction {
    /// A read with this AR.
    #[must_use]
    pub const fn read(ax: AxBeat) -> Self {
        Self {
            ax,
            data: None,
            not_before: Clock::ZERO,
            w_start: WStart::WithAddress,
            w_stall_after: None,
        }
    }

    /// A write with this AW. Missing beats have no strobes, surplus beats are
    /// cut, and WLAST is set as AWLEN says.
    #[must_use]
    pub fn write(ax: AxBeat, mut data: Vec<WBeat>) -> Self {
        let count = usize::from(ax.beats());
        data.resize(count, WBeat::default());
        for (n, beat) in data.iter_mut().enumerate() {
            beat.last = n + 1 == count;
        }
        Self {
            data: Some(data),
            ..Self::read(ax)
        }
    }

    /// A write of `bytes` from `ax.addr` on, spread over the burst that `ax`
    /// describes; lanes beyond the end of `bytes` have no strobe.
    #[must_use]
    pub fn write_bytes(ax: AxBeat, bytes: &[u8], width: Width) -> Self {
        Self::write(ax, bytes::to_beats(&ax, bytes, width))
    }

    /// The same with another AXI id.
    #[must_use]
    pub const fn with_id(mut self, id: u8) -> Self {
        self.ax.id = id;
        self
    }

    /// The address phase.
    #[must_use]
    pub const fn ax(&self) -> &AxBeat {
        &self.ax
    }

    /// The W beats; `None` for a read.
    #[must_use]
    pub fn data(&self) -> Option<&[WBeat]> {
        self.data.as_deref()
    }

    /// Whether it is a write.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        self.data.is_some()
    }
}

/// Names a transaction of one manager; handles count from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Handle(pub u64);

/// The clocks of a transaction's events, as far as they happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Times {
    /// AxVALID is high for the first time.
    pub valid: Option<Clock>,
    /// The AxVALID and AxREADY handshake.
    pub handshake: Option<Clock>,
    /// The handshake of the last W beat.
    pub w_last: Option<Clock>,
    /// The handshake of the first R beat, or B.
    pub first_response: Option<Clock>,
    /// The handshake of the last R beat, or B.
    pub last_response: Option<Clock>,
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With all beats.
    Complete,
    /// B came before the last W beat: the device was cut off, and the manager
    /// has dropped the beats that were left.
    CutOff,
    /// The bench gave the read up.
    Aborted,
}

/// A transaction that has ended.
#[derive(Clone, Debug)]
pub struct Completion {
    /// Which.
    pub handle: Handle,
    /// What was asked.
    pub transaction: Transaction,
    /// How it ended.
    pub outcome: Outcome,
    /// BRESP, or the worst RRESP.
    pub resp: Resp,
    /// The R beats.
    pub beats: Vec<RBeat>,
    /// When what happened.
    pub times: Times,
}

impl Completion {
    /// Of a transaction that has not begun.
    pub(super) const fn pending(handle: Handle, transaction: Transaction) -> Self {
        Self {
            handle,
            transaction,
            outcome: Outcome::Complete,
            resp: Resp::Okay,
            beats: Vec::new(),
            times: Times {
                valid: None,
                handshake: None,
                w_last: None,
                first_response: None,
                last_response: None,
            },
        }
    }

    /// The bytes that a read has returned, from AxADDR on.
    #[must_use]
    pub fn bytes(&self, width: Width) -> Vec<u8> {
        bytes::from_beats(&self.transaction.ax, &self.beats, width)
    }
}
