// SPDX-License-Identifier: Apache-2.0
//! A device's way to memory.

use super::bursts::{Bursts, Failure};
use super::function::Function;
use super::host::Host;
use super::requests::{Refused, Requests};
use sallyport_bus::Resp;
use sallyport_formats::{DeviceId, Iova, ProcessId};
use sallyport_tlp::Status;
use std::fmt;

/// How an access was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// By an AXI4 response.
    Response(Resp),
    /// By a completion of PCI Express.
    Completion(Status),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(resp) => resp.fmt(f),
            Self::Completion(status) => f.write_str(match status {
                Status::Success => "Successful Completion",
                Status::UnsupportedRequest => "Unsupported Request",
                Status::Retry => "Request Retry Status",
                Status::CompleterAbort => "Completer Abort",
            }),
        }
    }
}

/// An access that memory did not take, or the IOMMU did not let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} of device {device} at {iova} was answered with {answer}{}",
    if *write { "write" } else { "read" },
    if *cut_off { " before its data: the device was cut off" } else { "" }
)]
pub struct DmaError {
    /// Who asked.
    pub device: DeviceId,
    /// The start of the first burst or request that failed.
    pub iova: Iova,
    /// Whether it is a write.
    pub write: bool,
    /// The response.
    pub answer: Refusal,
    /// The response came before all data was sent.
    pub cut_off: bool,
}

/// Reads and writes memory by I/O virtual address, in the name of a device.
///
/// On AXI4 an access becomes INCR bursts of full width that cross no 4 KiB
/// boundary. All are under way at once; those of one AXI id stay in order, and a
/// write is over when memory has it.
///
/// On PCI Express it becomes memory requests as long as software has configured.
/// All are under way at once, and writes of a device stay in order. They are
/// posted: a write is over when it is sent, and nobody tells the device what
/// became of it. Reads, [`Dma::flush`] too, are answered when the writes before them
/// are done.
#[derive(Clone, Debug)]
pub struct Dma {
    device: DeviceId,
    way: Way,
}

/// Over which bus.
#[derive(Clone, Debug)]
enum Way {
    Axi(Bursts),
    Pcie(Requests),
}

impl Dma {
    pub(super) fn new(host: &Host, device: DeviceId) -> Self {
        let way = match (Function::of(host, device), Bursts::new(host, device)) {
            (Some(function), _) => Way::Pcie(Requests::new(function)),
            (None, Some(bursts)) => Way::Axi(bursts),
            (None, None) => unreachable!("a bus is one of both"),
        };
        Self { device, way }
    }

    /// The same device, speaking for a process: PV = 1, or a PASID prefix.
    #[must_use]
    pub fn process(mut self, process: ProcessId) -> Self {
        match &mut self.way {
            Way::Axi(bursts) => bursts.user.process = Some(process),
            Way::Pcie(requests) => requests.process = Some(process),
        }
        self
    }

    /// Privileged accesses, or not: AxPROT bit 0, or in the PASID prefix, without
    /// which there are none.
    #[must_use]
    pub fn privileged(mut self, privileged: bool) -> Self {
        match &mut self.way {
            Way::Axi(bursts) => {
                let template = &mut bursts.template;
                template.prot = template.prot & !1 | u8::from(privileged);
            }
            Way::Pcie(requests) => requests.privileged = privileged,
        }
        self
    }

    /// Requests of another type: 0 untranslated, 1 translated.
    #[must_use]
    pub fn kind(mut self, kind: u8) -> Self {
        match &mut self.way {
            Way::Axi(bursts) => bursts.user.kind = kind,
            Way::Pcie(requests) => requests.translated = kind == 1,
        }
        self
    }

    /// The same bus, but another device's name. On PCI Express that is all one can
    /// tell of a function.
    #[must_use]
    pub fn in_the_name_of(mut self, device: DeviceId) -> Self {
        self.device = device;
        match &mut self.way {
            Way::Axi(bursts) => bursts.user.device = device,
            Way::Pcie(requests) => requests.rename(device),
        }
        self
    }

