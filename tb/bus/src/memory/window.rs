// SPDX-License-Identifier: Apache-2.0
//! Ranges of addresses whose bytes lie elsewhere.

use super::pages::PAGE;
use sallyport_formats::Spa;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Memory that others hold, and write at the same time: a guest's, for example.
///
/// Offsets count from the start of the range that it was laid over, and stay below
/// its length.
pub trait Backing: fmt::Debug + Send + Sync {
    /// Reads `bytes.len()` bytes. Each naturally aligned doubleword of it, and what is
    /// left of one at either end, is read at one moment.
    fn read(&self, offset: u64, bytes: &mut [u8]);

    /// Writes all of `bytes`, aligned doublewords at one moment each.
    fn write(&self, offset: u64, bytes: &[u8]);

    /// Writes `new` if the memory holds `seen`, with nobody between the look and the
    /// write; `false` if it holds something else, or if this cannot be done at once for
    /// a range like that. Both have the same length.
    fn compare_exchange(&self, offset: u64, seen: &[u8], new: &[u8]) -> bool;
}

/// A window that cannot be laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// It begins or ends within a page.
    #[error("the window {start} to {end} does not consist of whole pages of 4096 bytes")]
    Pages {
        /// Its first byte.
        start: Spa,
        /// The byte after it.
        end: Spa,
    },
    /// Some of it is in another one.
    #[error("the window {start} to {end} overlaps another one")]
    Overlap {
        /// Its first byte.
        start: Spa,
        /// The byte after it.
        end: Spa,
    },
}

/// Windows, by address.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows(Vec<Window>);

#[derive(Clone, Debug)]
struct Window {
    range: Range<u64>,
    backing: Arc<dyn Backing>,
}

impl Windows {
    /// Where the page of this address lies, if in a window, and its offset there.
    #[inline]
    pub fn at(&self, addr: u64) -> Option<(&dyn Backing, u64)> {
        if self.0.is_empty() {
            return None;
        }
        let next = self.0.partition_point(|w| w.range.start <= addr);
        let window = self.0.get(next.checked_sub(1)?)?;
        (addr < window.range.end).then(|| (&*window.backing, addr - window.range.start))
    }

    pub fn lay(&mut self, range: Range<Spa>, backing: Arc<dyn Backing>) -> Result<(), WindowError> {
        let Range { start, end } = range;
        let page = PAGE as u64;
        let whole = start.raw().is_multiple_of(page) && end.raw().is_multiple_of(page);
        if !whole || start >= end {
            return Err(WindowError::Pages { start, end });
        }
        let range = start.raw()..end.raw();
        let overlaps = |w: &Window| w.range.start < range.end && range.start < w.range.end;
        if self.0.iter().any(overlaps) {
            return Err(WindowError::Overlap { start, end });
        }
        let place = self.0.partition_point(|w| w.range.start < range.start);
        self.0.insert(place, Window { range, backing });
        Ok(())
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
