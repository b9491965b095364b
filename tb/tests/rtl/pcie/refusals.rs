// SPDX-License-Identifier: Apache-2.0
//! Requests that are refused: completions with UR or CA, silence, records.

use super::scene::{BASE, BUILDS, DEVICES, PAGES, Scene, UNMAPPED, place};
use crate::support::builds;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::{Cause, DeviceId, FaultRecord, ProcessId, Spa, TransactionType};
use sallyport_tlp::{
    AddressType, Answer, AtomicOp, AtomicOperation, Body, Manner, Pasid, PortTlp, RoutingId,
    Status, Tlp,
};

const UR: Answer = Answer::Refused(Status::UnsupportedRequest);
const CA: Answer = Answer::Refused(Status::CompleterAbort);

fn record(device: u32, cause: Cause, ttyp: TransactionType, iotval: u64) -> FaultRecord {
    FaultRecord {
        cause,
        ttyp,
        did: DeviceId::truncate(device.into()),
        iotval,
        ..FaultRecord::default()
    }
}

#[test]
fn reads_end_with_unsupported_request() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 530);
        let device = DEVICES[3];
        assert_eq!(scene.read(device, UNMAPPED + 0x125, 3), UR);
        // A long one ends with its first completion; the rest is not heard of.
        assert_eq!(scene.read(device, UNMAPPED + 0x200, 2048), UR);
        scene.settle();
        scene.rig.fence();
        let faults = scene.rig.faults();
        let first = record(
            device,
            Cause::ReadPageFault,
            TransactionType::UntranslatedRead,
            UNMAPPED + 0x125,
        );
        assert_eq!(faults[0], first, "{build}");
        assert_eq!(faults[1].iotval, UNMAPPED + 0x200);
        assert!(faults.len() <= 17, "{build}: {}", faults.len());
        assert!(matches!(scene.read(device, BASE, 4), Answer::Data(_)));
        scene.finish();
    }
}

#[test]
fn writes_are_silently_dropped_and_recorded() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 531);
        let device = DEVICES[1];
        scene.write(device, UNMAPPED + 0x41, &[1, 2, 3], Manner::default());
        scene.write(device, BASE, &[4, 5, 6], Manner::default());
        scene.settle();
        assert_eq!(scene.memory(device, BASE, 3), [4, 5, 6]);
        scene.rig.fence();
        let wanted = record(
            device,
            Cause::WritePageFault,
            TransactionType::UntranslatedWrite,
            UNMAPPED + 0x41,
        );
        assert_eq!(scene.rig.faults(), [wanted], "{build}");
        scene.finish();
    }
}

/// The record tells the process and its wishes.
#[test]
fn a_pasid_is_told() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 532);
        let device = DEVICES[0];
        let manner = |execute| Manner {
            pasid: Some(Pasid {
                process_id: ProcessId::truncate(0x4_5678),
                privileged: true,
                execute,
            }),
            ..Manner::default()
        };
        let tag = scene.ask(device, BASE, 4, manner(true));
        assert_eq!(scene.answer(device, tag), UR);
        let tag = scene.ask(device, BASE, 4, manner(false));
        assert_eq!(scene.answer(device, tag), UR);
        scene.rig.fence();
        let told = |ttyp| FaultRecord {
            pid: ProcessId::truncate(0x4_5678),
            pv: true,
            privileged: true,
            ..record(device, Cause::TtypeDisallowed, ttyp, BASE)
        };
        assert_eq!(
            scene.rig.faults(),
            [
                told(TransactionType::UntranslatedExec),
                told(TransactionType::UntranslatedRead)
            ],
            "{build}"
        );
        scene.finish();
    }
}

/// Translated requests are honoured where ATS is on only.
#[test]
fn forged_translated_requests_get_nowhere() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 533);
        let device = DEVICES[0];
        let secret = Spa::new(0x55_0000);
        scene.rig.machine.memory_mut().write(secret, b"secret");
        let forged = Manner {
            address_type: AddressType::Translated,
            ..Manner::default()
        };
        let tag = scene.ask(device, secret.raw(), 6, forged);
        assert_eq!(scene.answer(device, tag), UR);
        scene.write(device, secret.raw(), b"forged", forged);
        scene.settle();
        scene.rig.fence();
        let told = |ttyp| record(device, Cause::TtypeDisallowed, ttyp, 0x55_0000);
        assert_eq!(
            scene.rig.faults(),
            [
                told(TransactionType::TranslatedRead),
                told(TransactionType::TranslatedWrite)
            ],
            "{build}"
        );
        assert_eq!(scene.rig.machine.memory().read_u8(secret), b's');
        scene.finish();
    }
}

