// SPDX-License-Identifier: Apache-2.0
//! Scene 5 as text.

use super::{right, table, yes};
use crate::report::{Program, ProgramControl, SharedAccess};
use comfy_table::Table;
use std::fmt::Write;

pub(super) fn two_programs(
    control: ProgramControl,
    programs: &[Program],
    accesses: &[SharedAccess],
) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "without process ids: {} of 2 programs found what the device had written for them",
        control.intact
    );
    if let [a, b] = programs {
        let _ = writeln!(out, "{}", views(a, b));
    }
    for program in programs {
        let Program { name, process, .. } = program;
        let _ = writeln!(
            out,
            "program {name}, process {process}: the device read what it had stored: {}; it loaded what the device had written: {}; {} TLB hits, {} walks",
            yes(program.device_reads_own),
            yes(program.program_loads_own),
            program.tlb_hits,
            program.walks,
        );
    }
    let _ = writeln!(out, "{}", access_table(accesses));
    out
}

/// Both views of both programs, side by side.
fn views(a: &Program, b: &Program) -> Table {
    let heads = |program: &Program| {
        let name = program.name;
        [
            format!("{name}: processor"),
            format!("{name}: device"),
            "marks".to_owned(),
        ]
    };
    let mut head = vec!["address".to_owned()];
    head.extend(heads(a));
    head.extend(heads(b));
    let head: [String; 7] = std::array::from_fn(|n| head[n].clone());
    let mut table = table(head.each_ref().map(String::as_str));
    for (a, b) in a.pages.iter().zip(&b.pages) {
        let mut row = vec![a.address.clone()];
        for page in [a, b] {
            let device = page.device.as_deref().unwrap_or("NOWHERE");
            let marks = [(page.accessed, 'A'), (page.dirty, 'D')];
            let marks = marks.iter().filter(|mark| mark.0).map(|mark| mark.1);
            row.extend([page.processor.clone(), device.to_owned(), marks.collect()]);
        }
        table.add_row(row);
    }
    right(&mut table);
    table
}

fn access_table(accesses: &[SharedAccess]) -> Table {
    let mut table = table([
        "access",
        "at",
        "the program",
        "the device in its name",
        "record: process",
    ]);
    for access in accesses {
        let program = match (access.processor_code, access.process.is_some()) {
            (Some(code), _) => format!("page fault ({code})"),
            (None, true) if access.device_code.is_some() => "-".to_owned(),
            (None, _) => "may".to_owned(),
        };
        let device = match (&access.device_cause, access.device_code) {
            (Some(cause), Some(code)) => format!("{cause} ({code})"),
            _ => "may".to_owned(),
        };
        table.add_row([
            access.what,
            &access.address,
            &program,
            &device,
            access.process.as_deref().unwrap_or("-"),
        ]);
    }
    table
}
