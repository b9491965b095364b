// SPDX-License-Identifier: Apache-2.0
//! Messages to devices: those that commands ask for, each once and in order, and
//! what devices answer.

use super::flights::Breach;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bus::Clock;
use sallyport_formats::command::{Ats, Command, PageResponse};
use sallyport_tlp::{Body, Message, PageRange, Pasid, RoutingId, Tlp};
use std::collections::{BTreeMap, VecDeque};

/// Whom messages come from.
const ROOT: RoutingId = RoutingId::new(0, 0, 0);

/// Most clocks until a device says that it has forgotten.
const SLOWEST: u64 = 300;

/// Messages under way.
#[derive(Debug, Default)]
pub struct Messages {
    invalidations: VecDeque<Ats>,
    responses: VecDeque<Ats>,
    /// What devices will say, by clock and number.
    answers: BTreeMap<(Clock, u64), (u8, Tlp)>,
    number: u64,
}

impl Messages {
    /// Messages that have not come, or are not answered.
    pub fn len(&self) -> usize {
        self.invalidations.len() + self.responses.len() + self.answers.len()
    }

    /// Software has queued a command.
    pub fn commanded(&mut self, command: &Command) {
        match command {
            Command::AtsInvalidate(ats) => self.invalidations.push_back(*ats),
            Command::AtsPageResponse(ats) => self.responses.push_back(*ats),
            _ => {}
        }
    }

    /// A message for a device.
    pub fn came(&mut self, segment: u8, tlp: &Tlp, now: Clock, rng: &mut ChaCha8Rng) -> Breach {
        let Body::Message(message) = tlp.body else {
            return Err(format!("{tlp:x?} for nobody"));
        };
        let expected = match message {
            Message::InvalidateRequest { itag, .. } => {
                let ats = self.invalidations.pop_front().ok_or("nobody invalidates")?;
                self.forget(segment, &ats, itag, now, rng);
                let page = PageRange::of_word(ats.payload);
                (ats, invalidate(&ats, itag, page))
            }
            Message::PageGroupResponse { code, .. } => {
                let ats = self.responses.pop_front().ok_or("nobody responds")?;
                let PageResponse { prgi, code: wanted } = PageResponse::parse(ats.payload);
                let response = Message::PageGroupResponse {
                    requester: ROOT,
                    target: RoutingId::from_raw(ats.rid),
                    code,
                    group: prgi,
                };
                if code.raw() != wanted {
                    return Err(format!("{tlp:x?} where {ats:x?} was commanded"));
                }
                (ats, response)
            }
            _ => return Err(format!("{tlp:x?} for a device")),
        };
        let (ats, expected) = expected;
        let process = ats.pv.then_some(ats.pid);
        let pasid = |pasid: Pasid| (pasid.process_id, pasid.privileged || pasid.execute);
        let to = if ats.dsv { ats.dseg } else { 0 };
        let right = message == expected
            && tlp.pasid.map(pasid) == process.map(|id| (id, false))
            && segment == to;
        if right {
            Ok(())
        } else {
            Err(format!(
                "{tlp:x?} to segment {segment} where {ats:x?} was commanded"
            ))
        }
    }

    /// The device says so in some time, by one message or several.
    fn forget(&mut self, segment: u8, ats: &Ats, itag: u8, now: Clock, rng: &mut ChaCha8Rng) {
        let count = if rng.random() {
            1
        } else {
            rng.random_range(1..=8)
        };
        let message = Message::InvalidateCompletion {
            requester: RoutingId::from_raw(ats.rid),
            target: ROOT,
            count,
            itags: 1 << itag,
        };
        for _ in 0..count {
            let at = now.after(rng.random_range(1..SLOWEST));
            self.number += 1;
            let answer = (segment, Tlp::from(Body::Message(message)));
            self.answers.insert((at, self.number), answer);
        }
    }

    /// What a device says in this clock, and its segment.
    pub fn pop_answer(&mut self, now: Clock) -> Option<(u8, Tlp)> {
        let first = self.answers.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

fn invalidate(ats: &Ats, itag: u8, range: PageRange) -> Message {
    Message::InvalidateRequest {
        requester: ROOT,
        target: RoutingId::from_raw(ats.rid),
        itag,
        range,
        global: ats.payload & 1 == 1,
    }
}
