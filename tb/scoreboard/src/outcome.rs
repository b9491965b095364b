// SPDX-License-Identifier: Apache-2.0
//! What a request may come to, as a port shows it.

use sallyport_formats::context::Tc;
use sallyport_formats::{Cause, Spa};
use sallyport_model::{Access, Answer, Configuration, Request, Structure, TableRead, Translation};
use std::fmt;

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is translated.
    Translated {
        /// The translation of its address.
        address: Spa,
        /// The code of the memory type.
        pbmt: u8,
    },
    /// It is refused.
    Refused {
        /// `CAUSE` of the fault.
        cause: u16,
        /// `iotval2` of the fault.
        iotval2: u64,
        /// Whether there is a fault record.
        reported: bool,
    },
}

impl Outcome {
    /// What the model's translation comes to; `None` if A or D have to be set
    /// before, or the answer is of a kind that no port shows.
    #[must_use]
    pub fn of(
        configuration: &Configuration,
        request: &Request,
        translation: &Translation,
    ) -> Option<Self> {
        if let Some(fault) = &translation.fault {
            return Some(Self::Refused {
                cause: fault.cause.code(),
                iotval2: fault.iotval2(),
                reported: translation.reported,
            });
        }
        let Answer::Translated(translated) = translation.answer else {
            return None;
        };
        if translated.address.raw() >> configuration.design.capabilities.pas != 0 {
            return Some(Self::Refused {
                cause: access_fault(request.access).code(),
                iotval2: 0,
                reported: !translation.reads.last().is_some_and(disables_faults),
            });
        }
        translation.updates.is_empty().then(|| Self::Translated {
            address: translated.address,
            pbmt: translated.pbmt.code(),
        })
    }

    /// Whether the request is refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// Whether this is a device context with DTF.
fn disables_faults(read: &TableRead) -> bool {
    let tc = read.value.first().copied().unwrap_or_default();
    read.structure == Structure::DeviceContext && Tc::parse(tc).dtf
}

fn access_fault(access: Access) -> Cause {
    match access {
        Access::Execute => Cause::InstructionAccessFault,
        Access::Read => Cause::ReadAccessFault,
        Access::Write => Cause::WriteAccessFault,
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Translated { address, pbmt } => {
                write!(f, "translated to {address}, memory type {pbmt}")
            }
            Self::Refused {
                cause, reported, ..
            } => {
                let record = if reported { "" } else { ", no record" };
                write!(f, "refused: {}{record}", Cause::from_code(cause))
            }
        }
    }
}
