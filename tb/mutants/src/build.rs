// SPDX-License-Identifier: Apache-2.0
//! Builds the tests over the copy of the RTL, and runs them.

use crate::patch::Patch;
use crate::shown;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The models that mutants live in.
const MODELS: &str = "core.small,core.default,core.full,axi.small,axi.default,pcie.default";

/// The model of those that only tests of the TLP ports notice.
const PCIE: &str = "pcie.default";

/// The tests, built.
pub struct Tests {
    program: PathBuf,
}

impl Tests {
    /// Builds the tests and the models of these mutants below `folder`.
    pub fn build<'a>(
        root: &Path,
        folder: &Path,
        rtl: &Path,
        mut patches: impl Iterator<Item = &'a Patch>,
    ) -> Result<Self> {
        let by_packets = |patch: &Patch| patch.tests.iter().all(|test| test.starts_with("pcie::"));
        let models = if patches.all(by_packets) {
            PCIE
        } else {
            MODELS
        };
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .current_dir(root)
            .args([
                "test",
                "--release",
                "--locked",
                "--no-run",
                "-p",
                "sallyport-tests",
            ])
            .args(["--message-format", "json-render-diagnostics"])
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env("SALLYPORT_RTL", rtl)
            .env("SALLYPORT_MODELS", models)
            .env("SALLYPORT_MODEL_CACHE", folder.join("models"))
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!(
                "the RTL with the mutants in {} does not build",
                shown(root, rtl)
            );
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let program = text.lines().find_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).ok()?;
            (message["target"]["name"] == "rtl")
                .then(|| message["executable"].as_str())?
                .map(PathBuf::from)
        });
        Ok(Self {
            program: program.context("cargo built no tests")?,
        })
    }

    fn command(&self, number: usize, builds: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("SALLYPORT_MUTANT", number.to_string())
            .env("SALLYPORT_BUILDS", builds)
            .env("RUST_BACKTRACE", "0");
        command
    }

    /// The tests that the mutants name pass as long as there is no mutant.
    pub fn without_mutant<'a>(&self, patches: impl Iterator<Item = &'a Patch>) -> Result<()> {
        let wanted: BTreeSet<(&str, &str)> = patches
            .flat_map(|p| {
                p.tests
                    .iter()
                    .map(|test| (p.builds.as_str(), test.as_str()))
            })
            .collect();
        let builds: BTreeSet<&str> = wanted.iter().map(|(builds, _)| *builds).collect();
        for builds in builds {
            let tests = wanted
                .iter()
                .filter(|(b, _)| *b == builds)
                .map(|(_, test)| test);
            let output = self.command(0, builds).args(tests).output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            if !output.status.success() {
                bail!("tests fail without a mutant:\n{text}");
            }
            if text.contains("running 0 tests") {
                bail!("the mutants name tests that do not exist");
            }
        }
        Ok(())
    }

    /// The first test that fails with a mutant, if one does.
    pub fn with_mutant(&self, number: usize, patch: &Patch) -> Result<Option<String>> {
        let output = self
            .command(number, &patch.builds)
            .args(&patch.tests)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if output.status.success() {
            if text.contains("running 0 tests") {
                bail!("{}.patch names tests that do not exist", patch.name);
            }
            return Ok(None);
        }
        let failed = text.lines().find_map(|line| {
            line.strip_prefix("test ")?
                .strip_suffix(" ... FAILED")
                .map(str::to_owned)
        });
        Ok(Some(
            failed.unwrap_or_else(|| "the end of the program".to_owned()),
        ))
    }
}
