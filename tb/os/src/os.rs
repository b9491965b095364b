// SPDX-License-Identifier: Apache-2.0
//! The system: boot, devices, fences.

use std::cell::Cell;
use std::rc::Rc;

use sallyport_bench::Host;
use sallyport_driver::formats::constants as c;
use sallyport_driver::formats::regs::{Ddtp, DdtpMode};
use sallyport_driver::{Config, Error, Interrupts, Iommu, Registers};
use sallyport_formats::context::{DcTa, Tc};
use sallyport_formats::{DeviceContext, DeviceId, FirstStage, Pscid};
use tokio::sync::Mutex;

use crate::buffer::Buffer;
use crate::error::OsError;
use crate::faults::{FaultLog, FaultWatch, drain, handle_interrupts};
use crate::pager::{Pagers, handle_page_requests};
use crate::ram::Ram;
use crate::registers::HostRegisters;
use crate::space::AddressSpace;
use crate::vm::VirtualMachine;

/// Whether devices' addresses are translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Translation {
    /// `ddtp` is Bare: devices use physical addresses and reach everything.
    Off,
    /// Every device has an address space of its own.
    On,
}

/// What is chosen at boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OsConfig {
    /// Whether to translate.
    pub translation: Translation,
    /// The scheme of the devices' page tables.
    pub scheme: FirstStage,
    /// Bits of the widest device id; decides the levels of the device
    /// directory, 24 for three.
    pub device_id_bits: u32,
    /// Log2 of the fault queue's entries.
    pub log2_faults: u8,
    /// Log2 of the page-request queue's entries; `None` for no queue, and devices
    /// that ask for pages are told that nobody serves them.
    pub log2_page_requests: Option<u8>,
    /// Names the random choices of this boot.
    pub name: &'static str,
}

impl Default for OsConfig {
    /// Translation by Sv39, three levels of directory, 256 fault records, no page
    /// requests.
    fn default() -> Self {
        Self {
            translation: Translation::On,
            scheme: FirstStage::Sv39,
            device_id_bits: 24,
            log2_faults: 8,
            log2_page_requests: None,
            name: "os",
        }
    }
}

/// Log2 of the command queue's entries.
const LOG2_COMMANDS: u8 = 8;

/// What a device may use besides plain accesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Services {
    /// ATS: translations that it keeps itself, and accesses with them.
    pub translations: bool,
    /// PRI: asking for pages that are not there.
    pub pages: bool,
}

/// A running system; clones are handles to the same.
#[derive(Clone, Debug)]
pub struct Os {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    host: Host,
    ram: Ram,
    config: OsConfig,
    /// `None` without translation, and after shutdown.
    iommu: Mutex<Option<Iommu<HostRegisters>>>,
    /// Whose guest this is; the IOMMU is then the hypervisor's.
    machine: Option<VirtualMachine>,
    faults: FaultLog,
    pagers: Pagers,
    pscids: Cell<u16>,
    /// Bytes of page tables and directory.
    table_bytes: Cell<u64>,
}

