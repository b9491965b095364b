// SPDX-License-Identifier: Apache-2.0
//! Which request the report of a failure shows.

use sallyport_formats::{DeviceId, Iova};
use sallyport_log::{Answer, Recorder, Request, Transaction, tree};

/// Unanswered requests that a report lists.
const LISTED: usize = 8;

/// The request that a test asked to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    pub device: DeviceId,
    pub iova: Iova,
}

impl Named {
    fn is(&self, request: &Request) -> bool {
        let offset = self.iova.raw().wrapping_sub(request.iova.raw());
        let length = u64::from(request.length.unwrap_or(1)).max(1);
        request.device_id == self.device && offset < length
    }
}

/// The request that tells most, and why it was picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    pub why: &'static str,
    pub tree: String,
}

/// Picks a request: the one that the test names; else, of a run that hangs, the
/// oldest that has no answer, and of any other the last that was refused; else
/// the other one of these two, or the last one at all.
pub fn pick(recorder: &Recorder, named: Option<Named>, hangs: bool) -> Option<Culprit> {
    let mut all: Vec<Transaction> = recorder.transactions().cloned().collect();
    all.extend(recorder.in_flight());
    all.sort_by_key(|transaction| transaction.id);
    let named = named.and_then(|named| all.iter().rfind(|t| named.is(&t.request)));
    let refused = all.iter().rfind(|t| is_refused(t));
    let open = recorder.in_flight().find(is_unanswered);
    let open = open.as_ref();

    let refused = refused.map(|t| ("the last request that was refused", t));
    let open = open.map(|t| ("the oldest request without an answer", t));
    let (first, second) = if hangs {
        (open, refused)
    } else {
        (refused, open)
    };
    let (why, transaction) = named
        .map(|t| ("the request that the test names", t))
        .or(first)
        .or(second)
        .or_else(|| all.last().map(|t| ("the last request", t)))?;
    Some(Culprit {
        why,
        tree: tree(transaction),
    })
}

/// The oldest requests without an answer, a line each.
pub fn unanswered(recorder: &Recorder) -> Vec<String> {
    recorder
        .in_flight()
        .filter(is_unanswered)
        .take(LISTED)
        .map(|transaction| {
            let tree = tree(&transaction);
            let heading = tree.lines().next().unwrap_or_default();
            format!("{heading}, accepted @{}", transaction.clocks.accepted)
        })
        .collect()
}

fn is_refused(transaction: &Transaction) -> bool {
    transaction.outcome.is_fault() || transaction.answer == Some(Answer::Refused)
}

fn is_unanswered(transaction: &Transaction) -> bool {
    transaction.clocks.last_beat.is_none() && !is_refused(transaction)
}
