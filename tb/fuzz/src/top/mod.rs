// SPDX-License-Identifier: Apache-2.0
//! The port that a plan's requests go through.

/// What every port says of its `system`.
macro_rules! of_system {
    () => {
        fn now(&self) -> sallyport_bus::Clock {
            self.system.now()
        }
        fn memory(&self) -> &sallyport_bus::Memory {
            self.system.memory()
        }
        fn memory_mut(&mut self) -> &mut sallyport_bus::Memory {
            self.system.memory_mut()
        }
        fn registers(&mut self) -> &mut sallyport_bus::AxiLiteManager {
            self.system.registers()
        }
        fn irq(&self) -> u16 {
            self.system.irq()
        }
        fn digest(&self) -> u64 {
            self.system.digest().value()
        }
        fn walk_reads(&self) -> &std::collections::BTreeMap<u64, u64> {
            self.system.walk_reads()
        }
        fn counters(&self) -> sallyport_bench::hardware::Counters {
            self.system.counters()
        }
    };
}

mod axi;
mod burst;
mod core;
mod flight;
mod pcie;

pub use self::axi::AxiTop;
pub use self::core::CoreTop;
pub use self::pcie::PcieTop;

use sallyport_bench::SystemConfig;
use sallyport_bench::hardware::Counters;
use sallyport_bus::{AxiLiteManager, Clock, Memory};
use sallyport_formats::Command;
use sallyport_model::{PageRequestMessage, Request};
use sallyport_scoreboard::{PageResponse, Seen};
use std::collections::BTreeMap;

/// What a request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The request as the core was asked it: one of several, where a packet is
    /// longer than a completion.
    pub request: Request,
    /// When the core accepted it.
    pub accepted: Clock,
    /// When the core answered it.
    pub done: Clock,
    /// The answer.
    pub answer: Seen,
}

/// A system with the RTL in it.
pub trait Top: Sized {
    /// With one request under way the core is asked for no more than one at a time.
    const ONE_AT_A_TIME: bool = true;

    /// A system after reset.
    fn create(config: &SystemConfig) -> Result<Self, String>;

    /// Submits a request, or one that is as much like it as the port can express;
    /// false if there is none.
    fn submit(&mut self, request: &Request) -> bool;

    /// Software has queued a command that sends a message to a device.
    fn commanded(&mut self, _command: &Command) {}

    /// A device asks for a page.
    fn request_page(&mut self, _message: &PageRequestMessage) {}

    /// The oldest response to a page request that no command has asked for, and that
    /// was not taken.
    fn pop_page_response(&mut self) -> Option<PageResponse> {
        None
    }

    /// The number of the oldest ATS.INVAL, from 0, that devices have answered and that
    /// was not taken.
    fn pop_invalidated(&mut self) -> Option<u64> {
        None
    }

    /// Translated requests so far with a translation that the device held.
    fn held(&self) -> u64 {
        0
    }

    /// Requests that are not over.
    fn in_flight(&self) -> usize;

    /// Runs one clock.
    fn step(&mut self) -> Result<(), String>;

    /// The oldest reply that was not taken.
    fn pop_reply(&mut self) -> Option<Reply>;

    /// The clock that comes next.
    fn now(&self) -> Clock;

    /// Memory as the IOMMU's own accesses find it.
    fn memory(&self) -> &Memory;

    /// The same, as software writes it.
    fn memory_mut(&mut self) -> &mut Memory;

    /// The processor's side of the register port.
    fn registers(&mut self) -> &mut AxiLiteManager;

    /// Interrupt wires by vector.
    fn irq(&self) -> u16;

    /// What broke the rules of a port, if something did.
    fn complaint(&mut self) -> Option<String>;

    /// The digest of every port beat.
    fn digest(&self) -> u64;

    /// Reads of walks on the memory port, by page number.
    fn walk_reads(&self) -> &BTreeMap<u64, u64>;

    /// What the IOMMU did.
    fn counters(&self) -> Counters;
}
