// SPDX-License-Identifier: Apache-2.0
//! The performance monitor.

use sallyport_formats::constants as c;
use sallyport_formats::context::Tc;
use sallyport_formats::regs::{DdtpMode, Iohpmevt, iohpmctr, iohpmevt};
use sallyport_formats::{DeviceId, Iova, ProcessId};
use sallyport_model::{Access, Answer, Design, PageRequestMessage, Request, RequestKind};

use crate::machine::{DEVICE, Machine, PROCESSES, context, pd8, process, sv39, sv39x4};

const PROCESS: ProcessId = ProcessId::truncate(1);

/// Counter n counts event n, from 1 to 8.
fn count_everything(machine: &mut Machine) {
    for event in 1..=8 {
        machine.write8(iohpmevt(event), event);
    }
}

fn counts(machine: &Machine) -> [u64; 8] {
    std::array::from_fn(|n| machine.read8(iohpmctr(n as u64 + 1)))
}

fn read() -> Request {
    Request::untranslated(DEVICE, Access::Read, Iova::new(0), 4)
}

/// Both stages and a process directory, which lies in page 0 for the guest.
fn machine() -> Machine {
    let mut machine = Machine::new(Design::full());
    machine.map_page_0();
    let mut dc = context(Tc {
        en_ats: true,
        pdtv: true,
        ..Tc::default()
    });
    dc.iohgatp = sv39x4();
    dc.iohgatp.gscid = sallyport_formats::Gscid::truncate(3);
    dc.fsc = pd8();
    dc.fsc.ppn = 0;
    machine.set_context(&dc);
    let mut pc = process();
    pc.ta.pscid = sallyport_formats::Pscid::truncate(9);
    machine.put_words(16 * u64::from(PROCESS.raw()), &pc.emit());
    machine
}

#[test]
fn what_each_event_counts() {
    let mut machine = machine();
    count_everything(&mut machine);
    let request = Request {
        process_id: Some(PROCESS),
        ..read()
    };
    let translation = machine.iommu.request(&request);
    assert!(
        matches!(translation.answer, Answer::Translated(_)),
        "{translation:?}"
    );
    // A context; a process context, three PTEs, the page: five addresses that
    // the second stage translates, with two entries each (2 MiB pages).
    assert_eq!(counts(&machine), [1, 0, 0, 1, 1, 1, 3, 10]);
    let asks = Request {
        kind: RequestKind::TranslationRequest,
        ..request
    };
    machine.iommu.request(&asks);
    assert_eq!(counts(&machine), [1, 0, 1, 2, 2, 2, 6, 20]);
    let translated = Request {
        kind: RequestKind::Translated,
        ..request
    };
    machine.iommu.request(&translated);
    assert_eq!(counts(&machine), [1, 1, 1, 2, 3, 2, 6, 20], "no lookup");
}

#[test]
fn requests_count_whatever_comes_of_them() {
    for mode in [DdtpMode::Off, DdtpMode::Bare, DdtpMode::OneLevel] {
        let mut machine = Machine::off(Design::full());
        machine.set_mode(mode);
        count_everything(&mut machine);
        for kind in [
            RequestKind::Untranslated,
            RequestKind::Translated,
            RequestKind::TranslationRequest,
        ] {
            machine.iommu.request(&Request { kind, ..read() });
        }
        assert_eq!(counts(&machine)[..4], [1, 1, 1, 0]);
    }
}

#[test]
fn debug_requests_count_as_untranslated_ones() {
    let mut machine = machine();
    count_everything(&mut machine);
    let control = u64::from(DEVICE.raw()) << c::TR_REQ_CTL_DID_LSB | 1 << c::TR_REQ_CTL_NW_BIT | 1;
    machine.write8(c::REG_TR_REQ_CTL, control);
    assert_eq!(counts(&machine)[0], 1);
}

#[test]
fn page_requests_walk_the_device_directory() {
    let mut machine = machine();
    count_everything(&mut machine);
    machine.iommu.page_request(&PageRequestMessage {
        device_id: DEVICE,
        process_id: None,
        privileged: false,
        exec: false,
        payload: 1,
    });
    assert_eq!(counts(&machine), [0, 0, 0, 0, 1, 0, 0, 0]);
}

