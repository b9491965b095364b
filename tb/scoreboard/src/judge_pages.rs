// SPDX-License-Identifier: Apache-2.0
//! The judgement of page requests.

use crate::explore::{Asked, Explored, explore_pages};
use crate::journal::Recorded;
use crate::judge::Verdict;
use crate::matching::can_pair;
use crate::mismatch::{Mismatch, What};
use crate::pages::Page;
use crate::scoreboard::Scoreboard;
use sallyport_bus::Clock;
use sallyport_formats::{FaultRecord, TransactionType};
use sallyport_model::{
    Access, PageRequestMessage, PageRequestVerdict, Request, RequestKind, ResponseCode,
    page_request_record,
};
use std::collections::BTreeMap;

/// What may come of a page request: it is queued, or not; and if the device waits for
/// one, the response.
type Fate = (bool, Option<(u8, bool)>);

/// Messages that differ in nothing that a fault record tells, and such records.
#[derive(Default)]
struct Group {
    pages: Vec<usize>,
    records: Vec<FaultRecord>,
}

/// Whether a fault record is of a page request.
pub fn is_of_page(record: &FaultRecord) -> bool {
    record.ttyp == TransactionType::Message
}

impl Scoreboard {
    /// Every page request is queued, or refused as the model does, once.
    pub(crate) fn judge_pages(&self, overflow: bool, verdict: &mut Verdict) {
        let dones = self.page_dones();
        let mut groups: BTreeMap<[u64; 4], Group> = BTreeMap::new();
        for (n, page) in self.pages.all.iter().enumerate() {
            groups
                .entry(identity(&page.message))
                .or_default()
                .pages
                .push(n);
        }
        for Recorded { record, clock } in &self.records.all {
            if !is_of_page(record) {
                continue;
            }
            let bare = FaultRecord {
                cause: sallyport_formats::Cause::from_code(0),
                ..*record
            };
            match groups.get_mut(&bare.emit()) {
                Some(group) => group.records.push(*record),
                None => verdict.mismatches.push(Mismatch {
                    clock: *clock,
                    what: What::Record(*record),
                }),
            }
        }
        for group in groups.values() {
            self.judge_page_group(group, &dones, overflow, verdict);
        }
        let all = &self.pages.all;
        verdict.pages += all.len() as u64;
        verdict.pages_queued += all.iter().filter(|page| page.queued.is_some()).count() as u64;
        let told = |page: &Page| page.told.map(|(response, _)| response.code);
        for code in all.iter().filter_map(told) {
            *verdict.page_responses.entry(code).or_default() += 1;
        }
    }

    /// When each was dealt with at the latest: one after the other.
    fn page_dones(&self) -> Vec<Clock> {
        let mut next = Clock(u64::MAX);
        let backwards = self.pages.all.iter().rev();
        let mut dones: Vec<Clock> = backwards
            .map(|page| {
                next = page.seen().unwrap_or(next).min(next);
                next
            })
            .collect();
        dones.reverse();
        dones
    }

    fn judge_page_group(
        &self,
        group: &Group,
        dones: &[Clock],
        overflow: bool,
        verdict: &mut Verdict,
    ) {
        let (mut fits, mut needs) = (Vec::new(), Vec::new());
        for &n in &group.pages {
            let page = &self.pages.all[n];
            let mut row = vec![false; group.records.len()];
            let (mut found, mut silent) = (false, overflow);
            let mut legal = Vec::new();
            let explored = self.explore_page(page, dones[n], |choice, fates| {
                if !fates.contains(&fate(page)) {
                    legal.extend_from_slice(fates);
                    return false;
                }
                found = true;
                match choice.cause.filter(|_| choice.reported) {
                    Some(cause) => {
                        let record = page_request_record(cause, &page.message);
                        for (fit, other) in row.iter_mut().zip(&group.records) {
                            *fit |= record == *other;
                        }
                    }
                    None => silent = true,
                }
                row.is_empty() && silent
            });
            if explored == Explored::TooMany {
                verdict.undecided += 1;
                return;
            }
            if !found {
                verdict.mismatches.push(Mismatch {
                    clock: page.seen().unwrap_or(page.sent),
                    what: What::Page(wrong(page, &legal)),
                });
                return;
            }
            fits.push(row);
            needs.push(!silent);
        }
        if !can_pair(&fits, group.records.len(), &needs) {
            verdict.mismatches.push(Mismatch {
                clock: Clock(u64::MAX),
                what: What::Records(group.records.clone()),
            });
        }
    }

    /// Visits what the model says of a page request, and what may come of that.
    fn explore_page(
        &self,
        page: &Page,
        done: Clock,
        mut visit: impl FnMut(&PageRequestVerdict, &[Fate]) -> bool,
    ) -> Explored {
        let message = &page.message;
        let asked = Asked {
            request: Request {
                kind: RequestKind::TranslationRequest,
                process_id: message.process_id,
                ..Request::untranslated(
                    message.device_id,
                    Access::Read,
                    sallyport_formats::Iova::new(0),
                    4,
                )
            },
            accepted: page.sent,
            done,
        };
        let full = self.pages.may_overflow(page.sent, done);
        for configuration in self.configurations(&asked) {
            let explored = explore_pages(self.past(), &configuration, &asked, message, |choice| {
                visit(choice, &self.fates(message, choice, full))
            });
            if explored != Explored::Exhausted {
                return explored;
            }
        }
        Explored::Exhausted
    }

    fn fates(
        &self,
        message: &PageRequestMessage,
        choice: &PageRequestVerdict,
        full: bool,
    ) -> Vec<Fate> {
        let response = |code: ResponseCode| {
            let pasid = code == ResponseCode::ResponseFailure || choice.prpr;
            let pasid = pasid && message.process_id.is_some();
            message.wants_response().then_some((code.code(), pasid))
        };
        match choice.response() {
            Some(code) => vec![(false, response(code))],
            None if !self.pages.is_enabled() => {
                vec![(false, response(ResponseCode::ResponseFailure))]
            }
            None if full => vec![(true, None), (false, response(ResponseCode::Success))],
            None => vec![(true, None)],
        }
    }
}

/// What has come of it.
fn fate(page: &Page) -> Fate {
    let told = page.told.map(|(response, _)| response);
    let response = told.map(|response| (response.code, response.process_id.is_some()));
    (page.queued.is_some(), response)
}

/// Everything in a fault record but its cause.
fn identity(message: &PageRequestMessage) -> [u64; 4] {
    page_request_record(sallyport_formats::Cause::from_code(0), message).emit()
}

fn wrong(page: &Page, legal: &[Fate]) -> String {
    let words = |(queued, response): &Fate| {
        let queued = if *queued { "queued" } else { "not queued" };
        match response {
            Some((code, true)) => format!("{queued}, response {code:#x} with PASID"),
            Some((code, false)) => format!("{queued}, response {code:#x}"),
            None => format!("{queued}, no response"),
        }
    };
    let mut legal: Vec<String> = legal.iter().map(words).collect();
    legal.sort();
    legal.dedup();
    format!(
        "a page request of device {}, {:#x}, sent at clock {}: {}; legal are: {}",
        page.message.device_id,
        page.message.payload,
        page.sent.0,
        words(&fate(page)),
        legal.join("; ")
    )
}
