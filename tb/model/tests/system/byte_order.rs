// SPDX-License-Identifier: Apache-2.0
//! "Endianness of in-memory data structures": what `fctl.BE` turns around and
//! what it does not.

use sallyport_formats::command::Fence;
use sallyport_formats::constants as c;
use sallyport_formats::regs::Ddtp;
use sallyport_formats::{Command, Iova, Spa};
use sallyport_model::{Access, Design, Request};

use crate::machine::{COMMANDS, DEVICE, Machine, RECORDS};

const FLAG: u64 = 0x90_0000;
const MESSAGE: u64 = 0x91_0000;

fn big() -> Machine {
    let mut machine = Machine::off(Design::full());
    machine.write(c::REG_FCTL, 1 << c::FCTL_BE_BIT);
    machine
}

#[test]
fn commands_and_what_a_fence_stores() {
    let mut machine = big();
    let fence = Command::Fence(Fence::default().writing(Spa::new(FLAG), 0x0102_0304));
    for (word, at) in fence.emit().into_iter().zip([0, 8]) {
        machine.put(COMMANDS + at, &word.to_be_bytes());
    }
    machine.write(c::REG_CQT, 1);
    assert_eq!(machine.bytes(FLAG), [1, 2, 3, 4]);
}

#[test]
fn records_and_messages() {
    let mut machine = big();
    machine.write8(c::REG_MSI_CFG_TBL, MESSAGE);
    machine.write(c::REG_MSI_CFG_TBL + c::MSI_CFG_TBL_DATA_OFFSET, 0x0102_0304);
    let iova = Iova::new(0x1122_3344_5566_7788);
    machine
        .iommu
        .request(&Request::untranslated(DEVICE, Access::Read, iova, 4));
    let cause = u64::from_be_bytes(machine.bytes(RECORDS)) & 0xfff;
    assert_eq!(cause, c::CAUSE_ALL_INBOUND_DISALLOWED);
    assert_eq!(u64::from_be_bytes(machine.bytes(RECORDS + 16)), iova.raw());
    assert_eq!(machine.bytes(MESSAGE), [1, 2, 3, 4]);
}

#[test]
fn registers_never_turn() {
    let mut machine = big();
    let ddtp = Ddtp::parse(0x12_3456 << 10);
    machine.write8(c::REG_DDTP, ddtp.emit());
    assert_eq!(machine.read8(c::REG_DDTP), ddtp.emit());
}

#[test]
fn a_design_with_one_order_keeps_it() {
    let mut machine = Machine::off(Design::small());
    machine.write(c::REG_FCTL, u64::MAX);
    assert_eq!(machine.read(c::REG_FCTL), 1 << c::FCTL_WSI_BIT);
}
