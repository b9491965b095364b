// SPDX-License-Identifier: Apache-2.0
//! Counts of bins and of fault records, and their file.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sallyport_formats::FaultRecord;

use crate::Bin;
use crate::names::UnknownName;

/// How often the RTL went through a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// It read the entry that decides, between the request and its answer.
    /// Where nothing is read, any answer counts.
    pub walked: u64,
    /// It knew from its caches, or from another request's walk.
    pub cached: u64,
}

/// A kind of fault record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Report {
    /// `CAUSE`.
    pub cause: u16,
    /// `TTYP`.
    pub ttyp: u8,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bins.
    pub bins: BTreeMap<Bin, Count>,
    /// Fault records.
    pub reports: BTreeMap<Report, u64>,
    /// Answers for which the model, without caches, gives another reason.
    pub unexplained: u64,
}

/// A file that is no tally.
#[derive(Debug, thiserror::Error)]
pub enum TallyError {
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not one of a tally.
    #[error("{path}, line {line}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

impl Tally {
    /// Counts a record.
    pub fn report(&mut self, record: &FaultRecord) {
        let report = Report {
            cause: record.cause.code(),
            ttyp: record.ttyp.code(),
        };
        *self.reports.entry(report).or_default() += 1;
    }

    /// The tally as lines: `bin`, the bin and its two counts; `report`, cause,
    /// TTYP and count; `unexplained` and its count.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut text = String::new();
        for (bin, count) in &self.bins {
            text += &format!("bin\t{bin}\t{}\t{}\n", count.walked, count.cached);
        }
        for (report, count) in &self.reports {
            text += &format!("report\t{}\t{}\t{count}\n", report.cause, report.ttyp);
        }
        if self.unexplained > 0 {
            text += &format!("unexplained\t{}\n", self.unexplained);
        }
        text
    }

    /// Appends the tally to the file of this process in `folder`.
    ///
    /// # Errors
    /// [`TallyError::Io`].
    pub fn append(&self, folder: &Path) -> Result<(), TallyError> {
        let path = folder.join(format!("{}.cross", std::process::id()));
        let mut file = OpenOptions::new().create(true).append(true).open(&path);
        let written = match &mut file {
            // One write, so that those of several threads do not mix.
            Ok(file) => file.write_all(self.lines().as_bytes()),
            Err(_) => Ok(()),
        };
        file.map(drop)
            .and(written)
            .map_err(|source| TallyError::Io { path, source })
    }

    /// Adds the tallies of a file.
    ///
    /// # Errors
    /// [`TallyError`] if it cannot be read or is none.
    pub fn add_file(&mut self, path: &Path) -> Result<(), TallyError> {
        let text = fs::read_to_string(path).map_err(|source| TallyError::Io {
            path: path.to_owned(),
            source,
        })?;
        for (n, line) in text.lines().enumerate() {
            self.add_line(line).map_err(|what| TallyError::Line {
                path: path.to_owned(),
                line: n + 1,
                what,
            })?;
        }
        Ok(())
    }

    fn add_line(&mut self, line: &str) -> Result<(), String> {
        let number = |text: &str| text.parse::<u64>().map_err(|e| format!("{text}: {e}"));
        let name = |error: UnknownName| error.to_string();
        let small = |_| "a number is too large".to_owned();
        let parts: Vec<&str> = line.split('\t').collect();
        match parts[..] {
            ["bin", .., walked, cached] if parts.len() == 8 => {
                let bin = parts[1..6].join("\t").parse().map_err(name)?;
                let count = self.bins.entry(bin).or_default();
                count.walked += number(walked)?;
                count.cached += number(cached)?;
            }
            ["report", cause, ttyp, count] => {
                let report = Report {
                    cause: number(cause)?.try_into().map_err(small)?,
                    ttyp: number(ttyp)?.try_into().map_err(small)?,
                };
                *self.reports.entry(report).or_default() += number(count)?;
            }
            ["unexplained", count] => self.unexplained += number(count)?,
            _ => return Err("this is no line of a tally".to_owned()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_there_and_back() {
        let bin = crate::can_happen()[7];
        let mut tally = Tally {
            unexplained: 3,
            ..Tally::default()
        };
        tally.bins.insert(
            bin,
            Count {
                walked: 5,
                cached: 2,
            },
        );
        tally.reports.insert(
            Report {
                cause: 264,
                ttyp: 3,
            },
            9,
        );
        let mut other = Tally::default();
        for _ in 0..2 {
            for line in tally.lines().lines() {
                other.add_line(line).unwrap();
            }
        }
        assert_eq!(other.bins[&bin].walked, 10);
        assert_eq!(
            other.reports[&Report {
                cause: 264,
                ttyp: 3
            }],
            18
        );
        assert_eq!(other.unexplained, 6);
        assert!(other.add_line("bin\tfirst").is_err());
        assert!(other.add_line("report\t70000\t1\t1").is_err());
    }
}
