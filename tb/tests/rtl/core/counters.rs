// SPDX-License-Identifier: Apache-2.0
//! "Performance-monitoring" counters: what they count, for whom, and what
//! happens when they overflow.

use super::requests::ask;
use crate::support::{PageTable, Rig, builds, context, leaf};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_formats::regs::{Icvec, Iohpmevt};
use sallyport_formats::{FirstStage, ProcessId, Pte, constants as c};
use sallyport_model::{Access, Request, RequestKind};

const PMIP: u32 = 1 << c::IPSR_PMIP_BIT;
const PMIV: u8 = 4;
const IOVA: u64 = 0x4020_3000;
/// A range of eight holds three of these.
const DEVICES: [u32; 4] = [0x20, 0x21, 0x27, 0x28];

fn event(event_id: u64) -> Iohpmevt {
    Iohpmevt {
        event_id: event_id as u16,
        ..Iohpmevt::default()
    }
}

impl Rig<CoreSystem> {
    /// Programs counter `number`, from 1, and sets it to `value`.
    fn count(&mut self, number: u64, selector: Iohpmevt, value: u64) {
        let offset = 8 * (number - 1);
        self.write64(c::REG_IOHPMEVT_BASE + offset, selector.emit());
        self.write64(c::REG_IOHPMCTR_BASE + offset, value);
    }

    fn counter(&mut self, number: u64) -> u64 {
        self.read64(c::REG_IOHPMCTR_BASE + 8 * (number - 1))
    }

    fn selector(&mut self, number: u64) -> Iohpmevt {
        Iohpmevt::parse(self.read64(c::REG_IOHPMEVT_BASE + 8 * (number - 1)))
    }

    fn inhibit(&mut self, counters: u32) {
        self.write32(c::REG_IOCOUNTINH, counters);
    }
}

/// Interrupts by wire, on a vector of their own.
fn rig(build: Build) -> Rig<CoreSystem> {
    let mut rig = Rig::core(build, 60);
    rig.write32(c::REG_FCTL, 1 << c::FCTL_WSI_BIT);
    let icvec = Icvec {
        pmiv: PMIV,
        ..Icvec::default()
    };
    rig.write64(c::REG_ICVEC, icvec.emit());
    rig.start_queues();
    rig.set_levels(1);
    rig
}

/// One request of each kind, each with and without a process, of each device.
fn requests() -> Vec<Request> {
    let kinds = [
        RequestKind::Untranslated,
        RequestKind::Translated,
        RequestKind::TranslationRequest,
    ];
    let mut requests = Vec::new();
    for device in DEVICES {
        for (n, kind) in kinds.into_iter().enumerate() {
            for process in [None, Some(7), Some(9)] {
                // Two untranslated, three translated and so on, to tell them apart.
                for _ in 0..n + 2 {
                    requests.push(Request {
                        kind,
                        process_id: process.map(ProcessId::truncate),
                        ..ask(device, Access::Read, IOVA)
                    });
                }
            }
        }
    }
    requests
}

#[test]
fn requests_are_counted_by_kind_whatever_becomes_of_them() {
    let mut rig = rig(Build::Default);
    for number in 1..=3 {
        rig.count(number, event(number), 0);
    }
    rig.answers(&requests());
    let each = (DEVICES.len() * 3) as u64;
    let counts = [1, 2, 3].map(|number| rig.counter(number));
    assert_eq!(counts, [2 * each, 3 * each, 4 * each]);
    // Those of the debug registers are untranslated.
    rig.write64(c::REG_TR_REQ_IOVA, IOVA);
    rig.write64(c::REG_TR_REQ_CTL, 1 << c::TR_REQ_CTL_GO_BUSY_BIT);
    rig.run(200);
    assert_eq!(rig.counter(1), 2 * each + 1);
    assert_eq!(
        [2, 3].map(|number| rig.counter(number)),
        [3 * each, 4 * each]
    );
    rig.finish();
}

#[test]
fn filters_of_devices_and_processes() {
    let mut rig = rig(Build::Default);
    let untranslated = event(c::HPM_EVENT_UNTRANSLATED);
    let device = Iohpmevt {
        dv_gscv: true,
        did_gscid: 0x21,
        ..untranslated
    };
    let process = Iohpmevt {
        pv_pscv: true,
        pid_pscid: 9,
        ..untranslated
    };
    let selectors = [
        device,
        process,
        Iohpmevt {
            pv_pscv: true,
            pid_pscid: 9,
            ..device
        },
        // Any of 0x20 to 0x27.
        Iohpmevt {
            dmask: true,
            did_gscid: 0x23,
            ..device
        },
        // Any at all.
        Iohpmevt {
            dmask: true,
            did_gscid: 0xff_ffff,
            ..device
        },
        // DMASK without DV, a process_id that is not valid.
        Iohpmevt {
            dmask: true,
            pid_pscid: 0,
            ..process
        },
        // Requests have neither GSCID nor PSCID.
        Iohpmevt {
            idt: true,
            ..untranslated
        },
        Iohpmevt {
            did_gscid: 0x22,
            ..device
        },
    ];
    for (selector, number) in selectors.into_iter().zip(1..) {
        rig.count(number, selector, 0);
    }
    rig.answers(&requests());
    let counts: Vec<_> = (1..=8).map(|number| rig.counter(number)).collect();
    assert_eq!(counts, [6, 8, 2, 18, 24, 0, 0, 0]);
    rig.finish();
}

