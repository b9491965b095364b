// SPDX-License-Identifier: Apache-2.0
//! Process contexts: what a request may do under one, cold and from the caches,
//! and what forgets it ("Process-directory-table", "IOMMU Directory cache
//! commands").

use crate::support::{Home, ProcessDirectory, Rig, Table, builds, context_in, leaf};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::context::{PcTa, Tc};
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{
    Command, DeviceContext, DeviceId, FirstStage, Gpa, Gscid, Iova, ProcessContext, ProcessId,
    Pscid, Pte, SecondStage, Spa,
};
use sallyport_model::{Access, Request, RequestKind};

const PAGE: u64 = 0x4000_0000;

fn id(process: u32) -> ProcessId {
    ProcessId::truncate(process.into())
}

/// A request with a process_id.
fn ask(device: u32, process: u32, privileged: bool, access: Access, iova: u64) -> Request {
    Request {
        process_id: Some(id(process)),
        privileged,
        ..crate::core::requests::ask(device, access, iova)
    }
}

/// Modes that this build has.
fn modes(rig: &Rig<CoreSystem>) -> Vec<PdtpMode> {
    let capabilities = &rig.capabilities;
    [
        (capabilities.pd8, PdtpMode::Pd8),
        (capabilities.pd17, PdtpMode::Pd17),
        (capabilities.pd20, PdtpMode::Pd20),
    ]
    .into_iter()
    .filter_map(|(has, mode)| has.then_some(mode))
    .collect()
}

struct Scene {
    rig: Rig<CoreSystem>,
    home: Home,
    directory: ProcessDirectory,
}

impl Scene {
    fn new(build: Build, mode: PdtpMode, is_guest: bool, tc: Tc) -> Self {
        let mut rig = Rig::core(build, 86);
        rig.start_queues();
        rig.set_levels(1);
        let mut home = if is_guest {
            Home::guest(&mut rig, SecondStage::Sv39x4, 3)
        } else {
            Home::Host
        };
        let directory = ProcessDirectory::new(&mut rig, &mut home, mode);
        let mut scene = Self {
            rig,
            home,
            directory,
        };
        scene.attach(0, tc);
        scene
    }

    /// Gives a device the directory.
    fn attach(&mut self, device: u32, tc: Tc) {
        let dc = DeviceContext {
            tc: Tc {
                v: true,
                pdtv: true,
                ..tc
            },
            ..context_in(&self.home, self.directory.fsc(), 0)
        };
        self.rig.put_context(device, dc.emit());
    }

    /// A process with a page table in which `PAGE` is at `frame`.
    fn process(&mut self, process: u32, ta: PcTa, frame: u64) -> Table {
        let table = Table::new(&mut self.rig, &mut self.home, FirstStage::Sv39);
        table.map(&mut self.rig, &mut self.home, PAGE, frame, 0);
        if let Home::Guest(guest) = &self.home {
            guest.map(&mut self.rig, frame, frame, 0);
        }
        let pc = ProcessContext {
            ta,
            fsc: table.fsc(),
        };
        self.directory
            .put(&mut self.rig, &mut self.home, process, pc.emit());
        table
    }

    fn found(&mut self, device: u32, process: u32) -> Option<u64> {
        let request = ask(device, process, false, Access::Read, PAGE);
        self.rig.translate(request)
    }
}

fn ta(pscid: u32) -> PcTa {
    PcTa {
        v: true,
        pscid: Pscid::truncate(pscid.into()),
        ..PcTa::default()
    }
}

/// For each build, mode, and host or guest.
fn everywhere(mut test: impl FnMut(Build, PdtpMode, bool)) {
    for build in builds(&Build::ALL) {
        for mode in modes(&Rig::core(build, 86)) {
            for is_guest in [false, true] {
                test(build, mode, is_guest);
            }
        }
    }
}

