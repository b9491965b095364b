// SPDX-License-Identifier: Apache-2.0
//! Memory-resident interrupt files and their notices.

use sallyport_formats::context::Tc;
use sallyport_formats::{Cause, Iova, MsiPte, Spa, TransactionType};
use sallyport_model::{Access, Answer, Design, InterruptFileWrite, Request};

use crate::machine::{DEVICE, MSI_TABLE, Machine, context, flat, sv39x4};

/// The guest's interrupt files: pages 0x100 and 0x101.
const FILE_PAGE: u64 = 0x10_1000;
const FILE: u64 = 0xa0_0200;
const NOTICE: u64 = 0xb0_0000;
const NID: u16 = 0x7fe;

fn machine(tc: Tc) -> Machine {
    let mut machine = Machine::new(Design::full());
    let mut dc = context(tc);
    dc.iohgatp = sv39x4();
    dc.msiptp = flat();
    dc.msi_addr_mask = 1;
    dc.msi_addr_pattern = 0x100;
    machine.set_context(&dc);
    let mrif = MsiPte::Mrif {
        file: Spa::new(FILE),
        nid: NID,
        notice_ppn: NOTICE >> 12,
    };
    machine.put_words(MSI_TABLE + 16, &mrif.emit());
    machine
}

fn write(machine: &mut Machine, offset: u64, data: &[u8]) -> InterruptFileWrite {
    let iova = Iova::new(FILE_PAGE + offset);
    let request = Request::untranslated(DEVICE, Access::Write, iova, data.len() as u32);
    let (translation, outcome) = machine.iommu.write(&request, data);
    assert!(matches!(translation.answer, Answer::Mrif(_)));
    outcome.expect("it is an interrupt file")
}

#[test]
fn pending_bits_and_the_notice() {
    for identity in [0u32, 1, 63, 64, 2047] {
        let mut machine = machine(Tc::default());
        let at = FILE + u64::from(identity / 64) * 16;
        machine.put_words(at, &[1 << 40, 0x55]);
        let outcome = write(&mut machine, 0, &identity.to_le_bytes());
        assert_eq!(outcome, InterruptFileWrite::Recorded);
        let pending = 1 << 40 | 1 << (identity % 64);
        assert_eq!((machine.word(at), machine.word(at + 8)), (pending, 0x55));
        assert_eq!(machine.word(NOTICE), u64::from(NID));
    }
}

#[test]
fn big_endian_messages_at_offset_4() {
    let mut machine = machine(Tc::default());
    let outcome = write(&mut machine, 4, &65u32.to_be_bytes());
    assert_eq!(outcome, InterruptFileWrite::Recorded);
    assert_eq!(machine.word(FILE + 16), 2);
    assert_eq!(machine.bytes::<4>(NOTICE), u32::from(NID).to_le_bytes());
}

#[test]
fn what_is_no_message_is_discarded() {
    let mut machine = machine(Tc::default());
    for (offset, data) in [(8, 1u32), (0xffc, 1), (0, 2048), (0, 1 << 31)] {
        let outcome = write(&mut machine, offset, &data.to_le_bytes());
        assert_eq!(outcome, InterruptFileWrite::Discarded, "{data:#x}");
    }
    assert_eq!((machine.word(FILE), machine.word(NOTICE)), (0, 0));
    assert!(machine.records().is_empty());
}

#[test]
fn other_sizes_are_aborted() {
    let mut machine = machine(Tc::default());
    for (offset, data) in [(0, &[1u8, 0][..]), (0, &[1; 8]), (2, &[1; 4]), (1, &[1])] {
        let outcome = write(&mut machine, offset, data);
        assert_eq!(outcome, InterruptFileWrite::Aborted);
    }
    assert_eq!((machine.word(FILE), machine.word(NOTICE)), (0, 0));
}

#[test]
fn files_that_memory_refuses() {
    let mut machine = machine(Tc::default());
    machine.break_page(Some(FILE & !0xfff));
    let outcome = write(&mut machine, 0, &[1, 0, 0, 0]);
    assert_eq!(outcome, InterruptFileWrite::Faulted(Cause::MrifAccessFault));
    machine.break_page(None);
    let file = Spa::new(FILE)..Spa::new(FILE + 512);
    machine.iommu.memory_mut().set_poison(&[file]);
    let outcome = write(&mut machine, 0, &[1, 0, 0, 0]);
    assert_eq!(outcome, InterruptFileWrite::Faulted(Cause::MrifCorrupted));
    assert_eq!(machine.word(NOTICE), 0, "no notice of what is not recorded");
    let records = machine.records();
    let causes: Vec<_> = records.iter().map(|record| record.cause).collect();
    assert_eq!(causes, [Cause::MrifAccessFault, Cause::MrifCorrupted]);
    assert_eq!(records[0].ttyp, TransactionType::UntranslatedWrite);
    assert_eq!((records[0].did, records[0].iotval), (DEVICE, FILE_PAGE));
}

#[test]
fn dtf_hides_them() {
    let mut machine = machine(Tc {
        dtf: true,
        ..Tc::default()
    });
    machine.break_page(Some(FILE & !0xfff));
    write(&mut machine, 0, &[1, 0, 0, 0]);
    assert!(machine.records().is_empty());
}

#[test]
fn a_notice_that_memory_refuses_is_reported_without_a_device() {
    let mut machine = machine(Tc {
        dtf: true,
        ..Tc::default()
    });
    machine.break_page(Some(NOTICE));
    let outcome = write(&mut machine, 0, &[1, 0, 0, 0]);
    assert_eq!(outcome, InterruptFileWrite::Recorded);
    assert_eq!(machine.word(FILE), 2);
    let [record] = machine.records()[..] else {
        panic!("one record, whatever DTF says");
    };
    assert_eq!(record.cause, Cause::MsiWriteAccessFault);
    assert_eq!(record.ttyp, TransactionType::None);
    assert_eq!((record.did.raw(), record.iotval), (0, NOTICE));
}
