// SPDX-License-Identifier: Apache-2.0
//! Bursts under way, and what each is owed.
//!
//! The core's trace tells when it accepts and answers a request. Which burst an
//! address on `m_axi` belongs to follows from the order that the front end
//! promises: reads of an id leave in theirs, writes in that of all writes.

use super::Reply;
use super::burst::CACHE;
use sallyport_bench::hardware::Ticket;
use sallyport_bus::{AxBeat, Clock, Completion, Handle, Outcome, RBeat, Resp, WBeat};
use sallyport_formats::{Pbmt, Spa};
use sallyport_model::Request;
use sallyport_scoreboard::Seen;
use std::collections::{BTreeMap, VecDeque};

/// A burst between its submission and its end.
#[derive(Debug)]
struct Flight {
    request: Request,
    write: bool,
    ax: AxBeat,
    data: Option<Vec<WBeat>>,
    accepted: Clock,
    /// When the core answered, and whether it refused.
    answered: Option<(Clock, bool)>,
    /// It has left.
    sent: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Flights {
    by_ticket: BTreeMap<Ticket, Flight>,
    by_handle: BTreeMap<Handle, Ticket>,
    by_tag: BTreeMap<u8, Ticket>,
    /// Not accepted yet, reads and writes, in order.
    offered: [VecDeque<Ticket>; 2],
    /// Accepted, in the order in which they leave: reads by id, writes.
    reads: BTreeMap<u8, VecDeque<Ticket>>,
    writes: VecDeque<Ticket>,
    /// Beats from memory, of whole bursts and of the one under way, by id.
    returned: BTreeMap<u8, VecDeque<Vec<RBeat>>>,
    returning: BTreeMap<u8, Vec<RBeat>>,
    /// Writes whose address has left, and data that has.
    owed_data: VecDeque<Vec<WBeat>>,
    sent_data: VecDeque<Vec<WBeat>>,
    sending_data: Vec<WBeat>,
    replies: VecDeque<Reply>,
}

/// Something that is not as it has to be.
pub type Breach = Result<(), String>;

impl Flights {
    pub fn len(&self) -> usize {
        self.by_ticket.len()
    }

    pub fn pop_reply(&mut self) -> Option<Reply> {
        self.replies.pop_front()
    }

    pub fn submitted(
        &mut self,
        ticket: Ticket,
        handle: Handle,
        request: Request,
        ax: AxBeat,
        data: Option<Vec<WBeat>>,
    ) {
        let write = data.is_some();
        let flight = Flight {
            request,
            write,
            ax,
            data,
            accepted: Clock::ZERO,
            answered: None,
            sent: false,
        };
        self.by_ticket.insert(ticket, flight);
        self.by_handle.insert(handle, ticket);
        self.offered[usize::from(write)].push_back(ticket);
    }

    /// The core accepts the request of the oldest read or write.
    pub fn accepted(&mut self, write: bool, tag: u8, now: Clock) -> Breach {
        let ticket = self.offered[usize::from(write)].pop_front();
        let ticket = ticket.ok_or("a request that no device made")?;
        let flight = self.flight(ticket)?;
        flight.accepted = now;
        let id = flight.ax.id;
        if write {
            self.writes.push_back(ticket);
        } else {
            self.reads.entry(id).or_default().push_back(ticket);
        }
        self.by_tag.insert(tag, ticket);
        Ok(())
    }

    /// The core answers.
    pub fn answered(&mut self, tag: u8, refused: bool, now: Clock) -> Breach {
        let ticket = self
            .by_tag
            .remove(&tag)
            .ok_or("an answer without a request")?;
        let flight = self.flight(ticket)?;
        flight.answered = Some((now, refused));
        let (request, accepted) = (flight.request, flight.accepted);
        if refused {
            self.replies.push_back(Reply {
                request,
                accepted,
                done: now,
                answer: Seen::Refused,
            });
        }
        Ok(())
    }

