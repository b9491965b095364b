// SPDX-License-Identifier: Apache-2.0
//! Accesses of a device on AXI4, burst by burst.

use super::host::Host;
use crate::hardware::System;
use sallyport_bus::{
    AxBeat, Burst, Completion, DeviceUser, Outcome, Resp, Transaction, Width, bursts,
};
use sallyport_formats::{DeviceId, Iova};

/// A device's side of its AXI4 bus, for those who care for bursts.
#[derive(Clone, Debug)]
pub struct Bursts {
    host: Host,
    /// Whose bus it uses.
    manager: usize,
    pub(super) user: DeviceUser,
    pub(super) template: AxBeat,
    pub(super) max_beats: u16,
}

/// AxCACHE of ordinary memory: write-back, read and write allocate.
const CACHE: u8 = 0b1111;

/// A burst that failed: where it began, its response, and whether that came before
/// all data was sent.
pub(super) type Failure = (Iova, Resp, bool);

impl Bursts {
    /// `None` on PCI Express.
    pub(super) fn new(host: &Host, device: DeviceId) -> Option<Self> {
        let manager = host.with_system(|platform| {
            let system = platform.axi()?;
            Some(system.manager_of(device))
        })?;
        Some(Self {
            host: host.clone(),
            manager,
            user: DeviceUser::device(device),
            template: AxBeat {
                id: (device.raw() & 0xf) as u8,
                cache: CACHE,
                ..AxBeat::default()
            },
            max_beats: 16,
        })
    }

    /// The address phase that its bursts have, but for address and length.
    #[must_use]
    pub fn address_phase(&self) -> AxBeat {
        AxBeat {
            user: self.user.bits(),
            ..self.template
        }
    }

    /// Submits one burst as it is, at once, and waits for its end when the
    /// result is awaited. [`Bursts::address_phase`] is what to start from.
    pub fn burst(&self, transaction: Transaction) -> impl Future<Output = Completion> + use<> {
        let handle = self.with_system(|system| {
            let id = system.local_id(transaction.ax().id);
            let manager = system.device_manager(self.manager);
            manager.submit(transaction.with_id(id))
        });
        let mut events = self.host.shared().events.borrow_mut();
        let done = events.burst(self.manager, handle);
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
        self.with_system(|system| system.device_manager(self.manager).hold_r(hold));
    }

    /// Ends the reads under way on the device's bus, as its reset does. Whoever
    /// waits for one gets it as aborted.
    pub fn abort_reads(&self) {
        self.with_system(|system| system.abort_reads(self.manager));
    }

    /// Width of the bus.
    #[must_use]
    pub fn width(&self) -> Width {
        self.with_system(|system| system.width())
    }

    pub(super) async fn read(&self, at: Iova, len: usize) -> Result<Vec<u8>, Failure> {
        let width = self.width();
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
            failed = failed.or_else(|| failure(&completion));
            bytes.extend(completion.bytes(width).into_iter().take(count));
        }
        failed.map_or(Ok(bytes), Err)
    }

    pub(super) async fn write(&self, at: Iova, bytes: &[u8]) -> Result<(), Failure> {
        let width = self.width();
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
            failed = failed.or_else(|| failure(&completion));
        }
        failed.map_or(Ok(()), Err)
    }

    pub(super) async fn message(&self, at: Iova, data: u32) -> Result<(), Failure> {
        let ax = AxBeat {
            addr: at.raw(),
            len: 0,
            size: 2,
            burst: Burst::Incr.bits(),
            ..self.address_phase()
        };
        let burst = Transaction::write_bytes(ax, &data.to_le_bytes(), self.width());
        let completion = self.burst(burst).await;
        failure(&completion).map_or(Ok(()), Err)
    }

    fn with_system<T>(&self, look: impl FnOnce(&mut System) -> T) -> T {
        self.host
            .with_system(|platform| platform.axi().map(look))
            .expect("the system stays what it is")
    }
}

fn failure(completion: &Completion) -> Option<Failure> {
    let cut_off = completion.outcome != Outcome::Complete;
    let at = Iova::new(completion.transaction.ax().addr);
    (cut_off || completion.resp.is_error()).then_some((at, completion.resp, cut_off))
}
