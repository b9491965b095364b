// SPDX-License-Identifier: Apache-2.0
//! `explain`: what happened to a transaction.

use crate::status::Status;
use anyhow::Result;
use sallyport_log::{Found, Transaction, find, table};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

/// What `explain` is asked.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A log, as `--log` writes it.
    log: PathBuf,
    /// The transaction to show as a tree; without it, a table of all.
    id: Option<u64>,
    /// Only transactions that were refused or cut off.
    #[arg(long, conflicts_with = "id")]
    faults: bool,
    /// JSON, a transaction a line: see docs/log-format.md.
    #[arg(long)]
    json: bool,
}

/// Shows what happened to the transactions of a log.
///
/// # Errors
/// If the file is no log or does not hold the transaction.
pub fn run(args: &Args) -> Result<Status> {
    let text = match args.id {
        Some(id) => {
            let found = Found::new(&args.log, id)?;
            if args.json {
                lines(&[found.transaction])?
            } else {
                found.text()
            }
        }
        None => {
            let wanted = |t: &Transaction| !args.faults || t.outcome.is_fault();
            let transactions = find(&args.log, wanted, usize::MAX)?;
            if args.json {
                lines(&transactions)?
            } else {
                table(&transactions)
            }
        }
    };
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever reads has seen enough: `explain LOG | head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Status::Good),
        result => Ok(result.map(|()| Status::Good)?),
    }
}

fn lines(transactions: &[Transaction]) -> Result<String> {
    let mut text = String::new();
    for transaction in transactions {
        text.push_str(&serde_json::to_string(transaction)?);
        text.push('\n');
    }
    Ok(text)
}
