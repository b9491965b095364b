// SPDX-License-Identifier: Apache-2.0
//! The command `sallyport`.
//!
//! Exit status: 0 if all went well, 1 if something that was tested is wrong, 2
//! if the command could not do what it was asked: unknown options, missing or
//! malformed files, in one line on standard error.
#![forbid(unsafe_code)]

mod commands;
mod status;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use commands::{demo, explain, fuzz, linux, replay};
use status::Status;
use std::process::ExitCode;

/// A RISC-V IOMMU in RTL, and everything around it.
#[derive(Debug, Parser)]
#[command(name = "sallyport", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// One variant and one module of `commands` for each command.
#[derive(Debug, Subcommand)]
enum Command {
    /// Real traffic through the IOMMU, scene by scene.
    Demo(demo::Args),
    /// Play conformance vectors on the RTL, or on the golden model.
    Replay(replay::Args),
    /// Compare random worlds and traffic with the golden model.
    Fuzz(fuzz::Args),
    /// Show what happened to the transactions of a log.
    Explain(explain::Args),
    /// Boot Linux with the verilated IOMMU as its IOMMU.
    Linux(linux::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let result = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Linux(args) => linux::run(&args),
    };
    match result {
        Ok(status) => status.into(),
        Err(error) => {
            eprintln!("sallyport: {}", sentence(&error));
            Status::Unusable.into()
        }
    }
}

/// An error and its causes in one line, each said once: some libraries put the
/// cause into the text of the error.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Help goes out as it is; what is wrong with a command line is said in one
/// line.
fn usage(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        let _ = error.print();
        return match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Status::Unusable.into(),
            _ => Status::Good.into(),
        };
    }
    let text = error.to_string();
    let words: Vec<&str> = text
        .lines()
        .take_while(|line| !line.is_empty())
        .map(str::trim)
        .collect();
    let line = words.join(" ");
    eprintln!(
        "sallyport: {}",
        line.strip_prefix("error: ").unwrap_or(&line)
    );
    Status::Unusable.into()
}
