// SPDX-License-Identifier: Apache-2.0
//! Sizes of pages.

/// The size of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageSize {
    /// 4 KiB: a leaf of level 0.
    Size4K,
    /// 64 KiB: sixteen leaves of level 0 with N ("Svnapot").
    Size64K,
    /// 2 MiB: a leaf of level 1.
    Size2M,
    /// 1 GiB: a leaf of level 2.
    Size1G,
    /// 512 GiB: a leaf of level 3, from Sv48 on.
    Size512G,
    /// 256 TiB: a leaf of level 4, in Sv57.
    Size256T,
}

impl PageSize {
    /// Every size, largest first.
    pub const DESCENDING: [Self; 6] = [
        Self::Size256T,
        Self::Size512G,
        Self::Size1G,
        Self::Size2M,
        Self::Size64K,
        Self::Size4K,
    ];

    /// The page's bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Size64K => 64 << 10,
            _ => 4096 << (9 * self.level()),
        }
    }

    /// The level of the page's leaf, 0 being the last.
    #[must_use]
    pub const fn level(self) -> u32 {
        match self {
            Self::Size4K | Self::Size64K => 0,
            Self::Size2M => 1,
            Self::Size1G => 2,
            Self::Size512G => 3,
            Self::Size256T => 4,
        }
    }

    /// The page of a leaf of `level` without N.
    pub(crate) const fn of_level(level: u32) -> Self {
        match level {
            0 => Self::Size4K,
            1 => Self::Size2M,
            2 => Self::Size1G,
            3 => Self::Size512G,
            _ => Self::Size256T,
        }
    }

    /// Entries that hold the page: more than one with N only.
    pub(crate) const fn entries(self) -> u64 {
        match self {
            Self::Size64K => 16,
            _ => 1,
        }
    }
}

/// The sizes that a page table may choose from; 4 KiB is always among them.
///
/// ```
/// use sallyport_driver::{PageSize, PageSizes};
///
/// let sizes = PageSizes::ALL.without(PageSize::Size64K);
/// assert!(sizes.contains(PageSize::Size2M) && !sizes.contains(PageSize::Size64K));
/// assert!(PageSizes::SMALLEST.contains(PageSize::Size4K));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSizes(u8);

impl PageSizes {
    /// Every size.
    pub const ALL: Self = Self(0x3f);
    /// 4 KiB only.
    pub const SMALLEST: Self = Self(1);

    /// These sizes and `size`.
    #[must_use]
    pub const fn with(self, size: PageSize) -> Self {
        Self(self.0 | 1 << size as u8)
    }

    /// These sizes but not `size`; 4 KiB stays.
    #[must_use]
    pub const fn without(self, size: PageSize) -> Self {
        Self(self.0 & !(1 << size as u8) | 1)
    }

    /// Whether `size` is among them.
    #[must_use]
    pub const fn contains(self, size: PageSize) -> bool {
        self.0 >> size as u8 & 1 != 0
    }
}
