// SPDX-License-Identifier: Apache-2.0
//! A test, from its choices to its report.

use crate::attempt::Attempt;
use crate::context::Ctx;
use crate::evidence::{self, Evidence};
use crate::failure::Failure;
use crate::files::Files;
use crate::place::Place;
use crate::seed::{self, SEED_VARIABLE};
use crate::verdict::Verdict;
use sallyport_bench::{Build, SystemConfig};
use sallyport_bus::{Clock, Seed};
use std::panic::resume_unwind;
use std::path::PathBuf;

/// Clocks that a test may take unless it asks for more.
pub const LIMIT: u64 = 200_000;

/// Clocks up to a failure that its waveform shows.
pub const TRACED: u64 = 20_000;

/// A test in a system of its own. [`system_test!`](crate::system_test) makes
/// one, the methods change what it starts from, [`Test::run`] runs it.
#[derive(Clone, Debug)]
pub struct Test {
    place: Place,
    build: Build,
    seed: Seed,
    limit: u64,
    system: fn(Build, Seed) -> SystemConfig,
    command: Option<String>,
    folder: Option<PathBuf>,
}

impl Test {
    /// The default build, seed 1, [`LIMIT`] clocks, fixed timing.
    #[must_use]
    pub const fn new(place: Place) -> Self {
        Self {
            place,
            build: Build::Default,
            seed: Seed::new(1),
            limit: LIMIT,
            system: SystemConfig::new,
            command: None,
            folder: None,
        }
    }

    /// In another build of the RTL.
    #[must_use]
    pub const fn build(mut self, build: Build) -> Self {
        self.build = build;
        self
    }

    /// From another seed. What the environment says in `SALLYPORT_SEED` comes
    /// before this.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Seed::new(seed);
        self
    }

    /// With another limit: the test fails when its body has not ended after so
    /// many clocks.
    #[must_use]
    pub const fn clocks(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// In a system that is set up by `system`; [`SystemConfig::random`] makes
    /// everything random that the buses leave open.
    #[must_use]
    pub const fn system(mut self, system: fn(Build, Seed) -> SystemConfig) -> Self {
        self.system = system;
        self
    }

    /// With another command that runs it again than `cargo test`: for examples.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// With another folder for the files of a failure; by default they go into
    /// a folder `sallyport-failures` of the build.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Runs the test. When it fails it is run again, the report is printed to
    /// standard error, and the first run's panic goes on.
    ///
    /// # Panics
    /// If the test fails; if `SALLYPORT_SEED` is no number.
    pub fn run<V: Verdict>(&self, body: impl AsyncFn(Ctx) -> V) {
        if let Err(failure) = self.check(body) {
            eprintln!("\n{failure}\n");
            resume_unwind(failure.into_panic());
        }
    }

    /// Runs the test, and gives the report back instead of failing.
    ///
    /// # Errors
    /// [`Failure`] if the body panics, returns an error or runs out of clocks,
    /// or a protocol monitor or an assertion of the RTL finds fault.
    ///
    /// # Panics
    /// If `SALLYPORT_SEED` is no number.
    pub fn check<V: Verdict>(&self, body: impl AsyncFn(Ctx) -> V) -> Result<(), Box<Failure>> {
        let seed = seed::chosen(self.seed).unwrap_or_else(|error| panic!("{error}"));
        let config = (self.system)(self.build, seed);
        let mut first = match Attempt::new(&config, None, self.limit, &body) {
            Ok(attempt) => attempt,
            Err(error) => {
                let cause = crate::cause::Cause::Bench(error.into());
                let failure = self.failure(seed, cause, Clock::ZERO);
                return Err(Box::new(failure));
            }
        };
        if first.failed.is_none() {
            return Ok(());
        }
        eprintln!(
            "{} failed; again, with log and waveform:",
            self.place.name()
        );
        let files = Files::new(self.folder.as_deref(), &self.place, seed);
        let evidence = evidence::gather(&first, &config, self.limit, TRACED, files, &body);
        let Some(cause) = first.failed.take() else {
            return Ok(());
        };
        Err(Box::new(Failure {
            state: first.state,
            evidence,
            ..self.failure(seed, cause, first.clock)
        }))
    }

    fn failure(&self, seed: Seed, cause: crate::cause::Cause, clock: Clock) -> Failure {
        let command = self.command.clone();
        let command = command.unwrap_or_else(|| self.place.command());
        Failure {
            name: self.place.name().to_owned(),
            cause,
            clock,
            seed,
            rerun: format!("{SEED_VARIABLE}={} {command}", seed.value()),
            state: Vec::new(),
            evidence: Evidence::default(),
        }
    }
}
