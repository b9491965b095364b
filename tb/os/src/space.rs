// SPDX-License-Identifier: Apache-2.0
//! The address space of a device.

use std::cell::RefCell;
use std::rc::Rc;

use sallyport_driver::{FirstStageTable, Permissions, device_invalidations};
use sallyport_formats::{DeviceId, Iova, PAGE_SIZE, ProcessId, Pscid, Spa};

use crate::buffer::Buffer;
use crate::error::OsError;
use crate::iova::IovaRanges;
use crate::mmu::Satp;
use crate::os::Os;
use crate::ram::Policy;

/// What a device can reach; clones are handles to the same.
///
/// Without translation there are no address spaces: a buffer's address is then
/// that of its first page, whatever comes behind that in memory.
#[derive(Clone, Debug)]
pub struct AddressSpace {
    os: Os,
    device: DeviceId,
    process: Option<ProcessId>,
    table: Option<(FirstStageTable, Pscid)>,
    /// The device keeps translations itself.
    cached: bool,
    ranges: Rc<RefCell<IovaRanges>>,
}

impl AddressSpace {
    pub(crate) fn new(os: Os, device: DeviceId, table: Option<(FirstStageTable, Pscid)>) -> Self {
        Self {
            os,
            device,
            process: None,
            table,
            cached: false,
            ranges: Rc::default(),
        }
    }

    /// The same, as the address space of a process that the device works for.
    pub(crate) fn of_process(self, process: ProcessId) -> Self {
        Self {
            process: Some(process),
            ..self
        }
    }

    /// The same, of a device that may keep translations.
    pub(crate) fn with_cache(self, cached: bool) -> Self {
        Self { cached, ..self }
    }

    /// Whose it is.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// The process that it is the address space of, if it is one's.
    #[must_use]
    pub const fn process(&self) -> Option<ProcessId> {
        self.process
    }

    /// What a processor that is to use the same page table has in `satp`;
    /// `None` without translation.
    #[must_use]
    pub fn satp(&self) -> Option<Satp> {
        self.table.map(|(table, asid)| Satp {
            asid,
            scheme: table.scheme(),
            root: table.root(),
        })
    }

    /// The system that it belongs to.
    #[must_use]
    pub const fn os(&self) -> &Os {
        &self.os
    }

    pub(crate) fn table(&self) -> Option<FirstStageTable> {
        self.table.map(|(table, _)| table)
    }

    /// A buffer of scattered pages, zeroed, that the device can read and write.
    ///
    /// # Errors
    /// [`OsError::OutOfMemory`], [`OsError::AddressSpace`], [`OsError::Iommu`].
    pub async fn allocate(&self, bytes: u64) -> Result<Buffer, OsError> {
        self.allocate_as(bytes, Policy::Scattered).await
    }

    /// A buffer whose pages lie as `policy` says.
    ///
    /// # Errors
    /// As for [`Self::allocate`].
    pub async fn allocate_as(&self, bytes: u64, policy: Policy) -> Result<Buffer, OsError> {
        self.adopt(self.pages(bytes, policy)?)
    }

    /// Makes a buffer of pages that the caller has.
    ///
    /// # Errors
    /// [`OsError::AddressSpace`], [`OsError::Iommu`]; [`OsError::OutOfMemory`]
    /// without pages.
    pub fn adopt(&self, pages: Vec<Spa>) -> Result<Buffer, OsError> {
        let first = *pages.first().ok_or(OsError::OutOfMemory { bytes: 0 })?;
        let bytes = pages.len() as u64 * PAGE_SIZE;
        let full = OsError::AddressSpace {
            device: self.device,
            bytes,
        };
        let iova = if self.table.is_some() {
            self.ranges.borrow_mut().allocate(bytes).ok_or(full)?
        } else {
            Iova::new(first.raw())
        };
        self.map(iova, &pages, Permissions::RW)?;
        Ok(Buffer::new(iova, pages))
    }

    /// A buffer of scattered pages at a certain address. Without translation,
    /// the address is taken for a physical one, and the pages are never used.
    ///
    /// # Errors
    /// As for [`Self::allocate`].
    pub async fn allocate_at(&self, iova: Iova, bytes: u64) -> Result<Buffer, OsError> {
        let pages = self.pages(bytes, Policy::Scattered)?;
        self.adopt_at(iova, pages, Permissions::RW)
    }

