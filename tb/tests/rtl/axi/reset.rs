// SPDX-License-Identifier: Apache-2.0
//! Reset with bursts under way on every port: afterwards all of it works, and
//! nothing of before comes out.

use super::scene::{BASE, PAGES, Scene, physical};
use crate::support::{Machine, builds, context};
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::Resp;
use sallyport_formats::Spa;

#[test]
fn reset_with_bursts_under_way() {
    for build in builds(&Build::ALL) {
        let mut scene = Scene::new(&SystemConfig::random(build, Seed::new(150)), 2);
        for round in 0..10u64 {
            for n in 0..60u64 {
                // Some of them are refused.
                let page = n % (PAGES + 2);
                let ax = scene.burst((n % 2) as u32, (n % 16) as u8, BASE + page * 0x1000, 8);
                if n % 3 == 0 {
                    scene.write(ax, &[0xaa; 64]);
                } else {
                    scene.read(ax);
                }
            }
            scene.rig.run(13 * round + 20);
            Machine::reset(&mut scene.rig.machine).expect("no assertion fails");
            scene.taken();

            let off = scene.burst(0, 1, BASE, 4);
            let off = scene.read(off);
            assert_eq!(scene.settle(5_000)[&off].resp, Resp::SlvErr, "{build}: Off");
            scene.rig.enable_commands(0);
            scene.rig.enable_faults(9, 0);
            scene.rig.set_levels(1);
            // The same device with another page in the same place.
            let table = scene.tables[0];
            let frame = 0x7_0000_0000 + (round << 12);
            table.map(&mut scene.rig, BASE, frame);
            scene.rig.put_context(0, context(&table, 1).emit());
            let ax = scene.burst(0, 1, BASE, 4);
            let write = scene.write(ax, &[round as u8 + 1; 8]);
            assert_eq!(scene.settle(5_000)[&write].resp, Resp::Okay, "{build}");
            let got = scene.rig.machine.memory().read_u8(Spa::new(frame));
            assert_eq!(got, round as u8 + 1, "{build}, round {round}");
            let ax = scene.burst(1, 2, BASE + 0x1000, 4);
            let read = scene.read(ax);
            assert_eq!(scene.settle(5_000)[&read].resp, Resp::Okay, "{build}");
            assert_ne!(physical(1, 1), frame);
            scene.rig.fence();
            assert!(scene.rig.faults().is_empty(), "{build}, round {round}");
        }
        scene.rig.finish();
    }
}
