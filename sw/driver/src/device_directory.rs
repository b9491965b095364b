// SPDX-License-Identifier: Apache-2.0
//! The device directory ("Device-directory-table") in memory.

use sallyport_formats::{Command, DeviceContext, DeviceId, Endian, FirstStage, Spa};

use crate::Error;
use crate::directory::Tables;
use crate::memory::{Memory, load, word_at};

/// A device directory of one to three levels.
///
/// The methods change memory only; which invalidations a change wants is told
/// by [`context_invalidations`], and [`Iommu`](crate::Iommu) issues them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceDirectory {
    tables: Tables,
    extended: bool,
}

impl DeviceDirectory {
    /// An empty directory of `levels` (1 to 3) with contexts of 64 bytes
    /// (`extended`, as `capabilities.MSI_FLAT` says) or 32.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new<M: Memory>(
        mem: &mut M,
        levels: u32,
        extended: bool,
        endian: Endian,
    ) -> Result<Self, Error> {
        let words = DeviceContext::bytes(extended) / 8;
        Ok(Self {
            tables: Tables::new(mem, levels, endian, words as u64)?,
            extended,
        })
    }

    /// The root page, for `ddtp`.
    #[must_use]
    pub const fn root(&self) -> Spa {
        self.tables.root
    }

    /// Number of levels, 1 to 3.
    #[must_use]
    pub const fn levels(&self) -> u32 {
        self.tables.levels
    }

    /// Whether contexts are 64 bytes.
    #[must_use]
    pub const fn extended(&self) -> bool {
        self.extended
    }

    /// The same root page read as a directory of another number of levels;
    /// sensible only while it is empty.
    pub(crate) const fn with_levels(self, levels: u32) -> Self {
        Self {
            tables: Tables {
                levels,
                ..self.tables
            },
            ..self
        }
    }

    /// Where the device's context lies, if the tables down to it exist.
    #[must_use]
    pub fn slot<M: Memory>(&self, mem: &M, did: DeviceId) -> Option<Spa> {
        if !did.fits_levels(self.levels(), self.extended) {
            return None;
        }
        self.tables.slot(mem, did.directory_indices(self.extended))
    }

    fn load_context<M: Memory>(&self, mem: &M, slot: Spa) -> DeviceContext {
        let words = self.tables.context_words;
        DeviceContext::parse(core::array::from_fn(|i| {
            if (i as u64) < words {
                load(mem, self.tables.endian, word_at(slot, i as u64))
            } else {
                0
            }
        }))
    }

    /// The device's context, if it is valid.
    #[must_use]
    pub fn get<M: Memory>(&self, mem: &M, did: DeviceId) -> Option<DeviceContext> {
        let context = self.load_context(mem, self.slot(mem, did)?);
        context.tc.v.then_some(context)
    }

    /// Writes the device's context and gives back the one it replaces, if that
    /// was valid. `tc`, which holds V, is cleared first and written last, so
    /// that the IOMMU never reads a mixture as valid.
    ///
    /// # Errors
    /// [`Error::DeviceRange`], [`Error::OutOfMemory`].
    pub fn set<M: Memory>(
        &self,
        mem: &mut M,
        did: DeviceId,
        context: &DeviceContext,
    ) -> Result<Option<DeviceContext>, Error> {
        if !did.fits_levels(self.levels(), self.extended) {
            return Err(Error::DeviceRange(did));
        }
        let index = did.directory_indices(self.extended);
        let slot = self.tables.slot_or_new(mem, index)?;
        let old = self.load_context(mem, slot);
        let words = &context.emit()[..self.tables.context_words as usize];
        self.tables.write(mem, slot, old.tc.v, words);
        Ok(old.tc.v.then_some(old))
    }

    /// Makes the device's context invalid and gives it back, if it was valid.
    pub fn clear<M: Memory>(&self, mem: &mut M, did: DeviceId) -> Option<DeviceContext> {
        let slot = self.slot(mem, did)?;
        let old = self.load_context(mem, slot);
        self.tables.clear(mem, slot);
        old.tc.v.then_some(old)
    }

    /// Frees the directory's pages. The IOMMU must have stopped using it.
    pub fn free<M: Memory>(self, mem: &mut M) {
        self.tables.free(mem);
    }
}

/// The invalidations that a change of a valid context wants ("Changing device
/// directory table entry"); an IOFENCE.C has to follow. `old` is the context
/// before the change, `gxl` is `fctl.GXL`.
pub fn context_invalidations(
    did: DeviceId,
    old: &DeviceContext,
    gxl: bool,
) -> impl Iterator<Item = Command> + Clone + use<> {
    let second = old.iohgatp.scheme(gxl) != Some(sallyport_formats::SecondStage::Bare);
    let first = old.tc.pdtv || old.fsc.scheme(old.tc.sxl) != Some(FirstStage::Bare);
    let gscid = old.iohgatp.gscid;
    let pscid = (!old.tc.pdtv).then_some(old.ta.pscid);
    let stages = if second {
        [
            Some(Command::invalidate_first_stage(Some(gscid), None, None)),
            Some(Command::invalidate_second_stage(Some(gscid), None)),
        ]
    } else {
        [
            first.then(|| Command::invalidate_first_stage(None, pscid, None)),
            None,
        ]
    };
    core::iter::once(Command::invalidate_device(Some(did))).chain(stages.into_iter().flatten())
}
