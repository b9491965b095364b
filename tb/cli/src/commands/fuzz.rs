// SPDX-License-Identifier: Apache-2.0
//! `sallyport fuzz`: random worlds against the golden model.

use crate::status::Status;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use sallyport_bench::replay::{PortKind, ReplayConfig, play_all, probe};
use sallyport_bench::{Build, Seed};
use sallyport_formats::Cause;
use sallyport_fuzz::{Counts, Failed, Fuzz, line, shrink, vector};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Runs random cases on the RTL: tables and contexts, mostly valid, traffic of
/// several devices, and software that maps, unmaps and invalidates while it
/// runs, with bus errors, poison, random latency, order and back-pressure.
///
/// Everything is compared with the golden model. The first mismatch ends the
/// run: it is shrunk, printed and saved as a vector file, and the exit status
/// is 1. Case n depends on seed, n, port and build alone.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where all random choices come from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Run so many cases on each build.
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "seconds",
        default_value_t = 100
    )]
    cases: u64,

    /// Begin no case after so many seconds, which the builds share.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,

    /// Where requests go in: the core's request port, the devices' AXI4 port, as
    /// bursts, or the TLP ports, as packets, whose data is followed as well.
    #[arg(long, value_name = "core|axi|pcie", default_value_t = PortKind::Core)]
    port: PortKind,

    /// The build of the RTL: small, default, full, full-base or
    /// full-qos. The first three by default.
    #[arg(long, value_name = "NAME")]
    build: Option<Build>,

    /// The number of the first case.
    #[arg(long, value_name = "N", default_value_t = 0)]
    first: u64,

    /// Where a mismatch is saved. [default: fuzz-BUILD-SEED-CASE.jsonl]
    #[arg(long, value_name = "FILE.jsonl")]
    save: Option<PathBuf>,

    /// One JSON document instead of text; tb/cli/README.md tells its schema.
    #[arg(long)]
    json: bool,
}

/// Runs of a failing case until it counts as small.
const SHRINKING: u32 = 600;

/// Runs the command.
///
/// # Errors
/// If a build is not there, or the mismatch cannot be saved.
pub fn run(args: &Args) -> Result<Status> {
    let builds = args.build.map_or(Build::ALL.to_vec(), |build| vec![build]);
    let share = args.seconds.map(|seconds| {
        let all = Duration::from_secs(seconds);
        all / u32::try_from(builds.len()).unwrap_or(1)
    });
    let mut reports = Vec::new();
    for build in builds {
        let report = run_build(args, build, share)?;
        if !args.json {
            report.print();
        }
        let stop = report.mismatch.is_some();
        reports.push(report);
        if stop {
            break;
        }
    }
    if args.json {
        let document = Document { builds: &reports };
        println!("{}", serde_json::to_string_pretty(&document)?);
    }
    let good = reports.iter().all(|report| report.mismatch.is_none());
    Ok(if good { Status::Good } else { Status::Bad })
}

