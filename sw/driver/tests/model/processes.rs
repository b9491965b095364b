// SPDX-License-Identifier: Apache-2.0
//! Process directories, in the host's memory and in a guest's.

use sallyport_driver::{
    Config, Error, FirstStageTable, Memory, Permissions, ProcessDirectory, SecondStageTable,
    process_context, process_invalidations,
};
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{
    Cause, DeviceContext, Endian, FirstStage, Gscid, Iova, ProcessId, Pscid, SecondStage, Spa,
};
use sallyport_model::{Access, Answer, Request};

use crate::machine::{DEVICE, GuestRam, Machine, context};

const MODES: [PdtpMode; 3] = [PdtpMode::Pd8, PdtpMode::Pd17, PdtpMode::Pd20];
/// The address that every process uses.
const IOVA: Iova = Iova::new(0x10_0000);

fn read_by(process: u32) -> Request {
    Request {
        process_id: Some(ProcessId::truncate(process.into())),
        ..Request::untranslated(DEVICE, Access::Read, IOVA, 4)
    }
}

fn address(answer: Answer) -> Option<Spa> {
    match answer {
        Answer::Translated(translated) => Some(translated.address),
        _ => None,
    }
}

/// Gives a process a table that maps [`IOVA`] to `to`.
fn add<M: Memory>(
    mem: &mut M,
    directory: &ProcessDirectory,
    process: u32,
    to: u64,
    endian: Endian,
) {
    let table = FirstStageTable::new(mem, FirstStage::Sv39)
        .unwrap()
        .with_endian(endian);
    table
        .map(mem, IOVA, Spa::new(to), 0x1000, Permissions::RW)
        .unwrap();
    let pc = process_context(table.fsc(), Pscid::truncate(process.into()));
    let process = ProcessId::truncate(process.into());
    assert_eq!(directory.set(mem, process, &pc), Ok(None));
    assert_eq!(directory.get(mem, process), Some(pc));
}

fn with_processes(directory: &ProcessDirectory) -> DeviceContext {
    let mut dc = context();
    dc.tc.pdtv = true;
    dc.fsc = directory.fsc();
    dc
}

#[test]
fn two_processes_one_address() {
    for mode in MODES {
        let mut machine = Machine::new();
        let endian = Endian::Little;
        let directory = ProcessDirectory::new(&mut machine.ram, mode, endian).unwrap();
        let last = (1 << mode.process_id_bits()) - 1;
        add(&mut machine.ram, &directory, 1, 0x9000_1000, endian);
        add(&mut machine.ram, &directory, last, 0x9000_2000, endian);
        machine.attach(&with_processes(&directory));
        let answer = machine.request(&read_by(1));
        assert_eq!(address(answer), Some(Spa::new(0x9000_1000)), "{mode:?}");
        let answer = machine.request(&read_by(last));
        assert_eq!(address(answer), Some(Spa::new(0x9000_2000)), "{mode:?}");
        machine.request(&read_by(2));
        assert_eq!(machine.fault().unwrap().cause, Cause::PdtInvalid);
        if let Ok(beyond) = ProcessId::new(last + 1) {
            let refused = directory.set(
                &mut machine.ram,
                beyond,
                &process_context(Default::default(), Pscid::default()),
            );
            assert_eq!(refused, Err(Error::ProcessRange(beyond)));
            assert_eq!(directory.get(&machine.ram, beyond), None);
            machine.request(&read_by(last + 1));
            assert_eq!(machine.fault().unwrap().cause, Cause::TtypeDisallowed);
        }
    }
}

#[test]
fn a_process_that_ends() {
    let mut machine = Machine::new();
    let endian = Endian::Little;
    let directory = ProcessDirectory::new(&mut machine.ram, PdtpMode::Pd8, endian).unwrap();
    add(&mut machine.ram, &directory, 1, 0x9000_1000, endian);
    machine.attach(&with_processes(&directory));
    let process = ProcessId::truncate(1);
    let old = directory.clear(&mut machine.ram, process).unwrap();
    let commands = process_invalidations(DEVICE, None, process, &old, false);
    assert_eq!(commands.clone().count(), 2);
    machine.submit(commands).unwrap();
    assert_eq!(address(machine.request(&read_by(1))), None);
    assert_eq!(directory.clear(&mut machine.ram, process), None);
}

