// SPDX-License-Identifier: Apache-2.0
//! Counts while it happens.

use super::{Counters, Nvme, Registers, Walks};
use crate::nvme::NVME_ID;
use crate::simulation::{Function, Shared};
use sallyport_formats::{DeviceId, Pte};
use sallyport_log::{Fence, Line, MemoryAccess, MemoryAccessKind, Outcome, Transaction};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The counters, for several threads.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    counters: Counters,
    /// The first-stage mode of each device, from the last context that was read.
    modes: BTreeMap<DeviceId, String>,
}

impl Tally {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Software accesses a register.
    pub fn register(&self, function: Function, write: bool) {
        let counters = &mut self.lock().counters;
        let Registers { reads, writes } = match function {
            Function::Iommu => &mut counters.iommu_registers,
            Function::Nvme => &mut counters.nvme_registers,
        };
        *(if write { writes } else { reads }) += 1;
    }

    /// Software accesses what does not exist.
    pub fn malformed(&self) {
        self.lock().counters.malformed_accesses += 1;
    }

    /// What the bench has counted.
    pub fn hardware(&self, hardware: &sallyport_bench::Counters) {
        let counters = &mut self.lock().counters;
        counters.clocks = hardware.clocks;
        counters.walks.begun = hardware.walks;
        counters.requests.hits = hardware.hits;
    }

    /// The NVMe controller has done something.
    pub fn nvme(&self, count: impl FnOnce(&mut Nvme)) {
        count(&mut self.lock().counters.nvme);
    }

    /// A line of the log.
    pub fn line(&self, line: &Line) {
        let mut state = self.lock();
        let state = &mut *state;
        match line {
            Line::Transaction(transaction) => state.transaction(transaction),
            Line::Invalidation(invalidation) => state.invalidation(&invalidation.command),
            Line::Fence(fence) => state.fence(fence),
            Line::Record(record) => state.fault(record.cause, &record.name),
            Line::Log(_) | Line::Reset(_) => {}
        }
    }
}

impl Shared {
    /// All counters, now.
    pub fn snapshot(&self) -> Counters {
        let fired = |vectors: &crate::function::Vectors| {
            (0..)
                .zip(vectors.fired())
                .filter(|(_, count)| *count > 0)
                .collect()
        };
        Counters {
            iommu_interrupts: fired(&self.iommu_vectors),
            nvme_interrupts: fired(&self.nvme_vectors),
            ..self.tally.lock().counters.clone()
        }
    }
}

impl State {
    fn transaction(&mut self, transaction: &Transaction) {
        let requests = &mut self.counters.requests;
        let device = transaction.request.device_id;
        *(if device == NVME_ID {
            &mut requests.nvme
        } else {
            &mut requests.others
        }) += 1;
        match transaction.outcome {
            Outcome::Translated => requests.translated += 1,
            Outcome::Refused => requests.refused += 1,
            Outcome::Unsupported | Outcome::CutOff | Outcome::Unfinished => {}
        }
        for access in transaction.walks.iter().flat_map(|walk| &walk.accesses) {
            self.access(device, access);
        }
        if let Some(record) = &transaction.record {
            self.fault(record.cause, &record.name);
        }
    }

    fn access(&mut self, device: DeviceId, access: &MemoryAccess) {
        let walks = &mut self.counters.walks;
        let meaning = access.meaning.as_str();
        match access.kind {
            MemoryAccessKind::Read if meaning.starts_with("DDT") => walks.directory_entries += 1,
            MemoryAccessKind::Read if meaning.starts_with("device context") => {
                walks.device_contexts += 1;
                if let Some(mode) = after(meaning, "iosatp ") {
                    self.modes.insert(device, mode.to_owned());
                }
            }
            MemoryAccessKind::Read if meaning.starts_with("PTE") => {
                leaf(walks, access, self.modes.get(&device));
            }
            MemoryAccessKind::ExclusiveWrite if access.response.as_deref() == Some("EXOKAY") => {
                walks.updates += 1;
            }
            MemoryAccessKind::ExclusiveWrite => walks.updates_lost += 1,
            MemoryAccessKind::Read | MemoryAccessKind::ExclusiveRead => {}
        }
    }

