// SPDX-License-Identifier: Apache-2.0
//! MSI page tables ("MSI page tables" of the Advanced Interrupt Architecture)
//! in memory.

use sallyport_formats::constants as c;
use sallyport_formats::context::Msiptp;
use sallyport_formats::{Command, DeviceContext, Endian, Gpa, Gscid, MsiPte, PAGE_SIZE, Spa};

use crate::Error;
use crate::memory::{Memory, allocate, load, store, word_at};

/// Which guest-physical pages are virtual interrupt files: those whose page
/// number is `pattern` in all bits that are 0 in `mask`. The bits under the
/// mask, packed together, are the file's number.
///
/// ```
/// use sallyport_driver::MsiWindow;
/// use sallyport_formats::Gpa;
///
/// // Four files, two pages apart.
/// let window = MsiWindow { mask: 0b110, pattern: 0x2_8000 };
/// assert_eq!(window.file(Gpa::new(0x2800_4000)), Some(2));
/// assert_eq!(window.file(Gpa::new(0x2800_1000)), None);
/// assert_eq!(window.page(3), Some(Gpa::new(0x2800_6000)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsiWindow {
    /// `msi_addr_mask`, bits of a page number.
    pub mask: u64,
    /// `msi_addr_pattern`, a page number.
    pub pattern: u64,
}

impl MsiWindow {
    /// Number of files: a power of two.
    #[must_use]
    pub const fn files(&self) -> u64 {
        1 << self.mask.count_ones()
    }

    /// The number of the file that this address is in.
    #[must_use]
    pub fn file(&self, gpa: Gpa) -> Option<u64> {
        let page = gpa.page_number();
        if (page ^ self.pattern) & !self.mask != 0 {
            return None;
        }
        let ones = (0..u64::BITS).filter(|bit| self.mask >> bit & 1 != 0);
        Some(
            ones.zip(0..)
                .fold(0, |file, (bit, at)| file | (page >> bit & 1) << at),
        )
    }

    /// The page of a file.
    #[must_use]
    pub fn page(&self, file: u64) -> Option<Gpa> {
        if file >= self.files() {
            return None;
        }
        let ones = (0..u64::BITS).filter(|bit| self.mask >> bit & 1 != 0);
        let fixed = self.pattern & !self.mask;
        Gpa::from_page_number(
            ones.zip(0..)
                .fold(fixed, |page, (bit, at)| page | (file >> at & 1) << bit),
        )
    }
}

/// A flat MSI page table of one guest.
///
/// The methods change memory only. A new entry needs no invalidation; one that
/// is changed or taken away does, see [`Self::invalidation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsiTable {
    root: Spa,
    window: MsiWindow,
    endian: Endian,
}

impl MsiTable {
    /// An empty table for the files of a window, in the byte order of
    /// `fctl.BE`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new<M: Memory>(mem: &mut M, window: MsiWindow, endian: Endian) -> Result<Self, Error> {
        Ok(Self {
            root: allocate(mem, Self::bytes(&window))?,
            window,
            endian,
        })
    }

    /// What the table takes; it lies at a multiple of that.
    fn bytes(window: &MsiWindow) -> u64 {
        (window.files() * c::MSIPTE_BYTES).max(PAGE_SIZE)
    }

    /// The table's first byte.
    #[must_use]
    pub const fn root(&self) -> Spa {
        self.root
    }

    /// The files.
    #[must_use]
    pub const fn window(&self) -> &MsiWindow {
        &self.window
    }

    /// The context with the three fields that point to the table. It needs a
    /// second stage, too.
    #[must_use]
    pub const fn in_context(&self, context: DeviceContext) -> DeviceContext {
        DeviceContext {
            msiptp: Msiptp {
                ppn: self.root.page_number(),
                mode: c::MSIPTP_MODE_FLAT as u8,
            },
            msi_addr_mask: self.window.mask,
            msi_addr_pattern: self.window.pattern,
            ..context
        }
    }

    fn slot(&self, page: Gpa) -> Result<Spa, Error> {
        let file = self
            .window
            .file(page)
            .ok_or(Error::AddressRange(page.raw()))?;
        Ok(word_at(self.root, 2 * file))
    }

    fn load_entry<M: Memory>(&self, mem: &M, slot: Spa) -> MsiPte {
        let word = |i| load(mem, self.endian, word_at(slot, i));
        MsiPte::parse([word(0), word(1)])
    }

    /// The entry of the file that this address is in.
    ///
    /// # Errors
    /// [`Error::AddressRange`] if it is in none.
    pub fn get<M: Memory>(&self, mem: &M, page: Gpa) -> Result<MsiPte, Error> {
        Ok(self.load_entry(mem, self.slot(page)?))
    }

    /// Writes the entry of the file that this address is in, and gives back the
    /// one it replaces. The doubleword with V is cleared first and written last:
    /// an MRIF's address never goes with another's notice.
    ///
    /// # Errors
    /// [`Error::AddressRange`] if it is in none; [`Error::Unaligned`] if an
    /// MRIF is not at a multiple of 512 bytes.
    pub fn set<M: Memory>(&self, mem: &mut M, page: Gpa, entry: MsiPte) -> Result<MsiPte, Error> {
        let slot = self.slot(page)?;
        let file = match entry {
            MsiPte::Mrif { file, .. } => file,
            _ => Spa::ZERO,
        };
        if !file.is_aligned_to(512) {
            return Err(Error::Unaligned(file.raw()));
        }
        let old = self.load_entry(mem, slot);
        let [first, second] = entry.emit();
        if old != MsiPte::Invalid {
            store(mem, self.endian, slot, 0);
            mem.barrier();
        }
        store(mem, self.endian, word_at(slot, 1), second);
        mem.barrier();
        store(mem, self.endian, slot, first);
        mem.barrier();
        Ok(old)
    }

    /// The command to queue, before an IOFENCE.C, after a valid entry was
    /// changed ("Changing MSI page table entry").
    #[must_use]
    pub fn invalidation(gscid: Gscid, page: Gpa) -> Command {
        Command::invalidate_second_stage(Some(gscid), Some(page))
    }

    /// Frees the table. The IOMMU must have stopped using it.
    pub fn free<M: Memory>(self, mem: &mut M) {
        mem.free(self.root, Self::bytes(&self.window));
    }
}
