// SPDX-License-Identifier: Apache-2.0
//! A and D bits ("IOMMU updating of PTE accessed (A) and dirty (D) updates").

use sallyport_formats::Pte;
use sallyport_formats::constants as c;

use super::Wanted;

/// What a leaf needs before it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessedDirty {
    /// Nothing: A is 1, and D too if it matters.
    UpToDate,
    /// These bits of the PTE have to be set first.
    Set(u64),
    /// A bit is 0 and software wants to be told by a fault.
    Fault,
}

/// Judges a leaf whose permissions have been checked. `enabled` is
/// `DC.tc.SADE` in the first stage and `DC.tc.GADE` in the second.
///
/// A translation request may ask for write permission that the page does not
/// have; D is of no concern then.
pub(crate) fn judge(pte: &Pte, wanted: Wanted, enabled: bool) -> AccessedDirty {
    let dirty = wanted.write && pte.w;
    if pte.a && (pte.d || !dirty) {
        AccessedDirty::UpToDate
    } else if enabled {
        AccessedDirty::Set(1 << c::PTE_A_BIT | u64::from(dirty) << c::PTE_D_BIT)
    } else {
        AccessedDirty::Fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RW: u64 = 0x7;
    const A: u64 = 0x40;
    const D: u64 = 0x80;

    #[test]
    fn reads_need_a_and_writes_need_d() {
        let judge = |value, wanted, enabled| judge(&Pte::parse(value), wanted, enabled);
        assert_eq!(judge(RW | A, Wanted::READ, false), AccessedDirty::UpToDate);
        assert_eq!(judge(RW | A, Wanted::WRITE, false), AccessedDirty::Fault);
        assert_eq!(judge(RW | D, Wanted::READ, false), AccessedDirty::Fault);
        assert_eq!(judge(RW, Wanted::READ, true), AccessedDirty::Set(A));
        assert_eq!(
            judge(RW | A, Wanted::WRITE, true),
            AccessedDirty::Set(A | D)
        );
    }
}
