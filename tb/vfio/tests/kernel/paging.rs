// SPDX-License-Identifier: Apache-2.0
//! Everything at once: the controller behind page tables of 4 KiB, 64 KiB and 2 MiB,
//! which are changed while it works.

use crate::controller::{Controller, Ended, IO, transfer};
use crate::machine::{Function, RAM, Ram, Rig};
use sallyport_driver::{Config, FirstStageTable, Iommu, Memory, Permissions, now};
use sallyport_formats::constants as c;
use sallyport_formats::context::Tc;
use sallyport_formats::{Cause, DeviceContext, DeviceId, FirstStage, Iova, Spa};

const NVME: DeviceId = DeviceId::truncate(0x8);

/// Queues, 4 KiB each; data in pages of 64 KiB and of 2 MiB.
const QUEUES: Spa = Spa::new(RAM);
const SMALL: Spa = Spa::new(RAM + 0x1_0000);
const LARGE: Spa = Spa::new(RAM + 0x20_0000);

/// A kernel that has given the controller a domain of its own.
struct Kernel {
    rig: Rig,
    ram: Ram,
    iommu: Iommu<Function>,
    table: FirstStageTable,
    nvme: Controller,
    offset: u64,
}

impl Kernel {
    /// Boots; the controller's addresses are physical ones and `offset`. Hardware sets A
    /// and D.
    fn boot(scheme: FirstStage, offset: u64) -> Self {
        let rig = Rig::start(|_| ());
        let mut ram = Ram::new();
        let mut function = rig.iommu(&ram);
        function.put32(c::REG_FCTL, 0);
        let config = Config::default();
        let started = now(Iommu::start(function, &mut ram, &config));
        let mut iommu = started.unwrap().unwrap();
        let table = FirstStageTable::new(&mut ram, scheme).unwrap();
        let fresh = Permissions {
            accessed: false,
            dirty: false,
            ..Permissions::RW
        };
        for (at, bytes) in [(QUEUES, 0x4000), (SMALL, 0x2_0000), (LARGE, 0x40_0000)] {
            let iova = Iova::new(at.raw() + offset);
            table.map(&mut ram, iova, at, bytes, fresh).unwrap();
        }
        let context = DeviceContext {
            tc: Tc {
                v: true,
                sade: true,
                ..Tc::default()
            },
            fsc: table.fsc(),
            ..DeviceContext::default()
        };
        let attached = now(iommu.attach(&mut ram, NVME, &context));
        attached.unwrap().unwrap();
        let mut nvme = Controller::enable(rig.nvme(&ram), QUEUES, offset);
        nvme.create_queues(&mut ram);
        Self {
            rig,
            ram,
            iommu,
            table,
            nvme,
            offset,
        }
    }

    fn iova(&self, at: Spa) -> Iova {
        Iova::new(at.raw() + self.offset)
    }

    /// Reads or writes eight blocks.
    fn transfer(&mut self, opcode: u8, first: u32, at: Spa) -> Ended {
        let words = transfer(opcode, first, 8, self.iova(at).raw(), 0);
        self.nvme.run(&mut self.ram, IO, words)
    }

    fn unmap(&mut self, at: Spa, bytes: u64) {
        let iova = self.iova(at);
        self.table.unmap(&mut self.ram, iova, bytes).unwrap();
        let commands = self.table.invalidations(None, None, iova, bytes);
        now(self.iommu.submit(&mut self.ram, commands))
            .unwrap()
            .unwrap();
        let ticket = now(self.iommu.fence(&mut self.ram)).unwrap().unwrap();
        now(self.iommu.wait(ticket)).unwrap().unwrap();
    }

    fn bytes(&self, at: Spa) -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        self.ram.read(at, &mut bytes);
        bytes
    }
}

fn pattern(seed: u8) -> Vec<u8> {
    (0..4096_u32).map(|n| (n >> 4) as u8 ^ seed).collect()
}

#[test]
fn blocks_pass_through_pages_of_every_size_and_faults_are_told() {
    let mut kernel = Kernel::boot(FirstStage::Sv48, 0x1000_0000_0000);
    let places = [
        Spa::new(SMALL.raw() + 0x1000),
        Spa::new(SMALL.raw() + 0x1_f000),
        Spa::new(LARGE.raw() + 0x1f_f000),
        Spa::new(LARGE.raw() + 0x20_0000),
    ];
    for (n, at) in (0..).zip(places) {
        kernel.ram.write(at, &pattern(n));
        assert_eq!(kernel.transfer(1, 8 * u32::from(n), at).status, 0);
    }
    for (n, at) in (0..).zip(places.into_iter().rev()) {
        assert_eq!(kernel.transfer(2, 8 * n, at).status, 0);
        assert!(kernel.bytes(at) == pattern(n as u8), "{at} of block {n}");
    }
    let walks = kernel.rig.server.counters().walks;
    assert!(walks.napot_leaves > 0 && walks.updates > 0, "{walks:?}");
    for size in ["4 KiB", "64 KiB", "2 MiB"] {
        assert!(walks.leaves_by_size[size] > 0, "{size}: {walks:?}");
    }
    assert!(walks.leaves_by_mode["Sv48"] > 0);

    // A hole: the command fails, and the record says why.
    kernel.unmap(LARGE, 0x20_0000);
    let hole = Spa::new(LARGE.raw() + 0x3000);
    assert_eq!(kernel.transfer(1, 0, hole).status, 0x004);
    let record = now(kernel.iommu.next_fault(&kernel.ram)).unwrap().unwrap();
    assert_eq!(record.cause, Cause::ReadPageFault);
    assert_eq!(record.did, NVME);
    assert_eq!(record.iotval, kernel.iova(hole).raw());
    assert_eq!(
        kernel.transfer(2, 0, places[3]).status,
        0,
        "the next page is there"
    );

    // Mapped anew, to another place and in small pages.
    let (iova, other) = (kernel.iova(hole), places[0]);
    let permissions = Permissions::RW;
    kernel
        .table
        .map(&mut kernel.ram, iova, other, 0x1000, permissions)
        .unwrap();
    kernel.ram.write(other, &pattern(9));
    assert_eq!(kernel.transfer(1, 80, hole).status, 0);
    assert_eq!(kernel.transfer(2, 80, places[3]).status, 0);
    assert!(kernel.bytes(places[3]) == pattern(9));

    let counters = kernel.rig.server.stop().unwrap();
    // A record for each burst of the page.
    assert_eq!(counters.fault(13), counters.requests.refused);
    assert!(counters.command("IOTINVAL.VMA", &[]) >= 2);
    assert_eq!(counters.nvme.errors["Data Transfer Error"], 1);
    assert!(counters.requests.nvme > 100 && counters.requests.refused > 0);
}

#[test]
fn all_modes_reach_their_highest_addresses() {
    let cases = [
        (FirstStage::Sv39, "Sv39", 1 << 37),
        (FirstStage::Sv57, "Sv57", 1 << 55),
    ];
    for (scheme, name, offset) in cases {
        let mut kernel = Kernel::boot(scheme, offset);
        kernel.ram.write(LARGE, &pattern(3));
        assert_eq!(kernel.transfer(1, 0, LARGE).status, 0);
        assert_eq!(kernel.transfer(2, 0, SMALL).status, 0);
        assert!(kernel.bytes(SMALL) == pattern(3));
        let counters = kernel.rig.server.stop().unwrap();
        assert!(counters.walks.leaves_by_mode[name] > 0);
    }
}
