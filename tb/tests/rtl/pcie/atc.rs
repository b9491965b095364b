// SPDX-License-Identifier: Apache-2.0
//! A function with an address translation cache, while pages move under it.

use super::scene::{BASE, BUILDS, DEVICES, PAGES, Scene, physical};
use crate::support::builds;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_formats::command::{Ats, Fence};
use sallyport_formats::context::Tc;
use sallyport_formats::{Command, Spa, constants as c};
use sallyport_tlp::{
    AddressType, Answer, Body, Endpoint, Fetched, Manner, PageRange, Tag, Tlp, TranslationCache,
    Usage,
};
use std::collections::{BTreeMap, BTreeSet};

const DEVICE: u32 = DEVICES[1];
/// What a frame holds that was given to somebody else.
const FOREIGN: u64 = 0x0f0f_0f0f_f0f0_f0f0;
/// Times that a page moves.
const MOVES: usize = 60;
/// Accesses under way at most.
const ACCESSES: usize = 12;
/// Translations that the cache has room for, fewer than there are pages.
const CAPACITY: usize = 10;
/// Clocks that a move may take.
const PATIENCE: usize = 20_000;

const TRANSLATED: Manner = Manner {
    address_type: AddressType::Translated,
    pasid: None,
};

/// How the function takes invalidate requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manners {
    /// As it must.
    Obeys,
    /// It answers and forgets nothing.
    Ignores,
}

/// The function, which reads and writes where its cache says.
struct Device {
    manners: Manners,
    cache: TranslationCache,
    reads: BTreeMap<Tag, Usage>,
    asked: BTreeMap<Tag, u64>,
    rng: ChaCha8Rng,
    /// Reads that found what is somebody else's.
    foreign: u64,
    hits: u64,
    stale: u64,
    writes: u64,
}

impl Device {
    fn new(scene: &mut Scene, manners: Manners, seed: Seed) -> Self {
        let id = scene.endpoint(DEVICE).id();
        Self {
            manners,
            cache: TranslationCache::new(id, CAPACITY),
            reads: BTreeMap::new(),
            asked: BTreeMap::new(),
            rng: seed.rng(),
            foreign: 0,
            hits: 0,
            stale: 0,
            writes: 0,
        }
    }

    /// Takes what has come, and now and then begins something.
    fn tick(&mut self, scene: &mut Scene, busy: bool) {
        while let Some(incoming) = scene.rig.machine.link().receive() {
            match &incoming.tlp.body {
                Body::Completion(completion) => {
                    let done = scene.endpoint(DEVICE).complete(completion);
                    if let Some((tag, answer)) = done.expect("the rules are kept") {
                        self.answered(scene, tag, &answer);
                    }
                }
                Body::Message(message) => {
                    // An empty cache has nothing to forget, and answers at once.
                    let id = scene.endpoint(DEVICE).id();
                    let mut empty = TranslationCache::new(id, 1);
                    let cache = match self.manners {
                        Manners::Obeys => &mut self.cache,
                        Manners::Ignores => &mut empty,
                    };
                    let due = cache.invalidate(message, incoming.tlp.pasid);
                    send(scene, due);
                }
                other => panic!("{other:?}"),
            }
        }
        if busy && self.reads.len() + self.asked.len() < ACCESSES && self.rng.random_bool(0.2) {
            self.access(scene);
        }
    }

    fn answered(&mut self, scene: &mut Scene, tag: Tag, answer: &Answer) {
        if self.asked.remove(&tag).is_some() {
            match self.cache.answered(tag, answer) {
                Fetched::Held => {}
                Fetched::Stale => self.stale += 1,
                other => panic!("{other:?}: {answer:?}"),
            }
            return;
        }
        let usage = self.reads.remove(&tag).expect("it has asked");
        let Answer::Data(data) = answer else {
            panic!("{answer:?}");
        };
        self.foreign += u64::from(data[..] == FOREIGN.to_le_bytes());
        let due = self.cache.done(usage);
        send(scene, due);
    }

    /// An access of eight bytes, or the request for its translation.
    fn access(&mut self, scene: &mut Scene) {
        let at = BASE + self.rng.random_range(0..PAGES * 0x200) * 8;
        let write = self.rng.random_bool(0.5);
        let Some(found) = self.cache.look_up(at, write, None) else {
            let page = at & !0xfff;
            if !self.asked.values().any(|&asked| asked == page) {
                let endpoint = scene.endpoint(DEVICE);
                let (tag, tlp) = self.cache.ask(endpoint, at, 1, false, None);
                scene.send(DEVICE, &tlp);
                self.asked.insert(tag, page);
            }
            return;
        };
        self.hits += 1;
        let endpoint: &mut Endpoint = scene.endpoint(DEVICE);
        if write {
            let bytes = self.rng.random::<[u8; 8]>();
            let tlp = endpoint.write(found.address, &bytes, TRANSLATED);
            scene.send(DEVICE, &tlp.expect("it fits"));
            self.writes += 1;
            let due = self.cache.done(found.usage);
            send(scene, due);
        } else {
            let (tag, tlp) = endpoint
                .read(found.address, 8, TRANSLATED)
                .expect("it fits");
            scene.send(DEVICE, &tlp);
            self.reads.insert(tag, found.usage);
        }
    }
}

