// SPDX-License-Identifier: Apache-2.0
//! Counters, and questions for debug.

use sallyport_driver::{Config, DebugAccess, DebugRequest, Error, FirstStageTable, Permissions};
use sallyport_formats::constants as c;
use sallyport_formats::regs::{Iocount, Iohpmcycles, Iohpmevt};
use sallyport_formats::{Cause, FirstStage, Iova, Spa};
use sallyport_model::{Access, Design, Request};

use crate::machine::{DEVICE, Machine, context, run};

fn selector(event: u64) -> Iohpmevt {
    Iohpmevt {
        event_id: event as u16,
        ..Iohpmevt::default()
    }
}

fn read() -> Request {
    Request::untranslated(DEVICE, Access::Read, Iova::new(0x1000), 4)
}

#[test]
fn events_are_counted_and_overflow() {
    let design = Design {
        hpm_counters: 7,
        ..Design::full()
    };
    let mut machine = Machine::of(design, &Config::default());
    let iommu = &mut machine.iommu;
    assert_eq!(run(iommu.counters()), 7);
    let event = selector(c::HPM_EVENT_UNTRANSLATED);
    run(iommu.count(7, event, u64::MAX)).unwrap();
    for n in [0, 8, 31] {
        let refused = run(iommu.count(n, event, 0));
        assert!(matches!(refused, Err(Error::Unsupported(_))));
    }
    let unknown = run(iommu.count(1, selector(99), 0));
    assert!(matches!(unknown, Err(Error::Unsupported(_))));
    machine.request(&read());
    machine.request(&read());
    let iommu = &mut machine.iommu;
    assert_eq!(run(iommu.counted(7)), 1);
    assert_eq!(run(iommu.overflowed()).hpm, 1 << 6);
    assert!(run(iommu.pending_interrupts()).pmip);
}

#[test]
fn cycles_can_be_held() {
    let mut machine = Machine::new();
    let start = Iohpmcycles {
        counter: 100,
        of: false,
    };
    run(machine.iommu.set_cycles(start));
    machine.model.0.borrow_mut().advance(5);
    let held = Iocount {
        cy: true,
        ..Iocount::default()
    };
    run(machine.iommu.inhibit(held));
    machine.model.0.borrow_mut().advance(5);
    assert_eq!(run(machine.iommu.cycles()).counter, 105);
}

#[test]
fn a_design_without_counters_has_none() {
    let mut machine = Machine::of(Design::small(), &Config::default());
    assert_eq!(run(machine.iommu.counters()), 0);
    let refused = run(machine.iommu.ask(&question(DebugAccess::Read, 0)));
    assert!(matches!(refused, Err(Error::Unsupported(_))));
}

fn question(access: DebugAccess, at: u64) -> DebugRequest {
    DebugRequest {
        device: DEVICE,
        process: None,
        privileged: false,
        access,
        iova: Iova::new(at),
    }
}

#[test]
fn questions_are_answered() {
    let mut machine = Machine::new();
    let table = FirstStageTable::new(&mut machine.ram, FirstStage::Sv39).unwrap();
    let to = Spa::new(0x8020_0000);
    table
        .map(
            &mut machine.ram,
            Iova::new(0x20_0000),
            to,
            0x20_0000,
            Permissions::R,
        )
        .unwrap();
    let mut dc = context();
    dc.fsc = table.fsc();
    machine.attach(&dc);
    let found = run(machine.iommu.ask(&question(DebugAccess::Read, 0x20_3000))).unwrap();
    assert!(!found.fault);
    assert_eq!(found.size(), Some(2 << 20));
    for (access, cause) in [
        (DebugAccess::Write, Cause::WritePageFault),
        (DebugAccess::Execute, Cause::InstructionPageFault),
    ] {
        let refused = run(machine.iommu.ask(&question(access, 0x20_3000))).unwrap();
        assert!(refused.fault);
        assert_eq!(machine.fault().unwrap().cause, cause);
    }
}
