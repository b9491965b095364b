// SPDX-License-Identifier: Apache-2.0
//! "Transaction Ordering": a read never passes an earlier write of the same
//! requester, writes stay in order, and completions never pass messages.

use super::scene::{BASE, BUILDS, DEVICES, Scene};
use crate::support::builds;
use sallyport_bus::{Span, SubordinateTiming};
use sallyport_formats::command::Ats;
use sallyport_formats::{Command, DeviceId};
use sallyport_tlp::{Answer, Body, Manner, Message};

#[test]
fn a_read_sees_the_writes_before_it() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 520);
        scene
            .rig
            .machine
            .data_memory()
            .set_timing(SubordinateTiming::random(80));
        let device = DEVICES[2];
        let mut asked = Vec::new();
        for round in 0..60_u64 {
            let at = BASE + round % 5 * 0x1000 + 0x40;
            let bytes = round.to_le_bytes();
            scene.write(device, at, &bytes, Manner::default());
            let tag = scene.ask(device, at, 8, Manner::default());
            asked.push((tag, bytes));
        }
        for (tag, bytes) in asked {
            // Later writes may have been faster than the read, earlier ones not.
            let Answer::Data(found) = scene.answer(device, tag) else {
                panic!("{build}: refused");
            };
            let found = u64::from_le_bytes(found.try_into().expect("eight bytes"));
            let wanted = u64::from_le_bytes(bytes);
            assert!(
                found >= wanted,
                "{build}: {found} where {wanted} was written"
            );
            assert_eq!(found % 5, wanted % 5, "{build}");
        }
        scene.finish();
    }
}

#[test]
fn writes_stay_in_order() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 521);
        scene
            .rig
            .machine
            .data_memory()
            .set_timing(SubordinateTiming::random(80));
        // The first ones miss, those after them do not.
        let device = DEVICES[0];
        for round in 0..100_u32 {
            let at = BASE + u64::from(round) % 16 * 0x1000;
            scene.write(device, at, &round.to_le_bytes(), Manner::default());
            scene.write(
                device,
                BASE + 0x800,
                &round.to_le_bytes(),
                Manner::default(),
            );
        }
        scene.settle();
        assert_eq!(scene.memory(device, BASE + 0x800, 4), 99_u32.to_le_bytes());
        for page in 0..16_u32 {
            let last = (0..100).rev().find(|round| round % 16 == page);
            let last: u32 = last.expect("there are a hundred");
            let at = BASE + u64::from(page) * 0x1000;
            assert_eq!(scene.memory(device, at, 4), last.to_le_bytes(), "{build}");
        }
        scene.finish();
    }
}

/// A device that only reads is not held up by another one's slow writes; who
/// wrote waits for its own.
#[test]
fn others_writes_are_not_waited_for() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 522);
        let [writer, reader, ..] = DEVICES;
        scene.read(reader, BASE, 4);
        scene.read(writer, BASE, 4);
        scene
            .rig
            .machine
            .data_memory()
            .set_timing(SubordinateTiming {
                write_latency: Span::exactly(2_000),
                ..SubordinateTiming::fixed(20)
            });
        let start = scene.rig.machine.now();
        scene.write(writer, BASE, &[1; 4], Manner::default());
        scene.read(reader, BASE, 4);
        assert!(scene.rig.machine.now().since(start) < 500, "{build}");
        assert_eq!(scene.read(writer, BASE, 4), Answer::Data(vec![1; 4]));
        assert!(scene.rig.machine.now().since(start) > 2_000, "{build}");
        scene.finish();
    }
}

/// With the link stalled, an invalidation is queued; completions that become ready
/// after it leave after it.
#[test]
fn completions_do_not_pass_messages() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 523);
        let device = DEVICES[0];
        scene.read(device, BASE, 4);
        scene.rig.machine.link().stall(true);
        // Two beats wait at the port.
        let first = scene.ask(device, BASE, 4, Manner::default());
        let second = scene.ask(device, BASE, 4, Manner::default());
        scene.rig.run(400);
        scene.rig.command(Command::AtsInvalidate(Ats {
            rid: DeviceId::truncate(device.into()).raw() as u16,
            payload: 0x1000,
            ..Ats::default()
        }));
        scene.rig.run(400);
        let late: Vec<_> = (0..6)
            .map(|_| scene.ask(device, BASE, 4, Manner::default()))
            .collect();
        scene.rig.run(400);
        scene.rig.machine.link().stall(false);
        let mut order = Vec::new();
        scene.rig.until("all packets", 2_000, |machine| {
            while let Some(incoming) = machine.link().receive() {
                order.push(incoming.tlp);
            }
            order.len() == 9
        });
        let place = order
            .iter()
            .position(|tlp| matches!(tlp.body, Body::Message(Message::InvalidateRequest { .. })));
        assert_eq!(place, Some(2), "{build}: {order:?}");
        let tag = |tlp: &sallyport_tlp::Tlp| match &tlp.body {
            Body::Completion(completion) => Some(completion.tag),
            _ => None,
        };
        let tags: Vec<_> = order.iter().filter_map(tag).collect();
        assert_eq!(tags[..2], [first, second]);
        assert!(tags[2..].iter().all(|tag| late.contains(tag)));
        for tlp in &order {
            if let Body::Completion(completion) = &tlp.body {
                let done = scene.endpoint(device).complete(completion);
                assert!(matches!(done, Ok(Some(_))), "{build}");
            }
        }
        scene.finish();
    }
}

/// Who does not heed that there is no room for more requests loses nothing either.
#[test]
fn requests_that_are_not_announced_wait() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 524);
        let device = DEVICES[1];
        scene.fill(device);
        let link = scene.rig.machine.link();
        link.ignore_announcements();
        link.stall(true);
        let asked: Vec<_> = (0..60)
            .map(|n| (n, scene.ask(device, BASE + n * 256, 192, Manner::default())))
            .collect();
        scene.write(device, BASE + 0xf000, &[0x77; 8], Manner::default());
        scene.rig.run(3_000);
        assert!(!scene.rig.machine.non_posted_ok(), "{build}");
        scene.rig.machine.link().stall(false);
        for (n, tag) in asked {
            let wanted = scene.memory(device, BASE + n * 256, 192);
            assert_eq!(scene.answer(device, tag), Answer::Data(wanted), "{build}");
        }
        scene.settle();
        assert_eq!(scene.memory(device, BASE + 0xf000, 8), [0x77; 8], "{build}");
        scene.finish();
    }
}

/// A write is waited for however many others are sent after it by others.
#[test]
fn later_writes_of_others_change_nothing() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 525);
        let [writer, other, ..] = DEVICES;
        scene.read(other, BASE, 4);
        scene.read(writer, BASE, 4);
        let slow = SubordinateTiming {
            write_latency: Span::exactly(500),
            ..SubordinateTiming::fixed(20)
        };
        scene.rig.machine.data_memory().set_timing(slow);
        let start = scene.rig.machine.now();
        scene.write(writer, BASE, &[1; 4], Manner::default());
        for n in 0..3 {
            scene.write(other, BASE + 64 * n, &[2; 4], Manner::default());
        }
        assert_eq!(
            scene.read(writer, BASE, 4),
            Answer::Data(vec![1; 4]),
            "{build}"
        );
        let clocks = scene.rig.machine.now().since(start);
        assert!(clocks > 500, "{build}: {clocks} clocks");
        scene.finish();
    }
}
