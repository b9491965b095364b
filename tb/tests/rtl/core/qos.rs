// SPDX-License-Identifier: Apache-2.0
//! "Quality-of-Service (QoS) Identifiers Extension": which ids go with what.

use super::requests::ask;
use crate::support::{PageTable, Rig, context};
use sallyport_bench::Build;
use sallyport_bench::hardware::{CoreSystem, core_request};
use sallyport_bus::{LiteAccess, LiteSize};
use sallyport_formats::command::Fence;
use sallyport_formats::regs::{Qosid, msi_cfg_tbl};
use sallyport_formats::{Command, FirstStage, Spa, constants as c};
use sallyport_model::Access;
use std::collections::BTreeMap;

const DEVICE: u32 = 5;
const IOVA: u64 = 0x4020_3000;
const OWN: Qosid = Qosid {
    rcid: 0x123,
    mcid: 0xfed,
};
const DEVICES: Qosid = Qosid {
    rcid: 0xabc,
    mcid: 0x456,
};

/// {MCID, RCID}
fn user(ids: Qosid) -> u64 {
    u64::from(ids.mcid) << 12 | u64::from(ids.rcid)
}

/// A rig with the ids that are the IOMMU's own.
fn rig() -> Rig<CoreSystem> {
    let mut rig = Rig::core(Build::FullQos, 90);
    rig.write32(c::REG_IOMMU_QOSID, OWN.emit());
    rig.start_queues();
    rig
}

impl Rig<CoreSystem> {
    /// Runs, and gives AxUSER of each page that was accessed meanwhile.
    fn watch(&mut self, clocks: u64) -> BTreeMap<u64, u64> {
        let mut users = BTreeMap::new();
        for _ in 0..clocks {
            self.step();
            let port = self.machine.memory_port();
            for channel in [&port.ar, &port.aw] {
                if channel.valid {
                    let before = users.insert(channel.addr >> 12, channel.user);
                    assert!(before.is_none_or(|user| user == channel.user));
                }
            }
        }
        users
    }

    fn ids(&mut self, iova: u64) -> (bool, u16, u16) {
        let answer = self.answers(&[ask(DEVICE, Access::Read, iova)])[0].answer;
        (answer.fault, answer.rcid, answer.mcid)
    }
}

#[test]
fn the_register_keeps_its_fields() {
    let mut rig = rig();
    assert_eq!(rig.read32(c::REG_IOMMU_QOSID), OWN.emit());
    rig.write32(c::REG_IOMMU_QOSID, u32::MAX);
    assert_eq!(rig.read32(c::REG_IOMMU_QOSID), 0x0fff_0fff);
    rig.finish();
}

#[test]
fn traffic_in_bare_mode_has_those_of_the_register() {
    let mut rig = rig();
    rig.set_ddtp(c::DDTP_MODE_BARE);
    assert_eq!(rig.ids(0x1000), (false, OWN.rcid, OWN.mcid));
    rig.finish();
}

#[test]
fn a_device_has_those_of_its_context() {
    let mut rig = rig();
    rig.set_levels(2);
    let table = PageTable::new(&mut rig, FirstStage::Sv39);
    table.map(&mut rig, IOVA, 0x8012_3000);
    table.map(&mut rig, IOVA + 0x1000, 0x8012_4000);
    let mut words = context(&table, 3);
    words.ta.rcid = DEVICES.rcid;
    words.ta.mcid = DEVICES.mcid;
    rig.put_context(DEVICE, words.emit());
    let slot = rig.slot(DEVICE);
    let leaf = table.slot(&mut rig, IOVA, 0);
    let pointer = table.slot(&mut rig, IOVA, 1);

    rig.machine
        .submit(core_request(&ask(DEVICE, Access::Read, IOVA)));
    let users = rig.watch(400);
    let page = |at: Spa| users.get(&at.page_number()).copied();
    assert_eq!(page(rig.directory), Some(user(OWN)));
    assert_eq!(page(slot), Some(user(OWN)));
    for table in [table.root, pointer, leaf] {
        assert_eq!(page(table), Some(user(DEVICES)));
    }
    assert!(rig.machine.pop_answer().is_some());
    // From a walk, then from the caches.
    for iova in [IOVA + 0x1000, IOVA, IOVA + 0x1000] {
        assert_eq!(rig.ids(iova), (false, DEVICES.rcid, DEVICES.mcid));
    }
    rig.finish();
}

#[test]
fn queues_and_messages_have_those_of_the_register() {
    let mut rig = rig();
    rig.set_levels(1);
    let message = rig.pages(1);
    let stored = rig.pages(1);
    rig.write64(msi_cfg_tbl(0), message.raw());
    rig.write64(msi_cfg_tbl(0) + 8, 7);
    rig.enable_faults(9, 1 << c::FQCSR_FIE_BIT);
    rig.machine
        .submit(core_request(&ask(DEVICE, Access::Read, IOVA)));
    let fence = Fence::default().writing(stored, 1);
    rig.put(Command::Fence(fence).emit());
    let ring = LiteAccess::write(c::REG_CQT as u32, LiteSize::Four, rig.command_tail.into());
    rig.machine.registers().submit(ring);
    let users = rig.watch(400);
    for page in [rig.fault_queue, rig.command_queue, message, stored] {
        assert_eq!(
            users.get(&page.page_number()),
            Some(&user(OWN)),
            "{page:?} of {users:x?}"
        );
    }
    rig.finish();
}
