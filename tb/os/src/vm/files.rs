// SPDX-License-Identifier: Apache-2.0
//! A machine's interrupt files, and the MSI page table that leads to them.

use sallyport_driver::{MsiTable, MsiWindow};
use sallyport_formats::{Endian, Gpa, MsiPte, PAGE_SIZE};

use super::{VirtualMachine, VmConfig};
use crate::error::OsError;
use crate::os::Os;

/// Where a guest finds its interrupt files, one page a processor.
const FILES: Gpa = Gpa::new(0x2800_0000);

/// An empty MSI page table for a file of each processor.
pub(super) fn new_table(host: &Os, config: &VmConfig) -> Result<MsiTable, OsError> {
    let mut ram = host.ram().clone();
    let before = ram.block_bytes();
    let window = MsiWindow {
        mask: u64::from(config.harts.next_power_of_two() - 1),
        pattern: FILES.page_number(),
    };
    let table = MsiTable::new(&mut ram, window, Endian::Little)?;
    host.count_tables(before);
    Ok(table)
}

impl VirtualMachine {
    /// The guest-physical address of a virtual processor's interrupt file.
    #[must_use]
    pub fn file_address(&self, hart: u32) -> Gpa {
        Gpa::new(FILES.raw() + u64::from(hart) * PAGE_SIZE)
    }

    /// Says where messages to a virtual processor go from now on, and waits
    /// until the IOMMU does so.
    ///
    /// # Errors
    /// [`OsError::Iommu`]; [`OsError::Off`] without MSI page table.
    pub async fn set_file(&self, hart: u32, entry: MsiPte) -> Result<(), OsError> {
        let table = self.inner.messages.ok_or(OsError::Off)?;
        let page = self.file_address(hart);
        let old = table.set(&mut self.host().ram().clone(), page, entry)?;
        if old == MsiPte::Invalid {
            return Ok(());
        }
        let command = MsiTable::invalidation(self.inner.config.gscid, page);
        self.host().invalidate([command]).await
    }
}
