// SPDX-License-Identifier: Apache-2.0
//! The golden model as hardware, with memory that software shares.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use sallyport_driver::{Config, Error, Immediate, Iommu, Memory, Mmio, SecondStageTable, now};
use sallyport_formats::context::Tc;
use sallyport_formats::{DeviceContext, DeviceId, FaultRecord, Gpa, PAGE_SIZE, Spa};
use sallyport_model as model;
use sallyport_model::{AccessSize, Design, MemoryError, SparseMemory};

pub const DEVICE: DeviceId = DeviceId::truncate(0x01_0203);

/// Memory as the model sees it.
#[derive(Clone, Debug)]
pub struct Shared(Rc<RefCell<SparseMemory>>);

impl model::Memory for Shared {
    fn read(&self, address: Spa, data: &mut [u8]) -> Result<(), MemoryError> {
        self.0.borrow().read(address, data)
    }
}

impl model::MemoryMut for Shared {
    fn write(&mut self, address: Spa, data: &[u8]) -> Result<(), MemoryError> {
        model::MemoryMut::write(&mut *self.0.borrow_mut(), address, data)
    }
}

/// Memory as software sees it.
#[derive(Clone, Debug)]
pub struct Ram {
    memory: Shared,
    allocated: Rc<RefCell<BTreeMap<u64, u64>>>,
    next: Rc<RefCell<u64>>,
}

impl Ram {
    fn new() -> Self {
        Self {
            memory: Shared(Rc::default()),
            allocated: Rc::default(),
            next: Rc::new(RefCell::new(0x8000_0000)),
        }
    }

    pub fn allocated(&self) -> u64 {
        self.allocated.borrow().values().sum()
    }
}

impl Memory for Ram {
    fn read(&self, addr: Spa, bytes: &mut [u8]) {
        self.memory.0.borrow().peek(addr, bytes);
    }
    fn write(&mut self, addr: Spa, bytes: &[u8]) {
        self.memory.0.borrow_mut().poke(addr, bytes);
    }
    fn read32(&self, addr: Spa) -> u32 {
        let mut bytes = [0; 4];
        self.read(addr, &mut bytes);
        u32::from_le_bytes(bytes)
    }
    fn write32(&mut self, addr: Spa, value: u32) {
        self.write(addr, &value.to_le_bytes());
    }
    fn read64(&self, addr: Spa) -> u64 {
        let mut bytes = [0; 8];
        self.read(addr, &mut bytes);
        u64::from_le_bytes(bytes)
    }
    fn write64(&mut self, addr: Spa, value: u64) {
        self.write(addr, &value.to_le_bytes());
    }
    fn allocate(&mut self, bytes: u64) -> Option<Spa> {
        let mut next = self.next.borrow_mut();
        let addr = next.next_multiple_of(bytes);
        *next = addr + bytes;
        self.allocated.borrow_mut().insert(addr, bytes);
        Some(Spa::new(addr))
    }
    fn free(&mut self, addr: Spa, bytes: u64) {
        let freed = self.allocated.borrow_mut().remove(&addr.raw());
        assert_eq!(freed, Some(bytes), "free of {addr}");
    }
    fn barrier(&mut self) {}
}

/// The memory of a guest: what it calls physical goes through its second stage,
/// page by page; what it allocates is mapped there first.
pub struct GuestRam {
    pub host: Ram,
    pub second: SecondStageTable,
    next: u64,
}

impl GuestRam {
    /// Allocations go to guest-physical addresses from `first` on.
    pub fn new(host: &Ram, second: SecondStageTable, first: u64) -> Self {
        Self {
            host: host.clone(),
            second,
            next: first,
        }
    }

    fn at(&self, addr: Spa) -> Spa {
        let gpa = Gpa::new(addr.raw());
        let found = self.second.translate(&self.host, gpa);
        found.expect("the guest's memory is mapped").output
    }
}

