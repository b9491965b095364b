// SPDX-License-Identifier: Apache-2.0
//! "Page-Request-Queue (PQ)", and the responses that the IOMMU itself makes.

use sallyport_formats::PageRequest;
use sallyport_formats::constants as c;
use sallyport_formats::endian::words_to_bytes;
use sallyport_formats::regs::Pqcsr;

use super::Iommu;
use crate::memory::MemoryMut;
use crate::messages::{Destination, Message, PageRequestMessage, ResponseCode};
use crate::page_request::{judge_page_request, page_request_record};

impl<M: MemoryMut> Iommu<M> {
    /// A write to `pqcsr`: enable, interrupt enable, and two bits that writing
    /// 1 clears. Enabling the queue clears `pqt` and those two.
    pub(super) fn write_pqcsr(&mut self, value: Pqcsr) {
        let csr = &mut self.pqcsr;
        let enabled = value.pqen && !csr.pqen;
        csr.pqen = value.pqen;
        csr.pqon = value.pqen;
        csr.pie = value.pie;
        csr.pqmf &= !value.pqmf && !enabled;
        csr.pqof &= !value.pqof && !enabled;
        if enabled {
            self.page_request_queue.tail = 0;
        }
    }

    /// Takes in a "Page Request" or "Stop Marker" message: queues it, or
    /// answers it where it wants an answer, or drops it. A fault of the device
    /// is recorded whichever message it was; one of the queue is not. A design
    /// without `capabilities.ATS` drops every message.
    pub fn page_request(&mut self, message: &PageRequestMessage) {
        if !self.design.capabilities.ats {
            return;
        }
        let verdict = judge_page_request(&self.configuration(), &self.memory, message);
        self.count_reads(message.device_id, message.process_id, &verdict.reads);
        if let Some(cause) = verdict.cause
            && verdict.reported
        {
            self.push_record(&page_request_record(cause, message));
        }
        let response = verdict
            .response()
            .or_else(|| self.push_page_request(&message.record()).err());
        if let Some(code) = response
            && message.wants_response()
        {
            self.respond(message, code, verdict.prpr);
        }
    }

    /// Puts a request into the queue; where it does not go, says what the
    /// device is told.
    fn push_page_request(&mut self, request: &PageRequest) -> Result<(), ResponseCode> {
        if !self.pqcsr.pqon || self.pqcsr.pqmf {
            return Err(ResponseCode::ResponseFailure);
        }
        let queue = self.page_request_queue;
        let result = if self.pqcsr.pqof || queue.is_full() {
            self.pqcsr.pqof = true;
            Err(ResponseCode::Success)
        } else {
            let mut bytes = [0; c::PQ_ENTRY_BYTES as usize];
            let fits = words_to_bytes(&request.emit(), &mut bytes, self.endian());
            debug_assert_eq!(fits, Ok(()));
            let entry = queue.entry(queue.tail, c::PQ_ENTRY_BYTES);
            if self.write_memory(entry, &bytes).is_ok() {
                self.page_request_queue.tail = queue.next(queue.tail);
                self.new_page_request();
                Ok(())
            } else {
                self.pqcsr.pqmf = true;
                Err(ResponseCode::ResponseFailure)
            }
        };
        self.update_interrupts();
        result
    }

    /// A Response Failure carries the PASID that the request had, the others
    /// only where `PRPR` asks for it.
    fn respond(&mut self, message: &PageRequestMessage, code: ResponseCode, prpr: bool) {
        let with_process = prpr || code == ResponseCode::ResponseFailure;
        self.outbox.push(Message::PageGroupResponse {
            to: Destination::of_device(message.device_id),
            process_id: message.process_id.filter(|_| with_process),
            prgi: message.record().prgi,
            code: code.code(),
        });
    }
}
