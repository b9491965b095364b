// SPDX-License-Identifier: Apache-2.0
//! The runs: what each boots with, and what it claims.

use sallyport_bench::Build;
use sallyport_formats::DeviceId;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// The NVMe function, 00:01.0, as the IOMMU knows it.
pub const NVME: u16 = 0x08;
/// A function that does not exist, 00:05.0, and that the kernel attaches nowhere.
pub const STRANGER: u16 = 0x28;
/// The first address of the guest's memory.
pub const MEMORY: u64 = 0x8000_0000;
/// A physical address in the middle of the guest's memory, which a rogue access names.
pub const TARGET: u64 = MEMORY + 0x0400_0000;

/// What a rogue function does, while the kernel runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rogue {
    /// A function that was never attached reads and writes physical memory.
    Unattached,
    /// The NVMe function reads and writes at an address that was never mapped for it:
    /// the physical one, which is its own address only after translation.
    Unmapped,
}

impl Rogue {
    /// The word by which the guest asks for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unattached => "unattached",
            Self::Unmapped => "unmapped",
        }
    }

    /// In whose name the DMA is done.
    #[must_use]
    pub fn device(self) -> DeviceId {
        DeviceId::from(match self {
            Self::Unattached => STRANGER,
            Self::Unmapped => NVME,
        })
    }

    /// The causes that the kernel must be told: of the read and of the write (chapter
    /// "Fault/Event-Queue").
    #[must_use]
    pub const fn causes(self) -> [u16; 2] {
        match self {
            // DDT entry not valid.
            Self::Unattached => [258, 258],
            // Read page fault, write/AMO page fault.
            Self::Unmapped => [13, 15],
        }
    }
}

/// A run: a boot of the guest, its workload, and what has to be seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Run {
    /// The distribution's kernel as it is: identity domains.
    Identity,
    /// Page tables of three levels.
    Sv39,
    /// Page tables of four levels.
    Sv48,
    /// Page tables of five levels.
    Sv57,
    /// Identity domains, and a function that was never attached.
    Unattached,
    /// Page tables, and an address that was never mapped.
    Unmapped,
}

impl Run {
    /// All runs, in the order in which they are made.
    pub const ALL: [Self; 6] = [
        Self::Identity,
        Self::Sv39,
        Self::Sv48,
        Self::Sv57,
        Self::Unattached,
        Self::Unmapped,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Sv39 => "sv39",
            Self::Sv48 => "sv48",
            Self::Sv57 => "sv57",
            Self::Unattached => "unattached",
            Self::Unmapped => "unmapped",
        }
    }

    /// The build of the RTL that it is made with where none is asked for.
    ///
    /// The kernel's driver takes the largest mode that `capabilities` shows.
    #[must_use]
    pub const fn build(self) -> Build {
        match self {
            Self::Sv57 | Self::Identity => Build::Full,
            Self::Sv39 | Self::Sv48 | Self::Unattached | Self::Unmapped => Build::Default,
        }
    }

    /// The mode of the page tables on a build, as the counters name it; `None` for
    /// identity domains.
    #[must_use]
    pub fn mode(self, build: Build) -> Option<&'static str> {
        match self {
            Self::Identity | Self::Unattached => None,
            Self::Sv39 => Some("Sv39"),
            Self::Sv48 => Some("Sv48"),
            Self::Sv57 => Some("Sv57"),
            Self::Unmapped if build == Build::Default => Some("Sv48"),
            Self::Unmapped => Some("Sv57"),
        }
    }

    /// Bits of `capabilities` that the kernel is not shown (section "IOMMU
    /// capabilities"): of larger modes, so that it takes no larger one, and of Svpbmt,
    /// because Linux 7.2 refuses paging domains where it is there.
    #[must_use]
    pub const fn hidden_capabilities(self) -> u64 {
        const SV48: u64 = 1 << 10;
        const SV57: u64 = 1 << 11;
        const SVPBMT: u64 = 1 << 15;
        match self {
            Self::Identity | Self::Unattached => 0,
            Self::Sv39 => SV48 | SV57 | SVPBMT,
            Self::Sv48 => SV57 | SVPBMT,
            Self::Sv57 | Self::Unmapped => SVPBMT,
        }
    }

    /// How far the NVMe function's addresses are from physical ones: far enough to need
    /// the table of the first level.
    #[must_use]
    pub fn offset(self, build: Build) -> u64 {
        match self.mode(build) {
            None => 0,
            Some("Sv39") => 1 << 37,
            Some("Sv48") => 1 << 46,
            Some(_) => 1 << 55,
        }
    }

    /// What a rogue function does in it.
    #[must_use]
    pub const fn rogue(self) -> Option<Rogue> {
        match self {
            Self::Unattached => Some(Rogue::Unattached),
            Self::Unmapped => Some(Rogue::Unmapped),
            _ => None,
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Run {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|run| run.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("no run is called {name}: there are {names} and all")
        })
    }
}

/// The pages by which the guest's memory is mapped for the NVMe function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pages {
    /// 4 KiB.
    Small,
    /// 64 KiB, by the N bit.
    Napot,
    /// 2 MiB.
    Large,
    /// The three in turn, for 2 MiB each.
    Mixed,
}

impl Pages {
    /// What the guest's module calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "4k",
            Self::Napot => "64k",
            Self::Large => "2m",
            Self::Mixed => "mixed",
        }
    }
}

impl FromStr for Pages {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::Small, Self::Napot, Self::Large, Self::Mixed]
            .into_iter()
            .find(|pages| pages.name() == name)
            .ok_or_else(|| format!("no pages are called {name}: there are 4k, 64k, 2m and mixed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for run in Run::ALL {
            assert_eq!(run.name().parse(), Ok(run));
        }
        assert!("sv32".parse::<Run>().is_err());
        assert_eq!("64k".parse(), Ok(Pages::Napot));
        assert!("1g".parse::<Pages>().is_err());
    }

    /// Addresses stay canonical: the upper half of the space is another.
    #[test]
    fn offsets_fit_their_modes() {
        for (run, bits) in [(Run::Sv39, 39), (Run::Sv48, 48), (Run::Sv57, 57)] {
            let end = run.offset(run.build()) + MEMORY + (1 << 30);
            assert!(end < 1 << (bits - 1), "{run}");
            assert!(
                end > 1 << (bits - 9),
                "{run}: the first level is not indexed"
            );
        }
    }
}
