// SPDX-License-Identifier: Apache-2.0
//! Transactions that are not written yet.

use std::collections::{BTreeMap, VecDeque};

use sallyport_bus::Resp;
use sallyport_formats::Spa;
use sallyport_sim::AxPins;

use super::rows::Rows;
use super::{memory_type, translated};
use crate::line::Line;
use crate::transaction::{
    Answer, Caches, Clocks, MemoryType, Outcome, Record, Request, Transaction,
};
use crate::walk::Walk;

/// Clocks that a refused transaction waits for its fault record, after it is
/// over: the record goes its own way to memory.
const PATIENCE: u64 = 2_000;

/// A transaction, and what the pins told of it.
#[derive(Debug)]
struct Entry {
    transaction: Transaction,
    /// AxCACHE as the device asked; `None` on the core's port.
    cache: Option<u8>,
    /// It has a tag: the core knows of it.
    tagged: bool,
    /// Nothing more than a fault record will come.
    over: bool,
}

/// Transactions that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Live {
    entries: BTreeMap<u64, Entry>,
    tags: BTreeMap<u8, u64>,
    /// Since when which transaction is over and waits for a record, in order.
    /// Some are gone already.
    settling: VecDeque<(u64, u64)>,
    count: u64,
}

impl Live {
    pub(super) fn reset(&mut self) {
        self.entries.clear();
        self.tags.clear();
        self.settling.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// A request is accepted, with `cache` if by a bus. Returns its number.
    pub(super) fn accept(
        &mut self,
        now: u64,
        offered: u64,
        request: Request,
        tag: Option<u8>,
        cache: Option<u8>,
    ) -> u64 {
        self.count += 1;
        let id = self.count;
        let transaction = Transaction {
            id,
            request,
            outcome: Outcome::Unfinished,
            clocks: Clocks {
                offered,
                accepted: now,
                ..Clocks::default()
            },
            caches: None,
            walks: Vec::new(),
            answer: None,
            response: None,
            record: None,
        };
        let entry = Entry {
            transaction,
            cache,
            tagged: tag.is_some(),
            over: false,
        };
        self.entries.insert(id, entry);
        if let Some(tag) = tag {
            self.tags.insert(tag, id);
        }
        id
    }

    fn by_tag(&mut self, tag: u8) -> Option<&mut Transaction> {
        let entry = self.entries.get_mut(self.tags.get(&tag)?)?;
        (!entry.over).then_some(&mut entry.transaction)
    }

    /// The transaction that has this tag: none where the core asks for itself.
    pub(super) fn tagged(&self, tag: u8) -> Option<(u64, &Request)> {
        let id = self.tags.get(&tag)?;
        let entry = self.entries.get(id).filter(|entry| !entry.over)?;
        Some((*id, &entry.transaction.request))
    }

    /// Its lookup ended.
    pub(super) fn lookup(&mut self, now: u64, tag: u8, device_context: bool, hit: bool) {
        if let Some(transaction) = self.by_tag(tag) {
            transaction.clocks.lookup = Some(now);
            transaction.caches = Some(Caches {
                device_context,
                hit,
            });
        }
    }

    /// It joined a walk.
    pub(super) fn join(&mut self, tag: u8, walk: Walk) {
        if let Some(transaction) = self.by_tag(tag) {
            transaction.walks.push(walk);
        }
    }

    /// The core answered it.
    pub(super) fn answer(&mut self, now: u64, tag: u8, fault: bool, rows: &Rows) {
        if let Some(transaction) = self.by_tag(tag) {
            transaction.clocks.answered = Some(now);
            transaction.answer = Some(if fault { Answer::Refused } else { translated() });
            transaction
                .walks
                .extend(rows.led_by(transaction.id).cloned());
        }
    }

    /// The walk that was begun for it ended; its answer may come a clock later,
    /// or came before those of requests that joined.
    pub(super) fn led(&mut self, lead: u64, walk: Walk) {
        if let Some(entry) = self.entries.get_mut(&lead) {
            let walks = &mut entry.transaction.walks;
            if walks.iter().all(|known| known.number != walk.number) {
                walks.push(walk);
            }
        }
    }

    /// Where it went.
    pub(super) fn translated(&mut self, id: u64, address: Spa, pbmt: MemoryType) {
        if let Some(entry) = self.entries.get_mut(&id) {
            let address = Some(address);
            entry.transaction.answer = Some(Answer::Translated { address, pbmt });
        }
    }

    /// Whether `ax`, which leaves now, may be this transaction.
    pub(super) fn may_leave(&self, id: u64, ax: &AxPins) -> bool {
        self.entries.get(&id).is_some_and(|entry| {
            let Transaction {
                request,
                answer,
                clocks,
                ..
            } = &entry.transaction;
            matches!(answer, Some(Answer::Translated { .. }))
                && clocks.sent.is_none()
                && request.axi_id == Some(ax.id)
                && request.length == Some((u32::from(ax.len) + 1) << (ax.size & 7))
                && request.iova.page_offset() == Spa::new(ax.addr).page_offset()
        })
    }

    /// It leaves on `m_axi`.
    pub(super) fn sent(&mut self, now: u64, id: u64, ax: &AxPins) {
        if let Some(entry) = self.entries.get_mut(&id) {
            let asked = entry.cache.unwrap_or(ax.cache);
            entry.transaction.clocks.sent = Some(now);
            self.translated(id, Spa::new(ax.addr), memory_type(asked, ax.cache));
        }
    }

    /// Its device got the last beat of `response`, or there is no bus. Returns its
    /// line, unless it waits for its fault record.
    pub(super) fn over(&mut self, now: u64, id: u64, response: Option<Resp>) -> Option<Line> {
        let entry = self.entries.get_mut(&id)?;
        let transaction = &mut entry.transaction;
        let bus = entry.cache.is_some();
        transaction.response = response.map(|r| r.to_string());
        transaction.clocks.last_beat = response.map(|_| now);
        let stopped = transaction.clocks.sent.is_none() && response.is_some_and(Resp::is_error);
        // A record of what was translated can only tell of the device.
        let reported = transaction.record.is_some();
        transaction.outcome = match transaction.answer {
            Some(Answer::Refused) => Outcome::Refused,
            None if !entry.tagged => Outcome::Unsupported,
            _ if bus && (stopped || reported) => Outcome::CutOff,
            _ => Outcome::Translated,
        };
        entry.over = true;
        if transaction.outcome.is_fault() && transaction.record.is_none() {
            self.settling.push_back((now, id));
            None
        } else {
            self.take(id)
        }
    }

    fn take(&mut self, id: u64) -> Option<Line> {
        let entry = self.entries.remove(&id)?;
        Some(Line::Transaction(Box::new(entry.transaction)))
    }

    /// Transactions that have waited for a fault record for long enough.
    pub(super) fn settled(&mut self, now: u64) -> Vec<Line> {
        let mut lines = Vec::new();
        while let Some(&(since, id)) = self.settling.front()
            && (now - since >= PATIENCE || !self.entries.contains_key(&id))
        {
            self.settling.pop_front();
            lines.extend(self.take(id));
        }
        lines
    }

    /// A fault record was written. Returns the line of the transaction that it
    /// completes, or its own.
    pub(super) fn record(&mut self, record: Record) -> Option<Line> {
        let Some(id) = self.match_record(&record) else {
            return Some(Line::Record(record));
        };
        let entry = self.entries.get_mut(&id)?;
        entry.transaction.record = Some(record);
        if entry.over { self.take(id) } else { None }
    }

    /// The oldest transaction that the record may be of: one that was refused,
    /// or else one of which nothing of the kind is known yet.
    fn match_record(&self, record: &Record) -> Option<u64> {
        let fits = |entry: &&Entry| {
            let Transaction {
                request,
                record: had,
                ..
            } = &entry.transaction;
            had.is_none()
                && request.device_id == record.device_id
                && request.process_id == record.process_id
                && request.iova == record.iotval
                && request.ttyp().code() == record.ttyp
        };
        let refused = |entry: &&Entry| {
            entry.transaction.answer == Some(Answer::Refused) || entry.over || !entry.tagged
        };
        let mut fitting = self.entries.values().filter(fits);
        let refused = fitting.clone().find(refused);
        let entry = refused.or_else(|| fitting.next())?;
        Some(entry.transaction.id)
    }

    /// The end: what is under way is unfinished.
    pub(super) fn end_all(&mut self, rows: &Rows) -> Vec<Line> {
        let lines = self
            .snapshots(rows)
            .map(|transaction| Line::Transaction(Box::new(transaction)))
            .collect();
        self.entries.clear();
        self.settling.clear();
        lines
    }

    /// Transactions as far as they are.
    pub(super) fn snapshots(&self, rows: &Rows) -> impl Iterator<Item = Transaction> {
        self.entries.values().map(|entry| {
            let mut transaction = entry.transaction.clone();
            if transaction.answer.is_none() {
                transaction
                    .walks
                    .extend(rows.led_by(transaction.id).cloned());
            }
            transaction
        })
    }
}
