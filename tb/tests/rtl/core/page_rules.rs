// SPDX-License-Identifier: Apache-2.0
//! Every bit of page-table entries of every level, against the golden model
//! ("Virtual Address Translation Process" of the Privileged specification).

use super::requests::ask;
use crate::support::{PageTable, Rig, builds, context};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::{Cause, DeviceContext, FirstStage, ProcessId, Pte, Spa};
use sallyport_model::{Access, Request};

const ACCESSES: [Access; 3] = [Access::Read, Access::Write, Access::Execute];

/// The page that entries lead to, aligned to every size.
const TARGET: u64 = 0x40_0000_0000;

fn schemes(build: Build) -> &'static [FirstStage] {
    match build {
        Build::Small => &[FirstStage::Sv39],
        Build::Default => &[FirstStage::Sv39, FirstStage::Sv48],
        _ => &[FirstStage::Sv39, FirstStage::Sv48, FirstStage::Sv57],
    }
}

fn started(build: Build, scheme: FirstStage, sade: bool) -> (Rig<CoreSystem>, PageTable) {
    let mut rig = Rig::core(build, 50);
    rig.start_queues();
    rig.set_levels(1);
    let table = PageTable::new(&mut rig, scheme);
    let mut dc = context(&table, 1);
    dc.tc.sade = sade;
    rig.put_context(0, dc.emit());
    (rig, table)
}

/// An entry that lets everything through, at home on every level.
fn leaf() -> u64 {
    Pte {
        v: true,
        r: true,
        w: true,
        x: true,
        u: true,
        a: true,
        d: true,
        ppn: TARGET,
        ..Pte::default()
    }
    .emit()
}

/// Asks for each of the entries that differ from `base` in one bit, or two of
/// the permissions.
fn flip(build: Build, scheme: FirstStage, level: u32, base: u64) {
    let (mut rig, table) = started(build, scheme, false);
    // Whoever takes the entry for a pointer finds valid leaves.
    for page in [TARGET, TARGET | 8] {
        for n in 0..512 {
            let at = Spa::new((page << 12) + 8 * n);
            rig.machine.memory_mut().write_u64(at, leaf());
        }
    }
    let pairs = (0..8u32).flat_map(|a| (0..a).map(move |b| 1u64 << a | 1 << b));
    let mut flips: Vec<u64> = (0..64u32).map(|bit| 1 << bit).chain(pairs).collect();
    // PBMT=3.
    flips.push(0b11 << 61);
    for chunk in flips.chunks(64) {
        rig.forget();
        let mut requests = Vec::new();
        for (n, flips) in chunk.iter().enumerate() {
            // No two in one NAPOT range.
            let iova = 0x10_0000_0000 + ((n as u64) << (12 + 9 * level).max(16));
            let iova = iova & !(u64::MAX << (scheme.address_bits() - 1));
            table.set(&mut rig, iova, level, base ^ flips);
            for access in ACCESSES {
                requests.push(ask(0, access, iova + 0xabc));
            }
        }
        rig.check(&format!("{build}, {scheme:?}, level {level}"), &requests);
    }
    rig.finish();
}

#[test]
fn every_bit_of_a_leaf() {
    for build in builds(&Build::ALL) {
        for &scheme in schemes(build) {
            for level in 0..scheme.levels() {
                flip(build, scheme, level, leaf());
            }
        }
    }
}

#[test]
fn every_bit_of_a_napot_leaf() {
    for build in builds(&Build::ALL) {
        for level in [0, 1] {
            flip(build, FirstStage::Sv39, level, leaf() | 1 << 63 | 8 << 10);
        }
    }
}

#[test]
fn every_bit_of_a_pointer() {
    for build in builds(&Build::ALL) {
        for &scheme in schemes(build) {
            for level in 0..scheme.levels() {
                flip(build, scheme, level, Pte::pointer(TARGET).emit());
            }
        }
    }
}

#[test]
fn every_bit_of_a_napot_pointer() {
    for build in builds(&Build::ALL) {
        for level in [1, 2] {
            let pointer = Pte {
                n: true,
                ..Pte::pointer(TARGET | 8)
            };
            flip(build, FirstStage::Sv39, level, pointer.emit());
        }
    }
}

#[test]
fn a_table_lies_where_its_pointer_says() {
    for build in builds(&Build::ALL) {
        for &scheme in schemes(build) {
            let (mut rig, table) = started(build, scheme, false);
            let high = scheme.address_bits() - 1;
            let mut requests = Vec::new();
            for n in 0..u64::from(high - 12) {
                let iova = 1u64 << (12 + n);
                table.map(&mut rig, iova, 0x1_0000_0000 + n * 0x1000);
                requests.push(ask(0, Access::Read, iova));
            }
            let iova = u64::MAX << high;
            table.map(&mut rig, iova, 0x2_0000_0000);
            requests.push(ask(0, Access::Read, iova));
            // Beyond the scheme: not the sign of what is below.
            for bit in high..64 {
                requests.push(ask(0, Access::Read, 0x1000 | 1 << bit));
                requests.push(ask(0, Access::Write, iova ^ 1 << bit));
            }
            rig.check(&format!("{build}, {scheme:?}"), &requests);
            // The same from the caches.
            rig.check(&format!("{build}, {scheme:?}, again"), &requests);
            rig.finish();
        }
    }
}

