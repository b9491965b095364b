// SPDX-License-Identifier: Apache-2.0
//! Command queue and fault queue: order, overflow, errors
//! ("Command-Queue (CQ)", "Fault/Event-Queue (FQ)").

use super::requests::ask;
use crate::support::{PageTable, Rig, builds, context};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::command::{Fence, Invalidation};
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{Cause, Command, FirstStage, Spa, constants as c};
use sallyport_model::Access;

const CMD_ILL: u32 = 1 << c::CQCSR_CMD_ILL_BIT;
const CQMF: u32 = 1 << c::CQCSR_CQMF_BIT;
const CQON: u32 = 1 << c::CQCSR_CQON_BIT;
const FQMF: u32 = 1 << c::FQCSR_FQMF_BIT;
const FQOF: u32 = 1 << c::FQCSR_FQOF_BIT;
const FQON: u32 = 1 << c::FQCSR_FQON_BIT;

fn started(build: Build) -> Rig<CoreSystem> {
    let mut rig = Rig::core(build, 30);
    rig.start_queues();
    rig.set_levels(1);
    rig
}

fn fence() -> [u64; 2] {
    Command::Fence(Fence::default()).emit()
}

/// Log2 of the processes that a PID can name.
fn process_bits(capabilities: &Capabilities) -> u32 {
    match capabilities {
        Capabilities { pd20: true, .. } => 20,
        Capabilities { pd17: true, .. } => 17,
        _ => 8,
    }
}

/// Commands that are illegal in a build, by what is wrong with them.
fn illegal(capabilities: &Capabilities) -> Vec<(&'static str, [u64; 2])> {
    let [vma, _] = Command::invalidate_first_stage(None, None, None).emit();
    let [gvma, _] = Command::invalidate_second_stage(None, None).emit();
    let [ddt, _] = Command::invalidate_device(None).emit();
    let [pdt, _] = Command::invalidate_process(Default::default(), Default::default()).emit();
    let [iofence, _] = fence();
    let mut list = vec![
        ("opcode 0", [0, 0]),
        ("opcode 5", [5, 0]),
        ("opcode 0x41", [0x41, 0]),
        ("IOTINVAL, func3 2", [1 | 2 << 7, 0]),
        ("IOFENCE, func3 1", [2 | 1 << 7, 0]),
        ("IODIR, func3 2", [3 | 2 << 7, 0]),
        ("ATS, func3 2", [4 | 2 << 7, 0]),
        ("GVMA with PSCV", [gvma | 1 << c::CMD_IOTINVAL_PSCV_BIT, 0]),
        ("INVAL_DDT with a PID", [ddt | 1 << c::CMD_IODIR_PID_LSB, 0]),
        (
            "INVAL_PDT with DV=0",
            [pdt & !(1 << c::CMD_IODIR_DV_BIT), 0],
        ),
        (
            "IOFENCE with WSI, by MSI",
            [iofence | 1 << c::CMD_IOFENCE_WSI_BIT, 0],
        ),
    ];
    if !capabilities.nl {
        list.push(("VMA with NL", [vma | 1 << c::CMD_IOTINVAL_NL_BIT, 0]));
        list.push(("GVMA with NL", [gvma | 1 << c::CMD_IOTINVAL_NL_BIT, 0]));
    }
    if !capabilities.s {
        list.push(("VMA with S", [vma, 1 << c::CMD_IOTINVAL_DW1_S_BIT]));
        list.push(("GVMA with S", [gvma, 1 << c::CMD_IOTINVAL_DW1_S_BIT]));
    }
    for bit in process_bits(capabilities)..20 {
        list.push(("INVAL_PDT, wide PID", [pdt | 1 << (12 + bit), 0]));
    }
    for bit in [11, 35, 43, 60, 63] {
        list.push(("VMA, reserved bit", [vma | 1 << bit, 0]));
        list.push(("GVMA, reserved bit", [gvma | 1 << bit, 0]));
    }
    for bit in [0, 8, 62, 63] {
        list.push(("VMA, reserved bit of the second half", [vma, 1 << bit]));
    }
    for bit in [14, 31] {
        list.push(("IOFENCE, reserved bit", [iofence | 1 << bit, 0]));
    }
    for bit in [62, 63] {
        list.push((
            "IOFENCE, reserved bit of the second half",
            [iofence, 1 << bit],
        ));
    }
    for bit in [10, 11, 32, 34, 39] {
        list.push(("INVAL_DDT, reserved bit", [ddt | 1 << bit, 0]));
        list.push(("INVAL_PDT, reserved bit", [pdt | 1 << bit, 0]));
    }
    list.push(("INVAL_DDT, second half", [ddt, 1]));
    list.push(("INVAL_PDT, second half", [pdt, 1 << 63]));
    list
}

