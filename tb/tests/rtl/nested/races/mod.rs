// SPDX-License-Identifier: Apache-2.0
//! Invalidations that meet a walk through one or both stages in every clock of it:
//! what is asked after the fence never sees what was before it.

mod scene;

use self::scene::{Change, ON_ITS_WAY, Owner, SLOW, Scene, Start};
use crate::support::{Rig, builds};
use rand::Rng;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Span, SubordinateTiming};

/// Those of some builds that have what is needed.
fn able(some: &[Build], owner: Owner) -> Vec<Build> {
    builds(some)
        .into_iter()
        .filter(|&build| owner != Owner::Process || Rig::core(build, 87).capabilities.pd17)
        .collect()
}

/// In every clock, memory answering soon: a walk ends long after what it has read.
fn in_every_clock(changes: &[Change], owner: Owner) {
    let longest = match owner {
        Owner::Host => 100,
        Owner::Guest => 200,
        Owner::Process => 240,
    };
    for build in able(&[Build::Small, Build::Default], owner) {
        for &change in changes {
            let mut scene = Scene::new(build, owner, SubordinateTiming::fixed(4));
            for lead in -40..longest {
                scene.meet(change, lead, Start::Cold);
            }
            for lead in -40..60 {
                scene.meet(change, lead, Start::Contexts);
                scene.meet(change, lead, Start::Pages);
            }
            scene.rig.finish();
        }
    }
}

/// At random, memory taking its time: what was read before a change arrives after
/// the invalidation.
fn at_random(changes: &[Change], owner: Owner) {
    let timing = SubordinateTiming {
        read_latency: Span::new(1, 120),
        reorder: true,
        interleave: true,
        vary_moment: true,
        ..SubordinateTiming::fixed(1)
    };
    let mut rng = Seed::new(88).fork("races").rng();
    for build in able(&[Build::Small, Build::Default, Build::Full], owner) {
        for &change in changes {
            let mut scene = Scene::new(build, owner, timing);
            for _ in 0..90 {
                let start = [Start::Cold, Start::Contexts, Start::Pages];
                let start = start[rng.random_range(0..start.len())];
                // In a third of them it may meet the directory.
                let longest = [120, 600, 1200][rng.random_range(0..3)];
                scene.meet(change, rng.random_range(-60..longest), start);
            }
            scene.rig.finish();
        }
    }
}

const OF_THE_HOST: [Change; 3] = [Change::FirstStage, Change::Pointer, Change::Device];

const OF_A_DEVICE: [Change; 6] = [
    Change::FirstStage,
    Change::Pointer,
    Change::SecondStage,
    Change::SecondPointer,
    Change::GuestTable,
    Change::Device,
];

const OF_A_PROCESS: [Change; 6] = [
    Change::FirstStage,
    Change::Pointer,
    Change::SecondStage,
    Change::Process,
    Change::Directory,
    Change::Device,
];

#[test]
fn an_invalidation_in_every_clock_of_a_walk_of_the_host() {
    in_every_clock(&OF_THE_HOST, Owner::Host);
}

#[test]
fn an_invalidation_in_every_clock_of_a_walk_that_learns_its_ids() {
    for build in able(&[Build::Default], Owner::Process) {
        let mut scene = Scene::new(build, Owner::Host, SubordinateTiming::fixed(4));
        for others in 6..12 {
            for lead in 10..50 {
                scene.meet_while_learning(others, lead);
            }
        }
        scene.rig.finish();
    }
}

#[test]
fn an_invalidation_in_every_clock_of_a_walk_of_both_stages() {
    in_every_clock(&OF_A_DEVICE, Owner::Guest);
}

#[test]
fn an_invalidation_in_every_clock_of_a_walk_of_a_process() {
    in_every_clock(&OF_A_PROCESS, Owner::Process);
}

#[test]
fn an_invalidation_that_overtakes_what_a_walk_of_the_host_has_read() {
    at_random(&OF_THE_HOST, Owner::Host);
}

#[test]
fn an_invalidation_in_every_clock_of_a_context_on_its_way() {
    for build in builds(&[Build::Small, Build::Default]) {
        let mut scene = Scene::new(build, Owner::Host, SLOW);
        for lead in 0..ON_ITS_WAY {
            // Memory takes some of the words early.
            for _ in 0..6 {
                scene.meet_on_its_way(lead);
            }
        }
        scene.rig.finish();
    }
}

#[test]
fn an_invalidation_that_overtakes_what_a_walk_has_read() {
    at_random(&OF_A_DEVICE, Owner::Guest);
}

#[test]
fn an_invalidation_that_overtakes_what_a_walk_of_a_process_has_read() {
    at_random(&OF_A_PROCESS, Owner::Process);
}
