// SPDX-License-Identifier: Apache-2.0
//! What a translation did with memory: the reads it made, with their
//! meaning, and the updates of A and D bits it asks for.

use std::fmt;

use sallyport_formats::{Endian, Spa};

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Structure {
    /// A non-leaf entry of the device directory at this level (2 or 1).
    DdtEntry(u8),
    /// A device context.
    DeviceContext,
    /// A non-leaf entry of a process directory at this level (2 or 1).
    PdtEntry(u8),
    /// A process context.
    ProcessContext,
    /// A first-stage PTE at this level.
    FirstStagePte(u8),
    /// A second-stage PTE at this level.
    SecondStagePte(u8),
    /// An MSI page-table entry.
    MsiPte,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DdtEntry(level) => write!(f, "DDT entry, level {level}"),
            Self::DeviceContext => f.write_str("device context"),
            Self::PdtEntry(level) => write!(f, "PDT entry, level {level}"),
            Self::ProcessContext => f.write_str("process context"),
            Self::FirstStagePte(level) => write!(f, "first-stage PTE, level {level}"),
            Self::SecondStagePte(level) => write!(f, "second-stage PTE, level {level}"),
            Self::MsiPte => f.write_str("MSI PTE"),
        }
    }
}

/// What an entry that was read turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Points to the next table.
    NextTable(u64),
    /// The end of this walk: a page, or a context that will be used.
    Leaf,
    /// V is 0.
    NotValid,
    /// V is 1 but the entry breaks a rule, or does not permit the access.
    Refused,
    /// Memory did not give it: access fault.
    AccessFault,
    /// Memory did not give it: corrupt data.
    Poison,
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NextTable(address) => write!(f, "next table at {address:#x}"),
            Self::Leaf => f.write_str("leaf"),
            Self::NotValid => f.write_str("not valid"),
            Self::Refused => f.write_str("refused"),
            Self::AccessFault => f.write_str("access fault"),
            Self::Poison => f.write_str("corrupt data"),
        }
    }
}

/// One read of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRead {
    /// What was read.
    pub structure: Structure,
    /// Where it lies.
    pub address: Spa,
    /// Its doublewords as values, whatever the endianness; one for a PTE of
    /// 4 bytes; none where memory did not answer.
    pub value: Vec<u64>,
    /// What it turned out to be.
    pub meaning: Meaning,
}

impl fmt::Display for TableRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}:", self.structure, self.address)?;
        for value in &self.value {
            write!(f, " {value:#018x}")?;
        }
        write!(f, ": {}", self.meaning)
    }
}

/// One atomic update of A and D bits in a PTE ("IOMMU updating of PTE
/// accessed (A) and dirty (D) updates").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PteUpdate {
    /// Which stage's PTE it is.
    pub structure: Structure,
    /// Where it lies.
    pub address: Spa,
    /// Bytes of the PTE: 8, or 4 in Sv32 and Sv32x4.
    pub size: u8,
    /// Byte order of the PTE in memory.
    pub endian: Endian,
    /// The value that was read.
    pub old: u64,
    /// The value to write.
    pub new: u64,
}

impl PteUpdate {
    /// The bytes to write, lowest address first.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let size = usize::from(self.size);
        match self.endian {
            Endian::Big => self.new.to_be_bytes()[8 - size..].to_vec(),
            Endian::Little => self.new.to_le_bytes()[..size].to_vec(),
        }
    }
}
