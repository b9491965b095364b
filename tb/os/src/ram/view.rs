// SPDX-License-Identifier: Apache-2.0
//! What a virtual machine's processors see of memory.

use sallyport_driver::SecondStageTable;
use sallyport_formats::{Gpa, Spa};

use super::Ram;

/// The second stage of a guest's own loads and stores: the table that the
/// IOMMU walks for the guest's devices.
#[derive(Debug)]
pub(crate) struct View {
    table: SecondStageTable,
    /// Where the table lies.
    ram: Ram,
}

impl View {
    pub const fn new(table: SecondStageTable, ram: Ram) -> Self {
        Self { table, ram }
    }

    /// Where a guest-physical address is. What the guest takes for a physical
    /// address is guest-physical.
    pub fn place(&self, at: Spa) -> Option<Spa> {
        let found = self.table.translate(&self.ram, Gpa::new(at.raw()))?;
        Some(found.output)
    }
}
