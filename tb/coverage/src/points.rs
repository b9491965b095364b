// SPDX-License-Identifier: Apache-2.0
//! What models have counted: the files that `tb/sim/cpp/coverage.h` describes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Statements ran.
    Line,
    /// A bit changed.
    Toggle,
}

/// A place in the RTL. Instances of a module are one, and so are the variants of
/// it that parameters make, in all models: what one of them went through is
/// tested.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The file, below the folder of the RTL, without its ending: the name of the
    /// module or package, after a folder's if it is in one.
    pub module: String,
    /// The line, from 1.
    pub line: u32,
    /// Line or toggle.
    pub kind: Kind,
    /// The column, from 1.
    pub column: u32,
    /// Of a line, how it is reached: `block`, `if`, `else`, `elsif`, `case`; of a
    /// toggle, the bit.
    pub what: String,
}

/// Places and how often.
pub type Points = BTreeMap<Point, u64>;

/// A file that is none of points.
#[derive(Debug, Error)]
pub enum PointsError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is no point.
    #[error("{path}, line {line} is no point")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// Adds the points of a file.
///
/// # Errors
/// [`PointsError`].
pub fn add_file(points: &mut Points, path: &Path) -> Result<(), PointsError> {
    let text = fs::read_to_string(path).map_err(|source| PointsError::Io {
        path: path.to_owned(),
        source,
    })?;
    for (n, line) in text.lines().enumerate() {
        let (point, count) = parse(line).ok_or_else(|| PointsError::Line {
            path: path.to_owned(),
            line: n + 1,
        })?;
        *points.entry(point).or_default() += count;
    }
    Ok(())
}

fn parse(line: &str) -> Option<(Point, u64)> {
    let mut parts = line.split('\t');
    let count = parts.next()?.parse().ok()?;
    let page = parts.next()?;
    let file = parts.next()?;
    let line = parts.next()?.parse().ok()?;
    let column = parts.next()?.parse().ok()?;
    let what = parts.next()?;
    let kind = match page.split('/').next()? {
        "v_toggle" => Kind::Toggle,
        _ => Kind::Line,
    };
    let (_, module) = file.rsplit_once("rtl/")?;
    let point = Point {
        module: module.strip_suffix(".sv")?.to_owned(),
        line,
        kind,
        column,
        what: what.to_owned(),
    };
    Some((point, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_a_module_are_one() {
        let mut points = Points::new();
        for line in [
            "3\tv_toggle/fifo__T1\t/a/rtl/lib/fifo.sv\t12\t5\tdata_i.pa[3]\t",
            "0\tv_toggle/fifo__T2\trtl/lib/fifo.sv\t12\t5\tdata_i.pa[3]\t",
            "0\tv_branch/fifo__T2\trtl/lib/fifo.sv\t20\t7\telse\t20-21",
        ] {
            let (point, count) = parse(line).unwrap();
            *points.entry(point).or_default() += count;
        }
        let found: Vec<_> = points.iter().collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].0.module.as_str(), *found[0].1), ("lib/fifo", 3));
        assert_eq!((found[1].0.what.as_str(), *found[1].1), ("else", 0));
        assert!(parse("x\ty").is_none());
    }
}
