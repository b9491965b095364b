// SPDX-License-Identifier: Apache-2.0
//! Transactions as a table.

use std::fmt::Write;

use crate::transaction::{Outcome, Transaction};

/// A line for each transaction, under a heading. `clocks` are those from its
/// acceptance to the last that happened.
pub fn table<'a>(transactions: impl IntoIterator<Item = &'a Transaction>) -> String {
    let mut text = format!(
        "{:>8}  {:>10}  {:>6}  {:<8}  {:<7}  {:<18}  {:<24}  outcome\n",
        "id", "clock", "clocks", "device", "access", "iova", "translation"
    );
    for transaction in transactions {
        let Transaction {
            id,
            request,
            clocks,
            ..
        } = transaction;
        let spent = clocks.end() - clocks.accepted;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{id:>8}  {:>10}  {spent:>6}  {:<8}  {:<7}  {:<18}  {:<24}  {}",
            clocks.accepted,
            request.device_id,
            request.access,
            request.iova.to_string(),
            source(transaction),
            outcome(transaction),
        );
    }
    text
}

/// Where the translation came from.
fn source(transaction: &Transaction) -> String {
    if transaction.caches.is_some_and(|caches| caches.hit) {
        return "hit".to_owned();
    }
    match transaction.walks.last() {
        Some(walk) => match walk.merged_into {
            Some(lead) => format!("walk of {lead}"),
            None if walk.accesses.len() == 1 => "walk, 1 access".to_owned(),
            None => format!("walk, {} accesses", walk.accesses.len()),
        },
        None => "-".to_owned(),
    }
}

fn outcome(transaction: &Transaction) -> String {
    match (&transaction.record, transaction.outcome) {
        (Some(record), outcome) => format!("{outcome}: {} ({})", record.name, record.cause),
        (None, outcome @ (Outcome::Refused | Outcome::Unsupported | Outcome::CutOff)) => {
            format!("{outcome}, no record")
        }
        (None, outcome) => outcome.to_string(),
    }
}
