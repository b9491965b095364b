// SPDX-License-Identifier: Apache-2.0
//! A record of writes, for scoreboards.

use crate::{Clock, PortId, Resp};
use sallyport_formats::Spa;
use std::ops::Range;

/// One write beat that came over a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteRecord {
    /// When it took effect.
    pub clock: Clock,
    /// The port it came through.
    pub port: PortId,
    /// AWID.
    pub id: u8,
    /// AWUSER.
    pub user: u64,
    /// The address of lane 0: aligned to the bus.
    pub word: Spa,
    /// The data in lanes.
    pub data: u128,
    /// The bytes written.
    pub strb: u16,
    /// The memory's answer; an error means that nothing was written.
    pub resp: Resp,
    /// A successful exclusive write.
    pub exclusive: bool,
}

/// The journal: everything, or what touches the watched ranges.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    everything: bool,
    watched: Vec<Range<u64>>,
    records: Vec<WriteRecord>,
}

impl Journal {
    pub fn watch_all(&mut self) {
        self.everything = true;
    }

    pub fn watch(&mut self, range: Range<u64>) {
        self.watched.push(range);
    }

    pub fn unwatch(&mut self) {
        self.everything = false;
        self.watched.clear();
    }

    pub fn note(&mut self, record: &WriteRecord) {
        let start = record.word.raw();
        let end = start.saturating_add(16);
        if self.everything || self.watched.iter().any(|r| r.start < end && start < r.end) {
            self.records.push(*record);
        }
    }

    pub fn records(&self) -> &[WriteRecord] {
        &self.records
    }

    pub fn drain(&mut self) -> std::vec::Drain<'_, WriteRecord> {
        self.records.drain(..)
    }
}
