// SPDX-License-Identifier: Apache-2.0
//! "PCIe ATS Page Request handling" and "Page-Request-Queue (PQ)".

use crate::support::Rig;
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::context::Tc;
use sallyport_formats::regs::{Icvec, QueueBase};
use sallyport_formats::{Cause, DeviceContext, PageRequest, Spa, TransactionType, constants as c};
use sallyport_sim::{PageRequestPins, PageResponsePins};

const DEVICE: u32 = 5;
const PIP: u32 = 1 << c::IPSR_PIP_BIT;
const PQMF: u32 = 1 << c::PQCSR_PQMF_BIT;
const PQOF: u32 = 1 << c::PQCSR_PQOF_BIT;
const PIV: u8 = 6;
const LOG2_PAGES: u8 = 3;

/// The last request of group 0x155, to read a page.
const LAST: u64 = 0xabcd_e123_4567_8000 | 0x155 << 3 | 0b101;
/// Not the last one of its group.
const INNER: u64 = LAST & !0b100;
const STOP: u64 = 0b100;

const SUCCESS: u8 = c::ATS_PRGR_SUCCESS as u8;
const INVALID: u8 = c::ATS_PRGR_INVALID as u8;
const FAILURE: u8 = c::ATS_PRGR_FAILURE as u8;

fn message(device: u32, pasid: bool, payload: u64) -> PageRequestPins {
    PageRequestPins {
        device_id: device,
        pv: pasid,
        process_id: 0x9_8765,
        privileged: true,
        exec: true,
        payload,
        ..PageRequestPins::default()
    }
}

fn context(en_pri: bool, prpr: bool) -> DeviceContext {
    DeviceContext {
        tc: Tc {
            v: true,
            en_ats: true,
            en_pri,
            prpr,
            ..Tc::default()
        },
        ..DeviceContext::default()
    }
}

/// A rig with a page-request queue, and where it lies. `None` for a build
/// without ATS.
fn rig(build: Build, big_endian: bool) -> Option<(Rig<CoreSystem>, Spa)> {
    let mut rig = Rig::core(build, 70);
    if !rig.capabilities.ats || (big_endian && !rig.capabilities.end) {
        return None;
    }
    rig.write32(
        c::REG_FCTL,
        1 << c::FCTL_WSI_BIT | u32::from(big_endian) << c::FCTL_BE_BIT,
    );
    let icvec = Icvec {
        piv: PIV,
        ..Icvec::default()
    };
    rig.write64(c::REG_ICVEC, icvec.emit());
    rig.start_queues();
    rig.set_levels(1);
    let queue = rig.pages(1);
    enable(&mut rig, queue);
    Some((rig, queue))
}

fn enable(rig: &mut Rig<CoreSystem>, queue: Spa) {
    let base = QueueBase {
        log2sz_minus_1: LOG2_PAGES - 1,
        ppn: queue.page_number(),
    };
    rig.enable_page_requests(base, 1 << c::PQCSR_PIE_BIT);
}

impl Rig<CoreSystem> {
    /// Sends a message, and gives what comes back within the time that it
    /// could take.
    fn ask_for_page(&mut self, page: PageRequestPins) -> Option<PageResponsePins> {
        self.machine.messages().request_page(page);
        self.run(400);
        assert_eq!(self.machine.messages().waiting(), 0);
        let response = self.machine.messages().pop_response();
        assert_eq!(self.machine.messages().pop_response(), None);
        response
    }

    /// Sends the last request of a group, with and without PASID, and checks
    /// code and PASID of the responses; then messages that get none.
    fn expect_response(&mut self, what: &str, device: u32, code: u8, pasid: bool) {
        for has_pasid in [true, false] {
            let response = self.ask_for_page(message(device, has_pasid, LAST));
            let expected = PageResponsePins {
                valid: true,
                device_id: device,
                segment_valid: true,
                pv: has_pasid && pasid,
                process_id: if has_pasid && pasid { 0x9_8765 } else { 0 },
                prgi: 0x155,
                code,
            };
            assert_eq!(response, Some(expected), "{what}");
        }
        for payload in [INNER, STOP] {
            let response = self.ask_for_page(message(device, true, payload));
            assert_eq!(response, None, "{what}");
        }
    }

