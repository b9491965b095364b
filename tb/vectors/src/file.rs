// SPDX-License-Identifier: Apache-2.0
//! Vector files, plain or gzip.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use thiserror::Error;

use crate::case::Case;
use crate::parse::{ParseError, parse_case};

/// A vector file that cannot be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// A file that cannot be opened.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line that cannot be read: no text, or a broken archive.
    #[error("{}:{line}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What the system or the decoder says.
        source: io::Error,
    },
    /// A line that is no case.
    #[error("{}:{line}: {source}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: ParseError,
    },
    /// A file without any case.
    #[error("{}: no cases", path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
}

/// A case and the line that it stands on, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberedCase {
    /// The line.
    pub line: usize,
    /// The case.
    pub case: Case,
}

/// What a summary calls the file: its name without `.jsonl` and `.gz`.
#[must_use]
pub fn file_name(path: &Path) -> String {
    let name = path
        .file_name()
        .map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.strip_suffix(".jsonl").unwrap_or(name).to_owned()
}

/// Reads all cases of a file. Whether it is compressed shows in its first two
/// bytes; empty lines are passed over.
///
/// # Errors
/// [`FileError`] names the file, and the line if one is malformed.
pub fn read_file(path: &Path) -> Result<Vec<NumberedCase>, FileError> {
    let io = |source| FileError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    let compressed = file.fill_buf().map_err(io)?.starts_with(&[0x1f, 0x8b]);
    let text: Box<dyn Read> = if compressed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut cases = Vec::new();
    for (number, line) in BufReader::new(text).lines().enumerate() {
        let line = line.map_err(|source| FileError::Unreadable {
            path: path.to_owned(),
            line: number + 1,
            source,
        })?;
        if line.trim().is_empty() {
            continue;
        }
        let case = parse_case(&line).map_err(|source| FileError::Line {
            path: path.to_owned(),
            line: number + 1,
            source,
        })?;
        cases.push(NumberedCase {
            line: number + 1,
            case,
        });
    }
    if cases.is_empty() {
        return Err(FileError::Empty {
            path: path.to_owned(),
        });
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(
            file_name(Path::new("a/first-stage.jsonl.gz")),
            "first-stage"
        );
        assert_eq!(file_name(Path::new("ddt.jsonl")), "ddt");
        assert_eq!(file_name(Path::new("other")), "other");
    }
}
