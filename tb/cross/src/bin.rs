// SPDX-License-Identifier: Apache-2.0
//! One combination.

use std::fmt;
use std::str::FromStr;

use crate::names::UnknownName;
use crate::{Access, Level, Mode, Stage};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The stage let it pass.
    Success,
    /// The stage let it pass, and set A or D in its leaf.
    Update,
    /// The stage found this fault: the number of the cause.
    Fault(u16),
}

impl What {
    /// Success, updates, and every cause that the specification has a number
    /// for ("Fault record CAUSE field encodings").
    pub fn all() -> impl Iterator<Item = Self> {
        let causes = [1, 4, 5, 6, 7, 12, 13, 15, 20, 21, 23]
            .into_iter()
            .chain(256..=274);
        [Self::Success, Self::Update]
            .into_iter()
            .chain(causes.map(Self::Fault))
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.pad("success"),
            Self::Update => f.pad("update"),
            Self::Fault(cause) => f.pad(&cause.to_string()),
        }
    }
}

impl FromStr for What {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "success" => Ok(Self::Success),
            "update" => Ok(Self::Update),
            _ => name.parse().map(Self::Fault).map_err(|_| UnknownName {
                kind: "cause",
                name: name.to_owned(),
            }),
        }
    }
}

/// A combination of stage, mode, level, access and cause. Its text has tabs
/// between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bin {
    /// Where.
    pub stage: Stage,
    /// In which mode.
    pub mode: Mode,
    /// How far down.
    pub level: Level,
    /// For what.
    pub access: Access,
    /// With what result.
    pub what: What,
}

impl fmt::Display for Bin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stage,
            mode,
            level,
            access,
            what,
        } = self;
        write!(f, "{stage}\t{mode}\t{level}\t{access}\t{what}")
    }
}

impl FromStr for Bin {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let mut parts = text.split('\t');
        let mut next = || parts.next().unwrap_or_default();
        Ok(Self {
            stage: next().parse()?,
            mode: next().parse()?,
            level: next().parse()?,
            access: next().parse()?,
            what: next().parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_there_and_back() {
        for bin in crate::universe() {
            assert_eq!(bin.to_string().parse(), Ok(bin));
        }
        let nobody = "first stage\tSv39\t3K\tread\t13".parse::<Bin>();
        assert_eq!(
            nobody.unwrap_err().to_string(),
            "there is no level called 3K"
        );
    }

    #[test]
    fn causes_are_those_of_the_specification() {
        use sallyport_formats::Cause;
        for what in What::all() {
            if let What::Fault(code) = what {
                let cause = Cause::from_code(code);
                assert!(!matches!(cause, Cause::Other(_)), "{code}");
            }
        }
    }
}