    /// Checks that all faults were recorded alike, one a message.
    fn expect_faults(&mut self, what: &str, device: u32, cause: Cause) {
        self.fence();
        let records = self.faults();
        assert_eq!(records.len(), 4, "{what}: {records:?}");
        for (record, pv) in records.into_iter().zip([true, false, true, true]) {
            assert_eq!(record.cause, cause, "{what}");
            assert_eq!(record.ttyp, TransactionType::Message, "{what}");
            assert_eq!(record.iotval, c::PRI_MESSAGE_CODE, "{what}");
            assert_eq!(record.iotval2, 0, "{what}");
            assert_eq!(record.did.raw(), device, "{what}");
            assert_eq!((record.pv, record.privileged), (pv, pv), "{what}");
        }
    }
}

#[test]
fn a_request_is_queued_and_interrupts() {
    for (build, big_endian) in [
        (Build::Default, false),
        (Build::Full, false),
        (Build::Full, true),
    ] {
        let Some((mut rig, queue)) = rig(build, big_endian) else {
            continue;
        };
        let mut words = context(true, false).emit();
        if big_endian {
            words = words.map(u64::swap_bytes);
        }
        rig.put_context(DEVICE, words);
        let asked = [
            message(DEVICE, true, LAST),
            message(DEVICE, false, LAST),
            message(DEVICE, true, STOP),
        ];
        for (page, n) in asked.into_iter().zip(0..) {
            assert_eq!(rig.ask_for_page(page), None, "{build}");
            assert_eq!(rig.read32(c::REG_PQT), n + 1);
            assert_eq!(rig.machine.irq(), 1 << PIV);
            assert_eq!(rig.read32(c::REG_IPSR), PIP);
            rig.write32(c::REG_IPSR, PIP);
            assert_eq!(rig.read32(c::REG_IPSR), 0);
            let at = Spa::new(queue.raw() + 16 * u64::from(n));
            let record = [0, 8].map(|m| {
                let word = rig.machine.memory().read_u64(Spa::new(at.raw() + m));
                if big_endian { word.swap_bytes() } else { word }
            });
            let expected = PageRequest {
                pid: if page.pv {
                    sallyport_formats::ProcessId::truncate(0x9_8765)
                } else {
                    Default::default()
                },
                pv: page.pv,
                privileged: page.pv,
                exec: page.pv,
                did: sallyport_formats::DeviceId::truncate(DEVICE.into()),
                ..PageRequest::parse([0, page.payload])
            };
            assert_eq!(record, expected.emit(), "{build}");
        }
        // The rig's own commands and records are little-endian.
        if !big_endian {
            rig.fence();
            assert!(rig.faults().is_empty());
        }
        rig.finish();
    }
}

#[test]
fn without_a_context_the_interface_fails() {
    let Some((mut rig, _)) = rig(Build::Default, false) else {
        return;
    };
    let slot = rig.slot(DEVICE);
    let range = slot..Spa::new(slot.raw() + 32);
    let fault = Attributes::error(Resp::SlvErr);
    for (attributes, v, reserved, cause) in [
        (fault, true, 0, Cause::DdtAccessFault),
        (Attributes::POISON, true, 0, Cause::DdtCorrupted),
        (Attributes::NORMAL, false, 0, Cause::DdtInvalid),
        (Attributes::NORMAL, true, 1 << 12, Cause::DdtMisconfigured),
    ] {
        let mut words = context(true, true).emit();
        words[0] = if v { words[0] | reserved } else { 0 };
        rig.put_context(DEVICE, words);
        rig.machine
            .memory_mut()
            .set_attributes(range.clone(), attributes);
        rig.expect_response(&format!("{cause:?}"), DEVICE, FAILURE, true);
        rig.expect_faults(&format!("{cause:?}"), DEVICE, cause);
    }
    rig.set_levels(0);
    rig.expect_response("Off", DEVICE, FAILURE, true);
    rig.expect_faults("Off", DEVICE, Cause::AllInboundDisallowed);
    assert_eq!(rig.read32(c::REG_PQT), 0);
    rig.finish();
}

#[test]
fn a_device_that_may_not_ask_is_told_so() {
    let Some((mut rig, _)) = rig(Build::Default, false) else {
        return;
    };
    rig.put_context(DEVICE, context(false, false).emit());
    rig.expect_response("EN_PRI is 0", DEVICE, INVALID, false);
    rig.expect_faults("EN_PRI is 0", DEVICE, Cause::TtypeDisallowed);
    // DTF keeps that out of the fault queue, not from the device.
    let mut silent = context(false, false);
    silent.tc.dtf = true;
    rig.put_context(DEVICE, silent.emit());
    rig.forget();
    rig.expect_response("DTF", DEVICE, INVALID, false);
    rig.fence();
    assert!(rig.faults().is_empty());
    rig.expect_response("too wide", 0x1_0000, INVALID, false);
    rig.expect_faults("too wide", 0x1_0000, Cause::TtypeDisallowed);
    rig.set_levels(0);
    rig.set_ddtp(c::DDTP_MODE_BARE);
    rig.expect_response("Bare", DEVICE, INVALID, false);
    rig.expect_faults("Bare", DEVICE, Cause::TtypeDisallowed);
    rig.finish();
}

