// SPDX-License-Identifier: Apache-2.0
//! "PCIe ATS Page Request handling", "Page-Request-Queue".

use sallyport_formats::constants as c;
use sallyport_formats::context::Tc;
use sallyport_formats::regs::DdtpMode;
use sallyport_formats::{Cause, DeviceId, ProcessId, Spa, TransactionType};
use sallyport_model::{Design, Destination, Message, PageRequestMessage};

use crate::machine::{DDT, DEVICE, Machine, REQUESTS, context, pd8};

const R: u64 = 1;
const W: u64 = 2;
const L: u64 = 4;
const PROCESS: ProcessId = ProcessId::truncate(0x12);
const SUCCESS: u8 = 0;
const INVALID_REQUEST: u8 = 1;
const RESPONSE_FAILURE: u8 = 0xf;

const ALLOWED: Tc = Tc {
    en_ats: true,
    en_pri: true,
    ..NOTHING
};
const NOTHING: Tc = Tc {
    v: true,
    en_ats: false,
    en_pri: false,
    t2gpa: false,
    dtf: false,
    pdtv: false,
    prpr: false,
    gade: false,
    sade: false,
    dpe: false,
    sbe: false,
    sxl: false,
    custom: 0,
};

/// A message with PASID, group 0x155 and page 0x1234.
fn message(flags: u64) -> PageRequestMessage {
    PageRequestMessage {
        device_id: DEVICE,
        process_id: Some(PROCESS),
        privileged: true,
        exec: true,
        payload: 0x1234 << 12 | 0x155 << c::PQ_PAYLOAD_PRGI_LSB | flags,
    }
}

fn machine(tc: Tc) -> Machine {
    let mut machine = Machine::new(Design::full());
    machine.set_context(&context(tc));
    machine
}

/// The response to a request that wants one: code, and whether with PASID.
fn response(machine: &mut Machine, message: &PageRequestMessage) -> Option<(u8, bool)> {
    machine.iommu.page_request(message);
    let sent = machine.iommu.take_messages();
    assert!(sent.len() <= 1);
    sent.first().map(|sent| {
        let Message::PageGroupResponse {
            to,
            process_id,
            prgi,
            code,
        } = *sent
        else {
            panic!("{sent:?}");
        };
        assert_eq!(to, Destination::of_device(message.device_id));
        assert_eq!(prgi, 0x155);
        assert!(process_id.is_none() || process_id == message.process_id);
        (code, process_id.is_some())
    })
}

#[test]
fn requests_and_stop_markers_are_queued() {
    let mut machine = machine(ALLOWED);
    assert_eq!(response(&mut machine, &message(R | W)), None);
    assert_eq!(response(&mut machine, &message(L)), None);
    assert_eq!(machine.read(c::REG_PQT), 2);
    assert!(machine.ipsr().pip && machine.records().is_empty());
    let record = machine.page_request(0);
    assert_eq!((record.pv, record.pid, record.did), (true, PROCESS, DEVICE));
    assert!(record.privileged && record.exec && record.read && record.write && !record.last);
    assert_eq!((record.prgi, record.page), (0x155, 0x1234));
    assert!(machine.page_request(1).is_stop_marker());
}

#[test]
fn without_a_pasid_there_is_no_privilege() {
    let mut machine = machine(ALLOWED);
    let message = PageRequestMessage {
        process_id: None,
        ..message(R)
    };
    machine.iommu.page_request(&message);
    let words = [machine.word(REQUESTS), machine.word(REQUESTS + 8)];
    assert_eq!(words, [u64::from(DEVICE.raw()) << 40, message.payload]);
}

#[test]
fn records_have_the_byte_order_of_the_queues() {
    let mut machine = Machine::off(Design::full());
    machine.write(c::REG_FCTL, 1 << c::FCTL_BE_BIT | 1 << c::FCTL_WSI_BIT);
    let at = DDT + u64::from(DEVICE.raw()) * c::DC_EXTENDED_BYTES;
    let tc = context(Tc {
        sbe: true,
        ..ALLOWED
    })
    .tc
    .emit();
    machine.put(at, &tc.to_be_bytes());
    machine.set_mode(DdtpMode::OneLevel);
    machine.iommu.page_request(&message(R));
    let bytes = machine.bytes::<8>(REQUESTS + 8);
    assert_eq!(u64::from_be_bytes(bytes), message(R).payload);
}

