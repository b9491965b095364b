// SPDX-License-Identifier: Apache-2.0
//! Virtual machines: what the hypervisor does for them.
//!
//! A machine's memory is guest-physical; a second-stage table of the
//! hypervisor's leads from there to pages of the host, for the guest's own
//! loads and stores as for its devices. The guest's operating system is an
//! [`Os`] like the host's, with the same drivers. It builds first-stage tables in
//! its own memory, and calls the hypervisor where a device is to use another
//! table, or is to forget what was unmapped.

mod files;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use sallyport_driver::{FirstStageTable, MsiTable, Permissions, SecondStageTable};
use sallyport_formats::context::{DcTa, Fsc, Tc};
use sallyport_formats::{
    DeviceContext, DeviceId, Gpa, Gscid, Iova, PAGE_SIZE, Pscid, SecondStage, Spa,
};

use crate::error::OsError;
use crate::os::{Os, OsConfig};
use crate::ram::{Policy, Ram, View};

/// A machine's memory, as its guest sees it: 8 MiB.
const MEMORY: Range<u64> = 0x8000_0000..0x8080_0000;

/// What is chosen when a machine is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VmConfig {
    /// Names the random choices of the guest.
    pub name: &'static str,
    /// The guest's number.
    pub gscid: Gscid,
    /// Whether guest-physical addresses are translated. If they are not, the
    /// guest is given a part of the host's memory under its own addresses, and
    /// its devices reach everything.
    pub second_stage: bool,
    /// Virtual processors, each with an interrupt file.
    pub harts: u32,
    /// Whether messages of the machine's devices find the interrupt files, by an
    /// MSI page table.
    pub messages: bool,
}

/// A virtual machine; clones are handles to the same.
#[derive(Clone, Debug)]
pub struct VirtualMachine {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    host: Os,
    config: VmConfig,
    ram: Ram,
    table: Option<SecondStageTable>,
    messages: Option<MsiTable>,
    /// Times that the hypervisor had to run for the guest.
    entries: Cell<u64>,
    /// Contexts of the machine's devices.
    devices: RefCell<BTreeMap<DeviceId, DeviceContext>>,
}

impl VirtualMachine {
    /// Makes a machine: half of its memory is in one piece, the pages of the
    /// other half are scattered.
    ///
    /// # Errors
    /// [`OsError::OutOfMemory`], [`OsError::Iommu`].
    pub fn new(host: &Os, config: VmConfig) -> Result<Self, OsError> {
        let mut memory = host.ram().clone();
        let bytes = MEMORY.end - MEMORY.start;
        let pages = |count, policy| {
            let pages = host.ram().pages(count, policy);
            pages.ok_or(OsError::OutOfMemory { bytes })
        };
        let seed = host.host().seed(config.name);
        let (table, ram) = if config.second_stage {
            let half = bytes / 2;
            let low = pages(half / PAGE_SIZE, Policy::Contiguous)?[0];
            let high = pages(half / PAGE_SIZE, Policy::Scattered)?;
            let before = memory.block_bytes();
            let table = SecondStageTable::new(&mut memory, SecondStage::Sv39x4)?;
            let at = Gpa::new(MEMORY.start);
            table.map(&mut memory, at, low, half, Permissions::RW)?;
            for (n, page) in (0u64..).zip(high) {
                let at = Gpa::new(MEMORY.start + half + n * PAGE_SIZE);
                table.map(&mut memory, at, page, PAGE_SIZE, Permissions::RW)?;
            }
            host.count_tables(before);
            let range = Spa::new(MEMORY.start)..Spa::new(MEMORY.end);
            let view = View::new(table, memory);
            let ram = Ram::of_range(host.host(), range, Some(view), seed);
            (Some(table), ram)
        } else {
            let start = pages(bytes / PAGE_SIZE, Policy::Contiguous)?[0];
            let range = start..Spa::new(start.raw() + bytes);
            (None, Ram::of_range(host.host(), range, None, seed))
        };
        let messages = config
            .messages
            .then(|| files::new_table(host, &config))
            .transpose()?;
        Ok(Self {
            inner: Rc::new(Inner {
                host: host.clone(),
                config,
                ram,
                table,
                messages,
                entries: Cell::new(0),
                devices: RefCell::default(),
            }),
        })
    }

    /// Starts the guest's operating system.
    #[must_use]
    pub fn boot(&self) -> Os {
        let config = OsConfig {
            name: self.inner.config.name,
            ..OsConfig::default()
        };
        Os::of_guest(self, config)
    }

    /// The hypervisor's system.
    #[must_use]
    pub fn host(&self) -> &Os {
        &self.inner.host
    }

    /// The machine's memory, by guest-physical address.
    #[must_use]
    pub fn ram(&self) -> &Ram {
        &self.inner.ram
    }

    /// The host's pages that are the machine's memory.
    pub fn host_pages(&self) -> impl Iterator<Item = Spa> {
        let range = self.ram().range();
        (range.start.page_number()..range.end.page_number())
            .filter_map(Spa::from_page_number)
            .filter_map(|page| self.ram().place(page))
    }

    /// How often the hypervisor had to run for the guest.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.inner.entries.get()
    }

    /// The hypervisor runs for the guest: on a call, or on an interrupt that is
    /// meant for the guest.
    pub fn enter(&self) {
        self.inner.entries.set(self.inner.entries.get() + 1);
    }

    /// Gives the machine a device. The guest finds it without a table: whatever
    /// the device asks for is taken for a guest-physical address.
    ///
    /// # Errors
    /// [`OsError::Iommu`], [`OsError::Off`].
    pub async fn give(&self, device: DeviceId) -> Result<(), OsError> {
        let Inner { config, table, .. } = &*self.inner;
        let iohgatp = table.as_ref().map(|table| table.iohgatp(config.gscid));
        let context = DeviceContext {
            tc: Tc {
                v: true,
                ..Tc::default()
            },
            iohgatp: iohgatp.unwrap_or_default(),
            ..DeviceContext::default()
        };
        let messages = self.inner.messages;
        let context = messages.map_or(context, |table| table.in_context(context));
        self.set(device, context).await
    }

    async fn set(&self, device: DeviceId, context: DeviceContext) -> Result<(), OsError> {
        self.inner.host.set_context(device, &context).await?;
        self.inner.devices.borrow_mut().insert(device, context);
        Ok(())
    }

    /// The guest has a device use another first-stage table.
    pub(crate) async fn set_first_stage(
        &self,
        device: DeviceId,
        fsc: Fsc,
        pscid: Pscid,
    ) -> Result<(), OsError> {
        self.enter();
        let context = self.inner.devices.borrow().get(&device).copied();
        let context = DeviceContext {
            ta: DcTa {
                pscid,
                ..DcTa::default()
            },
            fsc,
            ..context.ok_or(OsError::Off)?
        };
        self.set(device, context).await
    }

    /// The guest gives a device up.
    pub(crate) async fn take_back(&self, device: DeviceId) -> Result<(), OsError> {
        self.enter();
        self.inner.devices.borrow_mut().remove(&device);
        self.inner.host.clear_context(device).await
    }

    /// The guest has unmapped a range.
    pub(crate) async fn forget(
        &self,
        table: &FirstStageTable,
        pscid: Pscid,
        at: Iova,
        bytes: u64,
    ) -> Result<(), OsError> {
        self.enter();
        let gscid = self.inner.table.map(|_| self.inner.config.gscid);
        let commands = table.invalidations(gscid, Some(pscid), at, bytes);
        self.inner.host.invalidate(commands).await
    }
}