#[test]
fn a_full_queue_overflows_and_the_device_tries_again() {
    for prpr in [false, true] {
        let Some((mut rig, _)) = rig(Build::Default, false) else {
            return;
        };
        rig.put_context(DEVICE, context(true, prpr).emit());
        for _ in 0..(1 << LOG2_PAGES) - 1 {
            assert_eq!(rig.ask_for_page(message(DEVICE, true, LAST)), None);
        }
        rig.write32(c::REG_IPSR, PIP);
        assert_eq!(rig.read32(c::REG_PQCSR) & (PQOF | PQMF), 0);
        rig.expect_response("full", DEVICE, SUCCESS, prpr);
        assert_eq!(rig.read32(c::REG_PQCSR) & (PQOF | PQMF), PQOF);
        assert_eq!(rig.read32(c::REG_IPSR), PIP);
        // Room alone does not end it.
        rig.write32(c::REG_PQH, 4);
        rig.expect_response("overflowed", DEVICE, SUCCESS, prpr);
        let enabled = rig.read32(c::REG_PQCSR);
        rig.write32(c::REG_PQCSR, enabled);
        rig.write32(c::REG_IPSR, PIP);
        assert_eq!(rig.read32(c::REG_IPSR), 0);
        assert_eq!(rig.ask_for_page(message(DEVICE, true, LAST)), None);
        assert_eq!(rig.read32(c::REG_PQT), 0);
        rig.fence();
        assert!(rig.faults().is_empty());
        rig.finish();
    }
}

#[test]
fn a_queue_that_is_off_or_out_of_memory_fails() {
    let Some((mut rig, queue)) = rig(Build::Default, false) else {
        return;
    };
    rig.put_context(DEVICE, context(true, false).emit());
    let range = queue..Spa::new(queue.raw() + 4096);
    rig.machine
        .memory_mut()
        .set_attributes(range.clone(), Attributes::error(Resp::SlvErr));
    rig.expect_response("write fault", DEVICE, FAILURE, true);
    assert_eq!(rig.read32(c::REG_PQCSR) & (PQOF | PQMF), PQMF);
    assert_eq!(rig.read32(c::REG_IPSR), PIP);
    rig.machine
        .memory_mut()
        .set_attributes(range, Attributes::NORMAL);
    rig.expect_response("pqmf", DEVICE, FAILURE, true);
    assert_eq!(rig.read32(c::REG_PQT), 0);
    // Off, `pqt` stays; on again everything starts anew.
    rig.write32(c::REG_PQCSR, PQMF | 1);
    rig.ask_for_page(message(DEVICE, true, LAST));
    assert_eq!(rig.read32(c::REG_PQT), 1);
    rig.write32(c::REG_PQCSR, 0);
    rig.poll32(c::REG_PQCSR, 1 << c::PQCSR_PQON_BIT, 0);
    rig.expect_response("off", DEVICE, FAILURE, true);
    assert_eq!(rig.read32(c::REG_PQT), 1);
    enable(&mut rig, queue);
    assert_eq!(rig.read32(c::REG_PQT), 0);
    rig.fence();
    assert!(rig.faults().is_empty());
    rig.finish();
}

/// Devices that take no responses hold up nobody who sends requests.
#[test]
fn responses_that_wait_hold_up_no_requests() {
    let Some((mut rig, _)) = rig(Build::Default, false) else {
        return;
    };
    rig.put_context(DEVICE, context(true, false).emit());
    rig.machine.messages().stall(true);
    for _ in 0..60 {
        rig.machine.messages().request_page(message(7, true, LAST));
    }
    for _ in 0..5 {
        rig.machine
            .messages()
            .request_page(message(DEVICE, true, LAST));
    }
    rig.run(20_000);
    assert_eq!(rig.machine.messages().waiting(), 0);
    assert_eq!(rig.read32(c::REG_PQT), 5);
    rig.machine.messages().stall(false);
    rig.run(100);
    let mut responses = 0;
    while let Some(response) = rig.machine.messages().pop_response() {
        assert_eq!(response.device_id, 7);
        responses += 1;
    }
    assert!(responses >= 16, "{responses} responses");
    rig.finish();
}
