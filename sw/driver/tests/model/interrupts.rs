// SPDX-License-Identifier: Apache-2.0
//! MSI page tables and memory-resident interrupt files.

use sallyport_driver::{
    Error, InterruptFile, Memory, MsiTable, MsiWindow, Permissions, SecondStageTable,
};
use sallyport_formats::{Cause, Endian, Gpa, Gscid, Iova, MsiPte, SecondStage, Spa};
use sallyport_model::{Access, Answer, InterruptFileWrite, Request};

use crate::machine::{DEVICE, Machine, context};

/// Four files: pages 0x28000, 0x28001, 0x28100, 0x28101.
const WINDOW: MsiWindow = MsiWindow {
    mask: 0x101,
    pattern: 0x2_8000,
};
const GUEST: Gscid = Gscid::truncate(1);

fn file(n: u64) -> Gpa {
    WINDOW.page(n).unwrap()
}

fn write(at: u64) -> Request {
    Request::untranslated(DEVICE, Access::Write, Iova::new(at), 4)
}

fn machine() -> (Machine, MsiTable) {
    let mut machine = Machine::new();
    let second = SecondStageTable::new(&mut machine.ram, SecondStage::Sv39x4).unwrap();
    // A large page around the window: the MSI page table goes first.
    second
        .map(
            &mut machine.ram,
            Gpa::new(0x2800_0000),
            Spa::new(0x2800_0000),
            0x20_0000,
            Permissions::RW,
        )
        .unwrap();
    let table = MsiTable::new(&mut machine.ram, WINDOW, Endian::Little).unwrap();
    let mut dc = context();
    dc.iohgatp = second.iohgatp(GUEST);
    machine.attach(&table.in_context(dc));
    (machine, table)
}

#[test]
fn windows_number_their_files() {
    assert_eq!(WINDOW.files(), 4);
    for (n, page) in [0x2_8000, 0x2_8001, 0x2_8100, 0x2_8101]
        .into_iter()
        .enumerate()
    {
        let page = Gpa::from_page_number(page).unwrap();
        assert_eq!(WINDOW.page(n as u64), Some(page));
        assert_eq!(WINDOW.file(page), Some(n as u64));
    }
    assert_eq!(WINDOW.page(4), None);
    assert_eq!(WINDOW.file(Gpa::new(0x2800_2000)), None);
    let one = MsiWindow {
        mask: 0,
        pattern: 5,
    };
    assert_eq!((one.files(), one.file(Gpa::new(0x5fff))), (1, Some(0)));
}

#[test]
fn messages_to_interrupt_files() {
    let (mut machine, table) = machine();
    for n in 0..4 {
        let entry = MsiPte::Basic { ppn: 0x3_0000 + n };
        assert_eq!(
            table.set(&mut machine.ram, file(n), entry),
            Ok(MsiPte::Invalid)
        );
        let Answer::Translated(found) = machine.request(&write(file(n).raw())) else {
            panic!("file {n} is mapped");
        };
        assert_eq!(found.address, Spa::new((0x3_0000 + n) << 12));
        assert!(found.msi);
    }
    let Answer::Translated(beside) = machine.request(&write(0x2800_2000)) else {
        panic!("an ordinary page");
    };
    assert_eq!(beside.address, Spa::new(0x2800_2000));
    assert!(!beside.msi);
}

#[test]
fn entries_come_and_go() {
    let (mut machine, table) = machine();
    machine.request(&write(file(2).raw()));
    assert_eq!(machine.fault().unwrap().cause, Cause::MsiPteInvalid);
    let entry = MsiPte::Basic { ppn: 7 };
    table.set(&mut machine.ram, file(2), entry).unwrap();
    assert_eq!(table.get(&machine.ram, file(2)), Ok(entry));
    assert_eq!(
        table.set(&mut machine.ram, file(2), MsiPte::Invalid),
        Ok(entry)
    );
    machine
        .submit([MsiTable::invalidation(GUEST, file(2))])
        .unwrap();
    machine.request(&write(file(2).raw()));
    assert_eq!(machine.fault().unwrap().cause, Cause::MsiPteInvalid);
    let outside = table.set(&mut machine.ram, Gpa::new(0x1000), entry);
    assert_eq!(outside, Err(Error::AddressRange(0x1000)));
}

#[test]
fn messages_to_memory_with_their_notice() {
    let (mut machine, table) = machine();
    let page = machine.ram.allocate(0x1000).unwrap();
    let notice = machine.ram.allocate(0x1000).unwrap();
    let resident = InterruptFile::at(Spa::new(page.raw() + 512)).unwrap();
    let entry = resident.entry(0x7ff, notice).unwrap();
    table.set(&mut machine.ram, file(1), entry).unwrap();
    let request = write(file(1).raw());
    for identity in [70u32, 1] {
        let mut hardware = machine.model.0.borrow_mut();
        let (_, outcome) = hardware.write(&request, &identity.to_le_bytes());
        assert_eq!(outcome, Some(InterruptFileWrite::Recorded));
    }
    let ram = &mut machine.ram;
    assert_eq!(ram.read32(notice), 0x7ff);
    assert!(resident.is_pending(ram, 70) && resident.is_pending(ram, 1));
    assert_eq!(resident.next(ram, 0), None, "none is enabled");
    resident.enable(ram, 70, true);
    resident.enable(ram, 1, true);
    assert_eq!(resident.next(ram, 0), Some(1));
    assert_eq!(resident.next(ram, 2), Some(70));
    assert!(resident.take(ram, 1) && !resident.take(ram, 1));
    assert_eq!(resident.next(ram, 0), Some(70));
    resident.enable(ram, 70, false);
    assert_eq!(resident.next(ram, 0), None);
}

#[test]
fn what_a_memory_resident_file_cannot_be() {
    assert_eq!(
        InterruptFile::at(Spa::new(0x100)),
        Err(Error::Unaligned(0x100))
    );
    let resident = InterruptFile::at(Spa::new(0x200)).unwrap();
    assert!(matches!(
        resident.entry(0x800, Spa::ZERO),
        Err(Error::OutOfRange(_))
    ));
    assert_eq!(
        resident.entry(1, Spa::new(0x10)),
        Err(Error::Unaligned(0x10))
    );
    let (mut machine, table) = machine();
    let crooked = MsiPte::Mrif {
        file: Spa::new(0x100),
        nid: 1,
        notice_ppn: 1,
    };
    let refused = table.set(&mut machine.ram, file(0), crooked);
    assert_eq!(refused, Err(Error::Unaligned(0x100)));
    table.free(&mut machine.ram);
}
