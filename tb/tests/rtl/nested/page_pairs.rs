// SPDX-License-Identifier: Apache-2.0
//! Every size of page in either stage over every other: both ends of each page,
//! and what is beyond them, against the golden model, cold and cached.

use crate::core::requests::ask;
use crate::support::{Home, Rig, SIZES, Table, builds, context_in};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_formats::{FirstStage, SecondStage};
use sallyport_model::{Access, Request};

/// Where a second-stage page goes, by its number: no two neighbours stay so.
fn scattered(number: u64, size: u64) -> u64 {
    (1 << 54) + number % 0x1_0000 * 3 * size
}

struct Scene {
    rig: Rig<CoreSystem>,
    home: Home,
    table: Table,
    /// Guest-physical address of the pages.
    data: u64,
    /// First of the pages.
    iova: u64,
}

impl Scene {
    fn new(build: Build) -> Self {
        let mut rig = Rig::core(build, 81);
        rig.start_queues();
        rig.set_levels(1);
        let wide = rig.capabilities.sv48x4;
        let scheme = if wide {
            SecondStage::Sv48x4
        } else {
            SecondStage::Sv39x4
        };
        let mut home = Home::guest(&mut rig, scheme, 3);
        let scheme = if rig.capabilities.sv48 {
            FirstStage::Sv48
        } else {
            FirstStage::Sv39
        };
        let table = Table::new(&mut rig, &mut home, scheme);
        rig.put_context(0, context_in(&home, table.fsc(), 5).emit());
        Self {
            rig,
            home,
            table,
            // The two bits that the second stage's root has more.
            data: if wide {
                0x3_0000_0000_0000
            } else {
                0x180_0000_0000
            },
            iova: if wide { 0x80_0000_0000 } else { 0x2_0000_0000 },
        }
    }

    /// The sizes that both stages have.
    fn sizes(&self) -> usize {
        if self.rig.capabilities.sv48x4 { 5 } else { 4 }
    }

    /// Three pages of the first stage's size that are neighbours for the device
    /// but not for the guest, and the second stage's pages under what is asked.
    fn pair(&mut self, first: usize, second: usize) {
        let (small, large) = (SIZES[first].0, SIZES[second].0);
        let what = format!("{small:#x} over {large:#x}");
        // Somewhere within a page of the second stage, if there is room.
        let start = self.data + large.max(2 * small) + if small < large { 5 * small } else { 0 };
        let edges = [
            0,
            small.min(large) - 8,
            large % small,
            small / 2 + 16,
            small - 8,
        ];
        let mut requests: Vec<Request> = Vec::new();
        for page in 0..3 {
            let iova = self.iova + page * small;
            let gpa = start + page * 3 * small;
            self.table
                .map(&mut self.rig, &mut self.home, iova, gpa, first);
            for (n, edge) in edges.into_iter().enumerate() {
                let access = [Access::Read, Access::Write][n % 2];
                requests.push(ask(0, access, iova + edge));
                // Of the last page's end there is no memory.
                if page < 2 || n < 4 {
                    let chunk = (gpa + edge) / large;
                    let pa = scattered(chunk, large);
                    let guest = self.home.as_guest();
                    guest.map(&mut self.rig, chunk * large, pa, second);
                }
            }
        }
        // Beyond the pages, and back to the first: of three that are cached the
        // nearest may not answer.
        requests.push(ask(0, Access::Read, self.iova + 3 * small));
        requests.push(ask(0, Access::Execute, self.iova));
        self.rig.check(&format!("{what}, cold"), &requests);
        self.rig.check(&format!("{what}, cached"), &requests);
        requests.reverse();
        self.rig.check(&format!("{what}, backwards"), &requests);
    }
}

#[test]
fn every_pair_of_page_sizes() {
    for build in builds(&Build::ALL) {
        let sizes = Scene::new(build).sizes();
        for (first, second) in (0..sizes).flat_map(|f| (0..sizes).map(move |s| (f, s))) {
            let mut scene = Scene::new(build);
            scene.pair(first, second);
            scene.rig.finish();
        }
    }
}
