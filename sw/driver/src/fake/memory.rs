// SPDX-License-Identifier: Apache-2.0
//! Sparse memory that can be shared.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use core::cell::RefCell;

use sallyport_formats::{PAGE_SIZE, Spa};

use crate::memory::Memory;

#[derive(Debug)]
struct Inner {
    /// Doublewords by number.
    words: BTreeMap<u64, u64>,
    /// What is allocated: address and bytes.
    allocated: BTreeMap<u64, u64>,
    next: u64,
    left: u64,
}

/// Memory that is zero until written; a clone is the same memory.
#[derive(Clone, Debug)]
pub struct FakeMemory(Rc<RefCell<Inner>>);

impl Default for FakeMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeMemory {
    /// Plenty of memory.
    #[must_use]
    pub fn new() -> Self {
        Self::with_bytes(1 << 40)
    }

    /// Memory of which `bytes` can be allocated.
    #[must_use]
    pub fn with_bytes(bytes: u64) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            words: BTreeMap::new(),
            allocated: BTreeMap::new(),
            next: 0x8000_0000,
            left: bytes,
        })))
    }

    /// Bytes allocated and not freed.
    #[must_use]
    pub fn allocated(&self) -> u64 {
        self.0.borrow().allocated.values().sum()
    }
}

impl Memory for FakeMemory {
    fn read(&self, addr: Spa, bytes: &mut [u8]) {
        for (at, byte) in (addr.raw()..).zip(bytes) {
            let word = self.read64(Spa::new(at & !7));
            *byte = word.to_le_bytes()[(at % 8) as usize];
        }
    }

    fn write(&mut self, addr: Spa, bytes: &[u8]) {
        for (at, byte) in (addr.raw()..).zip(bytes) {
            let mut word = self.read64(Spa::new(at & !7)).to_le_bytes();
            word[(at % 8) as usize] = *byte;
            self.write64(Spa::new(at & !7), u64::from_le_bytes(word));
        }
    }

    fn read32(&self, addr: Spa) -> u32 {
        let mut bytes = [0; 4];
        self.read(addr, &mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn write32(&mut self, addr: Spa, value: u32) {
        self.write(addr, &value.to_le_bytes());
    }

    fn read64(&self, addr: Spa) -> u64 {
        assert!(addr.is_aligned_to(8), "8-byte read at {addr}");
        self.0
            .borrow()
            .words
            .get(&(addr.raw() / 8))
            .copied()
            .unwrap_or(0)
    }

    fn write64(&mut self, addr: Spa, value: u64) {
        assert!(addr.is_aligned_to(8), "8-byte write at {addr}");
        self.0.borrow_mut().words.insert(addr.raw() / 8, value);
    }

    fn allocate(&mut self, bytes: u64) -> Option<Spa> {
        assert!(
            bytes.is_power_of_two() && bytes >= PAGE_SIZE,
            "{bytes} bytes asked for"
        );
        let inner = &mut *self.0.borrow_mut();
        inner.left = inner.left.checked_sub(bytes)?;
        let addr = inner.next.next_multiple_of(bytes);
        inner.next = addr + bytes;
        inner.allocated.insert(addr, bytes);
        Some(Spa::new(addr))
    }

    fn free(&mut self, addr: Spa, bytes: u64) {
        let inner = &mut *self.0.borrow_mut();
        assert_eq!(
            inner.allocated.remove(&addr.raw()),
            Some(bytes),
            "free of {addr}"
        );
        inner.left += bytes;
        inner
            .words
            .retain(|word, _| word * 8 < addr.raw() || word * 8 >= addr.raw() + bytes);
    }

    fn barrier(&mut self) {}
}
