// SPDX-License-Identifier: Apache-2.0
//! Memory as the driver needs it.

use sallyport_formats::{Endian, Spa};

use crate::Error;

/// Physical memory that the IOMMU sees as well.
///
/// Numbers are little-endian in memory; the driver swaps where the IOMMU is
/// set to big-endian. A 4- or 8-byte access must be one access, because the
/// IOMMU may read at the same time.
pub trait Memory {
    /// Reads `bytes.len()` bytes.
    fn read(&self, addr: Spa, bytes: &mut [u8]);
    /// Writes all of `bytes`.
    fn write(&mut self, addr: Spa, bytes: &[u8]);
    /// Reads 4 bytes at a multiple of 4.
    fn read32(&self, addr: Spa) -> u32;
    /// Writes 4 bytes at a multiple of 4.
    fn write32(&mut self, addr: Spa, value: u32);
    /// Reads 8 bytes at a multiple of 8.
    fn read64(&self, addr: Spa) -> u64;
    /// Writes 8 bytes at a multiple of 8.
    fn write64(&mut self, addr: Spa, value: u64);

    /// Clears the bits of a doubleword, at a multiple of 8, that are 0 in
    /// `mask`, and gives back what it was. Unless overridden, by `amoand.d` on
    /// metal, this is not atomic: do so where the IOMMU may set bits meanwhile,
    /// in memory-resident interrupt files.
    fn and64(&mut self, addr: Spa, mask: u64) -> u64 {
        let old = self.read64(addr);
        self.write64(addr, old & mask);
        old
    }

    /// Gives `bytes` bytes of zeroed memory, aligned to their number, which is
    /// a power of two and at least 4096; `None` if there are none left.
    fn allocate(&mut self, bytes: u64) -> Option<Spa>;
    /// Takes back what [`Self::allocate`] gave.
    fn free(&mut self, addr: Spa, bytes: u64);

    /// Makes earlier writes visible to the IOMMU before any later write, to a
    /// register too: `fence rw, rw` and whatever the caches want.
    fn barrier(&mut self);
}

impl<M: Memory + ?Sized> Memory for &mut M {
    fn read(&self, addr: Spa, bytes: &mut [u8]) {
        (**self).read(addr, bytes);
    }
    fn write(&mut self, addr: Spa, bytes: &[u8]) {
        (**self).write(addr, bytes);
    }
    fn read32(&self, addr: Spa) -> u32 {
        (**self).read32(addr)
    }
    fn write32(&mut self, addr: Spa, value: u32) {
        (**self).write32(addr, value);
    }
    fn read64(&self, addr: Spa) -> u64 {
        (**self).read64(addr)
    }
    fn write64(&mut self, addr: Spa, value: u64) {
        (**self).write64(addr, value);
    }
    fn and64(&mut self, addr: Spa, mask: u64) -> u64 {
        (**self).and64(addr, mask)
    }
    fn allocate(&mut self, bytes: u64) -> Option<Spa> {
        (**self).allocate(bytes)
    }
    fn free(&mut self, addr: Spa, bytes: u64) {
        (**self).free(addr, bytes);
    }
    fn barrier(&mut self) {
        (**self).barrier();
    }
}

/// Allocates, or says what could not be had.
pub(crate) fn allocate<M: Memory + ?Sized>(mem: &mut M, bytes: u64) -> Result<Spa, Error> {
    mem.allocate(bytes).ok_or(Error::OutOfMemory { bytes })
}

/// Swaps between the order of [`Memory`] and the IOMMU's.
pub(crate) const fn order(endian: Endian, word: u64) -> u64 {
    match endian {
        Endian::Little => word,
        Endian::Big => word.swap_bytes(),
    }
}

/// The doubleword at `addr`, in the IOMMU's byte order.
pub(crate) fn load<M: Memory + ?Sized>(mem: &M, endian: Endian, addr: Spa) -> u64 {
    order(endian, mem.read64(addr))
}

/// Stores a doubleword in the IOMMU's byte order.
pub(crate) fn store<M: Memory + ?Sized>(mem: &mut M, endian: Endian, addr: Spa, word: u64) {
    mem.write64(addr, order(endian, word));
}

/// The address of doubleword `index` of a structure. Tables lie in allocated
/// memory, so that the sum cannot overflow.
pub(crate) const fn word_at(base: Spa, index: u64) -> Spa {
    Spa::new(base.raw() + 8 * index)
}
