// SPDX-License-Identifier: Apache-2.0
//! Cases one after the other.

use crate::counts::Counts;
use crate::messages;
use crate::plan::Plan;
use crate::run::{Ran, run};
use sallyport_bench::hardware::Digest;
use sallyport_bench::replay::{PortKind, ReplayConfig, probe};
use sallyport_bench::{Build, Seed};
use sallyport_model::Design;
use thiserror::Error;

/// A build that does not run.
#[derive(Debug, Error)]
#[error("build {build} does not answer: {reason}")]
pub struct FuzzError {
    build: Build,
    reason: String,
}

/// Cases of one seed on one build.
#[derive(Clone, Debug)]
pub struct Fuzz {
    port: PortKind,
    build: Build,
    design: Design,
    seed: Seed,
    next: u64,
    counts: Counts,
    digest: Digest,
}

/// A case that shows a mismatch.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The case.
    pub plan: Plan,
    /// What came of it.
    pub ran: Ran,
}

impl Fuzz {
    /// Begins with case 0.
    ///
    /// # Errors
    /// [`FuzzError`] if the build is not there or does not work at all.
    pub fn new(port: PortKind, build: Build, seed: Seed) -> Result<Self, FuzzError> {
        let config = ReplayConfig {
            port,
            build,
            seed: None,
            waveform: None,
            tlp_capture: None,
        };
        let probed = probe(&config).map_err(|error| FuzzError {
            build,
            reason: error.to_string(),
        })?;
        Ok(Self {
            port,
            build,
            design: probed.design(),
            seed,
            next: 0,
            counts: Counts::default(),
            digest: Digest::default(),
        })
    }

    /// Begins with another case.
    #[must_use]
    pub fn from_case(self, number: u64) -> Self {
        Self {
            next: number,
            ..self
        }
    }

    /// Runs the next case.
    ///
    /// # Errors
    /// The case, if it shows a mismatch.
    pub fn step(&mut self) -> Result<(), Box<Failed>> {
        let mut plan = Plan::new(self.seed, self.next, self.made_for());
        if self.port == PortKind::Pcie && self.design.capabilities.ats {
            messages::add(&mut plan, self.seed, &self.design);
        }
        self.next += 1;
        let ran = run(&plan, self.port, self.build, self.design, None);
        self.counts.add(&ran);
        self.digest.add(ran.digest);
        if ran.verdict.mismatches.is_empty() {
            Ok(())
        } else {
            Err(Box::new(Failed { plan, ran }))
        }
    }

    /// Where requests go in.
    #[must_use]
    pub fn port(&self) -> PortKind {
        self.port
    }

    /// What worlds are made for: on the bus nothing shows which memory-resident
    /// file a write was stored in.
    fn made_for(&self) -> Design {
        let mut design = self.design;
        design.capabilities.msi_mrif &= self.port == PortKind::Core;
        design
    }

    /// The build.
    #[must_use]
    pub fn build(&self) -> Build {
        self.build
    }

    /// What the build is made of.
    #[must_use]
    pub fn design(&self) -> Design {
        self.design
    }

    /// What was tried so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The digest of every beat on every port, over all cases.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest.value()
    }
}
