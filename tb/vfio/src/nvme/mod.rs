// SPDX-License-Identifier: Apache-2.0
//! An NVMe controller, after NVM Express 1.4: its datasheet.
//!
//! **Function.** PCI 1b36:0010, class 01 08 02, requester 0:1.0: its DMA has device_id
//! 0x8. BAR0, 64 bits wide, has 16 KiB: registers, and from 0x1000 on the doorbells, 4
//! bytes apart. Accesses have 4 or 8 bytes. MSI-X with nine vectors, the table in BAR2;
//! no wired interrupt.
//!
//! **Queues.** The admin queues, and up to eight I/O queues of each kind, of 2 to 1024
//! entries, contiguous, served in turn. Up to 32 commands are under way at a time and
//! end in any order. Pages have 4 KiB; data is told by PRP entries and lists, not by
//! SGLs; a command moves at most 128 KiB.
//!
//! **Admin commands.** Identify (controller, namespace, active namespaces, namespace
//! identification), Create and Delete I/O queues, Get and Set Features (0x1, 0x2, 0x4
//! to 0xb), Get Log Page (errors, health, firmware), Abort, Asynchronous Event Request,
//! of which four may be outstanding; no event ever comes. Abort ends such a request,
//! and leaves all others to end by themselves.
//!
//! **I/O commands.** Read, Write, Flush, Write Zeroes. There is one namespace, of blocks
//! of 512 bytes without metadata, in memory: a write is stable when it is complete.
//!
//! **Errors.** Whatever the standard does not allow, or the controller does not offer,
//! ends with the status that the standard names. Data that cannot be moved, because the
//! IOMMU or the bus refuses, ends the command with Data Transfer Error; nothing is
//! written to the disk then. Queue entries that cannot be read or written are a fatal
//! error: CSTS.CFS, until the controller is disabled. A doorbell of no queue, or with
//! the number of no entry, is ignored.
//!
//! **Reset.** Clearing CC.EN forgets all queues and commands; CSTS.RDY falls when what
//! is on the bus has ended. A reset of the function clears the registers too. CC.SHN
//! stops the fetching of commands; CSTS.SHST tells when the last one has ended.

mod admin;
mod command;
mod controller;
mod disk;
mod features;
mod identify;
mod io;
mod log_page;
mod port;
mod prp;
mod queues;
mod registers;
mod status;

pub(crate) use disk::Disk;

use crate::function::Identity;
use crate::simulation::{Shared, Work};
use controller::Controller;
use sallyport_bench::{AccessSize, Device, DeviceBus};
use sallyport_formats::DeviceId;
use std::rc::Rc;

/// The controller's function.
pub(crate) const IDENTITY: Identity = Identity {
    id: (0x1b36, 0x0010),
    class: (0x01, 0x08, 0x02),
    register_bytes: 16 << 10,
    vectors: QUEUES + 1,
};

/// I/O queues of each kind.
const QUEUES: u16 = 8;

/// The only namespace.
const NAMESPACE: u32 = 1;

/// Log2 of the pages of 4 KiB that a command moves at most.
const LOG2_TRANSFER_PAGES: u8 = 5;
const MOST_BYTES: u64 = 4096 << LOG2_TRANSFER_PAGES;

/// How warm it is.
const TEMPERATURE_KELVIN: u16 = 300;

/// The controller's requester id, 0:1.0.
pub(crate) const NVME_ID: DeviceId = DeviceId::truncate(0x8);

/// The controller on the bench's bus.
#[derive(Debug)]
pub(crate) struct Nvme(Rc<Controller>);

impl Nvme {
    pub fn new(shared: &Shared, work: Work) -> Self {
        Self(Rc::new(Controller::new(shared, work)))
    }

    /// Resets the function.
    pub fn reset(&self) {
        self.0.reset();
    }

    /// Begins nothing on the bus, or does so again.
    pub fn hold(&self, hold: bool) {
        self.0.port.hold(hold);
    }

    /// Whether anything is under way on the bus.
    pub fn is_on_bus(&self) -> bool {
        self.0.port.is_on_bus()
    }
}

impl Device for Nvme {
    async fn run(&self, bus: DeviceBus) {
        Rc::clone(&self.0).run(bus).await;
    }

    async fn mmio_read(&self, offset: u64, size: AccessSize) -> u64 {
        let low = u64::from(self.0.read(offset));
        match size {
            AccessSize::Eight => low | u64::from(self.0.read(offset + 4)) << 32,
            _ => low,
        }
    }

    async fn mmio_write(&self, offset: u64, size: AccessSize, value: u64) {
        self.0.write(offset, value as u32);
        if size == AccessSize::Eight {
            self.0.write(offset + 4, (value >> 32) as u32);
        }
    }

    fn name(&self) -> String {
        "NVMe controller".to_owned()
    }
}