impl Os {
    /// Takes over the machine: all memory is free, all devices are detached,
    /// the IOMMU is started or, without translation, set to Bare.
    ///
    /// # Errors
    /// [`OsError::Iommu`].
    pub async fn boot(host: &Host, config: OsConfig) -> Result<Self, OsError> {
        let mut ram = Ram::new(host, host.seed(config.name));
        let mut regs = HostRegisters::new(host);
        let iommu = match config.translation {
            Translation::Off => {
                set_mode(&mut regs, DdtpMode::Bare).await?;
                None
            }
            Translation::On => {
                let driver = Config {
                    device_id_bits: config.device_id_bits,
                    log2_commands: LOG2_COMMANDS,
                    log2_faults: config.log2_faults,
                    log2_page_requests: config.log2_page_requests,
                    interrupts: Interrupts::Wires,
                    ..Config::default()
                };
                Some(Iommu::start(regs, &mut ram, &driver).await?)
            }
        };
        let vectors = iommu.as_ref().map(|iommu| *iommu.vectors());
        let page_requests = config.log2_page_requests;
        let queues = (c::CQ_ENTRY_BYTES << LOG2_COMMANDS)
            + (c::FQ_ENTRY_BYTES << config.log2_faults)
            + page_requests.map_or(0, |log2| c::PQ_ENTRY_BYTES << log2);
        let table_bytes = ram.block_bytes().saturating_sub(queues);
        let os = Self {
            inner: Rc::new(Inner {
                host: host.clone(),
                ram,
                config,
                iommu: Mutex::new(iommu),
                machine: None,
                faults: FaultLog::default(),
                pagers: Pagers::default(),
                pscids: Cell::new(1),
                table_bytes: Cell::new(table_bytes),
            }),
        };
        if let Some(vectors) = vectors {
            host.spawn(
                "fault interrupt handler",
                handle_interrupts(os.clone(), vectors.fiv),
            );
            if page_requests.is_some() {
                host.spawn(
                    "page request handler",
                    handle_page_requests(os.clone(), vectors.piv),
                );
            }
        }
        Ok(os)
    }

    /// The operating system of a virtual machine: it owns guest-physical
    /// memory, and asks the hypervisor for what it needs of the IOMMU.
    pub(crate) fn of_guest(machine: &VirtualMachine, config: OsConfig) -> Self {
        Self {
            inner: Rc::new(Inner {
                host: machine.host().host().clone(),
                ram: machine.ram().clone(),
                config,
                iommu: Mutex::new(None),
                machine: Some(machine.clone()),
                faults: FaultLog::default(),
                pagers: Pagers::default(),
                pscids: Cell::new(1),
                table_bytes: Cell::new(0),
            }),
        }
    }

    /// Switches the IOMMU off: nothing passes any more. Faults that are in the
    /// queue are handed out first. A guest leaves the IOMMU as it is.
    ///
    /// # Errors
    /// [`OsError::Iommu`].
    pub async fn shutdown(&self) -> Result<(), OsError> {
        if self.machine().is_some() {
            return Ok(());
        }
        let mut slot = self.inner.iommu.lock().await;
        if let Some(mut iommu) = slot.take() {
            drain(&mut iommu, self.ram(), self.fault_log()).await;
            iommu.stop(&mut self.ram().clone()).await?;
        } else {
            set_mode(&mut HostRegisters::new(self.host()), DdtpMode::Off).await?;
        }
        Ok(())
    }

    /// Gives a device an empty address space.
    ///
    /// # Errors
    /// [`OsError::Iommu`].
    pub async fn attach(&self, device: DeviceId) -> Result<AddressSpace, OsError> {
        self.attach_with(device, Services::default()).await
    }

    /// Gives a device an empty address space, and lets it use these services. A
    /// guest's devices get none.
    ///
    /// # Errors
    /// [`OsError::Iommu`].
    pub async fn attach_with(
        &self,
        device: DeviceId,
        services: Services,
    ) -> Result<AddressSpace, OsError> {
        if self.inner.config.translation == Translation::Off {
            return Ok(AddressSpace::new(self.clone(), device, None));
        }
        let (table, pscid) = self.new_table()?;
        if let Some(machine) = self.machine() {
            machine.set_first_stage(device, table.fsc(), pscid).await?;
            let table = Some((table, pscid));
            return Ok(AddressSpace::new(self.clone(), device, table));
        }
        let context = DeviceContext {
            tc: Tc {
                v: true,
                en_ats: services.translations,
                en_pri: services.pages,
                ..Tc::default()
            },
            ta: DcTa {
                pscid,
                ..DcTa::default()
            },
            fsc: table.fsc(),
            ..DeviceContext::default()
        };
        self.set_context(device, &context).await?;
        let space = AddressSpace::new(self.clone(), device, Some((table, pscid)));
        Ok(space.with_cache(services.translations))
    }

