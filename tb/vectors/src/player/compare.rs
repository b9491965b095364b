// SPDX-License-Identifier: Apache-2.0
//! What is expected against what there is, in the specification's words.

use std::fmt::{self, Write};

use sallyport_formats::regs::Cqcsr;
use sallyport_formats::{Cause, FaultRecord};
use sallyport_model::{Access, Request, RequestKind};

use crate::case::{Bytes, CommandError, ExpectedFault};
use crate::observation::{Observation, ObservedMrif};
use crate::outcome::Difference;

/// A request in words.
pub(super) fn describe(request: &Request) -> String {
    let kind = match request.kind {
        RequestKind::Untranslated => "untranslated",
        RequestKind::Translated => "translated",
        RequestKind::TranslationRequest if request.no_write => "translation request (no write) to",
        RequestKind::TranslationRequest => "translation request to",
    };
    let access = match request.access {
        Access::Read => "read",
        Access::Write => "write",
        Access::Execute => "read for execute",
    };
    let mut text = format!("{kind} {access} of device {}", request.device_id);
    if let Some(process_id) = request.process_id {
        let privilege = if request.privileged {
            "supervisor"
        } else {
            "user"
        };
        // Writing to a string cannot fail.
        let _ = write!(text, ", process {process_id} ({privilege}),");
    }
    let _ = write!(text, " at {}", request.iova);
    text
}

/// Collects the differences of named fields.
#[derive(Default)]
struct Fields(Vec<Difference>);

impl Fields {
    fn compare<T: PartialEq + fmt::Display>(&mut self, name: &str, expected: T, got: T) {
        if expected != got {
            self.0.push(Difference::new(name, expected, got));
        }
    }

    fn compare_hex(&mut self, name: &str, expected: u64, got: u64) {
        if expected != got {
            self.0.push(Difference::hex(name, expected, got));
        }
    }

    /// A field that must be there if it is expected.
    fn demand<T: PartialEq + fmt::LowerHex>(
        &mut self,
        name: &str,
        expected: Option<T>,
        got: Option<T>,
    ) {
        match (expected, got) {
            (Some(expected), Some(got)) if expected != got => {
                let expected = format_args!("{expected:#x}").to_string();
                let got = format_args!("{got:#x}").to_string();
                self.0.push(Difference::new(name, expected, got));
            }
            (Some(expected), None) => {
                let expected = format!("{expected:#x}");
                self.0.push(Difference::new(name, expected, "none"));
            }
            _ => {}
        }
    }
}

/// The answer to a request. Where the status is wrong, nothing else is looked
/// at.
pub(super) fn answer(expected: &Observation, got: &Observation) -> Vec<Difference> {
    let mut fields = Fields::default();
    fields.compare("status", expected.status, got.status);
    if !fields.0.is_empty() {
        return fields.0;
    }
    fields.demand("pa", expected.pa, got.pa);
    if let (Some(expected), Some(got)) = (expected.pbmt, got.pbmt) {
        fields.compare("pbmt", expected, got);
    }
    if let (Some(expected), Some(got)) = (expected.msi, got.msi) {
        fields.compare("msi", expected, got);
    }
    let (mrif, got_mrif) = (expected.mrif, got.mrif);
    let address = |mrif: ObservedMrif| mrif.address;
    let nid = |mrif: ObservedMrif| mrif.nid;
    let notice = |mrif: ObservedMrif| mrif.notice;
    fields.demand("mrif.address", mrif.map(address), got_mrif.map(address));
    fields.demand("mrif.nid", mrif.map(nid), got_mrif.map(nid));
    fields.demand("mrif.notice", mrif.map(notice), got_mrif.map(notice));
    for (name, expected, got) in [
        ("r", expected.r, got.r),
        ("w", expected.w, got.w),
        ("x", expected.x, got.x),
        ("priv", expected.privileged, got.privileged),
        ("u", expected.u, got.u),
        ("global", expected.global, got.global),
    ] {
        fields.demand(name, expected.map(u8::from), got.map(u8::from));
    }
    // A smaller range than the largest possible one is right too.
    let largest = expected.size;
    let size = got
        .size
        .map(|size| largest.map_or(size, |largest| size.max(largest)));
    fields.demand("size", largest, size);
    fields.0
}

/// A fault record. The page offset of an address may be reported as 0 where
/// the fault concerns a page.
pub(super) fn fault(expected: &ExpectedFault, got: &FaultRecord) -> Vec<Difference> {
    let cause = Cause::from_code(expected.cause);
    let is_page_fault = cause.is_guest_page_fault()
        || matches!(
            cause,
            Cause::InstructionPageFault | Cause::ReadPageFault | Cause::WritePageFault
        );
    let iotval = if is_page_fault { !0xfff } else { !0 };
    let iotval2 = if cause.is_guest_page_fault() {
        !0xffc
    } else {
        !0
    };
    let mut fields = Fields::default();
    fields.compare("CAUSE", cause, got.cause);
    fields.compare("TTYP", expected.ttyp, got.ttyp.code());
    fields.compare("DID", expected.device_id, got.did);
    let pid = expected.process_id.unwrap_or_default();
    fields.compare(
        "PV",
        u8::from(expected.process_id.is_some()),
        u8::from(got.pv),
    );
    fields.compare("PID", pid, got.pid);
    fields.compare(
        "PRIV",
        u8::from(expected.privileged),
        u8::from(got.privileged),
    );
    fields.compare_hex("iotval", expected.iotval & iotval, got.iotval & iotval);
    fields.compare_hex("iotval2", expected.iotval2 & iotval2, got.iotval2 & iotval2);
    fields.0
}

/// How a command ended: the error bits of `cqcsr`, and `cqh`.
pub(super) fn command(
    csr: &Cqcsr,
    error: Option<CommandError>,
    cqh: u64,
    expected_cqh: u64,
) -> Vec<Difference> {
    let mut fields = Fields::default();
    let illegal = error == Some(CommandError::Illegal);
    let memory_fault = error == Some(CommandError::MemoryFault);
    fields.compare("cqcsr.cmd_ill", u8::from(illegal), u8::from(csr.cmd_ill));
    fields.compare("cqcsr.cqmf", u8::from(memory_fault), u8::from(csr.cqmf));
    fields.compare("cqcsr.cmd_to", 0, u8::from(csr.cmd_to));
    fields.compare("cqh", expected_cqh, cqh);
    fields.0
}

/// Bytes in memory.
pub(super) fn memory(expected: &Bytes, got: &[u8]) -> Option<Difference> {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    (expected.data != got).then(|| {
        let subject = format!("bytes at {}", expected.address);
        Difference::new(subject, hex(&expected.data), hex(got))
    })
}
