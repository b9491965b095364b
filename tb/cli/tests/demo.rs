// SPDX-License-Identifier: Apache-2.0
//! The demo as users run it.

use sallyport_capture::Capture;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn demo(options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sallyport"))
        .arg("demo")
        .args(options)
        .output()
        .expect("the command can be run")
}

fn mixed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/captures/mixed.pcap")
}

/// Exit status 2, nothing on standard output, and one line that is given back.
fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr.clone()).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn files_hold_what_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (out, log, wave) = (path("out.pcap"), path("log.jsonl"), path("wave.fst"));
    let range = format!("{wave},1000..3000");
    let options = [
        "--frames", "12", "--json", "--seed", "5", "--out", &out, "--log", &log,
    ];
    let output = demo(&[&options[..], &["--wave", &range]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["schema"], "sallyport-demo-1");
    assert_eq!(report["passed"], true);
    assert_eq!(report["scenes"][0]["detail"]["scatter"]["transmitted"], 12);

    let read = Capture::read(&mixed(), Some(12)).expect("the input");
    let written = Capture::read(Path::new(&out), None).expect("the output");
    assert_eq!(written, read);
    assert_eq!(names(folder.path()), ["log.jsonl", "out.pcap", "wave.fst"]);
    let faults = Command::new(env!("CARGO_BIN_EXE_sallyport"))
        .args(["explain", &log, "--faults"])
        .output()
        .expect("the command can be run");
    assert_eq!(faults.status.code(), Some(0), "{faults:?}");
}

#[test]
fn text_ends_with_the_digest() {
    let output = demo(&["--frames", "3"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("7 of 7 scenes passed"), "{text}");
    let last = text.lines().last().expect("a line");
    assert!(
        last.starts_with("digest ") && last.ends_with("on all ports"),
        "{last}"
    );
}

#[test]
fn what_is_wrong_with_a_capture_is_said_in_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out.pcap").display().to_string();
    let run = |name: &str, bytes: Option<&[u8]>| {
        let path = folder.path().join(name);
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).expect("a file");
        }
        let line = complaint(&demo(&[
            "--pcap",
            &path.display().to_string(),
            "--out",
            &out,
        ]));
        assert!(line.contains(name), "{line}");
        let _ = fs::remove_file(&path);
        line
    };
    let whole = fs::read(mixed()).expect("the input");
    let missing = run("missing.pcap", None);
    assert_eq!(missing.matches("No such file").count(), 1, "{missing}");
    assert!(run("empty.pcap", Some(b"")).contains("offset 0"));
    assert!(run("text.pcap", Some(b"not a capture")).contains("offset 0"));
    assert!(run("header.pcap", Some(&whole[..20])).contains("offset 0"));
    let cut = run("cut.pcap", Some(&whole[..whole.len() - 1]));
    assert!(cut.contains("offset 1115"), "{cut}");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn outputs_are_looked_at_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder
        .path()
        .join("none")
        .join("file")
        .display()
        .to_string();
    for option in ["--out", "--log", "--wave", "--tlp-capture"] {
        let bus = if option == "--tlp-capture" {
            "pcie"
        } else {
            "axi"
        };
        let other = folder.path().join("other.jsonl").display().to_string();
        let line = complaint(&demo(&["--bus", bus, "--frames", "1", option, &missing]));
        assert!(line.contains(&missing), "{line}");
        if option == "--wave" {
            complaint(&demo(&["--log", &other, option, &missing]));
        }
    }
    let here = folder.path().display().to_string();
    complaint(&demo(&["--frames", "1", "--out", &here]));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn what_the_bus_does_not_have_is_said_in_a_line() {
    let pcie = "--bus pcie";
    for (options, wanted) in [
        (&["--scene", "8"][..], pcie),
        (&["--bus", "axi", "--scene", "1,9"], pcie),
        (&["--tlp-capture", "a.pcapng"], pcie),
        (&["--bus", "pcie", "--scene", "10"], "scene 10"),
        (&["--scene", "2", "--out", "a.pcap"], "scene 1"),
    ] {
        let line = complaint(&demo(options));
        assert!(line.contains(wanted), "{line}");
    }
}

