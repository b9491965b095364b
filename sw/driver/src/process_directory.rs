// SPDX-License-Identifier: Apache-2.0
//! Process directories ("Process-directory-table") in memory.

use sallyport_formats::context::{Fsc, PcTa};
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{
    Command, DeviceId, Endian, FirstStage, Gscid, ProcessContext, ProcessId, Pscid, Spa,
};

use crate::Error;
use crate::directory::Tables;
use crate::memory::{Memory, load, word_at};

/// The processes of a device, or of several devices.
///
/// Under a second stage the directory lies in guest-physical memory: the
/// [`Memory`] given is then the guest's. The methods change memory only; see
/// [`process_invalidations`] for what a change wants.
///
/// ```
/// use sallyport_driver::fake::FakeMemory;
/// use sallyport_driver::{FirstStageTable, ProcessDirectory, process_context};
/// use sallyport_formats::context::Tc;
/// use sallyport_formats::directory::PdtpMode;
/// use sallyport_formats::{DeviceContext, Endian, FirstStage, ProcessId, Pscid};
///
/// # fn main() -> Result<(), sallyport_driver::Error> {
/// let mut mem = FakeMemory::new();
/// let processes = ProcessDirectory::new(&mut mem, PdtpMode::Pd17, Endian::Little)?;
/// let table = FirstStageTable::new(&mut mem, FirstStage::Sv39)?;
/// let context = process_context(table.fsc(), Pscid::from(7));
/// processes.set(&mut mem, ProcessId::from(0x1234), &context)?;
///
/// let device = DeviceContext {
///     tc: Tc { v: true, pdtv: true, ..Tc::default() },
///     fsc: processes.fsc(),
///     ..DeviceContext::default()
/// };
/// assert_eq!(processes.get(&mem, ProcessId::from(0x1234)), Some(context));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessDirectory {
    tables: Tables,
    mode: PdtpMode,
}

/// A valid context of a process whose first stage is `fsc`: user privilege
/// only. `ta.ens` and `ta.sum` are the caller's to set.
#[must_use]
pub fn process_context(fsc: Fsc, pscid: Pscid) -> ProcessContext {
    ProcessContext {
        ta: PcTa {
            v: true,
            pscid,
            ..PcTa::default()
        },
        fsc,
    }
}

impl ProcessDirectory {
    /// An empty directory for ids of 8, 17 or 20 bits. `endian` is that of the
    /// first stage, `DC.tc.SBE`.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]; [`Error::Unsupported`] for Bare and codes that
    /// are reserved.
    pub fn new<M: Memory>(mem: &mut M, mode: PdtpMode, endian: Endian) -> Result<Self, Error> {
        if mode.levels() == 0 {
            return Err(Error::Unsupported("process directories of this mode"));
        }
        let words = ProcessContext::WORDS as u64;
        Ok(Self {
            tables: Tables::new(mem, mode.levels(), endian, words)?,
            mode,
        })
    }

    /// The smallest mode that the IOMMU has for ids of so many bits.
    #[must_use]
    pub fn mode_for(caps: &Capabilities, bits: u32) -> Option<PdtpMode> {
        [
            (caps.pd8, PdtpMode::Pd8),
            (caps.pd17, PdtpMode::Pd17),
            (caps.pd20, PdtpMode::Pd20),
        ]
        .into_iter()
        .find(|(exists, mode)| *exists && mode.process_id_bits() >= bits)
        .map(|(_, mode)| mode)
    }

    /// The root page.
    #[must_use]
    pub const fn root(&self) -> Spa {
        self.tables.root
    }

    /// The mode.
    #[must_use]
    pub const fn mode(&self) -> PdtpMode {
        self.mode
    }

    /// The `pdtp` that points to the directory, for `DC.fsc` with `DC.tc.PDTV`.
    #[must_use]
    pub const fn fsc(&self) -> Fsc {
        Fsc {
            ppn: self.tables.root.page_number(),
            mode: self.mode.code(),
        }
    }

    fn holds(&self, pid: ProcessId) -> bool {
        pid.raw() >> self.mode.process_id_bits() == 0
    }

    /// Where the process's context lies, if the tables down to it exist.
    #[must_use]
    pub fn slot<M: Memory>(&self, mem: &M, pid: ProcessId) -> Option<Spa> {
        if self.holds(pid) {
            self.tables.slot(mem, pid.directory_indices())
        } else {
            None
        }
    }

    fn load_context<M: Memory>(&self, mem: &M, slot: Spa) -> ProcessContext {
        let word = |i| load(mem, self.tables.endian, word_at(slot, i));
        ProcessContext::parse([word(0), word(1)])
    }

    /// The process's context, if it is valid.
    #[must_use]
    pub fn get<M: Memory>(&self, mem: &M, pid: ProcessId) -> Option<ProcessContext> {
        let context = self.load_context(mem, self.slot(mem, pid)?);
        context.ta.v.then_some(context)
    }

    /// Writes the process's context and gives back the one it replaces, if that
    /// was valid; `ta`, which holds V, last.
    ///
    /// # Errors
    /// [`Error::ProcessRange`], [`Error::OutOfMemory`].
    pub fn set<M: Memory>(
        &self,
        mem: &mut M,
        pid: ProcessId,
        context: &ProcessContext,
    ) -> Result<Option<ProcessContext>, Error> {
        if !self.holds(pid) {
            return Err(Error::ProcessRange(pid));
        }
        let slot = self.tables.slot_or_new(mem, pid.directory_indices())?;
        let old = self.load_context(mem, slot);
        self.tables.write(mem, slot, old.ta.v, &context.emit());
        Ok(old.ta.v.then_some(old))
    }

    /// Makes the process's context invalid and gives it back, if it was valid.
    pub fn clear<M: Memory>(&self, mem: &mut M, pid: ProcessId) -> Option<ProcessContext> {
        let slot = self.slot(mem, pid)?;
        let old = self.load_context(mem, slot);
        self.tables.clear(mem, slot);
        old.ta.v.then_some(old)
    }

    /// Frees the directory's pages. The IOMMU must have stopped using it.
    pub fn free<M: Memory>(self, mem: &mut M) {
        self.tables.free(mem);
    }
}

/// The invalidations that a change of a valid process context wants ("Changing
/// process directory table entry"), for one device that uses the directory; an
/// IOFENCE.C has to follow. `gscid` where the second stage is on, `sxl` is
/// `DC.tc.SXL`.
pub fn process_invalidations(
    did: DeviceId,
    gscid: Option<Gscid>,
    pid: ProcessId,
    old: &ProcessContext,
    sxl: bool,
) -> impl Iterator<Item = Command> + Clone + use<> {
    let translates = old.fsc.scheme(sxl) != Some(FirstStage::Bare);
    let pscid = old.ta.pscid;
    let first = translates.then(|| Command::invalidate_first_stage(gscid, Some(pscid), None));
    core::iter::once(Command::invalidate_process(did, pid)).chain(first)
}
