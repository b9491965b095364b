// SPDX-License-Identifier: Apache-2.0
//! The system that clocks are counted on, and how.

use crate::support::{Home, PageTable, Rig, Table, context, context_in, read, write};
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed, System};
use sallyport_bus::{Completion, Handle, SubordinateTiming, Transaction};
use sallyport_formats::{FirstStage, SecondStage};
use std::collections::BTreeMap;

/// First IOVA that is mapped.
pub const BASE: u64 = 0x4000_0000;

/// The device of a guest: Sv39 over Sv39x4, pages of 4 KiB in both.
pub const GUEST: u32 = 16;

/// Guest-physical address of that device's first page.
const GUEST_BASE: u64 = 0xc000_0000;

/// From AxVALID of a request that hits to its translated AxVALID. `small`, which is for a
/// higher clock, compares contexts and tells which line matched in clocks of their own, and
/// takes answers a clock later.
pub fn hit_clocks(build: Build) -> u64 {
    if build == Build::Small { 7 } else { 4 }
}

/// Where the page of a device lies.
pub fn physical(device: u32, page: u64) -> u64 {
    let base = match device {
        GUEST => 0x90_0000_0000,
        _ => 0x2_0000_0000 + (u64::from(device) << 32),
    };
    base + page * 0x1000
}

/// A system with tables for devices 0 to 15, Sv39, 4 KiB pages, in which
/// translated traffic gets its answer a clock later.
pub struct Setup {
    pub rig: Rig<System>,
}

impl Setup {
    /// `pages`: how many each device has; `latency`: of memory behind the walks.
    pub fn new(build: Build, latency: u32, pages: &[u64]) -> Self {
        let mut config = SystemConfig::new(build, Seed::new(1));
        config.table_memory = SubordinateTiming::fixed(latency);
        config.data_memory = SubordinateTiming::fixed(1);
        let mut rig: Rig<System> = Rig::started(&config, 1);
        rig.machine.absorb_data();
        for (device, &count) in pages.iter().enumerate() {
            let table = PageTable::new(&mut rig, FirstStage::Sv39);
            for page in 0..count {
                table.map(
                    &mut rig,
                    BASE + page * 0x1000,
                    physical(device as u32, page),
                );
            }
            let words = context(&table, device as u32 + 1).emit();
            rig.put_context(device as u32, words);
        }
        Self { rig }
    }

    /// Gives [`GUEST`] so many pages; its first-stage tables are in pages of 4 KiB.
    pub fn add_guest(&mut self, pages: u64) {
        let rig = &mut self.rig;
        let mut home = Home::guest(rig, SecondStage::Sv39x4, 5);
        let table = Table::new(rig, &mut home, FirstStage::Sv39);
        for page in 0..pages {
            let (iova, gpa) = (BASE + page * 0x1000, GUEST_BASE + page * 0x1000);
            table.map(rig, &mut home, iova, gpa, 0);
            home.as_guest().map(rig, gpa, physical(GUEST, page), 0);
        }
        let words = context_in(&home, table.fsc(), 77).emit();
        rig.put_context(GUEST, words);
    }

    pub fn read(&mut self, device: u32, id: u8, page: u64) -> Handle {
        let width = self.rig.machine.width();
        self.submit(read(device, id, BASE + page * 0x1000, width))
    }

    pub fn write(&mut self, device: u32, id: u8, page: u64) -> Handle {
        let width = self.rig.machine.width();
        self.submit(write(device, id, BASE + page * 0x1000, width))
    }

    pub fn submit(&mut self, transaction: Transaction) -> Handle {
        self.rig.machine.devices().submit(transaction)
    }

    /// Runs until all that was submitted has ended.
    pub fn settle(&mut self, limit: u64) -> BTreeMap<Handle, Completion> {
        self.rig.until("end of the traffic", limit, |machine| {
            machine.devices().is_idle()
        });
        let mut done = BTreeMap::new();
        while let Some(completion) = self.rig.machine.devices().pop_completion() {
            assert!(
                !completion.resp.is_error(),
                "{:?} got {:?}",
                completion.transaction.ax(),
                completion.resp
            );
            done.insert(completion.handle, completion);
        }
        done
    }

    /// Has the translations of `pages` of a device cached.
    pub fn warm(&mut self, device: u32, pages: impl IntoIterator<Item = u64>) {
        for page in pages {
            self.read(device, 0, page);
        }
        self.settle(20_000);
        self.rig.machine.take_addresses();
    }

    /// The latency of one read: from the first clock of ARVALID to the first
    /// clock of the translated ARVALID.
    pub fn latency(&mut self, device: u32, page: u64) -> u64 {
        self.rig.machine.take_addresses();
        let handle = self.read(device, 0, page);
        let done = self.settle(20_000);
        let offered = done[&handle].times.valid.expect("it was offered");
        let out = self.rig.machine.take_addresses();
        assert_eq!(out.len(), 1);
        assert_eq!(out[0].ax.addr, physical(device, page));
        out[0].clock.since(offered)
    }

    pub fn finish(self) {
        self.rig.finish();
    }
}
