// SPDX-License-Identifier: Apache-2.0
//! `sallyport replay` as a user meets it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

/// A case that reads `capabilities.version` and expects `version`.
fn case(name: &str, needs: &str, version: &str) -> String {
    format!(
        r#"{{"case": "{name}", "needs": [{needs}], "pas": 44, "raw": true, "scratch": ["0x1000", "0x2000"], "memory": {{}}, "steps": [{{"read": {{"offset": 0, "size": 8, "expect": "{version}", "mask": "0xff"}}}}]}}"#
    )
}

/// A folder with a file of these lines.
fn file(lines: &[String]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample.jsonl");
    fs::write(&path, lines.join("\n")).unwrap();
    (folder, path)
}

fn replay(path: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sallyport"))
        .arg("replay")
        .arg(path)
        .args(options)
        .output()
        .unwrap()
}

fn last_line(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().last().unwrap_or_default().to_owned()
}

/// What a command says that cannot do what it was asked.
fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn passes_on_every_port_and_build() {
    let (_folder, path) = file(&[case("version/1", "", "0x10")]);
    for options in [
        vec!["--model"],
        vec!["--model", "--build", "small"],
        vec!["--port", "core", "--build", "small"],
        vec!["--port", "core", "--build", "default"],
        vec!["--port", "core", "--build", "full"],
        vec!["--port", "axi", "--build", "small"],
        vec!["--port", "axi", "--build", "default"],
        vec!["--port", "axi", "--build", "full", "--seed", "3"],
        vec!["--port", "pcie", "--build", "default"],
        vec!["--port", "pcie", "--build", "full", "--seed", "3"],
    ] {
        let output = replay(&path, &options);
        assert_eq!(
            last_line(&output),
            "sample: 1 passed, 0 failed, 0 skipped of 1",
            "{options:?}"
        );
        assert_eq!(output.status.code(), Some(0), "{options:?}");
    }
}

