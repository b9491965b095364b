// SPDX-License-Identifier: Apache-2.0
//! Reading a log back.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::line::{FORMAT, Line};

/// A log that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is none.
    #[error("{} is not a log of transactions", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is of a version that is not known.
    #[error("{}:1: log format {found}, where {FORMAT} is known", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// A line is not what docs/log-format.md says.
    #[error("{}:{line}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// There is no such transaction.
    #[error("{} holds no transaction {id}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The transaction's number.
        id: u64,
    },
    /// A line could not be written.
    #[error("cannot write the log: {0}")]
    Write(#[from] io::Error),
}

/// The lines of a log, one at a time.
#[derive(Debug)]
pub struct LogReader<R> {
    path: PathBuf,
    input: R,
    line: u64,
    failed: bool,
}

impl LogReader<BufReader<File>> {
    /// Opens a file and reads its first line.
    ///
    /// # Errors
    /// [`LogError`] if it cannot be read or is not a log.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, LogError> {
        let path = path.into();
        let file = File::open(&path).map_err(|source| LogError::Read {
            path: path.clone(),
            source,
        })?;
        Self::new(path, BufReader::new(file))
    }
}

impl<R: BufRead> LogReader<R> {
    /// A log that comes from `input`; errors name it `path`.
    ///
    /// # Errors
    /// [`LogError`] if the first line cannot be read or is not a log's.
    pub fn new(path: impl Into<PathBuf>, input: R) -> Result<Self, LogError> {
        let mut reader = Self {
            path: path.into(),
            input,
            line: 0,
            failed: false,
        };
        match reader.next() {
            Some(Ok(Line::Log(header))) if header.format == FORMAT => Ok(reader),
            Some(Ok(Line::Log(header))) => Err(LogError::Version {
                path: reader.path,
                found: header.format,
            }),
            Some(Err(error @ LogError::Read { .. })) => Err(error),
            _ => Err(LogError::Foreign { path: reader.path }),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn read(&mut self) -> Result<Option<Line>, LogError> {
        let mut bytes = Vec::new();
        let count = self
            .input
            .read_until(b'\n', &mut bytes)
            .map_err(|source| LogError::Read {
                path: self.path.clone(),
                source,
            })?;
        if count == 0 {
            return Ok(None);
        }
        self.line += 1;
        let malformed = |message| LogError::Malformed {
            path: self.path.clone(),
            line: self.line,
            message,
        };
        if bytes.last() != Some(&b'\n') {
            return Err(malformed("the line is cut off".to_owned()));
        }
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| malformed(error.to_string()))
    }
}

impl<R: BufRead> Iterator for LogReader<R> {
    type Item = Result<Line, LogError>;

    /// The next line; nothing after an error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let item = self.read().transpose();
        self.failed = matches!(item, Some(Err(_)));
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"line":"log","format":1,"port":"axi","build":"default"}"#;

    fn read(text: &str) -> Result<Vec<Line>, String> {
        let reader = LogReader::new("a.jsonl", text.as_bytes()).map_err(|e| e.to_string())?;
        reader.collect::<Result<_, _>>().map_err(|e| e.to_string())
    }

    #[test]
    fn lines_are_read_after_the_header() {
        let text = format!("{HEADER}\n{}\n", r#"{"line":"reset","clock":7}"#);
        let lines = read(&text).unwrap();
        assert_eq!(lines, [Line::Reset(crate::line::Reset { clock: 7 })]);
    }

    #[test]
    fn errors_name_file_and_line() {
        assert_eq!(
            read("").unwrap_err(),
            "a.jsonl is not a log of transactions"
        );
        assert_eq!(
            read("\u{7f}ELF\n").unwrap_err(),
            "a.jsonl is not a log of transactions"
        );
        assert_eq!(
            read(&HEADER.replace("1", "2")).unwrap_err(),
            "a.jsonl is not a log of transactions"
        );
        assert_eq!(
            read(&format!("{}\n", HEADER.replace("1", "2"))).unwrap_err(),
            "a.jsonl:1: log format 2, where 1 is known"
        );
        assert_eq!(
            read(&format!("{HEADER}\n{}", r#"{"line":"reset","clo"#)).unwrap_err(),
            "a.jsonl:2: the line is cut off"
        );
        let unknown = read(&format!("{HEADER}\n{}\n", r#"{"line":"rest","clock":7}"#));
        assert!(
            unknown
                .unwrap_err()
                .starts_with("a.jsonl:2: unknown variant")
        );
        let number = read(&format!("{HEADER}\n{}\n", r#"{"line":"reset","clock":-7}"#));
        assert!(number.unwrap_err().starts_with("a.jsonl:2: invalid value"));
    }
}
