// SPDX-License-Identifier: Apache-2.0
//! The results as text.

use crate::summary::{Report, Summary};
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table, TableComponent};
use indicatif::HumanCount;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The columns of the table of runs.
const TITLES: [&str; 12] = [
    "run",
    "build",
    "tables",
    "pages",
    "DMA translated",
    "walks",
    "PTEs read",
    "N",
    "faults",
    "clocks",
    "seconds",
    "result",
];

/// So many of the things that are wrong are shown.
const SHOWN: usize = 8;

/// A run's own lines: its name, what was wrong, and the faults that the kernel has
/// logged.
#[must_use]
pub fn run(report: &Report) -> String {
    let mut out = String::new();
    let verdict = if report.passed { "passed" } else { "FAILED" };
    let checks = report.checks.len();
    let _ = writeln!(
        out,
        "{}: {verdict}, {} of {checks} checks, {} MiB written and read, {} s",
        report.run,
        report.checks.iter().filter(|check| check.passed).count(),
        report.mib,
        report.seconds
    );
    let wrong: Vec<_> = report.checks.iter().filter(|c| !c.passed).collect();
    for check in wrong.iter().take(SHOWN) {
        let seen = match check.seen.as_str() {
            "" => "nothing",
            seen => seen,
        };
        let _ = writeln!(out, "  wrong: {} ({seen})", check.rule);
    }
    if wrong.len() > SHOWN {
        // A guest that stops early misses all that would have followed.
        let _ = writeln!(out, "  wrong: {} more, see --json", wrong.len() - SHOWN);
    }
    for fault in report.faults.iter().take(4) {
        let _ = writeln!(
            out,
            "  in the kernel's log: Fault {} devid {:#x} iotval {:#x}",
            fault.cause, fault.device, fault.iova
        );
    }
    if report.faults.len() > 4 {
        let _ = writeln!(out, "  and {} more", report.faults.len() - 4);
    }
    out
}

/// The tables of all runs.
#[must_use]
pub fn summary(summary: &Summary) -> String {
    let mut out = String::new();
    let drivers: BTreeSet<&str> = summary.runs.iter().map(|r| r.driver.as_str()).collect();
    let drivers: Vec<&str> = drivers.into_iter().collect();
    let _ = writeln!(
        out,
        "Linux {} of {}, driver {}, {}",
        summary.kernel,
        summary.suite,
        drivers.join(", "),
        if summary.reference {
            "on QEMU's own model: nothing is counted"
        } else {
            "on the RTL"
        }
    );
    let mut table = table(TITLES);
    for report in &summary.runs {
        table.add_row(row(report));
    }
    right(&mut table, &[4, 5, 6, 7, 8, 9, 10]);
    let _ = writeln!(out, "{table}");
    if !summary.reference {
        let _ = write!(out, "\n{}\n", commands(summary));
    }
    let passed = summary.runs.iter().filter(|report| report.passed).count();
    let _ = writeln!(
        out,
        "\n{passed} of {} runs passed; seed {}",
        summary.runs.len(),
        summary.seed
    );
    out
}

fn row(report: &Report) -> [String; 12] {
    let none = || "-".to_owned();
    let counted = |of: fn(&sallyport_vfio::Counters) -> u64| {
        report
            .counters
            .as_ref()
            .map_or_else(none, |c| grouped(of(c)))
    };
    [
        report.run.to_string(),
        report.build.clone(),
        report.mode.unwrap_or("-").to_owned(),
        report
            .pages
            .map_or_else(none, |pages| pages.name().to_owned()),
        counted(|c| c.requests.translated),
        counted(|c| c.walks.begun),
        counted(|c| c.walks.page_table_entries),
        counted(|c| c.walks.napot_leaves),
        counted(|c| c.faults.values().sum()),
        counted(|c| c.clocks),
        report.seconds.to_string(),
        if report.passed { "passed" } else { "FAILED" }.to_owned(),
    ]
}

/// Commands by kind, a column for each run.
fn commands(summary: &Summary) -> Table {
    let counters = || summary.runs.iter().map(|report| report.counters.as_ref());
    let kinds: BTreeSet<&String> = counters()
        .flatten()
        .flat_map(|counters| counters.commands.keys())
        .collect();
    let mut titles = vec!["command".to_owned()];
    titles.extend(summary.runs.iter().map(|report| report.run.to_string()));
    let columns: Vec<usize> = (1..titles.len()).collect();
    let mut table = table(titles);
    for kind in kinds {
        let count = |counters: Option<&sallyport_vfio::Counters>| {
            let count = counters.and_then(|counters| counters.commands.get(kind));
            grouped(count.copied().unwrap_or(0))
        };
        let mut row = vec![kind.clone()];
        row.extend(counters().map(count));
        table.add_row(row);
    }
    right(&mut table, &columns);
    table
}

fn table<T: Into<comfy_table::Cell>>(titles: impl IntoIterator<Item = T>) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING);
    table.set_style(TableComponent::HeaderLines, '─');
    table.set_style(TableComponent::MiddleHeaderIntersections, '─');
    let titles: Vec<comfy_table::Cell> = titles.into_iter().map(Into::into).collect();
    table.set_header(titles);
    table
}

fn right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    HumanCount(number).to_string()
}
