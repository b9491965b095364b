// SPDX-License-Identifier: Apache-2.0
//! What the model says of a request, over all choices of versions that are
//! legal for it.

use crate::choice::Choices;
use crate::commands::Commands;
use crate::coverage::{
    Space, covers_device, covers_directory, covers_guest, covers_leaf, covers_pointer,
    covers_process,
};
use crate::history::History;
use sallyport_bus::Clock;
use sallyport_formats::command::Command;
use sallyport_formats::constants as c;
use sallyport_formats::context::{DcTa, Iohgatp, PcTa};
use sallyport_formats::{ProcessId, Pscid};
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

/// What the entries read so far say about those that follow.
struct Way {
    gscid: Option<sallyport_formats::Gscid>,
    process: ProcessId,
    space: Space,
    global: bool,
}

fn judge(
    commands: &Commands,
    choices: &Choices<'_>,
    asked: &Asked,
    translation: &Translation,
) -> Judgement {
    let leaf = leaf_since(commands, asked, &translation.reads);
    let mut way = Way::new(asked);
    let last = translation.reads.len().saturating_sub(1);
    let mut verdict = Judgement::Legal;
    for (n, read) in translation.reads.iter().enumerate() {
        way.pass(read);
        let refused = n == last && is_refused(read.meaning);
        let since = if refused {
            asked.accepted
        } else {
            way.since(commands, asked, read)
        };
        // A pointer may also be part of a cached translation.
        let pointer = matches!(
            (read.structure, read.meaning),
            (Structure::FirstStagePte(_), Meaning::NextTable(_))
        );
        let (mut least, mut embedded) = (since, since);
        if pointer {
            let any_leaf = way.any_leaf_since(commands, asked);
            least = since.min(way.pointer_since(commands, any_leaf));
            if let Some(leaf) = leaf {
                embedded = since.min(way.pointer_since(commands, leaf));
            }
        }
        // Another version of a context's last word may make it acceptable.
        let end = words(read).filter_map(|word| choices.find(word));
        let end = end.map(|(position, _)| position).max().unwrap_or(0);
        for word in words(read) {
            let Some((position, candidate)) = choices.find(word) else {
                // Memory answered with an error, which it always does there.
                continue;
            };
            let version = candidate.version;
            let may_borrow = matches!(read.structure, Structure::FirstStagePte(0)) && !refused;
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

/// How old a cached translation of this walk's leaf may be, if it has one.
fn leaf_since(commands: &Commands, asked: &Asked, reads: &[TableRead]) -> Option<Clock> {
    let mut way = Way::new(asked);
    let mut found = None;
    for read in reads {
        way.pass(read);
        if matches!(read.structure, Structure::FirstStagePte(_)) && read.meaning == Meaning::Leaf {
            found = Some(way.since(commands, asked, read));
        }
    }
    found
}

impl Way {
    fn new(asked: &Asked) -> Self {
        Self {
            gscid: None,
            process: asked.request.process_id.unwrap_or_default(),
            space: Space {
                gscid: None,
                pscid: Pscid::default(),
            },
            global: false,
        }
    }

    /// Takes in what an entry says.
    fn pass(&mut self, read: &TableRead) {
        match (read.structure, read.value.as_slice()) {
            (Structure::DeviceContext, [_, iohgatp, ta, ..]) => {
                let iohgatp = Iohgatp::parse(*iohgatp);
                let guest = u64::from(iohgatp.mode) != c::IOHGATP_MODE_BARE;
                self.gscid = guest.then_some(iohgatp.gscid);
                self.space = Space {
                    gscid: self.gscid,
                    pscid: DcTa::parse(*ta).pscid,
                };
            }
            (Structure::ProcessContext, [ta, ..]) => self.space.pscid = PcTa::parse(*ta).pscid,
            (Structure::FirstStagePte(_), [pte]) => self.global |= pte >> c::PTE_G_BIT & 1 == 1,
            _ => {}
        }
    }

    /// The clock from which on a cached copy of this entry may stem.
    fn since(&self, commands: &Commands, asked: &Asked, read: &TableRead) -> Clock {
        let device = asked.request.device_id;
        let iova = asked.request.iova;
        let last = |covers: &dyn Fn(&Command) -> bool| commands.last_effective(asked.done, covers);
        match (read.structure, read.meaning) {
            (Structure::DdtEntry(_), _) => last(&covers_directory),
            (Structure::DeviceContext | Structure::PdtEntry(_), _) => {
                last(&|command| covers_device(command, device))
            }
            (Structure::ProcessContext, _) => {
                last(&|command| covers_process(command, device, self.process))
            }
            (Structure::FirstStagePte(_), Meaning::NextTable(_)) => {
                self.pointer_since(commands, asked.done)
            }
            (Structure::FirstStagePte(level), _) => {
                let shift = 12 + 9 * u32::from(level);
                last(&|command| covers_leaf(command, self.space, self.global, iova, shift))
            }
            (Structure::SecondStagePte(_) | Structure::MsiPte, _) => {
                last(&|command| covers_guest(command, self.gscid))
            }
        }
    }

    /// The same for a pointer, as it could be cached in clock `at`.
    fn pointer_since(&self, commands: &Commands, at: Clock) -> Clock {
        commands.last_effective(at, |command| {
            covers_pointer(command, self.space, self.global)
        })
    }

    /// The least that [`leaf_since`] can be of a walk that goes on from here:
    /// that of a global leaf, of no address in particular.
    fn any_leaf_since(&self, commands: &Commands, asked: &Asked) -> Clock {
        let covers = |command: &Command| covers_pointer(command, self.space, true);
        commands.last_effective(asked.done, covers)
    }
}