#[test]
fn filters_by_guest_and_process() {
    let mut machine = machine();
    let by_space = |event, gscid, pscid| {
        Iohpmevt {
            event_id: event,
            idt: true,
            dv_gscv: true,
            did_gscid: gscid,
            pv_pscv: true,
            pid_pscid: pscid,
            ..Iohpmevt::default()
        }
        .emit()
    };
    machine.write8(iohpmevt(1), by_space(8, 3, 9));
    machine.write8(iohpmevt(2), by_space(8, 3, 8));
    machine.write8(iohpmevt(3), by_space(7, 3, 9));
    machine.write8(iohpmevt(4), by_space(1, 3, 9));
    machine.write8(iohpmevt(5), by_space(4, 3, 9));
    let request = Request {
        process_id: Some(PROCESS),
        ..read()
    };
    machine.iommu.request(&request);
    // Of the second stage's reads, those for the process context do not count:
    // which address space it is nobody knows yet.
    assert_eq!(counts(&machine)[..5], [8, 0, 3, 0, 1]);
}

#[test]
fn filters_by_device_and_process_id() {
    let mut machine = machine();
    let selector = |did: u32, pid| {
        Iohpmevt {
            event_id: c::HPM_EVENT_UNTRANSLATED as u16,
            dmask: true,
            dv_gscv: true,
            did_gscid: did,
            pv_pscv: true,
            pid_pscid: pid,
            ..Iohpmevt::default()
        }
        .emit()
    };
    machine.write8(iohpmevt(1), selector(0x3, 1));
    machine.write8(iohpmevt(2), selector(0x1, 1));
    machine.write8(iohpmevt(3), selector(0x3, 0));
    machine.iommu.request(&read());
    machine.iommu.request(&Request {
        process_id: Some(PROCESS),
        ..read()
    });
    assert_eq!(
        counts(&machine)[..3],
        [1, 0, 0],
        "devices 0 to 7 and 0 to 3"
    );
}

#[test]
fn overflow_sets_of_and_interrupts_once() {
    let mut machine = machine();
    machine.write8(iohpmevt(2), c::HPM_EVENT_UNTRANSLATED);
    machine.write8(iohpmctr(2), u64::MAX);
    machine.iommu.request(&read());
    assert_eq!(machine.read8(iohpmctr(2)), 0);
    assert_eq!(machine.read8(iohpmevt(2)) >> 63, 1);
    assert_eq!(machine.read(c::REG_IOCOUNTOVF), 1 << 2);
    assert!(machine.ipsr().pmip);
    machine.write(c::REG_IPSR, 1 << c::IPSR_PMIP_BIT);
    assert!(!machine.ipsr().pmip, "an event, not a condition");
    machine.write8(iohpmctr(2), u64::MAX);
    machine.iommu.request(&read());
    assert_eq!(machine.read8(iohpmctr(2)), 0, "it goes on counting");
    assert!(!machine.ipsr().pmip, "OF was 1");
}

#[test]
fn software_that_sets_of_gets_no_interrupt() {
    let mut machine = machine();
    machine.write8(iohpmevt(1), 1 << c::IOHPMEVT_OF_BIT);
    machine.write8(c::REG_IOHPMCYCLES, 1 << c::IOHPMCYCLES_OF_BIT);
    assert_eq!(machine.read(c::REG_IOCOUNTOVF), 0b11);
    assert!(!machine.ipsr().pmip);
    machine.write(c::REG_IOCOUNTOVF, 0);
    assert_eq!(machine.read(c::REG_IOCOUNTOVF), 0b11, "read only");
}

#[test]
fn cycles_count_and_overflow() {
    let mut machine = machine();
    machine.write8(c::REG_ICVEC, 6 << c::ICVEC_PMIV_LSB);
    machine.write8(c::REG_IOHPMCYCLES, u64::MAX >> 1);
    machine.iommu.advance(3);
    assert_eq!(machine.read8(c::REG_IOHPMCYCLES), 1 << 63 | 2);
    assert_eq!(machine.read(c::REG_IOCOUNTOVF), 1);
    assert!(machine.ipsr().pmip);
    assert_eq!(machine.iommu.wires(), 1 << 6);
}