#[test]
fn an_inhibited_counter_stands_still() {
    let mut rig = rig(Build::Default);
    rig.count(1, event(1), 100);
    rig.count(2, event(1), 200);
    rig.inhibit(0b010);
    rig.translate(ask(1, Access::Read, 0));
    assert_eq!([1, 2].map(|number| rig.counter(number)), [100, 201]);
    rig.inhibit(0b101);
    rig.translate(ask(1, Access::Read, 0));
    assert_eq!([1, 2].map(|number| rig.counter(number)), [101, 201]);
    // Another event, or none: the count stays.
    rig.write64(c::REG_IOHPMEVT_BASE, 0);
    rig.translate(ask(1, Access::Read, 0));
    assert_eq!(rig.counter(1), 101);
    let before = rig.read64(c::REG_IOHPMCYCLES);
    rig.run(50);
    assert_eq!(rig.read64(c::REG_IOHPMCYCLES), before);
    rig.inhibit(0);
    let before = rig.read64(c::REG_IOHPMCYCLES);
    let start = rig.machine.now();
    rig.run(50);
    let after = rig.read64(c::REG_IOHPMCYCLES);
    assert_eq!(after - before, rig.machine.now().since(start));
    rig.finish();
}

#[test]
fn an_overflow_interrupts_once() {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut rig = rig(build);
        let last = if build == Build::Full { 31 } else { 8 };
        rig.count(last, event(1), u64::MAX);
        rig.run(10);
        assert_eq!(rig.machine.irq(), 0);
        rig.translate(ask(1, Access::Read, 0));
        rig.run(10);
        assert_eq!(rig.machine.irq(), 1 << PMIV);
        assert_eq!(rig.read32(c::REG_IPSR), PMIP);
        assert_eq!(rig.read32(c::REG_IOCOUNTOVF), 1 << last);
        assert_eq!(rig.counter(last), 0);
        assert!(rig.selector(last).of);
        // OF stays, and the bit of ipsr can be cleared all the same.
        rig.write32(c::REG_IPSR, PMIP);
        rig.run(10);
        assert_eq!((rig.machine.irq(), rig.read32(c::REG_IPSR)), (0, 0));
        // With OF set another overflow does not interrupt.
        rig.write64(c::REG_IOHPMCTR_BASE + 8 * (last - 1), u64::MAX);
        rig.translate(ask(1, Access::Read, 0));
        rig.run(10);
        assert_eq!(rig.counter(last), 0);
        assert_eq!(rig.read32(c::REG_IPSR), 0);
        // Nor does writing OF.
        rig.count(last, event(1), 5);
        assert_eq!(rig.read32(c::REG_IOCOUNTOVF), 0);
        let of = Iohpmevt {
            of: true,
            ..event(1)
        };
        rig.count(last, of, 5);
        rig.run(10);
        assert_eq!(rig.read32(c::REG_IOCOUNTOVF), 1 << last);
        assert_eq!(rig.read32(c::REG_IPSR), 0);
        rig.finish();
    }
}

#[test]
fn the_cycle_counter_overflows_into_its_own_bit() {
    let mut rig = rig(Build::Default);
    // It has 63 bits: the upper one is as good as the others.
    rig.inhibit(1);
    rig.write64(c::REG_IOHPMCYCLES, (1 << 62) - 10);
    rig.inhibit(0);
    rig.run(30);
    assert_eq!(rig.read32(c::REG_IPSR), 0);
    assert_eq!(rig.read64(c::REG_IOHPMCYCLES) >> 20, 1 << 42);
    rig.inhibit(1);
    rig.write64(c::REG_IOHPMCYCLES, (1 << 63) - 10);
    rig.run(30);
    assert_eq!(rig.read32(c::REG_IPSR), 0);
    rig.inhibit(0);
    rig.run(30);
    assert_eq!(rig.read32(c::REG_IPSR), PMIP);
    assert_eq!(rig.read32(c::REG_IOCOUNTOVF), 1 << c::IOCOUNTOVF_CY_BIT);
    assert_eq!(rig.read64(c::REG_IOHPMCYCLES) >> 20, 1 << 43);
    // With OF set it wraps without an interrupt.
    rig.write32(c::REG_IPSR, PMIP);
    rig.inhibit(1);
    rig.write64(c::REG_IOHPMCYCLES, u64::MAX - 10);
    rig.inhibit(0);
    rig.run(30);
    assert_eq!(rig.read32(c::REG_IPSR), 0);
    assert_eq!(rig.read64(c::REG_IOHPMCYCLES) >> 20, 1 << 43);
    rig.finish();
}

