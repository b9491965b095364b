// SPDX-License-Identifier: Apache-2.0
//! What differs between the two stages.

use sallyport_formats::command::{Invalidation, PageRange};
use sallyport_formats::context::{Fsc, Iohgatp};
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{Command, FirstStage, Gpa, Gscid, Iova, PAGE_SIZE, Pscid, SecondStage};

use crate::page_table::PageTable;

/// Past so many pages, all of an address space is invalidated instead.
const MOST_PAGES: u64 = 16;

/// A stage of translation: [`First`] or [`Second`].
pub trait Stage: Copy + sealed::Sealed {
    /// The address that the stage translates.
    type Input: Copy + From<u64> + Into<u64>;
    /// The schemes of the stage.
    type Scheme: Copy;
    /// Further bits of the root's index, beyond nine.
    const ROOT_BITS: u32;
    /// Levels of the scheme's table; 0 where it has none of 8-byte entries.
    fn levels(scheme: Self::Scheme) -> u32;
    /// Whether the scheme translates this address.
    fn translates(scheme: Self::Scheme, input: u64) -> bool;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::First {}
    impl Sealed for super::Second {}
}

/// The first stage: from the device's address to a guest-physical one, which
/// is physical where the second stage is Bare.
#[derive(Clone, Copy, Debug)]
pub struct First;

/// The second stage: from guest-physical to physical.
#[derive(Clone, Copy, Debug)]
pub struct Second;

impl Stage for First {
    type Input = Iova;
    type Scheme = FirstStage;
    const ROOT_BITS: u32 = 0;

    fn levels(scheme: FirstStage) -> u32 {
        if scheme == FirstStage::Sv32 {
            0
        } else {
            scheme.levels()
        }
    }

    fn translates(scheme: FirstStage, input: u64) -> bool {
        Iova::new(input).is_canonical(scheme.address_bits())
    }
}

impl Stage for Second {
    type Input = Gpa;
    type Scheme = SecondStage;
    const ROOT_BITS: u32 = 2;

    fn levels(scheme: SecondStage) -> u32 {
        if scheme == SecondStage::Sv32x4 {
            0
        } else {
            scheme.levels()
        }
    }

    fn translates(scheme: SecondStage, input: u64) -> bool {
        input >> scheme.address_bits() == 0
    }
}

/// The pages of a range, or one `None` for everything.
fn pages(at: u64, bytes: u64) -> impl Iterator<Item = Option<u64>> + Clone {
    let count = bytes.div_ceil(PAGE_SIZE);
    let few = count <= MOST_PAGES;
    (0..if few { count } else { 1 }).map(move |n| few.then_some(at.wrapping_add(n * PAGE_SIZE)))
}

/// Which invalidations the IOMMU has beyond those of version 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Reach {
    /// Ranges of pages in one command (`capabilities.S`).
    pub ranges: bool,
    /// Pointers to tables as well as pages (`capabilities.NL`).
    pub pointers: bool,
}

impl Reach {
    /// What these capabilities offer.
    #[must_use]
    pub const fn of(caps: &Capabilities) -> Self {
        Self {
            ranges: caps.s,
            pointers: caps.nl,
        }
    }

    /// The operands that cover the pages of `bytes` bytes from `at` on, given
    /// those without an address; with `tables` the pointers that lead there,
    /// too. What the IOMMU cannot say is said of all addresses.
    fn cover(
        self,
        all: Invalidation,
        at: u64,
        bytes: u64,
        tables: bool,
    ) -> impl Iterator<Item = Invalidation> + Clone + use<> {
        let single = PageRange::blocks(at, bytes).all(|range| range.log2_pages() == 0);
        let precise = (!tables || self.pointers) && (self.ranges || single);
        let blocks = PageRange::blocks(at, if precise { bytes } else { 0 });
        let precise = blocks.map(move |range| {
            let pages = all.of_range(range);
            if tables { pages.with_pointers() } else { pages }
        });
        let everything = bytes != 0 && precise.clone().next().is_none();
        precise.chain(everything.then_some(all))
    }
}

impl PageTable<First> {
    /// The first-stage context that points to the table.
    #[must_use]
    pub const fn fsc(&self) -> Fsc {
        Fsc {
            ppn: self.root().page_number(),
            mode: self.scheme().code(),
        }
    }

    /// The commands to queue, before an IOFENCE.C, after pages were unmapped or
    /// changed: page by page, or for a long range all of the address space at
    /// once. `gscid` where the second stage is on; `pscid` `None` covers all
    /// processes and global mappings.
    pub fn invalidations(
        &self,
        gscid: Option<Gscid>,
        pscid: Option<Pscid>,
        at: Iova,
        bytes: u64,
    ) -> impl Iterator<Item = Command> + Clone + use<> {
        pages(at.raw(), bytes)
            .map(move |page| Command::invalidate_first_stage(gscid, pscid, page.map(Iova::new)))
    }
}

impl PageTable<First> {
    /// As [`Self::invalidations`], in the fewest commands that the IOMMU's
    /// extensions allow; with `tables` also for pointers to tables that were
    /// taken away, as when a table is replaced by a large page.
    pub fn range_invalidations(
        &self,
        reach: Reach,
        (gscid, pscid): (Option<Gscid>, Option<Pscid>),
        at: Iova,
        bytes: u64,
        tables: bool,
    ) -> impl Iterator<Item = Command> + Clone + use<> {
        let all = Invalidation {
            pscv: pscid.is_some(),
            pscid: pscid.unwrap_or_default(),
            ..Invalidation::new(gscid, None)
        };
        reach
            .cover(all, at.raw(), bytes, tables)
            .map(Command::InvalidateVma)
    }
}

impl PageTable<Second> {
    /// As [`Self::invalidations`], in the fewest commands that the IOMMU's
    /// extensions allow; with `tables` also for pointers to tables that were
    /// taken away.
    pub fn range_invalidations(
        &self,
        reach: Reach,
        gscid: Gscid,
        at: Gpa,
        bytes: u64,
        tables: bool,
    ) -> impl Iterator<Item = Command> + Clone + use<> {
        let all = Invalidation::new(Some(gscid), None);
        reach
            .cover(all, at.raw(), bytes, tables)
            .map(Command::InvalidateGvma)
    }

    /// The second-stage context that points to the table.
    #[must_use]
    pub const fn iohgatp(&self, gscid: Gscid) -> Iohgatp {
        Iohgatp {
            ppn: self.root().page_number(),
            gscid,
            mode: self.scheme().code(),
        }
    }

    /// The commands to queue, before an IOFENCE.C, after pages were unmapped or
    /// changed: page by page, or for a long range all of the guest at once.
    pub fn invalidations(
        &self,
        gscid: Gscid,
        at: Gpa,
        bytes: u64,
    ) -> impl Iterator<Item = Command> + Clone + use<> {
        pages(at.raw(), bytes)
            .map(move |page| Command::invalidate_second_stage(Some(gscid), page.map(Gpa::new)))
    }
}
