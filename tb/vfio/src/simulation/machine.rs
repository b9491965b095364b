// SPDX-License-Identifier: Apache-2.0
//! The machine: the IOMMU, the NVMe controller, and whoever asks something of them.

use super::activity::{Activity, Work};
use super::windows::Windows;
use super::{Access, Dma, Function, Request, Shared, interrupts};
use crate::nvme::{NVME_ID, Nvme};
use sallyport_bench::{AccessSize, Attached, Cpu, Host};
use std::sync::mpsc::Receiver;

/// Clocks between two looks at the requests.
const STEP: u64 = 4;

/// Clocks that the NVMe controller gets to end what is under way before a reset of the
/// IOMMU.
const DRAIN: u64 = 50_000;

/// Reads as this where nothing answers.
const NOTHING: u64 = u64::MAX;

pub(super) struct Machine {
    host: Host,
    shared: Shared,
    nvme: Attached<Nvme>,
    windows: Windows,
    work: Work,
    activity: Activity,
}

impl Machine {
    pub async fn new(host: Host, shared: Shared) -> Self {
        let work = Work::default();
        let nvme = Nvme::new(&shared, work.clone());
        let windows = Windows::default();
        windows.lay(&host);
        interrupts::listen(&host, &shared);
        interrupts::point(&host).await;
        Self {
            nvme: host.attach(NVME_ID, nvme),
            activity: Activity::new(work.clone()),
            host,
            shared,
            windows,
            work,
        }
    }

    /// Serves until it is asked to stop, or a monitor has found a breach: what follows
    /// would not be worth much. While nothing goes on, the thread sleeps and simulated
    /// time stands still.
    pub async fn serve(&mut self, requests: &Receiver<Request>) {
        loop {
            let request = if self.activity.goes_on(&self.host) {
                self.host.clocks(STEP).await;
                requests.try_recv().ok()
            } else {
                self.publish();
                if self
                    .host
                    .with_system(|system| !system.violations().is_empty())
                {
                    return;
                }
                match requests.recv() {
                    Ok(request) => Some(request),
                    Err(_) => return,
                }
            };
            match request {
                Some(Request::Stop) => break,
                Some(request) => {
                    self.publish();
                    self.activity.stir(&self.host);
                    self.take(request).await;
                }
                None => {}
            }
        }
        self.publish();
    }

    fn publish(&self) {
        self.shared.tally.hardware(&self.host.counters());
    }

    async fn take(&mut self, request: Request) {
        // Who asked may have gone meanwhile: then nobody wants the answer.
        match request {
            Request::Access(function, access, reply) => {
                let (working, way) = (self.work.begin(), self.way(function));
                self.host.spawn("access", async move {
                    let value = way.access(access).await;
                    let _ = reply.send(value);
                    drop(working);
                });
            }
            Request::Posted(function, access) => {
                let (working, way) = (self.work.begin(), self.way(function));
                self.host.spawn("posted write", async move {
                    way.access(access).await;
                    drop(working);
                });
            }
            Request::Reset(Function::Iommu, reply) => {
                self.reset_iommu().await;
                let _ = reply.send(());
            }
            Request::Reset(Function::Nvme, reply) => {
                self.nvme.device().reset();
                let _ = reply.send(());
            }
            Request::Map(function, address, ram, reply) => {
                self.windows.map(function, address, ram);
                self.windows.lay(&self.host);
                let _ = reply.send(());
            }
            Request::Unmap(function, address, bytes, reply) => {
                self.windows.unmap(function, address, bytes);
                self.windows.lay(&self.host);
                let _ = reply.send(());
            }
            Request::Dma(device, iova, what, reply) => {
                let (working, dma) = (self.work.begin(), self.host.dma(device));
                self.host.spawn("DMA", async move {
                    let result = match what {
                        Dma::Read(bytes) => dma.read(iova, bytes).await,
                        Dma::Write(bytes) => dma.write(iova, &bytes).await.map(|()| Vec::new()),
                    };
                    let _ = reply.send(result);
                    drop(working);
                });
            }
            Request::Stop => {}
        }
    }

    fn way(&self, function: Function) -> Way {
        match function {
            Function::Iommu => Way::Iommu(self.host.cpu()),
            Function::Nvme => Way::Nvme(self.nvme.clone()),
        }
    }

    /// Resets the RTL. What the controller has on the bus is let through first, as a
    /// bus in use cannot be reset.
    async fn reset_iommu(&mut self) {
        self.nvme.device().hold(true);
        let end = self.host.now().after(DRAIN);
        while self.nvme.device().is_on_bus() && self.host.now() < end {
            self.host.clocks(STEP).await;
        }
        let failed = self.host.with_system(|system| {
            let system = system.axi()?;
            system.reset().err()
        });
        if let Some(error) = failed {
            panic!("reset: {error}");
        }
        interrupts::point(&self.host).await;
        self.nvme.device().hold(false);
    }
}

/// To the registers of a function.
enum Way {
    Iommu(Cpu),
    Nvme(Attached<Nvme>),
}

impl Way {
    async fn access(&self, access: Access) -> u64 {
        let Access {
            offset,
            size,
            write,
        } = access;
        match (self, write) {
            (Self::Iommu(cpu), None) if size == AccessSize::Eight => {
                cpu.read64(offset).await.unwrap_or(NOTHING)
            }
            (Self::Iommu(cpu), None) => cpu.read32(offset).await.map_or(NOTHING, u64::from),
            (Self::Iommu(cpu), Some(value)) => {
                // Hardware drops a write that nobody takes.
                let _ = match size {
                    AccessSize::Eight => cpu.write64(offset, value).await,
                    _ => cpu.write32(offset, value as u32).await,
                };
                0
            }
            (Self::Nvme(nvme), None) => nvme.read(offset, size).await,
            (Self::Nvme(nvme), Some(value)) => {
                nvme.write(offset, size, value).await;
                0
            }
        }
    }
}
