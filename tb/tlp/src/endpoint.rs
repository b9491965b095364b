// SPDX-License-Identifier: Apache-2.0
//! What a device has to do with packets: cut accesses into requests, name them,
//! and put completions together again. It checks every completion that it gets.

use std::collections::BTreeMap;

use crate::{
    AddressType, Body, Completion, MemoryRead, MemoryWrite, Pasid, RoutingId, Status, Tag, Tlp,
    TlpError, TranslationEntry, TranslationRequest,
};

/// Sizes that software has configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Max_Payload_Size, bytes.
    pub payload: usize,
    /// Max_Read_Request_Size, bytes.
    pub read: usize,
    /// Read Completion Boundary, bytes.
    pub boundary: u64,
    /// Tags that it uses, 1 to 1,024.
    pub tags: u16,
}

impl Default for Limits {
    /// The largest reads and payloads that a host bridge here takes.
    fn default() -> Self {
        Self {
            payload: 512,
            read: 4096,
            boundary: 64,
            tags: Tag::COUNT,
        }
    }
}

/// How an access is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Who translates.
    pub address_type: AddressType,
    /// For which process.
    pub pasid: Option<Pasid>,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            address_type: AddressType::Untranslated,
            pasid: None,
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The bytes of a read.
    Data(Vec<u8>),
    /// The entries of a translation.
    Translation(Vec<TranslationEntry>),
    /// Refused, or not possible.
    Refused(Status),
}

/// A completion that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnexpectedCompletion {
    /// Nobody has asked, or it has been answered.
    #[error("nobody waits for {0:?}")]
    Unasked(Completion),
    /// Byte count, lower address or length do not continue what came before.
    #[error("{found:?} does not go on at byte {at:#x} with {owed} bytes owed")]
    Misplaced {
        /// The completion.
        found: Completion,
        /// Address that it should start at.
        at: u64,
        /// Bytes that were owed before it.
        owed: u16,
    },
    /// It ends neither at the end nor at a read completion boundary.
    #[error("{0:?} ends between two read completion boundaries")]
    Boundary(Completion),
    /// It is no translation, though one was asked for.
    #[error("{0:?} is no translation completion")]
    NoTranslation(Completion),
}

/// A request that waits.
#[derive(Clone, Debug)]
enum Open {
    Read { at: u64, owed: u16, data: Vec<u8> },
    Translation { most: usize },
    Atomic,
}

/// The requester of one function.
#[derive(Clone, Debug)]
pub struct Endpoint {
    id: RoutingId,
    limits: Limits,
    next: u16,
    open: BTreeMap<Tag, Open>,
}

impl Endpoint {
    /// A function with nothing under way.
    #[must_use]
    pub fn new(id: RoutingId, limits: Limits) -> Self {
        Self {
            id,
            limits,
            next: 0,
            open: BTreeMap::new(),
        }
    }

    /// Its requester id.
    #[must_use]
    pub const fn id(&self) -> RoutingId {
        self.id
    }

