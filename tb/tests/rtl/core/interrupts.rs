// SPDX-License-Identifier: Apache-2.0
//! Interrupts by wire and by message ("Interrupt pending status register",
//! "MSI configuration table").

use super::requests::ask;
use crate::support::Rig;
use crate::support::builds;
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::command::Fence;
use sallyport_formats::regs::{Icvec, msi_cfg_tbl};
use sallyport_formats::{Cause, Command, Spa, TransactionType, constants as c};
use sallyport_model::Access;

const CIP: u32 = 1 << c::IPSR_CIP_BIT;
const FIP: u32 = 1 << c::IPSR_FIP_BIT;
const CIE: u32 = 1 << c::CQCSR_CIE_BIT;
const FIE: u32 = 1 << c::FQCSR_FIE_BIT;
const CMD_ILL: u32 = 1 << c::CQCSR_CMD_ILL_BIT;
const FENCE_W_IP: u32 = 1 << c::CQCSR_FENCE_W_IP_BIT;

/// Vectors of the command queue and the fault queue.
const CIV: u8 = 2;
const FIV: u8 = 3;

/// Queues on with interrupts enabled, by wire or by message.
fn started(build: Build, wires: bool) -> Rig<CoreSystem> {
    let mut rig = Rig::core(build, 40);
    rig.write32(c::REG_FCTL, u32::from(wires) << c::FCTL_WSI_BIT);
    let icvec = Icvec {
        civ: CIV,
        fiv: FIV,
        ..Icvec::default()
    };
    rig.write64(c::REG_ICVEC, icvec.emit());
    assert_eq!(rig.read64(c::REG_ICVEC), icvec.emit());
    rig.command_queue = rig.pages(1);
    rig.fault_queue = rig.pages(4);
    rig.enable_commands(CIE);
    rig.enable_faults(9, FIE);
    rig.set_levels(1);
    rig
}

fn refuse(rig: &mut Rig<CoreSystem>) {
    assert_eq!(rig.translate(ask(9, Access::Read, 0)), None);
    rig.command(Command::Fence(Fence::default()));
    let tail = rig.command_tail;
    rig.poll32(c::REG_CQH, u32::MAX, tail);
}

#[test]
fn a_wire_is_up_while_its_bit_is() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build, true);
        assert_eq!(rig.machine.irq(), 0);
        refuse(&mut rig);
        rig.run(10);
        assert_eq!(rig.machine.irq(), 1 << FIV, "{build}");
        assert_eq!(rig.read32(c::REG_IPSR), FIP);
        rig.write32(c::REG_IPSR, CIP);
        assert_eq!(
            rig.read32(c::REG_IPSR),
            FIP,
            "{build}: another bit was cleared"
        );
        rig.write32(c::REG_IPSR, FIP);
        rig.run(10);
        assert_eq!(rig.machine.irq(), 0, "{build}");

        rig.put([0x7f, 0]);
        rig.ring();
        rig.poll32(c::REG_CQCSR, CMD_ILL, CMD_ILL);
        rig.run(10);
        assert_eq!(rig.machine.irq(), 1 << CIV, "{build}");
        // The cause is still there: cleared, the bit comes back.
        rig.write32(c::REG_IPSR, CIP);
        rig.run(10);
        assert_eq!(rig.read32(c::REG_IPSR), CIP, "{build}");
        rig.finish();
    }
}

#[test]
fn a_fence_interrupts_by_wire() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build, true);
        rig.command(Command::Fence(Fence {
            wsi: true,
            ..Fence::default()
        }));
        rig.drain();
        rig.run(10);
        assert_eq!(rig.read32(c::REG_CQCSR) & FENCE_W_IP, FENCE_W_IP, "{build}");
        assert_eq!(rig.machine.irq(), 1 << CIV, "{build}");
        rig.write32(c::REG_CQCSR, 1 | CIE | FENCE_W_IP);
        rig.write32(c::REG_IPSR, CIP);
        rig.run(10);
        assert_eq!(rig.read32(c::REG_IPSR), 0, "{build}");
        assert_eq!(rig.read32(c::REG_CQCSR) & FENCE_W_IP, 0);
        rig.finish();
    }
}

#[test]
fn an_interrupt_that_is_not_enabled_stays_away() {
    for build in builds(&Build::ALL) {
        let mut rig = started(build, true);
        rig.write32(c::REG_CQCSR, 1);
        rig.write32(c::REG_FQCSR, 1);
        refuse(&mut rig);
        rig.put([0x7f, 0]);
        rig.ring();
        rig.poll32(c::REG_CQCSR, CMD_ILL, CMD_ILL);
        rig.run(10);
        assert_eq!(rig.read32(c::REG_IPSR), 0, "{build}");
        assert_eq!(rig.machine.irq(), 0);
        rig.finish();
    }
}

/// Sets a vector's message, and gives where it goes.
fn message(rig: &mut Rig<CoreSystem>, vector: u8, masked: bool) -> Spa {
    let at = Spa::new(rig.pages(1).raw() + 4 * u64::from(vector));
    let entry = msi_cfg_tbl(vector.into());
    rig.write64(entry, at.raw());
    rig.write32(
        entry + c::MSI_CFG_TBL_DATA_OFFSET,
        0x1000 + u32::from(vector),
    );
    rig.write32(entry + c::MSI_CFG_TBL_VEC_CTL_OFFSET, masked.into());
    at
}

