// SPDX-License-Identifier: Apache-2.0
//! Where tables lie: in physical memory, or in that of a guest, whose addresses
//! the second stage translates.

use crate::draw::Draw;
use crate::image::{Contents, Image};
use sallyport_formats::PAGE_SIZE;
use std::collections::BTreeMap;

/// A range of guest-physical memory that a leaf of the second stage maps.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// Its first page.
    pub first: u64,
    /// Its pages.
    pub pages: u64,
    /// The physical page that the first one is mapped to.
    pub target: u64,
    /// It can be read and written by everybody, and is as it should be.
    pub good: bool,
}

/// A guest's memory.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// What is mapped.
    ranges: Vec<Range>,
    /// `msi_addr_mask` and `msi_addr_pattern`, where there are interrupt files.
    files: Option<[u64; 2]>,
    /// Physical pages of the guest's pages in which it has tables.
    physical: BTreeMap<u64, u64>,
}

/// Who has the tables.
#[derive(Debug)]
pub enum Home<'a> {
    /// Physical addresses.
    Host,
    /// A guest's.
    Guest(&'a mut Frames),
}

/// A page in its owner's addresses, and in physical ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// As its owner calls it.
    pub name: u64,
    /// Where it is.
    pub physical: u64,
}

impl Home<'_> {
    /// A new page for a table.
    pub fn page(&mut self, draw: &mut Draw, image: &mut Image, contents: Contents) -> Page {
        match self {
            Self::Host => {
                let page = image.page(draw, contents);
                Page {
                    name: page,
                    physical: page,
                }
            }
            Self::Guest(frames) => frames.page(draw, image, contents),
        }
    }

    /// Where the table with this name is, if it is one.
    pub fn physical(&self, name: u64) -> Option<u64> {
        match self {
            Self::Host => Some(name),
            Self::Guest(frames) => frames.physical.get(&name).copied(),
        }
    }
}

impl Frames {
    /// A guest with this memory and no tables.
    pub fn new(ranges: Vec<Range>, files: Option<[u64; 2]>) -> Self {
        Self {
            ranges,
            files,
            physical: BTreeMap::new(),
        }
    }

    /// A page of a good range that has room.
    fn page(&mut self, draw: &mut Draw, image: &mut Image, contents: Contents) -> Page {
        let good: Vec<Range> = self.ranges.iter().filter(|r| r.good).copied().collect();
        loop {
            let range = draw.pick(&good);
            let offset = draw.below(range.pages);
            let (name, physical) = (range.first + offset, range.target + offset);
            if !self.physical.contains_key(&name) && image.claim(physical, 1, contents) {
                self.physical.insert(name, physical);
                return Page { name, physical };
            }
        }
    }

    /// A guest-physical address for a page of `size` bytes to lead to, and the
    /// offset in it where the second stage maps something.
    pub fn target(&self, draw: &mut Draw, size: u64) -> (u64, u64) {
        if let Some([mask, pattern]) = self.files.filter(|_| draw.chance(18)) {
            let at = (pattern & !mask | draw.bits() & mask) * PAGE_SIZE;
            return (at / size * size, at % size);
        }
        let range = draw.pick(&self.ranges);
        let few = range.pages.min(*draw.pick(&[4, 600, u64::MAX]));
        let at = (range.first + draw.below(few)) * PAGE_SIZE;
        (at / size * size, at % size)
    }
}
