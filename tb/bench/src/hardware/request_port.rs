// SPDX-License-Identifier: Apache-2.0
//! The request port of the core: a front end without a bus.

use super::Digest;
use sallyport_bus::Clock;
use sallyport_model::{Access, Request, RequestKind};
use sallyport_sim::{AnswerPins, RequestPins};
use std::collections::{BTreeMap, VecDeque};

/// Places in the digest.
const REQUEST_PLACE: u64 = 0x50;
const ANSWER_PLACE: u64 = 0x51;

/// A translation request. `valid` is the port's business.
pub type CoreRequest = RequestPins;

/// The request as the core takes it.
#[must_use]
pub fn core_request(request: &Request) -> CoreRequest {
    CoreRequest {
        valid: true,
        ttype: match request.kind {
            RequestKind::Untranslated => 0,
            RequestKind::Translated => 1,
            RequestKind::TranslationRequest => 2,
        },
        access: match request.access {
            Access::Read => 0,
            Access::Write => 1,
            Access::Execute => 2,
        },
        privileged: request.privileged,
        pv: request.process_id.is_some(),
        process_id: request.process_id.map_or(0, |id| id.raw()),
        device_id: request.device_id.raw(),
        no_write: request.no_write,
        iova: request.iova.raw(),
    }
}

/// Names a request that was submitted; they count from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A request that has been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Which.
    pub ticket: Ticket,
    /// The answer.
    pub answer: AnswerPins,
    /// The clock in which it was accepted.
    pub accepted: Clock,
    /// The clock in which it was answered.
    pub done: Clock,
}

/// Offers requests back to back, and gives tags back a clock after the answer.
#[derive(Debug, Default)]
pub struct RequestPort {
    next_ticket: u64,
    queue: VecDeque<(Ticket, CoreRequest)>,
    /// By tag.
    waiting: BTreeMap<u8, (Ticket, Clock)>,
    answers: VecDeque<Answered>,
    free: Option<u8>,
    /// Answers that no request was waiting for.
    pub stray: u64,
}

impl RequestPort {
    pub fn submit(&mut self, request: CoreRequest) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let request = CoreRequest {
            valid: true,
            ..request
        };
        self.queue.push_back((ticket, request));
        ticket
    }

    pub fn pop(&mut self) -> Option<Answered> {
        self.answers.pop_front()
    }

    pub fn in_flight(&self) -> usize {
        self.queue.len() + self.waiting.len()
    }

    /// What is offered in this clock.
    pub fn offered(&self) -> CoreRequest {
        self.queue.front().map(|(_, r)| *r).unwrap_or_default()
    }

    /// The tag that is done with.
    pub const fn free(&self) -> Option<u8> {
        self.free
    }

    /// The end of a clock, in which what was offered was accepted under `tag`, or
    /// was not.
    pub fn tick(
        &mut self,
        accepted: bool,
        tag: u8,
        answer: &AnswerPins,
        now: Clock,
        digest: &mut Digest,
    ) {
        let entered = if accepted {
            self.queue.pop_front()
        } else {
            None
        };
        if let Some((_, request)) = &entered {
            digest.beat(now, REQUEST_PLACE, &request_words(request));
        }
        // At most one answer a clock, so one tag a clock is enough.
        self.free = None;
        if answer.valid {
            digest.beat(now, ANSWER_PLACE, &answer_words(answer));
            match self.waiting.remove(&answer.tag) {
                Some((ticket, accepted)) => {
                    self.free = Some(answer.tag);
                    self.answers.push_back(Answered {
                        ticket,
                        answer: *answer,
                        accepted,
                        done: now,
                    });
                }
                None => self.stray += 1,
            }
        }
        if let Some((ticket, _)) = entered {
            self.waiting.insert(tag, (ticket, now));
        }
    }

    pub fn reset(&mut self) {
        self.queue.clear();
        self.waiting.clear();
        self.free = None;
    }
}

fn request_words(request: &CoreRequest) -> [u64; 2] {
    let control = u64::from(request.device_id)
        | u64::from(request.process_id) << 24
        | u64::from(request.pv) << 44
        | u64::from(request.privileged) << 45
        | u64::from(request.access) << 46
        | u64::from(request.ttype) << 48
        | u64::from(request.no_write) << 50;
    [request.iova, control]
}

fn answer_words(answer: &AnswerPins) -> [u64; 4] {
    let control = u64::from(answer.tag)
        | u64::from(answer.fault) << 8
        | u64::from(answer.pbmt) << 9
        | u64::from(answer.status) << 11
        | u64::from(answer.msi) << 13
        | u64::from(answer.mrif) << 14
        | u64::from(answer.nid) << 16
        | u64::from(answer.rcid) << 32
        | u64::from(answer.mcid) << 44;
    let granted = [
        answer.r,
        answer.w,
        answer.x,
        answer.global,
        answer.privileged,
        answer.untranslated,
    ];
    let grant = granted
        .iter()
        .fold(u64::from(answer.size), |bits, &b| bits << 1 | u64::from(b));
    // The address of a refused request means nothing.
    let pa = if answer.fault { 0 } else { answer.pa };
    [control, pa, answer.notice_ppn, grant]
}
