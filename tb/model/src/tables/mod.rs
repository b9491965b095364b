// SPDX-License-Identifier: Apache-2.0
//! Page tables of both stages ("Two-Stage Address Translation" of the
//! Privileged specification, as the process to translate an IOVA uses it).

pub(crate) mod accessed_dirty;
pub(crate) mod first_stage;
pub(crate) mod pte;
pub(crate) mod scheme;
pub(crate) mod second_stage;

use sallyport_formats::Pte;

use crate::memory::MemoryError;

/// Why a stage did not translate an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StageError {
    /// Memory did not give a PTE.
    Memory(MemoryError),
    /// The stage does not map the address, or not for this access.
    NotPermitted,
}

impl From<MemoryError> for StageError {
    fn from(error: MemoryError) -> Self {
        Self::Memory(error)
    }
}

/// What a stage is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub read: bool,
    pub write: bool,
    pub execute: bool,
    /// A missing permission is a fault. In translation requests it is not:
    /// the answer says which permissions there are.
    pub enforced: bool,
}

impl Wanted {
    /// What an implicit read needs.
    pub const READ: Self = Self {
        read: true,
        write: false,
        execute: false,
        enforced: true,
    };

    /// What an implicit A/D update needs.
    pub const WRITE: Self = Self {
        read: false,
        write: true,
        execute: false,
        enforced: true,
    };

    /// Whether R, W and X of a leaf suffice.
    pub fn is_granted_by(self, pte: &Pte) -> bool {
        let missing = self.read && !pte.r || self.write && !pte.w || self.execute && !pte.x;
        !(self.enforced && missing)
    }
}

/// The permissions of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Permissions {
    pub r: bool,
    pub w: bool,
    pub x: bool,
    /// Writes need no update of D first.
    pub d: bool,
}

impl Permissions {
    /// Those of a stage in Bare mode.
    pub const ALL: Self = Self {
        r: true,
        w: true,
        x: true,
        d: true,
    };

    /// Those of a leaf.
    pub fn of(pte: &Pte) -> Self {
        Self {
            r: pte.r,
            w: pte.w,
            x: pte.x,
            d: pte.d,
        }
    }
}
