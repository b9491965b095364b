// SPDX-License-Identifier: Apache-2.0
//! The second stage: guest-physical to physical addresses ("Guest physical
//! address translation" of the Privileged specification).

use sallyport_formats::regs::Capabilities;
use sallyport_formats::{Endian, Gpa, Pbmt, Pte, Spa};

use super::accessed_dirty::{AccessedDirty, judge};
use super::pte::{Kind, Leaf, kind};
use super::scheme::{Mode, Scheme};
use super::{Permissions, StageError, Wanted};
use crate::trace::{Meaning, Structure};
use crate::walk::{PteLocation, Walk};

/// The second stage of one device context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SecondStage {
    /// `iohgatp.MODE`.
    pub mode: Mode,
    /// The root table, from `iohgatp.PPN`.
    pub root: Spa,
    /// `DC.tc.GADE`.
    pub update_accessed_dirty: bool,
    /// `fctl.BE`.
    pub endian: Endian,
    /// `DC.tc.SXL`: guest-physical addresses have 34 bits.
    pub sxl: bool,
    pub capabilities: Capabilities,
}

/// What the second stage makes of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SecondStagePage {
    pub spa: Spa,
    pub permissions: Permissions,
    pub pbmt: Pbmt,
    /// Bytes of the page; `None` in Bare mode.
    pub size: Option<u64>,
}

impl SecondStage {
    /// Translates a guest-physical address.
    pub fn translate(
        &self,
        walk: &mut Walk<'_>,
        gpa: Gpa,
        wanted: Wanted,
    ) -> Result<SecondStagePage, StageError> {
        let Mode::Paged(scheme) = self.mode else {
            return Ok(SecondStagePage {
                spa: gpa.as_spa(),
                permissions: Permissions::ALL,
                pbmt: Pbmt::Pma,
                size: None,
            });
        };
        self.check_width(scheme, gpa)?;
        self.walk_tables(walk, scheme, gpa, wanted)
    }

    /// Bits above the scheme's address must be zero; with SXL=1, so must
    /// those above bit 33.
    fn check_width(&self, scheme: Scheme, gpa: Gpa) -> Result<(), StageError> {
        let bits = if self.sxl {
            scheme.address_bits.min(Scheme::SV32.x4().address_bits)
        } else {
            scheme.address_bits
        };
        if gpa.raw() >> bits == 0 {
            Ok(())
        } else {
            Err(StageError::NotPermitted)
        }
    }

    fn walk_tables(
        &self,
        walk: &mut Walk<'_>,
        scheme: Scheme,
        gpa: Gpa,
        wanted: Wanted,
    ) -> Result<SecondStagePage, StageError> {
        let mut table = self.root.raw();
        for level in (0..scheme.levels).rev() {
            let at = PteLocation {
                structure: Structure::SecondStagePte(level as u8),
                address: Spa::new(table + scheme.pte_offset(gpa.raw(), level)),
                input: gpa.raw(),
                size: scheme.pte_bytes,
                endian: self.endian,
            };
            let value = walk.read_pte(at)?;
            match kind(value, scheme, level, self.capabilities) {
                Kind::NotValid => {
                    walk.note(Meaning::NotValid);
                    return Err(StageError::NotPermitted);
                }
                Kind::Reserved => {
                    walk.note(Meaning::Refused);
                    return Err(StageError::NotPermitted);
                }
                Kind::NextTable(pte) => {
                    table = pte.ppn << 12;
                    walk.note(Meaning::NextTable(table));
                }
                Kind::Leaf(leaf) => return self.use_leaf(walk, at, value, leaf, gpa, wanted),
            }
        }
        Err(StageError::NotPermitted)
    }

    /// Permissions, then A and D. U must be 1 as every access counts as one
    /// without supervisor privilege; G means nothing here.
    fn use_leaf(
        &self,
        walk: &mut Walk<'_>,
        at: PteLocation,
        value: u64,
        leaf: Leaf,
        gpa: Gpa,
        wanted: Wanted,
    ) -> Result<SecondStagePage, StageError> {
        let pte = &leaf.pte;
        let verdict = if pte.u && wanted.is_granted_by(pte) {
            judge(pte, wanted, self.update_accessed_dirty)
        } else {
            AccessedDirty::Fault
        };
        let mut permissions = Permissions::of(pte);
        match verdict {
            AccessedDirty::UpToDate => {}
            AccessedDirty::Set(bits) => {
                walk.update_pte(at, value, value | bits)?;
                permissions = Permissions::of(&Pte::parse(value | bits));
            }
            AccessedDirty::Fault => {
                walk.note(Meaning::Refused);
                return Err(StageError::NotPermitted);
            }
        }
        Ok(SecondStagePage {
            spa: Spa::new(leaf.apply(gpa.raw())),
            permissions,
            pbmt: pte.pbmt,
            size: Some(leaf.size),
        })
    }
}
