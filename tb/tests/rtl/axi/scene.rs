// SPDX-License-Identifier: Apache-2.0
//! Devices with a page table each, and bursts.

use crate::support::{PageTable, Rig, context, transaction};
use sallyport_bench::System;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bus::{AxBeat, Completion, Handle, Transaction};
use sallyport_formats::FirstStage;
use std::collections::BTreeMap;

/// Pages of each device are mapped from here.
pub const BASE: u64 = 0x4000_0000;
/// How many.
pub const PAGES: u64 = 16;

/// A system and its devices' page tables.
pub struct Scene {
    pub rig: Rig<System>,
    pub tables: Vec<PageTable>,
}

/// Where a page of a device lies: scattered, no two neighbours.
pub fn physical(device: u32, page: u64) -> u64 {
    0x1_0000_0000 + (u64::from(device) << 28) + (page * 7 % PAGES) * 0x2000
}

impl Scene {
    /// Devices 0 to `devices` - 1 with `PAGES` pages each.
    pub fn new(config: &SystemConfig, devices: u32) -> Self {
        let mut rig: Rig<System> = Rig::started(config, 1);
        let mut tables = Vec::new();
        for device in 0..devices {
            let table = PageTable::new(&mut rig, FirstStage::Sv39);
            for page in 0..PAGES {
                table.map(&mut rig, BASE + page * 0x1000, physical(device, page));
            }
            rig.put_context(device, context(&table, device + 1).emit());
            tables.push(table);
        }
        Self { rig, tables }
    }

    /// An INCR burst of full-width beats.
    pub fn burst(&self, device: u32, id: u8, iova: u64, beats: u16) -> AxBeat {
        transaction(device, id, iova, beats, self.rig.machine.width())
    }

    pub fn read(&mut self, ax: AxBeat) -> Handle {
        self.rig.machine.devices().submit(Transaction::read(ax))
    }

    pub fn write(&mut self, ax: AxBeat, bytes: &[u8]) -> Handle {
        let width = self.rig.machine.width();
        let transaction = Transaction::write_bytes(ax, bytes, width);
        self.rig.machine.devices().submit(transaction)
    }

    /// Runs until everything has ended.
    pub fn settle(&mut self, limit: u64) -> BTreeMap<Handle, Completion> {
        self.rig.until("end of the traffic", limit, |machine| {
            machine.devices().is_idle()
        });
        self.taken()
    }

    /// What has ended.
    pub fn taken(&mut self) -> BTreeMap<Handle, Completion> {
        let devices = self.rig.machine.devices();
        std::iter::from_fn(|| devices.pop_completion())
            .map(|completion| (completion.handle, completion))
            .collect()
    }
}
