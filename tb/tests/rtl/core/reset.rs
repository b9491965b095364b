// SPDX-License-Identifier: Apache-2.0
//! Reset in mid-traffic: the IOMMU comes up empty and works.

use super::requests::ask;
use crate::support::{Machine, PageTable, Rig, builds, context, core_request};
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_formats::{FirstStage, constants as c};
use sallyport_model::Access;

#[test]
fn reset_in_mid_traffic() {
    for build in builds(&Build::ALL) {
        let mut rig: Rig<CoreSystem> = Rig::new(&SystemConfig::random(build, Seed::new(80)));
        rig.start_queues();
        for round in 0..12u64 {
            rig.set_levels(1);
            let table = PageTable::new(&mut rig, FirstStage::Sv39);
            let base = 0x10_0000_0000 * (round + 1);
            for page in 0..30 {
                table.map(&mut rig, page << 12, base + (page << 12));
            }
            // The same ids each time: what the caches held must be gone.
            rig.put_context(1, context(&table, 1).emit());
            assert_eq!(
                rig.translate(ask(1, Access::Read, 0x3008)),
                Some(base + 0x3008),
                "{build}"
            );
            for page in 0..60 {
                rig.machine
                    .submit(core_request(&ask(1, Access::Write, page << 12)));
            }
            rig.run(7 * round + 3);
            Machine::reset(&mut rig.machine).expect("no assertion fails");
            while rig.machine.pop_answer().is_some() {}

            let ddtp = rig.read64(c::REG_DDTP);
            assert_eq!(ddtp & 0x1f, c::DDTP_MODE_OFF, "{build}: ddtp is {ddtp:#x}");
            assert_eq!(rig.read32(c::REG_CQCSR), 0, "{build}");
            assert_eq!(rig.read32(c::REG_FQCSR), 0, "{build}");
            assert_eq!(rig.read32(c::REG_IPSR), 0, "{build}");
            assert_eq!(
                rig.translate(ask(1, Access::Read, 0x3008)),
                None,
                "{build}: Off"
            );
            rig.enable_commands(0);
            rig.enable_faults(9, 0);
        }
        rig.finish();
    }
}
