// SPDX-License-Identifier: Apache-2.0
//! The answers of the core's port as the scoreboard takes them.

use sallyport_formats::Spa;
use sallyport_model::Request;
use sallyport_scoreboard::{Granted, Seen};
use sallyport_sim::AnswerPins;

/// `status_e` of a completer abort.
const ABORTED: u8 = 2;

/// Log2 of the bytes of each `page_e`.
const SHIFTS: [u32; 6] = [12, 16, 21, 30, 39, 48];

/// What the port shows for this request.
pub fn seen(request: &Request, answer: &AnswerPins) -> Seen {
    if answer.fault {
        return if answer.status == ABORTED {
            Seen::Aborted
        } else {
            Seen::Refused
        };
    }
    if request.is_translation_request() {
        return Seen::Granted(granted(answer));
    }
    let address = Spa::new(answer.pa);
    if answer.mrif {
        return Seen::File {
            address,
            nid: answer.nid,
            notice: Spa::new(answer.notice_ppn << 12),
        };
    }
    Seen::Address {
        address,
        pbmt: answer.pbmt,
    }
}

/// Where nothing is granted, the address means nothing.
fn granted(answer: &AnswerPins) -> Granted {
    let any = answer.r || answer.w;
    let shift = SHIFTS[usize::from(answer.size).min(SHIFTS.len() - 1)];
    Granted {
        r: answer.r,
        w: answer.w,
        x: answer.x,
        privileged: answer.privileged,
        global: answer.global,
        untranslated: answer.untranslated,
        address: if any && !answer.untranslated {
            answer.pa
        } else {
            0
        },
        size: if any { 1 << shift } else { 0 },
    }
}
