// SPDX-License-Identifier: Apache-2.0
//! Walks and invalidations that meet: whatever the order, after a fence nothing
//! is answered from before it.
//!
//! A stream of requests never stops while software moves pages, gives devices
//! other tables, invalidates and fences. Every answer is dated: a translation
//! that was replaced before a fence is wrong in every answer after that fence.

mod scene;

use self::scene::{BASE, PAGES, Scene};
use super::requests::ask;
use crate::support::{PageTable, Rig, builds, context, core_request};
use rand::Rng;
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Span, SubordinateTiming};
use sallyport_formats::{Cause, FirstStage, Spa, constants as c};
use sallyport_model::Access;

/// Reads may take their data long before they are answered.
fn early(latency: u32) -> SubordinateTiming {
    SubordinateTiming {
        read_latency: Span::new(1, latency),
        reorder: true,
        interleave: true,
        vary_moment: true,
        ..SubordinateTiming::fixed(1)
    }
}

fn race(build: Build, timing: SubordinateTiming, rounds: u32, seed: u64) {
    let mut scene = Scene::new(build, timing, Seed::new(seed));
    for _ in 0..rounds {
        scene.round();
    }
    scene.finish();
}

#[test]
fn nothing_old_is_answered_after_a_fence() {
    for build in builds(&Build::ALL) {
        race(build, early(60), 400, 70);
    }
}

#[test]
fn nothing_old_is_answered_after_a_fence_with_slow_memory() {
    for build in builds(&Build::ALL) {
        race(build, early(400), 100, 71);
    }
}

#[test]
fn nothing_old_is_answered_after_a_fence_over_random_buses() {
    for build in builds(&Build::ALL) {
        race(build, SubordinateTiming::random(40), 200, 72);
    }
}

/// A walk that began under the context of before is joined by nobody who comes
/// after INVAL_DDT, whichever clock of the walk the invalidation meets.
///
/// Were it joined, those who join would be answered one a clock after the one
/// that the fence waits for, and most of them after the fence.
#[test]
fn a_walk_under_an_old_context_is_not_joined() {
    const LATENCY: u32 = 60;
    // The context, three page-table entries, and what lies between.
    const WALK: u64 = 5 * LATENCY as u64;
    for build in builds(&Build::ALL) {
        let mut scene = Scene::new(build, SubordinateTiming::fixed(LATENCY), Seed::new(74));
        for distance in 0..WALK {
            scene.ambush(distance);
        }
        scene.finish();
    }
}

#[test]
fn ddtp_changes_under_traffic() {
    for build in builds(&Build::ALL) {
        let mut config = SystemConfig::new(build, Seed::new(73));
        config.table_memory = early(60);
        let mut rig: Rig<CoreSystem> = Rig::started(&config, 1);
        let mut rng = Seed::new(73).fork("ddtp").rng();
        let mut directories = Vec::new();
        for n in 0..2u64 {
            rig.directory = rig.pages(1);
            directories.push(rig.directory);
            let table = PageTable::new(&mut rig, FirstStage::Sv39);
            for page in 0..PAGES {
                table.map(
                    &mut rig,
                    BASE + page * 0x1000,
                    0x10_0000_0000 * (n + 1) + page * 0x1000,
                );
            }
            // The PSCID belongs to the table.
            rig.put_context(0, context(&table, n as u32 + 1).emit());
        }
        for round in 0..60 {
            let (directory, mode, base) = match rng.random_range(0..4) {
                0 => (Spa::default(), c::DDTP_MODE_OFF, None),
                1 => (Spa::default(), c::DDTP_MODE_BARE, Some(BASE)),
                n => (
                    directories[n - 2],
                    c::DDTP_MODE_1LVL,
                    Some(0x10_0000_0000 * (n as u64 - 1)),
                ),
            };
            for n in 0..rng.random_range(0..60) {
                let request = ask(0, Access::Read, BASE + n % PAGES * 0x1000);
                rig.machine.submit(core_request(&request));
            }
            rig.run(rng.random_range(0..80));
            rig.directory = directory;
            let before = rig.machine.now();
            rig.set_ddtp(mode);
            // What was accepted before is answered: busy has fallen.
            let from = rig.machine.now();
            for page in 0..PAGES {
                rig.machine
                    .submit(core_request(&ask(0, Access::Read, BASE + page * 0x1000)));
            }
            rig.until("answers", 20_000, |machine| machine.in_flight() == 0);
            while let Some(answered) = rig.machine.pop_answer() {
                if answered.accepted > from {
                    let offset = answered.answer.pa & 0xf_ffff;
                    let got = (!answered.answer.fault).then_some(answered.answer.pa);
                    assert_eq!(
                        got,
                        base.map(|base| base + offset),
                        "{build}, round {round}"
                    );
                } else if answered.accepted <= before {
                    assert!(
                        answered.done <= from,
                        "{build}, round {round}: busy fell too early"
                    );
                }
            }
            rig.fence();
            rig.faults();
        }
        rig.finish();
    }
}

/// A walk begins by one directory, the old or the new, whichever clock of its start the
/// write of `ddtp` meets.
#[test]
fn ddtp_changes_in_every_clock_of_a_start() {
    const PAGE: u64 = 0x10_0000_0000;
    for build in builds(&Build::ALL) {
        for mode in [c::DDTP_MODE_OFF, c::DDTP_MODE_BARE] {
            let mut config = SystemConfig::new(build, Seed::new(75));
            config.table_memory = SubordinateTiming::fixed(4);
            let mut rig: Rig<CoreSystem> = Rig::started(&config, 1);
            let table = PageTable::new(&mut rig, FirstStage::Sv39);
            table.map(&mut rig, BASE, PAGE);
            rig.put_context(0, context(&table, 1).emit());
            let directory = rig.directory;
            for lead in 0..40 {
                rig.directory = directory;
                rig.set_ddtp(c::DDTP_MODE_1LVL);
                rig.machine
                    .submit(core_request(&ask(0, Access::Read, BASE)));
                rig.run(lead);
                rig.directory = Spa::default();
                rig.set_ddtp(mode);
                rig.until("an answer", 20_000, |machine| machine.in_flight() == 0);
                let answered = rig.machine.pop_answer().expect("it is answered");
                if answered.answer.fault {
                    assert_eq!(mode, c::DDTP_MODE_OFF, "{build}, {lead} clocks later");
                } else {
                    let bare = mode == c::DDTP_MODE_BARE && answered.answer.pa == BASE;
                    assert!(
                        bare || answered.answer.pa == PAGE,
                        "{build}, {lead} clocks later: {:#x}",
                        answered.answer.pa
                    );
                }
                rig.fence();
                for record in rig.faults() {
                    assert_eq!(
                        record.cause,
                        Cause::AllInboundDisallowed,
                        "{build}, {lead} clocks later"
                    );
                }
            }
            rig.finish();
        }
    }
}
