// SPDX-License-Identifier: Apache-2.0
//! A device's way to memory.

use super::host::Host;
use sallyport_bus::{AxBeat, Burst, Completion, DeviceUser, Outcome, Resp, Transaction, bursts};
use sallyport_formats::{DeviceId, Iova, ProcessId};

/// An access that memory did not take, or the IOMMU did not let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} of device {device} at {iova} was answered with {resp}{}",
    if *write { "write" } else { "read" },
    if *cut_off { " before its data: the device was cut off" } else { "" }
)]
pub struct DmaError {
    /// Who asked.
    pub device: DeviceId,
    /// The start of the first burst that failed.
    pub iova: Iova,
    /// Whether it is a write.
    pub write: bool,
    /// The response.
    pub resp: Resp,
    /// The response came before all data was sent.
    pub cut_off: bool,
}

/// Reads and writes memory by I/O virtual address, in the name of a device.
///
/// An access becomes INCR bursts of full width that cross no 4 KiB boundary.
/// All are under way at once; those of one AXI id stay in order.
#[derive(Clone, Debug)]
pub struct Dma {
    host: Host,
    /// Whose bus it uses.
    manager: usize,
    user: DeviceUser,
    template: AxBeat,
    max_beats: u16,
}

/// AxCACHE of ordinary memory: write-back, read and write allocate.
const CACHE: u8 = 0b1111;

impl Dma {
    pub(super) fn new(host: Host, device: DeviceId) -> Self {
        let manager = host.with_system(|system| system.manager_of(device));
        Self {
            host,
            manager,
            user: DeviceUser::device(device),
            template: AxBeat {
                id: (device.raw() & 0xf) as u8,
                cache: CACHE,
                ..AxBeat::default()
            },
            max_beats: 16,
        }
    }

    /// The same device, speaking for a process: PV = 1.
    #[must_use]
    pub fn process(mut self, process: ProcessId) -> Self {
        self.user.process = Some(process);
        self
    }

    /// Privileged accesses, or not: AxPROT bit 0.
    #[must_use]
    pub fn privileged(mut self, privileged: bool) -> Self {
        self.template.prot = self.template.prot & !1 | u8::from(privileged);
        self
    }

    /// Requests of another type: 0 untranslated, 1 translated.
    #[must_use]
    pub fn kind(mut self, kind: u8) -> Self {
        self.user.kind = kind;
        self
    }

    /// The same bus, but another device's name.
    #[must_use]
    pub const fn in_the_name_of(mut self, device: DeviceId) -> Self {
        self.user.device = device;
        self
    }

    /// Another AXI id, of which a device's bus has four; by default the low bits
    /// of the device id.
    #[must_use]
    pub fn axi_id(mut self, id: u8) -> Self {
        self.template.id = id & 0xf;
        self
    }

    /// Bursts of at most so many beats, 1 to 256; 16 by default.
    #[must_use]
    pub fn max_beats(mut self, beats: u16) -> Self {
        self.max_beats = beats;
        self
    }

    /// Who asks.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.user.device
    }

    /// The address phase that its bursts have, but for address and length.
    #[must_use]
    pub fn address_phase(&self) -> AxBeat {
        AxBeat {
            user: self.user.bits(),
            ..self.template
        }
    }

    /// Reads `len` bytes. Whole bus words are read, so up to 15 bytes around
    /// them, in the same pages, as well.
    ///
    /// # Errors
    /// [`DmaError`] names the first burst that failed.
    pub async fn read(&self, at: Iova, len: usize) -> Result<Vec<u8>, DmaError> {
        let width = self.host.with_system(|system| system.width());
        let bursts = bursts(
            self.address_phase(),
            at.raw(),
            len as u64,
            width,
            self.max_beats,
        );
        let pending: Vec<_> = bursts
            .map(|(ax, count)| (count as usize, self.burst(Transaction::read(ax))))
            .collect();
        let mut bytes = Vec::with_capacity(len);
        let mut failed = None;
        for (count, done) in pending {
            let completion = done.await;
            failed = failed.or_else(|| self.failure(&completion));
            bytes.extend(completion.bytes(width).into_iter().take(count));
        }
        failed.map_or(Ok(bytes), Err)
    }

    /// Writes all of `bytes`, and waits until memory has them.
    ///
    /// # Errors
    /// [`DmaError`] names the first burst that failed; others may have written.
    pub async fn write(&self, at: Iova, bytes: &[u8]) -> Result<(), DmaError> {
        let width = self.host.with_system(|system| system.width());
        let bursts = bursts(
            self.address_phase(),
            at.raw(),
            bytes.len() as u64,
            width,
            self.max_beats,
        );
        let mut rest = bytes;
        let pending: Vec<_> = bursts
            .map(|(ax, count)| {
                let (now, later) = rest.split_at(count as usize);
                rest = later;
                self.burst(Transaction::write_bytes(ax, now, width))
            })
            .collect();
        let mut failed = None;
        for done in pending {
            let completion = done.await;
            failed = failed.or_else(|| self.failure(&completion));
        }
        failed.map_or(Ok(()), Err)
    }

    /// Writes four bytes, little-endian, as one beat of four bytes to a multiple
    /// of 4: a message-signalled interrupt. Waits until it is taken.
    ///
    /// # Errors
    /// [`DmaError`].
    pub async fn message(&self, at: Iova, data: u32) -> Result<(), DmaError> {
        let width = self.host.with_system(|system| system.width());
        let ax = AxBeat {
            addr: at.raw(),
            len: 0,
            size: 2,
            burst: Burst::Incr.bits(),
            ..self.address_phase()
        };
        let burst = Transaction::write_bytes(ax, &data.to_le_bytes(), width);
        let completion = self.burst(burst).await;
        self.failure(&completion).map_or(Ok(()), Err)
    }

    /// Submits one burst as it is, at once, and waits for its end when the
    /// result is awaited. [`Dma::address_phase`] is what to start from.
    pub fn burst(&self, transaction: Transaction) -> impl Future<Output = Completion> + use<> {
        let shared = self.host.shared();
        let mut system = shared.system.borrow_mut();
        let id = system.local_id(transaction.ax().id);
        let manager = system.device_manager(self.manager);
        let handle = manager.submit(transaction.with_id(id));
        let done = shared.events.borrow_mut().burst(self.manager, handle);
        async move {
            match done.await {
                Ok(completion) => completion,
                // A reset has taken the burst with it.
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// Holds RREADY low on the device's bus, or lets go.
    pub fn hold_reads(&self, hold: bool) {
        self.host
            .with_system(|system| system.device_manager(self.manager).hold_r(hold));
    }

    /// Ends the reads under way on the device's bus, as its reset does. Whoever
    /// waits for one gets it as aborted.
    pub fn abort_reads(&self) {
        self.host
            .with_system(|system| system.abort_reads(self.manager));
    }

    fn failure(&self, completion: &Completion) -> Option<DmaError> {
        let cut_off = completion.outcome != Outcome::Complete;
        (cut_off || completion.resp.is_error()).then(|| DmaError {
            device: self.user.device,
            iova: Iova::new(completion.transaction.ax().addr),
            write: completion.transaction.is_write(),
            resp: completion.resp,
            cut_off,
        })
    }
}