#[expect(
    clippy::disallowed_types,
    reason = "the clock only says when no further case is begun"
)]
fn run_build(args: &Args, build: Build, time: Option<Duration>) -> Result<Report> {
    let mut fuzz = Fuzz::new(args.port, build, Seed::new(args.seed))?.from_case(args.first);
    let bar = progress(build, time.map_or(args.cases, |_| 0));
    let start = std::time::Instant::now();
    let mut failed = None;
    while failed.is_none() {
        let enough = match time {
            Some(time) => start.elapsed() >= time,
            None => fuzz.counts().cases >= args.cases,
        };
        if enough {
            break;
        }
        failed = fuzz.step().err();
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mismatch = match failed {
        Some(failed) => Some(save(args, &fuzz, &failed)?),
        None => None,
    };
    Ok(Report::new(args, &fuzz, mismatch))
}

/// Shrinks the case and writes it down.
fn save(args: &Args, fuzz: &Fuzz, failed: &Failed) -> Result<Difference> {
    let (build, number) = (fuzz.build(), failed.plan.number);
    let small = shrink(failed, args.port, build, fuzz.design(), SHRINKING);
    let name = format!("fuzz-{build}-{}-{number}", args.seed);
    let path = args.save.clone();
    let path = path.unwrap_or_else(|| PathBuf::from(format!("{name}.jsonl")));
    let case = vector::case(&small.plan, fuzz.design(), format!("{name}/0"));
    fs::write(&path, line(&case) + "\n").with_context(|| format!("{}", path.display()))?;

    let config = ReplayConfig {
        port: args.port,
        build,
        seed: None,
        waveform: None,
        tlp_capture: None,
    };
    let capabilities = probe(&config).map(|probed| probed.capabilities());
    let replayed = capabilities.ok().and_then(|capabilities| {
        let played = play_all(&[&case], &capabilities, &config, 1, &|| ()).ok()?;
        Some(matches!(
            played.first()?.outcome,
            sallyport_vectors::Outcome::Failed(_)
        ))
    });
    let [requests, commands, stores] = small.plan.size();
    Ok(Difference {
        case: number,
        differences: texts(&failed.ran.verdict.mismatches),
        shrunk: texts(&small.ran.verdict.mismatches),
        requests,
        commands,
        stores,
        saved: path.display().to_string(),
        replay_shows_it: replayed.unwrap_or(false),
    })
}

/// The first few, in words.
fn texts(all: &[sallyport_scoreboard::Mismatch]) -> Vec<String> {
    all.iter().take(4).map(ToString::to_string).collect()
}

/// Shows how far it is, where somebody looks.
fn progress(build: Build, cases: u64) -> ProgressBar {
    let bar = ProgressBar::new(cases);
    let template = if cases == 0 {
        "{prefix} {pos} cases, {elapsed}"
    } else {
        "{prefix} {wide_bar} {pos}/{len} {eta}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(build.name());
    bar
}

/// The document that `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    builds: &'a [Report],
}

#[derive(Serialize)]
struct Report {
    port: String,
    build: &'static str,
    seed: u64,
    first: u64,
    cases: u64,
    requests: u64,
    hits: u64,
    stale: u64,
    clocks: u64,
    invalidations: u64,
    invalidations_in_flight: u64,
    fences: u64,
    accessed_dirty_updates: u64,
    bus_errors: u64,
    faults: BTreeMap<u16, u64>,
    faults_without_record: u64,
    pages: BTreeMap<String, u64>,
    page_pairs: BTreeMap<String, u64>,
    page_requests: u64,
    page_requests_queued: u64,
    page_responses: BTreeMap<u8, u64>,
    device_invalidations: u64,
    held_translations: u64,
    undecided: u64,
    digest: String,
    mismatch: Option<Difference>,
}

#[derive(Serialize)]
struct Difference {
    case: u64,
    differences: Vec<String>,
    shrunk: Vec<String>,
    requests: usize,
    commands: usize,
    stores: usize,
    saved: String,
    replay_shows_it: bool,
}

impl Report {
    fn new(args: &Args, fuzz: &Fuzz, mismatch: Option<Difference>) -> Self {
        let counts: &Counts = fuzz.counts();
        let pages = counts.sizes.iter();
        let pairs = counts.pairs.iter().filter(|(pair, _)| **pair != [0; 2]);
        Self {
            port: fuzz.port().to_string(),
            build: fuzz.build().name(),
            seed: args.seed,
            first: args.first,
            cases: counts.cases,
            requests: counts.requests,
            hits: counts.hits,
            stale: counts.stale,
            clocks: counts.clocks,
            invalidations: counts.invalidations,
            invalidations_in_flight: counts.invalidations_in_flight,
            fences: counts.fences,
            accessed_dirty_updates: counts.updates,
            bus_errors: counts.bus_errors,
            faults: counts.causes.clone(),
            faults_without_record: counts.unreported,
            pages: pages.map(|(size, n)| (page(*size), *n)).collect(),
            page_pairs: pairs.map(|(pair, n)| (in_words(*pair), *n)).collect(),
            page_requests: counts.page_requests,
            page_requests_queued: counts.pages_queued,
            page_responses: counts.page_responses.clone(),
            device_invalidations: counts.device_invalidations,
            held_translations: counts.held,
            undecided: counts.undecided,
            digest: format!("{:#018x}", fuzz.digest()),
            mismatch,
        }
    }

    /// What devices with ATS and PRI did.
    fn print_services(&self) {
        let row = |what: &str, n: u64| println!("  {n:>10}  {what}");
        row(
            "requests with a translation of a device's",
            self.held_translations,
        );
        row("invalidations of devices", self.device_invalidations);
        row("page requests", self.page_requests);
        row("of these queued", self.page_requests_queued);
        for (code, n) in &self.page_responses {
            row(&format!("of these answered with code {code:#x}"), *n);
        }
    }

    fn print(&self) {
        println!(
            "build {}, port {}, seed {}",
            self.build, self.port, self.seed
        );
        let row = |what: &str, n: u64| println!("  {n:>10}  {what}");
        row("cases", self.cases);
        row("requests", self.requests);
        row("of these answered from the caches", self.hits);
        row("of these by what memory no longer held", self.stale);
        row("clocks", self.clocks);
        row("invalidations", self.invalidations);
        row(
            "of these with requests in flight",
            self.invalidations_in_flight,
        );
        row("fences", self.fences);
        row("updates of A and D", self.accessed_dirty_updates);
        row("requests that met a bus error or poison", self.bus_errors);
        for (size, n) in &self.pages {
            row(&format!("translated, {size}"), *n);
        }
        for (pair, n) in &self.page_pairs {
            row(pair, *n);
        }
        for (cause, n) in &self.faults {
            row(&format!("refused: {}", Cause::from_code(*cause)), *n);
        }
        row("of these without a record", self.faults_without_record);
        if self.port == "pcie" {
            self.print_services();
        }
        row("not judged, too many versions", self.undecided);
        println!("  digest {}", self.digest);
        if let Some(mismatch) = &self.mismatch {
            mismatch.print(self);
        }
    }
}

impl Difference {
    fn print(&self, report: &Report) {
        let Report {
            build, port, seed, ..
        } = report;
        println!("MISMATCH in case {}", self.case);
        for text in &self.differences {
            println!("  {text}");
        }
        println!(
            "shrunk to {} requests, {} commands, {} stores:",
            self.requests, self.commands, self.stores
        );
        for text in &self.shrunk {
            println!("  {text}");
        }
        let shows = if self.replay_shows_it {
            "shows it"
        } else {
            "does not show it: it needs requests in flight, or this timing"
        };
        println!(
            "saved as {}; sallyport replay --build {build} --port {port} {shows}",
            self.saved
        );
        println!(
            "again: sallyport fuzz --seed {seed} --build {build} --port {port} --first {} --cases 1",
            self.case
        );
    }
}

/// The pages of both stages in words.
fn in_words([first, second]: [u64; 2]) -> String {
    match (first, second) {
        (0, second) => format!("second stage alone, {}", page(second)),
        (first, 0) => format!("first stage alone, {}", page(first)),
        (first, second) => format!("both stages, {} over {}", page(first), page(second)),
    }
}

/// A page size in words.
fn page(bytes: u64) -> String {
    let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.iter().find(|(shift, _)| bytes >> shift > 0);
    match unit {
        Some((shift, unit)) => format!("pages of {} {unit}", bytes >> shift),
        None => "unchanged".to_owned(),
    }
}
