// SPDX-License-Identifier: Apache-2.0
//! "Recording of incoming MSIs to memory-resident interrupt files" of the
//! Advanced Interrupt Architecture, done by the IOMMU.

use sallyport_formats::{Cause, Endian, Spa};

use super::Iommu;
use crate::answer::{Answer, Mrif};
use crate::fault::Fault;
use crate::memory::{MemoryError, MemoryMut};
use crate::request::Request;
use crate::translate::Translation;

/// What became of a write to a page that an MSI PTE in MRIF mode maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterruptFileWrite {
    /// Recorded, and the notice was sent (or met an access fault, which is
    /// reported and of no concern to the device).
    Recorded,
    /// Accepted without effect: no interrupt identity at this offset, or too
    /// large a one.
    Discarded,
    /// Aborted as unsupported: not 32 bits, or not aligned.
    Aborted,
    /// The file could not be updated; reported unless `DC.tc.DTF` is 1.
    Faulted(Cause),
}

impl<M: MemoryMut> Iommu<M> {
    /// Serves a write of `data`, as [`Iommu::request`] does, and where it meets
    /// a memory-resident interrupt file carries it out. Both byte orders of
    /// MSIs are supported. A write to anything else is left to the caller.
    pub fn write(
        &mut self,
        request: &Request,
        data: &[u8],
    ) -> (Translation, Option<InterruptFileWrite>) {
        let translation = self.request(request);
        let Answer::Mrif(mrif) = translation.answer else {
            return (translation, None);
        };
        let outcome = self.write_to_file(&mrif, request.iova.page_offset(), data);
        if let InterruptFileWrite::Faulted(cause) = outcome
            && !translation.dtf
        {
            self.push_record(&Fault::new(cause).record(request));
        }
        (translation, Some(outcome))
    }

    fn write_to_file(&mut self, mrif: &Mrif, offset: u64, data: &[u8]) -> InterruptFileWrite {
        let Ok(bytes) = <[u8; 4]>::try_from(data) else {
            return InterruptFileWrite::Aborted;
        };
        if offset & 3 != 0 {
            return InterruptFileWrite::Aborted;
        }
        // Bit 2 of the address tells the byte order: seteipnum_le is at offset
        // 0 of the page, seteipnum_be at offset 4.
        let identity = Endian::from_bit(offset == 4).u32_from(bytes);
        if offset > 4 || identity >> 11 != 0 {
            return InterruptFileWrite::Discarded;
        }
        match self.set_pending(mrif.address, identity) {
            Ok(()) => {
                self.notify(mrif);
                InterruptFileWrite::Recorded
            }
            Err(MemoryError::AccessFault(_)) => InterruptFileWrite::Faulted(Cause::MrifAccessFault),
            Err(MemoryError::Poison(_)) => InterruptFileWrite::Faulted(Cause::MrifCorrupted),
        }
    }

    /// Sets a pending bit: doubleword 2k of the file holds those of identities
    /// 64k to 64k + 63, in little-endian order always. Identity 0 counts.
    fn set_pending(&mut self, file: Spa, identity: u32) -> Result<(), MemoryError> {
        let at = Spa::new(file.raw() + u64::from(identity / 64) * 16);
        let mut bytes = [0; 8];
        self.read_memory(at, &mut bytes)?;
        let pending = u64::from_le_bytes(bytes) | 1 << (identity % 64);
        self.write_memory(at, &pending.to_le_bytes())
    }

    /// The notice MSI: 32 bits, in little-endian order always.
    fn notify(&mut self, mrif: &Mrif) {
        let data = u32::from(mrif.nid).to_le_bytes();
        if self.write_memory(mrif.notice, &data).is_err() {
            self.report_msi_write_fault(mrif.notice);
        }
    }
}
