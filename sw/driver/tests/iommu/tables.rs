// SPDX-License-Identifier: Apache-2.0
//! Page tables and directories in memory.

use proptest::prelude::*;
use sallyport_driver::fake::FakeMemory;
use sallyport_driver::{
    DeviceDirectory, Error, FirstStageTable, Memory, PageSize, PageSizes, Permissions,
    SecondStageTable,
};
use sallyport_formats::context::Tc;
use sallyport_formats::{
    DeviceContext, DeviceId, Endian, FirstStage, Gpa, Iova, Pbmt, Pte, SecondStage, Spa,
};

const SCHEMES: [FirstStage; 3] = [FirstStage::Sv39, FirstStage::Sv48, FirstStage::Sv57];

#[test]
fn every_page_size_that_a_scheme_has() {
    for scheme in SCHEMES {
        for size in PageSize::DESCENDING {
            if size.level() >= scheme.levels() {
                continue;
            }
            let mut mem = FakeMemory::new();
            let table = FirstStageTable::new(&mut mem, scheme).unwrap();
            let (at, to) = (Iova::new(size.bytes()), Spa::new(3 * size.bytes()));
            table
                .map(&mut mem, at, to, size.bytes(), Permissions::RW)
                .unwrap();
            for offset in [0, 0x1000, size.bytes() - 8] {
                let found = table.translate(&mem, Iova::new(at.raw() + offset % size.bytes()));
                let output = Spa::new(to.raw() + offset % size.bytes());
                assert_eq!(
                    found.map(|found| (found.output, found.size)),
                    Some((output, size))
                );
            }
            table.unmap(&mut mem, at, size.bytes()).unwrap();
            assert_eq!(table.translate(&mem, at), None);
            table.free(&mut mem);
            assert_eq!(mem.allocated(), 0);
        }
    }
}

#[test]
fn second_stage_roots_are_four_pages() {
    for scheme in [
        SecondStage::Sv39x4,
        SecondStage::Sv48x4,
        SecondStage::Sv57x4,
    ] {
        let mut mem = FakeMemory::new();
        let table = SecondStageTable::new(&mut mem, scheme).unwrap();
        assert!(table.root().is_aligned_to(16 << 10));
        let top = (1 << scheme.address_bits()) - 0x1000;
        let to = Spa::new(0x9000_0000);
        table
            .map(&mut mem, Gpa::new(top), to, 0x1000, Permissions::RW)
            .unwrap();
        assert_eq!(
            table
                .translate(&mem, Gpa::new(top))
                .map(|found| found.output),
            Some(to)
        );
        let beyond = Gpa::new(top + 0x1000);
        let refused = table.map(&mut mem, beyond, to, 0x1000, Permissions::RW);
        assert_eq!(refused, Err(Error::AddressRange(beyond.raw())));
        table.free(&mut mem);
        assert_eq!(mem.allocated(), 0);
    }
}

#[test]
fn leaves_have_the_bits_that_were_asked_for() {
    let mut mem = FakeMemory::new();
    let table = FirstStageTable::new(&mut mem, FirstStage::Sv39).unwrap();
    let wanted = Permissions {
        pbmt: Pbmt::Nc,
        global: true,
        dirty: false,
        ..Permissions::RX
    };
    table
        .map(&mut mem, Iova::ZERO, Spa::new(0x5000), 0x1000, wanted)
        .unwrap();
    let pte = table.translate(&mem, Iova::ZERO).unwrap().pte;
    let expected = Pte {
        v: true,
        r: true,
        x: true,
        u: true,
        g: true,
        a: true,
        ppn: 5,
        pbmt: Pbmt::Nc,
        ..Pte::default()
    };
    assert_eq!(pte, expected);
    table
        .update(&mut mem, Iova::ZERO, |pte| pte.a = false)
        .unwrap();
    assert!(!table.translate(&mem, Iova::ZERO).unwrap().pte.a);
    let nothing = Permissions {
        read: false,
        ..Permissions::R
    };
    let write_only = Permissions {
        read: false,
        ..Permissions::RW
    };
    for bad in [nothing, write_only] {
        let refused = table.map(&mut mem, Iova::new(0x1000), Spa::ZERO, 0x1000, bad);
        assert_eq!(refused, Err(Error::Permissions));
    }
}

