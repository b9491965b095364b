// SPDX-License-Identifier: Apache-2.0
//! `sallyport linux` where the program that it stands for has not been built.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn what_has_not_been_built_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let alone = folder.path().join("sallyport");
    fs::copy(Path::new(env!("CARGO_BIN_EXE_sallyport")), &alone).expect("a copy");
    let output = Command::new(&alone)
        .args(["linux", "--run", "identity"])
        .output()
        .expect("the command can be run");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("`make linux`"), "{text}");
}

#[test]
fn help_lists_it() {
    let output = Command::new(env!("CARGO_BIN_EXE_sallyport"))
        .arg("--help")
        .output()
        .expect("the command can be run");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("linux "), "{text}");
}
