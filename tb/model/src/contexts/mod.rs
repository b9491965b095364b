// SPDX-License-Identifier: Apache-2.0
//! Device and process contexts: how they are located, and the checks they
//! must pass.

pub(crate) mod device_checks;
pub(crate) mod locate_device;
pub(crate) mod locate_process;

use sallyport_formats::Cause;
use sallyport_formats::directory::DirectoryEntry;

use crate::fault::Fault;
use crate::memory::MemoryError;
use crate::trace::Meaning;
use crate::walk::Walk;

/// What the faults of a directory are called; device and process directories
/// have the same ones by other names.
pub(crate) struct Directory {
    access_fault: Cause,
    corrupted: Cause,
    not_valid: Cause,
    misconfigured: Cause,
}

/// The device directory.
pub(crate) const DDT: Directory = Directory {
    access_fault: Cause::DdtAccessFault,
    corrupted: Cause::DdtCorrupted,
    not_valid: Cause::DdtInvalid,
    misconfigured: Cause::DdtMisconfigured,
};

/// A process directory.
pub(crate) const PDT: Directory = Directory {
    access_fault: Cause::PdtAccessFault,
    corrupted: Cause::PdtCorrupted,
    not_valid: Cause::PdtInvalid,
    misconfigured: Cause::PdtMisconfigured,
};

impl Directory {
    /// The fault where memory does not give an entry.
    pub fn memory_fault(&self, error: MemoryError) -> Fault {
        Fault::new(match error {
            MemoryError::AccessFault(_) => self.access_fault,
            MemoryError::Poison(_) => self.corrupted,
        })
    }

    /// The address of the table that a non-leaf entry, which has just been
    /// read, points to ("Non-leaf DDT entry", "Non-leaf PDT entry").
    pub fn next_table(&self, walk: &mut Walk<'_>, value: u64) -> Result<u64, Fault> {
        let entry = DirectoryEntry::parse(value);
        self.check(walk, entry.v, value & !DirectoryEntry::FIELDS != 0)?;
        let table = entry.ppn << 12;
        walk.note(Meaning::NextTable(table));
        Ok(table)
    }

    /// Refuses an entry or a context, which has just been read, that is not
    /// valid or else misconfigured.
    pub fn check(
        &self,
        walk: &mut Walk<'_>,
        is_valid: bool,
        is_misconfigured: bool,
    ) -> Result<(), Fault> {
        if !is_valid {
            walk.note(Meaning::NotValid);
            Err(Fault::new(self.not_valid))
        } else if is_misconfigured {
            walk.note(Meaning::Refused);
            Err(Fault::new(self.misconfigured))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::SparseMemory;
    use crate::qos::QosIds;

    #[test]
    fn non_leaf_entries() {
        let memory = SparseMemory::new();
        let mut walk = Walk::new(&memory, 56, QosIds::default());
        let mut next = |value| PDT.next_table(&mut walk, value);
        assert_eq!(next(!1), Err(Fault::new(Cause::PdtInvalid)));
        assert_eq!(next(0xc01), Ok(0x3000));
        for bit in (1..10).chain(54..64) {
            let fault = Fault::new(Cause::PdtMisconfigured);
            assert_eq!(next(1 | 1 << bit), Err(fault), "bit {bit}");
        }
    }
}
