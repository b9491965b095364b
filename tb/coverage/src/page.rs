// SPDX-License-Identifier: Apache-2.0
//! The page: holes first, then the cross, then what it sums up to.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sallyport_cross::{Access, Bin, Level, Mode, RULES, Stage, Tally, What, universe, verdict};
use sallyport_formats::{Cause, TransactionType};

use crate::hole::{Missing, ranges};
use crate::verdict::{Findings, Share};

const STYLE: &str = include_str!("page.css");

/// The page as text; it needs no other file.
pub fn page(findings: &Findings, tally: &Tally) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Sallyport: coverage" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Coverage" }
                (summary(findings))
                h2 { "Holes" }
                (open(findings))
                h2 { "Explained" }
                (explained(findings))
                h2 { "Cross of mode, level, stage, access and cause" }
                (cross(findings, tally))
                h2 { "Fault records" }
                (records(tally))
                h2 { "What cannot be" }
                (rules())
            }
        }
    }
    .into_string()
}

fn summary(findings: &Findings) -> Markup {
    let row = |name: &str, share: &Share| {
        html! {
            tr {
                td { (name) }
                td.number { (share.all) }
                td.number { (share.hit) }
                td.number { (percent(share.hit, share.all)) }
                td.number { (share.explained) }
                td.number { (share.all - share.hit - share.explained) }
            }
        }
    };
    html! {
        p {
            "Measured on " code { "iommu_core_port" } " and " code { "iommu_axi" }
            ", build " code { "full" } ", and the core of " code { "default" } ": conformance vectors, "
            "random worlds, tests. Instances and variants of a module count as one."
        }
        table {
            tr { th {} th { "all" } th { "gone through" } th {} th { "explained" } th { "open" } }
            (row("lines and branches", &findings.lines))
            (row("bits that changed", &findings.toggles))
            (row("cross", &findings.cross))
        }
    }
}

fn percent(part: usize, all: usize) -> String {
    // Never 100 % for what is not all.
    let tenths = 1000 * part / all.max(1);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn open(findings: &Findings) -> Markup {
    let bins: Vec<&Bin> = findings
        .bins
        .iter()
        .filter(|judged| judged.reason.is_none())
        .map(|judged| &judged.hole)
        .collect();
    let reports = findings.reports.iter().filter(|r| r.reason.is_none());
    html! {
        @if findings.is_good() {
            p { "None." }
        }
        @for bin in &findings.impossible {
            p.bad { "seen, and cannot be: " (words(bin)) }
        }
        @for text in &findings.obsolete {
            p.bad { "explains nothing any more: " (text) }
        }
        @for bin in bins {
            p.bad { "never: " (words(bin)) }
        }
        @for report in reports {
            p.bad { "no record with cause " (report.hole) ": " (describe(report.hole)) }
        }
        (modules(findings, false))
    }
}

fn explained(findings: &Findings) -> Markup {
    let bins = findings
        .bins
        .iter()
        .filter_map(|judged| Some((&judged.hole, judged.reason.as_ref()?)));
    let mut by_reason: BTreeMap<&String, Vec<&Bin>> = BTreeMap::new();
    for (bin, reason) in bins {
        by_reason.entry(reason).or_default().push(bin);
    }
    html! {
        @for (reason, bins) in by_reason {
            details {
                summary { (bins.len()) " of the cross: " (reason) }
                @for bin in bins { p { (words(bin)) } }
            }
        }
        @for report in &findings.reports {
            @if let Some(reason) = &report.reason {
                p { "no record with cause " (report.hole) ", " (describe(report.hole)) ": " (reason) }
            }
        }
        (modules(findings, true))
    }
}

/// Holes of the RTL, those with an explanation or those without.
fn modules(findings: &Findings, with_reason: bool) -> Markup {
    html! {
        @for (module, holes) in &findings.holes {
            @let wanted: Vec<_> = holes
                .iter()
                .filter(|(judged, _)| judged.reason.is_some() == with_reason)
                .collect();
            @if !wanted.is_empty() {
                h3 { code { "rtl/" (module) ".sv" } }
                table.source {
                    @for (judged, text) in wanted {
                        tr {
                            td.number { (judged.hole.line) }
                            td { pre { (text.trim()) } }
                            td { (missing(&judged.hole.missing)) }
                            @if let Some(reason) = &judged.reason { td { (reason) } }
                        }
                    }
                }
            }
        }
    }
}

fn missing(missing: &Missing) -> Markup {
    match missing {
        Missing::Branch(branch) => html! { "never ran: " (branch) },
        Missing::Bits { signal, bits } => html! {
            code { (signal) "[" (ranges(bits)) "]" } " never changed"
        },
    }
}

fn words(bin: &Bin) -> String {
    let Bin {
        stage,
        mode,
        level,
        access,
        what,
    } = bin;
    format!("{stage}, {mode}, {level}, {access}: {what}")
}

fn describe(cause: u16) -> &'static str {
    Cause::from_code(cause).description()
}