/// The same page asked for with and without privilege, with and without a
/// process, by all accesses: cached and not, in any order.
#[test]
fn privilege_and_processes() {
    for build in builds(&Build::ALL) {
        let (mut rig, table) = started(build, FirstStage::Sv39, false);
        let pages = [
            leaf(),
            leaf() & !(1 << 4),
            leaf() & !(1 << 3),
            leaf() & !(0b110 << 1),
        ];
        let mut requests: Vec<Request> = Vec::new();
        for (n, pte) in pages.into_iter().enumerate() {
            let iova = 0x1000 * n as u64;
            table.set(&mut rig, iova, 0, pte);
            for access in ACCESSES {
                for process in [None, Some(ProcessId::truncate(1))] {
                    for privileged in [false, true] {
                        let mut request = ask(0, access, iova);
                        request.process_id = process;
                        request.privileged = privileged;
                        requests.push(request);
                    }
                }
            }
        }
        rig.check(&format!("{build}, privilege"), &requests);
        rig.check(&format!("{build}, privilege, cached"), &requests);
        requests.reverse();
        rig.forget();
        rig.check(&format!("{build}, privilege, backwards"), &requests);

        // With process contexts whose mode is Bare.
        let mut dc = context(&table, 1);
        dc.tc.pdtv = true;
        dc.fsc.mode = 0;
        rig.put_context(0, dc.emit());
        rig.forget();
        rig.check(&format!("{build}, process directory off"), &requests);
        rig.finish();
    }
}

#[test]
fn addresses_that_no_bus_carries() {
    for build in builds(&Build::ALL) {
        let mut rig = Rig::core(build, 51);
        rig.start_queues();
        rig.set_ddtp(1);
        assert_eq!(
            rig.translate(ask(7, Access::Read, 0xff_ffff_ffff_fff8)),
            Some(0xff_ffff_ffff_fff8)
        );
        assert_eq!(
            rig.translate(ask(7, Access::Write, 0x100_0000_0000_0000)),
            None
        );
        rig.fence();
        let faults = rig.faults();
        assert_eq!(faults.len(), 1, "{build}");
        assert_eq!(faults[0].cause, Cause::WriteAccessFault);
        assert_eq!(faults[0].iotval, 0x100_0000_0000_0000);

        // Everything that passes unchanged: in Bare mode and without a stage.
        let mut requests = Vec::new();
        for access in ACCESSES {
            for iova in [(1 << 56) - 8, 1 << 56, 1 << 63, !7] {
                requests.extend([0, 1].map(|device| ask(device, access, iova)));
            }
        }
        rig.check(&format!("{build}, Bare"), &requests);
        for (device, dtf) in [(0, false), (1, true)] {
            let mut dc = DeviceContext::default();
            (dc.tc.v, dc.tc.dtf) = (true, dtf);
            rig.put_context(device, dc.emit());
        }
        rig.set_levels(1);
        rig.check(&format!("{build}, no stages"), &requests);
        rig.check(&format!("{build}, no stages, cached"), &requests);
        rig.finish();
    }
}

#[test]
fn errors_on_every_read_of_a_walk() {
    for build in builds(&Build::ALL) {
        for &scheme in schemes(build) {
            let (mut rig, table) = started(build, scheme, false);
            table.map(&mut rig, 0x1000, 0x1_0000_0000);
            for level in 0..scheme.levels() {
                let at = table.slot(&mut rig, 0x1000, level);
                let range = at..Spa::new(at.raw() + 8);
                for attributes in [
                    Attributes::error(Resp::SlvErr),
                    Attributes::error(Resp::DecErr),
                    Attributes::POISON,
                ] {
                    rig.machine
                        .memory_mut()
                        .set_attributes(range.clone(), attributes);
                    rig.forget();
                    let requests = ACCESSES.map(|access| ask(0, access, 0x1000));
                    rig.check(
                        &format!("{build}, level {level}, {attributes:?}"),
                        &requests,
                    );
                }
                rig.machine
                    .memory_mut()
                    .set_attributes(range, Attributes::NORMAL);
            }
            rig.finish();
        }
    }
}

#[test]
fn errors_on_every_read_of_an_update() {
    let (mut rig, table) = started(Build::Default, FirstStage::Sv39, true);
    let at = table.map(&mut rig, 0x1000, 0x1_0000_0000);
    let range = at..Spa::new(at.raw() + 8);
    for attributes in [Attributes::error(Resp::SlvErr), Attributes::POISON] {
        rig.machine
            .memory_mut()
            .write_u64(at, leaf() & !(0b11 << 6));
        rig.machine
            .memory_mut()
            .set_attributes(range.clone(), attributes);
        rig.forget();
        let requests = ACCESSES.map(|access| ask(0, access, 0x1000));
        rig.check(&format!("update, {attributes:?}"), &requests);
    }
    rig.finish();
}
