// SPDX-License-Identifier: Apache-2.0
//! Packets under way, what each is owed, and what has come of it.
//!
//! The core is asked for reads, writes and translations in the order of each kind;
//! what it is asked has to be what the packets say. Bursts that leave are found by
//! their address: those of writes in order, those of reads in any. Completions are
//! put together by the endpoints, and held against what memory gave to the bursts.

use super::access::{Draft, Packet, Part};
use super::bursts::Bursts;
use super::owed::Owed;
use crate::top::Reply;
use sallyport_bench::hardware::{CoreRequest, core_request};
use sallyport_bus::{AxBeat, Clock, RBeat, WBeat};
use sallyport_formats::{DeviceId, Pbmt, Spa};
use sallyport_model::{Access, Request, RequestKind};
use sallyport_scoreboard::Seen;
use sallyport_sim::AnswerPins;
use sallyport_tlp::{Tag, Traffic};
use std::collections::{BTreeMap, VecDeque};

/// Something that is not as it has to be.
pub type Breach<T = ()> = Result<T, String>;

/// Names a packet.
pub type Number = u64;

/// A part that the core has not been asked for, or has not answered.
#[derive(Clone, Debug)]
struct Wanted {
    packet: Number,
    index: usize,
    part: Part,
    /// Writes that have to be done before.
    behind: Vec<Number>,
}

/// A part that may leave.
#[derive(Clone, Debug)]
struct Granted {
    wanted: Wanted,
    accepted: Clock,
    done: Clock,
    answer: AnswerPins,
}

/// A packet that waits for completions.
#[derive(Debug)]
pub struct Open {
    pub number: Number,
    pub request: Request,
    pub traffic: Traffic,
    /// When the core accepted and answered a translation request.
    pub answered: Option<(Clock, Clock)>,
    pub owed: Owed,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Flights {
    lanes: usize,
    next: Number,
    open: BTreeMap<(DeviceId, Tag), Open>,
    by_number: BTreeMap<Number, (DeviceId, Tag)>,
    /// Not asked for yet: reads, writes, translations.
    wanted: [VecDeque<Wanted>; 3],
    /// By tag of the core.
    asked: BTreeMap<u8, (Wanted, Clock)>,
    reads: Vec<Granted>,
    /// In order; those that are not answered yet stand there without an answer.
    writes: VecDeque<(Number, Option<Granted>)>,
    /// Writes that have left, and all that are not done.
    sent: VecDeque<Number>,
    undone: BTreeMap<Number, DeviceId>,
    bursts: Bursts,
    replies: VecDeque<Reply>,
}

/// Number of a kind in `wanted`.
const READ: usize = 0;
const WRITE: usize = 1;
const TRANSLATION: usize = 2;

impl Flights {
    /// Packets that are not over.
    pub fn len(&self) -> usize {
        self.open.len() + self.undone.len() + self.asked.len() + self.reads.len()
    }

    pub fn pop_reply(&mut self) -> Option<Reply> {
        self.replies.pop_front()
    }

    /// None, with a bus of `lanes` bytes behind the IOMMU.
    pub fn new(lanes: usize) -> Self {
        Self {
            lanes,
            ..Self::default()
        }
    }

    /// Whether the read could be taken for what is left of one before it, which is
    /// not asked for any more if that one fails.
    pub fn is_ambiguous(&self, draft: &Draft) -> bool {
        let Some(first) = draft.parts.first() else {
            return true;
        };
        let pins = core_request(&first.request);
        let mut rest = self.wanted[READ].iter().filter(|wanted| wanted.index > 0);
        draft.is_answered() && rest.any(|wanted| core_request(&wanted.part.request) == pins)
    }

