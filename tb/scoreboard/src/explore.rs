// SPDX-License-Identifier: Apache-2.0
//! What the model says of a request, over all choices of versions that are
//! legal for it.

use crate::age::ages;
use crate::choice::Choices;
use crate::commands::Commands;
use crate::history::History;
use sallyport_bus::Clock;
use sallyport_model::{
    Configuration, Meaning, Request, Structure, TableRead, Translation, translate,
};

/// More combinations than a request that is right ever needs.
const MOST_WALKS: usize = 20_000;

/// A request and the clocks that it was under way.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// What was asked.
    pub request: Request,
    /// The clock of its acceptance.
    pub accepted: Clock,
    /// The clock of its answer.
    pub done: Clock,
}

/// What choices are made from.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    /// Memory.
    pub history: &'a History,
    /// Commands.
    pub commands: &'a Commands,
}

/// How an exploration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explored {
    /// The visitor has seen what it looked for.
    Found,
    /// It has seen everything.
    Exhausted,
    /// There is too much to see.
    TooMany,
}

/// Whether a choice is legal.
enum Judgement {
    Legal,
    /// Not with the doubleword at this position as it is, whatever the others.
    Hopeless(usize),
    /// Not in this combination.
    Illegal,
}

/// Calls `visit` for every legal way to translate, newest versions first, until
/// it says that it has found what it looked for.
pub fn explore(
    past: Past<'_>,
    configuration: &Configuration,
    asked: &Asked,
    mut visit: impl FnMut(&Translation) -> bool,
) -> Explored {
    let choices = Choices::new(past.history, asked.done);
    for _ in 0..MOST_WALKS {
        let translation = translate(configuration, &choices, &asked.request);
        let position = match judge(past.commands, &choices, asked, &translation) {
            Judgement::Legal if visit(&translation) => return Explored::Found,
            Judgement::Legal | Judgement::Illegal => usize::MAX,
            Judgement::Hopeless(position) => position,
        };
        if !choices.advance(position) {
            return Explored::Exhausted;
        }
    }
    Explored::TooMany
}

fn judge(
    commands: &Commands,
    choices: &Choices<'_>,
    asked: &Asked,
    translation: &Translation,
) -> Judgement {
    let reads = &translation.reads;
    let ages = ages(commands, asked, reads);
    let last = reads.len().saturating_sub(1);
    let mut verdict = Judgement::Legal;
    for (n, (read, age)) in reads.iter().zip(&ages).enumerate() {
        let refused = n == last && is_refused(read.meaning);
        let (least, embedded) = if refused {
            (asked.accepted, asked.accepted)
        } else {
            (age.least, age.embedded)
        };
        // Another version of a context's last word may make it acceptable.
        let end = words(read).filter_map(|word| choices.find(word));
        let end = end.map(|(position, _)| position).max().unwrap_or(0);
        for word in words(read) {
            let Some((position, candidate)) = choices.find(word) else {
                // Memory answered with an error, which it always does there.
                continue;
            };
            let version = candidate.version;
            let last_level = matches!(
                read.structure,
                Structure::FirstStagePte(0) | Structure::SecondStagePte(0)
            );
            let may_borrow = last_level && !refused;
            if candidate.borrowed && !may_borrow || !version.is_current_in(least, asked.done) {
                return Judgement::Hopeless(if refused { end } else { position });
            }
            if !version.is_current_in(embedded, asked.done) {
                verdict = Judgement::Illegal;
            }
        }
    }
    verdict
}

/// The doublewords of a read.
fn words(read: &TableRead) -> impl Iterator<Item = u64> + use<> {
    let first = read.address.raw() / 8 * 8;
    let count = read.value.len().max(1) as u64;
    (0..count).map(move |n| first + 8 * n)
}

/// Such an entry is not cached.
fn is_refused(meaning: Meaning) -> bool {
    match meaning {
        Meaning::NotValid | Meaning::Refused | Meaning::AccessFault | Meaning::Poison => true,
        Meaning::Leaf | Meaning::NextTable(_) => false,
    }
}