    /// An address leaves.
    pub fn left(&mut self, write: bool, ax: &AxBeat) -> Breach {
        let ticket = loop {
            let queue = if write {
                &mut self.writes
            } else {
                self.reads.entry(ax.id).or_default()
            };
            let ticket = queue.pop_front();
            let ticket = ticket.ok_or_else(|| format!("{ax:x?} left, and nobody asked for it"))?;
            // A refused burst does not leave, and may be over already.
            let flight = self.by_ticket.get(&ticket);
            if flight.is_some_and(|f| !matches!(f.answered, Some((_, true)))) {
                break ticket;
            }
        };
        let flight = self.flight(ticket)?;
        let Some((done, _)) = flight.answered else {
            return Err(format!("{ax:x?} left before its request was answered"));
        };
        let asked = flight.ax;
        let given = AxBeat {
            addr: asked.addr,
            cache: asked.cache,
            user: asked.user,
            ..*ax
        };
        let device = asked.user & 0xff_ffff;
        if given != asked || (ax.addr ^ asked.addr) & 0xfff != 0 || ax.user != device {
            return Err(format!("{asked:x?} left as {ax:x?}"));
        }
        flight.sent = true;
        let (request, accepted) = (flight.request, flight.accepted);
        let data = flight.data.clone();
        self.owed_data.extend(data);
        self.replies.push_back(Reply {
            request,
            accepted,
            done,
            answer: Seen::Address {
                address: Spa::new(ax.addr),
                pbmt: memory_type(ax.cache),
            },
        });
        self.compare_data()
    }

    /// A beat of W leaves.
    pub fn data_left(&mut self, beat: WBeat) -> Breach {
        self.sending_data.push(beat);
        if beat.last {
            self.sent_data
                .push_back(std::mem::take(&mut self.sending_data));
        }
        self.compare_data()
    }

    /// W and its address may leave in either order.
    fn compare_data(&mut self) -> Breach {
        while let (Some(_), Some(_)) = (self.owed_data.front(), self.sent_data.front()) {
            let (owed, sent) = (self.owed_data.pop_front(), self.sent_data.pop_front());
            if owed != sent {
                return Err(format!("the data {owed:x?} left as {sent:x?}"));
            }
        }
        Ok(())
    }

    /// A beat of R comes from memory.
    pub fn returned(&mut self, beat: RBeat) {
        let beats = self.returning.entry(beat.id).or_default();
        beats.push(beat);
        if beat.last {
            let whole = std::mem::take(beats);
            self.returned.entry(beat.id).or_default().push_back(whole);
        }
    }

    /// A device has its last beat.
    pub fn over(&mut self, done: &Completion) -> Breach {
        let ticket = self.by_handle.remove(&done.handle);
        let flight = ticket.and_then(|ticket| self.by_ticket.remove(&ticket));
        let flight = flight.ok_or("a response without a burst")?;
        let refused = matches!(flight.answered, Some((_, true)));
        let ax = flight.ax;
        if done.outcome != Outcome::Complete || flight.sent == refused {
            return Err(format!("{ax:x?} ended before its time"));
        }
        let expected = if refused {
            let zeros = |n| RBeat {
                id: ax.id,
                data: 0,
                resp: Resp::SlvErr,
                last: n + 1 == ax.beats(),
                poison: false,
            };
            (0..ax.beats()).map(zeros).collect()
        } else if flight.write {
            Vec::new()
        } else {
            let whole = self.returned.entry(ax.id).or_default().pop_front();
            whole.unwrap_or_default()
        };
        let right = if flight.write {
            done.resp.is_error() == refused
        } else {
            done.beats == expected
        };
        if right {
            Ok(())
        } else {
            Err(format!(
                "{ax:x?} ended with {}, {:x?} where memory gave {expected:x?}",
                done.resp, done.beats
            ))
        }
    }

    fn flight(&mut self, ticket: Ticket) -> Result<&mut Flight, String> {
        let flight = self.by_ticket.get_mut(&ticket);
        flight.ok_or_else(|| "a burst that is over goes on".to_owned())
    }
}

/// The memory type that AxCACHE became.
const fn memory_type(cache: u8) -> u8 {
    match cache {
        CACHE => Pbmt::Pma.code(),
        0 => Pbmt::Io.code(),
        _ => Pbmt::Nc.code(),
    }
}
