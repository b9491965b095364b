// SPDX-License-Identifier: Apache-2.0
//! The client's memory, as the IOMMU's ports reach it.

use sallyport_bus::Backing;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};
use vm_memory::{FileOffset, MmapRegion, VolatileMemory};

/// Bytes of a page.
const PAGE: u64 = 4096;

/// A range of the client's memory, mapped from the descriptor that it sent.
///
/// Doublewords, and naturally aligned parts of them, are loaded and stored at once, and
/// in order with what the guest's processors do.
#[derive(Debug)]
pub(crate) struct Ram(MmapRegion);

/// An access of one of the sizes that are made at once.
macro_rules! sized {
    ($self:expr, $size:expr, $offset:expr, $atomic:ident => $with:expr) => {
        match $size {
            8 => sized!(@ $self, AtomicU64, $offset, $atomic => $with),
            4 => sized!(@ $self, AtomicU32, $offset, $atomic => $with),
            2 => sized!(@ $self, AtomicU16, $offset, $atomic => $with),
            _ => sized!(@ $self, AtomicU8, $offset, $atomic => $with),
        }
    };
    (@ $self:expr, $kind:ty, $offset:expr, $atomic:ident => $with:expr) => {
        if let Ok($atomic) = $self.0.get_atomic_ref::<$kind>($offset) {
            $with
        }
    };
}

impl Ram {
    /// Maps `size` bytes of `file` from `offset` on, which are to be found at `address`.
    ///
    /// # Errors
    /// If they are not whole pages, if the file is shorter, or if it cannot be mapped.
    pub fn new(file: File, offset: u64, address: u64, size: u64) -> io::Result<Self> {
        let refuse = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        let paged = address.is_multiple_of(PAGE) && size.is_multiple_of(PAGE);
        if !paged || size == 0 || address.checked_add(size).is_none() {
            return refuse(format!("{size} bytes at {address:#x} are not whole pages"));
        }
        let end = offset.checked_add(size);
        if end.is_none_or(|end| file.metadata().is_ok_and(|data| data.len() < end)) {
            return refuse(format!("the file ends before byte {offset} + {size}"));
        }
        let bytes = usize::try_from(size).map_err(io::Error::other)?;
        MmapRegion::from_file(FileOffset::new(file, offset), bytes)
            .map(Self)
            .map_err(io::Error::other)
    }

    /// Bytes.
    pub fn len(&self) -> u64 {
        self.0.size() as u64
    }
}

/// The parts of `len` bytes from `offset` on that are accessed at once: their places in
/// the bytes, all naturally aligned.
fn parts(offset: u64, len: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at == len {
            return None;
        }
        let aligned = 1 << (offset as usize + at).trailing_zeros().min(3);
        let mut size: usize = aligned;
        while size > len - at {
            size /= 2;
        }
        at += size;
        Some((at - size, size))
    })
}

/// A number of the machine's own byte order.
trait Native {
    fn of(bytes: &[u8]) -> Self;
}

macro_rules! native {
    ($($number:ty)*) => {$(
        impl Native for $number {
            fn of(bytes: &[u8]) -> Self {
                let mut all = [0; size_of::<Self>()];
                all.copy_from_slice(bytes);
                Self::from_ne_bytes(all)
            }
        }
    )*};
}

native!(u8 u16 u32 u64);

fn native<T: Native>(bytes: &[u8]) -> T {
    T::of(bytes)
}

impl Backing for Ram {
    fn read(&self, offset: u64, bytes: &mut [u8]) {
        for (at, size) in parts(offset, bytes.len()) {
            let place = &mut bytes[at..at + size];
            place.fill(0);
            sized!(self, size, offset as usize + at, atomic => {
                place.copy_from_slice(&atomic.load(Ordering::Acquire).to_ne_bytes());
            });
        }
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        for (at, size) in parts(offset, bytes.len()) {
            let part = &bytes[at..at + size];
            sized!(self, size, offset as usize + at, atomic => {
                atomic.store(native(part), Ordering::Release);
            });
        }
    }