/// Over PCI Express the log has what the core was asked: a request for each completion.
#[test]
fn transactions_are_told_over_pci_express() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log.jsonl").display().to_string();
    let options = [
        "--bus", "pcie", "--scene", "3,8", "--frames", "4", "--log", &log,
    ];
    let output = demo(&options);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines = fs::read_to_string(&log).expect("a log");
    let header: Value =
        serde_json::from_str(lines.lines().next().unwrap_or_default()).expect("JSON");
    assert_eq!(header["port"], "pcie");
    let kinds: BTreeSet<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter_map(|line| Some(line["request"]["type"].as_str()?.to_owned()))
        .collect();
    let all = ["translated", "translation_request", "untranslated"];
    assert!(kinds.iter().eq(all), "{kinds:?}");
    let explained = Command::new(env!("CARGO_BIN_EXE_sallyport"))
        .args(["explain", &log, "1"])
        .output()
        .expect("the command can be run");
    assert_eq!(explained.status.code(), Some(0), "{explained:?}");
    let text = String::from_utf8(explained.stdout).expect("text");
    assert!(text.starts_with("transaction 1: "), "{text}");
}

/// Every TLP of the whole demo in Wireshark's eyes. Needs `tshark`, which `make
/// setup` installs.
#[test]
fn tshark_decodes_the_whole_demo() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("demo.pcapng");
    let name = path.display().to_string();
    let output = demo(&[
        "--bus",
        "pcie",
        "--frames",
        "20",
        "--seed",
        "77",
        "--json",
        "--tlp-capture",
        &name,
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["bus"], "pcie");

    let packets = tshark(&path);
    assert!(packets.len() > 5_000, "{}", packets.len());
    let clocks = report["clocks"].as_f64().expect("a number");
    for packet in &packets {
        let [time, protocols, broken @ .., _] = &packet[..] else {
            panic!("{packet:?}");
        };
        let seconds: f64 = time.parse().expect("a number");
        assert!(seconds * 1e8 <= clocks, "{packet:?}: simulated time");
        assert!(protocols.ends_with("sallyport_tlp"), "{packet:?}");
        assert!(broken.iter().all(String::is_empty), "{packet:?}");
    }
    // What the hostile devices have sent against the rules, and nothing else.
    let mut lies = 0;
    for scene in report["scenes"].as_array().expect("scenes") {
        for (list, told) in [("attempts", "cause"), ("lies", "counted")] {
            let details = scene["detail"].as_object().expect("details").values();
            let entries = details
                .filter_map(|detail| detail[list].as_array())
                .flatten();
            let malformed = |entry: &&Value| {
                let text = entry[told].as_str().unwrap_or_default();
                text.starts_with("malformed")
            };
            lies += entries.filter(malformed).count();
        }
    }
    let marked = packets
        .iter()
        .filter(|packet| !packet[FIELDS.len() - 1].is_empty());
    assert!(lies > 0);
    assert_eq!(marked.count(), lies);
}

/// Fields that are asked for: those between protocols and the last are of packets
/// that cannot be decoded.
const FIELDS: [&str; 6] = [
    "frame.time_epoch",
    "frame.protocols",
    "_ws.malformed",
    "_ws.lua.error",
    "_ws.short",
    "sallyport_tlp.malformed",
];

/// The fields of all packets.
fn tshark(capture: &Path) -> Vec<Vec<String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wireshark/sallyport_tlp.lua");
    let output = Command::new("tshark")
        .arg("-X")
        .arg(format!("lua_script:{}", script.display()))
        .args(["-2", "-n", "-T", "fields", "-r"])
        .arg(capture)
        .args(FIELDS.iter().flat_map(|field| ["-e", field]))
        .output()
        .unwrap_or_else(|error| panic!("tshark does not start ({error}): type `make setup`"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tshark failed: {errors}");
    let text = String::from_utf8_lossy(&output.stdout);
    let fields = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().map(fields).collect()
}

#[test]
fn unknown_options_and_values_are_said_in_a_line() {
    for options in [
        &["--colour"][..],
        &["--frames", "many"],
        &["--wave", "a.fst,7..7"],
        &["surplus"],
        &["--bus", "usb"],
        &["--scene", "none"],
    ] {
        complaint(&demo(options));
    }
}
