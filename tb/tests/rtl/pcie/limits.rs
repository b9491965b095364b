// SPDX-License-Identifier: Apache-2.0
//! What docs/integration.md says of how much is under way, and how fast it goes.

use super::scene::{BASE, BUILDS, DEVICES, Scene};
use crate::support::builds;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::SubordinateTiming;
use sallyport_formats::DeviceId;
use sallyport_tlp::{Body, Manner, Message, RoutingId, Tag, Tlp};

/// Bytes of a completion.
const PART: u64 = 128;

fn lanes(build: Build) -> u64 {
    u64::from(build.data_width() / 8)
}

/// Reads of all devices and with many tags: as many bursts as there are places, and
/// the others when one is free.
#[test]
fn sixteen_completions_are_under_way() {
    for build in builds(&BUILDS) {
        let config = SystemConfig {
            data_memory: SubordinateTiming::fixed(1_000),
            ..SystemConfig::new(build, Seed::new(620))
        };
        let mut scene = Scene::new(&config);
        for device in DEVICES {
            scene.read(device, BASE, 4);
        }
        scene.rig.machine.log_addresses();
        let tags: Vec<(u32, Tag)> = (0..24)
            .map(|n| {
                let device = DEVICES[n % DEVICES.len()];
                let at = BASE + PART * n as u64;
                (
                    device,
                    scene.ask(device, at, PART as usize, Manner::default()),
                )
            })
            .collect();
        scene.rig.run(900);
        assert_eq!(scene.rig.machine.take_addresses().len(), 16, "{build}");
        for (device, tag) in tags {
            scene.answer(device, tag);
        }
        assert_eq!(scene.rig.machine.take_addresses().len(), 8, "{build}");
        scene.finish();
    }
}

/// A bus word a clock, and two clocks for each write.
#[test]
fn clocks_of_writes() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 621);
        let device = DEVICES[0];
        scene.write(device, BASE, &[1; 8], Manner::default());
        scene.settle();
        scene.rig.machine.log_addresses();
        let writes = 16;
        for n in 0..writes {
            scene.write(
                device,
                BASE + 512 * (n % 8),
                &[n as u8; 512],
                Manner::default(),
            );
        }
        scene.settle();
        let left = scene.rig.machine.take_addresses();
        assert_eq!(left.len() as u64, writes, "{build}");
        let clocks = left[left.len() - 1].clock.since(left[0].clock);
        let most = (writes - 1) * (512 / lanes(build) + 2);
        assert!(clocks <= most, "{build}: {clocks} of {most} clocks");
        scene.finish();
    }
}

/// A bus word a clock, and three clocks for each completion.
#[test]
fn clocks_of_completions() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 622);
        let device = DEVICES[0];
        scene.read(device, BASE, 4);
        let tags: Vec<Tag> = (0..4)
            .map(|_| scene.ask(device, BASE, 4096, Manner::default()))
            .collect();
        let mut clocks = Vec::new();
        let wanted = 4 * 4096 / PART as usize;
        scene.rig.until("completions", 20_000, |machine| {
            while let Some(incoming) = machine.link().receive() {
                clocks.push(incoming.clock);
            }
            clocks.len() == wanted
        });
        let took = clocks[wanted - 1].since(clocks[0]);
        let most = (wanted as u64 - 1) * (PART / lanes(build) + 3);
        assert!(took <= most, "{build}: {took} of {most} clocks");
        assert_eq!(tags.len(), 4);
        scene.rig.finish();
    }
}

/// Sixteen responses of the IOMMU's own wait for a link that takes none.
#[test]
fn sixteen_responses_wait() {
    for build in builds(&BUILDS) {
        // Nobody has EN_PRI.
        let mut scene = Scene::fixed(build, 623);
        let device = DEVICES[1];
        let (requester, _) = RoutingId::of_device(DeviceId::truncate(device.into()));
        scene.rig.machine.link().stall(true);
        for group in 0..16 {
            let wish = Message::PageRequest {
                requester,
                page: BASE,
                group,
                last: true,
                write: false,
                read: true,
            };
            scene.send(device, &Tlp::from(Body::Message(wish)));
        }
        scene.rig.run(4_000);
        scene.rig.machine.link().stall(false);
        for expected in 0..16 {
            let (_, tlp) = scene.message();
            let Body::Message(Message::PageGroupResponse { group, code, .. }) = tlp.body else {
                panic!("{build}: {tlp:?}");
            };
            assert_eq!((group, code.raw()), (expected, 1), "{build}");
        }
        scene.rig.faults();
        scene.finish();
    }
}
