// SPDX-License-Identifier: Apache-2.0
//! The NVMe controller's function, with addresses that pass the IOMMU as they are.

use crate::machine::{CONFIG, Ram, Rig};

#[test]
fn the_controller_becomes_ready_and_stops() {
    let rig = Rig::start(|_| ());
    let mut nvme = rig.nvme(&Ram::new());
    assert_eq!(nvme.get::<4>(CONFIG, 8)[1..], [0x02, 0x08, 0x01]);
    assert_eq!(nvme.get64(0) & 0xffff, 1023);
    assert_eq!(nvme.get32(8), 0x0001_0400);
    nvme.put32(0x24, 0x001f_001f);
    nvme.put64(0x28, 0x8000_0000);
    nvme.put64(0x30, 0x8000_1000);
    nvme.put32(0x14, 0x0046_0001);
    nvme.until(0x1c, |csts| csts == 1);
    nvme.put32(0x14, 0x0046_4001);
    nvme.until(0x1c, |csts| csts == 0b1001);
    nvme.put32(0x14, 0);
    nvme.until(0x1c, |csts| csts == 0);
    let counters = rig.server.stop().unwrap();
    assert_eq!(counters.nvme.enabled, 1);
}
