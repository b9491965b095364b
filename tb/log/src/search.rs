// SPDX-License-Identifier: Apache-2.0
//! Finding transactions in a log.

use std::fmt::Write;
use std::path::Path;

use crate::line::Line;
use crate::read::{LogError, LogReader};
use crate::transaction::Transaction;
use crate::tree::{tree, walk_tree};

/// A transaction of a log, and those whose walks it joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The transaction.
    pub transaction: Transaction,
    /// Those whose walks it joined, as far as the log has them.
    pub leads: Vec<Transaction>,
}

impl Found {
    /// Looks for transaction `id` in the log at `path`.
    ///
    /// # Errors
    /// [`LogError`] if the file is no log; [`LogError::Unknown`] if it does not
    /// hold the transaction.
    pub fn new(path: &Path, id: u64) -> Result<Self, LogError> {
        let transaction =
            find(path, |t| t.id == id, 1)?
                .pop()
                .ok_or_else(|| LogError::Unknown {
                    path: path.to_owned(),
                    id,
                })?;
        let ids: Vec<_> = transaction
            .walks
            .iter()
            .filter_map(|walk| walk.merged_into)
            .collect();
        let leads = find(path, |t| ids.contains(&t.id), ids.len())?;
        Ok(Self { transaction, leads })
    }

    /// The tree of the transaction, and the walks that it joined.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = tree(&self.transaction);
        for lead in &self.leads {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "the walk of transaction {}:", lead.id);
            for walk in lead.walks.iter().filter(|w| w.merged_into.is_none()) {
                text.push_str(&walk_tree(walk));
            }
        }
        text
    }
}

/// The transactions of a log that satisfy `wanted`, `most` at most, in the order
/// of the log.
///
/// # Errors
/// [`LogError`] if the file is no log, or a line is not one of a log.
pub fn find(
    path: &Path,
    mut wanted: impl FnMut(&Transaction) -> bool,
    most: usize,
) -> Result<Vec<Transaction>, LogError> {
    let mut found = Vec::new();
    let mut lines = LogReader::open(path)?;
    while found.len() < most
        && let Some(line) = lines.next().transpose()?
    {
        if let Line::Transaction(transaction) = line
            && wanted(&transaction)
        {
            found.push(*transaction);
        }
    }
    Ok(found)
}
