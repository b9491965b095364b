// SPDX-License-Identifier: Apache-2.0
//! Plays every vector file on the RTL.

use std::path::{Path, PathBuf};

use sallyport_bench::Build;
use sallyport_bench::replay::{PortKind, ReplayConfig, play_all, probe};
use sallyport_vectors::{Case, Outcome, Summary, file_name, read_file};

/// The file of this category in the project's data.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../data/vectors")
        .join(format!("{name}.jsonl.gz"))
}

/// Plays a file on this build, through this port. Names the failures.
fn replay(name: &str, build: Build, port: PortKind) -> Summary {
    let config = ReplayConfig {
        port,
        build,
        seed: Some(7),
        waveform: None,
        tlp_capture: None,
    };
    let capabilities = probe(&config).unwrap().capabilities();
    let path = path(name);
    let numbered = read_file(&path).unwrap();
    let cases: Vec<&Case> = numbered.iter().map(|n| &n.case).collect();
    let played = play_all(&cases, &capabilities, &config, 2, &|| ()).unwrap();
    let mut summary = Summary::new(file_name(&path));
    for (case, played) in cases.iter().zip(&played) {
        if let Outcome::Failed(failure) = &played.outcome {
            eprintln!("{}: {failure}", case.name);
        }
        summary.count(&played.outcome);
    }
    summary
}

macro_rules! passes_all {
    ($port:ident: $($test:ident, $name:literal, $build:ident, $cases:literal;)*) => {$(
        #[test]
        fn $test() {
            let expected = format!("{}: {1} passed, 0 failed, 0 skipped of {1}", $name, $cases);
            let summary = replay($name, Build::$build, PortKind::$port);
            assert_eq!(summary.to_string(), expected);
        }
    )*};
}

passes_all! {
    Core:
    first_stage, "first-stage", Full, 150;
    registers, "registers", Full, 75;
    commands, "commands", Full, 75;
    ddt, "ddt", Full, 150;
    errors, "errors", Full, 150;
    second_stage, "second-stage", Full, 150;
    two_stage, "two-stage", Full, 150;
    pdt, "pdt", Full, 150;
    invalidate, "invalidate", Full, 150;
    msi, "msi", Full, 150;
    base_context, "base-context", FullBase, 150;
    small, "small", Small, 150;
    sv32, "sv32", Full, 150;
    big_endian, "big-endian", Full, 150;
    ats, "ats", Full, 150;
}

passes_all! {
    Pcie:
    packets_first_stage, "first-stage", Full, 150;
    packets_registers, "registers", Full, 75;
    packets_commands, "commands", Full, 75;
    packets_ddt, "ddt", Full, 150;
    packets_errors, "errors", Full, 150;
    packets_second_stage, "second-stage", Full, 150;
    packets_two_stage, "two-stage", Full, 150;
    packets_pdt, "pdt", Full, 150;
    packets_invalidate, "invalidate", Full, 150;
    packets_msi, "msi", Full, 150;
    packets_base_context, "base-context", FullBase, 150;
    packets_small, "small", Small, 150;
    packets_sv32, "sv32", Full, 150;
    packets_big_endian, "big-endian", Full, 150;
    packets_ats, "ats", Full, 150;
}

#[test]
fn the_bus_plays_what_it_can_express() {
    for (name, build) in [
        ("first-stage", Build::Full),
        ("registers", Build::Full),
        ("commands", Build::Full),
        ("ddt", Build::Full),
        ("errors", Build::Full),
        ("second-stage", Build::Full),
        ("two-stage", Build::Full),
        ("pdt", Build::Full),
        ("invalidate", Build::Full),
        ("small", Build::Small),
        ("sv32", Build::Full),
        ("big-endian", Build::Full),
    ] {
        let summary = replay(name, build, PortKind::Axi);
        assert_eq!(summary.failed, 0, "{summary}");
        assert!(summary.passed > 0, "{summary}");
    }
}
