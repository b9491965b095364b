// SPDX-License-Identifier: Apache-2.0
//! What is refused gets all its beats, in order, and never reaches memory.

use super::scene::{BASE, PAGES, Scene, physical};
use crate::support::{builds, context};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{AxBeat, Burst, DeviceUser, Resp};
use sallyport_formats::{Cause, DeviceId, ProcessId, Spa};

/// An address that is not mapped.
const NOWHERE: u64 = 0x7000_0000;

fn scene(build: Build, seed: u64) -> Scene {
    let mut scene = Scene::new(&SystemConfig::new(build, Seed::new(seed)), 2);
    scene.rig.machine.log_addresses();
    scene
}

#[test]
fn a_refused_read_gets_all_its_beats() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 100);
        for beats in [1, 2, 17, 256] {
            let ax = scene.burst(0, 7, NOWHERE, beats);
            let refused = scene.read(ax);
            let good = scene.burst(0, 7, BASE, 2);
            let good = scene.read(good);
            let done = scene.settle(5_000);
            assert_eq!(done[&refused].beats.len(), usize::from(beats), "{build}");
            assert!(
                done[&refused]
                    .beats
                    .iter()
                    .all(|b| b.resp == Resp::SlvErr && b.data == 0)
            );
            assert_eq!(done[&good].resp, Resp::Okay, "{build}");
            let out = scene.rig.machine.take_addresses();
            assert_eq!(out.len(), 1, "{build}: the refused burst went out");
            assert_eq!(out[0].ax.addr, physical(0, 0));
            scene.rig.fence();
            let faults = scene.rig.faults();
            assert_eq!(faults.len(), 1);
            assert_eq!(
                (faults[0].cause, faults[0].iotval),
                (Cause::ReadPageFault, NOWHERE)
            );
        }
        scene.rig.finish();
    }
}

#[test]
fn a_refused_write_drains_its_data() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 101);
        for beats in [1, 2, 17, 256] {
            let bytes = vec![0xee; 16 * usize::from(beats)];
            let ax = scene.burst(0, 7, NOWHERE, beats);
            let refused = scene.write(ax, &bytes);
            let good = scene.burst(0, 7, BASE + 0x1000, 2);
            let good = scene.write(good, &[0x11; 8]);
            let done = scene.settle(5_000);
            assert_eq!(done[&refused].resp, Resp::SlvErr, "{build}");
            assert_eq!(done[&good].resp, Resp::Okay, "{build}");
            let at = Spa::new(physical(0, 1));
            assert_eq!(
                scene.rig.machine.memory().read_u64(at),
                0x1111_1111_1111_1111,
                "{build}"
            );
            scene.rig.machine.memory_mut().write_u64(at, 0);
            assert_eq!(scene.rig.machine.take_addresses().len(), 1);
            scene.rig.fence();
            assert_eq!(scene.rig.faults().len(), 1);
        }
        scene.rig.finish();
    }
}

/// Bursts that no bus may carry, and their reasons.
fn illegal(scene: &Scene) -> Vec<(&'static str, AxBeat)> {
    let word = scene.rig.machine.width().size();
    let plain = scene.burst(0, 2, BASE, 1);
    let burst = |kind: u8, addr: u64, len: u8, size: u8| AxBeat {
        burst: kind,
        addr: BASE + addr,
        len,
        size,
        ..plain
    };
    let (incr, fixed, wrap) = (Burst::Incr.bits(), Burst::Fixed.bits(), Burst::Wrap.bits());
    let lock = |ax: AxBeat| AxBeat { lock: true, ..ax };
    vec![
        ("INCR beyond its page", burst(incr, 0xff8, 1, 3)),
        (
            "INCR of 256 beats beyond its page",
            burst(incr, 0x808, 255, 3),
        ),
        ("INCR of bytes beyond its page", burst(incr, 0xffd, 3, 0)),
        ("INCR, unaligned, beyond its page", burst(incr, 0xff1, 2, 3)),
        ("FIXED of 17 beats", burst(fixed, 0, 16, 3)),
        ("WRAP of 3 beats", burst(wrap, 0, 2, 3)),
        ("WRAP of 1 beat", burst(wrap, 0, 0, 3)),
        ("WRAP of 32 beats", burst(wrap, 0, 31, 3)),
        ("WRAP, unaligned", burst(wrap, 4, 3, 3)),
        ("the reserved burst type", burst(3, 0, 0, 3)),
        ("beats wider than the bus", burst(incr, 0, 0, word + 1)),
        ("the widest beats", burst(incr, 0, 0, 7)),
        ("exclusive, 3 beats", lock(burst(incr, 0, 2, 3))),
        ("exclusive, 32 beats", lock(burst(incr, 0, 31, 0))),
        ("exclusive, unaligned", lock(burst(incr, 8, 1, 3))),
        ("exclusive, 256 bytes", lock(burst(incr, 0, 15, 4))),
    ]
}

