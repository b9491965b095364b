// SPDX-License-Identifier: Apache-2.0
//! Translation requests of ATS, and what their completions say.

use crate::packet::Packet;
use crate::tlp::{Header, no_data};
use crate::{PageRange, RoutingId, Tag, TlpError};

/// A translation request: a memory read request with AT = 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranslationRequest {
    /// Who asks.
    pub requester: RoutingId,
    /// Names the request among the requester's.
    pub tag: Tag,
    /// Untranslated address, a multiple of 4; bits 11:2 may be anything and mean
    /// nothing.
    pub address: u64,
    /// Length in doublewords: two for each translation that may be returned.
    pub dwords: u16,
    /// No Write: only reads are wanted.
    pub no_write: bool,
}

/// A Translation Completion Data Entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TranslationEntry {
    /// Translated pages; their address means nothing with `untranslated_only` or
    /// without `read` and `write`.
    pub range: PageRange,
    /// N: Non-snooped accesses.
    pub non_snooped: bool,
    /// Global Mapping.
    pub global: bool,
    /// Privileged Mode Access.
    pub privileged: bool,
    /// Execute Permitted.
    pub execute: bool,
    /// U: Untranslated access only.
    pub untranslated_only: bool,
    /// W.
    pub write: bool,
    /// R.
    pub read: bool,
}

impl TranslationRequest {
    pub(crate) const ADDRESS_TYPE: u8 = 1;

    pub(crate) fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Self {
        Self {
            requester: packet.sender(),
            tag: packet.request_tag(),
            address: packet.address() & !3,
            dwords: packet.length(),
            no_write: packet.address() & 1 != 0,
        }
    }

    pub(crate) fn header(&self) -> Result<Header, TlpError> {
        if self.address & 3 != 0 {
            return Err(TlpError::Field {
                field: "Untranslated Address",
                value: self.address,
            });
        }
        let mut header = Header::request(no_data(self.address), 0, self.dwords)?
            .address_type(Self::ADDRESS_TYPE)
            .asked(self.requester, self.tag, 0xff);
        header.place(self.address | u64::from(self.no_write));
        Ok(header)
    }
}

impl TranslationEntry {
    /// Length of an entry in a payload.
    pub const BYTES: usize = 8;

    /// The entry as it stands in a payload, its first byte the highest.
    #[must_use]
    pub fn word(&self) -> u64 {
        self.range.word()
            | u64::from(self.non_snooped) << 10
            | u64::from(self.global) << 5
            | u64::from(self.privileged) << 4
            | u64::from(self.execute) << 3
            | u64::from(self.untranslated_only) << 2
            | u64::from(self.write) << 1
            | u64::from(self.read)
    }

    /// What an entry says; bits 9 to 6, of CXL and AMA, are not looked at.
    #[must_use]
    pub fn of_word(word: u64) -> Self {
        let bit = |n: u32| word >> n & 1 != 0;
        Self {
            range: PageRange::of_word(word),
            non_snooped: bit(10),
            global: bit(5),
            privileged: bit(4),
            execute: bit(3),
            untranslated_only: bit(2),
            write: bit(1),
            read: bit(0),
        }
    }

    /// The entries of a payload.
    ///
    /// # Errors
    /// [`TlpError::Length`] if the last one is not whole.
    pub fn of_payload(payload: &[u8]) -> Result<Vec<Self>, TlpError> {
        if !payload.len().is_multiple_of(Self::BYTES) {
            return Err(TlpError::Length(payload.len() / 4));
        }
        let word = |bytes: &[u8]| {
            let high = bytes.iter().fold(0, |word, &b| word << 8 | u64::from(b));
            Self::of_word(high)
        };
        Ok(payload.chunks(Self::BYTES).map(word).collect())
    }

    /// The payload that holds these entries.
    #[must_use]
    pub fn to_payload(entries: &[Self]) -> Vec<u8> {
        entries
            .iter()
            .flat_map(|entry| entry.word().to_be_bytes())
            .collect()
    }
}
