// SPDX-License-Identifier: Apache-2.0
//! `sallyport demo`: real traffic through the IOMMU, scene by scene.

use crate::status::Status;
use anyhow::{Context, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use sallyport_bench::Waveform;
use sallyport_capture::Capture;
use sallyport_demo::{Bus, Options, Progress, Scene, check_stamps, render, run as play, scenes};
use std::cell::RefCell;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The capture that is used when none is named.
const DEFAULT: &[u8] = include_bytes!("../../../data/captures/mixed.pcap");
/// Its name.
const DEFAULT_NAME: &str = "mixed.pcap";

/// Plays seven scenes: a NIC and scattered buffers, a rogue, two devices and one
/// address, pages that are taken away from a NIC that writes, two programs and one
/// address, a guest that runs a NIC, and the interrupts of a guest. Over PCI Express
/// two more follow: memory that is not there yet, and a liar.
///
/// A scene that goes wrong makes the exit status 1.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What devices reach the IOMMU by: AXI4 or PCI Express.
    #[arg(long, value_name = "axi|pcie", default_value = "axi", value_parser = bus)]
    bus: Bus,

    /// Play these scenes only, by their numbers.
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    scene: Vec<u32>,

    /// Write every TLP of both directions (pcapng); tb/wireshark has a dissector.
    /// Needs --bus pcie.
    #[arg(long, value_name = "FILE.pcapng")]
    tlp_capture: Option<PathBuf>,

    /// The frames: pcap or pcapng. A capture of mixed traffic by default.
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,

    /// Write the frames that the NIC has transmitted.
    #[arg(long, value_name = "FILE.pcap")]
    out: Option<PathBuf>,

    /// Use the first N frames only.
    #[arg(long, value_name = "N")]
    frames: Option<usize>,

    /// Write a waveform (FST), of the clocks from FROM up to TO or of all.
    #[arg(long, value_name = "FILE.fst[,FROM..TO]", value_parser = waveform)]
    wave: Option<Waveform>,

    /// Write what happened to each transaction; `explain` reads it.
    #[arg(long, value_name = "FILE.jsonl")]
    log: Option<PathBuf>,

    /// Where all random choices come from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// One JSON document instead of text; docs/demo-json.md tells its schema.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// If a file cannot be read or written.
pub fn run(args: &Args) -> Result<Status> {
    check_scenes(args)?;
    let (capture, name) = read(args)?;
    if let Some(out) = &args.out {
        capture.check_writable(out)?;
    }
    let wave = args.wave.as_ref().map(|wave| &wave.path);
    for path in wave.into_iter().chain(&args.log).chain(&args.tlp_capture) {
        check_creatable(path)?;
    }
    let options = Options {
        waveform: args.wave.clone(),
        log: args.log.clone(),
        tlp_capture: args.tlp_capture.clone(),
        bus: args.bus,
        scenes: args.scene.clone(),
        progress: progress(),
        ..Options::new(args.seed)
    };
    let finished = play(&capture, &name, &options)?;
    let report = &finished.report;
    if args.json {
        say(&(serde_json::to_string_pretty(report)? + "\n"))?;
    } else {
        say(&render(report))?;
    }
    let sent = |scene: &Scene| scene.number == 1 && scene.passed;
    let all_sent = report.scenes.iter().any(sent);
    match &args.out {
        Some(out) if all_sent => finished.transmitted.write(out)?,
        Some(out) => eprintln!(
            "sallyport: {}: not written, because scene 1 failed",
            out.display()
        ),
        None => {}
    }
    Ok(if report.passed {
        Status::Good
    } else {
        Status::Bad
    })
}

/// Whether what is asked for is there over this bus.
fn check_scenes(args: &Args) -> Result<()> {
    for &number in &args.scene {
        if scenes(args.bus).contains(&number) {
            continue;
        }
        if scenes(Bus::Pcie).contains(&number) {
            bail!("scene {number} needs --bus pcie");
        }
        bail!("there is no scene {number}");
    }
    if args.tlp_capture.is_some() && args.bus != Bus::Pcie {
        bail!("--tlp-capture needs --bus pcie");
    }
    if args.out.is_some() && !args.scene.is_empty() && !args.scene.contains(&1) {
        bail!("--out needs scene 1");
    }
    Ok(())
}

/// The bus of this name.
fn bus(text: &str) -> Result<Bus> {
    let buses = [Bus::Axi, Bus::Pcie];
    let found = buses.into_iter().find(|bus| bus.name() == text);
    found.ok_or_else(|| anyhow!("{text} is no bus: axi or pcie"))
}

/// The capture, and what it is called.
fn read(args: &Args) -> Result<(Capture, String)> {
    let path = args.pcap.as_deref().unwrap_or(Path::new(DEFAULT_NAME));
    let capture = if args.pcap.is_some() {
        Capture::read(path, args.frames)?
    } else {
        Capture::parse(DEFAULT, path, args.frames)?
    };
    if let Err(frame) = check_stamps(&capture.frames) {
        bail!(
            "{}: the time stamp of frame {frame} is past the year 2514",
            path.display()
        );
    }
    Ok((capture, path.display().to_string()))
}

/// Says whether the file can be written, and leaves nothing behind.
fn check_creatable(path: &Path) -> Result<()> {
    let is_new = !path.exists();
    let open = File::options().append(true).create(true).open(path);
    open.with_context(|| path.display().to_string())?;
    if is_new {
        std::fs::remove_file(path).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// `FILE` or `FILE,FROM..TO`, in clocks.
fn waveform(text: &str) -> Result<Waveform> {
    let Some((path, range)) = text.rsplit_once(',') else {
        return Ok(Waveform::whole(text));
    };
    let (from, to) = range
        .split_once("..")
        .ok_or_else(|| anyhow!("{range} is no range of clocks: FROM..TO"))?;
    let clock = |text: &str, default| match text {
        "" => Ok(default),
        _ => text.parse().with_context(|| format!("{text} is no clock")),
    };
    let clocks = clock(from, 0)?..clock(to, u64::MAX)?;
    if clocks.is_empty() {
        bail!("{range} has no clocks");
    }
    Ok(Waveform {
        path: path.into(),
        clocks,
    })
}

/// A bar for the scene that is played, where somebody looks.
fn progress() -> Progress {
    let bar: RefCell<Option<(&str, ProgressBar)>> = RefCell::new(None);
    Rc::new(move |scene, done, total| {
        let mut bar = bar.borrow_mut();
        if bar.as_ref().is_none_or(|(name, _)| *name != scene) {
            let new = ProgressBar::new(total);
            if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {eta}")
            {
                new.set_style(style);
            }
            new.set_prefix(scene);
            *bar = Some((scene, new));
        }
        if let Some((_, bar)) = &*bar {
            bar.set_position(done);
            if done == total {
                bar.finish_and_clear();
            }
        }
    })
}

/// Writes to standard output. Whoever reads may have seen enough.
fn say(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.context("standard output"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waveforms_may_have_a_range() {
        let whole = waveform("a.fst").expect("a file");
        assert_eq!(whole, Waveform::whole("a.fst"));
        let part = waveform("a,b.fst,10..20").expect("a file and a range");
        assert_eq!((part.path, part.clocks), ("a,b.fst".into(), 10..20));
        assert_eq!(waveform("a,5..").expect("open").clocks, 5..u64::MAX);
        for bad in ["a,5", "a,9..3", "a,x..3"] {
            assert!(waveform(bad).is_err(), "{bad}");
        }
    }
}
