// SPDX-License-Identifier: Apache-2.0
//! Registers ("Memory-mapped register interface"): one struct for each.
//!
//! Offsets are in [`constants`](crate::constants) (`REG_…`). Index registers
//! (`cqh`, `cqt`, `fqh`, …) and counters are plain numbers and have no struct.
//!
//! ```
//! use sallyport_formats::regs::{Ddtp, DdtpMode};
//!
//! let ddtp = Ddtp { mode: DdtpMode::ThreeLevel, ppn: 0x8_0000, ..Ddtp::default() };
//! assert_eq!(ddtp.emit(), 0x8_0000 << 10 | 4);
//! assert_eq!(Ddtp::parse(ddtp.emit()), ddtp);
//! ```

mod control;
mod debug;
mod monitor;
mod queue;

pub use control::{Capabilities, Ddtp, DdtpMode, Fctl, InterruptSupport};
pub use debug::{Qosid, TrReqCtl, TrReqIova, TrResponse};
pub use monitor::{Iocount, Iohpmcycles, Iohpmevt};
pub use queue::{Cqcsr, Fqcsr, Icvec, Ipsr, MsiAddr, MsiVecCtl, Pqcsr, QueueBase};

/// The register's offset of `iohpmctr` number `n` (1 to 31), in bytes.
#[must_use]
pub const fn iohpmctr(n: u64) -> u64 {
    use crate::constants::{IOHPM_STRIDE, REG_IOHPMCTR_BASE};
    REG_IOHPMCTR_BASE + (n - 1) * IOHPM_STRIDE
}

/// The register's offset of `iohpmevt` number `n` (1 to 31), in bytes.
#[must_use]
pub const fn iohpmevt(n: u64) -> u64 {
    use crate::constants::{IOHPM_STRIDE, REG_IOHPMEVT_BASE};
    REG_IOHPMEVT_BASE + (n - 1) * IOHPM_STRIDE
}

/// The offset of entry `vector` (0 to 15) of `msi_cfg_tbl`, in bytes.
#[must_use]
pub const fn msi_cfg_tbl(vector: u64) -> u64 {
    use crate::constants::{MSI_CFG_TBL_STRIDE, REG_MSI_CFG_TBL};
    REG_MSI_CFG_TBL + vector * MSI_CFG_TBL_STRIDE
}