impl Memory for GuestRam {
    fn read(&self, addr: Spa, bytes: &mut [u8]) {
        for (at, byte) in (addr.raw()..).zip(bytes) {
            self.host
                .read(self.at(Spa::new(at)), std::slice::from_mut(byte));
        }
    }
    fn write(&mut self, addr: Spa, bytes: &[u8]) {
        for (at, byte) in (addr.raw()..).zip(bytes) {
            self.host.write(self.at(Spa::new(at)), &[*byte]);
        }
    }
    fn read32(&self, addr: Spa) -> u32 {
        self.host.read32(self.at(addr))
    }
    fn write32(&mut self, addr: Spa, value: u32) {
        let at = self.at(addr);
        self.host.write32(at, value);
    }
    fn read64(&self, addr: Spa) -> u64 {
        self.host.read64(self.at(addr))
    }
    fn write64(&mut self, addr: Spa, value: u64) {
        let at = self.at(addr);
        self.host.write64(at, value);
    }
    fn allocate(&mut self, bytes: u64) -> Option<Spa> {
        let gpa = self.next.next_multiple_of(bytes);
        self.next = gpa + bytes;
        for offset in (0..bytes).step_by(PAGE_SIZE as usize) {
            // Scattered on purpose: every other page of the host's.
            self.host.allocate(PAGE_SIZE)?;
            let page = self.host.allocate(PAGE_SIZE)?;
            let at = Gpa::new(gpa + offset);
            let permissions = sallyport_driver::Permissions::RW;
            self.second
                .map(&mut self.host, at, page, PAGE_SIZE, permissions)
                .ok()?;
        }
        Some(Spa::new(gpa))
    }
    fn free(&mut self, _addr: Spa, _bytes: u64) {}
    fn barrier(&mut self) {}
}

/// The registers of the model.
#[derive(Clone, Debug)]
pub struct Model(pub Rc<RefCell<model::Iommu<Shared>>>);

impl Mmio for Model {
    fn read32(&mut self, offset: u64) -> u32 {
        self.0.borrow().read_register(offset, AccessSize::Word) as u32
    }
    fn write32(&mut self, offset: u64, value: u32) {
        self.0
            .borrow_mut()
            .write_register(offset, AccessSize::Word, value.into());
    }
}

/// A driver that has started its IOMMU.
pub struct Machine {
    pub ram: Ram,
    pub model: Model,
    pub iommu: Iommu<Immediate<Model>>,
}

impl Machine {
    pub fn new() -> Self {
        Self::with(&Config::default())
    }

    pub fn with(config: &Config<'_>) -> Self {
        Self::of(Design::full(), config)
    }

    pub fn of(design: Design, config: &Config<'_>) -> Self {
        let mut ram = Ram::new();
        let hardware = model::Iommu::new(design, ram.memory.clone());
        let model = Model(Rc::new(RefCell::new(hardware)));
        let regs = Immediate(model.clone());
        let iommu = run(Iommu::start(regs, &mut ram, config)).expect("it starts");
        Self { ram, model, iommu }
    }

    pub fn attach(&mut self, context: &DeviceContext) {
        let ticket = run(self.iommu.attach(&mut self.ram, DEVICE, context));
        if let Some(ticket) = ticket.expect("it is attached") {
            run(self.iommu.wait(ticket)).expect("it is invalidated");
        }
    }

    pub fn request(&mut self, request: &model::Request) -> model::Answer {
        self.model.0.borrow_mut().request(request).answer
    }

    /// The oldest fault record.
    pub fn fault(&mut self) -> Option<FaultRecord> {
        run(self.iommu.next_fault(&self.ram))
    }

    /// Queues commands and a fence, and waits.
    pub fn submit(
        &mut self,
        commands: impl IntoIterator<Item = sallyport_formats::Command, IntoIter: Clone>,
    ) -> Result<(), Error> {
        run(self.iommu.submit(&mut self.ram, commands))?;
        let ticket = run(self.iommu.fence(&mut self.ram))?;
        run(self.iommu.wait(ticket))
    }
}

/// The model is never pending.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    now(future).expect("nothing is pending")
}

/// A valid context with nothing in it.
pub fn context() -> DeviceContext {
    DeviceContext {
        tc: Tc {
            v: true,
            ..Tc::default()
        },
        ..DeviceContext::default()
    }
}