/// Privilege, ENS and SUM against pages with and without U, cold and cached.
#[test]
fn privileges() {
    everywhere(|build, mode, is_guest| {
        let mut scene = Scene::new(build, mode, is_guest, Tc::default());
        let mut requests = Vec::new();
        for (process, ens, sum) in [
            (1, false, false),
            (2, true, false),
            (3, true, true),
            (4, false, true),
        ] {
            let ta = PcTa {
                ens,
                sum,
                ..ta(process)
            };
            let frame = 0x10_0000_0000 * u64::from(process);
            let table = scene.process(process, ta, frame);
            for (page, u) in [(1, false), (2, true)] {
                let to = frame + 0x1000 * page;
                let pte = Pte {
                    u,
                    x: true,
                    ..leaf(to)
                };
                let iova = PAGE + 0x1000 * page;
                table.set(&mut scene.rig, &mut scene.home, iova, 0, pte);
                if let Home::Guest(guest) = &scene.home {
                    guest.map(&mut scene.rig, to, to, 0);
                }
                for access in [Access::Read, Access::Write, Access::Execute] {
                    for privileged in [false, true] {
                        requests.push(ask(0, process, privileged, access, iova + 8));
                    }
                }
            }
        }
        let what = format!("{build}, {mode:?}, guest {is_guest}");
        scene.rig.check(&format!("{what}, cold"), &requests);
        for request in &requests {
            scene.rig.translate(*request);
        }
        scene.rig.fence();
        scene.rig.faults();
        scene.rig.check(&format!("{what}, cached"), &requests);
        scene.rig.finish();
    });
}

/// Process ids at the limits of the directory, none, and the default one.
#[test]
fn process_ids() {
    everywhere(|build, mode, is_guest| {
        for dpe in [false, true] {
            let has_ats = Rig::core(build, 86).capabilities.ats;
            let tc = Tc {
                dpe,
                en_ats: has_ats,
                ..Tc::default()
            };
            let mut scene = Scene::new(build, mode, is_guest, tc);
            let last = (1 << mode.process_id_bits()) - 1;
            for (n, process) in [0, 1, last].into_iter().enumerate() {
                scene.process(process, ta(n as u32 + 1), 0x10_0000_0000 * (n as u64 + 1));
            }
            let none = crate::core::requests::ask(0, Access::Read, PAGE);
            if let Home::Guest(guest) = &scene.home {
                // What is read without a first stage.
                guest.map(&mut scene.rig, PAGE, PAGE, 0);
            }
            let mut requests = vec![
                Request {
                    privileged: true,
                    ..none
                },
                none,
            ];
            for process in [0, 1, 2, last, last - 1, last + 1, 0xf_ffff] {
                let request = ask(0, process, false, Access::Read, PAGE);
                requests.push(request);
                if has_ats {
                    let kind = RequestKind::Translated;
                    requests.push(Request { kind, ..request });
                }
            }
            let what = format!("{build}, {mode:?}, guest {is_guest}, DPE {dpe}");
            scene.rig.check(&format!("{what}, cold"), &requests);
            scene.rig.check(&format!("{what}, cached"), &requests);
            scene.rig.finish();
        }
    });
}

