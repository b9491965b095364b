// SPDX-License-Identifier: Apache-2.0
//! What happened in a run.

use crate::commands::Commands;
use crate::explore::Asked;
use crate::history::History;
use crate::interrupts::InterruptSetup;
use crate::journal::{FaultQueue, Message, Records, Update};
use crate::mismatch::{Mismatch, What};
use crate::pages::{PageQueueSetup, PageResponse, Pages};
use crate::seen::Seen;
use sallyport_bus::{Clock, Memory, WriteRecord};
use sallyport_formats::Spa;
use sallyport_formats::command::Command;
use sallyport_formats::regs::{Ddtp, Fctl};
use sallyport_model::{Configuration, Design, PageRequestMessage, QosIds, Request};
use std::collections::BTreeSet;

/// The fault queue as software has set it up.
#[derive(Clone, Copy, Debug)]
pub struct FaultQueueSetup {
    /// Its first byte.
    pub base: Spa,
    /// Log2 of its entries.
    pub log2_entries: u32,
}

/// A request that has been answered.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// What was asked.
    pub request: Request,
    /// The clock of its acceptance.
    pub accepted: Clock,
    /// The clock of its answer.
    pub done: Clock,
    /// The answer.
    pub answer: Seen,
}

/// A value that `ddtp` may have had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DdtpPeriod {
    pub value: Ddtp,
    pub since: Clock,
    pub until: Clock,
}

/// Takes down what happens, and judges it when nothing is under way.
///
/// What happens is told in the order of time.
#[derive(Clone, Debug)]
pub struct Scoreboard {
    pub(crate) design: Design,
    pub(crate) fctl: Fctl,
    pub(crate) interrupts: InterruptSetup,
    pub(crate) history: History,
    pub(crate) commands: Commands,
    pub(crate) ddtp: Vec<DdtpPeriod>,
    /// Writes of `ddtp`: begun, and seen to be over.
    pub(crate) ddtp_writes: Vec<(Clock, Clock)>,
    pub(crate) records: Records,
    pub(crate) updates: Vec<Update>,
    pub(crate) messages: BTreeSet<Message>,
    pub(crate) exchanges: Vec<(Asked, Seen)>,
    pub(crate) sequential: bool,
    pub(crate) illegal: bool,
    /// A counter has overflowed.
    pub(crate) overflowed: bool,
    pub(crate) pages: Pages,
    pub(crate) mismatches: Vec<Mismatch>,
}

impl Scoreboard {
    /// A run that begins with `memory`, after software has set up queues and
    /// interrupts. `ddtp` is still Off.
    #[must_use]
    pub fn new(
        design: Design,
        fctl: Fctl,
        memory: Memory,
        faults: FaultQueueSetup,
        interrupts: InterruptSetup,
    ) -> Self {
        let FaultQueueSetup { base, log2_entries } = faults;
        Self {
            design,
            fctl,
            interrupts,
            history: History::new(memory),
            commands: Commands::default(),
            ddtp: vec![DdtpPeriod {
                value: Ddtp::parse(0),
                since: Clock::ZERO,
                until: Clock(u64::MAX),
            }],
            ddtp_writes: Vec::new(),
            records: Records::new(FaultQueue { base, log2_entries }),
            updates: Vec::new(),
            messages: BTreeSet::new(),
            exchanges: Vec::new(),
            sequential: false,
            illegal: false,
            overflowed: false,
            pages: Pages::default(),
            mismatches: Vec::new(),
        }
    }

    /// Only one request is under way at a time, so that the order of fault
    /// records counts.
    pub fn expect_order(&mut self) {
        self.sequential = true;
    }

    /// Software stores a doubleword, before clock `clock` runs.
    pub fn store(&mut self, address: Spa, value: u64, clock: Clock) {
        self.history.store(address, value, clock);
    }

    /// Software makes a command visible by writing `cqt`.
    pub fn command(&mut self, command: Command, clock: Clock) {
        self.commands.submit(command, clock);
    }

    /// A counter has counted as far as it can and begun again.
    pub fn counter_overflowed(&mut self) {
        self.overflowed = true;
    }

    /// Software queues a command that is illegal; when the queue has stopped,
    /// another one takes its place, which is told by [`Scoreboard::command`].
    pub fn illegal_command(&mut self) {
        self.illegal = true;
    }

    /// Software begins to write `ddtp`.
    pub fn ddtp_written(&mut self, value: Ddtp, clock: Clock) {
        self.ddtp.push(DdtpPeriod {
            value,
            since: clock,
            until: Clock(u64::MAX),
        });
    }

    /// Software has seen `ddtp.busy` at 0 after the last write.
    pub fn ddtp_settled(&mut self, clock: Clock) {
        if let Some((last, earlier)) = self.ddtp.split_last_mut() {
            self.ddtp_writes.push((last.since, clock));
            for period in earlier {
                period.until = period.until.min(clock);
            }
        }
    }

    /// Software begins to write `fqh`.
    pub fn records_taken(&mut self, head: u64) {
        self.records.take_out(head);
    }

