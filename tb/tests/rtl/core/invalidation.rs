// SPDX-License-Identifier: Apache-2.0
//! What each invalidation command drops, and what it leaves
//! ("IOMMU Page-Table cache invalidation commands", "IOMMU Directory cache
//! commands").
//!
//! Translations are cached, every page table is changed, one command runs: what
//! it covers is read anew, everything else is still answered from the caches.

use super::requests::ask;
use crate::support::{PageTable, Rig, builds, context};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_formats::command::{Command, Invalidation};
use sallyport_formats::{FirstStage, Gscid, Iova, Pscid, Pte, Spa};
use sallyport_model::Access;

/// Addresses that are mapped in both tables, with the level of the entry.
const PAGE: u64 = 0x4000_0000;
const OTHER: u64 = 0x4000_1000;
const GLOBAL: u64 = 0x4000_2000;
const NAPOT: u64 = 0x4001_0000;
const LARGE: u64 = 0x4020_0000;
const HUGE: u64 = 0x8000_0000;
const ALL: [(u64, u32); 6] = [
    (PAGE, 0),
    (OTHER, 0),
    (GLOBAL, 0),
    (NAPOT, 0),
    (LARGE, 1),
    (HUGE, 2),
];

/// Two devices with a process of their own each, PSCID 5 and 6.
struct Scene {
    rig: Rig<CoreSystem>,
    slots: Vec<(u32, u64, Spa)>,
}

/// Global pages are the same in all tables.
fn physical(device: u32, iova: u64) -> u64 {
    let device = if iova == GLOBAL { 0 } else { device };
    0x10_0000_0000 * u64::from(device + 1) + iova
}

fn leaf(device: u32, iova: u64, moved: u64) -> Pte {
    Pte {
        v: true,
        r: true,
        w: true,
        u: true,
        a: true,
        d: true,
        g: iova == GLOBAL,
        n: iova == NAPOT,
        ppn: (physical(device, iova) + moved) >> 12 | if iova == NAPOT { 8 } else { 0 },
        ..Pte::default()
    }
}

/// How far pages are moved: a multiple of every size.
const MOVED: u64 = 0x100_0000_0000;

impl Scene {
    fn new(build: Build) -> Self {
        let mut rig = Rig::core(build, 11);
        rig.start_queues();
        rig.set_levels(1);
        let mut slots = Vec::new();
        for device in [0, 1] {
            let table = PageTable::new(&mut rig, FirstStage::Sv39);
            for (iova, level) in ALL {
                let pte = leaf(device, iova, 0).emit();
                slots.push((device, iova, table.set(&mut rig, iova, level, pte)));
            }
            let words = context(&table, device + 5).emit();
            rig.put_context(device, words);
        }
        Self { rig, slots }
    }

    /// Asks for each page of `device` near its end.
    fn pages(&mut self, device: u32) -> Vec<u64> {
        let requests = ALL.map(|(iova, _)| ask(device, Access::Read, iova + 0xff8));
        let answers = self.rig.answers(&requests);
        assert!(answers.iter().all(|a| !a.answer.fault), "device {device}");
        answers.iter().map(|a| a.answer.pa - 0xff8).collect()
    }

    /// Has all that is mapped cached, moves all pages, and runs a command.
    fn invalidate(&mut self, command: Command) {
        for device in [0, 1] {
            self.pages(device);
        }
        for &(device, iova, slot) in &self.slots {
            let pte = leaf(device, iova, MOVED).emit();
            self.rig.machine.memory_mut().write_u64(slot, pte);
        }
        self.rig.command(command);
        self.rig.fence();
    }

    /// After the command exactly the given (device, IOVA) are found moved. The
    /// cached ones come first, so that no fill drops them.
    fn check(mut self, what: &str, moved: impl Fn(u32, u64) -> bool) {
        // A walk that has to fetch the context reads its page as well: let one
        // of an address that is not mapped do it.
        for device in [0, 1] {
            assert_eq!(self.rig.translate(ask(device, Access::Read, 0)), None);
        }
        for stale in [true, false] {
            for (device, iova) in [0, 1]
                .into_iter()
                .flat_map(|d| ALL.map(|(iova, _)| (d, iova)))
            {
                if moved(device, iova) == stale {
                    continue;
                }
                let pa = self.rig.translate(ask(device, Access::Read, iova + 0x18));
                let distance = if stale { 0 } else { MOVED };
                let expected = physical(device, iova) + distance + 0x18;
                assert_eq!(
                    pa,
                    Some(expected),
                    "{what}: device {device}, {iova:#x} should be {}",
                    if stale { "cached still" } else { "read anew" }
                );
            }
        }
        self.rig.finish();
    }
}