/// Two devices with one directory, three processes that are alike in their lower
/// bits: each command forgets what it names. A context that is kept is used still.
#[test]
fn what_forgets_a_process() {
    const ALL: u32 = 0xff_ffff;
    let device = |id: u64| Some(DeviceId::truncate(id));
    let pdt = |did, pid| Command::invalidate_process(DeviceId::truncate(did), id(pid));
    everywhere(|build, mode, is_guest| {
        let third = if mode == PdtpMode::Pd8 { 0x81 } else { 0x101 };
        let processes = [1, 2, third];
        // Which devices, and which processes.
        let cases = [
            (pdt(0, 1), 0, 1),
            (pdt(1, third), 1, third),
            (pdt(0, 3), 0, 3),
            (pdt(2, 1), 2, 1),
            (Command::invalidate_device(device(1)), 1, ALL),
            (Command::invalidate_device(device(2)), 2, ALL),
            (Command::invalidate_device(None), ALL, ALL),
            (Command::invalidate_first_stage(None, None, None), 2, 3),
        ];
        for (command, did, pid) in cases {
            let mut scene = Scene::new(build, mode, is_guest, Tc::default());
            scene.attach(1, Tc::default());
            let frame = |n: u64| 0x10_0000_0000 * n;
            for (n, process) in processes.into_iter().enumerate() {
                scene.process(process, ta(n as u32 + 1), frame(n as u64 + 1));
            }
            for (device, process) in [0, 1].into_iter().flat_map(|d| processes.map(|p| (d, p))) {
                assert!(scene.found(device, process).is_some());
            }
            // Other page tables, with PSCIDs that nobody had.
            for (n, process) in processes.into_iter().enumerate() {
                scene.process(process, ta(n as u32 + 11), frame(n as u64 + 11));
            }
            scene.rig.command(command);
            scene.rig.fence();
            for (n, process) in processes.into_iter().enumerate() {
                for device in [0, 1] {
                    let is_new = (did == ALL || did == device) && (pid == ALL || pid == process);
                    let n = n as u64 + if is_new { 11 } else { 1 };
                    assert_eq!(
                        scene.found(device, process),
                        Some(frame(n)),
                        "{build}, {mode:?}, {command:?}: device {device}, process {process}"
                    );
                }
            }
            scene.rig.finish();
        }
    });
}

/// A guest's directory that the hypervisor has moved: GVMA makes the IOMMU read it
/// where it is now.
#[test]
fn gvma_forgets_where_a_directory_is() {
    everywhere(|build, mode, is_guest| {
        if !is_guest {
            return;
        }
        for guest in [None, Some(Gscid::truncate(3))] {
            let mut scene = Scene::new(build, mode, true, Tc::default());
            scene.process(1, ta(1), 0x10_0000_0000);
            assert_eq!(scene.found(0, 1), Some(0x10_0000_0000));
            let page = scene.directory.slot(&mut scene.rig, &mut scene.home, 1) & !0xfff;
            scene.home.migrate(&mut scene.rig, page);
            scene.process(1, ta(2), 0x20_0000_0000);
            let address = guest.map(|_| Gpa::new(page));
            scene
                .rig
                .command(Command::invalidate_second_stage(guest, address));
            scene.rig.fence();
            assert_eq!(scene.found(0, 1), Some(0x20_0000_0000), "{build}, {mode:?}");
            scene.rig.finish();
        }
    });
}

/// Two processes share what is global; invalidations of one of them spare it.
#[test]
fn global_pages_of_two_processes() {
    everywhere(|build, mode, is_guest| {
        let mut scene = Scene::new(build, mode, is_guest, Tc::default());
        let guest = is_guest.then(|| Gscid::truncate(3));
        let frame = 0x10_0000_0000;
        let tables = [5, 6].map(|pscid| {
            let table = scene.process(pscid, ta(pscid), frame);
            let pte = Pte {
                g: true,
                ..leaf(frame)
            };
            table.set(&mut scene.rig, &mut scene.home, PAGE, 0, pte);
            table
        });
        for process in [5, 6] {
            assert_eq!(scene.found(0, process), Some(frame));
        }
        let moved = 0x20_0000_0000;
        for table in tables {
            let pte = Pte {
                g: true,
                ..leaf(moved)
            };
            table.set(&mut scene.rig, &mut scene.home, PAGE, 0, pte);
        }
        if let Home::Guest(guest) = &scene.home {
            guest.map(&mut scene.rig, moved, moved, 0);
        }
        let page = Some(Iova::new(PAGE));
        for (pscid, page, expected) in [
            (Some(5), None, frame),
            (Some(6), page, frame),
            (None, page, moved),
        ] {
            let pscid = pscid.map(Pscid::from);
            scene
                .rig
                .command(Command::invalidate_first_stage(guest, pscid, page));
            scene.rig.fence();
            for process in [5, 6] {
                assert_eq!(
                    scene.found(0, process),
                    Some(expected),
                    "{build}, {mode:?}, PSCID {pscid:?}: process {process}"
                );
            }
        }
        scene.rig.finish();
    });
}

