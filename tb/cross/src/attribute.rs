// SPDX-License-Identifier: Apache-2.0
//! Which stages, modes and levels a translation went through.

use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{DeviceContext, FirstStage, MsiPte, ProcessContext, SecondStage, Spa};
use sallyport_model::{
    Configuration, Fault, Meaning, Memory, Request, SecondStagePurpose, Structure, TableRead,
    Translation,
};

use crate::{Access, Bin, Level, Mode, Stage, What};

/// A bin, and the entry that was read there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The bin.
    pub bin: Bin,
    /// Where the entry lies; `None` where none was read.
    pub entry: Option<Spa>,
}

/// All bins that a translation of `request` by the golden model went through,
/// in order. `memory` is what it read. Nothing for requests that no device makes:
/// see [`Access::of`].
#[must_use]
pub fn attribute(
    configuration: &Configuration,
    memory: &dyn Memory,
    request: &Request,
    translation: &Translation,
) -> Vec<Sample> {
    let Some(access) = Access::of(request) else {
        return Vec::new();
    };
    let mut path = Path {
        configuration,
        memory,
        translation,
        access,
        first: Mode::Bare,
        second: Mode::Bare,
        process: Mode::Bare,
        sxl: false,
        entry_gpa: None,
        samples: Vec::new(),
    };
    path.follow();
    path.samples
}

struct Path<'a> {
    configuration: &'a Configuration,
    memory: &'a dyn Memory,
    translation: &'a Translation,
    access: Access,
    /// The modes, as far as they are known.
    first: Mode,
    second: Mode,
    process: Mode,
    sxl: bool,
    /// Where the last entry of the first stage lies for the guest.
    entry_gpa: Option<u64>,
    samples: Vec<Sample>,
}

