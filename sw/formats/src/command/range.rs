// SPDX-License-Identifier: Apache-2.0
//! Ranges of pages in invalidations ("Address Range Invalidation Extension";
//! ATS invalidation requests have the same encoding).

/// A naturally aligned power of two of pages.
///
/// ```
/// use sallyport_formats::command::PageRange;
///
/// let mut blocks = PageRange::blocks(0x3_f000, 0x40_0000);
/// assert_eq!(blocks.next(), PageRange::new(0x3f, 0));
/// assert_eq!(blocks.next(), PageRange::new(0x40, 6));
/// assert_eq!(PageRange::new(0x40, 6).unwrap().encoded(), 0x5f);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageRange {
    page: u64,
    log2_pages: u32,
}

/// Bits of a page number.
const PAGE_BITS: u32 = 52;

impl PageRange {
    /// 2^`log2_pages` pages from page number `page` on, which is a multiple of
    /// that; `None` if it is not, or if the range has 2^52 pages, for which
    /// there is no encoding.
    #[must_use]
    pub const fn new(page: u64, log2_pages: u32) -> Option<Self> {
        if log2_pages < PAGE_BITS && page >> PAGE_BITS == 0 && page & ((1 << log2_pages) - 1) == 0 {
            Some(Self { page, log2_pages })
        } else {
            None
        }
    }

    /// The first page's number.
    #[must_use]
    pub const fn page(&self) -> u64 {
        self.page
    }

    /// Log2 of the number of pages, 0 to 51.
    #[must_use]
    pub const fn log2_pages(&self) -> u32 {
        self.log2_pages
    }

    /// `ADDR[63:12]`: below the bits that say which range, a 0 below which all
    /// bits are 1 says how large it is; a single page is itself, with S = 0.
    #[must_use]
    pub const fn encoded(&self) -> u64 {
        if self.log2_pages == 0 {
            self.page
        } else {
            self.page | ((1 << (self.log2_pages - 1)) - 1)
        }
    }

    /// The fewest ranges that cover the pages of `bytes` bytes from `at` on, in
    /// order; nothing beyond the address 2^64 - 1.
    pub fn blocks(at: u64, bytes: u64) -> impl Iterator<Item = Self> + Clone {
        let mut page = at >> 12;
        let last = at.saturating_add(bytes.saturating_sub(1)) >> 12;
        let mut left = if bytes == 0 { 0 } else { last - page + 1 };
        core::iter::from_fn(move || {
            let fits = left.checked_ilog2()?;
            let log2_pages = page.trailing_zeros().min(fits).min(PAGE_BITS - 1);
            let block = Self { page, log2_pages };
            page += 1 << log2_pages;
            left -= 1 << log2_pages;
            Some(block)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let encoded = |page, log2| PageRange::new(page, log2).unwrap().encoded();
        assert_eq!(encoded(0x1234, 0), 0x1234);
        assert_eq!(encoded(0x1234, 1), 0x1234, "8 KiB: S and a 0");
        assert_eq!(encoded(0x1200, 9), 0x12ff, "2 MiB");
        assert_eq!(encoded(0, 51), (1 << 50) - 1);
        assert_eq!(PageRange::new(0x1234, 3), None);
        assert_eq!(PageRange::new(0, 52), None);
        assert_eq!(PageRange::new(1 << 52, 0), None);
    }

    #[test]
    fn blocks_cover_exactly_the_pages() {
        for (at, bytes) in [
            (0, 0),
            (0x1000, 0x1000),
            (0x1fff, 2),
            (0x3_f000, 0x40_0000),
            (u64::MAX - 0x2fff, 0x3000),
            (0, u64::MAX),
        ] {
            let mut page = at >> 12;
            for block in PageRange::blocks(at, bytes) {
                assert_eq!(block.page(), page);
                assert_eq!(PageRange::new(page, block.log2_pages()), Some(block));
                page += 1 << block.log2_pages();
            }
            let end = if bytes == 0 {
                at >> 12
            } else {
                ((at + (bytes - 1)) >> 12) + 1
            };
            assert_eq!(page, end, "{at:#x} + {bytes:#x}");
        }
    }
}