#[test]
fn an_illegal_command_stops_the_queue_at_itself() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        let capabilities = rig.capabilities;
        for (what, words) in illegal(&capabilities) {
            // Wired interrupts make WSI legal.
            if build == Build::Small && what.contains("WSI") {
                continue;
            }
            rig.put(fence());
            let offender = rig.command_tail;
            rig.put(words);
            rig.put(fence());
            rig.ring();
            rig.poll32(c::REG_CQCSR, CMD_ILL, CMD_ILL);
            rig.run(50);
            assert_eq!(rig.read32(c::REG_CQH), offender, "{build}: {what}");
            // Software puts another command in its place and clears the bit.
            let at = rig.command_queue.raw() + 16 * u64::from(offender);
            let memory = rig.machine.memory_mut();
            memory.write_u64(Spa::new(at), fence()[0]);
            memory.write_u64(Spa::new(at + 8), fence()[1]);
            rig.write32(c::REG_CQCSR, 1 | CMD_ILL);
            rig.drain();
        }
        rig.finish();
    }
}

#[test]
fn legal_commands_pass() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        let page = Some(sallyport_formats::Iova::new(0xffff_ffff_ffff_f000));
        let pscid = Some(sallyport_formats::Pscid::MAX);
        let gscid = Some(sallyport_formats::Gscid::MAX);
        let capabilities = rig.capabilities;
        let process = (1 << process_bits(&capabilities)) - 1;
        let wide = Invalidation {
            nl: capabilities.nl,
            s: capabilities.s,
            ..Invalidation::new(gscid, Some(0x1234_5677))
        };
        for command in [
            Command::InvalidateVma(wide),
            Command::InvalidateGvma(wide),
            Command::invalidate_process(
                sallyport_formats::DeviceId::MAX,
                sallyport_formats::ProcessId::truncate(process),
            ),
            Command::invalidate_first_stage(gscid, pscid, page),
            Command::invalidate_second_stage(gscid, None),
            Command::invalidate_device(Some(sallyport_formats::DeviceId::MAX)),
            Command::Fence(Fence {
                pr: true,
                pw: true,
                ..Fence::default()
            }),
        ] {
            rig.command(command);
            rig.drain();
        }
        rig.finish();
    }
}

#[test]
fn a_command_that_memory_refuses_stops_the_queue_at_itself() {
    for build in builds(&Build::ALL) {
        for attributes in [
            Attributes::error(Resp::SlvErr),
            Attributes::error(Resp::DecErr),
            Attributes::POISON,
        ] {
            let mut rig = started(build);
            // In the middle of a burst of four.
            for _ in 0..5 {
                rig.put(fence());
            }
            let offender = rig.command_tail;
            let at = Spa::new(rig.command_queue.raw() + 16 * u64::from(offender));
            let end = Spa::new(at.raw() + 16);
            rig.machine.memory_mut().set_attributes(at..end, attributes);
            rig.put(fence());
            rig.put(fence());
            rig.ring();
            rig.poll32(c::REG_CQCSR, CQMF, CQMF);
            rig.run(50);
            assert_eq!(rig.read32(c::REG_CQH), offender, "{build}: {attributes:?}");
            rig.machine
                .memory_mut()
                .set_attributes(at..end, Attributes::NORMAL);
            rig.write32(c::REG_CQCSR, 1 | CQMF);
            rig.drain();
            rig.finish();
        }
    }
}

#[test]
fn nothing_is_read_at_or_beyond_the_tail() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        for round in 0..40 {
            // What lies at the tail is illegal until it is written.
            let tail = rig.command_tail;
            let at = rig.command_queue.raw() + 16 * u64::from(tail);
            rig.machine.memory_mut().write_u64(Spa::new(at), 0x7f);
            rig.run(round);
            rig.put(fence());
            rig.ring();
            rig.drain();
        }
        rig.finish();
    }
}

#[test]
fn commands_wrap_around_the_ring() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        for _ in 0..5 {
            for _ in 0..200 {
                rig.put(Command::invalidate_device(None).emit());
            }
            rig.ring();
            rig.drain();
        }
        assert_eq!(
            rig.machine.counters().invalidations,
            1_000 + 1,
            "{build}: one is of ddtp"
        );
        rig.finish();
    }
}

#[test]
fn a_queue_that_is_off_executes_nothing() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        rig.disable_commands();
        rig.put([0x7f, 0]);
        rig.ring();
        for clocks in 0..20 {
            rig.run(clocks);
            let csr = rig.read32(c::REG_CQCSR);
            assert_eq!(csr & (CQON | CMD_ILL), 0, "{build}");
        }
        // Switched on it starts at 0, with errors cleared.
        rig.enable_commands(0);
        assert_eq!(rig.read32(c::REG_CQH), 0);
        rig.fence();
        rig.finish();
    }
}

/// Has a request refused (cause 258: no context).
fn refuse(rig: &mut Rig<CoreSystem>, n: u64) {
    assert_eq!(rig.translate(ask(9, Access::Read, n << 12)), None);
}

