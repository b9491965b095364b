// SPDX-License-Identifier: Apache-2.0
//! Making and unmaking mappings.

use sallyport_formats::{PAGE_SIZE, Pte, Spa};

use super::{PageSize, PageTable, Permissions, Slot, Stage};
use crate::Error;
use crate::memory::{Memory, allocate, store};

impl<S: Stage> PageTable<S> {
    /// Maps `bytes` bytes from `input` on to those from `output` on, with the
    /// largest pages that alignment, [`PageSizes`](super::PageSizes) and the
    /// tables that exist allow.
    ///
    /// # Errors
    /// [`Error::Unaligned`], [`Error::AddressRange`], [`Error::Permissions`],
    /// [`Error::AlreadyMapped`], [`Error::OutOfMemory`]; nothing is mapped
    /// then.
    pub fn map<M: Memory>(
        &self,
        mem: &mut M,
        input: S::Input,
        output: Spa,
        bytes: u64,
        permissions: Permissions,
    ) -> Result<(), Error> {
        let input: u64 = input.into();
        self.check_range(input, bytes)?;
        if !output.is_aligned_to(PAGE_SIZE) {
            return Err(Error::Unaligned(output.raw()));
        }
        let last = output.checked_add(bytes - 1);
        if last.is_none_or(|last| last.page_number() >> 44 != 0) {
            return Err(Error::AddressRange(output.raw()));
        }
        permissions.leaf(0)?;
        self.check_free(mem, input, bytes)?;
        let mut done = 0;
        while done < bytes {
            let from = Spa::new(output.raw() + done);
            match self.map_one(mem, input + done, from, bytes - done, permissions) {
                Ok(size) => done += size.bytes(),
                Err(error) => {
                    if done > 0 {
                        self.clear(mem, input, done)?;
                    }
                    return Err(error);
                }
            }
        }
        mem.barrier();
        Ok(())
    }

    /// Maps the largest page that fits, and tells its size.
    fn map_one<M: Memory>(
        &self,
        mem: &mut M,
        input: u64,
        output: Spa,
        room: u64,
        permissions: Permissions,
    ) -> Result<PageSize, Error> {
        for size in PageSize::DESCENDING {
            let fits = self.sizes.contains(size)
                && size.level() < S::levels(self.scheme())
                && size.bytes() <= room
                && input & (size.bytes() - 1) == 0
                && output.is_aligned_to(size.bytes());
            if !fits {
                continue;
            }
            let slot = self.make_slot(mem, input, size.level())?;
            if slot.pte.v {
                // A table is there, maybe an empty one that the IOMMU knows.
                continue;
            }
            let mut pte = permissions.leaf(output.page_number())?;
            if size == PageSize::Size64K {
                pte.n = true;
                pte.ppn |= sallyport_formats::constants::NAPOT_64K_PPN_LOW;
            }
            self.fill(mem, slot.addr, size, pte.emit());
            return Ok(size);
        }
        Err(Error::AlreadyMapped(input))
    }

    /// The entry for `input` of `level`, with the tables that lead to it.
    fn make_slot<M: Memory>(&self, mem: &mut M, input: u64, level: u32) -> Result<Slot, Error> {
        loop {
            let slot = self.descend(mem, input, level);
            if slot.level == level || slot.pte.v {
                return Ok(slot);
            }
            let table = allocate(mem, PAGE_SIZE)?;
            // The IOMMU must not see the pointer before the zeroes.
            mem.barrier();
            store(
                mem,
                self.endian,
                slot.addr,
                Pte::pointer(table.page_number()).emit(),
            );
        }
    }

    /// Checks that no page of the range is mapped.
    fn check_free<M: Memory>(&self, mem: &M, input: u64, bytes: u64) -> Result<(), Error> {
        let mut done = 0;
        while done < bytes {
            let at = input + done;
            let slot = self.descend(mem, at, 0);
            if slot.pte.v {
                return Err(Error::AlreadyMapped(at));
            }
            // On to the next entry of that level.
            let span = PAGE_SIZE << (9 * slot.level);
            done += span - at % span;
        }
        Ok(())
    }

    /// Takes the mappings of `bytes` bytes from `input` on away.
    ///
    /// The pages may be given to somebody else only after the invalidations and
    /// an IOFENCE.C.
    ///
    /// # Errors
    /// [`Error::Unaligned`], [`Error::AddressRange`]; [`Error::NotMapped`] if a
    /// page is not mapped or reaches beyond the range. Nothing is changed then.
    pub fn unmap<M: Memory>(&self, mem: &mut M, input: S::Input, bytes: u64) -> Result<(), Error> {
        let input: u64 = input.into();
        self.check_range(input, bytes)?;
        let last = input + (bytes - 1);
        let mut done = 0;
        while done < bytes {
            done += self.whole_page(mem, input + done, last)?.1.bytes();
        }
        self.clear(mem, input, bytes)
    }

    /// Clears the leaves of a range that is mapped.
    fn clear<M: Memory>(&self, mem: &mut M, input: u64, bytes: u64) -> Result<(), Error> {
        let last = input + (bytes - 1);
        let mut done = 0;
        while done < bytes {
            let (slot, size) = self.whole_page(mem, input + done, last)?;
            self.fill(mem, slot.addr, size, 0);
            done += size.bytes();
        }
        mem.barrier();
        Ok(())
    }
}
