// SPDX-License-Identifier: Apache-2.0
//! The server.

use crate::counters::{Counters, Tally};
use crate::function::{Backend, Identity, Socket, Vectors};
use crate::nvme::{self, Disk};
use crate::simulation::{self, Dma, Function, IOMMU_VECTORS, Link, Request, Shared};
use crate::{Error, Options};
use sallyport_bench::DmaError;
use sallyport_formats::{DeviceId, Iova};
use std::any::Any;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};

/// The function that the kernel's driver binds: the specification has no numbers of
/// its own, these are of those that Linux knows.
const IOMMU: Identity = Identity {
    id: (0x1b36, 0x0014),
    class: (0x08, 0x06, 0x00),
    register_bytes: 4096,
    vectors: IOMMU_VECTORS,
};

/// What became of DMA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It was made.
    Done(T),
    /// It was refused.
    Refused(DmaError),
}

/// Both functions, being served: a thread for the simulation and one for each socket.
/// Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    link: Link,
    shared: Shared,
    sockets: Vec<Socket>,
    simulation: Option<JoinHandle<Result<(), Error>>>,
}

impl Server {
    /// Starts the simulation, and listens on both sockets. Clients can connect when
    /// this returns.
    ///
    /// # Errors
    /// [`Error::Disk`], [`Error::Model`], [`Error::Log`], [`Error::Socket`],
    /// [`Error::Thread`].
    pub fn start(options: Options) -> Result<Self, Error> {
        let shared = Shared {
            tally: Arc::new(Tally::default()),
            disk: Arc::new(Disk::new(options.disk_bytes, options.seed)?),
            iommu_vectors: Arc::new(Vectors::new(IOMMU.vectors)),
            nvme_vectors: Arc::new(Vectors::new(nvme::IDENTITY.vectors)),
        };
        let (link, requests) = Link::new();
        let (ready, made) = sync_channel(1);
        let paths = [options.iommu_socket.clone(), options.nvme_socket.clone()];
        let mask = options.mask_capabilities;
        let theirs = shared.clone();
        let simulation = thread::Builder::new()
            .name("simulation".to_owned())
            .spawn(move || simulation::simulate(&options, &theirs, &requests, &ready))?;
        let mut server = Self {
            link,
            shared,
            sockets: Vec::new(),
            simulation: Some(simulation),
        };
        match made.recv() {
            Ok(result) => result?,
            // It has said nothing: it has panicked.
            Err(_) => server.join()?,
        }
        let Shared {
            tally,
            iommu_vectors,
            nvme_vectors,
            ..
        } = server.shared.clone();
        let functions = [
            (Function::Iommu, IOMMU, iommu_vectors, mask),
            (Function::Nvme, nvme::IDENTITY, nvme_vectors, 0),
        ];
        for (path, (function, identity, vectors, mask)) in paths.iter().zip(functions) {
            let link = server.link.clone();
            let backend = Backend::new(function, identity, vectors, link, Arc::clone(&tally));
            let socket = Socket::serve(path, backend.masking(mask))?;
            server.sockets.push(socket);
        }
        Ok(server)
    }

    /// What has happened so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.snapshot()
    }

    /// SHA-256 of bytes of the disk, in hexadecimal; those beyond its end are left out.
    #[must_use]
    pub fn disk_digest(&self, bytes: Range<u64>) -> String {
        self.shared.disk.digest(bytes)
    }

    /// Writes in the name of a device, whether or not there is one.
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub fn rogue_write(
        &self,
        device: DeviceId,
        iova: Iova,
        bytes: &[u8],
    ) -> Result<Outcome<()>, Error> {
        let outcome = self.dma(device, iova, Dma::Write(bytes.to_vec()))?;
        Ok(match outcome {
            Outcome::Done(_) => Outcome::Done(()),
            Outcome::Refused(error) => Outcome::Refused(error),
        })
    }

    /// Reads `len` bytes in the name of a device, whether or not there is one.
    ///
    /// # Errors
    /// [`Error::Ended`].
    pub fn rogue_read(
        &self,
        device: DeviceId,
        iova: Iova,
        len: usize,
    ) -> Result<Outcome<Vec<u8>>, Error> {
        self.dma(device, iova, Dma::Read(len))
    }

    fn dma(&self, device: DeviceId, iova: Iova, what: Dma) -> Result<Outcome<Vec<u8>>, Error> {
        let result = self
            .link
            .ask(|reply| Request::Dma(device, iova, what, reply))?;
        Ok(match result {
            Ok(bytes) => Outcome::Done(bytes),
            Err(error) => Outcome::Refused(error),
        })
    }

    /// Ends all connections and all threads, removes the sockets, and finishes the log
    /// and the waveform.
    ///
    /// # Errors
    /// [`Error::Simulation`] or [`Error::Crashed`] if the simulation has failed,
    /// [`Error::Log`] if the log could not be written, [`Error::Stuck`] if a client
    /// holds a thread.
    pub fn stop(mut self) -> Result<Counters, Error> {
        let sockets = self.stop_sockets();
        self.join()?;
        sockets?;
        Ok(self.shared.snapshot())
    }

    fn stop_sockets(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        for socket in &mut self.sockets {
            result = result.and(socket.stop());
        }
        result
    }

    fn join(&mut self) -> Result<(), Error> {
        let Some(simulation) = self.simulation.take() else {
            return Ok(());
        };
        // If it has ended already, why is about to be told.
        let _ = self.link.post(Request::Stop);
        match simulation.join() {
            Ok(result) => result,
            Err(panic) => Err(Error::Crashed {
                message: message(&*panic),
            }),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop_sockets();
        let _ = self.join();
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message").to_owned()
}
