// SPDX-License-Identifier: Apache-2.0
//! Plays every vector file on the golden model.

use std::path::{Path, PathBuf};

use sallyport_model::{Design, Iommu, SparseMemory};
use sallyport_vectors::{Capabilities, Limits, Outcome, Summary, file_name, play, read_file};

/// The file of this category in the project's data.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../data/vectors")
        .join(format!("{name}.jsonl.gz"))
}

/// Plays a file on a model of this design. Names the first failures.
fn replay(name: &str, design: Design) -> Summary {
    let path = path(name);
    let capabilities = Capabilities::of_design(&design);
    let mut target = Iommu::new(design, SparseMemory::new());
    let mut summary = Summary::new(file_name(&path));
    for numbered in read_file(&path).unwrap() {
        let case = &numbered.case;
        let outcome = play(case, &capabilities, &mut target, &Limits::default()).unwrap();
        if let Outcome::Failed(failure) = &outcome {
            eprintln!("{}: {failure}", case.name);
        }
        summary.count(&outcome);
    }
    summary
}

macro_rules! passes_all {
    ($($test:ident, $name:literal, $design:ident, $cases:literal;)*) => {$(
        #[test]
        fn $test() {
            let expected = format!("{}: {1} passed, 0 failed, 0 skipped of {1}", $name, $cases);
            assert_eq!(replay($name, Design::$design()).to_string(), expected);
        }
    )*};
}

passes_all! {
    first_stage, "first-stage", full, 150;
    registers, "registers", full, 75;
    commands, "commands", full, 75;
    ddt, "ddt", full, 150;
    errors, "errors", full, 150;
    second_stage, "second-stage", full, 150;
    two_stage, "two-stage", full, 150;
    pdt, "pdt", full, 150;
    invalidate, "invalidate", full, 150;
    msi, "msi", full, 150;
    base_context, "base-context", full_base, 150;
    small, "small", small, 150;
    sv32, "sv32", full, 150;
    big_endian, "big-endian", full, 150;
    ats, "ats", full, 150;
}

/// A design that lacks what the cases need says so.
#[test]
fn small_design_skips_and_counts() {
    let summary = replay("registers", Design::small());
    assert_eq!(summary.failed, 0);
    assert_eq!(summary.total(), 75);
    assert!(summary.skipped() > 0);
    let mentioned: usize = summary.skips.values().sum();
    assert_eq!(summary.passed + mentioned, 75);
}
