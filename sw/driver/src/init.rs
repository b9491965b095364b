// SPDX-License-Identifier: Apache-2.0
//! The steps of initialisation ("Guidelines for initialization").

use sallyport_formats::constants as c;
use sallyport_formats::regs::{
    Capabilities, Ddtp, DdtpMode, Fctl, Icvec, InterruptSupport, MsiAddr, MsiVecCtl, msi_cfg_tbl,
};
use sallyport_formats::{DeviceId, Endian};

use crate::Error;
use crate::config::{Config, Interrupts};
use crate::device_directory::DeviceDirectory;
use crate::memory::Memory;
use crate::queue::switch_off;
use crate::registers::{Registers, poll32};

/// Reads `capabilities` and checks the version.
pub(crate) async fn probe<R: Registers>(regs: &mut R) -> Result<Capabilities, Error> {
    let caps = Capabilities::parse(regs.read64(c::REG_CAPABILITIES).await);
    if caps.version >> 4 == (c::CAPABILITIES_VERSION_1_0 >> 4) as u8 {
        Ok(caps)
    } else {
        Err(Error::Version(caps.version))
    }
}

/// Switches off whatever earlier software left on: `fctl` may be written only
/// while translation and queues are off.
pub(crate) async fn quiesce<R: Registers>(
    regs: &mut R,
    caps: &Capabilities,
    polls: u32,
) -> Result<(), Error> {
    let ddtp = Ddtp::parse(regs.read64(c::REG_DDTP).await);
    if ddtp.mode != DdtpMode::Off || ddtp.busy {
        set_ddtp(
            regs,
            Ddtp {
                mode: DdtpMode::Off,
                busy: false,
                ..ddtp
            },
            polls,
        )
        .await?;
    }
    switch_off(regs, c::REG_CQCSR, polls).await?;
    switch_off(regs, c::REG_FQCSR, polls).await?;
    if caps.ats {
        switch_off(regs, c::REG_PQCSR, polls).await?;
    }
    Ok(())
}

/// Sets byte order and interrupt generation.
pub(crate) async fn features<R: Registers>(
    regs: &mut R,
    caps: &Capabilities,
    config: &Config<'_>,
) -> Result<Fctl, Error> {
    let igs = caps.igs;
    match config.interrupts {
        Interrupts::Wires if igs == InterruptSupport::Msi => {
            return Err(Error::Unsupported("interrupts by wire"));
        }
        Interrupts::Messages(_) if igs == InterruptSupport::Wsi => {
            return Err(Error::Unsupported("interrupts by message"));
        }
        _ => {}
    }
    let now = Fctl::parse(regs.read32(c::REG_FCTL).await);
    let wanted = Fctl {
        be: config.endian == Endian::Big,
        wsi: match config.interrupts {
            Interrupts::Polled => now.wsi,
            Interrupts::Wires => true,
            Interrupts::Messages(_) => false,
        },
        gxl: false,
        ..now
    };
    if wanted != now {
        regs.write32(c::REG_FCTL, wanted.emit()).await;
    }
    let got = Fctl::parse(regs.read32(c::REG_FCTL).await);
    if got.be != wanted.be {
        return Err(Error::Unsupported("this byte order"));
    }
    if got.wsi != wanted.wsi {
        return Err(Error::Unsupported("this way of signalling interrupts"));
    }
    Ok(got)
}

