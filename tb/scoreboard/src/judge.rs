// SPDX-License-Identifier: Apache-2.0
//! The judgement.

use crate::choice::Choices;
use crate::explore::{Asked, Explored, Past, explore};
use crate::interrupts::{InterruptState, Pending};
use crate::journal::{Recorded, Update};
use crate::judge_pages::is_of_page;
use crate::matching::can_pair;
use crate::mismatch::{Mismatch, What};
use crate::outcome::Outcome;
use crate::scoreboard::Scoreboard;
use crate::seen::Seen;
use sallyport_bus::Clock;
use sallyport_formats::constants as c;
use sallyport_formats::context::Tc;
use sallyport_formats::regs::Fqcsr;
use sallyport_formats::{Cause, FaultRecord, Spa};
use sallyport_model::{
    Answer, Fault, Meaning, PteUpdate, Request, Structure, Translation, translate,
};
use std::collections::{BTreeMap, BTreeSet};

/// Legal outcomes that a mismatch shows.
const SHOWN: usize = 6;

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// All that was wrong, by clock.
    pub mismatches: Vec<Mismatch>,
    /// Translations by the bytes of their pages; 0 is no limit.
    pub sizes: BTreeMap<u64, u64>,
    /// Translations by the pages of both stages, in bytes; 0 is no translation.
    pub pairs: BTreeMap<[u64; 2], u64>,
    /// Refusals by cause.
    pub causes: BTreeMap<u16, u64>,
    /// Refusals without a record.
    pub unreported: u64,
    /// A and D updates.
    pub updates: u64,
    /// Page requests, and those of them that were queued.
    pub pages: u64,
    /// See there.
    pub pages_queued: u64,
    /// Responses of the IOMMU to page requests, by code.
    pub page_responses: BTreeMap<u8, u64>,
    /// Answers that only older versions than the newest explain.
    pub stale: u64,
    /// Answers with too many combinations of versions to look at.
    pub undecided: u64,
}

/// Who a record speaks of: everything but cause and `iotval2`.
type Identity = [u64; 4];

fn identity(record: &FaultRecord) -> Identity {
    FaultRecord {
        cause: Cause::from_code(0),
        iotval2: 0,
        ..*record
    }
    .emit()
}

/// Refused requests and records with the same identity.
#[derive(Default)]
struct Group {
    requests: Vec<usize>,
    records: Vec<usize>,
}

impl Scoreboard {
    /// Judges a run in which nothing is under way any more. `state` is what
    /// software then reads.
    #[must_use]
    pub fn judge(&self, state: &InterruptState) -> Verdict {
        let mut verdict = Verdict {
            mismatches: self.mismatches.clone(),
            updates: self.updates.len() as u64,
            ..Verdict::default()
        };
        let overflow = Fqcsr::parse(state.fqcsr).fqof;
        self.judge_translations(&mut verdict);
        let groups = self.groups(&mut verdict);
        for group in groups.values() {
            self.judge_group(group, overflow, &mut verdict);
        }
        self.judge_pages(overflow, &mut verdict);
        self.judge_order(&groups, &mut verdict);
        self.judge_fences(&groups, &mut verdict);
        for (submitted, stored) in self.commands.hasty() {
            verdict.mismatches.push(Mismatch {
                clock: stored,
                what: What::Hasty(submitted),
            });
        }
        self.judge_ddtp(&mut verdict);
        for update in &self.updates {
            self.judge_update(update, &mut verdict);
        }
        self.judge_rest(state, overflow, &mut verdict);
        verdict.mismatches.sort_by_key(|mismatch| mismatch.clock);
        verdict
    }

    /// Of a run that could not come to its end: what was wrong with it.
    #[must_use]
    pub fn judge_failed(&self) -> Verdict {
        Verdict {
            mismatches: self.mismatches.clone(),
            ..Verdict::default()
        }
    }