    fn invalidation(&mut self, text: &str) {
        let mut words = text.split(' ');
        let name = words.next().unwrap_or_default();
        // A write of ddtp is told as well; it is no command.
        if !name.starts_with("IO") {
            return;
        }
        let bits = words.filter_map(|word| match word {
            "DID" => Some("DV"),
            "GSCID" => Some("GV"),
            "PSCID" => Some("PSCV"),
            "ADDR" => Some("AV"),
            "S" | "NL" => Some(word),
            _ => None,
        });
        let key = std::iter::once(name).chain(bits).collect::<Vec<_>>();
        self.command(key.join(" "));
    }

    fn fence(&mut self, fence: &Fence) {
        let (bits, writes) = match fence.command.split_once(',') {
            Some((bits, _)) => (bits, " AV"),
            None => (fence.command.as_str(), ""),
        };
        self.command(format!("{bits}{writes}"));
    }

    fn command(&mut self, key: String) {
        *self.counters.commands.entry(key).or_default() += 1;
    }

    fn fault(&mut self, cause: u16, name: &str) {
        let key = format!("{cause} {name}");
        *self.counters.faults.entry(key).or_default() += 1;
    }
}

/// The word after `mark`.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(mark)?;
    rest.split([' ', ',']).next()
}

fn leaf(walks: &mut Walks, access: &MemoryAccess, mode: Option<&String>) {
    walks.page_table_entries += 1;
    let Some((_, page)) = access.meaning.split_once(", page ") else {
        return;
    };
    walks.leaves += 1;
    if let Some((size, _)) = page.split_once(" at ") {
        *walks.leaves_by_size.entry(size.to_owned()).or_default() += 1;
    }
    if let Some(mode) = mode {
        *walks.leaves_by_mode.entry(mode.clone()).or_default() += 1;
    }
    let entry = access.value.first().map(|word| Pte::parse(word.0));
    if entry.is_some_and(|entry| entry.n) {
        walks.napot_leaves += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_log::Invalidation;

    fn told(commands: &[&str]) -> Counters {
        let tally = Tally::default();
        for command in commands {
            tally.line(&Line::Invalidation(Invalidation {
                clock: 1,
                command: (*command).to_owned(),
            }));
        }
        tally.lock().counters.clone()
    }

    #[test]
    fn invalidations_are_told_apart_by_their_bits() {
        let counters = told(&[
            "IODIR.INVAL_DDT all devices",
            "IODIR.INVAL_DDT DID 0x000008",
            "IOTINVAL.VMA all addresses",
            "IOTINVAL.VMA PSCID 0x00007 ADDR 0x5000",
            "IOTINVAL.VMA PSCID 0x00007 ADDR 0x5f000 S NL",
            "write of ddtp",
        ]);
        let keys: Vec<_> = counters.commands.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "IODIR.INVAL_DDT",
                "IODIR.INVAL_DDT DV",
                "IOTINVAL.VMA",
                "IOTINVAL.VMA PSCV AV",
                "IOTINVAL.VMA PSCV AV S NL",
            ]
        );
        assert_eq!(counters.command("IOTINVAL.VMA", &["PSCV"]), 2);
        assert_eq!(counters.command("IOTINVAL.VMA", &[]), 3);
        assert_eq!(counters.command("IOTINVAL.GVMA", &[]), 0);
    }

    #[test]
    fn fences_are_told_apart_by_their_bits() {
        let tally = Tally::default();
        for command in ["IOFENCE.C PR PW", "IOFENCE.C PR PW, DATA 0x1 to 0x9000"] {
            tally.line(&Line::Fence(Fence {
                fetched: 1,
                command: command.to_owned(),
                written: None,
            }));
        }
        let counters = tally.lock().counters.clone();
        assert_eq!(counters.command("IOFENCE.C", &["PR"]), 2);
        assert_eq!(counters.command("IOFENCE.C", &["AV"]), 1);
    }

    #[test]
    fn a_fault_is_found_by_its_number() {
        let mut state = State::default();
        state.fault(13, "read page fault");
        state.fault(1, "instruction access fault");
        assert_eq!(state.counters.fault(13), 1);
        assert_eq!(state.counters.fault(3), 0);
    }
}
