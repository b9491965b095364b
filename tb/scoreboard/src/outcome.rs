// SPDX-License-Identifier: Apache-2.0
//! What a request may come to, as a port shows it.

use crate::seen::{Granted, Seen};
use sallyport_formats::{Cause, Spa, constants as c};
use sallyport_model::{Answer, Fault, Translation};
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
    /// It meets a memory-resident interrupt file.
    File {
        /// The file.
        address: Spa,
        /// The notice's identity.
        nid: u16,
        /// The page that the notice goes to.
        notice: Spa,
    },
    /// The completion of a translation request.
    Granted(Granted),
    /// It is refused.
    Refused {
        /// A translation request is answered with a completer abort.
        aborted: bool,
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
    /// before.
    #[must_use]
    pub fn of(translation: &Translation) -> Option<Self> {
        let refused = |fault: &Fault| Self::Refused {
            aborted: translation.answer == Answer::CompleterAbort,
            cause: fault.cause.code(),
            iotval2: fault.iotval2(),
            reported: translation.reported,
        };
        let is_set = translation.updates.is_empty();
        // D is of no concern where write permission is not granted.
        let owes = |writes: bool| {
            let updates = &mut translation.updates.iter();
            updates.any(|update| writes || update.old >> c::PTE_A_BIT & 1 == 0)
        };
        match (&translation.answer, &translation.fault) {
            (Answer::Completion(completion), _) => {
                (!owes(completion.w)).then(|| Self::Granted(Granted::of(completion)))
            }
            (_, Some(fault)) => Some(refused(fault)),
            (Answer::Translated(translated), None) => is_set.then(|| Self::Translated {
                address: translated.address,
                pbmt: translated.pbmt.code(),
            }),
            (Answer::Mrif(mrif), None) => is_set.then_some(Self::File {
                address: mrif.address,
                nid: mrif.nid,
                notice: mrif.notice,
            }),
            (Answer::UnsupportedRequest | Answer::CompleterAbort, None) => None,
        }
    }

    /// Whether a port may show `seen` for it, as far as it is no refusal.
    #[must_use]
    pub fn may_show(&self, seen: &Seen) -> bool {
        match (*self, *seen) {
            (
                Self::Translated { address, pbmt },
                Seen::Address {
                    address: a,
                    pbmt: p,
                },
            ) => (address, pbmt) == (a, p),
            (
                Self::File {
                    address,
                    nid,
                    notice,
                },
                Seen::File {
                    address: a,
                    nid: n,
                    notice: t,
                },
            ) => (address, nid, notice) == (a, n, t),
            (Self::Granted(most), Seen::Granted(granted)) => most.may_show(&granted),
            (Self::Refused { aborted, .. }, Seen::Refused) => !aborted,
            (Self::Refused { aborted, .. }, Seen::Aborted) => aborted,
            _ => false,
        }
    }

    /// Whether the request is refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Translated { address, pbmt } => {
                write!(f, "translated to {address}, memory type {pbmt}")
            }
            Self::File {
                address, notice, ..
            } => write!(f, "an interrupt file at {address}, notice to {notice}"),
            Self::Granted(granted) => granted.fmt(f),
            Self::Refused {
                aborted,
                cause,
                reported,
                ..
            } => {
                let how = if aborted { "aborted" } else { "refused" };
                let record = if reported { "" } else { ", no record" };
                write!(f, "{how}: {}{record}", Cause::from_code(cause))
            }
        }
    }
}
