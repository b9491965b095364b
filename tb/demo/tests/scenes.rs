// SPDX-License-Identifier: Apache-2.0
//! The demo with a few frames.

use sallyport_capture::Capture;
use sallyport_demo::{Bus, Detail, Finished, Options, PageView, Report, render, run, scenes};
use std::path::Path;
use std::process::Command;

/// Set in the process that is to print its digest and nothing else.
const CHILD: &str = "SALLYPORT_DEMO_CHILD";

fn capture(frames: usize) -> Capture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/captures/mixed.pcap");
    Capture::read(&path, Some(frames)).expect("the default capture")
}

const BUSES: [Bus; 2] = [Bus::Axi, Bus::Pcie];

fn over(bus: Bus, seed: u64) -> Options {
    Options {
        bus,
        ..Options::new(seed)
    }
}

fn play(bus: Bus, frames: usize, seed: u64) -> (Capture, Finished) {
    let capture = capture(frames);
    let finished = run(&capture, "mixed.pcap", &over(bus, seed)).expect("the model");
    (capture, finished)
}

fn assert_passed(report: &Report) {
    assert!(report.passed, "{}", render(report));
    let all = match report.bus {
        "axi" => scenes(Bus::Axi),
        _ => scenes(Bus::Pcie),
    };
    assert_eq!(report.scenes.len(), all.count());
}

#[test]
fn twenty_frames_come_back_as_they_were() {
    for bus in BUSES {
        twenty_frames(bus);
    }
}

fn twenty_frames(bus: Bus) {
    let (capture, finished) = play(bus, 20, 1);
    let report = &finished.report;
    assert_passed(report);
    assert_eq!(finished.transmitted, capture);
    assert_eq!(report.capture.frames, 20);

    let scatter = &report.scenes[0];
    assert_eq!((scatter.traffic.frames, scatter.traffic.faults), (20, 0));
    assert!(scatter.traffic.hits > scatter.traffic.walks);
    assert!(scatter.traffic.reads_per_walk >= 1.0);
    let Some(Detail::Rogue {
        attempts,
        before,
        after,
        ..
    }) = &report.scenes[1].detail
    else {
        panic!("scene 2 has no details");
    };
    assert_eq!(before, after);
    assert!(attempts.len() > 10 && attempts.iter().all(|attempt| attempt.as_expected));
    let recorded = attempts.iter().filter(|attempt| attempt.device.is_some());
    assert_eq!(report.scenes[1].traffic.faults, recorded.count() as u64);
    let Some(Detail::UnderFire { rounds, .. }) = &report.scenes[3].detail else {
        panic!("scene 4 has no details");
    };
    assert!(
        rounds
            .iter()
            .all(|round| round.writes_after == 0 && round.refused > 0)
    );
}

#[test]
fn programs_and_guests_keep_to_themselves() {
    for bus in BUSES {
        programs_and_guests(bus);
    }
}

fn programs_and_guests(bus: Bus) {
    let (_, finished) = play(bus, 20, 6);
    let report = &finished.report;
    assert_passed(report);
    let Some(Detail::TwoPrograms {
        control,
        programs,
        accesses,
    }) = &report.scenes[4].detail
    else {
        panic!("scene 5 has no details");
    };
    assert_eq!((control.intact, programs.len()), (0, 2));
    for program in programs {
        let same = |page: &PageView| page.device.as_ref() == Some(&page.processor);
        assert!(program.pages.iter().all(same), "{program:?}");
        assert!(program.tlb_hits > program.walks && program.walks > 0);
    }
    let codes: Vec<_> = accesses.iter().map(|access| access.device_code).collect();
    let refused = [13, 15, 15, 266].map(Some);
    assert_eq!(codes[2..4], refused[..2]);
    assert_eq!(codes[5..], refused[2..]);

    let Some(Detail::PassThrough {
        control,
        entries_before,
        entries_during,
        interrupts,
        attempts,
        ..
    }) = &report.scenes[5].detail
    else {
        panic!("scene 6 has no details");
    };
    assert!(control.secret_read && control.passed == control.attempts);
    assert!(*entries_before > 0);
    assert_eq!(*entries_during, 0);
    assert!((1..=40).contains(interrupts));
    let codes: Vec<_> = attempts.iter().filter_map(|a| a.cause_code).collect();
    assert_eq!(codes, [21, 23, 21, 23, 13, 15, 21]);
    let by: Vec<_> = attempts.iter().filter_map(|a| a.stopped_by).collect();
    assert_eq!(by[3..6], ["host", "guest", "guest"]);

    let Some(Detail::GuestInterrupts { control, files }) = &report.scenes[6].detail else {
        panic!("scene 7 has no details");
    };
    assert_eq!((control.sent, control.arrived, control.refused), (8, 0, 8));
    let counts: Vec<_> = files.iter().map(|f| (f.arrived, f.notices)).collect();
    assert_eq!(counts, [(20, 0), (10, 10), (10, 0)]);
    assert!(files.iter().all(|file| file.data_there == file.sent));
}

#[test]
fn a_capture_without_frames_is_played_as_well() {
    for bus in BUSES {
        let (_, finished) = play(bus, 0, 3);
        assert_passed(&finished.report);
        assert!(finished.transmitted.frames.is_empty());
    }
}

#[test]
fn the_scenes_do_not_depend_on_the_timing_of_the_buses() {
    for (seed, bus) in (10..14).zip([Bus::Axi, Bus::Pcie].into_iter().cycle()) {
        let capture = capture(30);
        let options = Options {
            random_timing: true,
            ..over(bus, seed)
        };
        let finished = run(&capture, "mixed.pcap", &options).expect("the model");
        assert_passed(&finished.report);
        assert_eq!(finished.transmitted, capture);
    }
}

#[test]
fn the_longest_frame_chains_its_descriptors() {
    let mut capture = capture(1);
    let frame = &mut capture.frames[0];
    frame.data = (0..262_144u32).map(|n| (n ^ n >> 9) as u8).collect();
    frame.original_length = 300_000;
    for bus in BUSES {
        let finished = run(&capture, "long", &over(bus, 4)).expect("the model");
        assert_passed(&finished.report);
        assert_eq!(finished.transmitted, capture);
    }
}

#[test]
fn some_scenes_can_be_played_alone() {
    let options = Options {
        scenes: vec![5, 3],
        ..Options::new(9)
    };
    let report = run(&capture(1), "one", &options).expect("the model").report;
    assert!(report.passed && report.asked == 2, "{}", render(&report));
    let numbers: Vec<_> = report.scenes.iter().map(|scene| scene.number).collect();
    assert_eq!(numbers, [5, 3]);
}

#[test]
fn one_seed_gives_one_digest_in_two_processes() {
    let digest = |frames| {
        let digests = BUSES.map(|bus| play(bus, frames, 7).1.report.digest);
        digests.join("-")
    };
    if std::env::var_os(CHILD).is_some() {
        println!("digest={}", digest(5));
        return;
    }
    let here = digest(5);
    let program = std::env::current_exe().expect("this test");
    let child = Command::new(program)
        .args(["--exact", "one_seed_gives_one_digest_in_two_processes"])
        .arg("--nocapture")
        .env(CHILD, "1")
        .output()
        .expect("it can be run again");
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(
        output.contains(&format!("digest={here}")),
        "{here} is not in {output}"
    );
    assert!(
        !here.contains(&play(Bus::Axi, 5, 8).1.report.digest),
        "the seed has no effect"
    );
}