#[test]
fn bursts_that_no_bus_carries() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 102);
        for ((what, ax), id) in illegal(&scene).into_iter().zip((0..16).cycle()) {
            let ax = AxBeat { id, ..ax };
            let read = scene.read(ax);
            let write = scene.write(ax, &[0xff; 4096]);
            let execute = scene.read(AxBeat { prot: 4, ..ax });
            let behind = scene.burst(0, id, BASE + 0x5000, 1);
            let behind = [scene.read(behind), scene.write(behind, &[3])];
            let done = scene.settle(5_000);
            for handle in [read, write, execute] {
                assert_eq!(done[&handle].resp, Resp::SlvErr, "{build}: {what}");
            }
            assert_eq!(
                done[&read].beats.len(),
                usize::from(ax.beats()),
                "{build}: {what}"
            );
            for handle in behind {
                assert_eq!(done[&handle].resp, Resp::Okay, "{build}: behind {what}");
            }
            let out = scene.rig.machine.take_addresses();
            assert!(
                out.iter().all(|a| a.ax.addr == physical(0, 5)),
                "{build}: {what} went out"
            );
            scene.rig.fence();
            let mut faults: Vec<_> = scene
                .rig
                .faults()
                .iter()
                .map(|f| (f.cause.code(), f.iotval))
                .collect();
            faults.sort_unstable();
            let expected = [1, 5, 7].map(|cause| (cause, ax.addr));
            assert_eq!(faults, expected, "{build}: {what}");
        }
        scene.rig.finish_without("s_axi ");
    }
}

fn random_burst(scene: &Scene, rng: &mut ChaCha8Rng) -> (AxBeat, bool) {
    let page = rng.random_range(0..PAGES);
    let allowed = rng.random_range(0..3) > 0;
    let base = if allowed { BASE } else { NOWHERE };
    let beats = *[1, 1, 2, 4, 16, 40]
        .get(rng.random_range(0..6))
        .unwrap_or(&1);
    let offset = rng.random_range(0..0x1000 - 16 * u64::from(beats)) & !7;
    let id = rng.random_range(0..16);
    let device = rng.random_range(0..2);
    (
        scene.burst(device, id, base + page * 0x1000 + offset, beats),
        allowed,
    )
}