#[test]
fn records_are_written_in_order_and_wrap() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        rig.write32(c::REG_FQCSR, 0);
        rig.poll32(c::REG_FQCSR, FQON, 0);
        rig.enable_faults(3, 0);
        for round in 0..5u64 {
            for n in 0..5 {
                refuse(&mut rig, 8 * round + n);
            }
            rig.fence();
            let faults = rig.faults();
            let got: Vec<u64> = faults.iter().map(|f| f.iotval >> 12).collect();
            let expected: Vec<u64> = (0..5).map(|n| 8 * round + n).collect();
            assert_eq!(got, expected, "{build}");
            assert!(
                faults
                    .iter()
                    .all(|f| f.cause == Cause::DdtInvalid && f.did.raw() == 9)
            );
        }
        rig.finish();
    }
}

#[test]
fn a_full_queue_overflows_and_goes_on_when_it_is_cleared() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        rig.write32(c::REG_FQCSR, 0);
        rig.poll32(c::REG_FQCSR, FQON, 0);
        rig.enable_faults(2, 0);
        // Beyond the ring nothing may be written.
        let beyond = Spa::new(rig.fault_queue.raw() + 4 * 32);
        rig.machine.memory_mut().fill(beyond, 256, 0xa5);
        for n in 0..3 {
            refuse(&mut rig, n);
        }
        rig.fence();
        assert_eq!(rig.read32(c::REG_FQCSR) & FQOF, 0, "{build}: three of four");
        refuse(&mut rig, 3);
        rig.fence();
        assert_eq!(
            rig.read32(c::REG_FQCSR) & FQOF,
            FQOF,
            "{build}: the fourth is one too many"
        );
        assert_eq!(rig.faults().len(), 3);
        // There is room, but none are recorded before the bit is cleared.
        refuse(&mut rig, 4);
        rig.fence();
        assert!(rig.faults().is_empty(), "{build}");
        rig.write32(c::REG_FQCSR, 1 | FQOF);
        assert_eq!(rig.read32(c::REG_FQCSR) & FQOF, 0);
        refuse(&mut rig, 5);
        rig.fence();
        let got: Vec<u64> = rig.faults().iter().map(|f| f.iotval >> 12).collect();
        assert_eq!(got, [5], "{build}");
        assert_eq!(rig.machine.memory().read_u64(beyond), 0xa5a5_a5a5_a5a5_a5a5);
        rig.finish();
    }
}

#[test]
fn a_record_that_memory_refuses_stops_the_queue() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        refuse(&mut rig, 0);
        rig.fence();
        assert_eq!(rig.faults().len(), 1);
        let at = Spa::new(rig.fault_queue.raw() + 32);
        let end = Spa::new(at.raw() + 32);
        rig.machine
            .memory_mut()
            .set_attributes(at..end, Attributes::error(Resp::SlvErr));
        refuse(&mut rig, 1);
        rig.poll32(c::REG_FQCSR, FQMF, FQMF);
        rig.machine
            .memory_mut()
            .set_attributes(at..end, Attributes::NORMAL);
        refuse(&mut rig, 2);
        rig.fence();
        assert!(rig.faults().is_empty(), "{build}: fqmf keeps records out");
        rig.write32(c::REG_FQCSR, 1 | FQMF);
        refuse(&mut rig, 3);
        rig.fence();
        let got: Vec<u64> = rig.faults().iter().map(|f| f.iotval >> 12).collect();
        assert_eq!(got, [3], "{build}");
        rig.finish();
    }
}

#[test]
fn a_fault_queue_that_is_off_takes_no_records() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        refuse(&mut rig, 0);
        rig.fence();
        rig.write32(c::REG_FQCSR, 0);
        rig.poll32(c::REG_FQCSR, FQON, 0);
        let writes = rig.machine.counters().queue_writes;
        refuse(&mut rig, 1);
        rig.fence();
        assert_eq!(rig.machine.counters().queue_writes, writes, "{build}");
        // Switched on it is empty, at 0.
        rig.enable_faults(9, 0);
        assert_eq!(rig.read32(c::REG_FQT), 0);
        assert_eq!(rig.read32(c::REG_FQCSR) & (FQOF | FQMF), 0);
        refuse(&mut rig, 2);
        rig.fence();
        let got: Vec<u64> = rig.faults().iter().map(|f| f.iotval >> 12).collect();
        assert_eq!(got, [2], "{build}");
        rig.finish();
    }
}

#[test]
fn dtf_keeps_the_faults_of_a_device_out() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build);
        let table = PageTable::new(&mut rig, FirstStage::Sv39);
        let mut dc = context(&table, 1);
        dc.tc.dtf = true;
        rig.put_context(3, dc.emit());
        let requests: Vec<_> = [0x1000, 0x80_0000_0000]
            .into_iter()
            .map(|iova| ask(3, Access::Write, iova))
            .collect();
        rig.check("DTF", &requests);
        // What concerns the directory is reported all the same.
        let mut words = dc.emit();
        words[0] |= 1 << 40;
        rig.put_context(3, words);
        rig.forget();
        rig.check("DTF, misconfigured", &requests);
        rig.finish();
    }
}
