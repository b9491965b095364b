// SPDX-License-Identifier: Apache-2.0
//! Translation requests, their completions, and requests with what they gave.

use super::scene::{BASE, BUILDS, DEVICES, Scene, UNMAPPED, physical};
use crate::support::{builds, leaf};
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::context::Tc;
use sallyport_formats::{Cause, Pte, Spa, TransactionType};
use sallyport_tlp::{AddressType, Answer, Manner, Status, Tag, TranslationEntry};

const UR: Answer = Answer::Refused(Status::UnsupportedRequest);

/// A scene in which devices may use ATS.
fn scene(build: Build, seed: u64) -> Scene {
    let tc = Tc {
        en_ats: true,
        ..Tc::default()
    };
    Scene::with(&SystemConfig::new(build, Seed::new(seed)), tc)
}

impl Scene {
    fn translate(&mut self, device: u32, at: u64, no_write: bool) -> TranslationEntry {
        let tag = self.ask_translation(device, at, no_write);
        self.translated(device, tag)
    }

    fn translated(&mut self, device: u32, tag: Tag) -> TranslationEntry {
        match self.answer(device, tag) {
            Answer::Translation(entries) if entries.len() == 1 => entries[0],
            other => panic!("{other:?}"),
        }
    }
}

const TRANSLATED: Manner = Manner {
    address_type: AddressType::Translated,
    pasid: None,
};

#[test]
fn pages_of_every_size() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 550);
        let device = DEVICES[2];
        let table = scene.tables[&device];
        let found = scene.translate(device, BASE + 0x3000, false);
        let start = physical(device, 3);
        assert_eq!(
            (found.range.start(), found.range.last()),
            (start, start | 0xfff)
        );
        assert!(
            found.read && found.write && !found.untranslated_only,
            "{build}"
        );
        assert!(!found.global && !found.execute && !found.privileged && !found.non_snooped);
        for (iova, pa, level, bytes) in [
            (0x8000_0000_u64, 0x3_4060_0000_u64, 1, 1_u64 << 21),
            (0x10_0000_0000, 0x7_c000_0000, 2, 1 << 30),
        ] {
            table.set(&mut scene.rig, iova, level, leaf(pa).emit());
            let found = scene.translate(device, iova + 0x12_3000, false);
            assert_eq!(found.range.start(), pa, "{build}");
            assert_eq!(found.range.last(), pa + bytes - 1, "{build}");
        }
        scene.finish();
    }
}

#[test]
fn rights_are_told() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 551);
        let device = DEVICES[0];
        let table = scene.tables[&device];
        let put = |scene: &mut Scene, iova, change: fn(Pte) -> Pte| {
            let pte = change(leaf(0x9_0000_0000));
            table.set(&mut scene.rig, iova, 0, pte.emit());
        };
        put(&mut scene, UNMAPPED, |pte| Pte { w: false, ..pte });
        put(&mut scene, UNMAPPED + 0x1000, |pte| Pte { u: false, ..pte });
        let found = scene.translate(device, UNMAPPED, false);
        assert!(found.read && !found.write, "{build}: {found:?}");
        let found = scene.translate(device, UNMAPPED + 0x1000, false);
        assert!(!found.read && !found.write, "{build}: {found:?}");
        let found = scene.translate(device, UNMAPPED + 0x2000, true);
        assert!(!found.read && !found.write, "{build}: {found:?}");
        assert_eq!(scene.rig.faults(), [], "{build}: none of these is an error");
        scene.finish();
    }
}

/// What a translation gave is good for reads and writes.
#[test]
fn translated_requests_reach_memory() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 552);
        let device = DEVICES[3];
        let entry = scene.translate(device, BASE + 0x5000, false);
        let at = entry.range.start() + 0x123;
        scene.write(device, at, b"by its own name", TRANSLATED);
        let tag = scene.ask(device, at, 15, TRANSLATED);
        assert_eq!(
            scene.answer(device, tag),
            Answer::Data(b"by its own name".to_vec())
        );
        assert_eq!(scene.memory(device, BASE + 0x5123, 15), b"by its own name");
        assert_eq!(scene.rig.machine.memory().read_u8(Spa::new(at)), b'b');
        scene.finish();
    }
}