    /// Makes a buffer of pages that the caller has, at a certain address and
    /// with certain permissions.
    ///
    /// # Errors
    /// As for [`Self::adopt`].
    pub fn adopt_at(
        &self,
        iova: Iova,
        pages: Vec<Spa>,
        permissions: Permissions,
    ) -> Result<Buffer, OsError> {
        let bytes = pages.len() as u64 * PAGE_SIZE;
        if !self.ranges.borrow_mut().reserve(iova, bytes) {
            return Err(OsError::AddressSpace {
                device: self.device,
                bytes,
            });
        }
        self.map(iova, &pages, permissions)?;
        Ok(Buffer::new(iova, pages))
    }

    /// A range of addresses that nothing is behind.
    ///
    /// # Errors
    /// [`OsError::AddressSpace`].
    pub fn reserve(&self, bytes: u64) -> Result<Iova, OsError> {
        let found = self.ranges.borrow_mut().allocate(bytes);
        found.ok_or(OsError::AddressSpace {
            device: self.device,
            bytes,
        })
    }

    /// Puts a page behind an address of a reserved range.
    ///
    /// # Errors
    /// [`OsError::Iommu`].
    pub(crate) fn put_page(&self, at: Iova, page: Spa) -> Result<(), OsError> {
        self.map(at, &[page], Permissions::RW)
    }

    /// Takes pages of a reserved range away again, as [`Self::unmap`] does.
    ///
    /// # Errors
    /// [`OsError::Iommu`].
    pub(crate) async fn take_page(&self, at: Iova, page: Spa) -> Result<(), OsError> {
        self.unmap(&Buffer::new(at, vec![page]), 0, 1).await
    }

    fn pages(&self, bytes: u64, policy: Policy) -> Result<Vec<Spa>, OsError> {
        let count = bytes.div_ceil(PAGE_SIZE).max(1);
        let pages = self.os.ram().pages(count, policy);
        pages.ok_or(OsError::OutOfMemory { bytes })
    }

    /// Maps pages one after the other; what was never mapped needs no
    /// invalidation.
    fn map(&self, iova: Iova, pages: &[Spa], permissions: Permissions) -> Result<(), OsError> {
        let Some((table, _)) = &self.table else {
            return Ok(());
        };
        let mut ram = self.os.ram().clone();
        let before = ram.block_bytes();
        for (n, &page) in (0u64..).zip(pages) {
            let at = Iova::new(iova.raw() + n * PAGE_SIZE);
            table.map(&mut ram, at, page, PAGE_SIZE, permissions)?;
        }
        self.os.count_tables(before);
        Ok(())
    }

    /// Takes `count` pages of a buffer from page `first` on away from the
    /// device: unmaps them, invalidates, and waits for the fence. When it is
    /// back, the device reaches them no longer.
    ///
    /// # Errors
    /// [`OsError::Iommu`].
    pub async fn unmap(&self, buffer: &Buffer, first: usize, count: usize) -> Result<(), OsError> {
        let Some((table, pscid)) = &self.table else {
            return Ok(());
        };
        let at = buffer.at(first as u64 * PAGE_SIZE);
        let bytes = count as u64 * PAGE_SIZE;
        table.unmap(&mut self.os.ram().clone(), at, bytes)?;
        self.os.forget(table, *pscid, at, bytes).await?;
        if self.cached {
            // Behind the fence: what the device asks for again is new.
            let commands = device_invalidations(self.device, self.process, at, bytes);
            self.os.invalidate(commands).await?;
        }
        Ok(())
    }

    /// Puts other pages, zeroed, into a place of a buffer that was unmapped.
    ///
    /// # Errors
    /// [`OsError::OutOfMemory`], [`OsError::Iommu`].
    pub fn refill(&self, buffer: &mut Buffer, first: usize, count: usize) -> Result<(), OsError> {
        let bytes = count as u64 * PAGE_SIZE;
        let pages = self.os.ram().pages(count as u64, Policy::Scattered);
        let pages = pages.ok_or(OsError::OutOfMemory { bytes })?;
        self.map(buffer.at(first as u64 * PAGE_SIZE), &pages, Permissions::RW)?;
        for (n, page) in pages.into_iter().enumerate() {
            buffer.replace(first + n, page);
        }
        Ok(())
    }

    /// Takes a buffer away from the device and gives its pages back.
    ///
    /// # Errors
    /// [`OsError::Iommu`]; the pages are not given back then.
    pub async fn free(&self, buffer: Buffer) -> Result<(), OsError> {
        self.unmap(&buffer, 0, buffer.pages().len()).await?;
        self.os.ram().give_back(buffer.pages());
        self.ranges.borrow_mut().release(buffer.iova());
        Ok(())
    }
}
