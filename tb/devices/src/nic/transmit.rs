// SPDX-License-Identifier: Apache-2.0
//! Transmission: from memory to the wire.

use super::{Descriptor, Nic, STATUS_TX, STATUS_TX_HALT, WINDOW, WireFrame};
use crate::ring::Words;
use sallyport_bench::{DeviceBus, DmaError, Task};
use tokio::sync::mpsc;

/// A frame that is being read from memory.
struct Leaving {
    /// Index of its first descriptor.
    first: u32,
    descriptors: Vec<Descriptor>,
    reads: Vec<Task<Result<Vec<u8>, DmaError>>>,
}

impl Nic {
    pub(super) async fn transmit(&self, bus: &DeviceBus) {
        let (sender, mut leavings) = mpsc::channel(WINDOW);
        let take = async {
            loop {
                match self.collect(bus).await {
                    Ok(Some(leaving)) => {
                        if sender.send(leaving).await.is_err() {
                            return;
                        }
                    }
                    Ok(None) => self.end(),
                    Err(_) => {
                        self.end();
                        self.halt_tx();
                    }
                }
            }
        };
        let finish = async {
            while let Some(leaving) = leavings.recv().await {
                if self.send(bus, leaving).await.is_err() {
                    self.halt_tx();
                }
                self.end();
            }
        };
        tokio::join!(take, finish);
    }

    fn halt_tx(&self) {
        self.tx.enable(false);
        self.set_status(STATUS_TX_HALT, 0);
    }

    /// Takes the descriptors of a frame and begins to read it; `None` if
    /// transmission was stopped on the way.
    async fn collect(&self, bus: &DeviceBus) -> Result<Option<Leaving>, DmaError> {
        let mut leaving = Leaving {
            first: 0,
            descriptors: Vec::new(),
            reads: Vec::new(),
        };
        let ring = bus.dma().clone().axi_id(1);
        let mut next = self.tx.next(&ring, true).await;
        self.begin();
        loop {
            let Some((index, words)) = next? else {
                return Ok(None);
            };
            if leaving.descriptors.is_empty() {
                leaving.first = index;
            }
            let mut descriptor = Descriptor::parse(words);
            descriptor.done = true;
            let dma = bus.dma().clone().axi_id(3);
            let (address, length) = (descriptor.address, descriptor.length as usize);
            let read = async move { dma.read(address, length).await };
            leaving
                .reads
                .push(bus.host().spawn("NIC transmission", read));
            leaving.descriptors.push(descriptor);
            if descriptor.last {
                return Ok(Some(leaving));
            }
            next = self.tx.next(&ring, false).await;
        }
    }

    /// Waits for the data, sends the frame and writes the descriptors back. A
    /// frame that could not be read is not sent.
    async fn send(&self, bus: &DeviceBus, leaving: Leaving) -> Result<(), DmaError> {
        let mut back: Vec<Words> = Vec::new();
        let mut data = Vec::new();
        let mut stamp = None;
        let mut whole = true;
        for (mut descriptor, read) in leaving.descriptors.into_iter().zip(leaving.reads) {
            match read.join().await {
                Ok(bytes) => data.extend(bytes),
                Err(_) => {
                    whole = false;
                    descriptor.error = true;
                    self.tx_errors.set(self.tx_errors.get() + 1);
                }
            }
            stamp = Some(descriptor.stamp);
            back.push(descriptor.emit());
        }
        if let Some(stamp) = stamp
            && whole
        {
            self.wire.transmit(WireFrame { stamp, data });
        }
        let dma = bus.dma().clone().axi_id(1);
        let way = (&self.tx, &self.tx_message, STATUS_TX);
        self.complete(&dma, way, leaving.first, &back).await
    }
}
