// SPDX-License-Identifier: Apache-2.0
//! What is said about a file that was played.

use sallyport_bench::hardware::Digest;
use sallyport_bench::replay::Played;
use sallyport_vectors::{Failure, NumberedCase, Outcome, Summary, file_name};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A file and what came of its cases.
#[derive(Debug)]
pub struct FileReport {
    path: String,
    summary: Summary,
    /// Name, line and failure.
    failures: Vec<(String, usize, Failure)>,
    digest: u64,
    by_core: u64,
}

impl FileReport {
    pub fn new(path: &Path, cases: &[NumberedCase], played: &[Played]) -> Self {
        let mut summary = Summary::new(file_name(path));
        let mut failures = Vec::new();
        let mut digest = Digest::default();
        for (numbered, played) in cases.iter().zip(played) {
            summary.count(&played.outcome);
            digest.add(played.digest);
            if let Outcome::Failed(failure) = &played.outcome {
                failures.push((numbered.case.name.clone(), numbered.line, failure.clone()));
            }
        }
        Self {
            path: path.display().to_string(),
            summary,
            failures,
            digest: digest.value(),
            by_core: played.iter().map(|played| played.by_core).sum(),
        }
    }

    /// Whether the file speaks for an exit status of 0.
    pub fn is_good(&self, no_skip: bool) -> bool {
        let skipped = no_skip && self.summary.skipped() > 0;
        self.summary.failed == 0 && self.summary.passed > 0 && !skipped
    }
}

impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, line, failure) in &self.failures {
            writeln!(f, "{name} (line {line}): {failure}")?;
        }
        let name = &self.summary.name;
        writeln!(f, "{name}: digest {:#018x}", self.digest)?;
        if self.by_core > 0 {
            writeln!(f, "{name}: {} steps by the core port", self.by_core)?;
        }
        writeln!(f, "{}", self.summary)
    }
}

/// The document that `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    path: &'a str,
    passed: usize,
    failed: usize,
    skipped: usize,
    total: usize,
    skips: BTreeMap<String, usize>,
    steps_by_core_port: u64,
    digest: String,
    failures: Vec<FailedCase<'a>>,
}

#[derive(Serialize)]
struct FailedCase<'a> {
    case: &'a str,
    line: usize,
    step: Option<usize>,
    action: &'a str,
    differences: Vec<Difference<'a>>,
}

#[derive(Serialize)]
struct Difference<'a> {
    subject: &'a str,
    expected: &'a str,
    got: &'a str,
}

/// The reports as one JSON document.
pub fn to_json(reports: &[FileReport]) -> serde_json::Result<String> {
    let files = reports.iter().map(file).collect();
    serde_json::to_string_pretty(&Document { files })
}

fn file(report: &FileReport) -> File<'_> {
    let summary = &report.summary;
    let skips = summary.skips.iter();
    File {
        name: &summary.name,
        path: &report.path,
        passed: summary.passed,
        failed: summary.failed,
        skipped: summary.skipped(),
        total: summary.total(),
        skips: skips.map(|(skip, n)| (skip.to_string(), *n)).collect(),
        steps_by_core_port: report.by_core,
        digest: format!("{:#018x}", report.digest),
        failures: report
            .failures
            .iter()
            .map(|(name, line, failure)| FailedCase {
                case: name,
                line: *line,
                step: failure.step,
                action: &failure.action,
                differences: failure
                    .differences
                    .iter()
                    .map(|d| Difference {
                        subject: &d.subject,
                        expected: &d.expected,
                        got: &d.got,
                    })
                    .collect(),
            })
            .collect(),
    }
}
