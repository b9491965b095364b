// SPDX-License-Identifier: Apache-2.0
//! Page tables of both stages, alone and nested with every pair of page sizes.

use sallyport_driver::{
    FirstStageTable, PageSize, PageSizes, Permissions, Reach, SecondStageTable,
};
use sallyport_formats::{Cause, FirstStage, Gpa, Gscid, Iova, Pbmt, Pscid, SecondStage, Spa};
use sallyport_model::{Access, Answer, Request, Translated};

use crate::machine::{DEVICE, GuestRam, Machine, context};

const GUEST: Gscid = Gscid::truncate(3);
/// Where things lie, in terabytes, so that every size fits.
const IOVA: u64 = 1 << 41;
const GPA: u64 = 2 << 41;
const SPA: u64 = 3 << 41;
/// The guest's tables, below everything else.
const TABLES: u64 = 0x4000_0000;

const SIZES: [PageSize; 5] = [
    PageSize::Size4K,
    PageSize::Size64K,
    PageSize::Size2M,
    PageSize::Size1G,
    PageSize::Size512G,
];

fn only(size: PageSize) -> PageSizes {
    PageSizes::SMALLEST.with(size)
}

fn write(iova: u64) -> Request {
    Request::untranslated(DEVICE, Access::Write, Iova::new(iova), 4)
}

fn translated(answer: Answer) -> Translated {
    match answer {
        Answer::Translated(translated) => translated,
        other => panic!("{other:?}"),
    }
}

#[test]
fn second_stages_of_all_schemes_and_sizes() {
    for (scheme, base) in [
        (SecondStage::Sv39x4, 1 << 40),
        (SecondStage::Sv48x4, 1 << 49),
        (SecondStage::Sv57x4, 1 << 58),
    ] {
        for size in PageSize::DESCENDING {
            if size.level() >= scheme.levels() || size.bytes() > base {
                continue;
            }
            let mut machine = Machine::new();
            let table = SecondStageTable::new(&mut machine.ram, scheme)
                .unwrap()
                .with_sizes(only(size));
            assert!(table.root().is_aligned_to(16 << 10));
            let to = Spa::new(3 * size.bytes());
            table
                .map(
                    &mut machine.ram,
                    Gpa::new(base),
                    to,
                    size.bytes(),
                    Permissions::RW,
                )
                .unwrap();
            let mut dc = context();
            dc.iohgatp = table.iohgatp(GUEST);
            machine.attach(&dc);
            let last = size.bytes() - 4;
            let found = translated(machine.request(&write(base + last)));
            assert_eq!(
                found.address,
                Spa::new(to.raw() + last),
                "{scheme:?} {size:?}"
            );
            assert_eq!(found.size, Some(size.bytes()));
            machine.request(&write(base + size.bytes()));
            let fault = machine.fault().expect("nothing is mapped there");
            assert_eq!(fault.cause, Cause::WriteGuestPageFault);
            assert_eq!(fault.guest_address(), Gpa::new(base + size.bytes()));
        }
    }
}

#[test]
fn every_page_size_over_every_page_size() {
    for first_size in SIZES {
        for second_size in SIZES {
            nested(first_size, second_size);
        }
    }
}

/// The guest maps one page of its size; the host what is behind it, and no more.
fn nested(first_size: PageSize, second_size: PageSize) {
    let mut machine = Machine::new();
    let second = SecondStageTable::new(&mut machine.ram, SecondStage::Sv48x4)
        .unwrap()
        .with_sizes(only(second_size));
    let mut guest = GuestRam::new(&machine.ram, second, TABLES);
    let first = FirstStageTable::new(&mut guest, FirstStage::Sv48)
        .unwrap()
        .with_sizes(only(first_size));
    let page = first_size.bytes();
    let (iova, gpa) = (Iova::new(IOVA), Spa::new(GPA));
    first
        .map(&mut guest, iova, gpa, page, Permissions::RW)
        .unwrap();
    // The host's page may be larger, and it has at most sixteen small ones,
    // from the guest page's end backwards.
    let host = second_size.bytes();
    let bytes = host.max(page.min(16 * host));
    let at = Gpa::new(GPA + page.max(host) - bytes);
    let to = Spa::new(SPA);
    second
        .map(&mut machine.ram, at, to, bytes, Permissions::RW)
        .unwrap();

    let mut dc = context();
    dc.iohgatp = second.iohgatp(GUEST);
    dc.fsc = first.fsc();
    machine.attach(&dc);
    let pair = format!("{first_size:?} over {second_size:?}");
    let offsets = [page - 4, page - bytes.min(page), page - page.min(host)];
    for offset in offsets {
        let found = translated(machine.request(&write(IOVA + offset)));
        let expected = SPA + (GPA + offset - at.raw());
        assert_eq!(found.address, Spa::new(expected), "{pair} at {offset:#x}");
        assert_eq!(found.size, Some(page.min(host)), "{pair}");
    }
    assert_eq!(machine.fault(), None);
    // Past the guest's page: its own fault, however much the host maps.
    machine.request(&write(IOVA + page));
    assert_eq!(
        machine.fault().unwrap().cause,
        Cause::WritePageFault,
        "{pair}"
    );
    // Before the host's: a guest page fault, however much the guest maps.
    if bytes < page {
        machine.request(&write(IOVA + page - bytes - 4));
        let fault = machine.fault().unwrap();
        assert_eq!(fault.cause, Cause::WriteGuestPageFault, "{pair}");
        assert!(!fault.is_implicit());
    }
}

