// SPDX-License-Identifier: Apache-2.0
//! "Debug support": what the translation-request registers answer.

use sallyport_formats::constants as c;
use sallyport_formats::context::Tc;
use sallyport_formats::regs::{TrReqCtl, TrResponse};
use sallyport_formats::{Cause, MsiPte, Pte, Spa, TransactionType};
use sallyport_model::Design;

use crate::machine::{DEVICE, FIRST, MSI_TABLE, Machine, context, flat, sv39, sv39x4};

fn ask(machine: &mut Machine, iova: u64, control: TrReqCtl) -> TrResponse {
    machine.write8(c::REG_TR_REQ_IOVA, iova);
    let control = TrReqCtl {
        go_busy: true,
        did: DEVICE,
        ..control
    };
    machine.write8(c::REG_TR_REQ_CTL, control.emit());
    let after = TrReqCtl::parse(machine.read8(c::REG_TR_REQ_CTL));
    assert!(!after.go_busy);
    TrResponse::parse(machine.read8(c::REG_TR_RESPONSE))
}

const READ: TrReqCtl = TrReqCtl { nw: true, ..WRITE };
const WRITE: TrReqCtl = TrReqCtl {
    go_busy: false,
    privileged: false,
    exe: false,
    nw: false,
    pid: sallyport_formats::ProcessId::truncate(0),
    pv: false,
    custom: 0,
    did: DEVICE,
};

/// Sv39 alone: page 0 of 4 KiB, and 2 MiB at 2 MiB, read-only.
fn machine() -> Machine {
    let mut machine = Machine::new(Design::full());
    machine.map_page_0();
    let large = Pte {
        v: true,
        r: true,
        u: true,
        a: true,
        ppn: 0x8_0000,
        ..Pte::default()
    };
    machine.put_words(FIRST + 0x1008, &[large.emit()]);
    let mut dc = context(Tc::default());
    dc.fsc = sv39();
    machine.set_context(&dc);
    machine
}

#[test]
fn pages_and_superpages() {
    let mut machine = machine();
    let page = ask(&mut machine, 0, WRITE);
    assert_eq!((page.fault, page.s, page.ppn), (false, false, 0));
    let large = ask(&mut machine, 0x20_5000, READ);
    assert_eq!((large.fault, large.s), (false, true));
    assert_eq!((large.ppn, large.size()), (0x8_00ff, Some(2 << 20)));
    assert!(machine.records().is_empty());
}

#[test]
fn faults_are_reported_as_of_an_untranslated_request() {
    let mut machine = machine();
    assert!(ask(&mut machine, 0x20_5000, WRITE).fault, "read-only");
    let exec = TrReqCtl { exe: true, ..READ };
    assert!(ask(&mut machine, 0, exec).fault);
    let records = machine.records();
    let seen: Vec<_> = records
        .iter()
        .map(|record| (record.cause, record.ttyp))
        .collect();
    assert_eq!(
        seen,
        [
            (Cause::WritePageFault, TransactionType::UntranslatedWrite),
            (
                Cause::InstructionPageFault,
                TransactionType::UntranslatedExec
            ),
        ]
    );
    assert_eq!((records[0].did, records[0].iotval), (DEVICE, 0x20_5000));
}

#[test]
fn privilege_needs_a_process() {
    let mut machine = machine();
    let privileged = TrReqCtl {
        privileged: true,
        ..READ
    };
    assert!(!ask(&mut machine, 0, privileged).fault, "a user's page");
}

#[test]
fn an_interrupt_file_in_memory_is_no_address() {
    let mut machine = Machine::new(Design::full());
    let mut dc = context(Tc::default());
    dc.iohgatp = sv39x4();
    dc.msiptp = flat();
    dc.msi_addr_pattern = 0x100;
    machine.set_context(&dc);
    let mrif = MsiPte::Mrif {
        file: Spa::new(0xa0_0000),
        nid: 1,
        notice_ppn: 0xb00,
    };
    machine.put_words(MSI_TABLE, &mrif.emit());
    assert!(ask(&mut machine, 0x10_0000, WRITE).fault);
    let [record] = machine.records()[..] else {
        panic!("one record");
    };
    assert_eq!(record.cause, Cause::TtypeDisallowed);
}

#[test]
fn the_registers_exist_with_the_capability() {
    let mut machine = Machine::off(Design::small());
    machine.write8(c::REG_TR_REQ_IOVA, u64::MAX);
    machine.write8(c::REG_TR_REQ_CTL, u64::MAX);
    let registers = [c::REG_TR_REQ_IOVA, c::REG_TR_REQ_CTL, c::REG_TR_RESPONSE];
    assert_eq!(registers.map(|register| machine.read8(register)), [0; 3]);
}
