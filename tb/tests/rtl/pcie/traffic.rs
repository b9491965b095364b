// SPDX-License-Identifier: Apache-2.0
//! What a packet says of the way it wants to travel shows behind the IOMMU.

use super::scene::{BASE, BUILDS, DEVICES, Scene};
use crate::support::builds;
use sallyport_tlp::{Manner, Tlp, Traffic};

/// AxCACHE with snooping, and without.
const SNOOPED: u8 = 0b1110;
const NOT_SNOOPED: u8 = 0b0010;

#[test]
fn class_and_no_snoop_reach_memory() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 595);
        let device = DEVICES[1];
        scene.rig.machine.log_addresses();
        for (class, no_snoop) in [(0, false), (7, true), (5, false), (2, true)] {
            let traffic = Traffic {
                class,
                no_snoop,
                ..Traffic::default()
            };
            let write = scene
                .endpoint(device)
                .write(BASE, &[3; 8], Manner::default())
                .expect("it fits");
            let (tag, read) = scene
                .endpoint(device)
                .read(BASE, 8, Manner::default())
                .expect("it fits");
            for tlp in [write, read] {
                scene.send(device, &Tlp { traffic, ..tlp });
            }
            scene.answer(device, tag);
            let left = scene.rig.machine.take_addresses();
            let cache = if no_snoop { NOT_SNOOPED } else { SNOOPED };
            let told: Vec<_> = left
                .iter()
                .map(|address| (address.write, address.ax.qos, address.ax.cache))
                .collect();
            assert_eq!(
                told,
                [(true, class, cache), (false, class, cache)],
                "{build}"
            );
        }
        scene.finish();
    }
}