/// Contexts that differ from a plain one in one bit each, under both SXL.
#[test]
fn every_bit_of_a_process_context() {
    everywhere(|build, mode, is_guest| {
        for sxl in [false, true] {
            let tc = Tc {
                sxl,
                ..Tc::default()
            };
            let mut scene = Scene::new(build, mode, is_guest, tc);
            for word in 0..2u32 {
                let mut requests = Vec::new();
                for bit in 0..64 {
                    let process = 64 * word + bit;
                    // Another root wants another PSCID.
                    let pscid = 0x4_0000 * (word + 1) + bit;
                    let frame = 0x10_0000_0000 + 0x1000 * u64::from(process);
                    let table = scene.process(process, ta(pscid), frame);
                    let pc = ProcessContext {
                        ta: ta(pscid),
                        fsc: table.fsc(),
                    };
                    let mut words = pc.emit();
                    words[word as usize] ^= 1 << bit;
                    scene
                        .directory
                        .put(&mut scene.rig, &mut scene.home, process, words);
                    for privileged in [false, true] {
                        requests.push(ask(0, process, privileged, Access::Read, PAGE));
                    }
                }
                let what = format!("{build}, {mode:?}, guest {is_guest}, SXL {sxl}, word {word}");
                scene.rig.check(&what, &requests);
            }
            scene.rig.finish();
        }
    });
}

/// Every bit of the entries that lead to a context, and errors in their place.
#[test]
fn every_entry_of_a_directory() {
    const PROCESS: u32 = 0x5_5555;
    everywhere(|build, mode, is_guest| {
        let process = PROCESS & ((1 << mode.process_id_bits()) - 1);
        let mut scene = Scene::new(build, mode, is_guest, Tc::default());
        scene.process(process, ta(5), 0x10_0000_0000);
        let request = ask(0, process, false, Access::Write, PAGE);
        let index = id(process).directory_indices();
        let mut table = scene.directory.root;
        let mut places = Vec::new();
        for level in (1..mode.levels() as usize).rev() {
            let at = scene.home.at(table + 8 * u64::from(index[level]));
            let entry = scene.rig.machine.memory().read_u64(at);
            table = (entry >> 10 & 0xfff_ffff_ffff) << 12;
            for bit in 0..64 {
                let memory = scene.rig.machine.memory_mut();
                memory.write_u64(at, entry ^ 1 << bit);
                scene.rig.command(Command::invalidate_device(None));
                let what = format!("{build}, {mode:?}, guest {is_guest}, {level}, bit {bit}");
                scene.rig.check(&what, &[request]);
            }
            scene.rig.machine.memory_mut().write_u64(at, entry);
            places.push(at);
        }
        let slot = scene
            .directory
            .slot(&mut scene.rig, &mut scene.home, process);
        places.extend([0, 8].map(|n| scene.home.at(slot + n)));
        for at in places {
            let range = at..Spa::new(at.raw() + 8);
            for attributes in [Attributes::error(Resp::SlvErr), Attributes::POISON] {
                scene
                    .rig
                    .machine
                    .memory_mut()
                    .set_attributes(range.clone(), attributes);
                scene.rig.command(Command::invalidate_device(None));
                let what = format!("{build}, {mode:?}, guest {is_guest}, {at:?}, {attributes:?}");
                scene.rig.check(&what, &[request]);
            }
            let memory = scene.rig.machine.memory_mut();
            memory.set_attributes(range, Attributes::NORMAL);
        }
        scene.rig.finish();
    });
}
