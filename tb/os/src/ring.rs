// SPDX-License-Identifier: Apache-2.0
//! A ring of descriptors, from the driver's side.

use sallyport_devices::DESCRIPTOR_BYTES;

use crate::buffer::Buffer;
use crate::error::OsError;
use crate::os::Os;
use crate::ram::Policy;
use crate::space::AddressSpace;

/// Descriptors between a driver and its device.
#[derive(Debug)]
pub(crate) struct DriverRing {
    os: Os,
    buffer: Buffer,
    log2_size: u32,
    /// Index of the next descriptor to give to the device, TAIL.
    tail: u32,
    /// Index of the oldest one that the device has.
    oldest: u32,
}

impl DriverRing {
    /// A ring of `2^log2_size` descriptors, in pages that lie one after the
    /// other.
    pub async fn new(space: &AddressSpace, log2_size: u32) -> Result<Self, OsError> {
        let bytes = DESCRIPTOR_BYTES << log2_size;
        Ok(Self {
            os: space.os().clone(),
            buffer: space.allocate_as(bytes, Policy::Contiguous).await?,
            log2_size,
            tail: 0,
            oldest: 0,
        })
    }

    pub const fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    pub const fn log2_size(&self) -> u32 {
        self.log2_size
    }

    pub const fn tail(&self) -> u32 {
        self.tail
    }

    const fn mask(&self) -> u32 {
        (1 << self.log2_size) - 1
    }

    /// Descriptors that can be given to the device now.
    pub const fn room(&self) -> u32 {
        self.mask() - (self.tail.wrapping_sub(self.oldest) & self.mask())
    }

    /// Writes a descriptor at TAIL and moves TAIL on; the device is told by
    /// whoever calls.
    pub fn push(&mut self, words: [u64; 4]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let offset = u64::from(self.tail) * DESCRIPTOR_BYTES;
        self.os.write(&self.buffer, offset, &bytes);
        self.tail = (self.tail + 1) & self.mask();
    }

    /// The `n`-th descriptor that the device has, as it is in memory.
    pub fn peek(&self, n: u32) -> Option<[u64; 4]> {
        if n >= self.tail.wrapping_sub(self.oldest) & self.mask() {
            return None;
        }
        let index = (self.oldest + n) & self.mask();
        let offset = u64::from(index) * DESCRIPTOR_BYTES;
        let bytes = self
            .os
            .read(&self.buffer, offset, DESCRIPTOR_BYTES as usize);
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = bytes
                .iter()
                .rev()
                .fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        Some(words)
    }

    /// Takes the `count` oldest ones back.
    pub const fn retire(&mut self, count: u32) {
        self.oldest = (self.oldest + count) & self.mask();
    }
}
