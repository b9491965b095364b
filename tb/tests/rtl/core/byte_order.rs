// SPDX-License-Identifier: Apache-2.0
//! `fctl.BE`: queues, fences and messages in big-endian order.

use super::requests::ask;
use crate::support::Rig;
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_formats::command::Fence;
use sallyport_formats::regs::msi_cfg_tbl;
use sallyport_formats::{Cause, Command, FaultRecord, Spa, constants as c};
use sallyport_model::Access;

/// A big-endian rig; `None` for a build that has no such order.
fn rig() -> Option<Rig<CoreSystem>> {
    let mut rig = Rig::core(Build::Full, 95);
    if !rig.capabilities.end {
        return None;
    }
    rig.write32(c::REG_FCTL, 1 << c::FCTL_BE_BIT);
    rig.command_queue = rig.pages(1);
    rig.fault_queue = rig.pages(4);
    rig.enable_commands(0);
    rig.enable_faults(9, 1 << c::FQCSR_FIE_BIT);
    rig.set_levels(1);
    Some(rig)
}

fn fence_at(rig: &mut Rig<CoreSystem>, at: Spa) {
    let words = Command::Fence(Fence::default().writing(at, 0x1234_5678)).emit();
    rig.put(words.map(u64::swap_bytes));
    rig.ring();
    rig.drain();
}

#[test]
fn records_commands_and_fences() {
    let Some(mut rig) = rig() else { return };
    assert_eq!(rig.translate(ask(9, Access::Write, 0x1_2345_6000)), None);
    let stored = rig.pages(1);
    for offset in [0, 4] {
        fence_at(&mut rig, Spa::new(stored.raw() + offset));
    }
    let word = rig.machine.memory().read_u64(stored);
    assert_eq!(word, 0x7856_3412_7856_3412);
    let queue = rig.fault_queue;
    let words = [0, 8, 16, 24].map(|n| {
        let at = Spa::new(queue.raw() + n);
        rig.machine.memory().read_u64(at).swap_bytes()
    });
    let record = FaultRecord::parse(words);
    assert_eq!(record.cause, Cause::DdtInvalid);
    assert_eq!((record.did.raw(), record.iotval), (9, 0x1_2345_6000));
    rig.finish();
}

#[test]
fn messages() {
    let Some(mut rig) = rig() else { return };
    let message = rig.pages(1);
    rig.write64(msi_cfg_tbl(0), message.raw() + 4);
    rig.write64(msi_cfg_tbl(0) + 8, 0xa1b2_c3d4);
    assert_eq!(rig.translate(ask(9, Access::Read, 0)), None);
    rig.run(500);
    assert_eq!(rig.machine.memory().read_u64(message), 0xd4c3_b2a1 << 32);
    rig.finish();
}