/// Finds out how many vectors there are, gives each cause its own, and fills
/// `msi_cfg_tbl`. Entries without a message are masked.
pub(crate) async fn interrupts<R: Registers>(
    regs: &mut R,
    config: &Config<'_>,
) -> Result<Icvec, Error> {
    regs.write64(c::REG_ICVEC, 0xffff).await;
    let most = Icvec::parse(regs.read64(c::REG_ICVEC).await);
    let wanted = config.vectors;
    let vectors = Icvec {
        civ: wanted.command & most.civ,
        fiv: wanted.fault & most.fiv,
        pmiv: wanted.monitor & most.pmiv,
        piv: wanted.page_request & most.piv,
        custom: 0,
    };
    regs.write64(c::REG_ICVEC, vectors.emit()).await;
    if let Interrupts::Messages(messages) = config.interrupts {
        let count = 1 + u64::from(most.civ | most.fiv | most.pmiv | most.piv);
        for vector in 0..count {
            let entry = msi_cfg_tbl(vector);
            let message = messages.get(vector as usize);
            if let Some(message) = message {
                let addr = MsiAddr::new(message.addr).emit();
                regs.write64(entry + c::MSI_CFG_TBL_ADDR_OFFSET, addr).await;
                if regs.read64(entry + c::MSI_CFG_TBL_ADDR_OFFSET).await != addr {
                    return Err(Error::Address {
                        register: "msi_addr",
                    });
                }
                regs.write32(entry + c::MSI_CFG_TBL_DATA_OFFSET, message.data)
                    .await;
            }
            let control = MsiVecCtl {
                masked: message.is_none(),
            };
            regs.write32(entry + c::MSI_CFG_TBL_VEC_CTL_OFFSET, control.emit())
                .await;
        }
    }
    Ok(vectors)
}

/// Writes `ddtp` when it is not busy, waits until the write is carried out, and
/// reads it back.
pub(crate) async fn set_ddtp<R: Registers>(
    regs: &mut R,
    ddtp: Ddtp,
    polls: u32,
) -> Result<Ddtp, Error> {
    let settled = |low: u32| low >> c::DDTP_BUSY_BIT & 1 == 0;
    let timeout = Error::Timeout {
        what: "a change of ddtp",
    };
    poll32(regs, c::REG_DDTP, polls, settled)
        .await
        .ok_or(timeout)?;
    regs.write64(c::REG_DDTP, ddtp.emit()).await;
    poll32(regs, c::REG_DDTP, polls, settled)
        .await
        .ok_or(timeout)?;
    Ok(Ddtp::parse(regs.read64(c::REG_DDTP).await))
}

/// Makes a device directory with the fewest levels that hold ids of
/// `config.device_id_bits` and that the IOMMU takes, and points `ddtp` to it.
pub(crate) async fn directory<R: Registers, M: Memory>(
    regs: &mut R,
    mem: &mut M,
    caps: &Capabilities,
    config: &Config<'_>,
) -> Result<DeviceDirectory, Error> {
    let widest = DeviceId::truncate((1u64 << config.device_id_bits.clamp(1, 24)) - 1);
    let empty = DeviceDirectory::new(mem, 3, caps.msi_flat, config.endian)?;
    mem.barrier();
    let result = try_levels(regs, &empty, widest, config.polls).await;
    if result.is_err() {
        empty.free(mem);
    }
    result
}

async fn try_levels<R: Registers>(
    regs: &mut R,
    empty: &DeviceDirectory,
    widest: DeviceId,
    polls: u32,
) -> Result<DeviceDirectory, Error> {
    for levels in 1..=3 {
        let Some(mode) = DdtpMode::from_levels(levels) else {
            continue;
        };
        if !widest.fits_levels(levels, empty.extended()) {
            continue;
        }
        let wanted = Ddtp {
            mode,
            busy: false,
            ppn: empty.root().page_number(),
        };
        let got = set_ddtp(regs, wanted, polls).await?;
        if got == wanted {
            return Ok(empty.with_levels(levels));
        }
        // From one directory to another only by way of Off.
        let off = set_ddtp(
            regs,
            Ddtp {
                mode: DdtpMode::Off,
                ..got
            },
            polls,
        )
        .await?;
        if off.mode != DdtpMode::Off {
            return Err(Error::Unsupported("switching translation off"));
        }
        if got.mode == mode {
            return Err(Error::Address { register: "ddtp" });
        }
    }
    Err(Error::Unsupported(
        "a device directory for ids of this width",
    ))
}
