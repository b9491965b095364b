// SPDX-License-Identifier: Apache-2.0
//! Invalidations of ranges of addresses (S) and of pointers with an address (NL):
//! "Address range invalidation", "Non-leaf PTE invalidation".

use crate::core::requests::ask;
use crate::support::{Home, Rig, Table, builds, context_in};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_formats::command::{Command, Invalidation};
use sallyport_formats::{FirstStage, Gscid, Pte, SecondStage};
use sallyport_model::Access;

/// A multiple of the biggest range.
const BASE: u64 = 0x8_0000_0000;
const FRAMES: u64 = 0x10_0000_0000;
/// How far frames are moved.
const MOVED: u64 = 0x100_0000_0000;

struct Scene {
    rig: Rig<CoreSystem>,
    home: Home,
    /// Of a device without a first stage there is none.
    table: Option<Table>,
}

impl Scene {
    fn new(build: Build, is_guest: bool, has_table: bool) -> Self {
        let mut rig = Rig::core(build, 85);
        rig.start_queues();
        rig.set_levels(1);
        let mut home = if is_guest {
            Home::guest(&mut rig, SecondStage::Sv39x4, 3)
        } else {
            Home::Host
        };
        let table = has_table.then(|| Table::new(&mut rig, &mut home, FirstStage::Sv39));
        let fsc = table.map(|table| table.fsc()).unwrap_or_default();
        rig.put_context(0, context_in(&home, fsc, 5).emit());
        Self { rig, home, table }
    }

    /// Maps a page of the size with this number, at a frame that is moved or not.
    fn map(&mut self, page: u64, size: usize, moved: bool) {
        let frame = FRAMES + (page - BASE) + if moved { MOVED } else { 0 };
        match (self.table, &self.home) {
            (None, home) => home.as_guest().map(&mut self.rig, page, frame, size),
            (Some(table), _) => {
                table.map(&mut self.rig, &mut self.home, page, frame, size);
                if let Home::Guest(guest) = &self.home {
                    guest.map(&mut self.rig, frame, frame, size);
                }
            }
        }
    }

    fn is_moved(&mut self, page: u64) -> bool {
        let pa = self.rig.translate(ask(0, Access::Read, page));
        let frame = FRAMES + (page - BASE);
        assert!(
            pa == Some(frame) || pa == Some(frame + MOVED),
            "{page:#x} is at {pa:x?}"
        );
        pa != Some(frame)
    }

    /// The invalidation of what this device's entries are.
    fn command(&self, page: u64, s: bool, nl: bool) -> Command {
        let guest = match &self.home {
            Home::Host => None,
            Home::Guest(_) => Some(Gscid::truncate(3)),
        };
        let operands = Invalidation {
            s,
            nl,
            ..Invalidation::new(guest, Some(page))
        };
        match self.table {
            Some(_) => Command::InvalidateVma(operands),
            None => Command::InvalidateGvma(operands),
        }
    }

    /// Pages inside and outside of a range of 2^(`x` + 1) pages that begins at
    /// `start`; all are moved, and the range is invalidated.
    fn range(&mut self, x: u32, start: u64) {
        let bytes = 0x2000 << x;
        let end = start + bytes;
        // The parts that the IOTLB compares are left out as a whole.
        let step = [1 << 16, 1 << 21, 1 << 30, 1 << 39]
            .into_iter()
            .find(|step| bytes <= *step)
            .expect("a step that holds the range");
        let (low, high) = (start & !(step - 1), end.next_multiple_of(step));
        let mut places = vec![start, end - 0x1000, start + bytes / 2];
        if x == 0 {
            places.pop();
        }
        let mut outside = vec![high, high + step];
        if low > BASE {
            outside.push(low - 0x1000);
        }
        for &page in places.iter().chain(&outside) {
            self.map(page, 0, false);
        }
        for &page in places.iter().chain(&outside) {
            assert!(!self.is_moved(page));
        }
        for &page in places.iter().chain(&outside) {
            self.map(page, 0, true);
        }
        let number = start >> 12 | ((1 << x) - 1);
        let command = self.command(number, true, false);
        self.rig.command(command);
        self.rig.fence();
        for &page in &outside {
            assert!(
                !self.is_moved(page),
                "2^{x} at {start:#x}: {page:#x} is outside"
            );
        }
        for &page in &places {
            assert!(
                self.is_moved(page),
                "2^{x} at {start:#x}: {page:#x} is inside"
            );
        }
    }
}

/// Host, guest with both stages, guest with the second alone.
const KINDS: [(bool, bool); 3] = [(false, true), (true, true), (true, false)];

#[test]
fn a_range_goes_and_what_is_beyond_it_stays() {
    for build in builds(&Build::ALL) {
        for (is_guest, has_table) in KINDS {
            for x in [0, 1, 2, 3, 4, 7, 8, 9, 12, 17] {
                for start in [BASE, BASE + (0x2000 << x)] {
                    let mut scene = Scene::new(build, is_guest, has_table);
                    if scene.rig.capabilities.s {
                        scene.range(x, start);
                    }
                    scene.rig.finish();
                }
            }
        }
    }
}

#[test]
fn a_range_within_a_large_page_drops_it() {
    for build in builds(&Build::ALL) {
        for (is_guest, has_table) in KINDS {
            let mut scene = Scene::new(build, is_guest, has_table);
            if scene.rig.capabilities.s {
                scene.map(BASE, 2, false);
                assert!(!scene.is_moved(BASE));
                scene.map(BASE, 2, true);
                let inside = (BASE + 0x4_0000) >> 12 | 1;
                let command = scene.command(inside, true, false);
                scene.rig.command(command);
                scene.rig.fence();
                assert!(scene.is_moved(BASE), "{build}");
            }
            scene.rig.finish();
        }
    }
}

/// With NL an address names the pointers on its path as well.
#[test]
fn nl_drops_the_pointers_of_an_address() {
    for build in builds(&Build::ALL) {
        for (is_guest, has_table) in KINDS {
            for level in [1, 2] {
                let mut scene = Scene::new(build, is_guest, has_table);
                if scene.rig.capabilities.nl {
                    scene.map(BASE, 0, false);
                    assert!(!scene.is_moved(BASE));
                    // The table below that entry is another from now on.
                    let rig = &mut scene.rig;
                    let (slot, next) = match scene.table {
                        Some(table) => (
                            table.slot(rig, &mut scene.home, BASE, level),
                            scene.home.page(rig),
                        ),
                        None => (
                            scene.home.as_guest().slot(rig, BASE, level),
                            rig.pages(1).raw(),
                        ),
                    };
                    let pointer = Pte::pointer(next >> 12).emit();
                    rig.machine.memory_mut().write_u64(slot, pointer);
                    let fresh = BASE + 0x7000;
                    scene.map(fresh, 0, true);
                    let command = scene.command(BASE >> 12, false, true);
                    scene.rig.command(command);
                    scene.rig.fence();
                    assert!(scene.is_moved(fresh), "{build}, level {level}");
                }
                scene.rig.finish();
            }
        }
    }
}