/// Every reason not to look at the queue, its response and its record.
#[test]
fn devices_that_may_not_ask() {
    let refused = Tc {
        en_pri: false,
        ..ALLOWED
    };
    let misconfigured = Tc {
        en_ats: false,
        ..ALLOWED
    };
    let invalid = Tc {
        v: false,
        ..ALLOWED
    };
    for (tc, cause, code) in [
        (refused, Cause::TtypeDisallowed, INVALID_REQUEST),
        (misconfigured, Cause::DdtMisconfigured, RESPONSE_FAILURE),
        (invalid, Cause::DdtInvalid, RESPONSE_FAILURE),
    ] {
        let mut machine = Machine::new(Design::full());
        let mut dc = context(tc);
        dc.tc.v = tc.v;
        machine.set_context(&dc);
        check_refusal(&mut machine, cause, code);
    }
}

#[test]
fn directories_that_cannot_be_read() {
    let mut machine = machine(ALLOWED);
    machine.break_page(Some(DDT));
    check_refusal(&mut machine, Cause::DdtAccessFault, RESPONSE_FAILURE);
    machine.break_page(None);
    let page = Spa::new(DDT)..Spa::new(DDT + 0x1000);
    machine.iommu.memory_mut().set_poison(&[page]);
    check_refusal(&mut machine, Cause::DdtCorrupted, RESPONSE_FAILURE);
}

#[test]
fn modes_without_a_directory() {
    for (mode, cause, code) in [
        (DdtpMode::Off, Cause::AllInboundDisallowed, RESPONSE_FAILURE),
        (DdtpMode::Bare, Cause::TtypeDisallowed, INVALID_REQUEST),
    ] {
        let mut machine = machine(ALLOWED);
        machine.set_mode(mode);
        check_refusal(&mut machine, cause, code);
    }
}

#[test]
fn a_device_beyond_the_directory() {
    let mut machine = machine(ALLOWED);
    let message = PageRequestMessage {
        device_id: DeviceId::truncate(1 << 6),
        ..message(R | L)
    };
    let expected = Some((INVALID_REQUEST, false));
    assert_eq!(response(&mut machine, &message), expected);
    assert_eq!(machine.records()[0].cause, Cause::TtypeDisallowed);
}

/// What wants a response gets it, all else is dropped; each is recorded.
fn check_refusal(machine: &mut Machine, cause: Cause, code: u8) {
    let with_process = code == RESPONSE_FAILURE;
    assert_eq!(
        response(machine, &message(R | L)),
        Some((code, with_process))
    );
    let anonymous = PageRequestMessage {
        process_id: None,
        ..message(W | L)
    };
    assert_eq!(response(machine, &anonymous), Some((code, false)));
    for dropped in [R, L] {
        assert_eq!(response(machine, &message(dropped)), None);
    }
    assert_eq!(machine.read(c::REG_PQT), 0);
    let records = machine.records();
    assert_eq!(records.len(), 4);
    let record = records[0];
    assert_eq!(
        (record.cause, record.ttyp),
        (cause, TransactionType::Message)
    );
    assert_eq!((record.iotval, record.iotval2), (4, 0));
    assert_eq!((record.did, record.process()), (DEVICE, Some(PROCESS)));
    assert!(record.privileged && !records[1].pv && !records[1].privileged);
}

#[test]
fn faults_of_the_context_can_be_hidden() {
    let hidden = Tc {
        en_pri: false,
        dtf: true,
        ..ALLOWED
    };
    let mut machine = machine(hidden);
    let expected = Some((INVALID_REQUEST, false));
    assert_eq!(response(&mut machine, &message(R | L)), expected);
    assert!(machine.records().is_empty());
    let misconfigured = Tc {
        en_ats: false,
        dtf: true,
        ..ALLOWED
    };
    machine.set_context(&context(misconfigured));
    machine.iommu.page_request(&message(R | L));
    assert_eq!(machine.records().len(), 1, "DTF does not hide cause 259");
}

#[test]
fn a_queue_that_is_off_fails() {
    let mut machine = machine(ALLOWED);
    machine.write(c::REG_PQCSR, 0);
    let expected = Some((RESPONSE_FAILURE, true));
    assert_eq!(response(&mut machine, &message(R | L)), expected);
    assert_eq!(response(&mut machine, &message(R)), None);
    assert!(machine.records().is_empty() && !machine.ipsr().pip);
    assert!(!machine.pqcsr().pqof && !machine.pqcsr().pqmf);
}

