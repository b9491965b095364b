// SPDX-License-Identifier: Apache-2.0
//! Where in the process of translation: stage, mode and level.

use sallyport_formats::directory::PdtpMode;
use sallyport_formats::regs::DdtpMode;
use sallyport_formats::{FirstStage, SecondStage};

named! {
    /// A part of the process to translate an IOVA.
    "stage" Stage {
        /// `ddtp.iommu_mode`, before anything is read.
        Control = "ddtp",
        /// The device directory, and what the device context allows.
        Directory = "device directory",
        /// The second stage, for where an entry of the process directory is.
        ProcessSecond = "second, of process directory",
        /// The process directory, and what the process context allows.
        Process = "process directory",
        /// The second stage, for where an entry of the first stage is.
        FirstSecond = "second, of first stage",
        /// The first stage.
        First = "first stage",
        /// The second stage, for a store of A or D in the first stage.
        UpdateSecond = "second, of A/D update",
        /// MSI page tables.
        Msi = "MSI table",
        /// The second stage, for the address of the request.
        Second = "second stage",
    }
}

named! {
    /// The mode of a stage.
    "mode" Mode {
        /// Nothing passes.
        Off = "Off",
        /// No translation.
        Bare = "Bare",
        /// A device directory of one level.
        OneLevel = "1LVL",
        /// Of two.
        TwoLevel = "2LVL",
        /// Of three.
        ThreeLevel = "3LVL",
        /// A process directory of one level.
        Pd8 = "PD8",
        /// Of two.
        Pd17 = "PD17",
        /// Of three.
        Pd20 = "PD20",
        /// First stage, 32 bits.
        Sv32 = "Sv32",
        /// 39 bits.
        Sv39 = "Sv39",
        /// 48 bits.
        Sv48 = "Sv48",
        /// 57 bits.
        Sv57 = "Sv57",
        /// Second stage, 34 bits.
        Sv32x4 = "Sv32x4",
        /// 41 bits.
        Sv39x4 = "Sv39x4",
        /// 50 bits.
        Sv48x4 = "Sv48x4",
        /// 59 bits.
        Sv57x4 = "Sv57x4",
        /// An MSI page-table entry that gives no mode.
        MsiNone = "MSI, no entry",
        /// Basic translate mode.
        MsiBasic = "MSI, basic",
        /// MRIF mode.
        MsiMrif = "MSI, MRIF",
    }
}

named! {
    /// How far a stage came: the size of the page, or of the range that the entry
    /// was for in which the fault was found.
    "level" Level {
        /// There are no levels.
        None = "-",
        /// The address itself, before any entry is read.
        Address = "address",
        /// A non-leaf entry of a directory, level 2.
        Upper = "level 2",
        /// Level 1.
        Lower = "level 1",
        /// A device context or process context.
        Context = "context",
        /// 4 KiB.
        Page4K = "4K",
        /// A NAPOT range of 64 KiB.
        Page64K = "64K",
        /// 2 MiB.
        Page2M = "2M",
        /// 4 MiB, of the schemes with entries of 4 bytes.
        Page4M = "4M",
        /// 1 GiB.
        Page1G = "1G",
        /// 512 GiB.
        Page512G = "512G",
        /// 256 TiB.
        Page256T = "256T",
    }
}

impl Level {
    /// The level of a directory's entry that is not a leaf.
    #[must_use]
    pub const fn of_directory(level: u8) -> Self {
        match level {
            0 => Self::Context,
            1 => Self::Lower,
            _ => Self::Upper,
        }
    }

    /// The size of a leaf at this level of a page table.
    #[must_use]
    pub const fn of_page(mode: Mode, level: u8) -> Self {
        match (level, mode) {
            (0, _) => Self::Page4K,
            (_, Mode::Sv32 | Mode::Sv32x4) => Self::Page4M,
            (1, _) => Self::Page2M,
            (2, _) => Self::Page1G,
            (3, _) => Self::Page512G,
            _ => Self::Page256T,
        }
    }

    /// The level of a page table that such a leaf is at.
    #[must_use]
    pub const fn page_level(self) -> Option<u32> {
        match self {
            Self::Page4K | Self::Page64K => Some(0),
            Self::Page2M | Self::Page4M => Some(1),
            Self::Page1G => Some(2),
            Self::Page512G => Some(3),
            Self::Page256T => Some(4),
            _ => None,
        }
    }
}

impl Mode {
    /// The levels of a page table; 0 for other modes.
    #[must_use]
    pub const fn page_levels(self) -> u32 {
        match self {
            Self::Sv32 | Self::Sv32x4 => 2,
            Self::Sv39 | Self::Sv39x4 => 3,
            Self::Sv48 | Self::Sv48x4 => 4,
            Self::Sv57 | Self::Sv57x4 => 5,
            _ => 0,
        }
    }

    /// The levels of a directory; 0 for other modes.
    #[must_use]
    pub const fn directory_levels(self) -> u32 {
        match self {
            Self::OneLevel | Self::Pd8 => 1,
            Self::TwoLevel | Self::Pd17 => 2,
            Self::ThreeLevel | Self::Pd20 => 3,
            _ => 0,
        }
    }

    /// Whether leaves can be NAPOT ranges.
    #[must_use]
    pub const fn has_napot(self) -> bool {
        self.page_levels() > 2
    }
}

impl From<DdtpMode> for Mode {
    fn from(mode: DdtpMode) -> Self {
        match mode {
            DdtpMode::Bare => Self::Bare,
            DdtpMode::OneLevel => Self::OneLevel,
            DdtpMode::TwoLevel => Self::TwoLevel,
            DdtpMode::ThreeLevel => Self::ThreeLevel,
            DdtpMode::Off | DdtpMode::Other(_) => Self::Off,
        }
    }
}

impl From<PdtpMode> for Mode {
    fn from(mode: PdtpMode) -> Self {
        match mode {
            PdtpMode::Pd8 => Self::Pd8,
            PdtpMode::Pd17 => Self::Pd17,
            PdtpMode::Pd20 => Self::Pd20,
            _ => Self::Bare,
        }
    }
}

impl From<FirstStage> for Mode {
    fn from(scheme: FirstStage) -> Self {
        match scheme {
            FirstStage::Bare => Self::Bare,
            FirstStage::Sv32 => Self::Sv32,
            FirstStage::Sv39 => Self::Sv39,
            FirstStage::Sv48 => Self::Sv48,
            FirstStage::Sv57 => Self::Sv57,
        }
    }
}

impl From<SecondStage> for Mode {
    fn from(scheme: SecondStage) -> Self {
        match scheme {
            SecondStage::Bare => Self::Bare,
            SecondStage::Sv32x4 => Self::Sv32x4,
            SecondStage::Sv39x4 => Self::Sv39x4,
            SecondStage::Sv48x4 => Self::Sv48x4,
            SecondStage::Sv57x4 => Self::Sv57x4,
        }
    }
}
