// SPDX-License-Identifier: Apache-2.0
//! Commands of the command queue ("Command-Queue"): two doublewords.
//!
//! ```
//! use sallyport_formats::command::{Command, Fence};
//! use sallyport_formats::{Iova, Pscid};
//!
//! let inval = Command::invalidate_first_stage(None, Some(Pscid::from(7)), Some(Iova::new(0x10_0000)));
//! let fence = Command::Fence(Fence { pr: true, pw: true, ..Fence::default() });
//! assert_eq!(Command::parse(inval.emit()), Ok(inval));
//! assert_eq!(fence.emit(), [0x3002, 0]);
//! ```

mod operands;
mod range;

use core::fmt;

pub use operands::{Ats, AtsInvalidation, Directory, Fence, Invalidation, PageResponse};
pub use range::PageRange;

use crate::bits::{get, mask, put};
use crate::constants as c;
use crate::{DeviceId, Gpa, Gscid, Iova, PageRequest, ProcessId, Pscid};

/// A command by its opcode and function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// IOTINVAL.VMA: forget first-stage translations.
    InvalidateVma(Invalidation),
    /// IOTINVAL.GVMA: forget second-stage translations.
    InvalidateGvma(Invalidation),
    /// IOFENCE.C: wait for the commands before it.
    Fence(Fence),
    /// IODIR.INVAL_DDT: forget device contexts.
    InvalidateDdt(Directory),
    /// IODIR.INVAL_PDT: forget a process context.
    InvalidatePdt(Directory),
    /// ATS.INVAL: have a device forget translations.
    AtsInvalidate(Ats),
    /// ATS.PRGR: answer a device's page requests.
    AtsPageResponse(Ats),
}

/// A pair of opcode and function that no command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCommand {
    /// The opcode, 7 bits.
    pub opcode: u8,
    /// The function, 3 bits.
    pub func3: u8,
}

impl fmt::Display for UnknownCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no command has opcode {} and func3 {}",
            self.opcode, self.func3
        )
    }
}

impl core::error::Error for UnknownCommand {}

impl Command {
    /// Length in doublewords.
    pub const WORDS: usize = 2;

    /// IOTINVAL.VMA of a guest (`None`: the host), of a process (`None`: all,
    /// global mappings too), of a page (`None`: all).
    #[must_use]
    pub fn invalidate_first_stage(
        gscid: Option<Gscid>,
        pscid: Option<Pscid>,
        page: Option<Iova>,
    ) -> Self {
        Self::InvalidateVma(Invalidation {
            pscv: pscid.is_some(),
            pscid: pscid.unwrap_or_default(),
            ..Invalidation::new(gscid, page.map(Iova::page_number))
        })
    }

    /// IOTINVAL.GVMA of a guest (`None`: all guests), of a page (`None`: all).
    #[must_use]
    pub fn invalidate_second_stage(gscid: Option<Gscid>, page: Option<Gpa>) -> Self {
        Self::InvalidateGvma(Invalidation::new(gscid, page.map(Gpa::page_number)))
    }

    /// IODIR.INVAL_DDT of a device (`None`: everything in both directories).
    #[must_use]
    pub fn invalidate_device(device: Option<DeviceId>) -> Self {
        let (dv, did) = (device.is_some(), device.unwrap_or_default());
        Self::InvalidateDdt(Directory {
            dv,
            did,
            ..Directory::default()
        })
    }

    /// IODIR.INVAL_PDT of one process of a device.
    #[must_use]
    pub fn invalidate_process(did: DeviceId, pid: ProcessId) -> Self {
        Self::InvalidatePdt(Directory { pid, dv: true, did })
    }

    /// ATS.INVAL of a device, with PASID where a process is given: all of its
    /// cached translations, or those of a range.
    #[must_use]
    pub fn invalidate_device_cache(
        did: DeviceId,
        process: Option<ProcessId>,
        range: AtsInvalidation,
    ) -> Self {
        Self::AtsInvalidate(Ats {
            payload: range.emit(),
            ..Ats::to(did, process)
        })
    }

    /// ATS.PRGR that answers the group of a page request. With `with_process`
    /// the answer has the PASID that the request had, which devices may demand
    /// ("PRG Response PASID Required").
    #[must_use]
    pub fn answer_page_requests(request: &PageRequest, code: u8, with_process: bool) -> Self {
        let process = (with_process && request.pv).then_some(request.pid);
        let body = PageResponse {
            prgi: request.prgi,
            code,
        };
        Self::AtsPageResponse(Ats {
            payload: body.emit(),
            ..Ats::to(request.did, process)
        })
    }

