// SPDX-License-Identifier: Apache-2.0
//! A transaction as text.

use std::fmt::{self, Write};

use crate::transaction::{Answer, Outcome, Record, Request, Transaction};
use crate::walk::{MemoryAccess, Walk};

/// Width of the column of clocks.
const CLOCKS: usize = 16;

/// What happened to a transaction, a line each step, indented where one is part
/// of another. The number at the start of a line is its clock, or the clocks
/// from a request to memory until its last word.
#[must_use]
pub fn tree(transaction: &Transaction) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_tree(&mut text, transaction);
    text
}

/// The accesses of a walk, as [`tree`] shows them: for the walk of another
/// transaction that one merged into.
#[must_use]
pub fn walk_tree(walk: &Walk) -> String {
    let mut text = String::new();
    let _ = write_accesses(&mut text, walk);
    text
}

fn write_tree(text: &mut String, transaction: &Transaction) -> fmt::Result {
    let Transaction { id, request, .. } = transaction;
    writeln!(text, "transaction {id}: {}", Described(request))?;
    let clocks = &transaction.clocks;
    if clocks.offered != clocks.accepted {
        step(text, clocks.offered, "offered")?;
    }
    step(text, clocks.accepted, "accepted")?;
    if let (Some(clock), Some(caches)) = (clocks.lookup, transaction.caches) {
        let word = |hit| if hit { "hit" } else { "miss" };
        let (device, iotlb) = (word(caches.device_context), word(caches.hit));
        let found = format!("lookup: device context {device}, translation {iotlb}");
        step(text, clock, &found)?;
    }
    for walk in &transaction.walks {
        write_walk(text, walk)?;
    }
    let mut steps = answer_steps(transaction);
    if let Some(record) = &transaction.record {
        let written = format!("fault record written: {}", Described(record));
        steps.push((record.clock, written));
    }
    steps.sort_by_key(|step| step.0);
    for (clock, what) in steps {
        step(text, clock, &what)?;
    }
    if transaction.outcome.is_fault() && transaction.record.is_none() {
        line(text, "", 1, "no fault record was seen")?;
    }
    if transaction.outcome == Outcome::Unfinished {
        line(text, "", 1, "unfinished")?;
    }
    Ok(())
}

fn write_walk(text: &mut String, walk: &Walk) -> fmt::Result {
    let Walk { number, row, .. } = walk;
    let what = match walk.merged_into {
        Some(lead) => format!("joined walk {number} in row {row}, of transaction {lead}"),
        None => format!("walk {number} began in row {row}"),
    };
    step(text, walk.clock, &what)?;
    write_accesses(text, walk)
}

fn write_accesses(text: &mut String, walk: &Walk) -> fmt::Result {
    if let Some(level) = walk.walk_cache_level {
        let what = format!("walk cache hit: begins with the table of level {level}");
        line(text, "", 2, &what)?;
    }
    for access in &walk.accesses {
        let MemoryAccess {
            kind,
            address,
            meaning,
            ..
        } = access;
        let clocks = match access.back {
            Some(back) => format!("{}..{back}", access.out),
            None => format!("{}..", access.out),
        };
        let value = match access.value.as_slice() {
            [] => String::new(),
            [word] => format!(" = {word}"),
            words => format!(" = {} doublewords", words.len()),
        };
        let ordinary = access.response.as_deref().is_none_or(|r| r == "OKAY");
        let response = match &access.response {
            Some(response) if !ordinary => format!(" {response}"),
            _ => String::new(),
        };
        let poison = if access.poisoned { " poisoned" } else { "" };
        let what = format!("{kind} {address}{value}{response}{poison}: {meaning}");
        line(text, &clocks, 2, &what)?;
    }
    Ok(())
}

/// The answer and what followed, with clocks.
fn answer_steps(transaction: &Transaction) -> Vec<(u64, String)> {
    let mut steps = Vec::new();
    let clocks = &transaction.clocks;
    if let (Some(clock), Some(answer)) = (clocks.answered, &transaction.answer) {
        let what = match answer {
            Answer::Refused => "refused".to_owned(),
            Answer::Translated {
                address: Some(address),
                pbmt,
            } => format!("translated to {address}, {pbmt}"),
            Answer::Translated { address: None, .. } => "translated".to_owned(),
        };
        steps.push((clock, what));
    }
    if let Some(clock) = clocks.sent {
        steps.push((clock, "address accepted by memory".to_owned()));
    }
    if let (Some(clock), Some(response)) = (clocks.last_beat, &transaction.response) {
        let why = match transaction.outcome {
            Outcome::Unsupported => ": the burst is unsupported, and was not translated",
            Outcome::CutOff => ": the device stalled and was cut off",
            _ => "",
        };
        steps.push((clock, format!("last beat {response}{why}")));
    }
    steps
}

fn step(text: &mut String, clock: u64, what: &str) -> fmt::Result {
    line(text, &clock.to_string(), 1, what)
}

fn line(text: &mut String, clocks: &str, depth: usize, what: &str) -> fmt::Result {
    writeln!(text, "{clocks:>CLOCKS$}{:1$}{what}", "", 2 * depth)
}

/// In words.
struct Described<'a, T>(&'a T);

impl fmt::Display for Described<'_, Request> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = self.0;
        write!(f, "{} by device {}", request.access, request.device_id)?;
        if let Some(process) = request.process_id {
            let mode = if request.privileged {
                "privileged"
            } else {
                "user"
            };
            write!(f, ", process {process} ({mode})")?;
        }
        write!(f, " at {}", request.iova)?;
        if let Some(length) = request.length {
            write!(f, ", {length} bytes")?;
        }
        if let Some(id) = request.axi_id {
            write!(f, ", AXI ID {id}")?;
        }
        match request.kind {
            crate::Kind::Untranslated => Ok(()),
            crate::Kind::Translated => f.write_str(", translated"),
            crate::Kind::TranslationRequest => f.write_str(", translation request"),
            crate::Kind::Reserved => f.write_str(", of the reserved type"),
        }
    }
}

impl fmt::Display for Described<'_, Record> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.0;
        write!(
            f,
            "cause {} ({}), TTYP {}, iotval {}",
            record.cause, record.name, record.ttyp, record.iotval
        )
    }
}
