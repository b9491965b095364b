// SPDX-License-Identifier: Apache-2.0
//! The scenes of `sallyport demo`: real traffic through the verilated IOMMU.
//!
//! [`run`] plays its scenes in one system, one after the other, and gives back
//! a [`Report`] (for `--json`, see docs/demo-json.md) and the frames that the
//! NIC transmitted in the first. [`render`] makes tables of a report.
//!
//! Scenes 1 to 3 begin with a control: the same programs with `ddtp` Bare, so
//! without translation, in which the very thing must go wrong that the IOMMU
//! prevents. The controls of scenes 5 to 7 do without process ids, without second
//! stage, and without MSI page table. A control that goes well fails the scene.
#![forbid(unsafe_code)]

mod demand_paging;
mod guard;
mod guest;
mod guest_interrupts;
mod jobs;
mod liar;
mod machine;
mod meter;
mod pass_through;
mod records;
mod render;
mod report;
mod rogue;
mod same_address;
mod scatter;
mod two_programs;
mod under_fire;
mod wire;

pub use render::render;
pub use report::{
    Attempt, Detail, FileLine, GuestControl, Input, Lie, MapLine, MessageControl, Outcome,
    PageView, PagingControl, PagingStep, Program, ProgramControl, Reach, Report, RogueControl,
    Round, SameControl, ScatterControl, Scene, Share, SharedAccess, Traffic,
};
pub use wire::check_stamps;

use machine::Machine;
pub use sallyport_bench::Bus;
use sallyport_bench::hardware::CaptureFailed;
use sallyport_bench::{SimError, Waveform};
use sallyport_capture::Capture;
use sallyport_log::LogError;
use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::rc::Rc;

/// The scenes that there are over a bus.
#[must_use]
pub const fn scenes(bus: Bus) -> RangeInclusive<u32> {
    match bus {
        Bus::Axi => 1..=7,
        Bus::Pcie => 1..=9,
    }
}

/// Is told how far a scene is: its name, what is done, what there is to do.
pub type Progress = Rc<dyn Fn(&'static str, u64, u64)>;

/// How to run the demo.
#[derive(Clone)]
pub struct Options {
    /// What devices reach the IOMMU by.
    pub bus: Bus,
    /// The scenes to play, in this order; all that there are over the bus if it is
    /// empty. Each of them is one of [`scenes`].
    pub scenes: Vec<u32>,
    /// Where all random choices come from.
    pub seed: u64,
    /// Latencies, order and back-pressure of the buses are random, instead of a
    /// plain and fast memory.
    pub random_timing: bool,
    /// A waveform of all scenes.
    pub waveform: Option<Waveform>,
    /// A log of all transactions of all scenes, see docs/log-format.md.
    pub log: Option<PathBuf>,
    /// A capture of all TLPs of all scenes, for Wireshark. There is none over AXI4.
    pub tlp_capture: Option<PathBuf>,
    /// Who wants to know how far it is.
    pub progress: Progress,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("bus", &self.bus)
            .field("scenes", &self.scenes)
            .field("seed", &self.seed)
            .field("random_timing", &self.random_timing)
            .field("waveform", &self.waveform)
            .field("log", &self.log)
            .field("tlp_capture", &self.tlp_capture)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// All scenes over AXI4, with plain memory, without waveform and log.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            bus: Bus::Axi,
            scenes: Vec::new(),
            seed,
            random_timing: false,
            waveform: None,
            log: None,
            tlp_capture: None,
            progress: Rc::new(|_, _, _| {}),
        }
    }
}

/// The demo could not be run, or not be written down.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The model cannot be had, or the waveform cannot be written.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// The log cannot be written.
    #[error("{}: {source}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The log could not be written to its end.
    #[error(transparent)]
    LogEnd(#[from] LogError),
    /// The capture of TLPs cannot be written.
    #[error(transparent)]
    TlpCapture(#[from] CaptureFailed),
}

/// What came of the demo.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What happened.
    pub report: Report,
    /// The frames that the NIC transmitted, as a capture like the one that was
    /// read.
    pub transmitted: Capture,
}

/// Runs the scenes with the frames of a capture; `name` is what it is called.
///
/// A scene that goes wrong is part of the report. After a scene that left the
/// system in a state that nobody knows, the others are not run.
///
/// # Errors
/// [`DemoError`]; what goes wrong in a scene is none.
pub fn run(capture: &Capture, name: &str, options: &Options) -> Result<Finished, DemoError> {
    let mut machine = Machine::new(options)?;
    let mut scenes = Vec::new();
    let mut transmitted = Vec::new();
    let frames = Rc::new(capture.frames.clone());
    let numbers = if options.scenes.is_empty() {
        crate::scenes(options.bus).collect()
    } else {
        options.scenes.clone()
    };
    for &number in &numbers {
        let (scene, sound) = match number {
            1 => scatter::play(&mut machine, &frames, &mut transmitted),
            2 => rogue::play(&mut machine),
            3 => same_address::play(&mut machine),
            4 => under_fire::play(&mut machine, &frames),
            5 => two_programs::play(&mut machine),
            6 => pass_through::play(&mut machine, &frames),
            7 => guest_interrupts::play(&mut machine, &frames),
            8 => demand_paging::play(&mut machine),
            _ => liar::play(&mut machine),
        };
        scenes.push(scene);
        if !sound {
            break;
        }
    }
    let (clocks, digest) = machine.end()?;
    let passed = scenes.len() == numbers.len() && scenes.iter().all(|scene| scene.passed);
    let report = Report {
        schema: report::SCHEMA,
        build: machine::BUILD.name(),
        bus: options.bus.name(),
        seed: options.seed,
        asked: numbers.len() as u64,
        capture: Input {
            name: name.to_owned(),
            frames: frames.len() as u64,
            bytes: frames.iter().map(|frame| frame.data.len() as u64).sum(),
        },
        scenes,
        clocks,
        beats: digest.beats(),
        digest: format!("{:016x}", digest.value()),
        passed,
    };
    let transmitted = Capture {
        frames: transmitted,
        ..*capture
    };
    Ok(Finished {
        report,
        transmitted,
    })
}
