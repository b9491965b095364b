// SPDX-License-Identifier: Apache-2.0
//! "Debug support": translations that software asks for.

use sallyport_formats::regs::{TrReqCtl, TrReqIova, TrResponse};
use sallyport_formats::{Cause, Iova, constants as c};

use super::Iommu;
use crate::answer::{Answer, Translated};
use crate::fault::Fault;
use crate::memory::MemoryMut;
use crate::request::{Access, Request, RequestKind};

/// The translation-request registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Debug {
    pub iova: TrReqIova,
    pub control: TrReqCtl,
    pub response: TrResponse,
}

impl<M: MemoryMut> Iommu<M> {
    /// Serves the request in the registers if `Go/Busy` is set, and clears it.
    pub(super) fn run_debug_request(&mut self) {
        if !self.debug.control.go_busy {
            return;
        }
        self.debug.control.go_busy = false;
        let request = debug_request(&self.debug);
        self.debug.response = match self.request(&request).answer {
            Answer::Translated(translated) => response(&translated),
            Answer::Mrif(_) => {
                let fault = Fault::new(Cause::TtypeDisallowed);
                self.push_record(&fault.record(&request));
                FAULT
            }
            _ => FAULT,
        };
    }
}

const FAULT: TrResponse = TrResponse {
    fault: true,
    pbmt: sallyport_formats::Pbmt::Pma,
    s: false,
    ppn: 0,
    custom: 0,
};

/// An Untranslated Request; without `NW` it asks for read and write, and write
/// permission implies read permission.
fn debug_request(debug: &Debug) -> Request {
    let control = &debug.control;
    Request {
        device_id: control.did,
        process_id: control.pv.then_some(control.pid),
        privileged: control.privileged,
        access: match (control.exe, control.nw) {
            (true, _) => Access::Execute,
            (false, true) => Access::Read,
            (false, false) => Access::Write,
        },
        kind: RequestKind::Untranslated,
        no_write: control.nw,
        iova: Iova::new(debug.iova.vpn << c::TR_REQ_IOVA_VPN_LSB),
        len: 1,
    }
}

/// `S` and the low bits of `PPN` encode the size of the translation.
fn response(translated: &Translated) -> TrResponse {
    let pages = translated.size.unwrap_or(1 << 12) >> 12;
    let ppn = translated.address.page_number();
    TrResponse {
        fault: false,
        pbmt: translated.pbmt,
        s: pages > 1,
        ppn: if pages > 1 {
            ppn & !(pages - 1) | (pages / 2 - 1)
        } else {
            ppn
        },
        custom: 0,
    }
}