#[test]
fn without_ats_they_are_unsupported() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 553);
        let device = DEVICES[1];
        let tag = scene.ask_translation(device, BASE, false);
        assert_eq!(scene.answer(device, tag), UR);
        scene.rig.fence();
        let faults = scene.rig.faults();
        assert_eq!(faults.len(), 1, "{build}");
        assert_eq!(faults[0].cause, Cause::TtypeDisallowed);
        assert_eq!(faults[0].ttyp, TransactionType::AtsRequest);
        assert_eq!(faults[0].iotval, BASE);
        scene.finish();
    }
}

/// More than fit are asked at once, by all devices, between reads.
#[test]
fn many_translations_at_once() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 554);
        for device in DEVICES {
            scene.fill(device);
        }
        let mut asked = Vec::new();
        for round in 0..40_u64 {
            for device in DEVICES {
                let at = BASE + round % 16 * 0x1000;
                asked.push((device, at, true, scene.ask_translation(device, at, false)));
                asked.push((
                    device,
                    at,
                    false,
                    scene.ask(device, at, 64, Manner::default()),
                ));
            }
        }
        for (device, at, is_translation, tag) in asked {
            if is_translation {
                let found = scene.translated(device, tag);
                assert_eq!(found.range.start(), physical(device, (at - BASE) >> 12));
            } else {
                let wanted = scene.memory(device, at, 64);
                assert_eq!(scene.answer(device, tag), Answer::Data(wanted), "{build}");
            }
        }
        scene.finish();
    }
}

/// With NW a device does not ask for the right to write, and the page stays clean.
#[test]
fn no_write_leaves_a_page_clean() {
    for build in builds(&BUILDS) {
        let tc = Tc {
            en_ats: true,
            sade: true,
            ..Tc::default()
        };
        let mut scene = Scene::with(&SystemConfig::new(build, Seed::new(555)), tc);
        let device = DEVICES[0];
        let table = scene.tables[&device];
        let clean = Pte {
            d: false,
            ..leaf(0x9_0000_0000)
        };
        let slot = table.set(&mut scene.rig, UNMAPPED, 0, clean.emit());
        let dirty = |scene: &Scene| Pte::parse(scene.rig.machine.memory().read_u64(slot)).d;
        let found = scene.translate(device, UNMAPPED, true);
        assert!(found.read && !dirty(&scene), "{build}: {found:?}");
        let found = scene.translate(device, UNMAPPED, false);
        assert!(found.write && dirty(&scene), "{build}: {found:?}");
        scene.finish();
    }
}

/// A page table that memory cannot give ends with CA.
#[test]
fn errors_of_memory_end_with_completer_abort() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 556);
        let device = DEVICES[2];
        let table = scene.tables[&device];
        let slot = table.map(&mut scene.rig, UNMAPPED + 0x4000, 0x9_0000_0000);
        let range = slot..Spa::new(slot.raw() + 8);
        let error = Attributes::error(Resp::SlvErr);
        scene.rig.machine.memory_mut().set_attributes(range, error);
        let tag = scene.ask_translation(device, UNMAPPED + 0x4000, false);
        let aborted = Answer::Refused(Status::CompleterAbort);
        assert_eq!(scene.answer(device, tag), aborted, "{build}");
        scene.rig.fence();
        assert_eq!(scene.rig.faults().len(), 1, "{build}");
        scene.finish();
    }
}

/// No more are under way than there are places for their completions.
#[test]
fn translations_wait_for_a_stalled_link() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 557);
        let device = DEVICES[1];
        scene.translate(device, BASE, false);
        scene.rig.machine.link().stall(true);
        let asked: Vec<_> = (0..40)
            .map(|_| scene.ask_translation(device, BASE, false))
            .collect();
        scene.rig.run(2_000);
        scene.rig.machine.link().stall(false);
        for tag in asked {
            let found = scene.translated(device, tag);
            assert_eq!(found.range.start(), physical(device, 0), "{build}");
        }
        scene.finish();
    }
}