/// Refused and good bursts of all IDs, mixed, with back-pressure everywhere:
/// each gets its own answer, and reads of an ID their own data.
#[test]
fn good_and_refused_bursts_mixed() {
    for build in builds(&Build::ALL) {
        for random in [false, true] {
            let seed = Seed::new(103);
            let config = if random {
                SystemConfig::random(build, seed)
            } else {
                SystemConfig::new(build, seed)
            };
            let mut scene = Scene::new(&config, 2);
            let mut rng = seed.fork("bursts").rng();
            for device in 0..2 {
                for page in 0..PAGES {
                    for word in 0..512 {
                        let at = Spa::new(physical(device, page) + 8 * word);
                        let value = u64::from(device) << 32 | page << 12 | (8 * word);
                        scene.rig.machine.memory_mut().write_u64(at, value);
                    }
                }
            }
            let mut expected = Vec::new();
            for _ in 0..1_200 {
                let (ax, allowed) = random_burst(&scene, &mut rng);
                // Writes leave everything as it is.
                let handle = if rng.random_range(0..3) == 0 {
                    let device = ax.user & 1;
                    let bytes: Vec<u8> = (0..u64::from(ax.beats()) * 2)
                        .flat_map(|n| (device << 32 | ((ax.addr + 8 * n) & 0xffff)).to_le_bytes())
                        .collect();
                    let skipped = ax.addr as usize % (1 << ax.size);
                    let count = (usize::from(ax.beats()) << ax.size) - skipped;
                    scene.write(ax, &bytes[..count])
                } else {
                    scene.read(ax)
                };
                expected.push((handle, ax, allowed));
            }
            let done = scene.settle(400_000);
            assert_eq!(done.len(), expected.len());
            let width = scene.rig.machine.width();
            let mut records = Vec::new();
            for (handle, ax, allowed) in expected {
                let completion = &done[&handle];
                assert_eq!(completion.resp.is_error(), !allowed, "{build}: {ax:x?}");
                if !allowed {
                    let cause = if completion.transaction.is_write() {
                        Cause::WritePageFault
                    } else {
                        Cause::ReadPageFault
                    };
                    records.push((cause.code(), ax.user as u32, ax.addr));
                }
                if allowed && !completion.transaction.is_write() {
                    let bytes = completion.bytes(width);
                    let device = ax.user & 1;
                    for (n, word) in bytes.chunks_exact(8).enumerate() {
                        let got = u64::from_le_bytes(word.try_into().expect("eight"));
                        let expected = device << 32 | ((ax.addr + 8 * n as u64) & 0xffff);
                        assert_eq!(got, expected, "{build}: {ax:x?}, word {n}");
                    }
                }
            }
            scene.rig.fence();
            let mut reported: Vec<_> = scene
                .rig
                .faults()
                .iter()
                .map(|f| (f.cause.code(), f.did.raw(), f.iotval))
                .collect();
            reported.sort_unstable();
            records.sort_unstable();
            assert_eq!(reported, records, "{build}: fault records");
            scene.rig.finish();
        }
    }
}

#[test]
fn a_burst_is_no_translation_request() {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut scene = scene(build, 109);
        let mut dc = context(&scene.tables[0], 1);
        dc.tc.en_ats = true;
        scene.rig.put_context(0, dc.emit());
        scene.rig.forget();
        // 3 is the reserved type.
        for kind in [2, 3] {
            let user = DeviceUser {
                kind,
                ..DeviceUser::device(DeviceId::truncate(0))
            };
            for iova in [NOWHERE, BASE] {
                let ax = AxBeat {
                    user: user.bits(),
                    ..scene.burst(0, 3, iova, 1)
                };
                let read = scene.read(ax);
                let write = scene.write(ax, &[0xee]);
                let done = scene.settle(5_000);
                for handle in [read, write] {
                    assert_eq!(done[&handle].resp, Resp::SlvErr, "{build} {kind} {iova:#x}");
                }
            }
        }
        let out = scene.rig.machine.take_addresses();
        assert!(out.is_empty(), "{build}: {out:x?}");
        scene.rig.fence();
        let causes: Vec<Cause> = scene.rig.faults().iter().map(|f| f.cause).collect();
        assert_eq!(causes, [Cause::TtypeDisallowed; 8], "{build}");
        scene.rig.finish();
    }
}

#[test]
fn nothing_passes_while_translation_is_off() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 110);
        scene.rig.set_levels(0);
        let mut rng = <ChaCha8Rng as rand::SeedableRng>::seed_from_u64(110);
        for _ in 0..100 {
            let user = DeviceUser {
                kind: rng.random_range(0..2),
                process: rng
                    .random::<bool>()
                    .then(|| ProcessId::truncate(rng.random())),
                device: DeviceId::truncate(rng.random()),
            };
            let ax = AxBeat {
                addr: rng.random::<u64>() & !0xfff,
                user: user.bits(),
                prot: rng.random_range(0..8),
                ..scene.burst(0, 5, BASE, 1)
            };
            let write = rng.random();
            let handle = if write {
                scene.write(ax, &[1])
            } else {
                scene.read(ax)
            };
            assert_eq!(scene.settle(5_000)[&handle].resp, Resp::SlvErr, "{build}");
            scene.rig.fence();
            let [record] = scene.rig.faults()[..] else {
                panic!("{build}: one record of {ax:x?}");
            };
            assert_eq!(record.cause, Cause::AllInboundDisallowed);
            assert_eq!((record.did, record.process()), (user.device, user.process));
            assert_eq!((record.iotval, record.iotval2), (ax.addr, 0));
        }
        assert!(scene.rig.machine.take_addresses().is_empty(), "{build}");
        scene.rig.finish();
    }
}