#[test]
fn a_queue_that_memory_refuses_fails_until_told_otherwise() {
    let mut machine = machine(ALLOWED);
    machine.break_page(Some(REQUESTS));
    let expected = Some((RESPONSE_FAILURE, true));
    assert_eq!(response(&mut machine, &message(R | L)), expected);
    assert!(machine.pqcsr().pqmf && machine.ipsr().pip);
    assert_eq!(machine.read(c::REG_PQT), 0);
    machine.break_page(None);
    assert_eq!(response(&mut machine, &message(R | L)), expected);
    assert!(machine.records().is_empty());
    machine.write(c::REG_PQCSR, 3 | 1 << c::PQCSR_PQMF_BIT);
    assert_eq!(response(&mut machine, &message(R | L)), None);
    assert_eq!(machine.read(c::REG_PQT), 1);
}

#[test]
fn a_full_queue_says_success_until_told_otherwise() {
    let prpr = Tc {
        prpr: true,
        ..ALLOWED
    };
    for (tc, with_process) in [(ALLOWED, false), (prpr, true)] {
        let mut machine = machine(tc);
        for _ in 0..7 {
            assert_eq!(response(&mut machine, &message(R | L)), None);
        }
        assert!(!machine.pqcsr().pqof, "full is no overflow yet");
        let expected = Some((SUCCESS, with_process));
        assert_eq!(response(&mut machine, &message(R | L)), expected);
        assert!(machine.pqcsr().pqof && machine.records().is_empty());
        machine.write(c::REG_PQH, 3);
        assert_eq!(response(&mut machine, &message(R | L)), expected, "still");
        machine.write(c::REG_PQCSR, 3 | 1 << c::PQCSR_PQOF_BIT);
        assert_eq!(response(&mut machine, &message(R | L)), None);
        assert_eq!(machine.read(c::REG_PQT), 0, "around the ring's end");
    }
}

#[test]
fn an_interrupt_for_messages_and_for_errors() {
    let mut machine = machine(ALLOWED);
    machine.iommu.page_request(&message(R));
    machine.write(c::REG_IPSR, 1 << c::IPSR_PIP_BIT);
    assert!(!machine.ipsr().pip, "a message is an event");
    machine.write(c::REG_PQCSR, 1);
    machine.iommu.page_request(&message(R));
    machine.write(c::REG_PQCSR, 3);
    assert!(!machine.ipsr().pip, "an event without pie is forgotten");
    for _ in 0..6 {
        machine.iommu.page_request(&message(R));
    }
    assert!(machine.pqcsr().pqof);
    machine.write(c::REG_IPSR, 1 << c::IPSR_PIP_BIT);
    assert!(machine.ipsr().pip, "an error is a condition");
    machine.write8(c::REG_ICVEC, 9 << c::ICVEC_PIV_LSB);
    assert_eq!(machine.iommu.wires(), 1 << 9);
}

#[test]
fn enabling_the_queue_starts_it_anew() {
    let mut machine = machine(ALLOWED);
    for _ in 0..8 {
        machine.iommu.page_request(&message(R));
    }
    machine.write(c::REG_PQCSR, 0);
    assert!(machine.pqcsr().pqof && !machine.pqcsr().pqon);
    machine.write(c::REG_PQCSR, 1);
    assert!(!machine.pqcsr().pqof && machine.pqcsr().pqon);
    assert_eq!(machine.read(c::REG_PQT), 0);
}

#[test]
fn no_process_context_is_read() {
    let tc = Tc {
        pdtv: true,
        ..ALLOWED
    };
    let mut machine = Machine::new(Design::full());
    let mut dc = context(tc);
    dc.fsc = pd8();
    machine.set_context(&dc);
    machine.break_page(Some(dc.fsc.ppn << 12));
    assert_eq!(response(&mut machine, &message(R | L)), None);
    assert_eq!(machine.read(c::REG_PQT), 1);
}

#[test]
fn a_design_without_ats_has_no_queue() {
    let mut machine = Machine::off(Design::small());
    machine.iommu.page_request(&message(R | L));
    assert!(machine.iommu.take_messages().is_empty());
    assert!(machine.records().is_empty());
    let registers = [c::REG_PQB, c::REG_PQH, c::REG_PQT, c::REG_PQCSR];
    assert_eq!(registers.map(|register| machine.read(register)), [0; 4]);
}
