// SPDX-License-Identifier: Apache-2.0
//! Random tables, contexts and requests, against the golden model.
//!
//! Each world is mostly in order, with faults of every kind strewn in: bits that
//! are flipped in contexts, directory and page-table entries, ranges of memory
//! that answer with errors or poison. All requests of a world are in flight
//! together, and come twice: what the caches say must be what the walks say.

use super::requests::ask;
use crate::support::{
    PageTable, Rig, builds, context, core_request, granted, judge, serve, sorted,
};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::{DeviceId, FirstStage, Pbmt, ProcessId, Pte, Spa, constants as c};
use sallyport_model::{Access, Request, RequestKind};
use std::collections::BTreeSet;

/// Addresses with this bit have NAPOT entries.
const NAPOT_BIT: u32 = 20;

struct World<'a> {
    rig: &'a mut Rig<CoreSystem>,
    rng: ChaCha8Rng,
    /// (device, IOVA) to ask for.
    places: Vec<(u32, u64)>,
    /// Words that are read: contexts and entries.
    words: Vec<Spa>,
    /// The last PSCID that was given away.
    pscid: u32,
    /// A single device may have global pages: two would have to agree on them.
    alone: bool,
}

impl World<'_> {
    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn scheme(&mut self) -> FirstStage {
        let capabilities = self.rig.capabilities;
        let mut schemes = vec![FirstStage::Sv39];
        if capabilities.sv48 {
            schemes.push(FirstStage::Sv48);
        }
        if capabilities.sv57 {
            schemes.push(FirstStage::Sv57);
        }
        // One that may be missing.
        if self.chance(5) {
            schemes = vec![FirstStage::Sv57];
        }
        *schemes.choose(&mut self.rng).expect("one at least")
    }

    /// An address that the scheme translates, near others.
    fn iova(&mut self, scheme: FirstStage) -> u64 {
        let bits = scheme.address_bits();
        let mut iova = self.rng.random_range(0..4u64) << 12
            | self.rng.random_range(0..3u64) << 16
            | self.rng.random_range(0..2u64) << NAPOT_BIT
            | self.rng.random_range(0..3u64) << 21
            | self.rng.random_range(0..3u64) << 30
            | self.rng.random_range(0..2u64) << (bits - 1);
        if iova >> (bits - 1) & 1 == 1 {
            iova |= u64::MAX << (bits - 1);
        }
        if self.chance(3) {
            iova ^= 1 << self.rng.random_range(bits - 1..64);
        }
        iova
    }

    fn leaf(&mut self, level: u32) -> Pte {
        let rng = &mut self.rng;
        let mut ppn = 0x20_0000_0000 / 4096 + rng.random_range(0..0x1_0000_0000u64);
        ppn &= u64::MAX << (9 * level);
        let mut pte = Pte {
            v: true,
            r: true,
            w: rng.random_range(0..4) > 0,
            x: rng.random_range(0..3) == 0,
            u: rng.random_range(0..8) > 0,
            g: self.alone && rng.random_range(0..6) == 0,
            a: rng.random_range(0..8) > 0,
            d: rng.random_range(0..4) > 0,
            rsw: rng.random_range(0..4),
            ppn,
            ..Pte::default()
        };
        if rng.random_range(0..8) == 0 {
            (pte.r, pte.w, pte.x) = (false, false, true);
        }
        if self.rig.capabilities.svpbmt && self.rng.random_range(0..4) == 0 {
            pte.pbmt = *[Pbmt::Nc, Pbmt::Io].choose(&mut self.rng).expect("two");
        }
        pte
    }

    /// A context with tables below it.
    fn device(&mut self, device: u32) {
        let scheme = self.scheme();
        let table = PageTable::new(self.rig, scheme);
        // Tables of their own want a PSCID of their own.
        self.pscid += 1;
        let mut dc = context(&table, self.pscid);
        dc.tc.dtf = self.chance(10);
        dc.tc.sade = self.rig.capabilities.amo_hwad && self.chance(40);
        if self.chance(8) {
            dc.fsc.mode = 0;
        }
        if self.chance(8) {
            dc.tc.pdtv = true;
            dc.fsc.mode = if self.chance(80) { 0 } else { 1 };
            dc.tc.dpe = self.chance(50);
        }
        let mut words = dc.emit();
        if self.chance(25) {
            let count = if self.rig.extended() { 8 } else { 4 };
            let word = self.rng.random_range(0..count);
            let bit = match word {
                0 if self.chance(50) => self.rng.random_range(0..14),
                0 => *[16, 24, 31, 40, 63].choose(&mut self.rng).expect("some"),
                // Not the PSCID of another device.
                2 => *[0, 11, 31, 32, 39, 40, 63]
                    .choose(&mut self.rng)
                    .expect("some"),
                // A root far from where the tables of others lie.
                3 => self.rng.random_range(30..64),
                _ => self.rng.random_range(0..64),
            };
            words[word] ^= 1 << bit;
        }
        self.rig.put_context(device, words);
        let slot = self.rig.slot(device);
        self.words
            .push(Spa::new(slot.raw() + 8 * self.rng.random_range(0..4)));

        for _ in 0..self.rng.random_range(1..8) {
            let iova = self.iova(scheme);
            self.places.push((device, iova));
            self.page(&table, iova);
        }
    }

    /// An entry for `iova`, perhaps with a bit flipped on the way.
    fn page(&mut self, table: &PageTable, iova: u64) {
        let top = table.scheme.levels() - 1;
        let level = match self.rng.random_range(0..10) {
            0..6 => 0,
            6..8 => 1,
            8 => 2,
            _ => self.rng.random_range(0..=top),
        };
        let napot = level == 0 && iova >> NAPOT_BIT & 1 == 1;
        let mut pte = self.leaf(level).emit();
        if napot {
            pte = pte & !(0xf << 10) | 1 << 63 | 8 << 10;
        }
        if self.chance(20) {
            // Not the lower bits of PPN: they might lead to another table.
            let bits: Vec<u32> = (0..5).chain(6..8).chain(10..22).chain(52..64).collect();
            pte ^= 1 << bits.choose(&mut self.rng).expect("some");
        }
        if pte >> 1 & 0b101 == 0 {
            // No pointer to where tables of others may lie.
            pte &= !(0x3ff_ffff << 10);
        }
        if pte >> 63 == 1 && pte >> 10 & 0xf == 8 && !napot {
            pte ^= 8 << 10;
        }
        let slot = table.set(self.rig, iova, level, pte);
        if napot {
            // All entries of the range are alike, and all of them readable.
            for page in 0..16 {
                table.set(self.rig, iova & !0xffff | page << 12, 0, pte);
            }
            return;
        }
        self.words.push(slot);
        if level < top && self.chance(6) {
            let above = table.slot(self.rig, iova, level + 1);
            let bits: Vec<u32> = (0..5).chain(6..8).chain(54..64).collect();
            let bit = *bits.choose(&mut self.rng).expect("some");
            let memory = self.rig.machine.memory_mut();
            let word = memory.read_u64(above) ^ 1 << bit;
            memory.write_u64(above, word);
            self.words.push(above);
        }
    }

    fn request(&mut self) -> Request {
        let (device, iova) = *self.places.choose(&mut self.rng).expect("some");
        let access = match self.rng.random_range(0..8) {
            0..4 => Access::Read,
            4..7 => Access::Write,
            _ => Access::Execute,
        };
        let mut request = ask(device, access, iova | self.rng.random_range(0..0x1000));
        if self.chance(12) {
            request.process_id = Some(ProcessId::truncate(self.rng.random_range(0..3)));
        }
        request.privileged = self.chance(25);
        if self.chance(5) {
            request.kind = RequestKind::Translated;
        } else if self.chance(3) {
            request.kind = RequestKind::TranslationRequest;
        }
        request
    }

    /// Memory that does not answer as it should, in a few places.
    fn trouble(&mut self) -> Vec<Spa> {
        let mut spoilt = Vec::new();
        for _ in 0..self.rng.random_range(0..4) {
            let Some(&word) = self.words.choose(&mut self.rng) else {
                break;
            };
            let attributes = *[
                Attributes::error(Resp::SlvErr),
                Attributes::error(Resp::DecErr),
                Attributes::POISON,
            ]
            .choose(&mut self.rng)
            .expect("three");
            let end = Spa::new(word.raw() + 8);
            self.rig
                .machine
                .memory_mut()
                .set_attributes(word..end, attributes);
            spoilt.push(word);
        }
        spoilt
    }
}

