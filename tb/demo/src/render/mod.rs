// SPDX-License-Identifier: Apache-2.0
//! A report as text.

mod guests;
mod pcie;
mod programs;

use crate::report::{Attempt, Detail, Outcome, Report, Scene, Traffic};
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table, TableComponent};
use indicatif::HumanCount;
use std::fmt::Write;

/// The report as plain tables and sentences.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for scene in &report.scenes {
        out += &render_scene(scene, report.bus);
        out.push('\n');
    }
    let passed = report.scenes.iter().filter(|scene| scene.passed).count();
    let _ = writeln!(
        out,
        "{passed} of {} scenes passed; build {}, bus {}, seed {}, {} clocks",
        report.asked,
        report.build,
        report.bus,
        report.seed,
        grouped(report.clocks)
    );
    let _ = writeln!(
        out,
        "digest {} of {} beats on all ports",
        report.digest,
        grouped(report.beats)
    );
    out
}

fn render_scene(scene: &Scene, bus: &str) -> String {
    let mut out = String::new();
    let verdict = if scene.passed { "passed" } else { "FAILED" };
    let _ = writeln!(out, "Scene {}: {} ({verdict})", scene.number, scene.name);
    let _ = writeln!(out, "{}", scene.title);
    for problem in &scene.problems {
        let _ = writeln!(out, "  wrong: {problem}");
    }
    if let Some(detail) = &scene.detail {
        out += &render_detail(detail, bus);
    }
    let _ = writeln!(out, "{}", traffic(&scene.traffic));
    out
}

fn render_detail(detail: &Detail, bus: &str) -> String {
    let mut out = String::new();
    let _ = match detail {
        Detail::Scatter {
            control,
            pages,
            map,
            received,
            transmitted,
        } => {
            let _ = writeln!(
                out,
                "without translation: {} of {} frames arrived in their buffers, {} bytes went into other memory",
                control.intact,
                control.frames,
                grouped(control.stray_bytes)
            );
            let mut table = table(["IOVA", "physical address"]);
            for line in map {
                table.add_row([&line.iova, &line.physical]);
            }
            right(&mut table);
            let _ = writeln!(
                out,
                "the first of {pages} pages of receive buffers:\n{table}"
            );
            writeln!(
                out,
                "{received} frames received right, {transmitted} transmitted right, byte for byte"
            )
        }
        Detail::Rogue {
            control,
            attempts,
            pages,
            before,
            after,
            jobs,
        } => {
            let secret = if control.secret_read {
                "was"
            } else {
                "was not"
            };
            let _ = writeln!(
                out,
                "without translation: {} of {} attempts succeeded, the secret {secret} read, checksum {} before, {} after",
                control.passed, control.attempts, control.before, control.after
            );
            let _ = writeln!(out, "{}", attempt_table(attempts));
            writeln!(
                out,
                "checksum of {} other pages {before} before, {after} after; the DMA engine did {jobs} jobs meanwhile",
                grouped(*pages)
            )
        }
        Detail::SameAddress { control, devices } => {
            let _ = writeln!(
                out,
                "without translation: {} of 2 devices found their own data again, {} of 2 buffers were filled",
                control.intact, control.filled
            );
            let mut table = table([
                "device",
                "IOVA",
                "physical",
                "writes",
                "reads its own",
                "pages hold it",
            ]);
            for share in devices {
                table.add_row([
                    share.device.as_str(),
                    &share.iova,
                    &share.physical,
                    &share.pattern,
                    yes(share.reads_own),
                    yes(share.pages_right),
                ]);
            }
            writeln!(out, "{table}")
        }
        Detail::UnderFire {
            rounds,
            refused,
            frames_hit,
        } => {
            let mut table = table([
                "pages taken at",
                "pages",
                "clocks to the fence",
                "writes before it",
                "writes after it",
                "refused",
                "owner's data kept",
                "clocks watched",
            ]);
            for round in rounds {
                table.add_row([
                    round.iova.clone(),
                    round.pages.to_string(),
                    grouped(round.fence_clocks),
                    grouped(round.writes_before),
                    grouped(round.writes_after),
                    grouped(round.refused),
                    yes(round.owner_right).to_owned(),
                    grouped(round.watched_clocks),
                ]);
            }
            right(&mut table);
            let _ = writeln!(out, "{table}");
            let heard = if bus == "pcie" {
                let dropped = rounds.iter().map(|round| round.refused).sum();
                format!(
                    "{} posted writes were dropped, of which the NIC was not told",
                    grouped(dropped)
                )
            } else {
                format!(
                    "{} parts of {} frames were refused",
                    grouped(*refused),
                    grouped(*frames_hit)
                )
            };
            writeln!(
                out,
                "{heard}; {} writes reached the old pages after a fence",
                grouped(rounds.iter().map(|round| round.writes_after).sum())
            )
        }
        Detail::TwoPrograms {
            control,
            programs,
            accesses,
        } => {
            out += &programs::two_programs(*control, programs, accesses);
            Ok(())
        }
        Detail::PassThrough { control, .. } => {
            out += &guests::control(control);
            out += &guests::pass_through(detail);
            Ok(())
        }
        Detail::GuestInterrupts { control, files } => {
            out += &guests::guest_interrupts(*control, files);
            Ok(())
        }
        Detail::DemandPaging { .. } => {
            out += &pcie::demand_paging(detail);
            Ok(())
        }
        Detail::Liar { .. } => {
            out += &pcie::liar(detail);
            Ok(())
        }
    };
    out
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "LET THROUGH",
        Outcome::Refused => "refused",
        Outcome::CutOff => "cut off",
        Outcome::Dropped => "dropped",
        Outcome::Delayed => "delayed",
        Outcome::Hung => "HUNG",
    }
}

fn attempt_table(attempts: &[Attempt]) -> Table {
    let mut table = table([
        "the rogue tried",
        "at",
        "it was",
        "record: device",
        "cause",
        "address",
    ]);
    for attempt in attempts {
        let cause = match (&attempt.cause, attempt.cause_code) {
            (Some(cause), Some(code)) => format!("{cause} ({code})"),
            (Some(counted), None) => format!("{counted}, counted"),
            _ => "no record".to_owned(),
        };
        table.add_row([
            attempt.what,
            &attempt.address,
            outcome(attempt.outcome),
            attempt.device.as_deref().unwrap_or("-"),
            &cause,
            attempt.iotval.as_deref().unwrap_or("-"),
        ]);
    }
    table
}

fn traffic(traffic: &Traffic) -> Table {
    let mut table = table([
        "frames",
        "bytes",
        "translations",
        "hits",
        "misses",
        "walks",
        "reads/walk",
        "clocks",
        "faults",
        "bytes of tables",
    ]);
    table.add_row([
        grouped(traffic.frames),
        grouped(traffic.bytes),
        grouped(traffic.translations),
        grouped(traffic.hits),
        grouped(traffic.misses),
        grouped(traffic.walks),
        format!("{:.2}", traffic.reads_per_walk),
        grouped(traffic.clocks),
        grouped(traffic.faults),
        grouped(traffic.table_bytes),
    ]);
    right(&mut table);
    table
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─')
        .set_header(header);
    table
}

fn right(table: &mut Table) {
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

const fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "NO" }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    HumanCount(number).to_string()
}
