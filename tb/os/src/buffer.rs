// SPDX-License-Identifier: Apache-2.0
//! Buffers that a device and software share.

use sallyport_formats::{Iova, PAGE_SIZE, Spa};

/// Memory that is contiguous for a device, and pages for everybody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    iova: Iova,
    pages: Vec<Spa>,
}

impl Buffer {
    pub(crate) const fn new(iova: Iova, pages: Vec<Spa>) -> Self {
        Self { iova, pages }
    }

    /// Where the device finds it.
    #[must_use]
    pub const fn iova(&self) -> Iova {
        self.iova
    }

    /// What the device calls byte `offset` of it.
    #[must_use]
    pub const fn at(&self, offset: u64) -> Iova {
        Iova::new(self.iova.raw().wrapping_add(offset))
    }

    /// Its pages, in the device's order.
    #[must_use]
    pub fn pages(&self) -> &[Spa] {
        &self.pages
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.pages.len() as u64 * PAGE_SIZE
    }

    /// Another page takes the place of page `index`.
    pub(crate) fn replace(&mut self, index: usize, page: Spa) {
        self.pages[index] = page;
    }

    /// The pieces of a range of it that lie in one page each: where, and how
    /// many bytes. Nothing lies beyond its end.
    pub(crate) fn pieces(&self, offset: u64, len: usize) -> impl Iterator<Item = (Spa, usize)> {
        let end = offset.saturating_add(len as u64).min(self.bytes());
        let mut at = offset;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let (page, within) = (at / PAGE_SIZE, at % PAGE_SIZE);
            let count = (PAGE_SIZE - within).min(end - at);
            at += count;
            let start = self.pages[page as usize].raw() + within;
            Some((Spa::new(start), count as usize))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_falls_into_pages() {
        let pages = vec![Spa::new(0x9000), Spa::new(0x3000)];
        let buffer = Buffer::new(Iova::new(0x10_0000), pages);
        let pieces: Vec<_> = buffer.pieces(0xffe, 0x1000).collect();
        assert_eq!(pieces, [(Spa::new(0x9ffe), 2), (Spa::new(0x3000), 0xffe)]);
        assert_eq!(buffer.pieces(0x1ff0, 0x100).count(), 1);
        assert_eq!(buffer.at(0x1001), Iova::new(0x10_1001));
    }
}
