// SPDX-License-Identifier: Apache-2.0
//! An address translation cache (ATC): what a function with ATS keeps of the
//! translations that it was given, and what it owes for that. Chapter "ATS
//! Specification", sections "Translation Services" and "ATS Invalidation".
//!
//! - A translation is used until an invalidate request covers it.
//! - An answer that is outstanding when an invalidate request arrives may be from
//!   before it: what it tells of the range is not kept, and is to be asked again.
//! - An invalidate request is answered when everything that was sent with the
//!   translations it covers has been answered; writes are ahead of the answer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    Answer, Body, Endpoint, Message, PageRange, Pasid, RoutingId, Status, Tag, Tlp,
    TranslationEntry,
};

/// A translation that was found, and is in use until [`TranslationCache::done`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translation {
    /// Translated address.
    pub address: u64,
    /// Bytes from there on that it is good for.
    pub bytes: u64,
    /// Names the use.
    pub usage: Usage,
}

/// An access under way with a translation out of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usage(u64);

/// What came of a translation request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The translation is in the cache, with what rights it has.
    Held,
    /// It was invalidated on the way: ask again.
    Stale,
    /// There is no page, or none that may be accessed.
    NotPresent,
    /// Only untranslated requests may be made there.
    UntranslatedOnly,
    /// The IOMMU does not answer such requests.
    Refused(Status),
}

/// What an invalidate request covers.
#[derive(Clone, Copy, Debug)]
struct Scope {
    range: PageRange,
    /// Whatever the process.
    global: bool,
    pasid: Option<Pasid>,
}

impl Scope {
    fn covers(&self, range: PageRange, pasid: Option<Pasid>) -> bool {
        let process = |pasid: Option<Pasid>| pasid.map(|pasid| pasid.process_id);
        let same = self.global || process(self.pasid) == process(pasid);
        same && self.range.overlaps(range)
    }
}

/// A translation in the cache.
#[derive(Clone, Copy, Debug)]
struct Held {
    untranslated: PageRange,
    pasid: Option<Pasid>,
    entry: TranslationEntry,
}

/// A translation request that was not answered yet.
#[derive(Clone, Debug)]
struct Asked {
    address: u64,
    pasid: Option<Pasid>,
    /// Invalidate requests that came meanwhile.
    meanwhile: Vec<Scope>,
}

/// An invalidate request that was not answered yet.
#[derive(Clone, Debug)]
struct Owed {
    requester: RoutingId,
    itag: u8,
    waits_for: BTreeSet<Usage>,
}

/// The cache of a function.
#[derive(Clone, Debug)]
pub struct TranslationCache {
    id: RoutingId,
    capacity: usize,
    /// The one that was used last is the last.
    held: VecDeque<Held>,
    asked: BTreeMap<Tag, Asked>,
    used: BTreeMap<Usage, (PageRange, Option<Pasid>)>,
    uses: u64,
    owed: Vec<Owed>,
}

impl TranslationCache {
    /// An empty cache of function `id` with room for so many translations.
    #[must_use]
    pub const fn new(id: RoutingId, capacity: usize) -> Self {
        Self {
            id,
            capacity,
            held: VecDeque::new(),
            asked: BTreeMap::new(),
            used: BTreeMap::new(),
            uses: 0,
            owed: Vec::new(),
        }
    }

    /// Translations that it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The translation of an address for a read or a write. Whoever gets one tells
    /// by [`done`](Self::done) when the access is over; a write is when it is sent.
    pub fn look_up(
        &mut self,
        address: u64,
        write: bool,
        pasid: Option<Pasid>,
    ) -> Option<Translation> {
        let found = self.held.iter().position(|held| {
            let right = if write {
                held.entry.write
            } else {
                held.entry.read
            };
            right
                && !held.entry.untranslated_only
                && held.pasid == pasid
                && held.untranslated.contains(address)
        })?;
        let held = self.held.remove(found)?;
        self.held.push_back(held);
        let usage = Usage(self.uses);
        self.uses += 1;
        self.used.insert(usage, (held.untranslated, pasid));
        Some(Translation {
            address: held.entry.range.start() + (address - held.untranslated.start()),
            bytes: held.untranslated.last() - address + 1,
            usage,
        })
    }