fn vma(pscid: Option<u32>, page: Option<u64>) -> Command {
    let pscid = pscid.map(|p| Pscid::truncate(p.into()));
    Command::invalidate_first_stage(None, pscid, page.map(Iova::new))
}

fn after(command: Command, what: &str, moved: impl Fn(u32, u64) -> bool) {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut scene = Scene::new(build);
        scene.invalidate(command);
        scene.check(what, &moved);
    }
}

#[test]
fn vma_of_everything_drops_everything() {
    after(vma(None, None), "VMA", |_, _| true);
}

#[test]
fn vma_of_a_process_spares_others_and_global_pages() {
    after(vma(Some(5), None), "VMA, PSCID 5", |device, iova| {
        device == 0 && iova != GLOBAL
    });
    after(vma(Some(6), None), "VMA, PSCID 6", |device, iova| {
        device == 1 && iova != GLOBAL
    });
    after(vma(Some(7), None), "VMA, PSCID 7", |_, _| false);
    // One that differs in its highest bit only.
    after(vma(Some(0x8_0005), None), "VMA, PSCID 0x80005", |_, _| {
        false
    });
}

#[test]
fn vma_of_an_address_drops_the_page_that_holds_it() {
    for (iova, at) in [
        (PAGE, PAGE),
        (GLOBAL, GLOBAL),
        (NAPOT, NAPOT + 0x7000),
        (LARGE, LARGE + 0x1f_f000),
        (HUGE, HUGE + 0x3fff_f000),
    ] {
        after(vma(None, Some(at)), "VMA, address", |_, other| {
            other == iova
        });
    }
    after(
        vma(None, Some(PAGE + 0x5000)),
        "VMA, another address",
        |_, _| false,
    );
    after(
        vma(None, Some(PAGE + 0x80_0000_0000)),
        "VMA, bit 39",
        |_, _| false,
    );
}

#[test]
fn vma_of_an_address_of_a_process() {
    after(
        vma(Some(5), Some(PAGE)),
        "VMA, PSCID 5, address",
        |device, iova| device == 0 && iova == PAGE,
    );
    after(
        vma(Some(5), Some(GLOBAL)),
        "VMA, PSCID 5, global address",
        |_, _| false,
    );
}

#[test]
fn vma_of_a_guest_spares_the_host() {
    for gscid in [0, 5] {
        let gscid = Some(Gscid::truncate(gscid));
        let command = Command::invalidate_first_stage(gscid, None, None);
        after(command, "VMA, GSCID", |_, _| false);
    }
}

#[test]
fn gvma_spares_what_has_no_second_stage() {
    for gscid in [None, Some(Gscid::truncate(0))] {
        let command = Command::invalidate_second_stage(gscid, None);
        after(command, "GVMA", |_, _| false);
    }
    let command = Command::InvalidateGvma(Invalidation::new(None, Some(PAGE >> 12)));
    after(command, "GVMA, address", |_, _| false);
}

#[test]
fn device_invalidations_spare_translations() {
    after(Command::invalidate_device(None), "INVAL_DDT", |_, _| false);
}

/// Gives devices 0 to 2 other tables, runs a command, and tells which of them
/// use the new one.
fn contexts(build: Build, command: Command) -> Vec<bool> {
    let mut rig = Rig::core(build, 12);
    rig.start_queues();
    rig.set_levels(3);
    let devices = [0x1_2345, 0x1_2346, 0x9_2345];
    let mut tables = Vec::new();
    for n in 0..6u64 {
        let table = PageTable::new(&mut rig, FirstStage::Sv39);
        table.map(&mut rig, PAGE, 0x1_0000_0000 * (n + 1));
        tables.push(table);
    }
    for (n, device) in devices.into_iter().enumerate() {
        rig.put_context(device, context(&tables[n], n as u32 + 1).emit());
        let pa = rig.translate(ask(device, Access::Read, PAGE));
        assert_eq!(pa, Some(0x1_0000_0000 * (n as u64 + 1)));
    }
    for (n, device) in devices.into_iter().enumerate() {
        rig.put_context(device, context(&tables[n + 3], n as u32 + 11).emit());
    }
    rig.command(command);
    rig.fence();
    let moved = devices.into_iter().enumerate().map(|(n, device)| {
        let pa = rig.translate(ask(device, Access::Read, PAGE));
        let old = 0x1_0000_0000 * (n as u64 + 1);
        assert!(
            pa == Some(old) || pa == Some(old + 0x3_0000_0000),
            "{pa:x?}"
        );
        pa != Some(old)
    });
    let moved = moved.collect();
    rig.finish();
    moved
}

