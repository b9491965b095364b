// SPDX-License-Identifier: Apache-2.0
//! The command line.

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Parser;
use sallyport_bench::{Build, Waveform};
use sallyport_linux::{Distribution, Options, Pages, Run};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Boots Linux with the verilated IOMMU as its IOMMU, and NVMe traffic through it.
///
/// `make linux` fetches QEMU and the kernel first. A run that goes wrong makes the
/// exit status 1.
#[derive(Debug, Parser)]
#[command(name = "sallyport linux", version)]
pub struct Args {
    /// The runs: identity, sv39, sv48, sv57, unattached, unmapped, or all of them.
    #[arg(
        long,
        value_name = "NAME,...",
        value_delimiter = ',',
        default_value = "all"
    )]
    run: Vec<String>,

    /// The pages of paging runs: 4k, 64k (NAPOT), 2m or mixed.
    #[arg(long, value_name = "SIZE", default_value = "mixed")]
    pages: Pages,

    /// The build of the RTL: default or full. What the run needs by default.
    #[arg(long, value_name = "NAME")]
    build: Option<Build>,

    /// Where all random choices come from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// MiB to be written, and to be read.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    megabytes: u32,

    /// Rounds of unmapping and remapping at a time; they are repeated while there is I/O.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(3..))]
    rounds: u32,

    /// Write a waveform (FST), of the clocks from FROM up to TO or of all. Of more
    /// than one run, each has its name in the file's.
    #[arg(long, value_name = "FILE.fst[,FROM..TO]", value_parser = waveform)]
    wave: Option<Waveform>,

    /// Write what happened to each transaction; `sallyport explain` reads it.
    #[arg(long, value_name = "FILE.jsonl")]
    log: Option<PathBuf>,

    /// Write the guest's console.
    #[arg(long, value_name = "FILE")]
    console: Option<PathBuf>,

    /// Write the results for programs.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Where QEMU and the kernel were fetched to.
    #[arg(long, value_name = "FOLDER", default_value = "build/linux")]
    root: PathBuf,

    /// Boot this kernel instead; its modules must be those of the folder.
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,

    /// Seconds after which a run that has not ended has failed.
    #[arg(long, value_name = "N", default_value_t = 1800)]
    limit: u64,

    /// Seconds after which a silent console has failed.
    #[arg(long, value_name = "N", default_value_t = 300)]
    silence: u64,

    /// Use QEMU's own IOMMU and NVMe models in place of the RTL, for comparison.
    #[arg(long)]
    pub reference: bool,
}

impl Args {
    /// The runs and what each is made with.
    ///
    /// # Errors
    /// If a run is unknown, or cannot be made on the build.
    pub fn plan(&self) -> Result<Vec<(Run, Options)>> {
        ensure!(
            !self.reference || (self.wave.is_none() && self.log.is_none()),
            "QEMU's own models write no waveform and no log: give --wave and --log without --reference"
        );
        let runs = self.runs()?;
        let many = runs.len() > 1;
        let mut plan = Vec::new();
        for run in runs {
            let build = self.build.unwrap_or(run.build());
            ensure!(
                matches!(build, Build::Default | Build::Full),
                "build {build} has no interrupts by message or no AXI front end: default and full have both"
            );
            ensure!(
                !(run == Run::Sv57 && build == Build::Default),
                "build default has no Sv57: give --build full"
            );
            let named = |path: &PathBuf| {
                if many {
                    with_name(path, run)
                } else {
                    path.clone()
                }
            };
            let wave = self.wave.clone().map(|wave| Waveform {
                path: named(&wave.path),
                ..wave
            });
            plan.push((
                run,
                Options {
                    build,
                    pages: self.pages,
                    seed: self.seed,
                    mib: self.megabytes,
                    rounds: self.rounds,
                    wave,
                    log: self.log.as_ref().map(named),
                    console: self.console.as_ref().map(named),
                    limit: Duration::from_secs(self.limit),
                    silence: Duration::from_secs(self.silence),
                    reference: self.reference,
                    interrupted: Arc::new(AtomicBool::new(false)),
                },
            ));
        }
        Ok(plan)
    }

    /// QEMU's models do what a rogue does not, and take their largest mode.
    fn runs(&self) -> Result<Vec<Run>> {
        let possible = |run: &Run| !self.reference || matches!(run, Run::Identity | Run::Sv57);
        if self.run.iter().any(|name| name == "all") {
            return Ok(Run::ALL.into_iter().filter(possible).collect());
        }
        let runs: Result<Vec<Run>> = self
            .run
            .iter()
            .map(|name| name.parse().map_err(|error: String| anyhow!(error)))
            .collect();
        let runs = runs?;
        if let Some(run) = runs.iter().find(|run| !possible(run)) {
            bail!("QEMU's own models cannot make run {run}: identity and sv57 they can");
        }
        Ok(runs)
    }

    /// What was fetched.
    ///
    /// # Errors
    /// If something is missing.
    pub fn distribution(&self) -> Result<Distribution> {
        let mut distribution = Distribution::open(&self.root)?;
        if let Some(kernel) = &self.kernel {
            ensure!(kernel.is_file(), "{} is no file", kernel.display());
            distribution.kernel.clone_from(kernel);
        }
        Ok(distribution)
    }
}

/// `console.log` becomes `console-sv39.log`.
fn with_name(path: &Path, run: Run) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(extension) => format!("{stem}-{run}.{}", extension.to_string_lossy()),
        None => format!("{stem}-{run}"),
    };
    path.with_file_name(name)
}

fn waveform(text: &str) -> Result<Waveform> {
    let Some((path, range)) = text.rsplit_once(',') else {
        return Ok(Waveform::whole(text));
    };
    let (from, to) = range
        .split_once("..")
        .with_context(|| format!("{range} is no range of clocks: FROM..TO"))?;
    let clock = |text: &str, default| match text {
        "" => Ok(default),
        _ => text.parse().with_context(|| format!("{text} is no clock")),
    };
    let clocks = clock(from, 0)?..clock(to, u64::MAX)?;
    ensure!(!clocks.is_empty(), "{range} has no clocks");
    Ok(Waveform {
        path: path.into(),
        clocks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> Args {
        let mut line = vec!["sallyport-linux"];
        line.extend(words);
        Args::try_parse_from(line).unwrap()
    }

    #[test]
    fn files_of_many_runs_have_their_names() {
        let plan = args(&["--console", "a/c.log", "--run", "identity,sv39"])
            .plan()
            .unwrap();
        let consoles: Vec<_> = plan.iter().filter_map(|(_, o)| o.console.clone()).collect();
        assert_eq!(
            consoles,
            [Path::new("a/c-identity.log"), Path::new("a/c-sv39.log")]
        );
        let plan = args(&["--wave", "w.fst,5..9", "--run", "sv39"])
            .plan()
            .unwrap();
        let wave = plan[0].1.wave.clone().unwrap();
        assert_eq!((wave.path, wave.clocks), (PathBuf::from("w.fst"), 5..9));
    }

    #[test]
    fn all_are_all() {
        assert_eq!(args(&[]).plan().unwrap().len(), Run::ALL.len());
        assert_eq!(args(&["--reference"]).plan().unwrap().len(), 2);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for words in [
            &["--run", "sv32"][..],
            &["--run", "sv57", "--build", "default"],
            &["--build", "small"],
            &["--reference", "--run", "unattached"],
        ] {
            assert!(args(words).plan().is_err(), "{words:?}");
        }
    }
}
