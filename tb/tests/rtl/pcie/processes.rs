// SPDX-License-Identifier: Apache-2.0
//! A PASID leads to the memory of its process, with the rights that it asks for.

use super::scene::{BASE, BUILDS, DEVICES, Scene};
use crate::support::{Home, PageTable, ProcessDirectory, Rig, builds, context_in, leaf};
use sallyport_bench::Build;
use sallyport_bench::hardware::PcieSystem;
use sallyport_formats::context::{PcTa, Tc};
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{DeviceContext, FirstStage, ProcessContext, ProcessId, Pscid, Pte, Spa};
use sallyport_tlp::{Answer, Manner, Pasid, Status, TranslationEntry};

const DEVICE: u32 = DEVICES[0];
const UR: Answer = Answer::Refused(Status::UnsupportedRequest);

/// Processes and their frames.
const PROCESSES: [(u32, u64); 3] = [
    (0x21, 0x2_0000_0000),
    (0x22, 0x2_0001_0000),
    (0x24, 0x2_0002_0000),
];

/// A page that only the third process has, and would share with all others.
const SHARED: u64 = BASE + 0x1000;

/// The device with a directory in which two processes have a page at `BASE`: the
/// first one's is the user's, the second one's the supervisor's to execute.
fn scene(build: Build, seed: u64) -> Scene {
    let mut scene = Scene::fixed(build, seed);
    let rig: &mut Rig<PcieSystem> = &mut scene.rig;
    let mut home = Home::Host;
    let directory = ProcessDirectory::new(rig, &mut home, PdtpMode::Pd8);
    let plain = context_in(&home, directory.fsc(), 0);
    let dc = DeviceContext {
        tc: Tc {
            v: true,
            pdtv: true,
            en_ats: true,
            ..Tc::default()
        },
        ..plain
    };
    rig.put_context(DEVICE, dc.emit());
    for (n, (process, frame)) in PROCESSES.into_iter().enumerate() {
        let table = PageTable::new(rig, FirstStage::Sv39);
        let pte = Pte {
            u: n != 1,
            x: n == 1,
            g: n == 2,
            ..leaf(frame)
        };
        let at = if n == 2 { SHARED } else { BASE };
        table.set(rig, at, 0, pte.emit());
        let pc = ProcessContext {
            ta: PcTa {
                v: true,
                ens: n == 1,
                pscid: Pscid::truncate(process.into()),
                ..PcTa::default()
            },
            fsc: table.fsc(),
        };
        directory.put(rig, &mut home, process, pc.emit());
        rig.machine
            .memory_mut()
            .write(Spa::new(frame), &[n as u8 + 1; 16]);
    }
    rig.forget();
    scene
}

fn manner(process: u32, privileged: bool, execute: bool) -> Manner {
    Manner {
        pasid: Some(Pasid {
            process_id: ProcessId::truncate(process.into()),
            privileged,
            execute,
        }),
        ..Manner::default()
    }
}

#[test]
fn each_process_has_its_memory() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 590);
        let mut read = |process, privileged, execute| {
            let tag = scene.ask(DEVICE, BASE, 16, manner(process, privileged, execute));
            scene.answer(DEVICE, tag)
        };
        assert_eq!(
            read(0x21, false, false),
            Answer::Data(vec![1; 16]),
            "{build}"
        );
        assert_eq!(
            read(0x22, true, false),
            Answer::Data(vec![2; 16]),
            "{build}"
        );
        assert_eq!(read(0x22, true, true), Answer::Data(vec![2; 16]), "{build}");
        // Not privileged, not executable, not allowed to be privileged, unknown.
        assert_eq!(read(0x22, false, false), UR, "{build}");
        assert_eq!(read(0x21, false, true), UR, "{build}");
        assert_eq!(read(0x21, true, false), UR, "{build}");
        assert_eq!(read(0x23, false, false), UR, "{build}");

        scene.write(DEVICE, BASE + 4, &[9; 4], manner(0x21, false, false));
        scene.write(DEVICE, BASE + 4, &[8; 4], manner(0x22, true, false));
        scene.write(DEVICE, BASE + 8, &[7; 4], manner(0x22, false, false));
        scene.settle();
        let word = |at| scene.rig.machine.memory().read_u32(Spa::new(at));
        assert_eq!(word(PROCESSES[0].1 + 4), 0x0909_0909, "{build}");
        assert_eq!(word(PROCESSES[1].1 + 4), 0x0808_0808, "{build}");
        assert_eq!(word(PROCESSES[1].1 + 8), 0x0202_0202, "{build}");
        scene.rig.fence();
        assert_eq!(scene.rig.faults().len(), 5, "{build}");
        scene.finish();
    }
}

/// The rights of a process, as it asks for them, and whether others share the page.
#[test]
fn translations_are_those_of_a_process() {
    for build in builds(&BUILDS) {
        let mut scene = scene(build, 591);
        let mut ask = |process, at, privileged, execute| {
            let pasid = manner(process, privileged, execute).pasid;
            let (tag, tlp) = scene.endpoint(DEVICE).translate(at, 1, false, pasid);
            scene.send(DEVICE, &tlp);
            match scene.answer(DEVICE, tag) {
                Answer::Translation(entries) => told(&entries[0]),
                other => panic!("{build}: {other:?}"),
            }
        };
        // Read, write, execute; privileged, global.
        assert_eq!(ask(0x22, BASE, true, true), [true, true, true, true, false]);
        assert_eq!(
            ask(0x22, BASE, true, false),
            [true, true, false, true, false]
        );
        assert_eq!(
            ask(0x21, BASE, false, true),
            [true, true, false, false, false]
        );
        assert_eq!(
            ask(0x24, SHARED, false, false),
            [true, true, false, false, true]
        );
        scene.finish();
    }
}

fn told(entry: &TranslationEntry) -> [bool; 5] {
    [
        entry.read,
        entry.write,
        entry.execute,
        entry.privileged,
        entry.global,
    ]
}