    /// A packet is sent.
    pub fn submitted(&mut self, packet: &Packet) {
        let number = self.next;
        self.next += 1;
        let Some(first) = packet.parts.first() else {
            return;
        };
        let request = first.request;
        let device = request.device_id;
        let kind = match (request.kind, request.access) {
            (RequestKind::TranslationRequest, _) => TRANSLATION,
            (_, Access::Write) => WRITE,
            _ => READ,
        };
        let mut behind = Vec::new();
        if kind == WRITE {
            self.undone.insert(number, device);
        } else if kind == READ {
            let of_device = self.undone.iter().filter(|(_, of)| **of == device);
            behind = of_device.map(|(number, _)| *number).collect();
        }
        if let Some(tag) = packet.tag {
            let open = Open {
                number,
                request,
                traffic: packet.tlp.traffic,
                answered: None,
                owed: Owed::new(
                    packet.parts.iter().map(|part| part.dwords).collect(),
                    self.lanes,
                ),
            };
            self.open.insert((device, tag), open);
            self.by_number.insert(number, (device, tag));
        }
        for (index, part) in packet.parts.iter().enumerate() {
            self.wanted[kind].push_back(Wanted {
                packet: number,
                index,
                part: part.clone(),
                behind: std::mem::take(&mut behind),
            });
        }
    }

    /// The core accepts a request.
    pub fn accepted(&mut self, pins: &CoreRequest, tag: u8, now: Clock) -> Breach {
        let kind = match (pins.ttype, pins.access) {
            (2, _) => TRANSLATION,
            (_, 1) => WRITE,
            _ => READ,
        };
        let wanted = loop {
            let Some(wanted) = self.wanted[kind].pop_front() else {
                return Err(format!(
                    "the core is asked for {pins:x?}, and nobody wants it"
                ));
            };
            let expected = core_request(&wanted.part.request);
            if expected == *pins {
                break wanted;
            }
            if wanted.index == 0 || !self.has_failed(wanted.packet) {
                return Err(format!(
                    "the core is asked for {pins:x?}, not {expected:x?}"
                ));
            }
        };
        if wanted
            .behind
            .iter()
            .any(|write| self.undone.contains_key(write))
        {
            return Err(format!("{pins:x?} passes a write of its requester"));
        }
        if kind == WRITE {
            self.writes.push_back((wanted.packet, None));
        }
        self.asked.insert(tag, (wanted, now));
        Ok(())
    }

    /// Whether a part of the packet was refused, or could not be read.
    fn has_failed(&self, number: Number) -> bool {
        let open = self.by_number.get(&number).and_then(|at| self.open.get(at));
        open.is_none_or(|open| open.owed.has_failed(&self.bursts.returned))
    }

    /// The core answers.
    pub fn answered(&mut self, answer: &AnswerPins, now: Clock) -> Breach {
        let asked = self.asked.remove(&answer.tag);
        let (wanted, accepted) = asked.ok_or("an answer without a request")?;
        let open = self.by_number.get(&wanted.packet);
        let open = open.and_then(|at| self.open.get_mut(at));
        let request = wanted.part.request;
        if request.is_translation_request() {
            let open = open.ok_or("a translation is answered that has been completed")?;
            open.answered = Some((accepted, now));
            return Ok(());
        }
        if answer.fault {
            if let Some(open) = open {
                open.owed.refused(wanted.index);
            }
            self.undone.remove(&wanted.packet);
            self.writes.retain(|(number, _)| *number != wanted.packet);
            self.reply(request, [accepted, now], Seen::Refused);
            return Ok(());
        }
        let (packet, write) = (wanted.packet, request.access == Access::Write);
        let granted = Granted {
            wanted,
            accepted,
            done: now,
            answer: *answer,
        };
        if !write {
            self.reads.push(granted);
        } else if let Some(place) = self.writes.iter_mut().find(|(n, _)| *n == packet) {
            place.1 = Some(granted);
        }
        Ok(())
    }

    fn reply(&mut self, request: Request, [accepted, done]: [Clock; 2], answer: Seen) {
        self.replies.push_back(Reply {
            request,
            accepted,
            done,
            answer,
        });
    }

