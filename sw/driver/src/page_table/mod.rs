// SPDX-License-Identifier: Apache-2.0
//! Page tables of both stages, in memory.

mod map;
mod permissions;
mod size;
mod stage;
mod walk;

pub use permissions::Permissions;
pub use size::{PageSize, PageSizes};
pub use stage::{First, Reach, Second, Stage};
pub use walk::Translation;

use sallyport_formats::{Endian, PAGE_SIZE, Pte, Spa};

use crate::Error;
use crate::memory::{Memory, allocate, load, word_at};

/// A page table of Sv39, Sv48 or Sv57, or of the x4 variants.
///
/// The methods change memory only. A new mapping needs no invalidation,
/// because the IOMMU caches no invalid entry; one that is changed or taken
/// away does, see `invalidations`. Tables that become empty are kept until
/// [`Self::free`], because the IOMMU may have cached where they are.
///
/// Under a second stage, a first-stage table lies in guest-physical memory:
/// the [`Memory`] given is then the guest's, and what it calls physical is
/// guest-physical.
///
/// ```
/// use sallyport_driver::fake::FakeMemory;
/// use sallyport_driver::{FirstStageTable, PageSize, Permissions};
/// use sallyport_formats::{FirstStage, Iova, Spa};
///
/// # fn main() -> Result<(), sallyport_driver::Error> {
/// let mut mem = FakeMemory::new();
/// let table = FirstStageTable::new(&mut mem, FirstStage::Sv48)?;
/// table.map(&mut mem, Iova::new(0x20_0000), Spa::new(0x8020_0000), 0x21_0000, Permissions::RW)?;
///
/// let huge = table.translate(&mem, Iova::new(0x20_1234)).unwrap();
/// assert_eq!((huge.output, huge.size), (Spa::new(0x8020_1234), PageSize::Size2M));
/// let napot = table.translate(&mem, Iova::new(0x40_1000)).unwrap();
/// assert_eq!((napot.output, napot.size), (Spa::new(0x8040_1000), PageSize::Size64K));
/// assert!(table.translate(&mem, Iova::new(0x41_0000)).is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PageTable<S: Stage> {
    root: Spa,
    scheme: S::Scheme,
    sizes: PageSizes,
    endian: Endian,
}

/// A first-stage page table.
pub type FirstStageTable = PageTable<First>;

/// A second-stage page table; its root is 16 KiB.
pub type SecondStageTable = PageTable<Second>;

/// A place in the table.
#[derive(Clone, Copy, Debug)]
struct Slot {
    addr: Spa,
    level: u32,
    pte: Pte,
}

impl<S: Stage> PageTable<S> {
    const ROOT_BYTES: u64 = PAGE_SIZE << S::ROOT_BITS;

    /// An empty table, little-endian, of all page sizes.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]; [`Error::Unsupported`] for Bare and the 32-bit
    /// schemes.
    pub fn new<M: Memory>(mem: &mut M, scheme: S::Scheme) -> Result<Self, Error> {
        if S::levels(scheme) == 0 {
            return Err(Error::Unsupported("page tables of this scheme"));
        }
        let root = allocate(mem, Self::ROOT_BYTES)?;
        Ok(Self {
            root,
            scheme,
            sizes: PageSizes::ALL,
            endian: Endian::Little,
        })
    }

    /// The table with another choice of page sizes for what is mapped from now
    /// on.
    #[must_use]
    pub const fn with_sizes(self, sizes: PageSizes) -> Self {
        Self { sizes, ..self }
    }

    /// The table in another byte order: `DC.tc.SBE` for the first stage,
    /// `fctl.BE` for the second. For tables still empty.
    #[must_use]
    pub const fn with_endian(self, endian: Endian) -> Self {
        Self { endian, ..self }
    }

    /// Where the root lies.
    #[must_use]
    pub const fn root(&self) -> Spa {
        self.root
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> S::Scheme {
        self.scheme
    }

    /// Frees every page of the table. The IOMMU must have stopped using it.
    pub fn free<M: Memory>(self, mem: &mut M) {
        let top = S::levels(self.scheme) - 1;
        self.free_below(mem, self.root, Self::ROOT_BYTES, top);
    }

    fn free_below<M: Memory>(&self, mem: &mut M, table: Spa, bytes: u64, level: u32) {
        if level > 0 {
            for index in 0..bytes / 8 {
                let pte = Pte::parse(load(mem, self.endian, word_at(table, index)));
                if pte.v && !pte.is_leaf() {
                    self.free_below(mem, Spa::new(pte.ppn << 12), PAGE_SIZE, level - 1);
                }
            }
        }
        mem.free(table, bytes);
    }

    /// The entry for `input` in a table of `level`.
    fn slot<M: Memory>(&self, mem: &M, table: Spa, level: u32, input: u64) -> Slot {
        let top = S::levels(self.scheme) - 1;
        let bits = if level == top { 9 + S::ROOT_BITS } else { 9 };
        let index = input >> (12 + 9 * level) & ((1 << bits) - 1);
        let addr = word_at(table, index);
        Slot {
            addr,
            level,
            pte: Pte::parse(load(mem, self.endian, addr)),
        }
    }

    /// Follows pointers down to a leaf, an invalid entry, or level `last`.
    fn descend<M: Memory>(&self, mem: &M, input: u64, last: u32) -> Slot {
        let mut slot = self.slot(mem, self.root, S::levels(self.scheme) - 1, input);
        while slot.pte.v && !slot.pte.is_leaf() && slot.level > last {
            slot = self.slot(mem, Spa::new(slot.pte.ppn << 12), slot.level - 1, input);
        }
        slot
    }

    /// Checks that a range is of whole pages that the table can translate.
    fn check_range(&self, input: u64, bytes: u64) -> Result<(), Error> {
        if input & (PAGE_SIZE - 1) != 0 {
            return Err(Error::Unaligned(input));
        }
        if bytes == 0 || bytes & (PAGE_SIZE - 1) != 0 {
            return Err(Error::Unaligned(bytes));
        }
        let last = input
            .checked_add(bytes - 1)
            .ok_or(Error::AddressRange(input))?;
        // The same half of the address space, so that no hole lies between.
        let within = S::translates(self.scheme, input)
            && S::translates(self.scheme, last)
            && input >> 63 == last >> 63;
        if within {
            Ok(())
        } else {
            Err(Error::AddressRange(input))
        }
    }
}