#[test]
fn inhibited_counters_stand_still() {
    let mut machine = machine();
    count_everything(&mut machine);
    machine.write(c::REG_IOCOUNTINH, 0b11);
    machine.iommu.advance(7);
    machine.iommu.request(&read());
    assert_eq!(
        (counts(&machine)[0], machine.read8(c::REG_IOHPMCYCLES)),
        (0, 0)
    );
    assert_eq!(counts(&machine)[4], 1, "the others go on");
    machine.write(c::REG_IOCOUNTINH, 0);
    machine.iommu.request(&read());
    assert_eq!(counts(&machine)[0], 1);
}

#[test]
fn a_new_event_keeps_the_count() {
    let mut machine = machine();
    machine.write8(iohpmevt(1), c::HPM_EVENT_UNTRANSLATED);
    machine.iommu.request(&read());
    for event in [0, c::HPM_EVENT_DDT_WALK] {
        machine.write(iohpmevt(1), event);
        assert_eq!(counts(&machine)[0], 1);
    }
    machine.write(iohpmevt(1), 9);
    assert_eq!(machine.read(iohpmevt(1)), c::HPM_EVENT_DDT_WALK, "reserved");
}

#[test]
fn counters_that_a_design_lacks() {
    let design = Design {
        hpm_counters: 7,
        hpm_counter_bits: 32,
        ..Design::full()
    };
    let mut machine = Machine::off(design);
    for register in [iohpmctr(7), iohpmctr(8), iohpmevt(7), iohpmevt(8)] {
        machine.write8(register, !0x7fff | 1);
    }
    machine.write(c::REG_IOCOUNTINH, u64::MAX);
    assert_eq!(machine.read8(iohpmctr(7)), 0xffff_8001);
    assert_eq!(machine.read8(iohpmevt(7)), !0x7fff | 1);
    assert_eq!(
        [iohpmctr(8), iohpmevt(8)].map(|at| machine.read8(at)),
        [0; 2]
    );
    assert_eq!(machine.read(c::REG_IOCOUNTINH), 0xff);
    let mut none = Machine::off(Design::small());
    for register in (c::REG_IOCOUNTOVF..c::REG_TR_REQ_IOVA).step_by(8) {
        none.write8(register, u64::MAX);
        assert_eq!(none.read8(register), 0, "{register:#x}");
    }
}

#[test]
fn a_narrow_counter_overflows_at_its_width() {
    let design = Design {
        hpm_counter_bits: 32,
        ..Design::full()
    };
    let mut machine = Machine::off(design);
    machine.write8(iohpmevt(1), c::HPM_EVENT_UNTRANSLATED);
    machine.write8(iohpmctr(1), 0xffff_ffff);
    machine.iommu.request(&read());
    assert_eq!(machine.read8(iohpmctr(1)), 0);
    assert!(machine.ipsr().pmip);
}

#[test]
fn without_a_process_there_is_no_match_with_process_0() {
    let mut machine = Machine::new(Design::full());
    machine.map_page_0();
    let mut dc = context(Tc {
        pdtv: true,
        dpe: true,
        ..Tc::default()
    });
    dc.fsc = pd8();
    machine.set_context(&dc);
    machine.put_words(PROCESSES, &process().emit());
    let of_process_0 = Iohpmevt {
        event_id: c::HPM_EVENT_UNTRANSLATED as u16,
        pv_pscv: true,
        ..Iohpmevt::default()
    };
    machine.write8(iohpmevt(1), of_process_0.emit());
    machine.iommu.request(&read());
    assert_eq!(counts(&machine)[0], 0, "the default process of DPE");
}

#[test]
fn one_stage_has_no_guest() {
    let mut machine = Machine::new(Design::full());
    machine.map_page_0();
    let mut dc = context(Tc::default());
    dc.fsc = sv39();
    machine.set_context(&dc);
    let of_guest_0 = Iohpmevt {
        event_id: c::HPM_EVENT_FIRST_STAGE_WALK as u16,
        idt: true,
        dv_gscv: true,
        ..Iohpmevt::default()
    };
    machine.write8(iohpmevt(1), of_guest_0.emit());
    let of_process_0 = Iohpmevt {
        dv_gscv: false,
        pv_pscv: true,
        ..of_guest_0
    };
    machine.write8(iohpmevt(2), of_process_0.emit());
    machine.iommu.request(&read());
    assert_eq!(counts(&machine)[..2], [0, 3]);
    let other = Request {
        device_id: DeviceId::truncate(6),
        ..read()
    };
    machine.iommu.request(&other);
    assert_eq!(counts(&machine)[..2], [0, 3]);
}