fn play(rig: &mut Rig<CoreSystem>, seed: Seed) {
    let name = seed.value();
    rig.directory = rig.pages(1);
    let mut world = World {
        rng: seed.rng(),
        rig,
        places: Vec::new(),
        words: Vec::new(),
        pscid: 0,
        alone: false,
    };
    let levels = world.rng.random_range(1..=3);
    world.rig.set_levels(levels);
    let mut devices = BTreeSet::new();
    for _ in 0..world.rng.random_range(1..6) {
        let bits = [5, 6, 13, 24][world.rng.random_range(0..=levels as usize)];
        devices.insert(world.rng.random_range(0..1u32 << bits));
    }
    world.alone = devices.len() == 1;
    for &device in &devices {
        if DeviceId::truncate(device.into()).fits_levels(levels, world.rig.extended()) {
            world.device(device);
        } else {
            world.places.push((device, 0x1000));
        }
        // A neighbour without a context, or beyond what the directory holds.
        if world.chance(20) {
            let other = device ^ 1 << world.rng.random_range(0..24);
            if !devices.contains(&other) {
                world.places.push((other, 0x1000));
            }
        }
    }
    let mut requests: Vec<Request> = (0..60).map(|_| world.request()).collect();
    let spoilt = world.trouble();
    match world.rng.random_range(0..16) {
        0 => rig.set_ddtp(c::DDTP_MODE_OFF),
        1 => rig.set_ddtp(c::DDTP_MODE_BARE),
        _ => {}
    }

    rig.forget();
    rig.faults();
    let configuration = rig.configuration();
    // Addresses of more than 56 bits that nobody translates have a test of
    // their own: the model lets them pass.
    requests.retain(|request| {
        let verdict = judge(&configuration, rig.machine.memory(), request);
        verdict.target.is_none_or(|(pa, _)| pa >> 56 == 0)
    });
    let mut model = rig.machine.memory().clone();
    let mut records = Vec::new();
    let twice: Vec<Request> = requests.iter().chain(&requests).copied().collect();
    let verdicts: Vec<_> = twice
        .iter()
        .map(|request| serve(&configuration, &mut model, request))
        .collect();
    let mut answers = rig.answers(&requests);
    answers.extend(rig.answers(&requests));
    rig.fence();
    let reported = sorted(rig.faults());
    for ((request, verdict), answered) in twice.iter().zip(&verdicts).zip(&answers) {
        let answer = answered.answer;
        let got = granted(request, &answer);
        assert_eq!(
            got,
            verdict.target,
            "world {name:#x}: {:x?}, the model says {verdict:x?}; records: {reported:#?}",
            core_request(request)
        );
        records.extend(verdict.record);
    }
    assert_eq!(
        reported,
        sorted(records),
        "world {name:#x}: records (left: got, right: the model's)"
    );
    for &word in &spoilt {
        let end = Spa::new(word.raw() + 8);
        rig.machine
            .memory_mut()
            .set_attributes(word..end, Attributes::NORMAL);
    }
    let mut changed = Vec::new();
    rig.same_pages(&model, &mut changed);
    assert!(
        changed.is_empty(),
        "world {name:#x}: A and D bits differ at {changed:x?}"
    );
}

