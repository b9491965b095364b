// SPDX-License-Identifier: Apache-2.0
//! The results for programs: docs/linux.md tells the schema.

use crate::boot::{Digests, Ending, Facts};
use crate::console::Fault;
use crate::distribution::{Distribution, Package};
use crate::judge::{Check, judge, passed};
use crate::plan::{Pages, Run};
use sallyport_vfio::Counters;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// All runs.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// `sallyport-linux-1`.
    pub schema: &'static str,
    /// Whether all is well.
    pub passed: bool,
    /// Whether the functions were QEMU's own, which counts nothing.
    pub reference: bool,
    /// The seed.
    pub seed: u64,
    /// The kernel's release, as its package says.
    pub kernel: String,
    /// The suite of the distribution.
    pub suite: String,
    /// The runs, in their order.
    pub runs: Vec<Report>,
    /// What was fetched for them.
    pub packages: Vec<Package>,
}

/// One run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The run.
    pub run: Run,
    /// The build of the RTL.
    pub build: String,
    /// The mode of the page tables; none for identity domains.
    pub mode: Option<&'static str>,
    /// The pages of paging runs.
    pub pages: Option<Pages>,
    /// MiB that were written.
    pub mib: u32,
    /// Whether all is well.
    pub passed: bool,
    /// How it ended.
    pub ending: Ending,
    /// The kernel's release, as the guest says.
    pub kernel: String,
    /// The IOMMU's driver, as the guest says.
    pub driver: String,
    /// Seconds on the wall.
    pub seconds: u64,
    /// The console's text.
    pub console: Option<PathBuf>,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// Checksums.
    pub digests: Digests,
    /// Faults in the kernel's log.
    pub faults: Vec<Fault>,
    /// What the RTL did.
    pub counters: Option<Counters>,
}

impl Report {
    /// Judges a boot.
    #[must_use]
    pub fn new(facts: Facts, time: Duration, console: Option<&Path>) -> Self {
        let checks = judge(&facts);
        let mode = facts.run.mode(facts.build);
        let said = |word| facts.console.said(word).unwrap_or("none").to_owned();
        Self {
            run: facts.run,
            build: facts.build.to_string(),
            mode,
            pages: mode.map(|_| facts.pages),
            mib: facts.mib,
            passed: passed(&checks),
            kernel: said("kernel"),
            driver: said("driver"),
            ending: facts.ending,
            seconds: time.as_secs(),
            console: console.map(Path::to_owned),
            checks,
            digests: facts.digests,
            faults: facts.console.faults,
            counters: facts.counters,
        }
    }
}

impl Summary {
    /// Of runs that were made; it is not well if there were none.
    #[must_use]
    pub fn new(distribution: &Distribution, seed: u64, reference: bool, runs: Vec<Report>) -> Self {
        Self {
            schema: "sallyport-linux-1",
            passed: !runs.is_empty() && runs.iter().all(|report| report.passed),
            reference,
            seed,
            kernel: distribution.release.clone(),
            suite: distribution.suite.clone(),
            runs,
            packages: distribution.packages.clone(),
        }
    }
}