/// A read that is refused while all are, and one for execution, which no packet
/// expresses without a process.
#[test]
fn steps_by_the_core_port_are_counted() {
    let step = |access: &str| {
        format!(
            r#"{{"translate": {{"device_id": 3, "process_id": null, "priv": false, "access": "{access}", "type": "untranslated", "no_write": false, "iova": "0x5000", "len": 4}}, "expect": {{"status": "ur"}}}}"#
        )
    };
    let line = format!(
        r#"{{"case": "off/1", "needs": [], "pas": 44, "raw": true, "scratch": ["0x1000", "0x2000"], "memory": {{}}, "steps": [{}, {}]}}"#,
        step("read"),
        step("exec")
    );
    let (_folder, path) = file(&[line]);
    let output = replay(&path, &["--port", "pcie", "--build", "full", "--no-skip"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("sample: 1 steps by the core port"), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
    let output = replay(&path, &["--port", "pcie", "--build", "full", "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["files"][0]["steps_by_core_port"], 1);
}

#[test]
fn failures_and_skips_are_counted_and_told() {
    let (_folder, path) = file(&[
        case("sample/1", "", "0x10"),
        case("sample/2", "", "0x11"),
        case("sample/3", "\"Svrsw60t59b\"", "0x10"),
    ]);
    let output = replay(&path, &["--build", "default"]);
    assert_eq!(
        last_line(&output),
        "sample: 1 passed, 1 failed, 1 skipped of 3 (Svrsw60t59b 1)"
    );
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("sample/2 (line 2): step 0, "), "{text}");

    let output = replay(&path, &["--build", "default", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let file = &json["files"][0];
    assert_eq!(file["name"], "sample");
    assert_eq!(file["total"], 3);
    assert_eq!(file["skips"]["Svrsw60t59b"], 1);
    assert_eq!(file["failures"][0]["case"], "sample/2");
    assert_eq!(file["failures"][0]["step"], 0);
}

#[test]
fn skips_and_nothing_played_can_be_failures() {
    let (_folder, path) = file(&[
        case("sample/1", "", "0x10"),
        case("sample/2", "\"Svrsw60t59b\"", "0x10"),
    ]);
    let code = |options: &[&str]| replay(&path, options).status.code();
    assert_eq!(code(&["--build", "small"]), Some(0));
    assert_eq!(code(&["--build", "small", "--no-skip"]), Some(1));
    assert_eq!(
        code(&["--build", "small", "--case", "sample/1", "--no-skip"]),
        Some(0)
    );
    assert_eq!(code(&["--build", "small", "--case", "sample/2"]), Some(1));
}

#[test]
fn two_runs_have_one_digest_whatever_the_threads() {
    let lines: Vec<String> = (0..6)
        .map(|n| case(&format!("sample/{n}"), "", "0x10"))
        .collect();
    let (_folder, path) = file(&lines);
    let run = |jobs| replay(&path, &["--build", "small", "--seed", "1", "--jobs", jobs]).stdout;
    let one = run("1");
    assert!(String::from_utf8_lossy(&one).contains("sample: digest 0x"));
    assert_eq!(one, run("3"));
}

#[test]
fn compressed_files_are_read_and_waveforms_written() {
    let (folder, plain) = file(&[case("sample/1", "", "0x10")]);
    let path = folder.path().join("packed.jsonl.gz");
    let mut encoder = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::default());
    encoder.write_all(&fs::read(&plain).unwrap()).unwrap();
    encoder.finish().unwrap();
    let wave = folder.path().join("case.fst");
    let options = ["--build", "small", "--case", "sample/1", "--wave"];
    let output = replay(&path, &[&options[..], &[wave.to_str().unwrap()]].concat());
    assert_eq!(
        last_line(&output),
        "packed: 1 passed, 0 failed, 0 skipped of 1"
    );
    assert!(fs::metadata(&wave).unwrap().len() > 1_000);
}

#[test]
fn a_case_over_the_tlp_ports_is_captured() {
    let step = r#"{"translate": {"device_id": 3, "process_id": null, "priv": false, "access": "read", "type": "untranslated", "no_write": false, "iova": "0x5000", "len": 4}, "expect": {"status": "ur"}}"#;
    let line = format!(
        r#"{{"case": "off/1", "needs": [], "pas": 44, "raw": true, "scratch": ["0x1000", "0x2000"], "memory": {{}}, "steps": [{step}]}}"#
    );
    let (folder, path) = file(&[line]);
    let capture = folder.path().join("case.pcapng").display().to_string();
    let options = ["--build", "default", "--case", "off/1", "--seed", "9"];
    let captured = ["--tlp-capture", &capture];
    let output = replay(
        &path,
        &[&options[..], &captured, &["--port", "pcie"]].concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    // A read and its completion.
    let read = sallyport_capture::Capture::read(Path::new(&capture), None).expect("pcapng");
    let directions: Vec<u8> = read.frames.iter().map(|frame| frame.data[0]).collect();
    assert_eq!(directions, [0, 1]);
    let bytes = fs::read(&capture).unwrap();
    for text in ["seed 0x9", "tlp_up", "tlp_down"] {
        let there = bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes());
        assert!(there, "{text}");
    }

    let said = complaint(&replay(&path, &[&options[..], &captured].concat()));
    assert!(said.contains("--port pcie"), "{said}");
    let missing = ["--port", "pcie", "--tlp-capture", "/nonexistent/a.pcapng"];
    let said = complaint(&replay(&path, &[&options[..], &missing].concat()));
    assert!(said.contains("/nonexistent/a.pcapng"), "{said}");
}

#[test]
fn what_cannot_be_done_is_said_in_one_line() {
    let (folder, path) = file(&[case("sample/1", "", "0x10"), "{\"case\": 3}".to_owned()]);
    let said = complaint(&replay(&path, &[]));
    assert!(said.contains("sample.jsonl:2: "), "{said}");

    let said = complaint(&replay(&folder.path().join("absent.jsonl"), &[]));
    assert!(said.contains("absent.jsonl"), "{said}");

    let (_folder, path) = file(&[case("sample/1", "", "0x10")]);
    let said = complaint(&replay(&path, &["--case", "sample/9"]));
    assert!(said.contains("sample/9"), "{said}");
    let said = complaint(&replay(&path, &["--build", "huge"]));
    assert!(said.contains("huge"), "{said}");
    let said = complaint(&replay(&path, &["--frobnicate"]));
    assert!(said.contains("--frobnicate"), "{said}");
    let said = complaint(&replay(
        &path,
        &["--case", "sample/1", "--wave", "/nonexistent/a.fst"],
    ));
    assert!(said.contains("/nonexistent/a.fst"), "{said}");

    let (_folder, path) = file(&[case("sample/1", "\"Sv93\"", "0x10")]);
    let said = complaint(&replay(&path, &["--build", "small"]));
    assert!(said.contains("Sv93"), "{said}");
}