fn send(scene: &mut Scene, messages: impl IntoIterator<Item = Tlp>) {
    for message in messages {
        scene.send(DEVICE, &message);
    }
}

/// Two frames that a page may lie in.
fn frame(page: u64, second: bool) -> u64 {
    physical(DEVICE, page) + if second { 0x1000 } else { 0 }
}

/// Fills a frame.
fn fill(scene: &mut Scene, frame: u64, word: u64) {
    for at in (frame..frame + 0x1000).step_by(8) {
        scene.rig.machine.memory_mut().write_u64(Spa::new(at), word);
    }
}

/// Words of a frame that its new owner does not find again.
fn changed(scene: &Scene, frame: u64) -> u64 {
    let memory = scene.rig.machine.memory();
    let word = |at| memory.read_u64(Spa::new(at));
    (frame..frame + 0x1000)
        .step_by(8)
        .filter(|&at| word(at) != FOREIGN)
        .count() as u64
}

/// What came of pages that moved.
struct Moved {
    device: Device,
    /// Words of others that were written.
    changed: u64,
}

/// Moves pages, one after the other or a few at once, while the device works.
fn run(build: Build, manners: Manners, seed: u64) -> Moved {
    let tc = Tc {
        en_ats: true,
        ..Tc::default()
    };
    let seed = Seed::new(seed);
    let mut scene = Scene::with(&SystemConfig::random(build, seed), tc);
    let mut device = Device::new(&mut scene, manners, seed.fork("device"));
    let mut rng = seed.fork("moves").rng();
    let mut second = vec![false; PAGES as usize];
    for page in 0..PAGES {
        fill(&mut scene, frame(page, true), FOREIGN);
    }
    let mut lost = 0;
    for _ in 0..MOVES {
        for _ in 0..rng.random_range(0..400) {
            device.tick(&mut scene, true);
            scene.rig.step();
        }
        let order: u32 = rng.random_range(0..3);
        let count = 1 << order;
        let first = rng.random_range(0..PAGES) & !(count - 1);
        let pages: BTreeSet<u64> = (first..first + count).collect();
        for &page in &pages {
            let old = second[page as usize];
            lost += changed(&scene, frame(page, !old));
            second[page as usize] = !old;
            fill(&mut scene, frame(page, !old), 0);
            let table = scene.tables[&DEVICE];
            table.map(&mut scene.rig, BASE + page * 0x1000, frame(page, !old));
        }
        invalidate(&mut scene, &mut device, first, count);
        for &page in &pages {
            fill(&mut scene, frame(page, !second[page as usize]), FOREIGN);
        }
    }
    for _ in 0..PATIENCE {
        if device.reads.is_empty() && device.asked.is_empty() {
            break;
        }
        device.tick(&mut scene, false);
        scene.rig.step();
    }
    scene.settle();
    for page in 0..PAGES {
        lost += changed(&scene, frame(page, !second[page as usize]));
    }
    assert_eq!(scene.rig.faults(), [], "{build}");
    scene.finish();
    Moved {
        device,
        changed: lost,
    }
}

/// Has the IOMMU forget, then the device, and waits until both have.
fn invalidate(scene: &mut Scene, device: &mut Device, first: u64, count: u64) {
    let fence = Fence {
        pr: true,
        pw: true,
        ..Fence::default()
    };
    let range = PageRange::new(BASE + first * 0x1000, count * 0x1000);
    let forget = Ats {
        rid: DEVICE as u16,
        payload: range.expect("a power of two").word(),
        ..Ats::default()
    };
    for command in [
        Command::invalidate_first_stage(None, None, None),
        Command::Fence(fence),
        Command::AtsInvalidate(forget),
        Command::Fence(fence),
    ] {
        scene.rig.put(command.emit());
    }
    scene.rig.ring_without_waiting();
    for _ in 0..PATIENCE / 16 {
        for _ in 0..16 {
            device.tick(scene, true);
            scene.rig.step();
        }
        if scene.rig.read32(c::REG_CQH) == scene.rig.command_tail {
            return;
        }
    }
    panic!(
        "the device was not heard: {:#?}",
        scene.rig.machine.outstanding()
    )
}

/// Whatever the function holds or has asked for, nothing of it reaches a page after
/// the invalidation of that page is completed.
#[test]
fn nothing_stale_is_used_after_an_invalidation() {
    for build in builds(&BUILDS) {
        for seed in 590..593 {
            let moved = run(build, Manners::Obeys, seed);
            assert_eq!(moved.changed, 0, "{build}, seed {seed}");
            assert_eq!(moved.device.foreign, 0, "{build}, seed {seed}");
            let Device {
                hits,
                stale,
                writes,
                ..
            } = moved.device;
            assert!(hits > 500 && writes > 200, "{build}: {hits} {writes}");
            assert!(stale > 0, "{build}: no answer met an invalidation");
        }
    }
}

/// The test above notices a function that does not obey.
#[test]
fn a_function_that_ignores_invalidations_is_noticed() {
    for build in builds(&BUILDS) {
        let moved = run(build, Manners::Ignores, 593);
        assert!(moved.changed > 0 && moved.device.foreign > 0, "{build}");
    }
}
