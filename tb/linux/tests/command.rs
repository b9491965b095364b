// SPDX-License-Identifier: Apache-2.0
//! The command as users run it, without a guest.

use std::process::{Command, Output};

fn command(options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sallyport-linux"))
        .args(options)
        .output()
        .expect("the command can be run")
}

/// Exit status 2, and one line that says why.
fn complaint(options: &[&str]) -> String {
    let output = command(options);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("sallyport linux: "), "{text}");
    text
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (options, why) in [
        (&["--run", "sv32"][..], "no run is called sv32"),
        (&["--pages", "1g"], "no pages are called 1g"),
        (&["--build", "tiny"], "no build is called tiny"),
        (&["--build", "small"], "interrupts by message"),
        (&["--run", "sv57", "--build", "default"], "no Sv57"),
        (&["--megabytes", "0"], "0 is not in 1..=64"),
        (&["--wave", "a.fst,9..3"], "has no clocks"),
        (
            &["--reference", "--run", "unmapped"],
            "cannot make run unmapped",
        ),
        (&["--reference", "--log", "l"], "no waveform and no log"),
        (&["--sideways"], "--sideways"),
    ] {
        let text = complaint(options);
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn what_was_not_fetched_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_str().expect("a path");
    let text = complaint(&["--root", root]);
    assert!(
        text.contains("`make linux` fetches and builds it"),
        "{text}"
    );
}

#[test]
fn help_names_the_runs() {
    let output = command(&["--help"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    for run in ["identity", "sv39", "sv48", "sv57", "unattached", "unmapped"] {
        assert!(text.contains(run), "{text}");
    }
}
