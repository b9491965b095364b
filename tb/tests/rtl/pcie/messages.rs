// SPDX-License-Identifier: Apache-2.0
//! Messages of ATS and PRI as packets.

use super::scene::{BASE, BUILDS, DEVICES, Scene};
use crate::support::{ATS_TIMEOUT, builds};
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Span, SubordinateTiming};
use sallyport_formats::command::{Ats, Fence};
use sallyport_formats::context::Tc;
use sallyport_formats::regs::QueueBase;
use sallyport_formats::{Command, PageRequest, ProcessId, Spa, constants as c};
use sallyport_tlp::{Body, Manner, Message, PageRange, Pasid, ResponseCode, RoutingId, Tlp};

const DEVICE: u32 = DEVICES[3];
const RID: u16 = DEVICE as u16;
const SEGMENT: u8 = (DEVICE >> 16) as u8;
const ROOT: RoutingId = RoutingId::new(0, 0, 0);

fn scene(build: Build, seed: u64) -> Scene {
    let tc = Tc {
        en_ats: true,
        en_pri: true,
        ..Tc::default()
    };
    Scene::with(&SystemConfig::new(build, Seed::new(seed)), tc)
}

fn page_request(page: u64, group: u16, last: bool) -> Message {
    Message::PageRequest {
        requester: RoutingId::from_raw(RID),
        page,
        group,
        last,
        write: true,
        read: false,
    }
}

fn pasid() -> Pasid {
    Pasid {
        process_id: ProcessId::truncate(0x3_2101),
        privileged: true,
        execute: false,
    }
}

impl Scene {
    fn tell(&mut self, message: Message, pasid: Option<Pasid>) {
        self.send(DEVICE, &Tlp::from(Body::Message(message)).with_pasid(pasid));
    }

    /// Switches the page-request queue on; where it lies.
    fn page_queue(&mut self) -> Spa {
        let queue = self.rig.pages(1);
        let base = QueueBase {
            log2sz_minus_1: 5,
            ppn: queue.page_number(),
        };
        self.rig.enable_page_requests(base, 0);
        queue
    }

    fn invalidate(&mut self, payload: u64, process: Option<u32>) {
        self.rig.command(Command::AtsInvalidate(Ats {
            rid: RID,
            dsv: true,
            dseg: SEGMENT,
            pv: process.is_some(),
            pid: ProcessId::truncate(process.unwrap_or_default().into()),
            payload,
        }));
    }

    /// Puts a fence behind what was commanded; where `cqh` will be after it.
    fn fence_behind(&mut self) -> u32 {
        self.rig.command(Command::Fence(Fence::default()));
        self.rig.command_tail
    }

    fn complete(&mut self, itag: u8, count: u8) {
        let message = Message::InvalidateCompletion {
            requester: RoutingId::from_raw(RID),
            target: ROOT,
            count,
            itags: 1 << itag,
        };
        self.tell(message, None);
    }
}

#[test]
fn page_requests_are_queued_and_answered() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 560);
        let queue = scene.page_queue();
        scene.tell(page_request(0x1234_5678_9000, 0x1f5, false), None);
        scene.tell(page_request(0x7000, 0x0a0, true), Some(pasid()));
        let execute = Pasid {
            execute: true,
            privileged: false,
            ..pasid()
        };
        scene.tell(page_request(0x9000, 0x0a1, true), Some(execute));
        scene.rig.poll32(c::REG_PQT, u32::MAX, 3);
        let record = |scene: &Scene, n: u64| {
            let word = |at| {
                scene
                    .rig
                    .machine
                    .memory()
                    .read_u64(Spa::new(queue.raw() + at))
            };
            PageRequest::parse([word(16 * n), word(16 * n + 8)])
        };
        let first = record(&scene, 0);
        assert_eq!((first.did.raw(), first.pv), (DEVICE, false), "{build}");
        assert_eq!(first.emit()[1], 0x1234_5678_9000 | 0x1f5 << 3 | 0b010);
        let second = record(&scene, 1);
        assert_eq!((second.pid.raw(), second.pv), (0x3_2101, true));
        assert!(second.privileged && !second.exec && second.last, "{build}");
        let third = record(&scene, 2);
        assert!(!third.privileged && third.exec && third.pv, "{build}");

        let answer = Command::answer_page_requests(&second, 1, true);
        scene.rig.command(answer);
        let (segment, tlp) = scene.message();
        assert_eq!(segment, SEGMENT, "{build}");
        assert_eq!(
            tlp.pasid.map(|pasid| pasid.process_id.raw()),
            Some(0x3_2101)
        );
        assert_eq!(
            tlp.body,
            Body::Message(Message::PageGroupResponse {
                requester: ROOT,
                target: RoutingId::from_raw(RID),
                code: ResponseCode::INVALID_REQUEST,
                group: 0x0a0,
            })
        );
        scene.finish();
    }
}

