// SPDX-License-Identifier: Apache-2.0
//! Command queue and fault queue with 2^16 entries at the end of memory, gone
//! through more than once.

use super::rig;
use crate::core::requests::ask;
use crate::support::{Rig, builds, core_request, sorted};
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::SubordinateTiming;
use sallyport_formats::command::Fence;
use sallyport_formats::regs::QueueBase;
use sallyport_formats::{
    Cause, Command, DeviceId, FaultRecord, Iova, ProcessId, Spa, TransactionType, constants as c,
};
use sallyport_model::{Access, Request};

const ENTRIES: u32 = 1 << 16;

#[test]
fn commands() {
    /// The last of so many commands is a fence that leaves a word.
    const STRIDE: u32 = 256;
    let base = 0xff_ffff_fff0_0000u64;
    let Some((mut rig, _)) = rig(310) else { return };
    rig.disable_commands();
    let queue = QueueBase {
        log2sz_minus_1: 15,
        ppn: base >> 12,
    };
    rig.write64(c::REG_CQB, queue.emit());
    assert_eq!(rig.read64(c::REG_CQB), queue.emit());
    rig.write32(c::REG_CQT, 0);
    rig.write32(c::REG_CQCSR, 1);
    rig.poll32(c::REG_CQCSR, 1 << c::CQCSR_CQON_BIT, 1 << c::CQCSR_CQON_BIT);
    let word = rig.pages(1);
    // Step by step at first, then all but one at once.
    let steps = (1..=ENTRIES / STRIDE).map(|turn| turn * STRIDE % ENTRIES);
    let laps = [steps.collect(), vec![ENTRIES - STRIDE]];
    for (lap, tails) in (0..).zip(laps) {
        for n in 0..ENTRIES {
            let fence = Fence {
                av: n % STRIDE == STRIDE - 1,
                data: n | lap << 16,
                word: word.raw() >> 2,
                ..Fence::default()
            };
            let at = base + 16 * u64::from(n);
            for (half, part) in (0..).zip(Command::Fence(fence).emit()) {
                let at = Spa::new(at + 8 * half);
                rig.machine.memory_mut().write_u64(at, part);
            }
        }
        for tail in tails {
            rig.write32(c::REG_CQT, tail);
            if lap > 0 {
                rig.run(10 * u64::from(ENTRIES));
            }
            rig.poll32(c::REG_CQH, u32::MAX, tail);
            let last = (tail.wrapping_sub(1) % ENTRIES) | lap << 16;
            assert_eq!(rig.machine.memory().read_u32(word), last);
        }
    }
    assert_eq!(rig.read32(c::REG_CQCSR) >> c::CQCSR_CQMF_BIT & 7, 0);
    rig.finish();
}

/// As many commands as there is room for are read while a fence waits for its word;
/// each of them is executed.
#[test]
fn commands_behind_a_fence() {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut rig = Rig::core(build, 312);
        rig.start_queues();
        let words = rig.pages(1).raw() >> 2;
        for n in 0..48 {
            let fence = Fence {
                av: n % 16 == 0,
                data: n as u32 + 1,
                word: words + n,
                ..Fence::default()
            };
            rig.put(Command::Fence(fence).emit());
        }
        rig.ring();
        rig.drain();
        for n in 0..48 {
            let left = rig.machine.memory().read_u32(Spa::new((words + n) << 2));
            let expected = if n % 16 == 0 { n as u32 + 1 } else { 0 };
            assert_eq!(left, expected, "{build}, command {n}");
        }
        rig.finish();
    }
}

/// What was read ahead from the old place is read again from the new one, once the
/// fence is over that was being executed.
#[test]
fn a_queue_that_moves_behind_a_fence() {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut config = SystemConfig::new(build, Seed::new(313));
        config.table_memory = SubordinateTiming::fixed(400);
        let mut rig: Rig<CoreSystem> = Rig::started(&config, 3);
        // The fence waits for a request that takes three reads.
        rig.slot(9);
        let request = core_request(&ask(9, Access::Read, 0));
        let word = rig.pages(1);
        let leaving = |data| {
            let fence = Fence {
                av: true,
                data,
                word: word.raw() >> 2,
                ..Fence::default()
            };
            Command::Fence(fence).emit()
        };
        let first = rig.command_tail;
        for data in [1, 2] {
            rig.put(leaving(data));
        }
        let moved = rig.pages(1);
        for (half, part) in (0..).zip(leaving(3)) {
            let at = moved.raw() + 16 * u64::from(first + 1) + 8 * half;
            rig.machine.memory_mut().write_u64(Spa::new(at), part);
        }
        rig.machine.submit(request);
        rig.run(20);
        rig.ring();
        rig.run(500);
        assert_eq!(rig.read32(c::REG_CQH), first, "{build}: the fence is over");
        let queue = QueueBase {
            log2sz_minus_1: 7,
            ppn: moved.page_number(),
        };
        rig.write64(c::REG_CQB, queue.emit());
        rig.drain();
        assert_eq!(rig.machine.memory().read_u32(word), 3, "{build}");
        rig.finish();
    }
}

#[test]
fn fault_records() {
    let Some((mut rig, _)) = rig(311) else { return };
    rig.write32(c::REG_FQCSR, 0);
    rig.poll32(c::REG_FQCSR, 1 << c::FQCSR_FQON_BIT, 0);
    rig.fault_queue = Spa::new(0xff_ffff_ffe0_0000);
    rig.enable_faults(16, 0);
    rig.set_levels(0);
    let mut made = 0u64;
    while made < u64::from(ENTRIES) + 1000 {
        let batch = made..made + 1000;
        // Ids and addresses differ from one record to the next in all their bits.
        let record = |n: u64| FaultRecord {
            cause: Cause::AllInboundDisallowed,
            ttyp: TransactionType::UntranslatedWrite,
            did: DeviceId::truncate(n * 0x9e_3779),
            pv: true,
            pid: ProcessId::truncate(n * 0x7_9e37),
            privileged: n.is_multiple_of(3),
            iotval: n.wrapping_mul(0x9e37_79b9_7f4a_7c15) & !3,
            ..FaultRecord::default()
        };
        for n in batch.clone() {
            let of = record(n);
            let request = Request {
                process_id: Some(of.pid),
                privileged: of.privileged,
                ..Request::untranslated(of.did, Access::Write, Iova::new(of.iotval), 4)
            };
            rig.machine.submit(core_request(&request));
        }
        rig.until("answers", 1_000_000, |machine| machine.in_flight() == 0);
        rig.fence();
        // Requests that were accepted close to each other may be reported in any
        // order.
        let expected = sorted(batch.clone().map(record));
        assert_eq!(sorted(rig.faults()), expected, "from record {made} on");
        while let Some(answered) = rig.machine.pop_answer() {
            assert!(answered.answer.fault);
        }
        made = batch.end;
    }
    rig.finish();
}