#[test]
fn registers_that_exist_and_their_fields() {
    for build in builds(&[Build::Small, Build::Default, Build::Full]) {
        let mut rig = rig(build);
        let counters = match build {
            Build::Small => 0,
            Build::Default => 8,
            _ => 31,
        };
        assert_eq!(rig.capabilities.hpm, counters != 0);
        rig.inhibit(u32::MAX);
        let inhibits = if counters == 0 {
            0
        } else {
            u32::MAX >> (31 - counters)
        };
        assert_eq!(rig.read32(c::REG_IOCOUNTINH), inhibits);
        rig.write64(c::REG_IOHPMCYCLES, 1 << 40 | 5);
        let cycles = if counters == 0 { 0 } else { 1 << 40 | 5 };
        assert_eq!(rig.read64(c::REG_IOHPMCYCLES), cycles);
        let selector = u64::MAX << 15 | 8;
        for number in 1..=31 {
            rig.count(number, Iohpmevt::parse(selector), 0x1234_5678_9abc_def0);
        }
        for number in 1..=31 {
            let exists = number <= counters;
            let value = if exists { 0x1234_5678_9abc_def0 } else { 0 };
            assert_eq!(rig.counter(number), value, "{build} {number}");
            let value = if exists { selector } else { 0 };
            let read = rig.read64(c::REG_IOHPMEVT_BASE + 8 * (number - 1));
            assert_eq!(read, value, "{build} {number}");
        }
        // An event that no counter knows leaves the old one.
        rig.write64(c::REG_IOHPMEVT_BASE, 9);
        let left = if counters == 0 { 0 } else { 8 };
        assert_eq!(rig.read64(c::REG_IOHPMEVT_BASE), left);
        // Halves are written alone.
        rig.write32(c::REG_IOHPMCTR_BASE + 4, 7);
        rig.write32(c::REG_IOHPMCTR_BASE, 3);
        let value = if counters == 0 { 0 } else { 7 << 32 | 3 };
        assert_eq!(rig.counter(1), value);
        rig.finish();
    }
}

/// What walks read is counted entry by entry, and a hit reads nothing.
#[test]
fn walks_are_counted_by_what_they_read() {
    let mut rig = rig(Build::Default);
    rig.set_levels(3);
    let table = PageTable::new(&mut rig, FirstStage::Sv48);
    table.map(&mut rig, IOVA, 0x8012_3000);
    rig.put_context(5, context(&table, 0x3a).emit());
    let first = event(c::HPM_EVENT_FIRST_STAGE_WALK);
    let space = Iohpmevt {
        idt: true,
        pv_pscv: true,
        pid_pscid: 0x3a,
        ..first
    };
    let selectors = [
        event(c::HPM_EVENT_TLB_MISS),
        event(c::HPM_EVENT_DDT_WALK),
        event(c::HPM_EVENT_PDT_WALK),
        first,
        event(c::HPM_EVENT_SECOND_STAGE_WALK),
        space,
        Iohpmevt {
            pid_pscid: 0x3b,
            ..space
        },
        Iohpmevt {
            dv_gscv: true,
            did_gscid: 5,
            ..first
        },
    ];
    for (selector, number) in selectors.into_iter().zip(1..) {
        rig.count(number, selector, 0);
    }
    for _ in 0..3 {
        assert_eq!(rig.translate(ask(5, Access::Read, IOVA)), Some(0x8012_3000));
    }
    rig.run(10);
    let counts: Vec<_> = (1..=8).map(|number| rig.counter(number)).collect();
    assert_eq!(counts, [1, 3, 0, 4, 0, 4, 0, 4]);
    rig.finish();
}

/// A request is one miss, however often it has to try: contexts are fetched one at
/// a time, and what joined a walk that does not serve it walks again.
#[test]
fn a_request_that_tries_again_is_one_miss() {
    let mut rig = rig(Build::Default);
    let table = PageTable::new(&mut rig, FirstStage::Sv39);
    let only_read = Pte {
        w: false,
        ..leaf(0x8012_3000)
    };
    table.set(&mut rig, IOVA, 0, only_read.emit());
    for device in DEVICES {
        rig.put_context(device, context(&table, 3).emit());
    }
    rig.count(1, event(c::HPM_EVENT_TLB_MISS), 0);
    let requests: Vec<_> = (0..25)
        .flat_map(|n| DEVICES.map(|device| (n, device)))
        .map(|(n, device)| {
            let access = [Access::Read, Access::Write][n % 2];
            ask(device, access, IOVA)
        })
        .collect();
    let before = rig.machine.counters();
    let faults = rig
        .answers(&requests)
        .iter()
        .filter(|answered| answered.answer.fault)
        .count();
    assert_eq!(faults, 12 * DEVICES.len());
    let did = rig.machine.counters() - before;
    let tries = did.walks + did.merges;
    let misses = did.requests - did.hits;
    assert!(
        tries > misses,
        "{tries} tries, {misses} misses: nobody tried again"
    );
    assert_eq!(rig.counter(1), misses);
    rig.finish();
}