/// With the queue off the IOMMU answers by itself: the last of a group only.
#[test]
fn page_requests_that_cannot_be_queued_fail() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 561);
        scene.tell(page_request(0x7000, 3, false), None);
        scene.tell(page_request(0x8000, 4, true), None);
        let (segment, tlp) = scene.message();
        assert_eq!((segment, tlp.pasid), (SEGMENT, None), "{build}");
        assert_eq!(
            tlp.body,
            Body::Message(Message::PageGroupResponse {
                requester: ROOT,
                target: RoutingId::from_raw(RID),
                code: ResponseCode::FAILURE,
                group: 4,
            })
        );
        scene.finish();
    }
}

#[test]
fn invalidations_are_sent_and_waited_for() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 562);
        scene.invalidate(0x4000_0000_0000_1801, Some(0x77));
        let end = scene.fence_behind();
        let (segment, tlp) = scene.message();
        assert_eq!(segment, SEGMENT, "{build}");
        assert_eq!(tlp.pasid.map(|pasid| pasid.process_id.raw()), Some(0x77));
        let Body::Message(Message::InvalidateRequest {
            requester,
            target,
            itag,
            range,
            global,
        }) = tlp.body
        else {
            panic!("{build}: {tlp:?}");
        };
        assert_eq!((requester, target.raw(), global), (ROOT, RID, true));
        let wanted = PageRange::new(0x4000_0000_0000_0000, 1 << 14).expect("four pages");
        assert_eq!(range, wanted, "{build}");

        // Of two completions one is not enough, and strangers' count for nothing.
        scene.complete(itag, 2);
        scene.complete(itag ^ 1, 1);
        scene.rig.run(1_000);
        assert_ne!(scene.rig.read32(c::REG_CQH), end, "{build}");
        scene.complete(itag, 2);
        scene.rig.poll32(c::REG_CQH, u32::MAX, end);
        assert_eq!(scene.rig.read32(c::REG_CQCSR) >> c::CQCSR_CMD_TO_BIT & 1, 0);
        scene.finish();
    }
}

#[test]
fn a_slow_device_runs_into_the_time_out() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 563);
        scene.invalidate(0x1000, None);
        scene.fence_behind();
        scene.message();
        scene.rig.run(ATS_TIMEOUT);
        assert_eq!(
            scene.rig.read32(c::REG_CQCSR) >> c::CQCSR_CMD_TO_BIT & 1,
            1,
            "{build}"
        );
        // What comes too late is taken and counts for nothing.
        scene.complete(0, 1);
        scene.finish();
    }
}

/// A completion pushes the writes that its device sent before it: the fence ends
/// when they are done.
#[test]
fn a_completion_comes_behind_writes() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 564);
        scene
            .rig
            .machine
            .data_memory()
            .set_timing(SubordinateTiming {
                write_latency: Span::exactly(1_500),
                ..SubordinateTiming::fixed(20)
            });
        scene.invalidate(0x1000, None);
        let end = scene.fence_behind();
        let (_, tlp) = scene.message();
        let Body::Message(Message::InvalidateRequest { itag, .. }) = tlp.body else {
            panic!("{build}: {tlp:?}");
        };
        scene.write(DEVICE, BASE, b"last", Manner::default());
        scene.complete(itag, 1);
        scene.rig.run(1_000);
        assert_ne!(scene.rig.read32(c::REG_CQH), end, "{build}");
        scene.rig.poll32(c::REG_CQH, u32::MAX, end);
        assert_eq!(scene.memory(DEVICE, BASE, 4), b"last", "{build}");
        scene.finish();
    }
}