    /// Takes a device's address space away: from the end on, whatever it asks
    /// for is refused. Its buffers' pages are not given back.
    ///
    /// # Errors
    /// [`OsError::Iommu`].
    pub async fn detach(&self, space: AddressSpace) -> Result<(), OsError> {
        let Some(table) = space.table() else {
            return Ok(());
        };
        match self.machine() {
            Some(machine) => machine.take_back(space.device()).await?,
            None => self.clear_context(space.device()).await?,
        }
        let mut ram = self.ram().clone();
        let before = ram.block_bytes();
        table.free(&mut ram);
        self.count_tables(before);
        Ok(())
    }

    /// Counts what a change of tables has allocated or freed since `before`.
    pub(crate) fn count_tables(&self, before: u64) {
        let now = self.ram().block_bytes();
        let tables = self.inner.table_bytes.get() + now - before;
        self.inner.table_bytes.set(tables);
    }

    /// Bytes of the device directory and of all page tables.
    #[must_use]
    pub fn table_bytes(&self) -> u64 {
        self.inner.table_bytes.get()
    }

    /// Hears of the faults of a device (`None`: of all) from now on.
    #[must_use]
    pub fn watch_faults(&self, device: Option<DeviceId>) -> FaultWatch {
        self.inner.faults.watch(device)
    }

    /// Fault records so far.
    #[must_use]
    pub fn fault_count(&self) -> u64 {
        self.inner.faults.count()
    }

    /// Whether the IOMMU had to drop fault records.
    #[must_use]
    pub fn faults_lost(&self) -> bool {
        self.inner.faults.lost()
    }

    /// The machine.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.inner.host
    }

    /// Physical memory.
    #[must_use]
    pub fn ram(&self) -> &Ram {
        &self.inner.ram
    }

    /// Software reads a buffer, through its own mapping of the pages.
    #[must_use]
    pub fn read(&self, buffer: &Buffer, offset: u64, len: usize) -> Vec<u8> {
        buffer
            .pieces(offset, len)
            .flat_map(|(at, count)| self.ram().load(at, count))
            .collect()
    }

    /// Software writes a buffer.
    pub fn write(&self, buffer: &Buffer, offset: u64, bytes: &[u8]) {
        let mut rest = bytes;
        for (at, count) in buffer.pieces(offset, bytes.len()) {
            let (now, later) = rest.split_at(count);
            self.ram().store(at, now);
            rest = later;
        }
    }

    /// Whose guest this is.
    pub(crate) fn machine(&self) -> Option<&VirtualMachine> {
        self.inner.machine.as_ref()
    }

    /// A number for an address space that has none of the others'.
    pub(crate) fn next_pscid(&self) -> Pscid {
        let pscid = self.inner.pscids.get();
        self.inner.pscids.set(pscid + 1);
        Pscid::from(pscid)
    }

    pub(crate) fn scheme(&self) -> FirstStage {
        self.inner.config.scheme
    }

    pub(crate) fn iommu(&self) -> &Mutex<Option<Iommu<HostRegisters>>> {
        &self.inner.iommu
    }

    pub(crate) fn pagers(&self) -> &Pagers {
        &self.inner.pagers
    }

    pub(crate) fn fault_log(&self) -> &FaultLog {
        &self.inner.faults
    }
}

/// Sets `ddtp` to a mode without directory.
async fn set_mode(regs: &mut HostRegisters, mode: DdtpMode) -> Result<(), OsError> {
    let ddtp = Ddtp {
        mode,
        ..Ddtp::default()
    };
    regs.write64(c::REG_DDTP, ddtp.emit()).await;
    for _ in 0..Config::default().polls {
        let now = Ddtp::parse(regs.read64(c::REG_DDTP).await);
        if !now.busy {
            return if now.mode == mode {
                Ok(())
            } else {
                Err(Error::Unsupported("this mode of ddtp").into())
            };
        }
        regs.pause().await;
    }
    Err(Error::Timeout {
        what: "a change of ddtp",
    }
    .into())
}
