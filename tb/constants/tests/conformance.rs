// SPDX-License-Identifier: Apache-2.0
//! The table of conformance names files that exist, and counts its rows right.

use std::fs;
use std::path::{Path, PathBuf};

const MODEL_ONLY: &str = "model only";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names between backquotes.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Where what a name means must lie.
fn place(name: &str) -> PathBuf {
    let (kind, rest) = name.split_once('/').expect(name);
    root().join(match kind {
        "vectors" => format!("tb/data/vectors/{rest}.jsonl.gz"),
        "mutants" => format!("tb/mutants/{rest}.patch"),
        "tests" => format!("tb/tests/rtl/{rest}.rs"),
        "model" => format!("tb/model/tests/{rest}.rs"),
        "sw" => format!("sw/driver/tests/model/{rest}.rs"),
        _ => panic!("{name}: nothing is called so"),
    })
}

#[test]
fn every_name_means_something() {
    let text = fs::read_to_string(root().join("docs/conformance.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let rows = rows.filter(|line| !line.starts_with("| Rule "));
    let (mut count, mut model_only) = (0, 0);
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [rule, hardware, evidence] = cells[..] else {
            panic!("three columns: {row}");
        };
        count += 1;
        if hardware.trim() == MODEL_ONLY {
            model_only += 1;
        } else {
            assert_ne!(names(hardware).count(), 0, "no module: {rule}");
        }
        for module in names(hardware) {
            let path = root().join("rtl").join(module);
            assert!(path.exists(), "{module} does not exist: {rule}");
        }
        assert_ne!(names(evidence).count(), 0, "no test: {rule}");
        for name in names(evidence) {
            assert!(place(name).exists(), "{name} does not exist: {rule}");
        }
    }
    let sum = format!("{count} rules, of which {model_only} are in the model only.");
    assert!(text.contains(&sum), "the sum is now: {sum}");
}
