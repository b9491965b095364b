// SPDX-License-Identifier: Apache-2.0
//! The signals of an AXI4-Lite port with 64 data bits.

use crate::Resp;

/// AW or AR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LiteAddress {
    /// AxADDR in bytes, an offset into the register page.
    pub addr: u32,
    /// AxPROT, 3 bits.
    pub prot: u8,
}

/// W.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LiteData {
    /// WDATA.
    pub data: u64,
    /// WSTRB.
    pub strb: u8,
}

/// What the manager's side of an AXI4-Lite port drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LiteManagerSignals {
    /// AWVALID.
    pub aw_valid: bool,
    /// AW payload.
    pub aw: LiteAddress,
    /// WVALID.
    pub w_valid: bool,
    /// W payload.
    pub w: LiteData,
    /// BREADY.
    pub b_ready: bool,
    /// ARVALID.
    pub ar_valid: bool,
    /// AR payload.
    pub ar: LiteAddress,
    /// RREADY.
    pub r_ready: bool,
}

/// What the subordinate's side of an AXI4-Lite port drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LiteSubordinateSignals {
    /// AWREADY.
    pub aw_ready: bool,
    /// WREADY.
    pub w_ready: bool,
    /// BVALID.
    pub b_valid: bool,
    /// BRESP.
    pub b_resp: Resp,
    /// ARREADY.
    pub ar_ready: bool,
    /// RVALID.
    pub r_valid: bool,
    /// RDATA.
    pub r_data: u64,
    /// RRESP.
    pub r_resp: Resp,
}
