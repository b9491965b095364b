// SPDX-License-Identifier: Apache-2.0
//! Memory writes.

use super::scene::{BASE, BUILDS, DEVICES, Scene};
use crate::support::builds;
use sallyport_tlp::{AddressType, Body, Manner, MemoryWrite, RoutingId, Tag, Tlp};

#[test]
fn every_place_and_length() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 510);
        let device = DEVICES[1];
        scene.fill(device);
        let mut shadow = scene.memory(device, BASE, 0x3000);
        let mut byte = 0_u8;
        for offset in [0_usize, 1, 2, 3, 4, 5, 8, 12, 15, 16, 28, 61] {
            for length in [
                1, 2, 3, 4, 5, 8, 13, 16, 29, 32, 33, 64, 100, 128, 200, 511, 512,
            ] {
                let at = 0x1000 + offset;
                let bytes: Vec<u8> = (0..length)
                    .map(|_| {
                        byte = byte.wrapping_mul(5).wrapping_add(17);
                        byte
                    })
                    .collect();
                shadow[at..at + length].copy_from_slice(&bytes);
                scene.write(device, BASE + at as u64, &bytes, Manner::default());
            }
            scene.settle();
            assert!(
                scene.memory(device, BASE, 0x3000) == shadow,
                "{build} {offset}"
            );
        }
        // A whole page, and the last bytes of one.
        let page: Vec<u8> = (0..0x1000).map(|n| (n / 16) as u8).collect();
        scene.write(device, BASE + 0x2000, &page, Manner::default());
        scene.write(device, BASE + 0x1fff, &[0x5a], Manner::default());
        scene.settle();
        assert!(
            scene.memory(device, BASE + 0x2000, 0x1000) == page,
            "{build}"
        );
        assert_eq!(scene.memory(device, BASE + 0x1fff, 1), [0x5a]);
        assert_eq!(scene.rig.faults(), []);
        scene.finish();
    }
}

/// Byte enables with gaps, as one or two doublewords may have them, and none.
#[test]
fn byte_enables() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 511);
        let device = DEVICES[0];
        let write = |first_be, last_be, payload: &[u8]| {
            Tlp::from(Body::MemoryWrite(MemoryWrite {
                requester: RoutingId::from_raw(device as u16),
                tag: Tag::default(),
                address_type: AddressType::Untranslated,
                address: BASE + 0x100,
                first_be,
                last_be,
                payload: payload.to_vec(),
            }))
        };
        let cases: [(u8, u8, &[u8], [u8; 8]); 4] = [
            (0b0101, 0, &[1, 2, 3, 4], [1, 0, 3, 0, 0, 0, 0, 0]),
            (0b0000, 0, &[9, 9, 9, 9], [1, 0, 3, 0, 0, 0, 0, 0]),
            (
                0b1010,
                0b0100,
                &[5, 6, 7, 8, 9, 10, 11, 12],
                [1, 6, 3, 8, 0, 0, 11, 0],
            ),
            (
                0b1000,
                0b0001,
                &[5, 6, 7, 13, 14, 10, 11, 12],
                [1, 6, 3, 13, 14, 0, 11, 0],
            ),
        ];
        for (first_be, last_be, payload, wanted) in cases {
            scene.send(device, &write(first_be, last_be, payload));
            scene.settle();
            assert_eq!(scene.memory(device, BASE + 0x100, 8), wanted, "{build}");
        }
        assert_eq!(scene.rig.machine.refusals(), [0; 3]);
        scene.finish();
    }
}