#[test]
fn refusals_change_nothing() {
    let mut mem = FakeMemory::new();
    let table = FirstStageTable::new(&mut mem, FirstStage::Sv39).unwrap();
    let (base, to) = (Iova::new(0x20_0000), Spa::new(0x4000_0000));
    table
        .map(&mut mem, base, to, 0x20_0000, Permissions::RW)
        .unwrap();
    let mut map = |at: u64, to: u64, bytes| {
        table.map(
            &mut mem,
            Iova::new(at),
            Spa::new(to),
            bytes,
            Permissions::RW,
        )
    };
    assert_eq!(
        map(0x1f_f000, 0, 0x2000),
        Err(Error::AlreadyMapped(0x20_0000))
    );
    assert_eq!(map(0x10, 0, 0x1000), Err(Error::Unaligned(0x10)));
    assert_eq!(map(0, 0x10, 0x1000), Err(Error::Unaligned(0x10)));
    assert_eq!(map(0, 0, 0), Err(Error::Unaligned(0)));
    assert_eq!(map(1 << 38, 0, 0x1000), Err(Error::AddressRange(1 << 38)));
    assert_eq!(map(0, 1 << 56, 0x1000), Err(Error::AddressRange(1 << 56)));
    assert_eq!(
        map(u64::MAX - 0xfff, 0, 0x2000),
        Err(Error::AddressRange(u64::MAX - 0xfff))
    );
    assert_eq!(map(u64::MAX - 0xfff, 0x7000, 0x1000), Ok(()));
    assert_eq!(table.translate(&mem, Iova::new(0x1f_f000)), None);
    // A part of a large page cannot go.
    let part = table.unmap(&mut mem, base, 0x1000);
    assert_eq!(part, Err(Error::NotMapped(0x20_0000)));
    let beyond = table.unmap(&mut mem, base, 0x20_1000);
    assert_eq!(beyond, Err(Error::NotMapped(0x40_0000)));
    assert!(table.translate(&mem, base).is_some());
    assert!(matches!(
        FirstStageTable::new(&mut mem, FirstStage::Sv32),
        Err(Error::Unsupported(_))
    ));
}

#[test]
fn running_out_of_memory_takes_the_half_done_back() {
    let mut mem = FakeMemory::with_bytes(0x4000);
    let table = FirstStageTable::new(&mut mem, FirstStage::Sv39).unwrap();
    let table = table.with_sizes(PageSizes::SMALLEST);
    let (at, to) = (Iova::new(0x1f_f000), Spa::new(0x9000_0000));
    let error = table.map(&mut mem, at, to, 0x40_0000, Permissions::RW);
    assert_eq!(error, Err(Error::OutOfMemory { bytes: 0x1000 }));
    assert_eq!(table.translate(&mem, at), None);
    assert_eq!(table.map(&mut mem, at, to, 0x2000, Permissions::RW), Ok(()));
}

#[test]
fn a_table_in_the_way_makes_pages_smaller() {
    let mut mem = FakeMemory::new();
    let table = FirstStageTable::new(&mut mem, FirstStage::Sv39).unwrap();
    let (at, to) = (Iova::new(0x20_0000), Spa::new(0x9020_0000));
    table
        .map(&mut mem, at, to, 0x1000, Permissions::RW)
        .unwrap();
    table.unmap(&mut mem, at, 0x1000).unwrap();
    table
        .map(&mut mem, at, to, 0x20_0000, Permissions::RW)
        .unwrap();
    let found = table.translate(&mem, Iova::new(0x3f_fff0)).unwrap();
    assert_eq!(
        (found.output, found.size),
        (Spa::new(0x903f_fff0), PageSize::Size64K)
    );
}

