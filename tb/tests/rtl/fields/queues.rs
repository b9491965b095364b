// SPDX-License-Identifier: Apache-2.0
//! Command queue and fault queue with 2^16 entries at the end of memory, gone
//! through more than once.

use super::rig;
use crate::support::{builds, core_request, sorted};
use sallyport_bench::Build;
use sallyport_formats::command::Fence;
use sallyport_formats::regs::QueueBase;
use sallyport_formats::{
    Cause, Command, DeviceId, FaultRecord, Iova, ProcessId, Spa, TransactionType, constants as c,
};
use sallyport_model::{Access, Request};

const ENTRIES: u32 = 1 << 16;

#[test]
fn commands() {
    if builds(&[Build::Full]).is_empty() {
        return;
    }
    /// Each of so many commands is a fence that leaves a word.
    const STRIDE: u32 = 1024;
    let base = 0xff_ffff_fff0_0000u64;
    let (mut rig, _) = rig(310);
    rig.write32(c::REG_CQCSR, 0);
    rig.poll32(c::REG_CQCSR, 1 << c::CQCSR_CQON_BIT, 0);
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
    for lap in 0..2u32 {
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
        // One entry is always free.
        let turns = if lap == 0 { ENTRIES / STRIDE } else { 4 };
        for turn in 1..=turns {
            let tail = turn * STRIDE % ENTRIES;
            rig.write32(c::REG_CQT, tail);
            rig.poll32(c::REG_CQH, u32::MAX, tail);
            let last = (turn * STRIDE - 1) | lap << 16;
            assert_eq!(rig.machine.memory().read_u32(word), last);
        }
    }
    assert_eq!(rig.read32(c::REG_CQCSR) >> c::CQCSR_CQMF_BIT & 7, 0);
    rig.finish();
}

#[test]
fn fault_records() {
    if builds(&[Build::Full]).is_empty() {
        return;
    }
    let (mut rig, _) = rig(311);
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
