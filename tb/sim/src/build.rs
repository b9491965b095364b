// SPDX-License-Identifier: Apache-2.0
//! The builds of the RTL.

use std::fmt;
use std::str::FromStr;

/// A set of parameters: `build_e` and `build_cfg` of `iommu_build_pkg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u32)]
pub enum Build {
    /// Sv39 and wired interrupts: as small as it is of use.
    Small = 0,
    /// What most systems want.
    #[default]
    Default = 1,
    /// All there is.
    Full = 2,
    /// [`Build::Full`] without MSI translation: device contexts of 32 bytes.
    FullBase = 3,
    /// [`Build::Full`] with QoS ids.
    FullQos = 4,
}

impl Build {
    /// The builds that systems are made with.
    pub const ALL: [Self; 3] = [Self::Small, Self::Default, Self::Full];

    /// Variants of [`Build::Full`] that exist for tests only. Of
    /// [`Build::FullBase`] there is the core alone.
    pub const VARIANTS: [Self; 2] = [Self::FullBase, Self::FullQos];

    /// The build's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Default => "default",
            Self::Full => "full",
            Self::FullBase => "full-base",
            Self::FullQos => "full-qos",
        }
    }

    /// Width of the AXI4 data ports in bits: `DataWidth`.
    #[must_use]
    pub const fn data_width(self) -> u32 {
        match self {
            Self::Small | Self::Default => 64,
            Self::Full | Self::FullBase | Self::FullQos => 128,
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no build has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no build is called {0}: there are small, default, full, full-base and full-qos")]
pub struct UnknownBuild(pub String);

impl FromStr for Build {
    type Err = UnknownBuild;

    fn from_str(name: &str) -> Result<Self, UnknownBuild> {
        Self::ALL
            .into_iter()
            .chain(Self::VARIANTS)
            .find(|b| b.name() == name)
            .ok_or_else(|| UnknownBuild(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for build in Build::ALL.into_iter().chain(Build::VARIANTS) {
            assert_eq!(build.to_string().parse(), Ok(build));
        }
        assert!("huge".parse::<Build>().is_err());
    }
}
