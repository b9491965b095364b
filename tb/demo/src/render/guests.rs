// SPDX-License-Identifier: Apache-2.0
//! Scenes 6 and 7 as text.

use super::{grouped, outcome, right, table};
use crate::report::{Detail, FileLine, GuestControl, MessageControl, Reach};
use comfy_table::Table;
use std::fmt::Write;

pub(super) fn control(control: &GuestControl) -> String {
    let secret = if control.secret_read {
        "was"
    } else {
        "was not"
    };
    format!(
        "without second stage: {} of {} attempts succeeded, the secret {secret} read, checksum {} before, {} after\n",
        control.passed, control.attempts, control.before, control.after
    )
}

/// What is said of scene 6 after its control.
pub(super) fn pass_through(detail: &Detail) -> String {
    let mut out = String::new();
    if let Detail::PassThrough {
        entries_before,
        entries_during,
        interrupts,
        received,
        transmitted,
        attempts,
        pages,
        before,
        after,
        ..
    } = detail
    {
        let _ = writeln!(
            out,
            "{received} frames received right, {transmitted} transmitted right, {} interrupts; entries into the hypervisor: {entries_before} to set up, {entries_during} while packets flowed",
            grouped(*interrupts)
        );
        let _ = writeln!(out, "{}", reach_table(attempts));
        let _ = writeln!(
            out,
            "checksum of {} pages that are not the guest's {before} before, {after} after",
            grouped(*pages)
        );
    }
    out
}

fn reach_table(attempts: &[Reach]) -> Table {
    let mut table = table([
        "the guest tried",
        "at",
        "it was",
        "record: cause",
        "guest-physical",
        "stopped by tables of the",
    ]);
    for attempt in attempts {
        let cause = match (&attempt.cause, attempt.cause_code) {
            (Some(cause), Some(code)) => format!("{cause} ({code})"),
            _ => "no record".to_owned(),
        };
        let address = match (&attempt.guest_address, attempt.implicit) {
            (Some(address), true) => format!("{address}, of a table"),
            (Some(address), false) => address.clone(),
            (None, _) => "-".to_owned(),
        };
        table.add_row([
            attempt.what,
            &attempt.iova,
            outcome(attempt.outcome),
            &cause,
            &address,
            attempt.stopped_by.unwrap_or("-"),
        ]);
    }
    table
}

pub(super) fn guest_interrupts(control: MessageControl, files: &[FileLine]) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "without MSI page table: {} of {} interrupts arrived, {} messages were refused",
        control.arrived, control.sent, control.refused
    );
    let mut table = table([
        "virtual processor",
        "messages go to",
        "kept in",
        "at",
        "sent",
        "arrived",
        "data was there",
        "entries into the hypervisor",
    ]);
    for line in files {
        let state = if line.running { "runs" } else { "sleeps" };
        table.add_row([
            format!("{}, {state}", line.hart),
            line.address.clone(),
            line.file.to_owned(),
            line.place.clone(),
            grouped(line.sent),
            grouped(line.arrived),
            grouped(line.data_there),
            grouped(line.notices),
        ]);
    }
    right(&mut table);
    let _ = writeln!(out, "{table}");
    out
}
