// SPDX-License-Identifier: Apache-2.0
//! What the tests of the RTL leave out, as one HTML page.
//!
//! Reads what models have counted (`*.points`, see `tb/sim/cpp/coverage.h`) and
//! what samplers have seen (`*.cross`, see `sallyport-cross`) in a folder. Every
//! line or branch that never ran, bit that never changed, and combination that
//! never happened is a hole; `explained.toml` says why some are none to close.
//! The exit status is 1 if a hole has no explanation, or an explanation no hole.
#![forbid(unsafe_code)]

mod explained;
mod hole;
mod page;
mod points;
mod verdict;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use explained::Explained;
use points::Points;
use sallyport_cross::Tally;
use verdict::judge;

/// Makes a page of what was measured.
#[derive(Debug, Parser)]
#[command(name = "sallyport-coverage")]
struct Args {
    /// The folder with what was measured.
    data: PathBuf,

    /// The folder with the sources of the RTL.
    #[arg(long, default_value = "rtl")]
    rtl: PathBuf,

    /// The explanations.
    #[arg(long, default_value = "tb/coverage/explained.toml")]
    explained: PathBuf,

    /// The page.
    #[arg(long, default_value = "build/coverage/index.html")]
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("sallyport-coverage: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<bool> {
    let text = fs::read_to_string(&args.explained)
        .with_context(|| format!("{}", args.explained.display()))?;
    let explained: Explained =
        toml::from_str(&text).with_context(|| format!("{}", args.explained.display()))?;
    let (points, tally) = read(args)?;
    let findings = judge(&points, &tally, &explained, &args.rtl);
    fs::write(&args.out, page::page(&findings, &tally))
        .with_context(|| format!("{}", args.out.display()))?;
    for (name, share) in [
        ("lines and branches", findings.lines),
        ("bits", findings.toggles),
        ("cross", findings.cross),
    ] {
        println!(
            "{name}: {} of {}, {} explained, {} open",
            share.hit,
            share.all,
            share.explained,
            share.all - share.hit - share.explained
        );
    }
    println!(
        "{} holes to close, {} explanations of nothing: {}",
        findings.open() + findings.impossible.len(),
        findings.obsolete.len(),
        args.out.display()
    );
    Ok(findings.is_good())
}

/// All files of the folder, together.
fn read(args: &Args) -> Result<(Points, Tally)> {
    let mut points = Points::new();
    let mut tally = Tally::default();
    let folder = &args.data;
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        match path.extension().and_then(|e| e.to_str()) {
            Some("points") => points::add_file(&mut points, &path)?,
            Some("cross") => tally.add_file(&path)?,
            _ => {}
        }
    }
    if points.is_empty() || tally.bins.is_empty() {
        bail!("nothing was measured in {}", folder.display());
    }
    Ok((points, tally))
}