#[test]
fn permissions_and_memory_types_of_both_stages() {
    let mut machine = Machine::new();
    let second = SecondStageTable::new(&mut machine.ram, SecondStage::Sv39x4).unwrap();
    let mut guest = GuestRam::new(&machine.ram, second, TABLES);
    let first = FirstStageTable::new(&mut guest, FirstStage::Sv39).unwrap();
    let uncached = Permissions {
        pbmt: Pbmt::Io,
        ..Permissions::RW
    };
    let cases = [
        (
            Permissions::RW,
            Permissions::R,
            Some(Cause::WriteGuestPageFault),
        ),
        (Permissions::R, Permissions::RW, Some(Cause::WritePageFault)),
        (Permissions::RW, uncached, None),
    ];
    for ((ours, theirs, _), page) in cases.iter().zip(0..) {
        let at = page * 0x1000;
        let gpa = 0x10_0000 + at;
        first
            .map(&mut guest, Iova::new(at), Spa::new(gpa), 0x1000, *ours)
            .unwrap();
        second
            .map(
                &mut machine.ram,
                Gpa::new(gpa),
                Spa::new(0x9000_0000),
                0x1000,
                *theirs,
            )
            .unwrap();
    }
    let mut dc = context();
    dc.iohgatp = second.iohgatp(GUEST);
    dc.fsc = first.fsc();
    machine.attach(&dc);
    for ((_, _, cause), page) in cases.into_iter().zip(0..) {
        let answer = machine.request(&write(page * 0x1000));
        assert_eq!(machine.fault().map(|fault| fault.cause), cause);
        if cause.is_none() {
            assert_eq!(translated(answer).pbmt, Pbmt::Io);
        }
    }
}

#[test]
fn a_table_that_the_host_does_not_map_is_an_implicit_fault() {
    let mut machine = Machine::new();
    let second = SecondStageTable::new(&mut machine.ram, SecondStage::Sv39x4).unwrap();
    let mut guest = GuestRam::new(&machine.ram, second, TABLES);
    let first = FirstStageTable::new(&mut guest, FirstStage::Sv39).unwrap();
    let at = Gpa::new(first.root().raw());
    second.unmap(&mut machine.ram, at, 0x1000).unwrap();
    let mut dc = context();
    dc.iohgatp = second.iohgatp(GUEST);
    dc.fsc = first.fsc();
    machine.attach(&dc);
    machine.request(&write(0));
    let fault = machine.fault().unwrap();
    assert_eq!(fault.cause, Cause::WriteGuestPageFault);
    assert!(fault.is_implicit() && !fault.is_implicit_write());
    assert_eq!(fault.guest_address(), at);
}

#[test]
fn the_iommu_takes_every_invalidation() {
    let mut machine = Machine::new();
    let first = FirstStageTable::new(&mut machine.ram, FirstStage::Sv39).unwrap();
    let second = SecondStageTable::new(&mut machine.ram, SecondStage::Sv39x4).unwrap();
    let best = Reach::of(machine.iommu.capabilities());
    assert!(best.ranges && best.pointers);
    let (iova, gpa) = (Iova::new(0x3_f000), Gpa::new(0x20_0000));
    for reach in [Reach::default(), best] {
        for tables in [false, true] {
            for ids in [(None, None), (Some(GUEST), Some(Pscid::from(7)))] {
                let commands = first.range_invalidations(reach, ids, iova, 0x41_0000, tables);
                machine.submit(commands).unwrap();
            }
            let commands = second.range_invalidations(reach, GUEST, gpa, 0x20_0000, tables);
            machine.submit(commands).unwrap();
        }
    }
    let count = |reach, bytes, tables| {
        first
            .range_invalidations(reach, (None, None), iova, bytes, tables)
            .count()
    };
    assert_eq!(count(best, 0x1c_1000, false), 4, "4K, 256K, 512K, 1M");
    assert_eq!(count(Reach::default(), 0x41_0000, false), 1, "everything");
    assert_eq!(count(Reach::default(), 0x1000, false), 1);
    assert_eq!(count(best, 0, true), 0);
}
