// SPDX-License-Identifier: Apache-2.0
//! Random traffic of all devices with random pauses everywhere, against a plain
//! array for each device: a read returns what the writes before it left.

use super::scene::{BASE, BUILDS, DEVICES, PAGES, Scene, UNMAPPED};
use crate::support::builds;
use rand::Rng;
use sallyport_bench::Seed;
use sallyport_bench::hardware::SystemConfig;
use sallyport_tlp::{Answer, Manner, Status, Tag};
use std::collections::BTreeMap;

struct Asked {
    device: u32,
    at: u64,
    tag: Tag,
    length: usize,
    /// What it must return; `None` where it is refused.
    wanted: Option<Vec<u8>>,
}

#[test]
fn reads_return_what_writes_left() {
    for build in builds(&BUILDS) {
        for seed in 0..4 {
            run(build, Seed::new(570 + seed));
        }
    }
}

fn run(build: sallyport_bench::Build, seed: Seed) {
    let mut scene = Scene::new(&SystemConfig::random(build, seed));
    let mut rng = seed.fork("traffic").rng();
    let mut shadow: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for device in DEVICES {
        scene.fill(device);
        shadow.insert(
            device,
            scene.memory(device, BASE, (PAGES * 0x1000) as usize),
        );
    }
    let mut asked = Vec::new();
    let mut dropped = 0;
    for _ in 0..400 {
        let device = DEVICES[rng.random_range(0..DEVICES.len())];
        let memory = shadow.get_mut(&device).expect("every device has one");
        let offset = rng.random_range(0..PAGES * 0x1000);
        let to_end = 0x1000 - (offset & 0xfff) as usize;
        let most = [8, 64, 300, 2000][rng.random_range(0..4)];
        let length = rng.random_range(1..=most).min(to_end);
        let range = offset as usize..offset as usize + length;
        let at = BASE + offset;
        match rng.random_range(0..20) {
            0 => {
                let tag = scene.ask(
                    device,
                    UNMAPPED + (offset & 0xfff),
                    length,
                    Manner::default(),
                );
                let at = UNMAPPED + (offset & 0xfff);
                asked.push(Asked {
                    device,
                    at,
                    tag,
                    length,
                    wanted: None,
                });
            }
            1 => {
                scene.write(
                    device,
                    UNMAPPED + (offset & 0xfff),
                    &vec![1; length],
                    Manner::default(),
                );
                dropped += 1;
            }
            2..10 => {
                // A write may pass a read, and be seen by it.
                let meets = |other: &Asked| {
                    other.device == device
                        && other.at < at + length as u64
                        && at < other.at + other.length as u64
                };
                if asked.iter().any(meets) {
                    settle(&mut scene, &mut asked, build);
                }
                let bytes: Vec<u8> = (0..length).map(|_| rng.random()).collect();
                scene.write(device, at, &bytes, Manner::default());
                memory[range].copy_from_slice(&bytes);
            }
            _ => {
                let tag = scene.ask(device, at, length, Manner::default());
                asked.push(Asked {
                    device,
                    at,
                    tag,
                    length,
                    wanted: Some(memory[range].to_vec()),
                });
            }
        }
    }
    settle(&mut scene, &mut asked, build);
    scene.settle();
    for device in DEVICES {
        let found = scene.memory(device, BASE, (PAGES * 0x1000) as usize);
        assert!(found == shadow[&device], "{build} {device:#x}");
    }
    scene.rig.fence();
    assert!(scene.rig.faults().len() >= dropped, "{build}");
    assert_eq!(scene.rig.machine.refusals(), [0; 3]);
    scene.finish();
}

fn settle(scene: &mut Scene, asked: &mut Vec<Asked>, build: sallyport_bench::Build) {
    for Asked {
        device,
        at,
        tag,
        length,
        wanted,
    } in asked.drain(..)
    {
        let wanted = wanted.map_or(Answer::Refused(Status::UnsupportedRequest), Answer::Data);
        let found = scene.answer(device, tag);
        assert!(found == wanted, "{build} {device:#x} {at:#x} {length}");
    }
}