    fn compare_exchange(&self, offset: u64, seen: &[u8], new: &[u8]) -> bool {
        let (Ok(seen), Ok(new)) = (seen.try_into(), new.try_into()) else {
            return self.exchange_half(offset, seen, new);
        };
        let (seen, new) = (u64::from_ne_bytes(seen), u64::from_ne_bytes(new));
        self.0
            .get_atomic_ref::<AtomicU64>(offset as usize)
            .is_ok_and(|word| {
                word.compare_exchange(seen, new, Ordering::AcqRel, Ordering::Acquire)
                    .is_ok()
            })
    }
}

impl Ram {
    /// Four bytes, as entries of Sv32 have; no other length can be exchanged.
    fn exchange_half(&self, offset: u64, seen: &[u8], new: &[u8]) -> bool {
        let (Ok(seen), Ok(new)) = (seen.try_into(), new.try_into()) else {
            return false;
        };
        let (seen, new) = (u32::from_ne_bytes(seen), u32::from_ne_bytes(new));
        self.0
            .get_atomic_ref::<AtomicU32>(offset as usize)
            .is_ok_and(|word| {
                word.compare_exchange(seen, new, Ordering::AcqRel, Ordering::Acquire)
                    .is_ok()
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ram() -> (Ram, File) {
        let file = tempfile::tempfile().unwrap();
        file.set_len(0x3000).unwrap();
        (
            Ram::new(file.try_clone().unwrap(), 0x1000, 0, 0x2000).unwrap(),
            file,
        )
    }

    #[test]
    fn parts_are_aligned_and_cover_everything() {
        let of = |offset, len| parts(offset, len).collect::<Vec<_>>();
        assert_eq!(of(0, 16), [(0, 8), (8, 8)]);
        assert_eq!(of(3, 6), [(0, 1), (1, 4), (5, 1)]);
        assert_eq!(of(4, 11), [(0, 4), (4, 4), (8, 2), (10, 1)]);
    }

    #[test]
    fn bytes_go_both_ways() {
        let (ram, _) = ram();
        assert_eq!(ram.len(), 0x2000);
        let bytes: Vec<u8> = (1..=19).collect();
        ram.write(0x1f05, &bytes);
        let mut back = vec![0xff; 21];
        ram.read(0x1f04, &mut back);
        assert_eq!(back[0], 0);
        assert_eq!(back[1..20], bytes);
        assert_eq!(back[20], 0);
        // Beyond the end nothing is.
        ram.read(0x1fff, &mut back);
        assert_eq!(back, [0; 21]);
    }

    #[test]
    fn an_exchange_wants_what_was_seen() {
        let (ram, _) = ram();
        let (old, new) = (7_u64.to_ne_bytes(), 9_u64.to_ne_bytes());
        ram.write(8, &old);
        assert!(ram.compare_exchange(8, &old, &new));
        assert!(!ram.compare_exchange(8, &old, &new));
        assert!(ram.compare_exchange(8, &new[..4], &old[..4]));
        assert!(!ram.compare_exchange(8, &old[..2], &new[..2]), "too short");
        assert!(!ram.compare_exchange(12, &old, &new), "not aligned");
    }

    #[test]
    fn a_file_must_hold_it() {
        let (_, file) = ram();
        let of = |offset, address, size| {
            let file = file.try_clone().unwrap();
            Ram::new(file, offset, address, size)
                .unwrap_err()
                .to_string()
        };
        let short = "the file ends before byte 4096 + 12288";
        assert_eq!(of(0x1000, 0, 0x3000), short);
        let odd = "4096 bytes at 0x800 are not whole pages";
        assert_eq!(of(0, 0x800, 0x1000), odd);
        assert!(of(0, !0xfff, 0x1000).ends_with("are not whole pages"));
    }
}
