// SPDX-License-Identifier: Apache-2.0
//! What the sockets ask of the simulation.

use crate::Error;
use crate::ram::Ram;
use sallyport_bench::{AccessSize, DmaError};
use sallyport_formats::{DeviceId, Iova};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// One of the two functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Function {
    Iommu,
    Nvme,
}

/// An access to BAR0, naturally aligned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub offset: u64,
    pub size: AccessSize,
    /// What is written; `None` for a read.
    pub write: Option<u64>,
}

/// DMA in the name of any device.
#[derive(Clone, Debug)]
pub(crate) enum Dma {
    Read(usize),
    Write(Vec<u8>),
}

/// Where an answer goes.
pub(crate) type Reply<T> = SyncSender<T>;

/// A request. Those that have somebody waiting bring along where the answer goes.
#[derive(Debug)]
pub(crate) enum Request {
    /// Software reads or writes a register; the answer is what was read, or 0.
    Access(Function, Access, Reply<u64>),
    /// A write that nobody waits for.
    Posted(Function, Access),
    /// The function is reset.
    Reset(Function, Reply<()>),
    /// The client's memory at this address, for this function.
    Map(Function, u64, Arc<Ram>, Reply<()>),
    /// It is gone again: those that lie in this range.
    Unmap(Function, u64, u64, Reply<()>),
    /// DMA; the answer is what was read, or nothing.
    Dma(DeviceId, Iova, Dma, Reply<Result<Vec<u8>, DmaError>>),
    /// The end.
    Stop,
}

/// A way to the simulation.
#[derive(Clone, Debug)]
pub(crate) struct Link(Sender<Request>);

impl Link {
    pub fn new() -> (Self, Receiver<Request>) {
        let (sender, receiver) = channel();
        (Self(sender), receiver)
    }

    /// Sends a request.
    pub fn post(&self, request: Request) -> Result<(), Error> {
        self.0.send(request).map_err(|_| Error::Ended)
    }

    /// Sends a request and waits for its answer.
    pub fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, Error> {
        let (sender, receiver) = sync_channel(1);
        self.post(request(sender))?;
        receiver.recv().map_err(|_| Error::Ended)
    }
}
