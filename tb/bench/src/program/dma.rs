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
    user: DeviceUser,
    template: AxBeat,
    max_beats: u16,
}

/// AxCACHE of ordinary memory: write-back, read and write allocate.
const CACHE: u8 = 0b1111;

impl Dma {
    pub(super) fn new(host: Host, device: DeviceId) -> Self {
        Self {
            host,
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

    /// Another AXI id, 4 bits; by default the low bits of the device id.
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
        let handle = shared.system.borrow_mut().devices().submit(transaction);
        let done = shared.events.borrow_mut().burst(handle);
        async move {
            match done.await {
                Ok(completion) => completion,
                // A reset has taken the burst with it.
                Err(_) => std::future::pending().await,
            }
        }
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
