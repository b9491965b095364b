// SPDX-License-Identifier: Apache-2.0
//! What a port shows of an answer.

use sallyport_formats::Spa;
use sallyport_model::{Completion, CompletionTarget};
use std::fmt;

/// The answer to a request as a port shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Refused; of a translation request, as unsupported.
    Refused,
    /// A translation request was refused with a completer abort.
    Aborted,
    /// Translated.
    Address {
        /// The translation of its address.
        address: Spa,
        /// The code of the memory type.
        pbmt: u8,
    },
    /// A memory-resident interrupt file.
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
}

impl From<Option<(Spa, u8)>> for Seen {
    /// Of a port that has translations and refusals only.
    fn from(answer: Option<(Spa, u8)>) -> Self {
        match answer {
            Some((address, pbmt)) => Self::Address { address, pbmt },
            None => Self::Refused,
        }
    }
}

impl Seen {
    /// Whether the request was refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused | Self::Aborted)
    }
}

/// What a translation request was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Granted {
    /// May be read.
    pub r: bool,
    /// May be written.
    pub w: bool,
    /// May be executed.
    pub x: bool,
    /// The permissions are those of privileged mode.
    pub privileged: bool,
    /// The mapping is global.
    pub global: bool,
    /// Untranslated requests only.
    pub untranslated: bool,
    /// The translation of the request's address, physical or guest-physical; 0
    /// where none is given.
    pub address: u64,
    /// Bytes that the completion covers; 0 where it covers nothing.
    pub size: u64,
}

impl Granted {
    /// What the model grants, with the largest size that it may cover.
    #[must_use]
    pub fn of(completion: &Completion) -> Self {
        let (address, untranslated) = match completion.target {
            CompletionTarget::None => (0, false),
            CompletionTarget::UntranslatedOnly => (0, true),
            CompletionTarget::Spa(address) => (address.raw(), false),
            CompletionTarget::Gpa(address) => (address.raw(), false),
        };
        let any = completion.r || completion.w;
        Self {
            r: completion.r,
            w: completion.w,
            x: completion.x,
            privileged: completion.privileged,
            global: completion.global,
            untranslated,
            address,
            size: if any {
                completion.size.unwrap_or(u64::MAX)
            } else {
                0
            },
        }
    }

    /// Whether a port may show `seen` for this: the same, or of a smaller range.
    #[must_use]
    pub fn may_show(&self, seen: &Self) -> bool {
        let sized = Self {
            size: self.size,
            ..*seen
        };
        *self == sized && seen.size <= self.size
    }
}

impl fmt::Display for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("granted ")?;
        for (granted, name) in [(self.r, 'r'), (self.w, 'w'), (self.x, 'x')] {
            write!(f, "{}", if granted { name } else { '-' })?;
        }
        for (set, name) in [
            (self.privileged, ", privileged"),
            (self.global, ", global"),
            (self.untranslated, ", untranslated only"),
        ] {
            f.write_str(if set { name } else { "" })?;
        }
        write!(f, " at {:#x} in {:#x} bytes", self.address, self.size)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused"),
            Self::Aborted => f.write_str("aborted"),
            Self::Address { address, pbmt } => {
                write!(f, "translated to {address}, memory type {pbmt}")
            }
            Self::File {
                address, notice, ..
            } => write!(f, "an interrupt file at {address}, notice to {notice}"),
            Self::Granted(granted) => granted.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_may_be_smaller() {
        let most = Granted {
            r: true,
            w: false,
            x: false,
            privileged: false,
            global: false,
            untranslated: false,
            address: 0x20_1000,
            size: 0x20_0000,
        };
        let page = Granted {
            size: 0x1000,
            ..most
        };
        assert!(most.may_show(&most) && most.may_show(&page) && !page.may_show(&most));
        assert!(!most.may_show(&Granted { w: true, ..page }));
        let none = Granted::of(&Completion::no_access(true));
        assert!(none.privileged && none.size == 0);
    }
}
