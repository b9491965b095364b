// SPDX-License-Identifier: Apache-2.0
//! The first stage: I/O virtual to guest-physical addresses, every table
//! access itself translated by the second stage.

use sallyport_formats::{Cause, Endian, Gpa, Iova, Pbmt, Pte};

use super::accessed_dirty::{AccessedDirty, judge};
use super::pte::{Kind, kind};
use super::scheme::{Mode, Scheme};
use super::second_stage::SecondStage;
use super::{Permissions, StageError, Wanted};
use crate::fault::{
    Fault, GuestFault, SecondStagePurpose, access_fault, guest_page_fault, page_fault,
};
use crate::memory::MemoryError;
use crate::request::Access;
use crate::trace::{Meaning, Structure};
use crate::walk::{PteLocation, Walk};

/// The first stage of one address space, as one request goes through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstStage {
    /// `iosatp.MODE`, or that of the process context.
    pub mode: Mode,
    /// The root table, a guest-physical address.
    pub root: Gpa,
    /// `DC.tc.SADE`.
    pub update_accessed_dirty: bool,
    /// `DC.tc.SBE`.
    pub endian: Endian,
    /// The request has supervisor privilege.
    pub privileged: bool,
    /// `PC.ta.SUM`.
    pub sum: bool,
    /// What the request asks for.
    pub wanted: Wanted,
    /// The request's access, by which faults are named.
    pub access: Access,
    /// The stage that translates the addresses of the tables.
    pub second: SecondStage,
}

/// What the first stage makes of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstStagePage {
    pub gpa: Gpa,
    pub permissions: Permissions,
    pub pbmt: Pbmt,
    /// Bytes of the page; `None` in Bare mode.
    pub size: Option<u64>,
    /// G is set in the leaf or in a pointer on the way to it.
    pub global: bool,
}

impl FirstStagePage {
    /// What Bare mode makes of an address.
    pub fn bare(gpa: Gpa) -> Self {
        Self {
            gpa,
            permissions: Permissions::ALL,
            pbmt: Pbmt::Pma,
            size: None,
            global: false,
        }
    }
}

/// Turns what the second stage found on an access for the first stage into
/// the fault to report, always in the family of the original access.
pub(crate) fn stage_fault(
    error: StageError,
    access: Access,
    gpa: Gpa,
    purpose: SecondStagePurpose,
) -> Fault {
    match error {
        StageError::Memory(error) => memory_fault(error, access),
        StageError::NotPermitted => Fault {
            cause: guest_page_fault(access),
            guest: Some(GuestFault {
                address: gpa,
                purpose,
            }),
        },
    }
}

fn memory_fault(error: MemoryError, access: Access) -> Fault {
    Fault::new(match error {
        MemoryError::AccessFault(_) => access_fault(access),
        MemoryError::Poison(_) => Cause::PtCorrupted,
    })
}

impl FirstStage {
    /// Translates an IOVA.
    pub fn translate(&self, walk: &mut Walk<'_>, iova: Iova) -> Result<FirstStagePage, Fault> {
        let Mode::Paged(scheme) = self.mode else {
            return Ok(FirstStagePage::bare(iova.as_gpa()));
        };
        let page_fault = Fault::new(page_fault(self.access));
        if !is_in_range(scheme, iova) {
            return Err(page_fault);
        }
        let mut table = self.root;
        let mut global = false;
        for level in (0..scheme.levels).rev() {
            let gpa = Gpa::new(table.raw() + scheme.pte_offset(iova.raw(), level));
            let at = self.locate(walk, scheme, level, (iova, gpa))?;
            let value = walk
                .read_pte(at)
                .map_err(|error| memory_fault(error, self.access))?;
            match kind(value, scheme, level, self.second.capabilities) {
                Kind::NotValid => {
                    walk.note(Meaning::NotValid);
                    return Err(page_fault);
                }
                Kind::Reserved => {
                    walk.note(Meaning::Refused);
                    return Err(page_fault);
                }
                Kind::NextTable(pte) => {
                    global |= pte.g;
                    table = Gpa::new(pte.ppn << 12);
                    walk.note(Meaning::NextTable(table.raw()));
                }
                Kind::Leaf(leaf) => {
                    if !self.permits(&leaf.pte) {
                        walk.note(Meaning::Refused);
                        return Err(page_fault);
                    }
                    let permissions = self.set_accessed_dirty(walk, at, gpa, value, &leaf.pte)?;
                    return Ok(FirstStagePage {
                        gpa: Gpa::new(leaf.apply(iova.raw())),
                        permissions,
                        pbmt: leaf.pte.pbmt,
                        size: Some(leaf.size),
                        global: global || leaf.pte.g,
                    });
                }
            }
        }
        Err(page_fault)
    }

    /// Where the PTE at `gpa` lies: the second stage translates an implicit
    /// read.
    fn locate(
        &self,
        walk: &mut Walk<'_>,
        scheme: Scheme,
        level: u32,
        (iova, gpa): (Iova, Gpa),
    ) -> Result<PteLocation, Fault> {
        let page = self
            .second
            .translate(walk, gpa, Wanted::READ)
            .map_err(|error| {
                stage_fault(error, self.access, gpa, SecondStagePurpose::ImplicitRead)
            })?;
        Ok(PteLocation {
            structure: Structure::FirstStagePte(level as u8),
            address: page.spa,
            input: iova.raw(),
            size: scheme.pte_bytes,
            endian: self.endian,
        })
    }

    /// U and SUM, which a translation request cannot do without either, and
    /// R, W, X, of which its answer tells ("Process-context fields", `ENS` and
    /// `SUM`).
    fn permits(&self, pte: &Pte) -> bool {
        let privilege = match (self.privileged, pte.u) {
            (false, u) => u,
            (true, true) => self.sum && !self.wanted.execute,
            (true, false) => true,
        };
        privilege && self.wanted.is_granted_by(pte)
    }

    /// A and D. The update is an implicit write, for which the second stage
    /// must permit writing the page of the PTE.
    fn set_accessed_dirty(
        &self,
        walk: &mut Walk<'_>,
        at: PteLocation,
        gpa: Gpa,
        value: u64,
        pte: &Pte,
    ) -> Result<Permissions, Fault> {
        match judge(pte, self.wanted, self.update_accessed_dirty) {
            AccessedDirty::UpToDate => Ok(Permissions::of(pte)),
            AccessedDirty::Fault => {
                walk.note(Meaning::Refused);
                Err(Fault::new(page_fault(self.access)))
            }
            AccessedDirty::Set(bits) => {
                self.second
                    .translate(walk, gpa, Wanted::WRITE)
                    .map_err(|error| {
                        stage_fault(error, self.access, gpa, SecondStagePurpose::ImplicitWrite)
                    })?;
                walk.update_pte(at, value, value | bits)
                    .map_err(|error| memory_fault(error, self.access))?;
                Ok(Permissions::of(&Pte::parse(value | bits)))
            }
        }
    }
}

/// An IOVA of 64 bits is the sign extension of its translated bits; one of
/// Sv32 has zeros above bit 31 (`DC.tc.SXL`).
fn is_in_range(scheme: Scheme, iova: Iova) -> bool {
    if scheme == Scheme::SV32 {
        iova.raw() >> scheme.address_bits == 0
    } else {
        iova.is_canonical(scheme.address_bits)
    }
}