#[test]
fn long_ranges_are_invalidated_at_once() {
    let mut mem = FakeMemory::new();
    let table = FirstStageTable::new(&mut mem, FirstStage::Sv39).unwrap();
    assert_eq!(
        table
            .invalidations(None, None, Iova::ZERO, 0x1_0000)
            .count(),
        16
    );
    assert_eq!(
        table
            .invalidations(None, None, Iova::ZERO, 0x1_1000)
            .count(),
        1
    );
}

#[test]
fn directories_of_each_shape() {
    for (levels, extended) in [
        (1, false),
        (2, false),
        (3, false),
        (1, true),
        (2, true),
        (3, true),
    ] {
        for endian in [Endian::Little, Endian::Big] {
            let mut mem = FakeMemory::new();
            let directory = DeviceDirectory::new(&mut mem, levels, extended, endian).unwrap();
            let bits = [7, 16, 24][levels as usize - 1] - u32::from(extended && levels < 3);
            let last = DeviceId::new((1 << bits) - 1).unwrap();
            let context = DeviceContext {
                tc: Tc {
                    v: true,
                    dtf: true,
                    ..Tc::default()
                },
                msi_addr_mask: if extended { 7 } else { 0 },
                ..DeviceContext::default()
            };
            assert_eq!(directory.set(&mut mem, last, &context), Ok(None));
            assert_eq!(directory.get(&mem, last), Some(context));
            assert_eq!(directory.get(&mem, DeviceId::from(0)), None);
            let slot = directory.slot(&mem, last).unwrap();
            let v = match endian {
                Endian::Little => mem.read64(slot),
                Endian::Big => mem.read64(slot).swap_bytes(),
            };
            assert_eq!(v, 0x11);
            if let Some(beyond) = last.checked_add(1) {
                let refused = directory.set(&mut mem, beyond, &context);
                assert_eq!(refused, Err(Error::DeviceRange(beyond)));
            }
            assert_eq!(directory.set(&mut mem, last, &context), Ok(Some(context)));
            assert_eq!(directory.clear(&mut mem, last), Some(context));
            assert_eq!(directory.clear(&mut mem, last), None);
            directory.free(&mut mem);
            assert_eq!(mem.allocated(), 0);
        }
    }
}

proptest! {
    /// Whatever is mapped translates, page by page, to what it was mapped to,
    /// whichever sizes were chosen; what is next to it does not.
    #[test]
    fn ranges_translate(
        scheme in prop::sample::select(&SCHEMES[..]),
        page in 1u64..0x2_0000,
        frame in 1u64..0x10_0000,
        pages in 1u64..0x800,
        aligned: bool,
        big: bool,
    ) {
        let frame = if aligned { frame & !0x1ff | page & 0x1ff } else { frame };
        let mut mem = FakeMemory::new();
        let endian = if big { Endian::Big } else { Endian::Little };
        let table = FirstStageTable::new(&mut mem, scheme).unwrap().with_endian(endian);
        let at = |n: u64| Iova::from_page_number(page + n).unwrap();
        let bytes = pages << 12;
        table.map(&mut mem, at(0), Spa::new(frame << 12), bytes, Permissions::RW).unwrap();
        for n in 0..pages {
            let found = table.translate(&mem, at(n)).unwrap();
            prop_assert_eq!(found.output, Spa::new((frame + n) << 12));
        }
        prop_assert_eq!(table.translate(&mem, at(pages)), None);
        prop_assert_eq!(table.translate(&mem, Iova::new((page << 12) - 1)), None);
        table.unmap(&mut mem, at(0), bytes).unwrap();
        for n in 0..pages {
            prop_assert_eq!(table.translate(&mem, at(n)), None);
        }
        table.free(&mut mem);
        prop_assert_eq!(mem.allocated(), 0);
    }
}
