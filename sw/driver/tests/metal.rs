// SPDX-License-Identifier: Apache-2.0
//! The crate is for metal: no standard library, and it builds for a target that
//! has none, where that target is installed.

use std::io::Write;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "riscv64gc-unknown-none-elf";

fn tool(name: &str, fallback: &str) -> Command {
    Command::new(std::env::var_os(name).unwrap_or_else(|| fallback.into()))
}

#[test]
fn both_crates_are_no_std_and_safe() {
    for source in [
        include_str!("../src/lib.rs"),
        include_str!("../../formats/src/lib.rs"),
    ] {
        assert!(source.lines().any(|line| line == "#![no_std]"));
        assert!(source.lines().any(|line| line == "#![forbid(unsafe_code)]"));
    }
}

#[test]
fn builds_for_metal() {
    let mut query = tool("RUSTC", "rustc");
    let libdir = query
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .unwrap();
    let libdir = String::from_utf8(libdir.stdout).unwrap();
    if !Path::new(libdir.trim()).is_dir() {
        // Past the test runner's capture, so that a pass does not hide it.
        let told =
            format!("NOT BUILT for {TARGET}: not installed here; sw/build-metal fetches it\n");
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        return;
    }
    let output = tool("CARGO", "cargo")
        .args([
            "build",
            "--locked",
            "--target",
            TARGET,
            "-p",
            "sallyport-driver",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("metal"),
        )
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
