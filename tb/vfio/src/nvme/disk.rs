// SPDX-License-Identifier: Apache-2.0
//! What the blocks lie on: memory, filled with random bytes.

use crate::Error;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sallyport_bench::Seed;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of a logical block.
pub(crate) const BLOCK: u64 = 512;

/// The smallest and the largest disk.
const SIZES: std::ops::RangeInclusive<u64> = 4096..=4 << 30;

/// The disk.
#[derive(Debug)]
pub(crate) struct Disk {
    bytes: Mutex<Vec<u8>>,
    blocks: u64,
}

impl Disk {
    /// A disk whose contents are random, the same for the same seed.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn new(bytes: u64, seed: Seed) -> Result<Self, Error> {
        let fits = SIZES.contains(&bytes) && bytes.is_multiple_of(BLOCK);
        let count = usize::try_from(bytes).ok().filter(|_| fits);
        let mut contents = vec![0; count.ok_or(Error::Disk { bytes })?];
        let seed = seed.fork("disk").value();
        ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut contents);
        Ok(Self {
            bytes: Mutex::new(contents),
            blocks: bytes / BLOCK,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logical blocks.
    pub const fn blocks(&self) -> u64 {
        self.blocks
    }

    /// The bytes of these blocks; `None` if some do not exist.
    pub fn range(&self, first: u64, count: u64) -> Option<Range<usize>> {
        let end = first.checked_add(count).filter(|end| *end <= self.blocks)?;
        Some((first * BLOCK) as usize..(end * BLOCK) as usize)
    }

    /// Copies bytes of the disk.
    pub fn read(&self, range: Range<usize>) -> Vec<u8> {
        self.lock()[range].to_vec()
    }

    /// Changes bytes of the disk, all at once.
    pub fn write(&self, start: usize, bytes: &[u8]) {
        self.lock()[start..start + bytes.len()].copy_from_slice(bytes);
    }

    /// SHA-256 of what there is of these bytes, in hexadecimal.
    pub fn digest(&self, bytes: Range<u64>) -> String {
        let contents = self.lock();
        let limit =
            |at: u64| usize::try_from(at).map_or(contents.len(), |at| at.min(contents.len()));
        let (start, end) = (limit(bytes.start), limit(bytes.end));
        let digest = Sha256::digest(&contents[start.min(end)..end]);
        digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides_what_is_on_it() {
        let of = |seed| Disk::new(8192, Seed::new(seed)).unwrap().digest(0..8192);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn digests_are_sha_256_and_end_with_the_disk() {
        let disk = Disk::new(4096, Seed::new(1)).unwrap();
        disk.write(0, b"abc");
        assert_eq!(
            disk.digest(0..3),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(disk.digest(0..u64::MAX), disk.digest(0..4096));
        assert_eq!(disk.digest(5000..6000), disk.digest(4096..4096));
    }

    #[test]
    fn blocks_end_with_the_disk() {
        let disk = Disk::new(4096, Seed::new(1)).unwrap();
        assert_eq!(disk.range(7, 1), Some(3584..4096));
        assert_eq!(disk.range(7, 2), None);
        assert_eq!(disk.range(u64::MAX, 1), None);
        assert_eq!(
            Disk::new(5000, Seed::new(1)).unwrap_err().to_string(),
            "a disk of 5000 bytes: give a multiple of 512, from 4096 bytes up to 4 GiB"
        );
    }
}
