// SPDX-License-Identifier: Apache-2.0
//! `sallyport replay`: conformance vectors.

mod player;
mod report;

use crate::status::Status;
use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use player::Player;
use report::FileReport;
use sallyport_bench::Build;
use sallyport_bench::replay::PortKind;
use sallyport_vectors::{NumberedCase, file_name, read_file};
use std::path::{Path, PathBuf};

/// Plays every case of the files from reset on and compares what comes of it.
///
/// The last line of a file is its summary. A file of which a case fails, or none
/// passes, makes the exit status 1.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Vector files: JSON Lines, plain or gzip.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Play on the golden model instead of the RTL.
    #[arg(long, conflicts_with_all = ["port", "wave", "tlp_capture", "seed"])]
    pub model: bool,

    /// Where requests go in: the core's own port; the devices' AXI4 port, which
    /// cannot express all of them; or the TLP ports, beside which the core's port
    /// takes what no TLP expresses.
    #[arg(long, value_name = "core|axi|pcie", default_value_t = PortKind::Core)]
    pub port: PortKind,

    /// The build of the RTL: small, default, full, full-base or full-qos. The
    /// golden model has all there is, unless it is to have what this build has. [default: full]
    #[arg(long, value_name = "NAME")]
    pub build: Option<Build>,

    /// Play only the case of this name.
    #[arg(long, value_name = "NAME")]
    pub case: Option<String>,

    /// Count it as wrong when a case is skipped.
    #[arg(long)]
    pub no_skip: bool,

    /// Write a waveform (FST) of the case; needs --case.
    #[arg(long, value_name = "FILE", requires = "case")]
    pub wave: Option<PathBuf>,

    /// Write every TLP of the case (pcapng); tb/wireshark has a dissector. Needs
    /// --case and --port pcie.
    #[arg(long, value_name = "FILE.pcapng", requires = "case")]
    pub tlp_capture: Option<PathBuf>,

    /// Random latencies, order and back-pressure from this seed, instead of a
    /// plain and fast memory.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Threads; as many as there are processors by default.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,

    /// One JSON document instead of text; tb/cli/README.md tells its schema.
    #[arg(long)]
    pub json: bool,
}

/// A vector file, and the cases of it that are to be played.
struct Input<'a> {
    path: &'a Path,
    cases: Vec<NumberedCase>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Status> {
    if args.tlp_capture.is_some() && args.port != PortKind::Pcie {
        bail!("--tlp-capture needs --port pcie");
    }
    let inputs = read(args)?;
    let player = Player::new(args)?;
    let mut reports = Vec::new();
    for input in &inputs {
        let bar = progress(&file_name(input.path), input.cases.len());
        let played = player.play(&input.cases, &|| bar.inc(1))?;
        bar.finish_and_clear();
        let report = FileReport::new(input.path, &input.cases, &played);
        if !args.json {
            print!("{report}");
        }
        reports.push(report);
    }
    if args.json {
        println!("{}", report::to_json(&reports)?);
    }
    let good = reports.iter().all(|report| report.is_good(args.no_skip));
    Ok(if good { Status::Good } else { Status::Bad })
}

/// Reads all files before anything is played.
fn read(args: &Args) -> Result<Vec<Input<'_>>> {
    let mut inputs = Vec::new();
    for path in &args.files {
        let mut cases = read_file(path)?;
        if let Some(name) = &args.case {
            cases.retain(|numbered| numbered.case.name == *name);
        }
        if !cases.is_empty() {
            inputs.push(Input { path, cases });
        }
    }
    if let (Some(name), true) = (&args.case, inputs.is_empty()) {
        bail!("no case of these files is called {name}");
    }
    let count: usize = inputs.iter().map(|input| input.cases.len()).sum();
    if args.wave.is_some() && count > 1 {
        bail!("a waveform shows one case, and {count} have this name");
    }
    if args.tlp_capture.is_some() && count > 1 {
        bail!("a capture is of one case, and {count} have this name");
    }
    Ok(inputs)
}

/// Shows how far it is, where somebody looks.
fn progress(name: &str, cases: usize) -> ProgressBar {
    let bar = ProgressBar::new(cases as u64);
    if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.set_prefix(name.to_owned());
    bar
}
