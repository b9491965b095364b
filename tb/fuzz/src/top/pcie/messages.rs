// SPDX-License-Identifier: Apache-2.0
//! Messages to devices: those that commands ask for, each once and in order, and what
//! the IOMMU says of page requests by itself.

use super::flights::Breach;
use crate::page_requests::FIRST_GROUP;
use sallyport_formats::DeviceId;
use sallyport_formats::command::{Ats, Command, PageResponse as Commanded};
use sallyport_scoreboard::PageResponse;
use sallyport_tlp::{Body, Message, PageRange, Pasid, ResponseCode, RoutingId, Tlp};
use std::collections::VecDeque;

/// Whom messages come from.
const ROOT: RoutingId = RoutingId::new(0, 0, 0);

/// An invalidate request that has come to a device.
#[derive(Clone, Copy, Debug)]
pub struct Invalidation {
    /// Number of its command.
    pub number: u64,
    /// Who is asked.
    pub device: DeviceId,
    /// What came.
    pub message: Message,
    /// The process that it is about.
    pub pasid: Option<Pasid>,
}

/// Messages under way to devices.
#[derive(Debug, Default)]
pub struct Messages {
    invalidations: VecDeque<Ats>,
    /// Invalidate requests that have come.
    came: u64,
    responses: VecDeque<Ats>,
    told: VecDeque<PageResponse>,
}

impl Messages {
    /// Messages that have not come.
    pub fn len(&self) -> usize {
        self.invalidations.len() + self.responses.len()
    }

    /// Software has queued a command.
    pub fn commanded(&mut self, command: &Command) {
        match command {
            Command::AtsInvalidate(ats) => self.invalidations.push_back(*ats),
            Command::AtsPageResponse(ats) => self.responses.push_back(*ats),
            _ => {}
        }
    }

    /// The oldest response that no command has asked for.
    pub fn pop_told(&mut self) -> Option<PageResponse> {
        self.told.pop_front()
    }

    /// A message for a device; the invalidation, if it is one.
    pub fn came(&mut self, segment: u8, tlp: &Tlp) -> Breach<Option<Invalidation>> {
        let Body::Message(message) = tlp.body else {
            return Err(format!("{tlp:x?} for nobody"));
        };
        match message {
            Message::InvalidateRequest { target, itag, .. } => {
                let ats = self.invalidations.pop_front().ok_or("nobody invalidates")?;
                let page = PageRange::of_word(ats.payload);
                commanded(segment, tlp, &ats, &invalidate(&ats, itag, page))?;
                self.came += 1;
                Ok(Some(Invalidation {
                    number: self.came - 1,
                    device: target.device_id(segment),
                    message,
                    pasid: tlp.pasid,
                }))
            }
            Message::PageGroupResponse { group, .. } if group < FIRST_GROUP => {
                let ats = self.responses.pop_front().ok_or("nobody responds")?;
                commanded(segment, tlp, &ats, &respond(&ats))?;
                Ok(None)
            }
            Message::PageGroupResponse {
                requester,
                target,
                code,
                group,
            } => {
                let marked = tlp
                    .pasid
                    .is_some_and(|pasid| pasid.privileged || pasid.execute);
                if requester != ROOT || marked {
                    return Err(format!("{tlp:x?} is no response"));
                }
                self.told.push_back(PageResponse {
                    device_id: target.device_id(segment),
                    process_id: tlp.pasid.map(|pasid| pasid.process_id),
                    prgi: group,
                    code: code.raw(),
                });
                Ok(None)
            }
            _ => Err(format!("{tlp:x?} for a device")),
        }
    }
}

/// Whether the message is the one that was commanded.
fn commanded(segment: u8, tlp: &Tlp, ats: &Ats, expected: &Message) -> Breach {
    let process = ats.pv.then_some(ats.pid);
    let pasid = |pasid: Pasid| (pasid.process_id, pasid.privileged || pasid.execute);
    let to = if ats.dsv { ats.dseg } else { 0 };
    let right = tlp.body == Body::Message(*expected)
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

fn invalidate(ats: &Ats, itag: u8, range: PageRange) -> Message {
    Message::InvalidateRequest {
        requester: ROOT,
        target: RoutingId::from_raw(ats.rid),
        itag,
        range,
        global: ats.payload & 1 == 1,
    }
}

fn respond(ats: &Ats) -> Message {
    let Commanded { prgi, code } = Commanded::parse(ats.payload);
    Message::PageGroupResponse {
        requester: ROOT,
        target: RoutingId::from_raw(ats.rid),
        code: ResponseCode::new(code).unwrap_or(ResponseCode::FAILURE),
        group: prgi,
    }
}
