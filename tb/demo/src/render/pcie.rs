// SPDX-License-Identifier: Apache-2.0
//! Scenes 8 and 9 as text.

use super::{grouped, right, table, yes};
use crate::report::{Detail, Lie, PagingStep};
use comfy_table::{CellAlignment, Table};
use std::fmt::Write;

/// What is said of scene 8.
pub(super) fn demand_paging(detail: &Detail) -> String {
    let mut out = String::new();
    if let Detail::DemandPaging {
        control,
        pages,
        evicted,
        steps,
    } = detail
    {
        let _ = writeln!(
            out,
            "with nobody to serve it: {} pages asked for, {} put in place, the job {}",
            control.asked, control.present, control.stopped
        );
        let _ = writeln!(out, "{}", step_table(steps));
        let _ = writeln!(
            out,
            "of {pages} pages none was there at first; {evicted} were taken away while the device read"
        );
    }
    out
}

fn step_table(steps: &[PagingStep]) -> Table {
    let mut table = table([
        "the device",
        "ended",
        "cache hits",
        "translations",
        "discarded",
        "pages asked",
        "put in place",
        "groups answered",
        "refused",
        "invalidated",
        "data intact",
    ]);
    for step in steps {
        table.add_row([
            step.what.to_owned(),
            step.ended.to_owned(),
            grouped(step.hits),
            grouped(step.translations),
            grouped(step.discarded),
            grouped(step.asked),
            grouped(step.mapped),
            grouped(step.answers),
            grouped(step.refused),
            grouped(step.invalidations),
            yes(step.intact).to_owned(),
        ]);
    }
    right(&mut table);
    if let Some(first) = table.column_mut(0) {
        first.set_cell_alignment(CellAlignment::Left);
    }
    table
}

/// What is said of scene 9.
pub(super) fn liar(detail: &Detail) -> String {
    let mut out = String::new();
    if let Detail::Liar {
        lies,
        pages,
        before,
        after,
        jobs,
        fence_clocks,
    } = detail
    {
        let _ = writeln!(out, "{}", lie_table(lies));
        let _ = writeln!(
            out,
            "the fence behind an invalidation waited {} clocks for the honest device, whatever the liar answered for it",
            grouped(*fence_clocks)
        );
        let _ = writeln!(
            out,
            "checksum of {} other pages {before} before, {after} after; the DMA engine did {jobs} jobs meanwhile",
            grouped(*pages)
        );
    }
    out
}

fn lie_table(lies: &[Lie]) -> Table {
    let mut table = table([
        "the liar sent",
        "came back",
        "counted as",
        "record: device",
        "cause",
    ]);
    for lie in lies {
        let cause = match (&lie.cause, lie.cause_code) {
            (Some(cause), Some(code)) => format!("{cause} ({code})"),
            _ => "-".to_owned(),
        };
        table.add_row([
            lie.what,
            lie.answer,
            lie.counted.unwrap_or("-"),
            lie.device.as_deref().unwrap_or("-"),
            &cause,
        ]);
    }
    table
}