#[test]
fn a_device_invalidation_drops_the_contexts_it_names() {
    for build in builds(&Build::ALL) {
        let device = |id: u64| Some(sallyport_formats::DeviceId::truncate(id));
        let run = |command| contexts(build, command);
        assert_eq!(run(Command::invalidate_device(None)), [true; 3]);
        let one = Command::invalidate_device(device(0x1_2345));
        assert_eq!(run(one), [true, false, false]);
        let last = Command::invalidate_device(device(0x9_2345));
        assert_eq!(run(last), [false, false, true]);
        let none = Command::invalidate_device(device(0x2345));
        assert_eq!(run(none), [false; 3]);
        assert_eq!(run(vma(None, None)), [false; 3]);
    }
}

#[test]
fn a_process_invalidation_spares_device_contexts() {
    let device = sallyport_formats::DeviceId::truncate(0x1_2345);
    let command = Command::invalidate_process(device, sallyport_formats::ProcessId::default());
    assert_eq!(contexts(Build::Default, command), [false; 3]);
}

#[test]
fn pages_below_a_global_pointer_are_global() {
    for build in builds(&Build::ALL) {
        for level in [1, 2] {
            let mut rig = Rig::core(build, 13);
            rig.start_queues();
            rig.set_levels(1);
            let table = PageTable::new(&mut rig, FirstStage::Sv39);
            // The second page's walk begins at a pointer that is cached.
            let pages = [PAGE, OTHER];
            let slots = pages.map(|page| table.map(&mut rig, page, page));
            let pointer = table.slot(&mut rig, PAGE, level);
            let word = rig.machine.memory().read_u64(pointer);
            let global = Pte {
                g: true,
                ..Pte::parse(word)
            };
            rig.machine.memory_mut().write_u64(pointer, global.emit());
            rig.put_context(0, context(&table, 5).emit());
            for page in pages {
                assert_eq!(rig.translate(ask(0, Access::Read, page)), Some(page));
            }
            for slot in slots {
                rig.machine.memory_mut().write_u64(slot, 0);
            }
            rig.command(vma(Some(5), None));
            rig.fence();
            for page in pages {
                let pa = rig.translate(ask(0, Access::Read, page));
                assert_eq!(pa, Some(page), "{build}, pointer of level {level}");
            }
            rig.finish();
        }
    }
}

#[test]
fn pointers_go_with_an_invalidation_without_an_address() {
    for build in builds(&Build::ALL) {
        for (pscid, gone) in [(None, true), (Some(5), true), (Some(6), false)] {
            let mut scene = Scene::new(build);
            scene.pages(0);
            // The tables of levels 1 and 0 move.
            let root = PageTable {
                root: Spa::new(
                    scene
                        .rig
                        .machine
                        .memory()
                        .read_u64(Spa::new(scene.rig.directory.raw() + 24))
                        << 12,
                ),
                scheme: FirstStage::Sv39,
            };
            for level in [2, 1] {
                let slot = root.slot(&mut scene.rig, PAGE, level);
                let old = Pte::parse(scene.rig.machine.memory().read_u64(slot));
                let copy = scene.rig.pages(1);
                let mut page = [0; 4096];
                scene
                    .rig
                    .machine
                    .memory()
                    .read(Spa::new(old.ppn << 12), &mut page);
                let memory = scene.rig.machine.memory_mut();
                memory.write(copy, &page);
                memory.write_u64(slot, Pte::pointer(copy.page_number()).emit());
            }
            let fresh = PAGE + 0x5000;
            root.map(&mut scene.rig, fresh, 0x7_0000_0000);
            scene.rig.command(vma(pscid, None));
            scene.rig.fence();
            let pa = scene.rig.translate(ask(0, Access::Read, fresh));
            let expected = gone.then_some(0x7_0000_0000);
            assert_eq!(pa, expected, "{build}, PSCID {pscid:?}");
            scene.rig.fence();
            assert_eq!(scene.rig.faults().len(), usize::from(!gone));
            scene.rig.finish();
        }
    }
}
