// SPDX-License-Identifier: Apache-2.0
//! Memory reads and their completions.

use super::scene::{BASE, BUILDS, DEVICES, Scene, place};
use crate::support::builds;
use sallyport_bus::SubordinateTiming;
use sallyport_formats::Spa;
use sallyport_tlp::{AddressType, Answer, Body, Manner, MemoryRead, RoutingId, Tag, Tlp, Traffic};

#[test]
fn every_place_and_length() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 500);
        let device = DEVICES[0];
        scene.fill(device);
        let lengths = [
            1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129,
        ];
        for offset in [0, 1, 2, 3, 4, 5, 7, 8, 12, 13, 28, 31, 60, 63, 100, 124] {
            for length in lengths {
                let at = BASE + 0x1000 + offset;
                let wanted = scene.memory(device, at, length);
                let found = scene.read(device, at, length);
                assert_eq!(found, Answer::Data(wanted), "{build} {at:#x} {length}");
            }
        }
        for (offset, length) in [(0, 4096), (3, 4093), (0xffc, 4), (0xfff, 1), (0x7fe, 2050)] {
            let at = BASE + 0x2000 + offset;
            let wanted = scene.memory(device, at, length);
            assert_eq!(scene.read(device, at, length), Answer::Data(wanted));
        }
        scene.finish();
    }
}

#[test]
fn many_at_once_of_all_devices() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 501);
        for device in DEVICES {
            scene.fill(device);
        }
        let mut asked = Vec::new();
        for round in 0..24_u64 {
            for device in DEVICES {
                let at = BASE + round * 0x777 % 0xf000;
                let length = (37 * round as usize + 5) % 700 + 1;
                let length = length.min(0x1000 - (at & 0xfff) as usize);
                asked.push((
                    device,
                    at,
                    length,
                    scene.ask(device, at, length, Manner::default()),
                ));
            }
        }
        for (device, at, length, tag) in asked {
            let wanted = scene.memory(device, at, length);
            assert_eq!(scene.answer(device, tag), Answer::Data(wanted));
        }
        scene.finish();
    }
}

/// Memory that answers in any order still gives completions in the order of
/// addresses, and requests the chance to pass each other.
#[test]
fn answers_of_memory_in_any_order() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 502);
        scene
            .rig
            .machine
            .data_memory()
            .set_timing(SubordinateTiming::random(60));
        let device = DEVICES[1];
        scene.fill(device);
        let ask = |scene: &mut Scene, page: u64| {
            scene.ask(device, BASE + page * 0x1000, 2048, Manner::default())
        };
        let tags: Vec<Tag> = (0..12).map(|page| ask(&mut scene, page)).collect();
        for (page, tag) in (0..).zip(&tags) {
            let wanted = scene.memory(device, BASE + page * 0x1000, 2048);
            assert_eq!(scene.answer(device, *tag), Answer::Data(wanted));
        }
        scene.finish();
    }
}

/// A hit does not wait for the walk of another device.
#[test]
fn hits_pass_misses() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 503);
        let [cold, warm, ..] = DEVICES;
        scene.read(warm, BASE, 64);
        scene
            .rig
            .machine
            .table_memory()
            .set_timing(SubordinateTiming::fixed(400));
        scene.answered.clear();
        let miss = scene.ask(cold, BASE, 64, Manner::default());
        let hit = scene.ask(warm, BASE, 64, Manner::default());
        scene.answer(cold, miss);
        assert_eq!(scene.answered, [(warm, hit), (cold, miss)], "{build}");
        scene.finish();
    }
}

#[test]
fn a_read_of_nothing_is_answered() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 504);
        let device = DEVICES[0];
        let (tag, mut tlp) = scene
            .endpoint(device)
            .read(BASE + 8, 1, Manner::default())
            .expect("it fits");
        let Body::MemoryRead(read) = &mut tlp.body else {
            panic!("a read");
        };
        read.first_be = 0;
        scene.send(device, &tlp);
        assert!(matches!(scene.answer(device, tag), Answer::Data(bytes) if bytes.len() == 1));
        scene.finish();
    }
}

