// SPDX-License-Identifier: Apache-2.0
//! A machine without processor: memory that is shared with the server, and the BARs of
//! both functions.

use sallyport_driver::{Memory, Registers};
use sallyport_formats::Spa;
use sallyport_vfio::{Options, Server};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use tempfile::TempDir;
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_DATA_EVENTFD, VFIO_PCI_MSIX_IRQ_INDEX,
};
use vfio_user::Client;
use vm_memory::{Bytes, FileOffset, MmapRegion, VolatileMemory};
use vmm_sys_util::eventfd::{EFD_NONBLOCK, EventFd};

/// Where memory begins, and its bytes.
pub const RAM: u64 = 0x8000_0000;
pub const RAM_BYTES: u64 = 64 << 20;

/// Where [`Memory::allocate`] begins: what lies below is the test's.
const HEAP: u64 = RAM + (32 << 20);

/// Looks at a register before a wait is given up; in each the simulation goes on.
const LOOKS: u32 = 5_000;

/// The BAR of registers, and the configuration space.
const BAR0: u32 = 0;
pub const CONFIG: u32 = 7;

/// Memory, mapped here as well as in the server.
#[derive(Debug)]
pub struct Ram {
    file: File,
    region: MmapRegion,
    next: u64,
}

impl Ram {
    pub fn new() -> Self {
        let file = tempfile::tempfile().unwrap();
        file.set_len(RAM_BYTES).unwrap();
        let offset = FileOffset::new(file.try_clone().unwrap(), 0);
        Self {
            file,
            region: MmapRegion::from_file(offset, RAM_BYTES as usize).unwrap(),
            next: HEAP,
        }
    }

    fn slice(&self) -> vm_memory::VolatileSlice<'_> {
        self.region.as_volatile_slice()
    }

    fn place(addr: Spa) -> usize {
        (addr.raw() - RAM) as usize
    }
}

impl Memory for Ram {
    fn read(&self, addr: Spa, bytes: &mut [u8]) {
        self.slice().read_slice(bytes, Self::place(addr)).unwrap();
    }

    fn write(&mut self, addr: Spa, bytes: &[u8]) {
        self.slice().write_slice(bytes, Self::place(addr)).unwrap();
    }

    fn read32(&self, addr: Spa) -> u32 {
        let slice = self.slice();
        let word = slice.get_atomic_ref::<AtomicU32>(Self::place(addr));
        u32::from_le(word.unwrap().load(Ordering::Acquire))
    }

    fn write32(&mut self, addr: Spa, value: u32) {
        let slice = self.slice();
        let word = slice.get_atomic_ref::<AtomicU32>(Self::place(addr));
        word.unwrap().store(value.to_le(), Ordering::Release);
    }

    fn read64(&self, addr: Spa) -> u64 {
        let slice = self.slice();
        let word = slice.get_atomic_ref::<AtomicU64>(Self::place(addr));
        u64::from_le(word.unwrap().load(Ordering::Acquire))
    }

    fn write64(&mut self, addr: Spa, value: u64) {
        let slice = self.slice();
        let word = slice.get_atomic_ref::<AtomicU64>(Self::place(addr));
        word.unwrap().store(value.to_le(), Ordering::Release);
    }

    fn allocate(&mut self, bytes: u64) -> Option<Spa> {
        let at = self.next.next_multiple_of(bytes);
        self.next = at + bytes;
        assert!(self.next <= RAM + RAM_BYTES, "the heap is used up");
        self.write(Spa::new(at), &vec![0; bytes as usize]);
        Some(Spa::new(at))
    }

    fn free(&mut self, _addr: Spa, _bytes: u64) {}

    fn barrier(&mut self) {}
}

/// A function, as a client has it.
pub struct Function {
    pub client: Client,
    events: Vec<EventFd>,
}

impl Function {
    /// Connects, brings memory along, and takes interrupts.
    pub fn connect(path: &Path, ram: &Ram, vectors: usize) -> Self {
        let mut client = Client::new(path).unwrap();
        client
            .dma_map(0, RAM, RAM_BYTES, ram.file.as_raw_fd())
            .unwrap();
        let events: Vec<_> = (0..vectors)
            .map(|_| EventFd::new(EFD_NONBLOCK).unwrap())
            .collect();
        for (vector, event) in (0..).zip(&events) {
            let flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
            let fds = [event.as_raw_fd()];
            client
                .set_irqs(VFIO_PCI_MSIX_IRQ_INDEX, flags, vector, 1, &fds)
                .unwrap();
        }
        Self { client, events }
    }

    /// Waits for an interrupt.
    pub fn interrupt(&mut self, vector: usize) {
        let fired = (0..LOOKS).any(|_| {
            let fired = self.has_fired(vector);
            if !fired {
                self.get32(0);
            }
            fired
        });
        assert!(fired, "vector {vector} does not fire");
    }

    /// Whether the vector has fired since somebody looked.
    pub fn has_fired(&self, vector: usize) -> bool {
        self.events[vector].read().is_ok()
    }

    pub fn get<const N: usize>(&mut self, region: u32, offset: u64) -> [u8; N] {
        let mut bytes = [0; N];
        self.client.region_read(region, offset, &mut bytes).unwrap();
        bytes
    }

    pub fn get32(&mut self, offset: u64) -> u32 {
        u32::from_le_bytes(self.get(BAR0, offset))
    }

    pub fn put32(&mut self, offset: u64, value: u32) {
        self.client
            .region_write(BAR0, offset, &value.to_le_bytes())
            .unwrap();
    }

    pub fn get64(&mut self, offset: u64) -> u64 {
        u64::from_le_bytes(self.get(BAR0, offset))
    }

    pub fn put64(&mut self, offset: u64, value: u64) {
        self.client
            .region_write(BAR0, offset, &value.to_le_bytes())
            .unwrap();
    }

    /// Looks at a register until it is as it should be.
    pub fn until(&mut self, offset: u64, done: impl Fn(u32) -> bool) {
        let changed = (0..LOOKS).any(|_| done(self.get32(offset)));
        assert!(changed, "register {offset:#x} does not change");
    }
}

/// The driver's way to the registers of the IOMMU: every access goes over the socket.
impl Registers for Function {
    async fn read32(&mut self, offset: u64) -> u32 {
        self.get32(offset)
    }

    async fn write32(&mut self, offset: u64, value: u32) {
        self.put32(offset, value);
    }

    async fn read64(&mut self, offset: u64) -> u64 {
        self.get64(offset)
    }

    async fn write64(&mut self, offset: u64, value: u64) {
        self.put64(offset, value);
    }

    async fn pause(&mut self) {}
}

/// The server, and the folder of its sockets.
pub struct Rig {
    pub server: Server,
    folder: TempDir,
}

impl Rig {
    /// A server, with a small disk; `change` may choose otherwise.
    pub fn start(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| folder.path().join(name);
        let mut options = Options::new(of("iommu.sock"), of("nvme.sock"));
        options.disk_bytes = 1 << 20;
        change(&mut options);
        Self {
            server: Server::start(options).unwrap(),
            folder,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn iommu(&self, ram: &Ram) -> Function {
        Function::connect(&self.folder().join("iommu.sock"), ram, 4)
    }

    pub fn nvme(&self, ram: &Ram) -> Function {
        Function::connect(&self.folder().join("nvme.sock"), ram, 3)
    }
}
