// SPDX-License-Identifier: Apache-2.0
//! Reception: from the wire into memory.

use super::{Descriptor, Nic, STATUS_RX, STATUS_RX_HALT, WINDOW, WireFrame};
use crate::ring::Words;
use sallyport_bench::{DeviceBus, DmaError, Task};
use tokio::sync::mpsc;

/// A frame whose data is on its way to memory.
struct Landing {
    /// Index of its first descriptor.
    first: u32,
    descriptors: Vec<Descriptor>,
    writes: Vec<Task<Result<(), DmaError>>>,
}

impl Nic {
    pub(super) async fn receive(&self, bus: &DeviceBus) {
        let (sender, mut landings) = mpsc::channel(WINDOW);
        let take = async {
            loop {
                let frame = self.wire.receive().await;
                match self.land(bus, frame).await {
                    Ok(Some(landing)) => {
                        if sender.send(landing).await.is_err() {
                            return;
                        }
                    }
                    Ok(None) => self.end(),
                    Err(_) => {
                        self.end();
                        self.halt_rx();
                    }
                }
            }
        };
        let finish = async {
            while let Some(landing) = landings.recv().await {
                if self.finish(bus, landing).await.is_err() {
                    self.halt_rx();
                }
                self.end();
            }
        };
        tokio::join!(take, finish);
    }

    fn halt_rx(&self) {
        self.rx.enable(false);
        self.set_status(STATUS_RX_HALT, 0);
    }

    /// Takes descriptors for the frame and begins to write it; `None` if
    /// reception was stopped on the way.
    async fn land(&self, bus: &DeviceBus, frame: WireFrame) -> Result<Option<Landing>, DmaError> {
        let mut landing = Landing {
            first: 0,
            descriptors: Vec::new(),
            writes: Vec::new(),
        };
        let mut rest = frame.data;
        let mut at = 0;
        let ring = bus.dma().clone().axi_id(1);
        let mut next = self.rx.next(&ring, true).await;
        self.begin();
        loop {
            let Some((index, words)) = next? else {
                return Ok(None);
            };
            if landing.descriptors.is_empty() {
                landing.first = index;
            }
            let mut descriptor = Descriptor::parse(words);
            let part = (descriptor.length as usize).min(rest.len() - at);
            descriptor.length = part as u32;
            descriptor.done = true;
            descriptor.stamp = frame.stamp;
            let all = at + part == rest.len();
            let too_long = !all && landing.descriptors.len() as u32 + 2 == self.rx.size();
            descriptor.last = all || too_long;
            descriptor.error = too_long;
            let bytes = if at == 0 && all {
                std::mem::take(&mut rest)
            } else {
                rest[at..at + part].to_vec()
            };
            at += part;
            let dma = bus.dma().clone().axi_id(2);
            let address = descriptor.address;
            let write = async move { dma.write(address, &bytes).await };
            landing
                .writes
                .push(bus.host().spawn("NIC reception", write));
            let last = descriptor.last;
            landing.descriptors.push(descriptor);
            if last {
                return Ok(Some(landing));
            }
            next = self.rx.next(&ring, false).await;
        }
    }

    /// Waits for the data and writes the descriptors back.
    async fn finish(&self, bus: &DeviceBus, landing: Landing) -> Result<(), DmaError> {
        let mut back: Vec<Words> = Vec::new();
        for (mut descriptor, write) in landing.descriptors.into_iter().zip(landing.writes) {
            if write.join().await.is_err() {
                descriptor.error = true;
                self.rx_errors.set(self.rx_errors.get() + 1);
            }
            back.push(descriptor.emit());
        }
        let dma = bus.dma().clone().axi_id(1);
        let way = (&self.rx, &self.rx_message, STATUS_RX);
        self.complete(&dma, way, landing.first, &back).await
    }
}