fn unmask(rig: &mut Rig<CoreSystem>, vector: u8) {
    let entry = msi_cfg_tbl(vector.into());
    rig.write32(entry + c::MSI_CFG_TBL_VEC_CTL_OFFSET, 0);
}

#[test]
fn a_message_is_sent_for_each_edge() {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut rig = started(build, false);
        let at = message(&mut rig, FIV, false);
        let other = message(&mut rig, CIV, false);
        for round in 0..3 {
            rig.machine.memory_mut().write_u32(at, 0);
            refuse(&mut rig);
            rig.run(100);
            assert_eq!(
                rig.machine.memory().read_u32(at),
                0x1000 + u32::from(FIV),
                "{build}"
            );
            assert_eq!(rig.machine.irq(), 0, "{build}: a wire as well");
            // No further message while the bit is pending.
            rig.machine.memory_mut().write_u32(at, 0);
            refuse(&mut rig);
            rig.run(100);
            assert_eq!(
                rig.machine.memory().read_u32(at),
                0,
                "{build}, round {round}"
            );
            rig.write32(c::REG_IPSR, FIP);
        }
        assert_eq!(rig.machine.memory().read_u32(other), 0);
        rig.finish();
    }
}

#[test]
fn a_masked_vector_keeps_its_message() {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut rig = started(build, false);
        let at = message(&mut rig, FIV, true);
        refuse(&mut rig);
        rig.run(100);
        assert_eq!(rig.machine.memory().read_u32(at), 0, "{build}: masked");
        unmask(&mut rig, FIV);
        rig.run(100);
        assert_eq!(
            rig.machine.memory().read_u32(at),
            0x1000 + u32::from(FIV),
            "{build}"
        );
        // One, not two.
        rig.machine.memory_mut().write_u32(at, 0);
        unmask(&mut rig, FIV);
        rig.run(100);
        assert_eq!(rig.machine.memory().read_u32(at), 0, "{build}");
        rig.finish();
    }
}

#[test]
fn a_message_that_memory_refuses_is_cause_273() {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut rig = started(build, false);
        let at = message(&mut rig, CIV, false);
        let page = at.page_base();
        let end = Spa::new(page.raw() + 0x1000);
        rig.machine
            .memory_mut()
            .set_attributes(page..end, Attributes::error(Resp::DecErr));
        rig.put([0x7f, 0]);
        rig.ring();
        rig.poll32(c::REG_CQCSR, CMD_ILL, CMD_ILL);
        let mut faults = Vec::new();
        for _ in 0..100 {
            rig.run(10);
            faults.extend(rig.faults());
        }
        assert_eq!(faults.len(), 1, "{build}: {faults:?}");
        assert_eq!(faults[0].cause, Cause::MsiWriteAccessFault);
        assert_eq!(faults[0].ttyp, TransactionType::None);
        assert_eq!(faults[0].iotval, at.raw());
        assert_eq!(faults[0].did.raw(), 0);
        rig.finish();
    }
}

#[test]
fn a_counter_that_overflows_is_told_by_message() {
    for build in builds(&[Build::Default, Build::Full]) {
        let mut rig = started(build, false);
        let at = message(&mut rig, 0, false);
        rig.write64(c::REG_IOHPMCYCLES, (1 << 63) - 100);
        assert_eq!(rig.machine.memory().read_u32(at), 0);
        rig.run(300);
        assert_eq!(rig.machine.memory().read_u32(at), 0x1000, "{build}");
        assert_eq!(rig.read32(c::REG_IPSR), 1 << c::IPSR_PMIP_BIT);
        rig.finish();
    }
}

#[test]
fn an_overflow_of_the_fault_queue_interrupts_until_it_is_cleared() {
    const FQEN: u32 = 1 << c::FQCSR_FQEN_BIT;
    const FQON: u32 = 1 << c::FQCSR_FQON_BIT;
    const FQOF: u32 = 1 << c::FQCSR_FQOF_BIT;
    for build in builds(&Build::ALL) {
        let mut rig = started(build, true);
        rig.write32(c::REG_FQCSR, 0);
        rig.poll32(c::REG_FQCSR, FQON, 0);
        // Two entries, of which one can be used.
        rig.enable_faults(1, FIE);
        refuse(&mut rig);
        refuse(&mut rig);
        rig.poll32(c::REG_FQCSR, FQOF, FQOF);
        rig.write32(c::REG_IPSR, FIP);
        rig.run(10);
        assert_eq!(rig.read32(c::REG_IPSR), FIP, "{build}: the cause is there");
        rig.write32(c::REG_FQCSR, FQEN | FIE | FQOF);
        rig.write32(c::REG_IPSR, FIP);
        rig.run(10);
        assert_eq!(rig.read32(c::REG_IPSR), 0, "{build}");
        rig.finish();
    }
}
