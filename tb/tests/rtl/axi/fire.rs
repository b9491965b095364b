// SPDX-License-Identifier: Apache-2.0
//! Unmapped under fire: devices never stop writing and reading while their pages
//! are given other frames. After the fence no write reaches the old frame, and
//! nobody reads it.

use super::scene::{BASE, Scene};
use crate::support::builds;
use rand::Rng;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Clock, LiteAccess, LiteSize};
use sallyport_formats::command::Fence;
use sallyport_formats::{Command, Iova, Pscid, Spa, constants as c};

const DEVICES: u32 = 3;
const PAGES: u64 = 12;
const FRAMES: u64 = 0x8_0000_0000;

fn fire(config: &SystemConfig, rounds: u64) {
    let seed = config.seed;
    let mut rng = seed.fork("fire").rng();
    let mut scene = Scene::new(config, DEVICES);
    scene.rig.machine.log_addresses();
    scene
        .rig
        .machine
        .memory_mut()
        .watch(Spa::new(FRAMES)..Spa::new(FRAMES << 1));
    // Each page gets a frame that nobody had before.
    let mut frames = FRAMES;
    let mut owner = vec![vec![0; PAGES as usize]; DEVICES as usize];
    for device in 0..DEVICES {
        for page in 0..PAGES {
            owner[device as usize][page as usize] = frames;
            let table = scene.tables[device as usize];
            table.map(&mut scene.rig, BASE + page * 0x1000, frames);
            frames += 0x1000;
        }
    }
    scene.rig.forget();
    scene.rig.machine.take_addresses();
    let mut retired: Vec<(u64, Clock)> = Vec::new();

    let mut feed = |scene: &mut Scene| {
        while scene.rig.machine.devices().queued() < 4 {
            let device = rng.random_range(0..DEVICES);
            let beats = rng.random_range(1..=8);
            let offset = rng.random_range(0..0xf00u64) & !15;
            let iova = BASE + rng.random_range(0..PAGES) * 0x1000 + offset;
            let ax = scene.burst(device, rng.random_range(0..16), iova, beats);
            if rng.random_range(0..2) == 0 {
                scene.read(ax);
            } else {
                scene.write(ax, &[0x5a; 128]);
            }
        }
        scene.rig.step();
        for done in scene.taken().values() {
            assert!(!done.resp.is_error(), "{:x?}", done.transaction.ax());
        }
    };
    let mut pick = seed.fork("pick").rng();
    for round in 0..rounds {
        for _ in 0..pick.random_range(0..150) {
            feed(&mut scene);
        }
        let device = pick.random_range(0..DEVICES);
        let whole = pick.random_range(0..3) == 0;
        let first = pick.random_range(0..PAGES);
        let pages: Vec<u64> = if whole {
            (0..PAGES).collect()
        } else {
            vec![first]
        };
        let mut old = Vec::new();
        for &page in &pages {
            let slot = &mut owner[device as usize][page as usize];
            old.push(*slot);
            *slot = frames;
            let table = scene.tables[device as usize];
            table.map(&mut scene.rig, BASE + page * 0x1000, frames);
            frames += 0x1000;
        }
        let pscid = Some(Pscid::truncate(u64::from(device) + 1));
        let page = (!whole).then(|| Iova::new(BASE + first * 0x1000));
        scene
            .rig
            .put(Command::invalidate_first_stage(None, pscid, page).emit());
        let fence = Fence {
            pr: true,
            pw: true,
            ..Fence::default()
        };
        scene.rig.put(Command::Fence(fence).emit());
        let tail = scene.rig.command_tail;
        let ring = LiteAccess::write(c::REG_CQT as u32, LiteSize::Four, tail.into());
        scene.rig.machine.registers().submit(ring);
        let start = scene.rig.machine.now();
        let done = 'fence: loop {
            if scene.rig.machine.registers().is_idle() {
                let head = LiteAccess::read(c::REG_CQH as u32, LiteSize::Four);
                scene.rig.machine.registers().submit(head);
            }
            feed(&mut scene);
            while let Some(read) = scene.rig.machine.registers().pop_completion() {
                if read.access.write.is_none() && read.value == u64::from(tail) {
                    break 'fence read.done;
                }
            }
            let waited = scene.rig.machine.now().since(start);
            assert!(
                waited < 20_000,
                "round {round}: the fence does not complete"
            );
        };
        retired.extend(old.into_iter().map(|frame| (frame, done)));
    }
    scene.settle(50_000);
    scene.rig.fence();
    assert!(scene.rig.faults().is_empty());

    let over = |pa: u64| {
        let frame = pa & !0xfff;
        retired
            .iter()
            .find(|(old, _)| *old == frame)
            .map(|(_, done)| *done)
    };
    for write in scene.rig.machine.memory().journal() {
        let over = over(write.word.raw());
        assert!(
            over.is_none_or(|over| write.clock <= over),
            "{:#x} was written at {}, but its frame was taken away by {over:?}",
            write.word.raw(),
            write.clock
        );
    }
    for address in scene.rig.machine.take_addresses() {
        let over = over(address.ax.addr);
        assert!(
            over.is_none_or(|over| address.clock <= over),
            "{address:x?} left, but its frame was taken away by {over:?}"
        );
    }
    scene.rig.finish();
}

#[test]
fn unmapped_under_fire() {
    for build in builds(&Build::ALL) {
        fire(&SystemConfig::new(build, Seed::new(130)), 150);
    }
}

#[test]
fn unmapped_under_fire_over_random_buses() {
    for build in builds(&Build::ALL) {
        fire(&SystemConfig::random(build, Seed::new(131)), 150);
    }
}