    pub(crate) fn past(&self) -> Past<'_> {
        Past {
            history: &self.history,
            commands: &self.commands,
        }
    }

    /// Visits the legal outcomes of a request until `visit` says yes; true if it
    /// did, or there were too many.
    fn outcomes(
        &self,
        asked: &Asked,
        undecided: &mut u64,
        mut visit: impl FnMut(Outcome, &Translation) -> bool,
    ) -> bool {
        let request = asked.request;
        let mut explored = self.explore_all(asked, |translation| {
            Outcome::of(translation).is_some_and(|outcome| visit(outcome, translation))
        });
        if explored == Explored::Exhausted && request.is_translation_request() {
            // Where a stage gives no write permission, D is of no concern in the
            // other: the request may be answered as one that does not ask for it.
            let reads = Asked {
                request: Request {
                    no_write: true,
                    ..request
                },
                ..*asked
            };
            explored = self.explore_all(&reads, |translation| {
                let outcome = Outcome::of(translation).filter(|_| !gives_write(translation));
                outcome.is_some_and(|outcome| {
                    matches!(outcome, Outcome::Granted(_)) && visit(outcome, translation)
                })
            });
        }
        *undecided += u64::from(explored == Explored::TooMany);
        explored != Explored::Exhausted
    }

    /// Explores under each configuration that a request may have met.
    fn explore_all(&self, asked: &Asked, mut visit: impl FnMut(&Translation) -> bool) -> Explored {
        for configuration in self.configurations(asked) {
            match explore(self.past(), &configuration, asked, &mut visit) {
                Explored::Exhausted => {}
                ended => return ended,
            }
        }
        Explored::Exhausted
    }

    /// Legal outcomes, a few of them, of a request accepted and answered in
    /// these clocks.
    #[must_use]
    pub fn legal(&self, request: &Request, accepted: Clock, done: Clock) -> Vec<Outcome> {
        self.legal_for(&Asked {
            request: *request,
            accepted,
            done,
        })
    }

    fn legal_for(&self, asked: &Asked) -> Vec<Outcome> {
        let mut legal = BTreeSet::new();
        self.outcomes(asked, &mut 0, |outcome, _| {
            legal.insert(outcome);
            legal.len() >= SHOWN
        });
        legal.into_iter().collect()
    }

    /// Applies the A and D updates that the model asks for, as memory is now, and
    /// says which doublewords they have changed to what.
    pub fn update_accessed_dirty(&mut self, request: &Request, clock: Clock) -> Vec<(Spa, u64)> {
        let asked = Asked {
            request: *request,
            accepted: clock,
            done: clock,
        };
        let Some(configuration) = self.configurations(&asked).next() else {
            return Vec::new();
        };
        let choices = Choices::new(&self.history, clock);
        let translation = translate(&configuration, &choices, request);
        let mut written = Vec::new();
        for update in &translation.updates {
            let at = update.address.align_down(8);
            let (_, new) = around(update, self.history.latest(at));
            self.history.bus_store(at, new, clock);
            written.push((at, new));
        }
        written
    }

    /// A fence has stored its DATA, as far as software can tell.
    pub fn fence_stored(&mut self, address: Spa, data: u32, clock: Clock) {
        self.commands.store(address, data, clock);
    }

    fn judge_translations(&self, verdict: &mut Verdict) {
        for (asked, answer) in &self.exchanges {
            if answer.is_refused() {
                continue;
            }
            let (mut size, mut pair, mut seen) = (None, [0; 2], 0);
            let found = self.outcomes(asked, &mut verdict.undecided, |outcome, translation| {
                seen += 1;
                size = page_size(translation);
                pair = page_pair(translation, self.fctl.gxl);
                outcome.may_show(answer)
            });
            if found {
                *verdict.sizes.entry(size.unwrap_or(0)).or_default() += 1;
                *verdict.pairs.entry(pair).or_default() += 1;
                verdict.stale += u64::from(seen > 1);
            } else {
                self.wrong_answer(asked, *answer, &[], verdict);
            }
        }
    }

    fn wrong_answer(
        &self,
        asked: &Asked,
        got: Seen,
        records: &[FaultRecord],
        verdict: &mut Verdict,
    ) {
        verdict.mismatches.push(Mismatch {
            clock: asked.done,
            what: What::Answer {
                request: asked.request,
                accepted: asked.accepted,
                got,
                legal: self.legal_for(asked),
                records: records.to_vec(),
            },
        });
    }

    fn groups(&self, verdict: &mut Verdict) -> BTreeMap<Identity, Group> {
        let mut groups: BTreeMap<Identity, Group> = BTreeMap::new();
        for (n, (asked, answer)) in self.exchanges.iter().enumerate() {
            if answer.is_refused() {
                let identity = identity_of(asked);
                groups.entry(identity).or_default().requests.push(n);
            }
        }
        let all = self.records.all.iter().enumerate();
        for (n, Recorded { record, clock }) in all.filter(|(_, r)| !is_of_page(&r.record)) {
            match groups.get_mut(&identity(record)) {
                Some(group) => group.records.push(n),
                None => verdict.mismatches.push(Mismatch {
                    clock: *clock,
                    what: What::Record(*record),
                }),
            }
        }
        groups
    }

    /// Records and refusals must fit each other.
    fn judge_group(&self, group: &Group, overflow: bool, verdict: &mut Verdict) {
        let record = |n: &usize| self.records.all[*n].record;
        let records: Vec<FaultRecord> = group.records.iter().map(record).collect();
        let mut fits = Vec::new();
        let mut needs = Vec::new();
        for &n in &group.requests {
            let (asked, answer) = &self.exchanges[n];
            let mut row = vec![false; records.len()];
            let (mut silent, mut refused) = (false, None);
            let enough = |row: &[bool], silent: bool| match row {
                [] => silent,
                [fit] => *fit && group.requests.len() == 1,
                _ => false,
            };
            self.outcomes(asked, &mut verdict.undecided, |outcome, _| {
                let Outcome::Refused {
                    cause,
                    iotval2,
                    reported,
                    ..
                } = outcome
                else {
                    return false;
                };
                if !outcome.may_show(answer) {
                    return false;
                }
                refused = refused.or(Some(cause));
                silent |= !reported || overflow;
                for (fit, record) in row.iter_mut().zip(&records) {
                    let same = record.cause.code() == cause && record.iotval2 == iotval2;
                    *fit |= reported && same;
                }
                enough(&row, silent)
            });
            if refused.is_none() {
                self.wrong_answer(asked, *answer, &records, verdict);
                return;
            }
            let recorded = row.iter().position(|fit| *fit);
            let cause = recorded.map(|at| records[at].cause.code()).or(refused);
            *verdict.causes.entry(cause.unwrap_or_default()).or_default() += 1;
            verdict.unreported += u64::from(records.is_empty());
            fits.push(row);
            needs.push(!silent);
        }
        if can_pair(&fits, records.len(), &needs) {
            return;
        }
        match *group.requests {
            [n] => {
                let (asked, answer) = &self.exchanges[n];
                self.wrong_answer(asked, *answer, &records, verdict);
            }
            _ => {
                let last = group.requests.last().map(|&n| self.exchanges[n].0.done);
                verdict.mismatches.push(Mismatch {
                    clock: last.unwrap_or_default(),
                    what: What::Records(records),
                });
            }
        }
    }

    /// Of requests that came one at a time, records have the order.
    fn judge_order(&self, groups: &BTreeMap<Identity, Group>, verdict: &mut Verdict) {
        if !self.sequential {
            return;
        }
        let mut next = 0;
        for Recorded { record, clock } in &self.records.all {
            let Some(group) = groups.get(&identity(record)) else {
                continue;
            };
            match group.requests.iter().find(|&&n| n >= next) {
                Some(n) => next = n + 1,
                None => verdict.mismatches.push(Mismatch {
                    clock: *clock,
                    what: What::RecordOrder(*record),
                }),
            }
        }
    }

    /// What was accepted before a fence was submitted is over when it stores.
    fn judge_fences(&self, groups: &BTreeMap<Identity, Group>, verdict: &mut Verdict) {
        let mut check = |accepted: Clock, done: Clock, late| {
            let passed = self
                .commands
                .completed()
                .iter()
                .find(|fence| accepted < fence.submitted && fence.stored < done);
            if let Some(fence) = passed {
                verdict.mismatches.push(Mismatch {
                    clock: fence.stored,
                    what: What::Fence {
                        submitted: fence.submitted,
                        late,
                        accepted,
                    },
                });
            }
        };
        for (asked, _) in &self.exchanges {
            check(asked.accepted, asked.done, "the answer");
        }
        for group in groups.values() {
            if let ([request], [record]) = (&*group.requests, &*group.records) {
                let accepted = self.exchanges[*request].0.accepted;
                check(
                    accepted,
                    self.records.all[*record].clock,
                    "the fault record",
                );
            }
        }
    }

    /// What was accepted before `ddtp` was written is over when it is not busy
    /// any more.
    fn judge_ddtp(&self, verdict: &mut Verdict) {
        for (asked, _) in &self.exchanges {
            let passed =
                |(written, over): &&(Clock, Clock)| asked.accepted < *written && *over < asked.done;
            if let Some((written, over)) = self.ddtp_writes.iter().find(passed) {
                verdict.mismatches.push(Mismatch {
                    clock: *over,
                    what: What::Busy {
                        written: *written,
                        accepted: asked.accepted,
                    },
                });
            }
        }
    }

    /// Some request that was under way must ask for it.
    fn judge_update(&self, update: &Update, verdict: &mut Verdict) {
        let under_way =
            |asked: &Asked| asked.accepted <= update.clock && asked.done >= update.clock;
        // Likely those whose own address leads to the entry in the first stage.
        let is_likely = |asked: &Asked| {
            let index = update.address.raw() >> 3 & 0x1ff;
            let iova = asked.request.iova.raw();
            (0..5).any(|level| iova >> (12 + 9 * level) & 0x1ff == index)
        };
        let asks = |(asked, _): &(Asked, Seen)| {
            let asked = Asked {
                done: update.clock,
                ..*asked
            };
            self.configurations(&asked).any(|configuration| {
                let wanted = |translation: &Translation| {
                    translation.updates.iter().any(|asked_for| {
                        asked_for.address.align_down(8) == update.address
                            && around(asked_for, update.old) == (update.old, update.new)
                    })
                };
                explore(self.past(), &configuration, &asked, wanted) != Explored::Exhausted
            })
        };
        let candidates = || self.exchanges.iter().filter(|(asked, _)| under_way(asked));
        let asked_for = candidates().filter(|(asked, _)| is_likely(asked)).any(asks)
            || candidates()
                .filter(|(asked, _)| !is_likely(asked))
                .any(asks);
        if !asked_for {
            let Update {
                clock,
                address,
                old,
                new,
            } = *update;
            verdict.mismatches.push(Mismatch {
                clock,
                what: What::Write { address, old, new },
            });
        }
    }

    fn judge_rest(&self, state: &InterruptState, overflow: bool, verdict: &mut Verdict) {
        let clock = Clock(u64::MAX);
        let mut wrong = |what| verdict.mismatches.push(Mismatch { clock, what });
        if overflow && !self.records.may_have_been_full() {
            wrong(What::Overflow);
        }
        if self.commands.owes_store() {
            wrong(What::Hang("a fence has not stored its DATA".to_owned()));
        }
        let recorded = !self.records.all.is_empty();
        let fenced = self.commands.wired();
        let pending = Pending {
            fenced,
            illegal: self.illegal,
            recorded,
            asked: self.pages.any_queued(),
            overflowed: self.overflowed,
        };
        let differences = self.interrupts.check(state, pending, &self.messages);
        differences.into_iter().for_each(wrong);
    }
}

