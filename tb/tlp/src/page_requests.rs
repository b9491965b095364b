// SPDX-License-Identifier: Apache-2.0
//! The page request interface of a function (PRI): chapter "ATS Specification",
//! section "Page Request Services".

use std::collections::BTreeSet;

use crate::{Body, Message, Pasid, ResponseCode, RoutingId, Tlp};

/// A page that a function asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedPage {
    /// An address in it.
    pub address: u64,
    /// It is to be written.
    pub write: bool,
    /// It is to be read.
    pub read: bool,
}

/// What a function hears of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAnswer {
    /// The pages are there: ask for their translation again.
    Granted,
    /// A page is not to be had.
    Invalid,
    /// The interface is out of order: the function asks for nothing any more.
    Failed,
}

/// Groups of page requests of a function.
#[derive(Clone, Debug)]
pub struct PageRequester {
    id: RoutingId,
    most: usize,
    next: u16,
    open: BTreeSet<u16>,
    stopped: bool,
}

impl PageRequester {
    /// Group indices there are.
    const GROUPS: u16 = 512;

    /// The interface of function `id`, with at most so many groups under way.
    #[must_use]
    pub fn new(id: RoutingId, most: usize) -> Self {
        Self {
            id,
            most: most.min(Self::GROUPS.into()),
            next: 0,
            open: BTreeSet::new(),
            stopped: false,
        }
    }

    /// Groups that were not answered yet.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.open.len()
    }

    /// Whether a group may be asked for.
    #[must_use]
    pub fn may_ask(&self) -> bool {
        !self.stopped && self.open.len() < self.most
    }

    /// Whether the interface was told that it is out of order.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Asks for pages as a group; its index and the messages. `None` if it may not,
    /// or for no pages.
    pub fn ask(&mut self, pages: &[WantedPage], pasid: Option<Pasid>) -> Option<(u16, Vec<Tlp>)> {
        if !self.may_ask() || pages.is_empty() {
            return None;
        }
        while self.open.contains(&self.next) {
            self.next = (self.next + 1) % Self::GROUPS;
        }
        let group = self.next;
        self.next = (group + 1) % Self::GROUPS;
        self.open.insert(group);
        let messages = pages.iter().enumerate().map(|(n, page)| {
            let message = Message::PageRequest {
                requester: self.id,
                page: page.address & !0xfff,
                group,
                last: n + 1 == pages.len(),
                write: page.write,
                read: page.read,
            };
            Tlp::from(Body::Message(message)).with_pasid(pasid)
        });
        Some((group, messages.collect()))
    }

    /// A response has come: the group and what it says; `None` for one that nobody
    /// waits for, and for other messages.
    pub fn answered(&mut self, message: &Message) -> Option<(u16, PageAnswer)> {
        let Message::PageGroupResponse { code, group, .. } = *message else {
            return None;
        };
        if !self.open.remove(&group) {
            return None;
        }
        let answer = match code {
            ResponseCode::SUCCESS => PageAnswer::Granted,
            ResponseCode::INVALID_REQUEST => PageAnswer::Invalid,
            // Reserved codes are to be taken for failures.
            _ => {
                self.stopped = true;
                PageAnswer::Failed
            }
        };
        Some((group, answer))
    }
}