/// A requester id or segment that nobody gave is refused like any stranger.
#[test]
fn foreign_requesters_get_nowhere() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 534);
        scene.write(DEVICES[0], BASE, b"mine", Manner::default());
        scene.settle();
        let stranger = 0x07_0100;
        let write = scene
            .endpoint(DEVICES[0])
            .write(BASE, b"your", Manner::default())
            .expect("it fits");
        scene.send(stranger, &write);
        scene.settle();
        assert_eq!(scene.memory(DEVICES[0], BASE, 4), b"mine");
        scene.rig.fence();
        let faults = scene.rig.faults();
        assert_eq!(faults.len(), 1, "{build}");
        assert_eq!(faults[0].did.raw(), stranger);
        assert_eq!(faults[0].cause, Cause::DdtInvalid);
        scene.finish();
    }
}

/// What memory cannot answer ends with CA, after the data before it.
#[test]
fn errors_of_memory_end_with_completer_abort() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 535);
        let device = DEVICES[2];
        let start = place(device, BASE + 0x400);
        let broken = Attributes {
            read: Resp::SlvErr,
            write: Resp::SlvErr,
            ..Attributes::NORMAL
        };
        let range = start..Spa::new(start.raw() + 0x10);
        scene.rig.machine.memory_mut().set_attributes(range, broken);
        assert_eq!(scene.read(device, BASE + 0x400, 4), CA, "{build}");
        assert_eq!(scene.read(device, BASE, 0x1000), CA, "{build}");
        assert!(matches!(
            scene.read(device, BASE + 0x410, 64),
            Answer::Data(_)
        ));
        scene.write(device, BASE + 0x400, &[1; 4], Manner::default());
        assert!(matches!(
            scene.read(device, BASE + 0x410, 4),
            Answer::Data(_)
        ));
        scene.rig.fence();
        assert_eq!(scene.rig.faults(), [], "{build}: memory's own business");
        scene.finish();
    }
}

#[test]
fn other_non_posted_requests_are_unsupported() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 536);
        let device = DEVICES[0];
        let requester = RoutingId::from_raw(device as u16);
        let mut wanted = 0;
        for (operation, bytes) in [
            (AtomicOperation::FetchAdd, 4),
            (AtomicOperation::Swap, 8),
            (AtomicOperation::CompareAndSwap, 32),
        ] {
            let tag = scene.endpoint(device).other();
            let atomic = AtomicOp {
                operation,
                requester,
                tag,
                address_type: AddressType::Untranslated,
                address: BASE,
                operands: vec![0xee; bytes],
            };
            scene.send(device, &Tlp::from(Body::AtomicOp(atomic)));
            assert_eq!(scene.answer(device, tag), UR, "{build} {operation:?}");
            wanted += 1;
            assert_eq!(scene.rig.machine.refusals(), [0, wanted, 0]);
        }
        // Fmt and type of locked, I/O and configuration requests, of deferrable
        // writes, and AT = 3.
        for (first, payload) in [
            (0x0100_0001, 0),
            (0x2100_0001, 0),
            (0x0200_0001, 0),
            (0x4200_0001, 4),
            (0x0400_0001, 0),
            (0x4400_0001, 4),
            (0x0500_0001, 0),
            (0x4500_0001, 4),
            (0x5b00_0001, 4),
            (0x0000_0c01, 0),
        ] {
            let tag = scene.endpoint(device).other();
            let second = u32::from(requester.raw()) << 16 | u32::from(tag.raw()) << 8 | 0xf;
            let packet = PortTlp {
                prefix: None,
                header: [first, second, BASE as u32, 0],
                payload: vec![0; payload],
            };
            scene.raw(device, packet);
            assert_eq!(scene.answer(device, tag), UR, "{build} {first:#x}");
            wanted += 1;
            assert_eq!(scene.rig.machine.refusals(), [0, wanted, 0], "{first:#x}");
        }
        assert_eq!(scene.memory(device, BASE, 4), [0; 4]);
        assert_eq!(scene.rig.faults(), []);
        scene.finish();
    }
}

#[test]
fn the_last_page_is_the_last() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 537);
        let device = DEVICES[0];
        let last = BASE + PAGES * 0x1000 - 4;
        assert!(matches!(scene.read(device, last, 4), Answer::Data(_)));
        assert_eq!(scene.read(device, last + 4, 4), UR);
        scene.finish();
    }
}