/// A table for each stage: a row for each mode and level, a column for each
/// result; a cell is how many accesses of those that can be.
fn cross(findings: &Findings, tally: &Tally) -> Markup {
    let mut cells: BTreeMap<Stage, BTreeMap<(Mode, Level), Row>> = BTreeMap::new();
    for bin in universe().filter(|bin| verdict(bin).is_none()) {
        let count = tally.bins.get(&bin).copied().unwrap_or_default();
        let row = cells.entry(bin.stage).or_default();
        let row = row.entry((bin.mode, bin.level)).or_default();
        let cell = row.entry(column(bin.what)).or_default();
        cell.all += 1;
        cell.times += count.walked;
        cell.cached += count.cached;
        if count.walked > 0 {
            cell.hit += 1;
        } else {
            let explained = findings
                .bins
                .iter()
                .any(|judged| judged.hole == bin && judged.reason.is_some());
            cell.explained += usize::from(explained);
            cell.missing.push(bin.access);
        }
    }
    html! {
        p {
            "A cell tells how many accesses met this of those that can: read, write, execute, "
            "with and without privilege, translated, and translation requests. Point at it for "
            "how often, and for what is missing. Faults of one family stand in one column."
        }
        @for (stage, rows) in &cells {
            h3 { (stage) }
            @let mut columns: Vec<What> = rows.values().flat_map(|row| row.keys().copied()).collect();
            @let columns = { columns.sort(); columns.dedup(); columns };
            table.cross {
                tr {
                    th { "mode" } th { "level" }
                    @for what in &columns { th { (head(*what)) } }
                }
                @for ((mode, level), row) in rows {
                    tr {
                        td { (mode) } td { (level) }
                        @for what in &columns {
                            @match row.get(what) {
                                Some(cell) => (cell.show()),
                                None => td.none {},
                            }
                        }
                    }
                }
            }
        }
        @if tally.unexplained > 0 {
            p {
                (tally.unexplained) " answers more, for which the model, which has no caches, gives "
                "another reason: tables changed while they were under way. They count for nothing here."
            }
        }
    }
}

/// What can come of one mode and level.
type Row = BTreeMap<What, Cell>;

#[derive(Default)]
struct Cell {
    hit: usize,
    explained: usize,
    all: usize,
    times: u64,
    cached: u64,
    missing: Vec<Access>,
}

impl Cell {
    fn show(&self) -> Markup {
        let class = if self.hit == self.all {
            "full"
        } else if self.hit + self.explained == self.all {
            "explained"
        } else if self.hit > 0 {
            "part"
        } else {
            "empty"
        };
        let mut title = format!("{} walks, {} from caches", self.times, self.cached);
        for access in &self.missing {
            title += &format!("; not: {access}");
        }
        html! { td.number class=(class) title=(title) { (self.hit) "/" (self.all) } }
    }
}

/// Access faults, page faults and guest page faults of all kinds of access
/// stand with those of reads.
fn column(what: What) -> What {
    match what {
        What::Fault(1 | 5 | 7) => What::Fault(5),
        What::Fault(12 | 13 | 15) => What::Fault(13),
        What::Fault(20 | 21 | 23) => What::Fault(21),
        what => what,
    }
}

fn head(what: What) -> String {
    match what {
        What::Success => "success".to_owned(),
        What::Update => "A/D update".to_owned(),
        What::Fault(5) => "1, 5, 7: access fault".to_owned(),
        What::Fault(13) => "12, 13, 15: page fault".to_owned(),
        What::Fault(21) => "20, 21, 23: guest page fault".to_owned(),
        What::Fault(cause) => format!("{cause}: {}", describe(cause)),
    }
}

/// What the fault queue got, on either port.
fn records(tally: &Tally) -> Markup {
    html! {
        table {
            tr { th { "cause" } th {} th { "transaction" } th { "records" } }
            @for (report, count) in &tally.reports {
                tr {
                    td.number { (report.cause) }
                    td { (describe(report.cause)) }
                    td { (TransactionType::from_code(report.ttyp)) }
                    td.number { (count) }
                }
            }
        }
    }
}

fn rules() -> Markup {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in universe().filter_map(|bin| verdict(&bin)) {
        *counts.entry(rule.name).or_default() += 1;
    }
    html! {
        p { "Combinations that the specification rules out, by the first rule that says so." }
        table {
            tr { th { "rule" } th { "combinations" } th { "because" } th { "section" } }
            @for rule in RULES {
                tr {
                    td { (rule.name) }
                    td.number { (counts.get(rule.name).copied().unwrap_or_default()) }
                    td { (rule.reason) }
                    td { (rule.section) }
                }
            }
        }
    }
}
