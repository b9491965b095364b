// SPDX-License-Identifier: Apache-2.0
//! Runs Verilator and the compiler for one model.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::BUILDS;

/// Flags of every model. Registers without a reset start with random values
/// that follow from the seed, and so does whatever the RTL leaves open. Style
/// is for lint to judge; what Verilator may get wrong is an error.
const FLAGS: [&str; 18] = [
    "--cc",
    "--assert",
    "-O3",
    "--x-assign",
    "unique",
    "--x-initial",
    "unique",
    "--trace-fst",
    "--trace-structs",
    "--no-timing",
    "--timescale-override",
    "1ns/1ns",
    "-Wno-fatal",
    "-Werror-UNOPTFLAT",
    "-Werror-MULTIDRIVEN",
    "-Werror-LATCH",
    "--error-limit",
    "20",
];

/// Flags of the C++ compiler: what runs every clock, and the rest, which is
/// the greater part of the time to compile.
const MAKE_FLAGS: [&str; 4] = [
    "VM_PARALLEL_BUILDS=1",
    "OPT_FAST=-O2",
    "OPT_SLOW=-O0",
    "CXXFLAGS=-include sallyport_report.h -DVL_PRINTF=sallyport_printf -w",
];

/// More flags of a model that counts which lines ran and which bits changed.
const COVERAGE_FLAGS: [&str; 2] = ["--coverage-line", "--coverage-toggle"];

/// One top in one build.
pub struct Model {
    /// The module.
    pub top: &'static str,
    /// The top's short name.
    pub short: &'static str,
    /// The number of the build.
    pub build: usize,
    /// More parameters of the top.
    pub parameters: &'static [&'static str],
}

impl Model {
    /// How users name the model.
    pub fn name(&self) -> String {
        format!("{}.{}", self.short, BUILDS[self.build])
    }

    /// The name of its C++ class and library.
    pub fn prefix(&self) -> String {
        format!("V{}_{}", self.top, BUILDS[self.build].replace('-', "_"))
    }
}

/// An installed Verilator.
pub struct Verilator {
    /// The models that count what ran in them.
    coverage: Vec<String>,
    program: PathBuf,
    version: String,
    root: PathBuf,
}

impl Verilator {
    /// Finds the one that the environment names.
    pub fn find() -> Result<Self> {
        let program = env::var_os("VERILATOR").unwrap_or_else(|| "verilator".into());
        let program = PathBuf::from(program);
        let ask = |args: &[&str]| -> Result<String> {
            let output = Command::new(&program).args(args).output();
            match output {
                Ok(output) if output.status.success() => {
                    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
                }
                _ => bail!(
                    "cannot run {}: install Verilator (`apt install verilator`), or name the \
                     program in VERILATOR=",
                    program.display()
                ),
            }
        };
        let version = ask(&["--version"])?;
        let root = PathBuf::from(ask(&["--getenv", "VERILATOR_ROOT"])?);
        Ok(Self {
            coverage: env::var("SALLYPORT_MODEL_COVERAGE")
                .map(|names| names.split(',').map(|n| n.trim().to_owned()).collect())
                .unwrap_or_default(),
            program,
            version,
            root,
        })
    }

    /// Verilator's runtime.
    pub fn include(&self) -> PathBuf {
        self.root.join("include")
    }

    /// Everything but the sources that decides what a model becomes.
    pub fn recipe(&self, model: &Model) -> String {
        let mut flags = format!("{FLAGS:?}");
        if self.counts(model) {
            flags += &format!(" {COVERAGE_FLAGS:?}");
        }
        if !model.parameters.is_empty() {
            flags += &format!(" {:?}", model.parameters);
        }
        format!(
            "{} {} {flags} {MAKE_FLAGS:?} {}",
            self.version,
            model.prefix(),
            self.header(model, " ")
        )
    }

    /// What every file of a model includes.
    fn header(&self, model: &Model, between: &str) -> String {
        let report = include_str!("../cpp/report.h");
        if self.counts(model) {
            format!("{report}{between}{}", include_str!("../cpp/points.h"))
        } else {
            report.to_owned()
        }
    }

    /// Whether the model counts what runs in it.
    pub fn counts(&self, model: &Model) -> bool {
        self.coverage.contains(&model.name())
    }

    fn more_flags(&self, model: &Model) -> &'static [&'static str] {
        if self.counts(model) {
            &COVERAGE_FLAGS
        } else {
            &[]
        }
    }

    /// Makes the static library of `model` in the new folder `folder`.
    pub fn verilate(&self, model: &Model, files: &[PathBuf], folder: &Path) -> Result<()> {
        let prefix = model.prefix();
        let mut command = Command::new(&self.program);
        command
            .args(FLAGS)
            .args(self.more_flags(model))
            .arg(format!("-GBuild={}", model.build))
            .args(model.parameters)
            .args(["--top-module", model.top, "--prefix", &prefix, "--Mdir"])
            .arg(folder)
            .args(files);
        run(command).with_context(|| format!("Verilator refuses {}", model.name()))?;

        fs::write(folder.join("sallyport_report.h"), self.header(model, ""))?;
        let mut make = Command::new("make");
        // Cargo's own jobserver is not made's.
        make.env_remove("MAKEFLAGS")
            .env_remove("MFLAGS")
            .env_remove("CARGO_MAKEFLAGS")
            .arg("-C")
            .arg(folder)
            .args(["-s", "-f", &format!("{prefix}.mk")])
            .args(MAKE_FLAGS)
            .arg(format!("{prefix}__ALL.a"));
        run(make).with_context(|| format!("cannot compile {}", model.name()))?;
        fs::rename(
            folder.join(format!("{prefix}__ALL.a")),
            folder.join(format!("lib{prefix}.a")),
        )?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|e| e == "o" || e == "cpp" || e == "d")
            {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Runs a command; what it said is the error if it fails.
fn run(mut command: Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {}", Path::new(command.get_program()).display()))?;
    if !output.status.success() {
        bail!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
