// SPDX-License-Identifier: Apache-2.0
//! The IOMMU as software and devices see it: registers, queues, messages and
//! interrupts around the translation process. Everything happens at once, but
//! for what waits for a device: an ATS invalidation, and the IOFENCE.C after it.

mod command_queue;
mod commands;
mod debug;
mod fault_queue;
mod interrupt_file;
mod interrupts;
mod invalidation_tags;
mod monitor;
mod page_request_queue;
mod queue;
mod registers;

use sallyport_formats::regs::{Cqcsr, Ddtp, DdtpMode, Fctl, Fqcsr, InterruptSupport, Pqcsr};
use sallyport_formats::{Endian, Spa};

use self::debug::Debug;
use self::interrupts::Interrupts;
use self::invalidation_tags::Tags;
use self::monitor::Monitor;
use self::queue::Queue;
use crate::configuration::Configuration;
use crate::design::Design;
use crate::memory::{MemoryError, MemoryMut};
use crate::messages::{InvalidationCompletion, Message};
use crate::qos::QosIds;
use crate::request::Request;
use crate::translate::{Translation, translate};

pub use self::interrupt_file::InterruptFileWrite;
pub use self::monitor::counts_request;
pub use self::registers::AccessSize;

/// An IOMMU without caches, and the memory behind it.
#[derive(Clone, Debug)]
pub struct Iommu<M> {
    memory: M,
    design: Design,
    fctl: Fctl,
    ddtp: Ddtp,
    command_queue: Queue,
    cqcsr: Cqcsr,
    fault_queue: Queue,
    fqcsr: Fqcsr,
    page_request_queue: Queue,
    pqcsr: Pqcsr,
    interrupts: Interrupts,
    debug: Debug,
    tags: Tags,
    outbox: Vec<Message>,
    monitor: Monitor,
    qosid: QosIds,
}

impl<M: MemoryMut> Iommu<M> {
    /// An IOMMU that has just been reset ("Reset behavior"): Off, queues
    /// disabled, everything else 0.
    pub fn new(design: Design, memory: M) -> Self {
        Self {
            memory,
            design,
            fctl: Fctl {
                wsi: design.capabilities.igs == InterruptSupport::Wsi,
                ..Fctl::default()
            },
            ddtp: Ddtp {
                mode: DdtpMode::Off,
                ..Ddtp::default()
            },
            command_queue: Queue::default(),
            cqcsr: Cqcsr::default(),
            fault_queue: Queue::default(),
            fqcsr: Fqcsr::default(),
            page_request_queue: Queue::default(),
            pqcsr: Pqcsr::default(),
            interrupts: Interrupts::default(),
            debug: Debug::default(),
            tags: Tags::default(),
            outbox: Vec::new(),
            monitor: Monitor::default(),
            qosid: QosIds::default(),
        }
    }

    /// What it is built with.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// The memory behind it.
    pub fn memory(&self) -> &M {
        &self.memory
    }

    /// The memory behind it, for software to write.
    pub fn memory_mut(&mut self) -> &mut M {
        &mut self.memory
    }

    /// What a translation made now would depend on.
    pub fn configuration(&self) -> Configuration {
        Configuration {
            design: self.design,
            fctl: self.fctl,
            ddtp: self.ddtp,
            qosid: self.qosid,
        }
    }

    /// Serves one inbound request: translates its address, updates A and D
    /// bits, and reports the fault if there is one to report.
    pub fn request(&mut self, request: &Request) -> Translation {
        let translation = translate(&self.configuration(), &self.memory, request);
        self.count_request(request, &translation);
        for update in &translation.updates {
            // The PTE has just been read, and memory said that it takes
            // atomic updates there.
            let written = self.memory.write(update.address, &update.bytes());
            debug_assert_eq!(written, Ok(()), "update of {}", update.structure);
        }
        if let Some(fault) = &translation.fault
            && translation.reported
        {
            self.push_record(&fault.record(request));
        }
        translation
    }

    /// Takes in an "Invalidation Completion" message. Returns the tags it named
    /// without need: nothing was sent with them, or not to this device.
    pub fn invalidation_completion(&mut self, completion: &InvalidationCompletion) -> u32 {
        let unexpected = self.tags.complete(completion);
        self.run_commands();
        self.update_interrupts();
        unexpected
    }

    /// The invalidations with these tags, bit n for tag n, have taken too long,
    /// by a clock that is not [`Iommu::advance`]'s.
    pub fn time_out(&mut self, itags: u32) {
        self.tags.time_out(itags);
        self.run_commands();
        self.update_interrupts();
    }

    /// The tags of ATS invalidations under way, bit n for tag n.
    pub fn outstanding_itags(&self) -> u32 {
        self.tags.outstanding()
    }

    /// The messages sent since the last call, oldest first.
    pub fn take_messages(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.outbox)
    }

    fn endian(&self) -> Endian {
        Endian::from_bit(self.fctl.be)
    }

    /// Whether memory has this address at all (`capabilities.PAS`).
    fn check_address(&self, address: Spa) -> Result<(), MemoryError> {
        if address.raw() >> self.design.capabilities.pas == 0 {
            Ok(())
        } else {
            Err(MemoryError::AccessFault(address))
        }
    }

    fn write_memory(&mut self, address: Spa, data: &[u8]) -> Result<(), MemoryError> {
        self.check_address(address)?;
        self.memory.write(address, data)
    }

    fn read_memory(&self, address: Spa, data: &mut [u8]) -> Result<(), MemoryError> {
        self.check_address(address)?;
        self.memory.read(address, data)
    }
}
