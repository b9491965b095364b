// SPDX-License-Identifier: Apache-2.0
//! The models as such, whatever the RTL does.

use std::fs;
use std::thread;

use sallyport_sim::{
    AxiInputs, AxiOutputs, AxiTop, Build, CoreInputs, CoreOutputs, CoreTop, LiteManagerPins, Model,
    SimError,
};

/// Clocks that the reset is held.
const RESET: u64 = 4;

/// Inputs of clock `n` that reset the model and then read `capabilities`.
fn registers(n: u64) -> LiteManagerPins {
    LiteManagerPins {
        ar_valid: n >= RESET + 2,
        r_ready: true,
        ..LiteManagerPins::default()
    }
}

/// What the core's pins show for 40 clocks.
fn run_core(build: Build, seed: u64) -> Vec<CoreOutputs> {
    let mut model = Model::<CoreTop>::new(build, seed).unwrap();
    let mut outputs = CoreOutputs::default();
    (0..40)
        .map(|n| {
            let inputs = CoreInputs {
                reset_n: n >= RESET,
                registers: registers(n),
                ..CoreInputs::default()
            };
            model.clock(&inputs, &mut outputs).unwrap();
            outputs
        })
        .collect()
}

/// The same for `iommu_axi`.
fn run_axi(build: Build, seed: u64) -> Vec<AxiOutputs> {
    let mut model = Model::<AxiTop>::new(build, seed).unwrap();
    let mut outputs = AxiOutputs::default();
    (0..40)
        .map(|n| {
            let inputs = AxiInputs {
                reset_n: n >= RESET,
                registers: registers(n),
                ..AxiInputs::default()
            };
            model.clock(&inputs, &mut outputs).unwrap();
            outputs
        })
        .collect()
}

#[test]
fn every_model_answers_a_register_read() {
    for build in Build::ALL {
        let core = run_core(build, 1);
        let read = core.iter().find(|o| o.registers.r_valid).unwrap();
        assert_eq!(
            read.registers.r_data & 0xff,
            0x10,
            "capabilities.version of {build}"
        );
        let axi = run_axi(build, 1);
        let again = axi.iter().find(|o| o.registers.r_valid).unwrap();
        assert_eq!(read.registers.r_data, again.registers.r_data, "{build}");
    }
}

#[test]
fn two_threads_run_two_models_at_once() {
    let alone = (run_core(Build::Default, 7), run_axi(Build::Small, 8));
    let threads: Vec<_> = (0..2)
        .map(|n| {
            thread::spawn(move || {
                (0..20)
                    .map(|_| match n {
                        0 => (Some(run_core(Build::Default, 7)), None),
                        _ => (None, Some(run_axi(Build::Small, 8))),
                    })
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    for thread in threads {
        for (core, axi) in thread.join().unwrap() {
            assert!(core.is_none_or(|c| c == alone.0));
            assert!(axi.is_none_or(|a| a == alone.1));
        }
    }
}

#[test]
fn a_model_may_move_between_threads() {
    let mut model = Model::<CoreTop>::new(Build::Small, 3).unwrap();
    let mut outputs = CoreOutputs::default();
    model.clock(&CoreInputs::default(), &mut outputs).unwrap();
    let mut model = thread::spawn(move || {
        model
            .clock(&CoreInputs::default(), &mut CoreOutputs::default())
            .unwrap();
        model
    })
    .join()
    .unwrap();
    model.clock(&CoreInputs::default(), &mut outputs).unwrap();
    assert_eq!(model.clocks(), 3);
}

#[test]
fn a_waveform_covers_its_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("window.fst");
    let mut model = Model::<CoreTop>::new(Build::Small, 3).unwrap();
    let mut outputs = CoreOutputs::default();
    model.trace(&path, 5..15).unwrap();
    for n in 0..20 {
        let inputs = CoreInputs {
            reset_n: n >= RESET,
            ..CoreInputs::default()
        };
        model.clock(&inputs, &mut outputs).unwrap();
    }
    let bytes = fs::read(&path).unwrap();
    // The header block of an FST file: type 0, length 329, first and last time.
    let word = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!((bytes[0], word(1)), (0, 329));
    assert_eq!((word(9), word(17)), (50, 145));
}

#[test]
fn a_second_waveform_may_follow() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::<AxiTop>::new(Build::Small, 3).unwrap();
    for name in ["one.fst", "two.fst"] {
        let path = folder.path().join(name);
        model.trace(&path, 0..u64::MAX).unwrap();
        for _ in 0..5 {
            model
                .clock(&AxiInputs::default(), &mut AxiOutputs::default())
                .unwrap();
        }
        model.trace_close();
        assert!(fs::metadata(&path).unwrap().len() > 329);
    }
}

#[test]
fn a_waveform_that_cannot_be_written_is_an_error() {
    let mut model = Model::<CoreTop>::new(Build::Small, 3).unwrap();
    let error = model.trace("/nonexistent/a.fst", 0..1).unwrap_err();
    assert!(matches!(error, SimError::Waveform { .. }));
    assert!(error.to_string().contains("/nonexistent/a.fst"));
}

#[test]
fn models_of_one_thread_end_in_any_order() {
    let mut outputs = AxiOutputs::default();
    let mut first = Model::<AxiTop>::new(Build::Default, 1).unwrap();
    let mut last = Model::<AxiTop>::new(Build::Default, 2).unwrap();
    first.clock(&AxiInputs::default(), &mut outputs).unwrap();
    last.clock(&AxiInputs::default(), &mut outputs).unwrap();
    drop(last);
    first.clock(&AxiInputs::default(), &mut outputs).unwrap();
    drop(first);
    run_axi(Build::Default, 3);
}
