// SPDX-License-Identifier: Apache-2.0
//! An answer, as a case expects it or a port shows it.

use sallyport_model::{Answer, CompletionTarget};

use crate::case::Status;

/// An answer by the keys of the format.
///
/// Expected by a case, `None` is not compared. Shown by a port, `None` is what
/// the port or this kind of answer does not have: all that is expected has to
/// be there, but for `msi` and `pbmt`, which a bus may not carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// How the request was answered.
    pub status: Status,
    /// The translation of the request's address.
    pub pa: Option<u64>,
    /// Memory type.
    pub pbmt: Option<u8>,
    /// An MSI page in basic translate mode.
    pub msi: Option<bool>,
    /// The memory-resident interrupt file.
    pub mrif: Option<ObservedMrif>,
    /// Completion: read permission.
    pub r: Option<bool>,
    /// Completion: write permission.
    pub w: Option<bool>,
    /// Completion: execute permission.
    pub x: Option<bool>,
    /// Completion: permissions of privileged mode.
    pub privileged: Option<bool>,
    /// Completion: untranslated access only.
    pub u: Option<bool>,
    /// Completion: global mapping.
    pub global: Option<bool>,
    /// Completion: bytes that it covers.
    pub size: Option<u64>,
}

/// Where a memory-resident interrupt file lies and what is told to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedMrif {
    /// Physical address of the file.
    pub address: u64,
    /// Interrupt identity of the notice.
    pub nid: u16,
    /// Physical address that the notice goes to.
    pub notice: u64,
}

impl Observation {
    /// An answer with nothing but a status.
    #[must_use]
    pub fn status(status: Status) -> Self {
        Self {
            status,
            pa: None,
            pbmt: None,
            msi: None,
            mrif: None,
            r: None,
            w: None,
            x: None,
            privileged: None,
            u: None,
            global: None,
            size: None,
        }
    }
}

impl From<Answer> for Observation {
    fn from(answer: Answer) -> Self {
        let success = Self::status(Status::Success);
        match answer {
            Answer::Translated(translated) => Self {
                pa: Some(translated.address.raw()),
                pbmt: Some(translated.pbmt.code()),
                msi: Some(translated.msi),
                ..success
            },
            Answer::Mrif(mrif) => Self {
                mrif: Some(ObservedMrif {
                    address: mrif.address.raw(),
                    nid: mrif.nid,
                    notice: mrif.notice.raw(),
                }),
                ..success
            },
            Answer::Completion(completion) => Self {
                pa: match completion.target {
                    CompletionTarget::Spa(address) => Some(address.raw()),
                    CompletionTarget::Gpa(address) => Some(address.raw()),
                    CompletionTarget::None | CompletionTarget::UntranslatedOnly => None,
                },
                r: Some(completion.r),
                w: Some(completion.w),
                x: Some(completion.x),
                privileged: Some(completion.privileged),
                u: Some(completion.target == CompletionTarget::UntranslatedOnly),
                global: Some(completion.global),
                // No limit is a completion of the whole address space.
                size: completion.size.or(Some(u64::MAX)),
                ..success
            },
            Answer::UnsupportedRequest => Self::status(Status::UnsupportedRequest),
            Answer::CompleterAbort => Self::status(Status::CompleterAbort),
        }
    }
}
