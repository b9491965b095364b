// SPDX-License-Identifier: Apache-2.0
//! The programs' way to the system.

use super::cpu::Cpu;
use super::device::{Attached, Device};
use super::dma::Dma;
use super::events::Doorbell;
use super::function::Function;
use super::shared::Shared;
use super::task::{self, Task};
use crate::hardware::{Bus, Counters, Platform};
use sallyport_bus::{Clock, Seed};
use sallyport_formats::{DeviceId, Spa};
use std::ops::Range;
use std::rc::Rc;

/// What a program can do; clones are handles to the same system.
#[derive(Clone, Debug)]
pub struct Host {
    shared: Rc<Shared>,
}

impl Host {
    pub(super) fn new(shared: Rc<Shared>) -> Self {
        Self { shared }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The clock that comes next.
    #[must_use]
    pub fn now(&self) -> Clock {
        self.shared.system.borrow().now()
    }

    /// What devices reach the IOMMU by.
    #[must_use]
    pub fn bus(&self) -> Bus {
        self.shared.system.borrow().bus()
    }

    /// Sleeps for `n` clocks.
    pub async fn clocks(&self, n: u64) {
        if n > 0 {
            let at = self.now().after(n);
            let due = self.shared.events.borrow_mut().timer(at);
            let _ = due.await;
        }
    }

    /// The seed for what is called `name`; the same in every run of a seed.
    #[must_use]
    pub fn seed(&self, name: &str) -> Seed {
        self.shared.seed.fork("program").fork(name)
    }

    /// The processor.
    #[must_use]
    pub fn cpu(&self) -> Cpu {
        Cpu::new(self.clone())
    }

    /// A device's way to memory. Which requests come from whom is told by the
    /// id alone; a device may have several.
    #[must_use]
    pub fn dma(&self, device: DeviceId) -> Dma {
        Dma::new(self, device)
    }

    /// The PCIe function with this id, to send what packets one likes; `None` on
    /// AXI4.
    #[must_use]
    pub fn function(&self, device: DeviceId) -> Option<Function> {
        Function::of(self, device)
    }

    /// Puts a device on the bus and starts its firmware.
    pub fn attach<D: Device>(&self, id: DeviceId, device: D) -> Attached<D> {
        Attached::new(self, id, device)
    }

    /// Starts a program beside this one. A panic in it ends the run.
    pub fn spawn<T: 'static>(
        &self,
        name: impl Into<String>,
        program: impl Future<Output = T> + 'static,
    ) -> Task<T> {
        task::spawn(&self.shared, name.into(), program)
    }

    /// What the IOMMU did so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.system.borrow().counters()
    }

    /// Software reads `len` bytes of physical memory, at once.
    #[must_use]
    pub fn load(&self, at: Spa, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.shared.system.borrow().memory().read(at, &mut bytes);
        bytes
    }

    /// Software writes physical memory, at once.
    pub fn store(&self, at: Spa, bytes: &[u8]) {
        self.with_system(|system| system.memory_mut().write(at, bytes));
    }

    /// Waits until one of the IOMMU's interrupt wires in `vectors` (bit n for
    /// vector n) is high; returns all that are.
    pub async fn interrupt(&self, vectors: u16) -> u16 {
        loop {
            let high = self.shared.system.borrow().irq() & vectors;
            if high != 0 {
                return high;
            }
            let due = self.shared.events.borrow_mut().interrupt(vectors);
            let _ = due.await;
        }
    }

    /// From now on, bus writes to a range of memory can be awaited. They are
    /// taken out of the memory's journal.
    #[must_use]
    pub fn doorbell(&self, range: Range<Spa>) -> Doorbell {
        self.with_system(|system| system.memory_mut().watch(range.clone()));
        let range = range.start.raw()..range.end.raw();
        self.shared.events.borrow_mut().doorbell(range)
    }

    /// The system itself, between two clocks: memory, timing, counters.
    ///
    /// # Panics
    /// If `look` calls back into the host.
    pub fn with_system<T>(&self, look: impl FnOnce(&mut Platform) -> T) -> T {
        look(&mut self.shared.system.borrow_mut())
    }
}