    /// Another AXI id, of which a device's bus has four; by default the low bits
    /// of the device id. There is no such thing on PCI Express.
    #[must_use]
    pub fn axi_id(mut self, id: u8) -> Self {
        if let Way::Axi(bursts) = &mut self.way {
            bursts.template.id = id & 0xf;
        }
        self
    }

    /// Bursts of at most so many beats, 1 to 256; 16 by default. There is no such
    /// thing on PCI Express.
    #[must_use]
    pub fn max_beats(mut self, beats: u16) -> Self {
        if let Way::Axi(bursts) = &mut self.way {
            bursts.max_beats = beats;
        }
        self
    }

    /// Who asks.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// The device's bus, if it is AXI4.
    #[must_use]
    pub const fn bursts(&self) -> Option<&Bursts> {
        match &self.way {
            Way::Axi(bursts) => Some(bursts),
            Way::Pcie(_) => None,
        }
    }

    /// The device's function, if it is on PCI Express.
    #[must_use]
    pub const fn function(&self) -> Option<&Function> {
        match &self.way {
            Way::Axi(_) => None,
            Way::Pcie(requests) => Some(requests.function()),
        }
    }

    /// Reads `len` bytes. On AXI4 whole bus words are read, so up to 15 bytes around
    /// them, in the same pages, as well.
    ///
    /// # Errors
    /// [`DmaError`] names the first burst or request that failed.
    pub async fn read(&self, at: Iova, len: usize) -> Result<Vec<u8>, DmaError> {
        match &self.way {
            Way::Axi(bursts) => self.of_bursts(bursts.read(at, len).await, false),
            Way::Pcie(requests) => self.of_requests(requests.read(at, len).await),
        }
    }

    /// Writes all of `bytes`, and waits until memory has them; on PCI Express, it is
    /// posted.
    ///
    /// # Errors
    /// [`DmaError`] names the first burst that failed; others may have written.
    pub async fn write(&self, at: Iova, bytes: &[u8]) -> Result<(), DmaError> {
        match &self.way {
            Way::Axi(bursts) => self.of_bursts(bursts.write(at, bytes).await, true),
            Way::Pcie(requests) => {
                requests.write(at, bytes);
                Ok(())
            }
        }
    }

    /// Waits until all that was written before has taken effect: on PCI Express by
    /// a read of nothing at an address that the device may read.
    ///
    /// # Errors
    /// [`DmaError`] if it may not.
    pub async fn flush(&self, at: Iova) -> Result<(), DmaError> {
        match &self.way {
            Way::Axi(_) => Ok(()),
            Way::Pcie(requests) => self.of_requests(requests.flush(at).await),
        }
    }

    /// Writes four bytes, little-endian, as one beat of four bytes to a multiple
    /// of 4: a message-signalled interrupt. Waits until it is taken; on PCI Express,
    /// it is posted.
    ///
    /// # Errors
    /// [`DmaError`].
    pub async fn message(&self, at: Iova, data: u32) -> Result<(), DmaError> {
        match &self.way {
            Way::Axi(bursts) => self.of_bursts(bursts.message(at, data).await, true),
            Way::Pcie(requests) => {
                requests.write(at, &data.to_le_bytes());
                Ok(())
            }
        }
    }

    fn of_bursts<T>(&self, result: Result<T, Failure>, write: bool) -> Result<T, DmaError> {
        result.map_err(|(iova, resp, cut_off)| DmaError {
            device: self.device,
            iova,
            write,
            answer: Refusal::Response(resp),
            cut_off,
        })
    }

    fn of_requests<T>(&self, result: Result<T, Refused>) -> Result<T, DmaError> {
        result.map_err(|(iova, status)| DmaError {
            device: self.device,
            iova,
            write: false,
            answer: Refusal::Completion(status),
            cut_off: false,
        })
    }
}