#[test]
fn short_and_long_addresses() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 505);
        let device = DEVICES[2];
        let high = 0x12_3456_7000;
        let table = scene.tables[&device];
        table.map(&mut scene.rig, high, 0x7_0000_0000);
        scene
            .rig
            .machine
            .memory_mut()
            .write(Spa::new(0x7_0000_0010), b"high");
        scene
            .rig
            .machine
            .memory_mut()
            .write(place(device, BASE + 0x10), b"low ");
        assert_eq!(
            scene.read(device, high + 0x10, 4),
            Answer::Data(b"high".to_vec())
        );
        assert_eq!(
            scene.read(device, BASE + 0x10, 4),
            Answer::Data(b"low ".to_vec())
        );
        scene.finish();
    }
}

/// Tag, traffic class and attributes come back; the completer has its own id, and
/// the segment is the requester's.
#[test]
fn completions_name_the_request() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 506);
        let device = DEVICES[3];
        let read = MemoryRead {
            requester: RoutingId::from_raw(device as u16),
            tag: Tag::new(0x2c5).expect("ten bits"),
            address_type: AddressType::Untranslated,
            address: BASE,
            dwords: 1,
            first_be: 0xf,
            last_be: 0,
        };
        let traffic = Traffic {
            class: 5,
            relaxed: true,
            no_snoop: true,
            id_ordered: true,
            poisoned: false,
        };
        let tlp = Tlp {
            traffic,
            ..Tlp::from(Body::MemoryRead(read))
        };
        scene.send(device, &tlp);
        let mut found = None;
        scene.rig.until("completion", 2_000, |machine| {
            found = machine.link().receive();
            found.is_some()
        });
        let found = found.expect("waited for");
        assert_eq!((found.segment, found.tlp.traffic), (3, traffic));
        let Body::Completion(completion) = found.tlp.body else {
            panic!("{build}: {found:?}");
        };
        assert_eq!(
            (completion.requester, completion.tag, completion.completer),
            (read.requester, read.tag, RoutingId::default())
        );
        scene.finish();
    }
}

/// Reads wait for no more than tags allow, and completions stalled for long are
/// not lost.
#[test]
fn a_link_that_stalls_loses_nothing() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 507);
        let device = DEVICES[0];
        scene.fill(device);
        scene.rig.machine.link().stall(true);
        let tags: Vec<Tag> = (0..40)
            .map(|n| scene.ask(device, BASE + n * 256, 256, Manner::default()))
            .collect();
        scene.rig.run(6_000);
        assert!(!scene.rig.machine.non_posted_ok(), "{build}");
        // Writes go on all the same.
        scene.write(device, BASE + 0xf000, b"passing", Manner::default());
        scene.rig.run(1_000);
        assert_eq!(scene.memory(device, BASE + 0xf000, 7), b"passing");
        scene.rig.machine.link().stall(false);
        for (n, tag) in (0..).zip(tags) {
            let wanted = scene.memory(device, BASE + n * 256, 256);
            assert_eq!(scene.answer(device, tag), Answer::Data(wanted), "{build}");
        }
        scene.finish();
    }
}

/// From the beat of a request to AR, and from R to the beat of its completion.
#[test]
fn clocks_of_a_hit() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 508);
        let device = DEVICES[0];
        scene.read(device, BASE, 16);
        scene.rig.run(100);
        scene.rig.machine.log_addresses();
        let start = scene.rig.machine.now();
        scene.ask(device, BASE, 16, Manner::default());
        let mut found = None;
        scene.rig.until("completion", 200, |machine| {
            found = machine.link().receive();
            found.is_some()
        });
        let addresses = scene.rig.machine.take_addresses();
        let found = found.expect("waited for");
        let memory = 20;
        let r_last = addresses[0]
            .clock
            .after(memory + 15 / u64::from(build.data_width() / 8));
        assert_eq!(addresses[0].clock.since(start), 6, "{build}");
        assert!(found.clock.since(r_last) <= 10, "{build}");
        let Body::Completion(completion) = &found.tlp.body else {
            panic!("{build}: {found:?}");
        };
        scene
            .endpoint(device)
            .complete(completion)
            .expect("the answer");
        scene.finish();
    }
}
