// SPDX-License-Identifier: Apache-2.0
//! What came of a case, and of a file of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::capabilities::Skip;

/// One thing that is not as expected, in the specification's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The register, field or place.
    pub subject: String,
    /// What it must be.
    pub expected: String,
    /// What it is.
    pub got: String,
}

impl Difference {
    /// Numbers, shown in hexadecimal.
    #[must_use]
    pub fn hex(subject: impl Into<String>, expected: u64, got: u64) -> Self {
        Self::new(
            subject,
            format_args!("{expected:#x}"),
            format_args!("{got:#x}"),
        )
    }

    /// Anything that can be shown.
    #[must_use]
    pub fn new(
        subject: impl Into<String>,
        expected: impl fmt::Display,
        got: impl fmt::Display,
    ) -> Self {
        Self {
            subject: subject.into(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject,
            expected,
            got,
        } = self;
        write!(f, "{subject}: expected {expected}, got {got}")
    }
}

/// The step that a case failed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its index; `None` while the player was setting up.
    pub step: Option<usize>,
    /// What was being done.
    pub action: String,
    /// All that is different there, at least one.
    pub differences: Vec<Difference>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "step {step}, {}", self.action)?,
            None => write!(f, "before the steps, {}", self.action)?,
        }
        for (number, difference) in self.differences.iter().enumerate() {
            let separator = if number == 0 { ": " } else { "; " };
            write!(f, "{separator}{difference}")?;
        }
        Ok(())
    }
}

/// What came of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything as expected.
    Passed,
    /// Something was different.
    Failed(Failure),
    /// The target is not for this case.
    Skipped(Skip),
}

/// What came of the cases of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// What the file is called.
    pub name: String,
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed.
    pub failed: usize,
    /// Cases that were skipped, by reason.
    pub skips: BTreeMap<Skip, usize>,
}

impl Summary {
    /// Nothing played yet.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            passed: 0,
            failed: 0,
            skips: BTreeMap::new(),
        }
    }

    /// Counts one more case.
    pub fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Skipped(skip) => *self.skips.entry(skip.clone()).or_default() += 1,
        }
    }

    /// Cases that were skipped.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skips.values().sum()
    }

    /// All cases counted.
    #[must_use]
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.skipped()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} passed, {} failed, {} skipped of {}",
            self.name,
            self.passed,
            self.failed,
            self.skipped(),
            self.total()
        )?;
        let reasons: Vec<String> = self
            .skips
            .iter()
            .map(|(skip, count)| format!("{skip} {count}"))
            .collect();
        if !reasons.is_empty() {
            write!(f, " ({})", reasons.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries() {
        let mut summary = Summary::new("pdt");
        summary.count(&Outcome::Passed);
        summary.count(&Outcome::Skipped(Skip::Port));
        for name in ["Sv48", "ATS", "Sv48"] {
            summary.count(&Outcome::Skipped(Skip::Needs(name.to_owned())));
        }
        assert_eq!(
            summary.to_string(),
            "pdt: 1 passed, 0 failed, 4 skipped of 5 (ATS 1, Sv48 2, port 1)"
        );
    }

    #[test]
    fn failures_read_as_sentences() {
        let failure = Failure {
            step: Some(3),
            action: "fault record".to_owned(),
            differences: vec![
                Difference::hex("CAUSE", 13, 15),
                Difference::new("PV", 1, 0),
            ],
        };
        assert_eq!(
            failure.to_string(),
            "step 3, fault record: CAUSE: expected 0xd, got 0xf; PV: expected 1, got 0"
        );
    }
}
