// SPDX-License-Identifier: Apache-2.0
//! Finds out what a build can do, as software would.

use super::axi::AxiPort;
use super::config::{PortKind, ReplayConfig};
use super::core::CorePort;
use super::pcie::PciePort;
use super::pool;
use super::target::Port;
use sallyport_formats::constants as c;
use sallyport_formats::regs;
use sallyport_model::{AccessSize, Design};
use sallyport_vectors::{Capabilities, Target, TargetError};

/// What the registers of a build show, and what only trying shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probed {
    /// `capabilities`.
    pub register: u64,
    /// Whether `ddtp` takes the modes 1LVL, 2LVL and 3LVL.
    pub directory_levels: [bool; 3],
    /// Whether `fctl.GXL` can be written.
    pub gxl_writable: bool,
    /// Bits of the fields of `icvec`: log2 of the number of vectors.
    pub vector_bits: u32,
    /// Event counters.
    pub hpm_counters: u32,
}

impl Probed {
    /// As vectors ask for them.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities::new(self.register, self.directory_levels, self.gxl_writable)
    }

    /// The golden model of the same design.
    #[must_use]
    pub fn design(&self) -> Design {
        Design {
            directory_levels: self.directory_levels,
            gxl_writable: self.gxl_writable,
            vector_bits: self.vector_bits,
            hpm_counters: self.hpm_counters,
            ..Design::with_capabilities(regs::Capabilities::parse(self.register))
        }
    }
}

/// Asks the RTL.
///
/// # Errors
/// [`TargetError`] if the model does not exist or does not answer.
pub fn probe(config: &ReplayConfig) -> Result<Probed, TargetError> {
    let config = ReplayConfig {
        waveform: None,
        tlp_capture: None,
        ..config.clone()
    };
    match config.port {
        PortKind::Core => ask::<CorePort>(&config),
        PortKind::Axi => ask::<AxiPort>(&config),
        PortKind::Pcie => ask::<PciePort>(&config),
    }
}

fn ask<P: Port>(config: &ReplayConfig) -> Result<Probed, TargetError> {
    let target = &mut pool::create::<P>(config, "probe")?;
    let register = target.read_register(c::REG_CAPABILITIES, AccessSize::Doubleword)?;

    let gxl = 1 << c::FCTL_GXL_BIT;
    let fctl = target.read_register(c::REG_FCTL, AccessSize::Word)?;
    target.write_register(c::REG_FCTL, AccessSize::Word, fctl | gxl)?;
    let gxl_writable = target.read_register(c::REG_FCTL, AccessSize::Word)? & gxl != 0;
    target.write_register(c::REG_FCTL, AccessSize::Word, fctl)?;

    let mut directory_levels = [false; 3];
    for (mode, level) in (c::DDTP_MODE_1LVL..).zip(&mut directory_levels) {
        *level = set_mode(target, mode)? == mode;
        set_mode(target, c::DDTP_MODE_OFF)?;
    }

    target.write_register(c::REG_ICVEC, AccessSize::Doubleword, u64::MAX)?;
    let icvec = target.read_register(c::REG_ICVEC, AccessSize::Doubleword)?;

    target.write_register(c::REG_IOCOUNTINH, AccessSize::Word, u32::MAX.into())?;
    let inhibits = target.read_register(c::REG_IOCOUNTINH, AccessSize::Word)? as u32;
    Ok(Probed {
        register,
        directory_levels,
        gxl_writable,
        vector_bits: (icvec & 0xf).count_ones(),
        hpm_counters: regs::Iocount::parse(inhibits).hpm.count_ones(),
    })
}

/// Writes `ddtp.iommu_mode` and reads back what it became.
fn set_mode(target: &mut dyn Target, mode: u64) -> Result<u64, TargetError> {
    target.write_register(c::REG_DDTP, AccessSize::Doubleword, mode)?;
    for _ in 0..64 {
        let ddtp = target.read_register(c::REG_DDTP, AccessSize::Doubleword)?;
        if ddtp >> c::DDTP_BUSY_BIT & 1 == 0 {
            return Ok(ddtp & ((1 << c::DDTP_MODE_WIDTH) - 1));
        }
        target.idle()?;
    }
    Err(TargetError("ddtp.busy stays 1".to_owned()))
}
