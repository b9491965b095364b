// SPDX-License-Identifier: Apache-2.0
//! The system that clocks are counted on, and how.

use crate::support::{PageTable, Rig, context, read, write};
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed, System};
use sallyport_bus::{Completion, Handle, SubordinateTiming, Transaction};
use sallyport_formats::FirstStage;
use std::collections::BTreeMap;

/// First IOVA that is mapped.
pub const BASE: u64 = 0x4000_0000;

/// Where the page of a device lies.
pub fn physical(device: u32, page: u64) -> u64 {
    0x2_0000_0000 + (u64::from(device) << 32) + page * 0x1000
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
