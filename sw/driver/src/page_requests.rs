// SPDX-License-Identifier: Apache-2.0
//! Page requests of devices with an address translation cache, and what such
//! devices are told ("PCIe ATS Page Request handling", "IOMMU PCIe ATS
//! commands").

use sallyport_formats::command::{AtsInvalidation, PageRange};
use sallyport_formats::{Command, DeviceId, Iova, PageRequest, ProcessId, constants as c};

use crate::Error;
use crate::iommu::Iommu;
use crate::memory::Memory;
use crate::record_queue::QueueLoss;
use crate::registers::Registers;

/// How a group of page requests was dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageResponse {
    /// The pages are there: the device asks for their translation again.
    Success,
    /// A page is not to be had; the device is not to ask for it again.
    InvalidRequest,
    /// Something broke: the device stops asking altogether.
    Failure,
}

impl PageResponse {
    const fn code(self) -> u8 {
        (match self {
            Self::Success => c::ATS_PRGR_SUCCESS,
            Self::InvalidRequest => c::ATS_PRGR_INVALID,
            Self::Failure => c::ATS_PRGR_FAILURE,
        }) as u8
    }
}

impl<R: Registers> Iommu<R> {
    /// Takes the oldest page request, or Stop Marker, that a device has sent;
    /// `None` if there is none, or no queue ([`Config::log2_page_requests`]).
    ///
    /// Map the page, and after the last request of a group, which is no Stop
    /// Marker, answer it with [`Self::answer_page_requests`].
    ///
    /// [`Config::log2_page_requests`]: crate::Config::log2_page_requests
    pub async fn next_page_request<M: Memory>(&mut self, mem: &M) -> Option<PageRequest> {
        let queue = self.page_requests.as_mut()?;
        queue
            .next(&mut self.regs, mem)
            .await
            .map(PageRequest::parse)
    }

    /// Tells whether page requests were lost, and lets the IOMMU queue again.
    /// The devices have been answered by the IOMMU and may ask again.
    pub async fn take_page_request_loss(&mut self) -> Option<QueueLoss> {
        let queue = self.page_requests.as_mut()?;
        queue.take_loss(&mut self.regs).await
    }

    /// Queues the response to the group of a page request. `with_process` is
    /// the device's "PRG Response PASID Required", as in `DC.tc.PRPR`.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub async fn answer_page_requests<M: Memory>(
        &mut self,
        mem: &mut M,
        request: &PageRequest,
        response: PageResponse,
        with_process: bool,
    ) -> Result<(), Error> {
        let command = Command::answer_page_requests(request, response.code(), with_process);
        self.submit(mem, [command]).await
    }
}

/// The commands that make a device forget what it has cached of a range: to be
/// queued after those that make the IOMMU itself forget, with an IOFENCE.C
/// before and after. `process` where the device asked with a process id.
pub fn device_invalidations(
    did: DeviceId,
    process: Option<ProcessId>,
    at: Iova,
    bytes: u64,
) -> impl Iterator<Item = Command> + Clone + use<> {
    PageRange::blocks(at.raw(), bytes).map(move |range| {
        Command::invalidate_device_cache(did, process, AtsInvalidation::of_range(range))
    })
}
