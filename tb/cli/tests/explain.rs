// SPDX-License-Identifier: Apache-2.0
//! `sallyport explain` as a user meets it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The example of docs/log-format.md.
fn example() -> (TempDir, PathBuf) {
    let text = include_str!("../../../docs/log-format.md");
    let (_, after) = text.split_once("```jsonl\n").unwrap();
    let (lines, _) = after.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.jsonl");
    fs::write(&path, lines).unwrap();
    (folder, path)
}

fn explain(path: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sallyport"))
        .arg("explain")
        .arg(path)
        .args(options)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn a_transaction_is_a_tree() {
    let (_folder, path) = example();
    let shown = text(&explain(&path, &["4"]));
    let documented = include_str!("../../../docs/log-format.md");
    assert!(documented.contains(&shown), "{shown}");
}

#[test]
fn all_are_a_table() {
    let (_folder, path) = example();
    let all = text(&explain(&path, &[]));
    assert_eq!(all.lines().count(), 4, "{all}");
    assert!(all.contains("walk of 1"));
    let faults = text(&explain(&path, &["--faults"]));
    assert_eq!(faults.lines().count(), 2);
    assert!(faults.contains("refused: read page fault (13)"));
}

#[test]
fn json_is_a_line_each() {
    let (_folder, path) = example();
    let lines = text(&explain(&path, &["--json", "--faults"]));
    let value: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(value["record"]["cause"], 13);
}

#[test]
fn what_is_wrong_is_said_in_a_line() {
    let (folder, path) = example();
    let said = complaint(&explain(&path, &["99"]));
    assert!(said.contains("holds no transaction 99"));
    let said = complaint(&explain(&folder.path().join("none"), &[]));
    assert!(said.starts_with("sallyport: cannot read "));
    let foreign = folder.path().join("foreign");
    fs::write(&foreign, "GIF89a").unwrap();
    let said = complaint(&explain(&foreign, &[]));
    assert!(said.contains("is not a log of transactions"));
    let cut = folder.path().join("cut.jsonl");
    let whole = fs::read(&path).unwrap();
    fs::write(&cut, &whole[..whole.len() - 9]).unwrap();
    assert!(complaint(&explain(&cut, &[])).contains("cut.jsonl:5: the line is cut off"));
    assert!(complaint(&explain(&path, &["four"])).contains("invalid value 'four'"));
}