impl Rig<CoreSystem> {
    /// Compares all words of tables with those of the model.
    fn same_pages(&mut self, model: &sallyport_bus::Memory, changed: &mut Vec<u64>) {
        let start = self.directory.raw();
        let end = self.pages(1).raw();
        for at in (start..end).step_by(8) {
            let word = self.machine.memory().read_u64(Spa::new(at));
            if word != model.read_u64(Spa::new(at)) {
                changed.push(at);
            }
        }
    }
}

fn worlds(build: Build, random_buses: bool, count: u64) {
    if builds(&[build]).is_empty() {
        return;
    }
    let seed = Seed::new(0x5a11_7000 + u64::from(random_buses));
    let config = if random_buses {
        SystemConfig::random(build, seed)
    } else {
        SystemConfig::new(build, seed)
    };
    let mut rig: Rig<CoreSystem> = Rig::started(&config, 1);
    for n in 0..count {
        play(&mut rig, seed.fork_nth(build.name(), n));
    }
    rig.finish();
}

#[test]
fn default_translates_random_worlds() {
    worlds(Build::Default, false, 300);
}

#[test]
fn default_translates_random_worlds_over_random_buses() {
    worlds(Build::Default, true, 100);
}

#[test]
fn full_translates_random_worlds() {
    worlds(Build::Full, false, 200);
}

#[test]
fn full_translates_random_worlds_over_random_buses() {
    worlds(Build::Full, true, 60);
}

#[test]
fn small_translates_random_worlds() {
    worlds(Build::Small, false, 200);
}

#[test]
fn small_translates_random_worlds_over_random_buses() {
    worlds(Build::Small, true, 60);
}
