// SPDX-License-Identifier: Apache-2.0
//! What the model says of a request, over all choices of versions that are
//! legal for it.

use crate::age::ages;
use crate::choice::Choices;
use crate::commands::Commands;
use crate::history::History;
use sallyport_bus::Clock;
use sallyport_model::{
    Configuration, Meaning, PageRequestMessage, PageRequestVerdict, Request, Structure, TableRead,
    Translation, judge_page_request, translate,
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
    let model = |choices: &Choices<'_>| translate(configuration, choices, &asked.request);
    let choices = Choices::new(past.history, asked.done);
    let question = Question {
        past,
        configuration,
        asked,
        invalidated: asked.done,
    };
    let (explored, repeats) =
        explore_choices(&question, choices, model, of_translation, &mut visit);
    if explored != Explored::Exhausted || !repeats {
        return explored;
    }
    // What a walk reads twice may have changed in between.
    let choices = Choices::new(past.history, asked.done).each_time();
    explore_choices(&question, choices, model, of_translation, &mut visit).0
}

/// The same for what is to be done with a page request, whose device `asked` names.
pub fn explore_pages(
    past: Past<'_>,
    configuration: &Configuration,
    asked: &Asked,
    message: &PageRequestMessage,
    mut visit: impl FnMut(&PageRequestVerdict) -> bool,
) -> Explored {
    let model = |choices: &Choices<'_>| judge_page_request(configuration, choices, message);
    // No fence waits for it, and when it was dealt with is known by and large only.
    let question = Question {
        past,
        configuration,
        asked,
        invalidated: asked.accepted,
    };
    let choices = Choices::new(past.history, asked.done);
    explore_choices(&question, choices, model, of_page, &mut visit).0
}

fn of_translation(translation: &Translation) -> &[TableRead] {
    &translation.reads
}

fn of_page(verdict: &PageRequestVerdict) -> &[TableRead] {
    &verdict.reads
}

/// What is looked into.
struct Question<'a> {
    past: Past<'a>,
    configuration: &'a Configuration,
    asked: &'a Asked,
    /// Invalidations count that were over by then.
    invalidated: Clock,
}

/// Goes through all choices; and whether some walk had a repetition that counts.
fn explore_choices<T>(
    question: &Question<'_>,
    choices: Choices<'_>,
    model: impl Fn(&Choices<'_>) -> T,
    reads: impl for<'t> Fn(&'t T) -> &'t [TableRead],
    visit: &mut impl FnMut(&T) -> bool,
) -> (Explored, bool) {
    let mut repeats = false;
    for _ in 0..MOST_WALKS {
        let way = model(&choices);
        repeats = repeats || choices.repeats();
        let position = match judge(question, &choices, reads(&way)) {
            Judgement::Legal if visit(&way) => return (Explored::Found, repeats),
            Judgement::Legal | Judgement::Illegal => usize::MAX,
            Judgement::Hopeless(position) => position,
        };
        if !choices.advance(position) {
            return (Explored::Exhausted, repeats);
        }
    }
    (Explored::TooMany, repeats)
}

fn judge(question: &Question<'_>, choices: &Choices<'_>, reads: &[TableRead]) -> Judgement {
    let Question {
        past,
        configuration,
        asked,
        invalidated,
    } = *question;
    let cached = Asked {
        done: invalidated,
        ..*asked
    };
    let ages = ages(past.commands, &cached, configuration.fctl.gxl, reads);
    let last = reads.len().saturating_sub(1);
    let mut verdict = Judgement::Legal;
    let mut answered = 0;
    for (n, (read, age)) in reads.iter().zip(&ages).enumerate() {
        if read.value.is_empty() {
            // Memory answered with an error, which it always does there.
            continue;
        }
        let positions = choices.positions(answered);
        answered += 1;
        let refused = n == last && is_refused(read.meaning);
        let (least, embedded) = if refused {
            (asked.accepted, asked.accepted)
        } else {
            (age.least, age.embedded)
        };
        let last_level = matches!(
            read.structure,
            Structure::FirstStagePte(0) | Structure::SecondStagePte(0)
        );
        let may_borrow = last_level && !refused;
        // Another version of a context's last word may make it acceptable.
        let end = positions.iter().copied().max().unwrap_or(0);
        for position in positions {
            let borrowed = choices.is_borrowed(position) && !may_borrow;
            if borrowed || !choices.is_current_in(position, least, asked.done) {
                return Judgement::Hopeless(if refused { end } else { position });
            }
            if !choices.is_current_in(position, embedded, asked.done) {
                verdict = Judgement::Illegal;
            }
        }
    }
    verdict
}

/// Such an entry is not cached.
fn is_refused(meaning: Meaning) -> bool {
    match meaning {
        Meaning::NotValid | Meaning::Refused | Meaning::AccessFault | Meaning::Poison => true,
        Meaning::Leaf | Meaning::NextTable(_) => false,
    }
}
