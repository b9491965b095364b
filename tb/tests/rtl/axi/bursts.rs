// SPDX-License-Identifier: Apache-2.0
//! What passes, passes as it is: only the address changes, and the memory type
//! that the page asks for.

use super::scene::{BASE, Scene, physical};
use crate::support::builds;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed};
use sallyport_bus::{AxBeat, Burst, DeviceUser, MemoryUser};
use sallyport_formats::{Cause, DeviceId, Pbmt, Pte, Spa};

fn scene(build: Build, seed: u64) -> Scene {
    let mut scene = Scene::new(&SystemConfig::new(build, Seed::new(seed)), 2);
    scene.rig.machine.log_addresses();
    scene
}

/// Bursts that AXI4 permits.
fn legal(scene: &Scene) -> Vec<AxBeat> {
    let word = scene.rig.machine.width().size();
    let plain = scene.burst(1, 3, BASE + 0x1000, 1);
    let burst = |kind: Burst, addr: u64, len: u8, size: u8| AxBeat {
        burst: kind.bits(),
        addr: BASE + 0x1000 + addr,
        len,
        size,
        ..plain
    };
    let mut list = vec![
        burst(Burst::Incr, 0, 255, word),
        burst(Burst::Incr, 0xff8, 0, 3),
        burst(Burst::Incr, 0x801, 255, 3),
        burst(Burst::Incr, 0xffd, 2, 0),
        burst(Burst::Incr, 0x102, 7, 1),
        burst(Burst::Fixed, 0x104, 15, 2),
        burst(Burst::Fixed, 0x207, 3, 0),
        burst(Burst::Fixed, 0xff8, 15, 3),
    ];
    for len in [1, 3, 7, 15] {
        list.push(burst(Burst::Wrap, 0x108, len, 3));
        list.push(burst(Burst::Wrap, 0xffe, len, 1));
    }
    list
}

#[test]
fn every_legal_burst_passes_unchanged() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 90);
        scene.rig.machine.absorb_data();
        for (number, mut ax) in (0..).zip(legal(&scene)) {
            for (n, write) in [false, true].into_iter().enumerate() {
                ax.cache = 0b1011;
                ax.qos = number & 15;
                ax.prot = (number & 1) << 1;
                ax.id = 3 + n as u8;
                let handle = if write {
                    scene.write(ax, &[])
                } else {
                    scene.read(ax)
                };
                let done = scene.settle(5_000);
                assert!(!done[&handle].resp.is_error(), "{build}: {ax:x?}");
                let out = scene.rig.machine.take_addresses();
                let user = MemoryUser {
                    device: DeviceId::truncate(1),
                    ..MemoryUser::default()
                };
                let expected = AxBeat {
                    addr: physical(1, 1) | ax.addr & 0xfff,
                    user: user.bits(),
                    ..ax
                };
                assert_eq!(out.len(), 1, "{build}: {ax:x?}");
                assert_eq!((out[0].write, out[0].ax), (write, expected), "{build}");
            }
        }
        scene.rig.finish();
    }
}

#[test]
fn the_page_decides_on_the_memory_type() {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut scene = scene(build, 91);
        for (page, pbmt) in [(0, Pbmt::Pma), (1, Pbmt::Nc), (2, Pbmt::Io)] {
            let iova = BASE + page * 0x1000;
            let table = scene.tables[1];
            let slot = table.slot(&mut scene.rig, iova, 0);
            let pte = Pte::parse(scene.rig.machine.memory().read_u64(slot));
            let pte = Pte { pbmt, ..pte };
            scene.rig.machine.memory_mut().write_u64(slot, pte.emit());
            for cache in [0b1111, 0b0110, 0b0001] {
                for again in [false, true] {
                    let ax = AxBeat {
                        cache,
                        ..scene.burst(1, 0, iova, 1)
                    };
                    scene.read(ax);
                    scene.write(ax, &[1]);
                    scene.settle(2_000);
                    let expected = match pbmt {
                        Pbmt::Nc => 0b0010 | cache & 1,
                        Pbmt::Io => 0,
                        _ => cache,
                    };
                    for address in scene.rig.machine.take_addresses() {
                        assert_eq!(
                            address.ax.cache, expected,
                            "{build}, {pbmt:?}, AxCACHE {cache:#b}, cached {again}"
                        );
                    }
                }
            }
        }
        scene.rig.finish();
    }
}

