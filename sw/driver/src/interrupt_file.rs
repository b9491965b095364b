// SPDX-License-Identifier: Apache-2.0
//! Memory-resident interrupt files ("Format of a memory-resident interrupt
//! file" of the Advanced Interrupt Architecture).

use sallyport_formats::{MsiPte, OutOfRange, Spa};

use crate::Error;
use crate::memory::{Memory, word_at};

/// A memory-resident interrupt file: 512 bytes, at a multiple of that, in
/// little-endian order whatever the IOMMU is set to.
///
/// The IOMMU sets pending bits at any time. Software clears them with
/// [`Memory::and64`], which has to be atomic towards the IOMMU
/// (`capabilities.AMO_MRIF`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterruptFile {
    at: Spa,
}

impl InterruptFile {
    /// Bytes of a file.
    pub const BYTES: u64 = 512;
    /// Interrupt identities of a file; 0 is none that a hart can take, but the
    /// IOMMU records it.
    pub const IDENTITIES: u32 = 2048;

    /// The file at this address, which is zero so far or holds one already.
    ///
    /// # Errors
    /// [`Error::Unaligned`].
    pub const fn at(at: Spa) -> Result<Self, Error> {
        if at.is_aligned_to(Self::BYTES) {
            Ok(Self { at })
        } else {
            Err(Error::Unaligned(at.raw()))
        }
    }

    /// Where it lies.
    #[must_use]
    pub const fn address(&self) -> Spa {
        self.at
    }

    /// The entry that has MSIs recorded here, each followed by a notice: `nid`
    /// (11 bits) is written to `notice`, a page.
    ///
    /// # Errors
    /// [`Error::Unaligned`]; [`Error::OutOfRange`] if `nid` has more bits.
    pub fn entry(&self, nid: u16, notice: Spa) -> Result<MsiPte, Error> {
        if notice.page_offset() != 0 {
            return Err(Error::Unaligned(notice.raw()));
        }
        if u32::from(nid) >= Self::IDENTITIES {
            return Err(Error::OutOfRange(OutOfRange {
                field: "NID",
                bits: 11,
                value: nid.into(),
            }));
        }
        Ok(MsiPte::Mrif {
            file: self.at,
            nid,
            notice_ppn: notice.page_number(),
        })
    }

    fn pending_word(&self, identity: u32) -> Spa {
        word_at(self.at, u64::from(identity / 64) * 2)
    }

    /// Whether an interrupt is pending. `identity` is below
    /// [`Self::IDENTITIES`].
    #[must_use]
    pub fn is_pending<M: Memory>(&self, mem: &M, identity: u32) -> bool {
        mem.read64(self.pending_word(identity)) >> (identity % 64) & 1 != 0
    }

    /// Makes an interrupt no longer pending; true if it was.
    pub fn take<M: Memory>(&self, mem: &mut M, identity: u32) -> bool {
        let bit = 1 << (identity % 64);
        mem.and64(self.pending_word(identity), !bit) & bit != 0
    }

    /// Enables or disables an interrupt. The IOMMU records and gives notice
    /// all the same: the bit is for whoever emulates the file.
    pub fn enable<M: Memory>(&self, mem: &mut M, identity: u32, enabled: bool) {
        let at = Spa::new(self.pending_word(identity).raw() + 8);
        let bit = 1 << (identity % 64);
        let rest = mem.read64(at) & !bit;
        mem.write64(at, if enabled { rest | bit } else { rest });
    }

    /// The lowest interrupt from `from` on that is pending and enabled.
    #[must_use]
    pub fn next<M: Memory>(&self, mem: &M, from: u32) -> Option<u32> {
        (from / 64..Self::IDENTITIES / 64)
            .flat_map(|k| {
                let at = self.pending_word(64 * k);
                let active = mem.read64(at) & mem.read64(Spa::new(at.raw() + 8));
                (0..64)
                    .filter(move |bit| active >> bit & 1 != 0)
                    .map(move |bit| 64 * k + bit)
            })
            .find(|&identity| identity >= from)
    }
}