    /// The access is over. Invalidate completions that are due now.
    #[must_use]
    pub fn done(&mut self, usage: Usage) -> Vec<Tlp> {
        self.used.remove(&usage);
        for owed in &mut self.owed {
            owed.waits_for.remove(&usage);
        }
        let due = |owed: &Owed| owed.waits_for.is_empty();
        let (due, later) = std::mem::take(&mut self.owed).into_iter().partition(due);
        self.owed = later;
        let due: Vec<Owed> = due;
        due.iter().map(|owed| self.completion(owed)).collect()
    }

    /// Asks for `most` translations from an address on.
    ///
    /// # Panics
    /// If the endpoint has no tag left: see [`Endpoint::has_tag`].
    pub fn ask(
        &mut self,
        endpoint: &mut Endpoint,
        address: u64,
        most: u16,
        no_write: bool,
        pasid: Option<Pasid>,
    ) -> (Tag, Tlp) {
        let (tag, tlp) = endpoint.translate(address & !0xfff, most, no_write, pasid);
        self.asks(tag, address, pasid);
        (tag, tlp)
    }

    /// The function has asked for the translation of an address under this tag.
    pub fn asks(&mut self, tag: Tag, address: u64, pasid: Option<Pasid>) {
        let asked = Asked {
            address,
            pasid,
            meanwhile: Vec::new(),
        };
        self.asked.insert(tag, asked);
    }

    /// A translation request was answered.
    pub fn answered(&mut self, tag: Tag, answer: &Answer) -> Fetched {
        let Some(asked) = self.asked.remove(&tag) else {
            return Fetched::NotPresent;
        };
        let entries = match answer {
            Answer::Translation(entries) => entries,
            Answer::Refused(status) => return Fetched::Refused(*status),
            Answer::Data(_) => return Fetched::NotPresent,
        };
        let mut first = None;
        let mut at = asked.address;
        for &entry in entries {
            let (fetched, next) = self.keep(&asked, at, entry);
            first = first.or(Some(fetched));
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        first.unwrap_or(Fetched::NotPresent)
    }

    /// Keeps what an entry says of an address, if it may; also tells where the next
    /// entry begins.
    fn keep(&mut self, asked: &Asked, at: u64, entry: TranslationEntry) -> (Fetched, Option<u64>) {
        if !entry.read && !entry.write {
            return (Fetched::NotPresent, None);
        }
        let Ok(untranslated) = PageRange::new(at, entry.range.bytes()) else {
            return (Fetched::NotPresent, None);
        };
        let next = untranslated.last().checked_add(1);
        let pasid = asked.pasid;
        let spoilt = |scope: &Scope| scope.covers(untranslated, pasid);
        if asked.meanwhile.iter().any(spoilt) {
            return (Fetched::Stale, next);
        }
        if entry.untranslated_only {
            return (Fetched::UntranslatedOnly, next);
        }
        self.held
            .retain(|held| held.pasid != pasid || !held.untranslated.overlaps(untranslated));
        if self.held.len() == self.capacity {
            self.held.pop_front();
        }
        self.held.push_back(Held {
            untranslated,
            pasid,
            entry,
        });
        (Fetched::Held, next)
    }

    /// Obeys an invalidate request, whose PASID prefix is `pasid`; other messages are
    /// none of its business. The invalidate completion, if it is due.
    #[must_use]
    pub fn invalidate(&mut self, message: &Message, pasid: Option<Pasid>) -> Option<Tlp> {
        let Message::InvalidateRequest {
            requester,
            itag,
            range,
            global,
            ..
        } = *message
        else {
            return None;
        };
        let scope = Scope {
            range,
            global,
            pasid,
        };
        self.held
            .retain(|held| !scope.covers(held.untranslated, held.pasid));
        for asked in self.asked.values_mut() {
            asked.meanwhile.push(scope);
        }
        let covered = self
            .used
            .iter()
            .filter(|(_, used)| scope.covers(used.0, used.1));
        let owed = Owed {
            requester,
            itag,
            waits_for: covered.map(|(usage, _)| *usage).collect(),
        };
        if owed.waits_for.is_empty() {
            return Some(self.completion(&owed));
        }
        self.owed.push(owed);
        None
    }

    fn completion(&self, owed: &Owed) -> Tlp {
        Tlp::from(Body::Message(Message::InvalidateCompletion {
            requester: self.id,
            target: owed.requester,
            count: 1,
            itags: 1 << (owed.itag & 0x1f),
        }))
    }
}