    /// There is a page-request queue.
    pub fn expect_pages(&mut self, setup: PageQueueSetup) {
        self.pages.set_up(setup);
    }

    /// A device sends a page request, or a Stop Marker.
    pub fn page_requested(&mut self, message: PageRequestMessage, clock: Clock) {
        self.pages.send(message, clock);
    }

    /// A device is told by the IOMMU itself what has become of its page request.
    pub fn page_answered(&mut self, response: PageResponse, clock: Clock) {
        if let Err(what) = self.pages.tell(response, clock) {
            self.fail(clock, What::Page(what));
        }
    }

    /// Page requests that want an answer, of which nothing has been seen.
    #[must_use]
    pub fn open_pages(&self) -> usize {
        self.pages.open()
    }

    /// Software begins to write `pqh`; when that is done, it clears `pqcsr.pqof`.
    pub fn pages_taken(&mut self, head: u64) {
        self.pages.take_out(head);
    }

    /// Both are done.
    pub fn pages_cleared(&mut self, clock: Clock) {
        self.pages.taken(clock);
    }

    /// A device has sent the last completion for the n-th ATS.INVAL, from 0.
    pub fn device_invalidated(&mut self, number: u64, clock: Clock) {
        self.commands.answered(number, clock);
    }

    /// A request has been answered.
    pub fn answered(&mut self, exchange: &Exchange) {
        let Exchange {
            request,
            accepted,
            done,
            answer,
        } = *exchange;
        let asked = Asked {
            request,
            accepted,
            done,
        };
        self.exchanges.push((asked, answer));
    }

    /// Something went wrong that only the run can see.
    pub fn fail(&mut self, clock: Clock, what: What) {
        self.mismatches.push(Mismatch { clock, what });
    }

    /// The IOMMU wrote to memory.
    pub fn bus_write(&mut self, write: &WriteRecord) {
        if write.resp.is_error() {
            return;
        }
        for lane in [0, 8] {
            let strobes = (write.strb >> lane) as u8;
            if strobes != 0 {
                let address = Spa::new(write.word.raw() + lane);
                let data = (write.data >> (8 * lane)) as u64;
                self.doubleword(write, address, data, strobes);
            }
        }
    }

    fn doubleword(&mut self, write: &WriteRecord, address: Spa, data: u64, strobes: u8) {
        let clock = write.clock;
        let mask = (0..8)
            .filter(|lane| strobes >> lane & 1 == 1)
            .fold(0, |mask, lane| mask | 0xff << (8 * lane));
        let old = self.history.latest(address);
        let new = old & !mask | data & mask;
        self.history.bus_store(address, new, clock);

        let justified = match strobes {
            0xff | 0x0f | 0xf0 if write.exclusive => {
                self.updates.push(Update {
                    clock,
                    address,
                    old,
                    new,
                });
                true
            }
            0xff => match self.records.write(address, self.in_order(new), clock) {
                Some(Ok(())) => true,
                Some(Err(mismatch)) => {
                    self.mismatches.push(mismatch);
                    true
                }
                None => self.page_written(address, self.in_order(new), clock),
            },
            0x0f => self.word(address, data as u32, clock),
            0xf0 => {
                let address = Spa::new(address.raw() + 4);
                self.word(address, (data >> 32) as u32, clock)
            }
            _ => false,
        };
        if !justified {
            self.fail(clock, What::Write { address, old, new });
        }
    }

    /// Whether it is a part of a record in the page-request queue.
    fn page_written(&mut self, address: Spa, value: u64, clock: Clock) -> bool {
        let written = self.pages.write(address, value, clock);
        if let Some(Err(what)) = &written {
            self.fail(clock, What::Page(what.clone()));
        }
        written.is_some()
    }

    /// What a queue holds, whatever the order of its bytes.
    const fn in_order(&self, value: u64) -> u64 {
        if self.fctl.be {
            value.swap_bytes()
        } else {
            value
        }
    }

    /// A write of four bytes: a fence's or a message.
    fn word(&mut self, address: Spa, data: u32, clock: Clock) -> bool {
        let data = if self.fctl.be {
            data.swap_bytes()
        } else {
            data
        };
        let message = Message { address, data };
        if self.interrupts.sends(message) {
            self.messages.insert(message);
            return true;
        }
        self.commands.store(address, data, clock)
    }

    /// Each configuration that a request may have met.
    pub(crate) fn configurations(&self, asked: &Asked) -> impl Iterator<Item = Configuration> {
        let (from, to) = (asked.accepted, asked.done);
        self.ddtp
            .iter()
            .rev()
            .filter(move |period| period.since <= to && period.until > from)
            .map(|period| Configuration {
                design: self.design,
                fctl: self.fctl,
                ddtp: period.value,
                qosid: QosIds::default(),
            })
    }

    /// Whether a fence still owes its store.
    #[must_use]
    pub fn owes_store(&self) -> bool {
        self.commands.owes_store()
    }
}
