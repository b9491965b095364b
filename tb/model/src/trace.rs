// SPDX-License-Identifier: Apache-2.0
//! What a translation did with memory: the reads it made, with their
//! meaning, and the updates of A and D bits it asks for.

use std::fmt;

use sallyport_formats::constants as c;
use sallyport_formats::{Endian, Gscid, Pscid, Spa};

use crate::qos::QosIds;

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

impl Structure {
    /// The event that counts reads of this structure ("Standard Events list",
    /// `HPM_EVENT_…`); MSI page tables have none.
    #[must_use]
    pub fn event(self) -> Option<u64> {
        match self {
            Self::DdtEntry(_) | Self::DeviceContext => Some(c::HPM_EVENT_DDT_WALK),
            Self::PdtEntry(_) | Self::ProcessContext => Some(c::HPM_EVENT_PDT_WALK),
            Self::FirstStagePte(_) => Some(c::HPM_EVENT_FIRST_STAGE_WALK),
            Self::SecondStagePte(_) => Some(c::HPM_EVENT_SECOND_STAGE_WALK),
            Self::MsiPte => None,
        }
    }
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

/// The address space that an access is made for: what counters with filter id
/// type 1 compare ("Performance-monitoring event selectors").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpaceIds {
    /// `GSCID`, where the second stage is not Bare.
    pub gscid: Option<Gscid>,
    /// `PSCID`, where the first stage is known by then and not Bare.
    pub pscid: Option<Pscid>,
}

/// One read of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRead {
    /// What was read.
    pub structure: Structure,
    /// Where it lies.
    pub address: Spa,
    /// What a page table or MSI page table is asked to translate: an IOVA in the
    /// first stage, a guest-physical address elsewhere; 0 in directories.
    pub input: u64,
    /// Its doublewords as values, whatever the endianness; one for a PTE of
    /// 4 bytes; none where memory did not answer.
    pub value: Vec<u64>,
    /// What it turned out to be.
    pub meaning: Meaning,
    /// The address space it was read for.
    pub space: SpaceIds,
    /// The identifiers that go with the read; those of an update of the same
    /// entry are the same.
    pub qos: QosIds,
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