#[test]
fn who_asks_and_what_for_comes_from_the_sidebands() {
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 92);
        let plain = scene.burst(1, 0, BASE, 1);
        let mut user = DeviceUser::device(DeviceId::truncate(1));
        let execute = AxBeat {
            prot: 0b100,
            ..plain
        };
        user.kind = 1;
        let translated = AxBeat {
            user: user.bits(),
            ..plain
        };
        user.kind = 0;
        user.process = Some(sallyport_formats::ProcessId::truncate(0xa_bcde));
        let process = AxBeat {
            user: user.bits(),
            prot: 0b001,
            ..plain
        };
        // On AW the bit for instructions means nothing.
        scene.write(execute, &[1]);
        for ax in [execute, translated, process] {
            scene.read(ax);
        }
        scene.settle(5_000);
        scene.rig.fence();
        let got: Vec<_> = scene
            .rig
            .faults()
            .iter()
            .map(|f| (f.cause, f.ttyp.code(), f.pv, f.pid.raw(), f.privileged))
            .collect();
        let expected = [
            (Cause::InstructionPageFault, 1, false, 0, false),
            (Cause::TtypeDisallowed, 6, false, 0, false),
            (Cause::TtypeDisallowed, 2, true, 0xa_bcde, true),
        ];
        let mut got = got;
        let mut expected = expected.to_vec();
        got.sort_by_key(|f| (f.1, f.2));
        expected.sort_by_key(|f| (f.1, f.2));
        assert_eq!(got, expected, "{build}");
        scene.rig.finish();
    }
}

#[test]
fn errors_of_memory_come_back_to_the_device() {
    use sallyport_bus::{Attributes, Resp};
    for build in builds(&Build::ALL) {
        for resp in [Resp::SlvErr, Resp::DecErr] {
            let mut scene = scene(build, 93);
            let at = Spa::new(physical(0, 2) + 0x40);
            let range = at..Spa::new(at.raw() + 0x40);
            scene
                .rig
                .machine
                .memory_mut()
                .set_attributes(range, Attributes::error(resp));
            let good = scene.burst(0, 1, BASE + 0x2000, 4);
            let bad = scene.burst(0, 1, BASE + 0x2040, 4);
            let handles = [
                scene.read(good),
                scene.read(bad),
                scene.write(good, &[1]),
                scene.write(bad, &[1]),
            ];
            let done = scene.settle(5_000);
            let got = handles.map(|handle| done[&handle].resp);
            assert_eq!(got, [Resp::Okay, resp, Resp::Okay, resp], "{build}");
            scene.rig.fence();
            assert!(
                scene.rig.faults().is_empty(),
                "{build}: no fault of translation"
            );
            scene.rig.finish();
        }
    }
}

#[test]
fn exclusive_pairs_meet_at_memory() {
    use sallyport_bus::Resp;
    for build in builds(&Build::ALL) {
        let mut scene = scene(build, 94);
        let ax = AxBeat {
            lock: true,
            ..scene.burst(0, 5, BASE + 0x3000, 1)
        };
        let read = scene.read(ax);
        assert_eq!(scene.settle(2_000)[&read].resp, Resp::ExOkay, "{build}");
        let write = scene.write(ax, &[7]);
        assert_eq!(scene.settle(2_000)[&write].resp, Resp::ExOkay, "{build}");
        let at = Spa::new(physical(0, 3));
        assert_eq!(scene.rig.machine.memory().read_u8(at), 7);
        scene.read(ax);
        scene.settle(2_000);
        // Somebody else writes in between.
        scene.rig.machine.memory_mut().write_u8(at, 9);
        let lost = scene.write(ax, &[8]);
        assert_eq!(scene.settle(2_000)[&lost].resp, Resp::Okay, "{build}");
        assert_eq!(scene.rig.machine.memory().read_u8(at), 9);
        scene.rig.finish();
    }
}