    /// An address leaves.
    pub fn left(&mut self, write: bool, ax: &AxBeat) -> Breach {
        let nobody = || format!("{ax:x?} left, and nobody asked for it");
        let granted = if write {
            let (_, granted) = self.writes.pop_front().ok_or_else(nobody)?;
            granted.ok_or_else(|| format!("{ax:x?} left before its request was answered"))?
        } else {
            let fits = |granted: &Granted| {
                let burst = &granted.wanted.part.burst;
                granted.answer.pa == ax.addr && burst.len == ax.len && burst.user == ax.user
            };
            let index = self.reads.iter().position(fits).ok_or_else(nobody)?;
            self.reads.remove(index)
        };
        let Granted {
            wanted,
            accepted,
            done,
            answer,
        } = granted;
        let asked = wanted.part.burst;
        let given = AxBeat {
            addr: answer.pa,
            cache: cache(asked.cache, answer.pbmt),
            id: if write { 0 } else { ax.id },
            ..asked
        };
        if given != *ax {
            return Err(format!("{given:x?} left as {ax:x?}"));
        }
        if write {
            self.sent.push_back(wanted.packet);
            self.bursts.owed.push_back(wanted.part.data);
        } else {
            let burst = (ax.addr, ax.len, ax.user);
            if let Some(at) = self.by_number.get(&wanted.packet)
                && let Some(open) = self.open.get_mut(at)
            {
                open.owed.left(wanted.index, burst);
            }
            if self
                .bursts
                .on_bus
                .insert(ax.id, (burst, Vec::new()))
                .is_some()
            {
                return Err(format!("{ax:x?} left with an id that is in use"));
            }
        }
        let seen = Seen::Address {
            address: Spa::new(ax.addr),
            pbmt: answer.pbmt,
        };
        self.reply(wanted.part.request, [accepted, done], seen);
        self.bursts.compare_data()
    }

    /// A beat of W leaves.
    pub fn data_left(&mut self, beat: WBeat) -> Breach {
        self.bursts.data_left(beat)
    }

    /// Memory answers the oldest write that has left.
    pub fn write_done(&mut self) -> Breach {
        let number = self.sent.pop_front().ok_or("B without a write")?;
        self.undone.remove(&number);
        Ok(())
    }

    /// A beat of R comes from memory.
    pub fn returned(&mut self, beat: RBeat) -> Breach {
        self.bursts.returned(beat)
    }

    /// The packet that a completion is for.
    pub fn open(&mut self, device: DeviceId, tag: Tag) -> Breach<&mut Open> {
        let open = self.open.get_mut(&(device, tag));
        open.ok_or_else(|| format!("a completion for {tag:?} of {device}, which has not asked"))
    }

    /// A completion of a read has come: with data, refused, or aborted.
    pub fn completed(&mut self, device: DeviceId, tag: Tag, got: Got<'_>) -> Breach {
        let open = self.open.get_mut(&(device, tag)).ok_or("nobody asked")?;
        open.owed.completed(got, &mut self.bursts.returned)
    }

    /// The last completion has come. If it is a failure, what is behind it may still
    /// be read, and nobody hears of it.
    pub fn over(&mut self, device: DeviceId, tag: Tag, seen: Option<Seen>) -> Breach {
        let open = self.open.remove(&(device, tag)).ok_or("nobody asked")?;
        self.by_number.remove(&open.number);
        if let Some(seen) = seen {
            let (accepted, done) = open
                .answered
                .ok_or("a translation was completed before the core answered")?;
            self.reply(open.request, [accepted, done], seen);
        }
        Ok(())
    }
}

/// What a completion of a read says.
#[derive(Debug)]
pub enum Got<'a> {
    Data(&'a [u8]),
    Refused,
    Aborted,
}

/// AxCACHE of a page of this memory type.
const fn cache(asked: u8, pbmt: u8) -> u8 {
    if pbmt == Pbmt::Nc.code() {
        0b0010 | asked & 1
    } else if pbmt == Pbmt::Io.code() {
        0
    } else {
        asked
    }
}
