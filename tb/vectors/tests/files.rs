// SPDX-License-Identifier: Apache-2.0
//! Files that are not as they should be are told apart, by name and line.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use sallyport_vectors::read_file;

const LINE: &str = r#"{"case": "c/1", "needs": [], "pas": 44, "raw": true, "scratch": ["0x0", "0x1000"], "memory": {}, "steps": []}"#;

/// A file of the test's own in the folder that cargo sets aside for tests.
fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn message(name: &str, text: &str) -> String {
    let path = path(name);
    fs::write(&path, text).unwrap();
    let message = read_file(&path).unwrap_err().to_string();
    message.rsplit('/').next().unwrap_or_default().to_owned()
}

#[test]
fn plain_and_gzip_give_the_same() {
    let plain = path("plain.jsonl");
    fs::write(&plain, format!("{LINE}\n\n{LINE}\n")).unwrap();
    let packed = path("packed.jsonl.gz");
    let mut encoder = GzEncoder::new(File::create(&packed).unwrap(), Compression::default());
    encoder.write_all(&fs::read(&plain).unwrap()).unwrap();
    encoder.finish().unwrap();
    let cases = read_file(&plain).unwrap();
    assert_eq!(cases.len(), 2);
    assert_eq!(cases[1].line, 3);
    assert_eq!(read_file(&packed).unwrap(), cases);
}

#[test]
fn malformed_lines_are_named() {
    let message = message("malformed.jsonl", &format!("{LINE}\n{{\"case\": 3}}\n"));
    assert!(message.starts_with("malformed.jsonl:2: "), "{message}");
}

#[test]
fn empty_and_absent_files() {
    assert_eq!(message("empty.jsonl", "\n"), "empty.jsonl: no cases");
    assert!(read_file(&path("absent.jsonl")).is_err());
}

#[test]
fn truncated_gzip() {
    let path = path("truncated.jsonl.gz");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(LINE.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    fs::write(&path, &packed[..packed.len() / 2]).unwrap();
    let message = read_file(&path).unwrap_err().to_string();
    assert!(message.contains("truncated.jsonl.gz:1: "), "{message}");
}
