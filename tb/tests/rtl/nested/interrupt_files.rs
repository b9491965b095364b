// SPDX-License-Identifier: Apache-2.0
//! Interrupt files and the caches: MSI page tables are a device's own, large pages
//! may hold a few of their addresses, and GVMA forgets their entries ("MSI address
//! mask and pattern").

use crate::core::requests::ask;
use crate::support::{Home, Rig, SIZES, Table, builds, context_in};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::{
    Command, FirstStage, Gpa, Gscid, MsiPte, SecondStage, Spa, constants as c,
};
use sallyport_model::{Access, Request};

/// Guest-physical page of the first interrupt file, in the middle of a large page.
const FILES: u64 = 0x1_2345_4000;
/// Where the first stage puts it.
const IOVA: u64 = 0x4000_0000;

/// Two devices of one guest with one page table, or none, and MSI page tables of
/// their own.
struct Scene {
    rig: Rig<CoreSystem>,
    home: Home,
    tables: [Spa; 2],
    table: Option<Table>,
    mask: u64,
}

/// Packs the bits of a page number whose bits in the mask are ones.
fn extract(page: u64, mask: u64) -> u64 {
    let bits = (0..52).filter(|n| mask >> n & 1 == 1);
    bits.zip(0..)
        .map(|(from, to)| (page >> from & 1) << to)
        .sum()
}

impl Scene {
    fn new(build: Build, mask: u64, has_table: bool) -> Self {
        let mut rig = Rig::core(build, 90);
        rig.start_queues();
        rig.set_levels(1);
        let mut home = Home::guest(&mut rig, SecondStage::Sv39x4, 3);
        let table = has_table.then(|| Table::new(&mut rig, &mut home, FirstStage::Sv39));
        let fsc = table.map(|table| table.fsc()).unwrap_or_default();
        let tables = [rig.pages(1), rig.pages(1)];
        for (device, msi) in (0..).zip(tables) {
            let mut dc = context_in(&home, fsc, 5);
            dc.msiptp.mode = c::MSIPTP_MODE_FLAT as u8;
            dc.msiptp.ppn = msi.page_number();
            dc.msi_addr_mask = mask;
            dc.msi_addr_pattern = FILES >> 12;
            rig.put_context(device, dc.emit());
        }
        Self {
            rig,
            home,
            tables,
            table,
            mask,
        }
    }

    /// Sets where an interrupt file of a device is.
    fn file(&mut self, device: usize, gpa: u64, to: u64) {
        let index = extract(gpa >> 12, self.mask);
        let words = MsiPte::Basic { ppn: to >> 12 }.emit();
        for (n, word) in (0..).zip(words) {
            let at = Spa::new(self.tables[device].raw() + 16 * index + 8 * n);
            self.rig.machine.memory_mut().write_u64(at, word);
        }
    }

    fn ask(&self, device: u32, gpa: u64) -> Request {
        let iova = match self.table {
            Some(_) => IOVA + (gpa & (SIZES[3].0 - 1)),
            None => gpa,
        };
        ask(device, Access::Write, iova)
    }

    /// Maps the gigabyte around the files by one page of the first stage, if there
    /// is one, and a page of the second with this number.
    fn map(&mut self, first: usize, second: usize) {
        let aligned = |size: usize| FILES & !(SIZES[size].0 - 1);
        if let Some(table) = self.table {
            let at = IOVA + (aligned(first) & (SIZES[3].0 - 1));
            table.map(&mut self.rig, &mut self.home, at, aligned(first), first);
        }
        let gpa = aligned(second);
        self.home
            .as_guest()
            .map(&mut self.rig, gpa, gpa | 1 << 44, second);
    }
}

/// Builds with MSI page tables, with both stages and with the second alone.
fn everywhere(mut test: impl FnMut(Build, bool)) {
    for build in builds(&Build::ALL) {
        if Rig::core(build, 90).capabilities.msi_flat {
            for has_table in [true, false] {
                test(build, has_table);
            }
        }
    }
}

#[test]
fn devices_of_a_guest_have_interrupt_files_of_their_own() {
    everywhere(|build, has_table| {
        let mut scene = Scene::new(build, 1, has_table);
        scene.map(3, 3);
        let mut requests = Vec::new();
        for device in 0..2u32 {
            for n in 0..2 {
                let gpa = FILES + 0x1000 * n;
                let to = 0x50_0000_0000 + 0x1_0000 * u64::from(device) + 0x1000 * n;
                scene.file(device as usize, gpa, to);
                requests.push(scene.ask(device, gpa));
                let pa = scene.rig.translate(scene.ask(device, gpa));
                assert_eq!(pa, Some(to), "{build}, device {device}");
            }
        }
        scene.rig.check(&format!("{build}, cached"), &requests);
        requests.reverse();
        scene.rig.check(&format!("{build}, backwards"), &requests);
        scene.rig.finish();
    });
}