/// The doubleword around an entry before and after an update of the entry, where
/// the rest of it is as in `word`.
fn around(update: &PteUpdate, word: u64) -> (u64, u64) {
    let with = |value: u64| {
        let entry = PteUpdate {
            new: value,
            ..*update
        };
        let mut bytes = word.to_le_bytes();
        let at = (update.address.raw() & 7) as usize;
        let entry = entry.bytes();
        bytes[at..at + entry.len()].copy_from_slice(&entry);
        u64::from_le_bytes(bytes)
    };
    (with(update.old), with(update.new))
}

fn identity_of(asked: &Asked) -> Identity {
    let fault = Fault::new(Cause::from_code(0));
    identity(&fault.record(&asked.request))
}

/// Whether the leaves of both stages have W, or there is none.
fn gives_write(translation: &Translation) -> bool {
    let mut gives = [true; 2];
    for read in &translation.reads {
        let word = read.value.first().copied().unwrap_or(0);
        let write = word >> c::PTE_W_BIT & 1 == 1;
        match (read.structure, read.meaning) {
            (Structure::FirstStagePte(_), Meaning::Leaf) => gives = [write, true],
            (Structure::SecondStagePte(_), Meaning::Leaf) => gives[1] = write,
            _ => {}
        }
    }
    gives == [true; 2]
}

/// Bytes of the pages of both stages, by which the address was translated.
fn page_pair(translation: &Translation, gxl: bool) -> [u64; 2] {
    let mut pair = [0; 2];
    let mut index_bits = 9;
    for read in &translation.reads {
        let word = read.value.first().copied().unwrap_or(0);
        let napot = word >> c::PTE_N_BIT & 1 == 1;
        let size = |level: u8, bits: u32| match (level, napot) {
            (0, true) => 1 << 16,
            _ => 1 << (12 + bits * u32::from(level)),
        };
        match (read.structure, read.meaning) {
            (Structure::DeviceContext, _) => {
                index_bits = if Tc::parse(word).sxl { 10 } else { 9 };
            }
            (Structure::FirstStagePte(level), Meaning::Leaf) => {
                pair = [size(level, index_bits), 0];
            }
            (Structure::SecondStagePte(level), Meaning::Leaf) => {
                pair[1] = size(level, if gxl { 10 } else { 9 });
            }
            _ => {}
        }
    }
    pair
}

/// Bytes of the page, where it was translated.
fn page_size(translation: &Translation) -> Option<u64> {
    match translation.answer {
        Answer::Translated(translated) => translated.size,
        Answer::Completion(completion) => completion.size,
        _ => None,
    }
}
