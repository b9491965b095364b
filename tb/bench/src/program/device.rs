// SPDX-License-Identifier: Apache-2.0
//! Devices of one's own.

use super::dma::Dma;
use super::host::Host;
use sallyport_formats::DeviceId;
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use tokio::sync::watch;

/// Size of an access to a device's registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessSize {
    /// One byte.
    One,
    /// Two bytes.
    Two,
    /// Four bytes.
    Four,
    /// Eight bytes.
    Eight,
}

impl AccessSize {
    /// Bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

/// A device: registers that software reads and writes, and firmware that does
/// DMA and raises interrupts.
///
/// All of it may wait; several methods may be under way at once, so state lies
/// in cells. Implementations can write `async fn`.
///
/// ```
/// use sallyport_bench::{AccessSize, Device, DeviceBus};
/// use sallyport_formats::Iova;
/// use std::cell::Cell;
/// use tokio::sync::Notify;
///
/// /// Writes a word to the address that software puts into its register.
/// #[derive(Default)]
/// struct Stamp {
///     target: Cell<u64>,
///     go: Notify,
/// }
///
/// impl Device for Stamp {
///     async fn run(&self, bus: DeviceBus) {
///         loop {
///             self.go.notified().await;
///             let target = Iova::new(self.target.get());
///             let _ = bus.dma().write(target, b"stamp").await;
///             bus.raise(0);
///         }
///     }
///
///     async fn mmio_read(&self, _offset: u64, _size: AccessSize) -> u64 {
///         self.target.get()
///     }
///
///     async fn mmio_write(&self, _offset: u64, _size: AccessSize, value: u64) {
///         self.target.set(value);
///         self.go.notify_one();
///     }
/// }
/// ```
pub trait Device: 'static {
    /// The firmware; it is started when the device is attached and may end.
    fn run(&self, bus: DeviceBus) -> impl Future<Output = ()>;

    /// Software reads a register; `offset` is in bytes.
    fn mmio_read(&self, offset: u64, size: AccessSize) -> impl Future<Output = u64>;

    /// Software writes a register.
    fn mmio_write(&self, offset: u64, size: AccessSize, value: u64) -> impl Future<Output = ()>;

    /// What the device is called in reports.
    fn name(&self) -> String {
        std::any::type_name::<Self>()
            .rsplit("::")
            .next()
            .unwrap_or("device")
            .to_owned()
    }
}

/// What a device's firmware reaches: memory, its interrupt wires, the clock.
#[derive(Clone, Debug)]
pub struct DeviceBus {
    host: Host,
    dma: Dma,
    wires: Rc<Wires>,
}

impl DeviceBus {
    /// Memory by I/O virtual address.
    #[must_use]
    pub const fn dma(&self) -> &Dma {
        &self.dma
    }

    /// The device's id.
    #[must_use]
    pub const fn id(&self) -> DeviceId {
        self.dma.device()
    }

    /// Raises interrupt wire `vector`, 0 to 31, until it is lowered.
    pub fn raise(&self, vector: u32) {
        self.wires.set(self.wires.levels.get() | 1 << (vector & 31));
    }

    /// Lowers interrupt wire `vector`.
    pub fn lower(&self, vector: u32) {
        self.wires
            .set(self.wires.levels.get() & !(1 << (vector & 31)));
    }

    /// The rest of the system: clocks, seeds, programs of its own.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }
}

/// Interrupt wires of a device.
#[derive(Debug)]
struct Wires {
    levels: Cell<u32>,
    changed: watch::Sender<u32>,
}

impl Wires {
    fn set(&self, levels: u32) {
        self.levels.set(levels);
        self.changed.send_replace(levels);
    }
}

/// A device on the bus, as software sees it.
pub struct Attached<D> {
    device: Rc<D>,
    id: DeviceId,
    wires: Rc<Wires>,
}

impl<D: Device> Attached<D> {
    pub(super) fn new(host: &Host, id: DeviceId, device: D) -> Self {
        let device = Rc::new(device);
        let wires = Rc::new(Wires {
            levels: Cell::new(0),
            changed: watch::Sender::new(0),
        });
        let bus = DeviceBus {
            host: host.clone(),
            dma: host.dma(id),
            wires: Rc::clone(&wires),
        };
        let firmware = Rc::clone(&device);
        host.spawn(device.name(), async move { firmware.run(bus).await });
        Self { device, id, wires }
    }

    /// The device's id.
    #[must_use]
    pub const fn id(&self) -> DeviceId {
        self.id
    }

    /// The device itself, for a test to look inside.
    #[must_use]
    pub fn device(&self) -> &D {
        &self.device
    }

    /// Reads a register.
    pub async fn read(&self, offset: u64, size: AccessSize) -> u64 {
        self.device.mmio_read(offset, size).await
    }

    /// Writes a register.
    pub async fn write(&self, offset: u64, size: AccessSize, value: u64) {
        self.device.mmio_write(offset, size, value).await;
    }

    /// Reads a 4-byte register.
    pub async fn read32(&self, offset: u64) -> u32 {
        self.read(offset, AccessSize::Four).await as u32
    }

    /// Writes a 4-byte register.
    pub async fn write32(&self, offset: u64, value: u32) {
        self.write(offset, AccessSize::Four, value.into()).await;
    }

    /// Reads an 8-byte register.
    pub async fn read64(&self, offset: u64) -> u64 {
        self.read(offset, AccessSize::Eight).await
    }

    /// Writes an 8-byte register.
    pub async fn write64(&self, offset: u64, value: u64) {
        self.write(offset, AccessSize::Eight, value).await;
    }

    /// Waits until one of the wires in `mask` (bit n for vector n) is high;
    /// returns all that are.
    pub async fn interrupt(&self, mask: u32) -> u32 {
        let mut levels = self.wires.changed.subscribe();
        match levels.wait_for(|high| high & mask != 0).await {
            Ok(high) => *high & mask,
            Err(_) => std::future::pending().await,
        }
    }
}

impl<D> Clone for Attached<D> {
    fn clone(&self) -> Self {
        Self {
            device: Rc::clone(&self.device),
            id: self.id,
            wires: Rc::clone(&self.wires),
        }
    }
}

impl<D> fmt::Debug for Attached<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
