// SPDX-License-Identifier: Apache-2.0
//! What an AXI4-Lite manager is asked to do, and what came of it.

use super::LiteData;
use crate::{Clock, Resp};

/// Size of a register access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiteSize {
    /// 4 bytes.
    Four,
    /// 8 bytes.
    Eight,
}

/// A register access. An address that is not a multiple of the size goes out
/// as it is, with the data in the lanes of the aligned word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiteAccess {
    /// Offset in bytes.
    pub addr: u32,
    /// Bytes.
    pub size: LiteSize,
    /// The value to write; `None` reads.
    pub write: Option<u64>,
    /// AxPROT, 3 bits.
    pub prot: u8,
}

impl LiteAccess {
    /// Reads `size` at `addr`.
    #[must_use]
    pub const fn read(addr: u32, size: LiteSize) -> Self {
        Self {
            addr,
            size,
            write: None,
            prot: 0,
        }
    }

    /// Writes `value` to `addr`; only the low half counts if `size` is four.
    #[must_use]
    pub const fn write(addr: u32, size: LiteSize, value: u64) -> Self {
        Self {
            write: Some(value),
            ..Self::read(addr, size)
        }
    }

    /// First lane, in bits.
    const fn shift(&self) -> u32 {
        match self.size {
            LiteSize::Four => (self.addr & 4) * 8,
            LiteSize::Eight => 0,
        }
    }

    /// The value in bus lanes with its strobes.
    pub(super) const fn to_lanes(self, value: u64) -> LiteData {
        let shift = self.shift();
        match self.size {
            LiteSize::Four => LiteData {
                data: (value & 0xffff_ffff) << shift,
                strb: 0x0f << (shift / 8),
            },
            LiteSize::Eight => LiteData {
                data: value,
                strb: 0xff,
            },
        }
    }

    /// The accessed bytes of a bus word.
    pub(super) const fn value_in(&self, data: u64) -> u64 {
        match self.size {
            LiteSize::Four => data >> self.shift() & 0xffff_ffff,
            LiteSize::Eight => data,
        }
    }
}

/// Names an access that was submitted; they count from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LiteHandle(pub u64);

/// An access that has been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiteCompletion {
    /// Which.
    pub handle: LiteHandle,
    /// What was asked.
    pub access: LiteAccess,
    /// The value read; zero for a write.
    pub value: u64,
    /// The response.
    pub resp: Resp,
    /// The first clock in which the manager was ready to issue it.
    pub issued: Clock,
    /// The clock of the R or B handshake.
    pub done: Clock,
}