    /// `opcode` and `func3`.
    #[must_use]
    pub const fn code(&self) -> (u8, u8) {
        let (opcode, func3) = match self {
            Self::InvalidateVma(_) => (c::CMD_OPCODE_IOTINVAL, c::CMD_FUNC3_IOTINVAL_VMA),
            Self::InvalidateGvma(_) => (c::CMD_OPCODE_IOTINVAL, c::CMD_FUNC3_IOTINVAL_GVMA),
            Self::Fence(_) => (c::CMD_OPCODE_IOFENCE, c::CMD_FUNC3_IOFENCE_C),
            Self::InvalidateDdt(_) => (c::CMD_OPCODE_IODIR, c::CMD_FUNC3_IODIR_INVAL_DDT),
            Self::InvalidatePdt(_) => (c::CMD_OPCODE_IODIR, c::CMD_FUNC3_IODIR_INVAL_PDT),
            Self::AtsInvalidate(_) => (c::CMD_OPCODE_ATS, c::CMD_FUNC3_ATS_INVAL),
            Self::AtsPageResponse(_) => (c::CMD_OPCODE_ATS, c::CMD_FUNC3_ATS_PRGR),
        };
        (opcode as u8, func3 as u8)
    }

    /// The command in these doublewords; its reserved bits are ignored, see
    /// [`Self::reserved_bits`].
    ///
    /// # Errors
    /// [`UnknownCommand`] if no command has this opcode and function.
    pub fn parse(words: [u64; 2]) -> Result<Self, UnknownCommand> {
        let opcode = get(words[0], c::CMD_OPCODE_LSB, c::CMD_OPCODE_WIDTH);
        let func3 = get(words[0], c::CMD_FUNC3_LSB, c::CMD_FUNC3_WIDTH);
        Ok(match (opcode, func3) {
            (c::CMD_OPCODE_IOTINVAL, c::CMD_FUNC3_IOTINVAL_VMA) => {
                Self::InvalidateVma(Invalidation::parse(words))
            }
            (c::CMD_OPCODE_IOTINVAL, c::CMD_FUNC3_IOTINVAL_GVMA) => {
                Self::InvalidateGvma(Invalidation::parse(words))
            }
            (c::CMD_OPCODE_IOFENCE, c::CMD_FUNC3_IOFENCE_C) => Self::Fence(Fence::parse(words)),
            (c::CMD_OPCODE_IODIR, c::CMD_FUNC3_IODIR_INVAL_DDT) => {
                Self::InvalidateDdt(Directory::parse(words))
            }
            (c::CMD_OPCODE_IODIR, c::CMD_FUNC3_IODIR_INVAL_PDT) => {
                Self::InvalidatePdt(Directory::parse(words))
            }
            (c::CMD_OPCODE_ATS, c::CMD_FUNC3_ATS_INVAL) => Self::AtsInvalidate(Ats::parse(words)),
            (c::CMD_OPCODE_ATS, c::CMD_FUNC3_ATS_PRGR) => Self::AtsPageResponse(Ats::parse(words)),
            _ => {
                return Err(UnknownCommand {
                    opcode: opcode as u8,
                    func3: func3 as u8,
                });
            }
        })
    }

    /// The command's doublewords, zero in reserved bits.
    #[must_use]
    pub fn emit(&self) -> [u64; 2] {
        let (opcode, func3) = self.code();
        let mut words = match self {
            Self::InvalidateVma(operands) | Self::InvalidateGvma(operands) => operands.emit(),
            Self::Fence(operands) => operands.emit(),
            Self::InvalidateDdt(operands) | Self::InvalidatePdt(operands) => operands.emit(),
            Self::AtsInvalidate(operands) | Self::AtsPageResponse(operands) => operands.emit(),
        };
        words[0] |= put(opcode.into(), c::CMD_OPCODE_LSB, c::CMD_OPCODE_WIDTH);
        words[0] |= put(func3.into(), c::CMD_FUNC3_LSB, c::CMD_FUNC3_WIDTH);
        words
    }

    /// The bits set in `words` that this kind of command reserves, whatever
    /// the capabilities and `fctl`: any of them makes the command illegal.
    #[must_use]
    pub fn reserved_bits(&self, words: [u64; 2]) -> [u64; 2] {
        let mut fields = match self {
            Self::InvalidateVma(_) | Self::InvalidateGvma(_) => Invalidation::FIELDS,
            Self::Fence(_) => Fence::FIELDS,
            Self::InvalidateDdt(_) | Self::InvalidatePdt(_) => Directory::FIELDS,
            Self::AtsInvalidate(_) | Self::AtsPageResponse(_) => Ats::FIELDS,
        };
        if matches!(self, Self::InvalidateDdt(_)) {
            fields[0] &= !mask(c::CMD_IODIR_PID_LSB, c::CMD_IODIR_PID_WIDTH);
        }
        fields[0] |= mask(c::CMD_OPCODE_LSB, c::CMD_OPCODE_WIDTH);
        fields[0] |= mask(c::CMD_FUNC3_LSB, c::CMD_FUNC3_WIDTH);
        [words[0] & !fields[0], words[1] & !fields[1]]
    }
}
