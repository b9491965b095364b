// SPDX-License-Identifier: Apache-2.0
//! The command `sallyport-linux`, which `sallyport linux` runs.
//!
//! Exit status: 0 if all runs passed, 1 if one did not, 2 if one could not be made: in
//! one line on standard error.
#![forbid(unsafe_code)]

mod args;

use anyhow::{Context, Result};
use args::Args;
use clap::Parser;
use clap::error::ErrorKind;
use sallyport_linux::clock::Clock;
use sallyport_linux::summary::{Report, Summary};
use sallyport_linux::{boot, render};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("sallyport linux: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether all runs passed.
fn run(args: &Args) -> Result<bool> {
    let plan = args.plan()?;
    let distribution = args.distribution()?;
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // A second one ends us at once, and the kernel ends QEMU.
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&interrupted))?;
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    let mut reports = Vec::new();
    for (run, options) in plan {
        let mut options = options;
        options.interrupted = Arc::clone(&interrupted);
        eprintln!("booting Linux {} for {run}", distribution.release);
        let clock = Clock::start();
        let facts = boot(run, &distribution, &options).with_context(|| run.to_string())?;
        let report = Report::new(facts, clock.elapsed(), options.console.as_deref());
        print!("{}", render::run(&report));
        reports.push(report);
    }
    let summary = Summary::new(&distribution, args.seed, args.reference, reports);
    print!("\n{}", render::summary(&summary));
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&summary)? + "\n";
        fs::write(path, text).with_context(|| format!("{}", path.display()))?;
    }
    Ok(summary.passed)
}

/// What is wrong with a command line is said in one line.
fn usage(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let words: Vec<&str> = text
        .lines()
        .take_while(|line| !line.is_empty())
        .map(str::trim)
        .collect();
    let line = words.join(" ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    eprintln!("sallyport linux: {line}");
    ExitCode::from(2)
}
