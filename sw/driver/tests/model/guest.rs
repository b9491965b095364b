// SPDX-License-Identifier: Apache-2.0
//! A guest with a device of its own: it maps, the host is not asked.

use sallyport_driver::{FirstStageTable, Memory, Permissions, SecondStageTable};
use sallyport_formats::{Cause, FirstStage, Gpa, Gscid, Iova, SecondStage, Spa};
use sallyport_model::{Access, Answer, Request};

use crate::machine::{DEVICE, GuestRam, Machine, context};

const IOVA: u64 = 0x7_0000;

#[test]
fn a_guest_reaches_its_own_memory_and_no_other() {
    let mut machine = Machine::new();
    let second = SecondStageTable::new(&mut machine.ram, SecondStage::Sv48x4).unwrap();
    let mut guest = GuestRam::new(&machine.ram, second, 0x4000_0000);
    let first = FirstStageTable::new(&mut guest, FirstStage::Sv39).unwrap();
    let mut dc = context();
    dc.iohgatp = second.iohgatp(Gscid::from(1));
    dc.fsc = first.fsc();
    machine.attach(&dc);
    let before = machine.ram.allocated();

    let buffer = guest.allocate(0x4000).unwrap();
    let at = Iova::new(IOVA);
    first
        .map(&mut guest, at, buffer, 0x4000, Permissions::RW)
        .unwrap();
    for page in 0..4 {
        let offset = page * 0x1000 + 0x10;
        guest.write64(Spa::new(buffer.raw() + offset), offset);
        let request = Request::untranslated(DEVICE, Access::Read, Iova::new(IOVA + offset), 8);
        let Answer::Translated(found) = machine.request(&request) else {
            panic!("page {page} is mapped");
        };
        assert_eq!(machine.ram.read64(found.address), offset);
    }
    // Three pages more than its buffer has, it maps the host's own memory:
    // for the second stage that is an address like any other, not mapped.
    let host = machine.ram.allocate(0x1000).unwrap();
    let trick = Iova::new(IOVA + 0x10_0000);
    first
        .map(&mut guest, trick, host, 0x1000, Permissions::RW)
        .unwrap();
    machine.request(&Request::untranslated(DEVICE, Access::Write, trick, 4));
    let fault = machine.fault().unwrap();
    assert_eq!(fault.cause, Cause::WriteGuestPageFault);
    assert!(!fault.is_implicit());
    assert_eq!(fault.guest_address(), Gpa::new(host.raw()));
    // Where the guest itself maps nothing, the fault is the guest's.
    let nowhere = Iova::new(IOVA + 0x20_0000);
    machine.request(&Request::untranslated(DEVICE, Access::Write, nowhere, 4));
    assert_eq!(machine.fault().unwrap().cause, Cause::WritePageFault);
    assert!(machine.ram.allocated() > before);
}
