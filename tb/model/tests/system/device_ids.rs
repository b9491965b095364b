// SPDX-License-Identifier: Apache-2.0
//! Device ids that are wider than the directory, one bit at a time, in
//! requests and in commands ("Process to translate an IOVA", step 5; "IOMMU
//! directory cache invalidation commands").

use sallyport_formats::command::Directory;
use sallyport_formats::constants as c;
use sallyport_formats::regs::DdtpMode;
use sallyport_formats::{Cause, Command, DeviceId, Iova};
use sallyport_model::{Access, Design, Request};

use crate::machine::Machine;

/// The bits of a `device_id` that fit, in base and in extended format.
fn widths(design: &Design) -> [(DdtpMode, u32); 3] {
    let less = u32::from(design.capabilities.msi_flat);
    [
        (DdtpMode::OneLevel, 7 - less),
        (DdtpMode::TwoLevel, 16 - less),
        (DdtpMode::ThreeLevel, 24),
    ]
}

#[test]
fn requests_with_one_bit_too_many() {
    for design in [Design::full(), Design::full_base()] {
        for (mode, width) in widths(&design) {
            let mut machine = Machine::off(design);
            machine.set_mode(mode);
            for bit in 0..24 {
                let device = DeviceId::truncate(1 << bit);
                let request = Request::untranslated(device, Access::Read, Iova::new(0), 4);
                let translation = machine.iommu.request(&request);
                let expected = if bit < width {
                    Cause::DdtInvalid
                } else {
                    Cause::TtypeDisallowed
                };
                let cause = translation.fault.map(|fault| fault.cause);
                assert_eq!(cause, Some(expected), "{mode:?}, bit {bit}");
                assert_eq!(translation.reads.is_empty(), bit >= width);
            }
        }
    }
}

#[test]
fn commands_with_one_bit_too_many() {
    for design in [Design::full(), Design::full_base()] {
        for levels in 1..=3 {
            let (mode, width) = widths(&design)[levels - 1];
            let narrow = Design {
                directory_levels: std::array::from_fn(|level| level < levels),
                ..design
            };
            for bit in 0..24 {
                let mut machine = Machine::off(narrow);
                machine.set_mode(mode);
                machine.command(Command::InvalidateDdt(Directory {
                    dv: true,
                    did: DeviceId::truncate(1 << bit),
                    ..Directory::default()
                }));
                let illegal = machine.cqcsr().cmd_ill;
                assert_eq!(illegal, bit >= width, "{mode:?}, bit {bit}");
                assert_eq!(machine.read(c::REG_CQH), u64::from(!illegal));
            }
        }
    }
}
