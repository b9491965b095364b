// SPDX-License-Identifier: Apache-2.0
//! The signals of an AXI4 port, as plain values.
//!
//! Fields are as wide as the widest port needs. A narrower port leaves the
//! upper bits zero; the protocol monitor checks that. Data and strobes are in
//! bus lanes: bits 7:0 of `data` are the byte whose address is a multiple of
//! the bus width.

use std::fmt;

/// What an address channel (AW or AR) carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AxBeat {
    /// AxID, up to 8 bits.
    pub id: u8,
    /// AxADDR in bytes: an IOVA on a device port, physical elsewhere.
    pub addr: u64,
    /// AxLEN: beats in the burst, less one.
    pub len: u8,
    /// AxSIZE: log2 of the bytes a beat, 3 bits.
    pub size: u8,
    /// AxBURST: 0 FIXED, 1 INCR, 2 WRAP, 3 reserved. See [`crate::Burst`].
    pub burst: u8,
    /// AxLOCK: an exclusive access.
    pub lock: bool,
    /// AxCACHE, 4 bits.
    pub cache: u8,
    /// AxPROT, 3 bits: bit 0 privileged, bit 1 non-secure, bit 2 instruction.
    pub prot: u8,
    /// AxQOS, 4 bits.
    pub qos: u8,
    /// AxUSER; see [`crate::DeviceUser`] and [`crate::MemoryUser`].
    pub user: u64,
}

impl AxBeat {
    /// Beats in the burst: AxLEN + 1.
    #[must_use]
    pub const fn beats(&self) -> u16 {
        self.len as u16 + 1
    }

    /// Bytes a beat: 2^AxSIZE.
    #[must_use]
    pub const fn beat_bytes(&self) -> u16 {
        1 << (self.size & 7)
    }
}

/// What the W channel carries. It has no id: bursts come in AW order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct WBeat {
    /// WDATA in bus lanes.
    pub data: u128,
    /// WSTRB: one bit a byte lane.
    pub strb: u16,
    /// WLAST.
    pub last: bool,
}

/// What the B channel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct BBeat {
    /// BID.
    pub id: u8,
    /// BRESP.
    pub resp: Resp,
}

/// What the R channel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RBeat {
    /// RID.
    pub id: u8,
    /// RDATA in bus lanes.
    pub data: u128,
    /// RRESP.
    pub resp: Resp,
    /// RLAST.
    pub last: bool,
    /// RUSER bit 0: the data is poisoned.
    pub poison: bool,
}

/// xRESP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Resp {
    /// Success; for an exclusive access: not exclusive.
    #[default]
    Okay = 0,
    /// An exclusive access that succeeded.
    ExOkay = 1,
    /// The subordinate signals an error.
    SlvErr = 2,
    /// No subordinate at this address.
    DecErr = 3,
}

impl Resp {
    /// Decodes the two bits of xRESP; higher bits are ignored.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Okay,
            1 => Self::ExOkay,
            2 => Self::SlvErr,
            _ => Self::DecErr,
        }
    }

    /// The two bits of xRESP.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self as u8
    }

    /// Whether this is SLVERR or DECERR.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::SlvErr | Self::DecErr)
    }
}

impl fmt::Display for Resp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Okay => "OKAY",
            Self::ExOkay => "EXOKAY",
            Self::SlvErr => "SLVERR",
            Self::DecErr => "DECERR",
        })
    }
}

/// What the manager's side of an AXI4 port drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AxiManagerSignals {
    /// AWVALID.
    pub aw_valid: bool,
    /// AW payload.
    pub aw: AxBeat,
    /// WVALID.
    pub w_valid: bool,
    /// W payload.
    pub w: WBeat,
    /// BREADY.
    pub b_ready: bool,
    /// ARVALID.
    pub ar_valid: bool,
    /// AR payload.
    pub ar: AxBeat,
    /// RREADY.
    pub r_ready: bool,
}

/// What the subordinate's side of an AXI4 port drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AxiSubordinateSignals {
    /// AWREADY.
    pub aw_ready: bool,
    /// WREADY.
    pub w_ready: bool,
    /// BVALID.
    pub b_valid: bool,
    /// B payload.
    pub b: BBeat,
    /// ARREADY.
    pub ar_ready: bool,
    /// RVALID.
    pub r_valid: bool,
    /// R payload.
    pub r: RBeat,
}

/// Width of a data bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Width {
    /// 64 bits.
    Bits64,
    /// 128 bits.
    Bits128,
}

impl Width {
    /// Bytes a beat at full width.
    #[must_use]
    pub const fn bytes(self) -> u16 {
        match self {
            Self::Bits64 => 8,
            Self::Bits128 => 16,
        }
    }

    /// AxSIZE at full width.
    #[must_use]
    pub const fn size(self) -> u8 {
        match self {
            Self::Bits64 => 3,
            Self::Bits128 => 4,
        }
    }

    /// The lanes that exist, as strobes.
    #[must_use]
    pub const fn lanes(self) -> u16 {
        match self {
            Self::Bits64 => 0x00ff,
            Self::Bits128 => 0xffff,
        }
    }
}
