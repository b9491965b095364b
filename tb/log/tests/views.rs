// SPDX-License-Identifier: Apache-2.0
//! The saved views of tb/views name signals that are in the waveforms of every
//! build.

use std::collections::BTreeSet;
use std::path::Path;

use sallyport_sim::{AxiInputs, AxiOutputs, AxiTop, Build, Model};
use wellen::simple::Waveform;

const GTKWAVE: &str = include_str!("../../views/iommu_axi.gtkw");
const SURFER: &str = include_str!("../../views/iommu_axi.sucl");

/// A waveform of a few clocks, as Verilator writes it.
fn waveform(build: Build) -> Waveform {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("axi.fst");
    let mut model = Model::<AxiTop>::new(build, 1).unwrap();
    model.trace(&path, 0..20).unwrap();
    let mut outputs = AxiOutputs::default();
    for clock in 0..25 {
        let inputs = AxiInputs {
            reset_n: clock >= 4,
            ..AxiInputs::default()
        };
        model.clock(&inputs, &mut outputs).unwrap();
    }
    read(&path)
}

fn read(path: &Path) -> Waveform {
    wellen::simple::read(path).unwrap()
}

/// Full names of the signals: vectors end with their range.
fn signals(waveform: &Waveform) -> BTreeSet<String> {
    let hierarchy = waveform.hierarchy();
    hierarchy
        .all_vars()
        .map(|var| {
            let var = &hierarchy[var];
            let name = var.full_name(hierarchy);
            match var.index() {
                Some(range) => format!("{name}[{}:{}]", range.msb(), range.lsb()),
                None => name,
            }
        })
        .collect()
}

/// Signals of the view for GTKWave: what is no option, comment or label.
fn gtkwave() -> Vec<&'static str> {
    GTKWAVE
        .lines()
        .filter(|line| !line.starts_with(['[', '@', '-']))
        .collect()
}

#[test]
fn every_signal_of_the_views_is_in_the_waveforms() {
    for build in Build::ALL {
        let signals = signals(&waveform(build));
        let missing: Vec<_> = gtkwave()
            .into_iter()
            .filter(|name| !signals.contains(*name))
            .collect();
        assert!(missing.is_empty(), "build {build} has no {missing:#?}");
    }
}

#[test]
fn both_views_show_the_same_signals_in_the_same_groups() {
    let plain = |name: &'static str| name.split('[').next().unwrap();
    let of_gtkwave = gtkwave().into_iter().map(plain);
    let of_surfer = SURFER
        .lines()
        .filter_map(|line| line.strip_prefix("variable_add "));
    assert!(of_gtkwave.eq(of_surfer));

    let groups = |flag| {
        let mut lines = GTKWAVE.lines();
        let mut names = Vec::new();
        while lines.by_ref().any(|line| line == flag) {
            let label = lines.next().unwrap().strip_prefix('-').unwrap();
            names.push(label.replace(' ', "_"));
        }
        names
    };
    let begun = groups("@800200");
    assert_eq!(begun, groups("@1000200"));
    let dividers: Vec<_> = SURFER
        .lines()
        .filter_map(|line| line.strip_prefix("divider_add "))
        .collect();
    assert_eq!(begun, dividers);
}

#[test]
fn states_have_the_names_of_their_enum() {
    let waveform = waveform(Build::Default);
    let hierarchy = waveform.hierarchy();
    let named = |name: &str| {
        hierarchy
            .all_vars()
            .map(|var| &hierarchy[var])
            .find(|var| var.full_name(hierarchy) == name)
            .and_then(|var| var.enum_type(hierarchy))
            .is_some()
    };
    assert!(named("iommu_axi.u_core.u_control.u_command_queue.state_q"));
    assert!(named("iommu_axi.u_core.u_walker.u_step.state_i.phase"));
}
