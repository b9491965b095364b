// SPDX-License-Identifier: Apache-2.0
//! The report of a test that failed.

use crate::cause::Cause;
use crate::evidence::Evidence;
use sallyport_bus::{Clock, Seed};
use std::any::Any;
use std::fmt;
use std::path::Path;

/// A test that failed: why, when, and what is known about it. Its text is the
/// report that the test prints.
#[derive(Debug)]
pub struct Failure {
    pub(crate) name: String,
    pub(crate) cause: Cause,
    pub(crate) clock: Clock,
    pub(crate) seed: Seed,
    pub(crate) rerun: String,
    pub(crate) state: Vec<String>,
    pub(crate) evidence: Evidence,
}

impl Failure {
    /// Why: the message of the panic, the error, the time-out with all that
    /// was under way.
    #[must_use]
    pub fn message(&self) -> String {
        self.cause.to_string()
    }

    /// The clock of the failure.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// The seed of the run.
    #[must_use]
    pub const fn seed(&self) -> Seed {
        self.seed
    }

    /// The line that runs the test again.
    #[must_use]
    pub fn rerun(&self) -> &str {
        &self.rerun
    }

    /// What was under way at the failure, and breaches of the protocol, a line
    /// each.
    #[must_use]
    pub fn state(&self) -> &[String] {
        &self.state
    }

    /// The request that tells most, as [`sallyport_log::tree`] shows it. `None`
    /// if there was no request.
    #[must_use]
    pub fn tree(&self) -> Option<&str> {
        let culprit = self.evidence.culprit.as_ref();
        culprit.map(|culprit| culprit.tree.as_str())
    }

    /// The waveform of the last clocks before the failure.
    #[must_use]
    pub fn waveform(&self) -> Option<&Path> {
        let files = self.evidence.files.as_ref();
        files.map(|files| files.waveform.as_path())
    }

    /// The log of all transactions.
    #[must_use]
    pub fn log(&self) -> Option<&Path> {
        let files = self.evidence.files.as_ref();
        files.map(|files| files.log.as_path())
    }

    /// Whether the second run failed in another way, or not at all: the test
    /// then depends on more than its seed.
    #[must_use]
    pub const fn is_nondeterministic(&self) -> bool {
        self.evidence.differs
    }

    /// What the test fails with: what the body panicked with, or the message.
    pub(crate) fn into_panic(self) -> Box<dyn Any + Send> {
        let message = self.message();
        match self.cause {
            Cause::Panic(payload) => payload,
            _ => Box::new(message),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Evidence {
            culprit,
            unanswered,
            files,
            differs,
            problem,
        } = &self.evidence;
        writeln!(f, "{} failed at clock {}", self.name, self.clock.0)?;
        writeln!(f, "{}", self.cause)?;
        if !self.cause.is_timeout() {
            list(f, "on the buses", &self.state)?;
        }
        list(f, "without an answer, oldest first", unanswered)?;
        match culprit {
            Some(culprit) => write!(f, "\n{}:\n{}", culprit.why, culprit.tree)?,
            None => writeln!(f, "\nno request was made")?,
        }
        writeln!(f)?;
        if let Some(files) = files {
            writeln!(f, "waveform: {}", files.waveform.display())?;
            writeln!(f, "log:      {}", files.log.display())?;
        }
        if let Some(problem) = problem {
            writeln!(f, "{problem}")?;
        }
        if *differs {
            writeln!(
                f,
                "the second run was another one: the test depends on more than its seed"
            )?;
        }
        writeln!(f, "clock:    {}", self.clock.0)?;
        write!(f, "again:    {}", self.rerun)
    }
}

fn list(f: &mut fmt::Formatter<'_>, heading: &str, lines: &[String]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "{heading}:")?;
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}
