// SPDX-License-Identifier: Apache-2.0
//! Memory as one translation uses it: every read is noted down, and a PTE
//! that this translation has updated reads as updated.

use sallyport_formats::{Endian, Gscid, Pscid, Spa};

use crate::memory::{Memory, MemoryError};
use crate::qos::QosIds;
use crate::trace::{Meaning, PteUpdate, SpaceIds, Structure, TableRead};

/// The memory accesses of one translation.
pub(crate) struct Walk<'a> {
    memory: &'a dyn Memory,
    pas: u32,
    reads: Vec<TableRead>,
    updates: Vec<PteUpdate>,
    space: SpaceIds,
    qos: QosIds,
    lookup: Option<SpaceIds>,
}

/// What one translation did.
pub(crate) struct Walked {
    pub reads: Vec<TableRead>,
    pub updates: Vec<PteUpdate>,
    /// The address space that was looked up, if it came so far.
    pub lookup: Option<SpaceIds>,
    /// The identifiers of its last accesses, and of the device's own.
    pub qos: QosIds,
}

/// A PTE in memory: which, where, and in which byte order.
#[derive(Clone, Copy)]
pub(crate) struct PteLocation {
    pub structure: Structure,
    pub address: Spa,
    /// The address that is being translated.
    pub input: u64,
    /// Bytes: 8, or 4 in Sv32 and Sv32x4.
    pub size: u8,
    pub endian: Endian,
}

impl<'a> Walk<'a> {
    /// Starts with no accesses made. `pas` is `capabilities.PAS`: an access
    /// beyond it is an access fault. `qos` is `iommu_qosid`.
    pub fn new(memory: &'a dyn Memory, pas: u32, qos: QosIds) -> Self {
        Self {
            memory,
            pas,
            reads: Vec::new(),
            updates: Vec::new(),
            space: SpaceIds::default(),
            qos,
            lookup: None,
        }
    }

    /// What was done.
    pub fn finish(self) -> Walked {
        Walked {
            reads: self.reads,
            updates: self.updates,
            lookup: self.lookup,
            qos: self.qos,
        }
    }

    /// The device context is known: what follows is done for its guest, with
    /// its identifiers.
    pub fn enter(&mut self, gscid: Option<Gscid>, qos: QosIds) {
        self.space.gscid = gscid;
        self.qos = qos;
    }

    /// The first stage is known, `pscid` where it is not Bare: the address is
    /// now looked up among the cached translations.
    pub fn look_up(&mut self, pscid: Option<Pscid>) {
        self.space.pscid = pscid;
        self.lookup = Some(self.space);
    }

    /// Reads `N` doublewords of a table entry that translates `input`. Byte order counts for each
    /// doubleword ("Endianness of in-memory data structures").
    pub fn read<const N: usize>(
        &mut self,
        structure: Structure,
        address: Spa,
        endian: Endian,
        input: u64,
    ) -> Result<[u64; N], MemoryError> {
        let mut bytes = vec![0; N * 8];
        self.fetch(structure, address, input, &mut bytes)?;
        let mut values = [0; N];
        for (value, bytes) in values.iter_mut().zip(bytes.chunks_exact(8)) {
            *value = assemble(bytes, endian);
        }
        self.note_value(&values);
        Ok(values)
    }

    /// Reads a PTE, as updated by this translation.
    pub fn read_pte(&mut self, at: PteLocation) -> Result<u64, MemoryError> {
        let mut bytes = vec![0; usize::from(at.size)];
        self.fetch(at.structure, at.address, at.input, &mut bytes)?;
        let value = self
            .updates
            .iter()
            .rfind(|update| update.address == at.address)
            .map_or_else(|| assemble(&bytes, at.endian), |update| update.new);
        self.note_value(&[value]);
        Ok(value)
    }

    /// Asks for an atomic update of a PTE.
    pub fn update_pte(&mut self, at: PteLocation, old: u64, new: u64) -> Result<(), MemoryError> {
        if !self.memory.supports_atomic_update(at.address) {
            self.note(Meaning::AccessFault);
            return Err(MemoryError::AccessFault(at.address));
        }
        self.updates.push(PteUpdate {
            structure: at.structure,
            address: at.address,
            size: at.size,
            endian: at.endian,
            old,
            new,
        });
        Ok(())
    }

    /// Says what the entry that was read last turned out to be.
    pub fn note(&mut self, meaning: Meaning) {
        if let Some(read) = self.reads.last_mut() {
            read.meaning = meaning;
        }
    }

    fn note_value(&mut self, values: &[u64]) {
        if let Some(read) = self.reads.last_mut() {
            read.value = values.to_vec();
        }
    }

    fn fetch(
        &mut self,
        structure: Structure,
        address: Spa,
        input: u64,
        bytes: &mut [u8],
    ) -> Result<(), MemoryError> {
        let answer = if address.raw() >> self.pas == 0 {
            self.memory.read(address, bytes)
        } else {
            Err(MemoryError::AccessFault(address))
        };
        self.reads.push(TableRead {
            structure,
            address,
            input,
            value: Vec::new(),
            meaning: match answer {
                Ok(()) => Meaning::Leaf,
                Err(MemoryError::AccessFault(_)) => Meaning::AccessFault,
                Err(MemoryError::Poison(_)) => Meaning::Poison,
            },
            space: self.space,
            qos: self.qos,
        });
        answer
    }
}

/// The value of a PTE or doubleword of up to 8 bytes.
fn assemble(bytes: &[u8], endian: Endian) -> u64 {
    let push = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    match endian {
        Endian::Big => bytes.iter().fold(0, push),
        Endian::Little => bytes.iter().rev().fold(0, push),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::SparseMemory;

    #[test]
    fn byte_order_and_width() {
        let mut memory = SparseMemory::new();
        memory.poke(Spa::new(0x100), &[1, 2, 3, 4, 5, 6, 7, 8]);
        let mut walk = Walk::new(&memory, 56, QosIds::default());
        let mut at = PteLocation {
            structure: Structure::FirstStagePte(0),
            address: Spa::new(0x104),
            input: 0,
            size: 4,
            endian: Endian::Big,
        };
        assert_eq!(walk.read_pte(at), Ok(0x0506_0708));
        at.endian = Endian::Little;
        assert_eq!(walk.read_pte(at), Ok(0x0807_0605));
        assert_eq!(
            walk.read(Structure::MsiPte, Spa::new(0x100), Endian::Big, 0),
            Ok([0x0102_0304_0506_0708])
        );
    }

    #[test]
    fn updates_are_seen_by_later_reads() {
        let memory = SparseMemory::new();
        let mut walk = Walk::new(&memory, 56, QosIds::default());
        let at = PteLocation {
            structure: Structure::SecondStagePte(0),
            address: Spa::new(0x100),
            input: 0,
            size: 8,
            endian: Endian::Little,
        };
        walk.update_pte(at, 0, 0x40).unwrap();
        assert_eq!(walk.read_pte(at), Ok(0x40));
        assert_eq!(
            walk.finish().updates[0].bytes(),
            [0x40, 0, 0, 0, 0, 0, 0, 0]
        );
    }

    #[test]
    fn beyond_the_physical_address_size() {
        let memory = SparseMemory::new();
        let mut walk = Walk::new(&memory, 44, QosIds::default());
        let beyond = Spa::new(1 << 44);
        assert_eq!(
            walk.read::<1>(Structure::MsiPte, beyond, Endian::Little, 0),
            Err(MemoryError::AccessFault(beyond))
        );
    }
}