/// Messages go on while nothing else can leave.
#[test]
fn messages_are_taken_while_the_link_is_stalled() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 565);
        scene.page_queue();
        scene.rig.machine.link().stall(true);
        for n in 0..40 {
            scene.ask(DEVICE, BASE + n * 64, 64, Manner::default());
        }
        scene.rig.run(2_000);
        for n in 0..4 {
            scene.tell(page_request(0x1000 * n, n as u16, true), None);
        }
        scene.rig.poll32(c::REG_PQT, u32::MAX, 4);
        scene.rig.machine.link().stall(false);
        scene.finish();
    }
}

/// More messages than there is room for wait, with all that is behind them, for the
/// writes that their sender sent before.
#[test]
fn messages_without_room_wait() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 566);
        scene.page_queue();
        let slow = SubordinateTiming {
            write_latency: Span::exactly(1_500),
            ..SubordinateTiming::fixed(20)
        };
        scene.rig.machine.data_memory().set_timing(slow);
        scene.write(DEVICE, BASE, b"before", Manner::default());
        for n in 0..40 {
            scene.tell(page_request(0x1000 * n, n as u16, false), None);
        }
        scene.rig.run(1_000);
        assert_eq!(scene.rig.read32(c::REG_PQT), 0, "{build}");
        scene.rig.poll32(c::REG_PQT, u32::MAX, 40);
        scene.finish();
    }
}

/// Invalidations and responses that wait for the link both leave, each once, and each
/// invalidation has a tag of its own.
#[test]
fn messages_of_both_kinds_leave() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 567);
        scene.rig.machine.link().stall(true);
        for n in 0..4 {
            scene.invalidate(0x1000 * n, None);
            scene.tell(page_request(0x1000 * n, n as u16, true), None);
        }
        let end = scene.fence_behind();
        scene.rig.run(1_000);
        scene.rig.machine.link().stall(false);
        let (mut itags, mut groups) = (Vec::new(), Vec::new());
        for _ in 0..8 {
            let (_, tlp) = scene.message();
            match tlp.body {
                Body::Message(Message::InvalidateRequest { itag, range, .. }) => {
                    itags.push((range.start(), itag));
                }
                Body::Message(Message::PageGroupResponse { group, .. }) => groups.push(group),
                _ => panic!("{build}: {tlp:?}"),
            }
        }
        assert_eq!(groups, [0, 1, 2, 3], "{build}");
        let starts: Vec<u64> = itags.iter().map(|(start, _)| *start).collect();
        assert_eq!(starts, [0, 0x1000, 0x2000, 0x3000], "{build}");
        assert_ne!(scene.rig.read32(c::REG_CQH), end, "{build}");
        for (_, itag) in itags.into_iter().rev() {
            scene.complete(itag, 1);
        }
        scene.rig.poll32(c::REG_CQH, u32::MAX, end);
        scene.finish();
    }
}

/// A completion of several beats is not interrupted by a message.
#[test]
fn messages_between_long_completions() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 568);
        scene.fill(DEVICE);
        let asked: Vec<_> = (0..30)
            .map(|n| (n, scene.ask(DEVICE, BASE + n * 512, 512, Manner::default())))
            .collect();
        for n in 0..16 {
            scene.tell(page_request(0x1000 * n, n as u16, true), None);
        }
        for (n, tag) in asked {
            let wanted = scene.memory(DEVICE, BASE + n * 512, 512);
            let found = scene.answer(DEVICE, tag);
            assert_eq!(found, sallyport_tlp::Answer::Data(wanted), "{build}");
        }
        for _ in 0..16 {
            scene.message();
        }
        scene.finish();
    }
}
