// SPDX-License-Identifier: Apache-2.0
//! What has happened, counted.
//!
//! Nothing here guesses: what concerns the IOMMU comes from the recorder of
//! transactions, which looks at the pins, and from the bench's counters.

mod tally;

pub(crate) use tally::Tally;

use serde::Serialize;
use std::collections::BTreeMap;

/// What has happened since the server was started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Clocks that were simulated.
    pub clocks: u64,
    /// Accesses of software to the registers of the IOMMU.
    pub iommu_registers: Registers,
    /// Accesses of software to the registers and doorbells of the NVMe controller.
    pub nvme_registers: Registers,
    /// Accesses that no register takes: of a size, at a place or to a region that does
    /// not exist.
    pub malformed_accesses: u64,
    /// Requests of devices, a burst each.
    pub requests: Requests,
    /// What walks have read.
    pub walks: Walks,
    /// Commands that have taken effect, by name and by the bits that are set in them:
    /// `"IODIR.INVAL_DDT DV"`, `"IOTINVAL.VMA"` (all address spaces),
    /// `"IOTINVAL.VMA PSCV AV"`, `"IOTINVAL.VMA PSCV AV S NL"`, `"IOTINVAL.GVMA GV"`,
    /// `"IOFENCE.C PR PW"`, `"IOFENCE.C PR PW AV"`. In this order the bits are DV, GV,
    /// PSCV, AV, S, NL, and those of fences PR, PW, WSI, AV.
    pub commands: BTreeMap<String, u64>,
    /// Fault records that were written, by cause: its number and its name.
    pub faults: BTreeMap<String, u64>,
    /// Interrupts of the IOMMU by vector, those that have fired.
    pub iommu_interrupts: BTreeMap<u32, u64>,
    /// Interrupts of the NVMe controller by vector, those that have fired.
    pub nvme_interrupts: BTreeMap<u32, u64>,
    /// What the NVMe controller has done.
    pub nvme: Nvme,
}

impl Counters {
    /// Commands whose name is `name` and in which all of `bits` are set:
    /// `command("IOTINVAL.VMA", &["PSCV", "AV"])`.
    #[must_use]
    pub fn command(&self, name: &str, bits: &[&str]) -> u64 {
        let fits = |key: &str| {
            let mut words = key.split(' ');
            words.next() == Some(name)
                && bits
                    .iter()
                    .all(|bit| words.clone().any(|word| word == *bit))
        };
        self.commands
            .iter()
            .filter(|(key, _)| fits(key))
            .map(|(_, count)| count)
            .sum()
    }

    /// Fault records with this cause.
    #[must_use]
    pub fn fault(&self, cause: u16) -> u64 {
        let number = cause.to_string();
        self.faults
            .iter()
            .filter(|(key, _)| key.split(' ').next() == Some(&number))
            .map(|(_, count)| count)
            .sum()
    }
}

/// Accesses to registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Registers {
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
}

/// Requests of devices, a burst each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// Those of the NVMe controller.
    pub nvme: u64,
    /// Those of all other devices.
    pub others: u64,
    /// That were translated and went on.
    pub translated: u64,
    /// That translation refused.
    pub refused: u64,
    /// That the caches answered.
    pub hits: u64,
}

/// What walks have read from memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Walks {
    /// Walks begun.
    pub begun: u64,
    /// Entries of the device directory above the last level.
    pub directory_entries: u64,
    /// Device contexts.
    pub device_contexts: u64,
    /// Page-table entries, pointers and leaves.
    pub page_table_entries: u64,
    /// Leaves.
    pub leaves: u64,
    /// Leaves by the size of their page: `"4 KiB"`, `"64 KiB"`, `"2 MiB"`, `"1 GiB"`,
    /// `"512 GiB"`, `"256 TiB"`.
    pub leaves_by_size: BTreeMap<String, u64>,
    /// Leaves by the first-stage mode of the device: `"Sv39"`, `"Sv48"`, `"Sv57"`.
    pub leaves_by_mode: BTreeMap<String, u64>,
    /// Leaves with the N bit: NAPOT pages.
    pub napot_leaves: u64,
    /// Updates of the bits A and D that were made.
    pub updates: u64,
    /// Updates that were lost to somebody else's write, and tried again.
    pub updates_lost: u64,
}

/// What the NVMe controller has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Nvme {
    /// Admin commands by name.
    pub admin: BTreeMap<String, u64>,
    /// I/O commands by name.
    pub io: BTreeMap<String, u64>,
    /// Commands that ended with an error, by the status's name.
    pub errors: BTreeMap<String, u64>,
    /// Bytes read from the disk and given to the host.
    pub bytes_read: u64,
    /// Bytes taken from the host and written to the disk.
    pub bytes_written: u64,
    /// Times the controller was enabled.
    pub enabled: u64,
}