#[test]
fn a_guests_processes() {
    for mode in MODES {
        let mut machine = Machine::new();
        let second = SecondStageTable::new(&mut machine.ram, SecondStage::Sv39x4).unwrap();
        let mut guest = GuestRam::new(&machine.ram, second, 0x4000_0000);
        let endian = Endian::Little;
        let directory = ProcessDirectory::new(&mut guest, mode, endian).unwrap();
        let page = guest.allocate(0x1000).unwrap();
        add(&mut guest, &directory, 0xfe, page.raw(), endian);
        let mut dc = with_processes(&directory);
        dc.iohgatp = second.iohgatp(Gscid::truncate(1));
        machine.attach(&dc);
        guest.write64(page, 0x1122);
        let there = address(machine.request(&read_by(0xfe))).expect("it is mapped");
        assert_eq!(machine.ram.read64(there), 0x1122);
        // The directory itself goes: an implicit read faults.
        let root = sallyport_formats::Gpa::new(directory.root().raw());
        second.unmap(&mut machine.ram, root, 0x1000).unwrap();
        machine.request(&read_by(0xfe));
        let fault = machine.fault().unwrap();
        assert_eq!(fault.cause, Cause::ReadGuestPageFault);
        assert!(fault.is_implicit());
    }
}

#[test]
fn supervisors_and_users() {
    let mut machine = Machine::new();
    let endian = Endian::Little;
    let directory = ProcessDirectory::new(&mut machine.ram, PdtpMode::Pd8, endian).unwrap();
    machine.attach(&with_processes(&directory));
    let table = FirstStageTable::new(&mut machine.ram, FirstStage::Sv39).unwrap();
    table
        .map(
            &mut machine.ram,
            IOVA,
            Spa::new(0x9000_0000),
            0x1000,
            Permissions::RW,
        )
        .unwrap();
    let supervisor = Request {
        privileged: true,
        ..read_by(1)
    };
    let mut pc = process_context(table.fsc(), Pscid::from(1));
    for (ens, sum, cause) in [
        (false, true, Some(Cause::TtypeDisallowed)),
        (true, false, Some(Cause::ReadPageFault)),
        (true, true, None),
    ] {
        (pc.ta.ens, pc.ta.sum) = (ens, sum);
        directory
            .set(&mut machine.ram, ProcessId::from(1), &pc)
            .unwrap();
        machine.request(&supervisor);
        assert_eq!(machine.fault().map(|fault| fault.cause), cause);
    }
}

#[test]
fn the_smallest_mode_that_suffices() {
    let machine = Machine::new();
    let caps = machine.iommu.capabilities();
    let mode_for = |bits| ProcessDirectory::mode_for(caps, bits);
    assert_eq!(mode_for(8), Some(PdtpMode::Pd8));
    assert_eq!(mode_for(9), Some(PdtpMode::Pd17));
    assert_eq!(mode_for(20), Some(PdtpMode::Pd20));
    assert_eq!(mode_for(21), None);
    let mut ram = machine.ram;
    let bare = ProcessDirectory::new(&mut ram, PdtpMode::Bare, Endian::Little);
    assert!(matches!(bare, Err(Error::Unsupported(_))));
}

#[test]
fn directories_give_back_what_they_took() {
    for mode in MODES {
        let mut ram = Machine::new().ram;
        let before = ram.allocated();
        let directory = ProcessDirectory::new(&mut ram, mode, Endian::Little).unwrap();
        let pc = process_context(Default::default(), Pscid::default());
        directory
            .set(&mut ram, ProcessId::truncate(0), &pc)
            .unwrap();
        let last = ProcessId::truncate((1 << mode.process_id_bits()) - 1);
        directory.set(&mut ram, last, &pc).unwrap();
        assert_eq!(directory.set(&mut ram, last, &pc), Ok(Some(pc)));
        directory.free(&mut ram);
        assert_eq!(ram.allocated(), before);
    }
}

#[test]
fn everything_big_endian() {
    let endian = Endian::Big;
    let mut machine = Machine::with(&Config {
        endian,
        ..Config::default()
    });
    let directory = ProcessDirectory::new(&mut machine.ram, PdtpMode::Pd20, endian).unwrap();
    add(&mut machine.ram, &directory, 1, 0x9000_1000, endian);
    let mut dc = with_processes(&directory);
    dc.tc.sbe = true;
    machine.attach(&dc);
    let answer = machine.request(&read_by(1));
    assert_eq!(address(answer), Some(Spa::new(0x9000_1000)));
}