    /// Requests that have not been answered.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.open.len()
    }

    /// Whether another request may be made.
    #[must_use]
    pub fn has_tag(&self) -> bool {
        self.open.len() < usize::from(self.limits.tags)
    }

    /// How long a request from this address on may be at most.
    #[must_use]
    pub fn longest(&self, address: u64, write: bool) -> usize {
        let most = if write {
            self.limits.payload
        } else {
            self.limits.read
        };
        let to_boundary = most - address as usize % most;
        to_boundary.min(0x1000 - (address & 0xfff) as usize)
    }

    /// One read request, at most as [`longest`](Self::longest) says.
    ///
    /// # Errors
    /// [`TlpError::Length`] if it is empty or too long.
    ///
    /// # Panics
    /// If it has no tag left: see [`has_tag`](Self::has_tag).
    pub fn read(&mut self, at: u64, length: usize, manner: Manner) -> Result<(Tag, Tlp), TlpError> {
        let tag = Tag::default();
        let read = MemoryRead::of_bytes(self.id, tag, manner.address_type, at, length)?;
        let enables = [read.first_be, read.last_be];
        Ok(self.read_words(at, read.dwords, enables, manner))
    }

    /// One read request of doublewords, with byte enables as they are given.
    ///
    /// # Panics
    /// If it has no tag left: see [`has_tag`](Self::has_tag).
    pub fn read_words(
        &mut self,
        address: u64,
        dwords: u16,
        [first_be, last_be]: [u8; 2],
        manner: Manner,
    ) -> (Tag, Tlp) {
        let read = MemoryRead {
            requester: self.id,
            tag: self.tag(),
            address_type: manner.address_type,
            address: address & !3,
            dwords,
            first_be,
            last_be,
        };
        let span = read.span();
        let open = Open::Read {
            at: span.first,
            owed: span.byte_count,
            data: Vec::new(),
        };
        self.open.insert(read.tag, open);
        let tlp = Tlp::from(Body::MemoryRead(read)).with_pasid(manner.pasid);
        (read.tag, tlp)
    }

    /// One write request, at most as [`longest`](Self::longest) says.
    ///
    /// # Errors
    /// [`TlpError::Length`] if it is empty or too long.
    pub fn write(&self, at: u64, bytes: &[u8], manner: Manner) -> Result<Tlp, TlpError> {
        let write = MemoryWrite::of_bytes(self.id, manner.address_type, at, bytes)?;
        Ok(Tlp::from(Body::MemoryWrite(write)).with_pasid(manner.pasid))
    }

    /// One translation request for `most` translations.
    ///
    /// # Panics
    /// If it has no tag left: see [`has_tag`](Self::has_tag).
    pub fn translate(
        &mut self,
        address: u64,
        most: u16,
        no_write: bool,
        pasid: Option<Pasid>,
    ) -> (Tag, Tlp) {
        let tag = self.tag();
        let open = Open::Translation { most: most.into() };
        self.open.insert(tag, open);
        let request = TranslationRequest {
            requester: self.id,
            tag,
            address: address & !3,
            dwords: 2 * most,
            no_write,
        };
        let tlp = Tlp::from(Body::TranslationRequest(request)).with_pasid(pasid);
        (tag, tlp)
    }

    /// A tag for a request that others make, and that is answered at once: an
    /// AtomicOp that nobody serves, for example.
    ///
    /// # Panics
    /// If it has no tag left: see [`has_tag`](Self::has_tag).
    pub fn other(&mut self) -> Tag {
        let tag = self.tag();
        self.open.insert(tag, Open::Atomic);
        tag
    }

    /// A completion has come. When it ends a request, that one's tag and what
    /// came of it.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn complete(
        &mut self,
        completion: &Completion,
    ) -> Result<Option<(Tag, Answer)>, UnexpectedCompletion> {
        let tag = completion.tag;
        let unasked = || UnexpectedCompletion::Unasked(completion.clone());
        if completion.requester != self.id {
            return Err(unasked());
        }
        let open = self.open.get_mut(&tag).ok_or_else(unasked)?;
        let answer = match (open, completion.status) {
            (Open::Read { at, owed, data }, status) => {
                let wrong = || UnexpectedCompletion::Misplaced {
                    found: completion.clone(),
                    at: *at,
                    owed: *owed,
                };
                if completion.byte_count != *owed
                    || u64::from(completion.lower_address) != *at & 0x7f
                    || (status == Status::Success) == completion.payload.is_empty()
                {
                    return Err(wrong());
                }
                if status == Status::Success {
                    let start = *at & !3;
                    let end = start + completion.payload.len() as u64;
                    let found = completion.data();
                    data.extend(found);
                    *owed -= found.len() as u16;
                    *at = end;
                    if *owed > 0 && !end.is_multiple_of(self.limits.boundary) {
                        return Err(UnexpectedCompletion::Boundary(completion.clone()));
                    }
                    if *owed > 0 {
                        return Ok(None);
                    }
                    Answer::Data(std::mem::take(data))
                } else {
                    Answer::Refused(status)
                }
            }
            (Open::Translation { most }, Status::Success) => {
                let wrong = || UnexpectedCompletion::NoTranslation(completion.clone());
                let entries =
                    TranslationEntry::of_payload(&completion.payload).map_err(|_| wrong())?;
                let fits = usize::from(completion.byte_count) == completion.payload.len()
                    && u64::from(completion.lower_address)
                        == self.limits.boundary - u64::from(completion.byte_count);
                if entries.is_empty() || entries.len() > *most || !fits {
                    return Err(wrong());
                }
                Answer::Translation(entries)
            }
            (Open::Translation { .. } | Open::Atomic, status) => Answer::Refused(status),
        };
        self.open.remove(&tag);
        Ok(Some((tag, answer)))
    }

    /// A tag that is not in use.
    fn tag(&mut self) -> Tag {
        assert!(self.has_tag(), "no tag is left");
        loop {
            let raw = self.next;
            self.next = (raw + 1) % self.limits.tags;
            if let Some(tag) = Tag::new(raw)
                && !self.open.contains_key(&tag)
            {
                return tag;
            }
        }
    }
}
