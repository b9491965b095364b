// SPDX-License-Identifier: Apache-2.0
//! Physical memory as the model sees it.

use std::collections::BTreeMap;
use std::ops::Range;

use sallyport_formats::Spa;
use thiserror::Error;

/// Why memory did not answer an access of the IOMMU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MemoryError {
    /// The access violates a PMA or PMP check, or there is nothing there.
    #[error("access fault at {0}")]
    AccessFault(Spa),
    /// The data is corrupt and known to be so.
    #[error("poisoned data at {0}")]
    Poison(Spa),
}

/// Physical memory that can be read. Translation needs no more.
pub trait Memory {
    /// Reads `data.len()` bytes from `address` on.
    ///
    /// # Errors
    /// Says with which error memory answered; `data` is then unspecified.
    fn read(&self, address: Spa, data: &mut [u8]) -> Result<(), MemoryError>;

    /// Whether memory can update the PTE at `address` atomically. Where it
    /// cannot, having to set A or D is an access fault.
    fn supports_atomic_update(&self, address: Spa) -> bool {
        let _ = address;
        true
    }
}

/// Physical memory that can be written as well: queues, A/D updates, fences
/// and interrupt messages.
pub trait MemoryMut: Memory {
    /// Writes `data` to `address` and on.
    ///
    /// # Errors
    /// Says with which error memory answered; nothing is written then.
    fn write(&mut self, address: Spa, data: &[u8]) -> Result<(), MemoryError>;
}

const PAGE: u64 = 4096;

/// Memory of 2^64 bytes that starts as zeros and takes room only where
/// something was written, with ranges that answer with errors.
#[derive(Clone, Debug, Default)]
pub struct SparseMemory {
    pages: BTreeMap<u64, Vec<u8>>,
    access_faults: Vec<Range<Spa>>,
    poison: Vec<Range<Spa>>,
}

impl SparseMemory {
    /// All zeros, no errors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on an access that touches one of these ranges fails.
    pub fn set_access_faults(&mut self, ranges: &[Range<Spa>]) {
        self.access_faults = ranges.to_vec();
    }

    /// From now on a read that touches one of these ranges returns poison.
    pub fn set_poison(&mut self, ranges: &[Range<Spa>]) {
        self.poison = ranges.to_vec();
    }

    /// Reads without regard to the error ranges: what a debugger sees.
    pub fn peek(&self, address: Spa, data: &mut [u8]) {
        let mut at = address.raw();
        for byte in data {
            *byte = self
                .pages
                .get(&(at / PAGE))
                .map_or(0, |page| page[(at % PAGE) as usize]);
            at = at.wrapping_add(1);
        }
    }

    /// Writes without regard to the error ranges: loads an image.
    pub fn poke(&mut self, address: Spa, data: &[u8]) {
        let mut at = address.raw();
        for byte in data {
            let page = self
                .pages
                .entry(at / PAGE)
                .or_insert_with(|| vec![0; PAGE as usize]);
            page[(at % PAGE) as usize] = *byte;
            at = at.wrapping_add(1);
        }
    }
}

fn touches(ranges: &[Range<Spa>], address: Spa, len: usize) -> bool {
    let end = address.raw().saturating_add(len as u64);
    ranges
        .iter()
        .any(|range| address < range.end && range.start.raw() < end)
}

impl Memory for SparseMemory {
    fn read(&self, address: Spa, data: &mut [u8]) -> Result<(), MemoryError> {
        if touches(&self.access_faults, address, data.len()) {
            return Err(MemoryError::AccessFault(address));
        }
        if touches(&self.poison, address, data.len()) {
            return Err(MemoryError::Poison(address));
        }
        self.peek(address, data);
        Ok(())
    }
}

impl MemoryMut for SparseMemory {
    fn write(&mut self, address: Spa, data: &[u8]) -> Result<(), MemoryError> {
        if touches(&self.access_faults, address, data.len()) {
            return Err(MemoryError::AccessFault(address));
        }
        self.poke(address, data);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_across_pages() {
        let mut memory = SparseMemory::new();
        memory.write(Spa::new(0xffe), &[1, 2, 3, 4]).unwrap();
        let mut back = [0; 6];
        memory.read(Spa::new(0xffd), &mut back).unwrap();
        assert_eq!(back, [0, 1, 2, 3, 4, 0]);
    }

    #[test]
    fn errors_touch_only_their_range() {
        let mut memory = SparseMemory::new();
        memory.set_access_faults(&[Spa::new(0x1000)..Spa::new(0x2000)]);
        memory.set_poison(&[Spa::new(0x2000)..Spa::new(0x3000)]);
        let mut data = [0; 8];
        assert_eq!(memory.read(Spa::new(0xff8), &mut data), Ok(()));
        assert_eq!(
            memory.read(Spa::new(0xffc), &mut data),
            Err(MemoryError::AccessFault(Spa::new(0xffc)))
        );
        assert_eq!(
            memory.read(Spa::new(0x2ff8), &mut data),
            Err(MemoryError::Poison(Spa::new(0x2ff8)))
        );
        assert_eq!(memory.write(Spa::new(0x2ff8), &data), Ok(()));
        assert_eq!(memory.read(Spa::new(0x3000), &mut data), Ok(()));
    }
}
