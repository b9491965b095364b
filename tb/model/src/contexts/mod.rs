// SPDX-License-Identifier: Apache-2.0
//! Device and process contexts: how they are located, and the checks they
//! must pass.

pub(crate) mod device_checks;
pub(crate) mod locate_device;
pub(crate) mod locate_process;

use sallyport_formats::directory::DirectoryEntry;

/// What a non-leaf entry of a directory turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NonLeaf {
    /// V is 0.
    NotValid,
    /// A reserved bit is set.
    Misconfigured,
    /// The address of the next table.
    NextTable(u64),
}

/// Checks "Non-leaf DDT entry" and "Non-leaf PDT entry".
pub(crate) fn check_non_leaf(value: u64) -> NonLeaf {
    let entry = DirectoryEntry::parse(value);
    if !entry.v {
        NonLeaf::NotValid
    } else if value & !DirectoryEntry::FIELDS != 0 {
        NonLeaf::Misconfigured
    } else {
        NonLeaf::NextTable(entry.ppn << 12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_entries() {
        assert_eq!(check_non_leaf(!1), NonLeaf::NotValid);
        assert_eq!(check_non_leaf(0xc01), NonLeaf::NextTable(0x3000));
        for bit in (1..10).chain(54..64) {
            let value = 1 | 1 << bit;
            assert_eq!(check_non_leaf(value), NonLeaf::Misconfigured, "bit {bit}");
        }
    }
}
