// SPDX-License-Identifier: Apache-2.0
//! The request port of the core: a front end without a bus.

use sallyport_bus::Clock;
use sallyport_model::{Access, Request, RequestKind};
use sallyport_sim::{AnswerPins, CoreInputs, CoreOutputs, RequestPins};
use std::collections::{BTreeMap, VecDeque};

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

    pub fn drive(&self, inputs: &mut CoreInputs) {
        inputs.request = self.queue.front().map(|(_, r)| *r).unwrap_or_default();
        inputs.free = self.free.is_some();
        inputs.free_tag = self.free.unwrap_or_default();
    }

    pub fn tick(&mut self, outputs: &CoreOutputs, now: Clock) {
        // At most one answer a clock, so one tag a clock is enough.
        self.free = None;
        if outputs.answer.valid {
            match self.waiting.remove(&outputs.answer.tag) {
                Some((ticket, accepted)) => {
                    self.free = Some(outputs.answer.tag);
                    self.answers.push_back(Answered {
                        ticket,
                        answer: outputs.answer,
                        accepted,
                        done: now,
                    });
                }
                None => self.stray += 1,
            }
        }
        if outputs.request_ready
            && let Some((ticket, _)) = self.queue.pop_front()
        {
            self.waiting.insert(outputs.request_tag, (ticket, now));
        }
    }

    pub fn reset(&mut self) {
        self.queue.clear();
        self.waiting.clear();
        self.free = None;
    }
}