/// What a large page says counts nowhere in the window, whatever is asked first,
/// and what an interrupt file says nowhere else. The mask is sparse.
#[test]
fn large_pages_around_interrupt_files() {
    everywhere(|build, has_table| {
        for (first, second) in [(3, 3), (2, 3), (3, 2), (2, 2)] {
            for mask in [0b1, 0b1001, 0x1_0001] {
                for is_late in [false, true] {
                    let mut scene = Scene::new(build, mask, has_table);
                    scene.map(first, second);
                    let pages = [0, 1, 2, 3, 7, 8, 9, 10, 16].map(|n| FILES + 0x1000 * n);
                    let mut requests = Vec::new();
                    for gpa in pages {
                        if (gpa >> 12 ^ FILES >> 12) & !mask == 0 {
                            scene.file(0, gpa, 0x50_0000_0000 + 0x10 * gpa);
                        }
                        requests.push(scene.ask(0, gpa + 4));
                    }
                    if is_late {
                        requests.reverse();
                    }
                    let what = format!("{build}, pages {first} over {second}, mask {mask:#x}");
                    scene.rig.check(&format!("{what}, cold"), &requests);
                    // One after another, so that each finds what the last has left.
                    scene
                        .rig
                        .put(Command::invalidate_second_stage(None, None).emit());
                    for request in &requests {
                        scene.rig.check(&what, &[*request]);
                    }
                    scene.rig.check(&format!("{what}, cached"), &requests);
                    scene.rig.finish();
                }
            }
        }
    });
}

#[test]
fn gvma_forgets_interrupt_files() {
    everywhere(|build, has_table| {
        for address in [None, Some(Gpa::new(FILES))] {
            let mut scene = Scene::new(build, 1, has_table);
            scene.map(3, 3);
            let [old, new] = [0x50_0000_0000, 0x51_0000_0000];
            scene.file(0, FILES, old);
            let request = scene.ask(0, FILES);
            assert_eq!(scene.rig.translate(request), Some(old));
            scene.file(0, FILES, new);
            for (gscid, expected) in [(4, old), (3, new)] {
                let guest = Some(Gscid::truncate(gscid));
                scene
                    .rig
                    .command(Command::invalidate_second_stage(guest, address));
                scene.rig.fence();
                assert_eq!(scene.rig.translate(request), Some(expected), "{build}");
            }
            scene.rig.finish();
        }
    });
}

/// Around a window a page of the second stage is cached in small parts; any of its
/// addresses drops them all.
#[test]
fn gvma_of_a_large_page_drops_its_parts() {
    everywhere(|build, has_table| {
        let mut scene = Scene::new(build, 1, has_table);
        scene.map(3, 2);
        let page = FILES + 0x8000;
        let request = scene.ask(0, page);
        assert_eq!(scene.rig.translate(request), Some(page | 1 << 44));
        let large = FILES & !(SIZES[2].0 - 1);
        scene
            .home
            .as_guest()
            .map(&mut scene.rig, large, large | 1 << 45, 2);
        let guest = Some(Gscid::truncate(3));
        let address = Some(Gpa::new(large + 0x1f_f000));
        scene
            .rig
            .command(Command::invalidate_second_stage(guest, address));
        scene.rig.fence();
        assert_eq!(
            scene.rig.translate(request),
            Some(page | 1 << 45),
            "{build}"
        );
        scene.rig.finish();
    });
}

/// Every bit of an entry in basic mode, and errors in its place.
#[test]
fn every_bit_of_an_entry() {
    everywhere(|build, has_table| {
        let mut scene = Scene::new(build, 1, has_table);
        scene.map(3, 3);
        scene.file(0, FILES, 0x50_0000_0000);
        let write = scene.ask(0, FILES);
        let requests = [Access::Write, Access::Read, Access::Execute]
            .map(|access| Request { access, ..write });
        let forget = Command::invalidate_second_stage(None, None);
        let slot = scene.tables[0].raw() + 16 * extract(FILES >> 12, scene.mask);
        for (word, at) in [slot, slot + 8].map(Spa::new).into_iter().enumerate() {
            let entry = scene.rig.machine.memory().read_u64(at);
            // Without bit 2 the mode is that of files in memory.
            for bit in (0..64).filter(|bit| (word, *bit) != (0, 2)) {
                let memory = scene.rig.machine.memory_mut();
                memory.write_u64(at, entry ^ 1 << bit);
                scene.rig.command(forget);
                let what = format!("{build}, word {word}, bit {bit}");
                scene.rig.check(&what, &requests);
            }
            scene.rig.machine.memory_mut().write_u64(at, entry);
            let range = at..Spa::new(at.raw() + 8);
            for attributes in [Attributes::error(Resp::SlvErr), Attributes::POISON] {
                let memory = scene.rig.machine.memory_mut();
                memory.set_attributes(range.clone(), attributes);
                scene.rig.command(forget);
                let what = format!("{build}, word {word}, {attributes:?}");
                scene.rig.check(&what, &requests);
            }
            let memory = scene.rig.machine.memory_mut();
            memory.set_attributes(range, Attributes::NORMAL);
        }
        scene.rig.finish();
    });
}