impl Path<'_> {
    fn follow(&mut self) {
        let reads = &self.translation.reads;
        for (n, read) in reads.iter().enumerate() {
            let is_last = n + 1 == reads.len();
            match read.structure {
                Structure::DdtEntry(level) => {
                    self.directory_entry(Stage::Directory, level, read);
                }
                Structure::DeviceContext => self.device_context(read, is_last),
                Structure::PdtEntry(level) => self.directory_entry(Stage::Process, level, read),
                Structure::ProcessContext => self.process_context(read, is_last),
                Structure::FirstStagePte(level) => {
                    self.entry_gpa =
                        (n > 0 && self.second != Mode::Bare).then(|| reads[n - 1].input);
                    self.page(Stage::First, self.first, level, read);
                }
                Structure::SecondStagePte(level) => {
                    let stage = self.purpose(read, reads.get(n + 1));
                    self.page(stage, self.second, level, read);
                }
                Structure::MsiPte => self.msi(read),
            }
        }
        self.without_entry();
    }

    fn note(&mut self, stage: Stage, mode: Mode, level: Level, what: What, entry: Option<Spa>) {
        let privilege_counts =
            stage == Stage::First || stage == Stage::Process && what == What::Fault(260);
        let access = if privilege_counts {
            self.access
        } else {
            self.access.plain()
        };
        let bin = Bin {
            stage,
            mode,
            level,
            access,
            what,
        };
        self.samples.push(Sample { bin, entry });
    }

    /// The fault that the translation ended with.
    fn fault(&self) -> What {
        self.translation
            .fault
            .map_or(What::Success, |fault| What::Fault(fault.cause.code()))
    }

    fn directory_entry(&mut self, stage: Stage, level: u8, read: &TableRead) {
        let what = match read.meaning {
            Meaning::NextTable(_) | Meaning::Leaf => What::Success,
            _ => self.fault(),
        };
        let mode = match stage {
            Stage::Process => self.process,
            _ => self.configuration.ddtp.mode.into(),
        };
        let level = Level::of_directory(level);
        self.note(stage, mode, level, what, Some(read.address));
    }

    fn device_context(&mut self, read: &TableRead, is_last: bool) {
        let mut words = [0; 8];
        let count = read.value.len().min(8);
        words[..count].copy_from_slice(&read.value[..count]);
        let dc = DeviceContext::parse(words);
        if read.meaning == Meaning::Leaf {
            let gxl = self.configuration.fctl.gxl;
            self.sxl = dc.tc.sxl;
            self.second =
                SecondStage::from_code(dc.iohgatp.mode, gxl).map_or(Mode::Bare, Mode::from);
            if dc.tc.pdtv {
                self.process = PdtpMode::from_code(dc.fsc.mode).into();
            } else if !self.access.is_translated() {
                self.first = first_stage(dc.fsc.mode, dc.tc.sxl);
            }
        }
        let disallowed = is_last && self.fault() == What::Fault(260);
        if disallowed {
            let mode = self.configuration.ddtp.mode.into();
            let what = self.fault();
            self.note(
                Stage::Directory,
                mode,
                Level::Context,
                what,
                Some(read.address),
            );
        } else {
            self.directory_entry(Stage::Directory, 0, read);
        }
    }

    fn process_context(&mut self, read: &TableRead, is_last: bool) {
        if let (Meaning::Leaf, &[ta, fsc]) = (read.meaning, &read.value[..]) {
            let pc = ProcessContext::parse([ta, fsc]);
            self.first = first_stage(pc.fsc.mode, self.sxl);
        }
        if is_last && self.fault() == What::Fault(260) {
            let what = self.fault();
            self.note(
                Stage::Process,
                self.process,
                Level::Context,
                what,
                Some(read.address),
            );
        } else {
            self.directory_entry(Stage::Process, 0, read);
        }
    }

    /// An entry of a page table; pointers are only the way to where something is
    /// found.
    fn page(&mut self, stage: Stage, mode: Mode, level: u8, read: &TableRead) {
        let napot = read
            .value
            .first()
            .is_some_and(|value| value >> 63 & value == 1);
        let level = match Level::of_page(mode, level) {
            Level::Page4K if napot && mode.has_napot() => Level::Page64K,
            level => level,
        };
        let what = match read.meaning {
            Meaning::NextTable(_) => return,
            Meaning::Leaf => What::Success,
            // The store of A or D for which this entry was read may be what
            // memory refuses, not the entry's own.
            Meaning::AccessFault if stage == Stage::UpdateSecond && self.refused_update(read) => {
                self.blame_first_stage();
                return;
            }
            _ => self.fault(),
        };
        let updates = &self.translation.updates;
        let updated = updates
            .iter()
            .any(|update| update.address == read.address && update.structure == read.structure);
        if what == What::Success && updated {
            self.note(stage, mode, level, What::Update, Some(read.address));
        }
        self.note(stage, mode, level, what, Some(read.address));
    }

    /// Whether the entry of the first stage cannot be updated, and the one that
    /// was read to reach it can or need not.
    fn refused_update(&self, read: &TableRead) -> bool {
        let first = self.last_first_stage();
        !read.value.is_empty()
            && first.is_some_and(|first| !self.memory.supports_atomic_update(first.address))
    }

    fn last_first_stage(&self) -> Option<&TableRead> {
        let is_first = |read: &&TableRead| matches!(read.structure, Structure::FirstStagePte(_));
        self.translation.reads.iter().rfind(is_first)
    }

    /// What was taken for a success of the first stage is the fault.
    fn blame_first_stage(&mut self) {
        let fault = self.fault();
        let first = self
            .samples
            .iter_mut()
            .rfind(|s| s.bin.stage == Stage::First);
        if let Some(sample) = first {
            sample.bin.what = fault;
        }
    }

    /// What a walk of the second stage is for that ends with `read`; `next`
    /// is what comes after it.
    fn purpose(&self, read: &TableRead, next: Option<&TableRead>) -> Stage {
        if matches!(read.meaning, Meaning::NextTable(_)) {
            return Stage::Second;
        }
        match next.map(|next| next.structure) {
            Some(Structure::PdtEntry(_) | Structure::ProcessContext) => Stage::ProcessSecond,
            Some(Structure::FirstStagePte(_)) => Stage::FirstSecond,
            Some(Structure::SecondStagePte(_) | Structure::MsiPte) => Stage::UpdateSecond,
            _ => self.last_purpose(read),
        }
    }

    /// What the last walk of the second stage is for.
    fn last_purpose(&self, read: &TableRead) -> Stage {
        match self.translation.fault {
            Some(Fault {
                guest: Some(guest), ..
            }) => self.stage_of(guest.purpose),
            None => Stage::Second,
            Some(_) if self.awaits_process() => Stage::ProcessSecond,
            Some(_) if self.awaits_page() => Stage::FirstSecond,
            Some(_) if self.entry_gpa == Some(read.input) => Stage::UpdateSecond,
            Some(_) => Stage::Second,
        }
    }

    fn stage_of(&self, purpose: SecondStagePurpose) -> Stage {
        match purpose {
            SecondStagePurpose::Explicit => Stage::Second,
            SecondStagePurpose::ImplicitWrite => Stage::UpdateSecond,
            SecondStagePurpose::ImplicitRead if self.awaits_process() => Stage::ProcessSecond,
            SecondStagePurpose::ImplicitRead => Stage::FirstSecond,
        }
    }

    /// Whether a process context is still to be read.
    fn awaits_process(&self) -> bool {
        let reads = &self.translation.reads;
        let is_read = reads
            .iter()
            .any(|r| r.structure == Structure::ProcessContext);
        self.process != Mode::Bare && !self.access.is_translated() && !is_read
    }

    /// Whether a leaf of the first stage is still to be read.
    fn awaits_page(&self) -> bool {
        let is_leaf = |read: &TableRead| !matches!(read.meaning, Meaning::NextTable(_));
        self.first != Mode::Bare && !self.last_first_stage().is_some_and(is_leaf)
    }

    fn msi(&mut self, read: &TableRead) {
        let executed = self.fault() == What::Fault(1);
        let mode = match (read.meaning, &read.value[..]) {
            (Meaning::Leaf, &[low, high]) => match MsiPte::parse([low, high]) {
                MsiPte::Mrif { .. } => Mode::MsiMrif,
                _ => Mode::MsiBasic,
            },
            _ => Mode::MsiNone,
        };
        let what = match read.meaning {
            Meaning::Leaf if !executed => What::Success,
            _ => self.fault(),
        };
        self.note(Stage::Msi, mode, Level::None, what, Some(read.address));
    }

    /// What is found before an entry is read, and stages that read none.
    fn without_entry(&mut self) {
        let reads = &self.translation.reads;
        let what = self.fault();
        let Some(last) = reads.last() else {
            let mode = self.configuration.ddtp.mode.into();
            self.note(Stage::Control, mode, Level::None, what, None);
            return;
        };
        let Some(fault) = self.translation.fault else {
            self.bare(last.structure);
            return;
        };
        let found = !matches!(last.meaning, Meaning::NextTable(_) | Meaning::Leaf);
        if let Some(guest) = fault.guest {
            if !found {
                let stage = self.stage_of(guest.purpose);
                self.note(stage, self.second, Level::Address, what, None);
            }
        } else if what == What::Fault(self.access.page_fault()) && self.last_first_stage().is_none()
        {
            self.note(Stage::First, self.first, Level::Address, what, None);
        }
    }

    /// Stages that let a request pass as it is.
    fn bare(&mut self, last: Structure) {
        // A translated address without T2GPA is nobody's to translate.
        if self.access.is_translated() {
            return;
        }
        if self.first == Mode::Bare {
            self.note(Stage::First, Mode::Bare, Level::None, What::Success, None);
        }
        if self.second == Mode::Bare && last != Structure::MsiPte {
            self.note(Stage::Second, Mode::Bare, Level::None, What::Success, None);
        }
    }
}

fn first_stage(code: u8, sxl: bool) -> Mode {
    FirstStage::from_code(code, sxl).map_or(Mode::Bare, Mode::from)
}
