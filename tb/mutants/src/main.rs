// SPDX-License-Identifier: Apache-2.0
//! Plants faults in the RTL, one at a time, and sees whether a test notices.
//!
//! A mutant is a patch of one line. All of them go into one copy of the RTL, in
//! which a number that is read when the simulation starts chooses between the
//! line as it is and the line as it would be: the models are built once, and a
//! mutant costs no more than the tests that it names.
#![forbid(unsafe_code)]

mod build;
mod merge;
mod patch;

use anyhow::{Context, Result, ensure};
use build::Tests;
use clap::Parser;
use patch::Patch;
use std::path::Path;
use std::process::ExitCode;

/// Plant faults in the RTL, and see whether a test notices.
///
/// Exit status: 0 if all were noticed, 1 if one survived, 2 if a patch does not
/// apply, the RTL does not build, or the tests fail without a mutant.
#[derive(Parser)]
#[command(name = "tb/mutants/run")]
struct Arguments {
    /// List the mutants and the rules that they break.
    #[arg(long)]
    list: bool,
    /// Run these only: names, or parts of names.
    names: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether all mutants were noticed.
fn run(arguments: &Arguments) -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .context("no workspace")?;
    let patches = patch::read_all(&root.join("tb/mutants"))?;
    // Mutants are numbered from one: zero is the RTL as it is.
    let chosen: Vec<(usize, &Patch)> = (1..)
        .zip(&patches)
        .filter(|(_, patch)| {
            arguments.names.is_empty() || arguments.names.iter().any(|n| patch.name.contains(n))
        })
        .collect();
    ensure!(!chosen.is_empty(), "no mutant has such a name");
    if arguments.list {
        for (_, patch) in &chosen {
            println!("{:36} {}", patch.name, patch.rule);
        }
        return Ok(true);
    }

    let folder = root.join("build/mutants");
    let rtl = merge::copy(&root, &folder, &patches)?;
    println!("building the models of {} mutants", patches.len());
    let tests = Tests::build(&root, &folder, &rtl, patches_of(&chosen))?;
    tests.without_mutant(patches_of(&chosen))?;
    let mut survivors = Vec::new();
    for (number, patch) in &chosen {
        match tests.with_mutant(*number, patch)? {
            Some(test) => println!("{:36} killed by {test}", patch.name),
            None => {
                println!("{:36} SURVIVED: {}", patch.name, patch.rule);
                survivors.push(&patch.name);
            }
        }
    }
    println!(
        "{} of {} mutants killed",
        chosen.len() - survivors.len(),
        chosen.len()
    );
    Ok(survivors.is_empty())
}

fn patches_of<'a>(chosen: &[(usize, &'a Patch)]) -> impl Iterator<Item = &'a Patch> {
    chosen.iter().map(|(_, patch)| *patch)
}

/// A file's path for a message: as seen from the workspace.
fn shown<'a>(root: &Path, path: &'a Path) -> std::path::Display<'a> {
    path.strip_prefix(root).unwrap_or(path).display()
}
