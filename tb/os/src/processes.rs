// SPDX-License-Identifier: Apache-2.0
//! Processes that share a device, each with an address space of its own.

use sallyport_driver::{ProcessDirectory, process_context};
use sallyport_formats::context::{DcTa, Tc};
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{DeviceContext, DeviceId, Endian, ProcessId};

use crate::error::OsError;
use crate::os::Os;
use crate::space::AddressSpace;

/// The processes that a device works for. What it does in nobody's name is the
/// driver's own and goes through the address space of process 0.
#[derive(Debug)]
pub struct Processes {
    directory: ProcessDirectory,
    driver: AddressSpace,
}

impl Os {
    /// Gives a device an address space for its driver, and a directory for
    /// those of processes. A and D bits of all pages are kept by the IOMMU.
    ///
    /// # Errors
    /// [`OsError::Iommu`], [`OsError::Off`].
    pub async fn attach_processes(&self, device: DeviceId) -> Result<Processes, OsError> {
        let mut ram = self.ram().clone();
        let before = ram.block_bytes();
        let directory = ProcessDirectory::new(&mut ram, PdtpMode::Pd17, Endian::Little)?;
        self.count_tables(before);
        let processes = Processes {
            directory,
            driver: add(self, device, &directory, ProcessId::truncate(0))?,
        };
        let context = DeviceContext {
            tc: Tc {
                v: true,
                pdtv: true,
                dpe: true,
                sade: true,
                ..Tc::default()
            },
            ta: DcTa::default(),
            fsc: directory.fsc(),
            ..DeviceContext::default()
        };
        self.set_context(device, &context).await?;
        Ok(processes)
    }
}

impl Processes {
    /// The driver's address space, for rings.
    #[must_use]
    pub const fn driver(&self) -> &AddressSpace {
        &self.driver
    }

    /// An empty address space for a process. It needs no invalidation, because
    /// the IOMMU keeps no invalid context.
    ///
    /// # Errors
    /// [`OsError::Iommu`]: the id has more than 17 bits, or memory is used up.
    pub fn add(&self, process: ProcessId) -> Result<AddressSpace, OsError> {
        let (os, device) = (self.driver.os(), self.driver.device());
        add(os, device, &self.directory, process)
    }
}

fn add(
    os: &Os,
    device: DeviceId,
    directory: &ProcessDirectory,
    process: ProcessId,
) -> Result<AddressSpace, OsError> {
    let (table, pscid) = os.new_table()?;
    let mut ram = os.ram().clone();
    let before = ram.block_bytes();
    directory.set(&mut ram, process, &process_context(table.fsc(), pscid))?;
    os.count_tables(before);
    let space = AddressSpace::new(os.clone(), device, Some((table, pscid)));
    Ok(space.of_process(process))
}
