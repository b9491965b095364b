// SPDX-License-Identifier: Apache-2.0
//! A walk: what was read to translate.

use std::fmt;

use sallyport_formats::Spa;
use serde::{Deserialize, Serialize};

use crate::text::{Word, hex};

/// A walk, from where one transaction stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// Running number, from 1.
    pub number: u64,
    /// The row of the walker, and AXI ID of its accesses.
    pub row: u8,
    /// The clock in which the walk began, or the transaction joined it.
    pub clock: u64,
    /// The transaction that the walk was begun for, where it is another one.
    /// The accesses stand there.
    pub merged_into: Option<u64>,
    /// The walk cache gave the way as far as the table of this level.
    pub walk_cache_level: Option<u8>,
    /// What it asked of memory, oldest first.
    pub accesses: Vec<MemoryAccess>,
}

/// An access of a walk to memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryAccess {
    /// What it is.
    pub kind: MemoryAccessKind,
    /// The clock of its address.
    pub out: u64,
    /// The clock of its last data or its acknowledgement; null if there was
    /// none yet.
    pub back: Option<u64>,
    /// Of the first word.
    #[serde(with = "hex")]
    pub address: Spa,
    /// What was read or written, doublewords.
    pub value: Vec<Word>,
    /// xRESP: `"OKAY"`, `"EXOKAY"`, `"SLVERR"`, `"DECERR"`.
    pub response: Option<String>,
    /// The data was poisoned.
    pub poisoned: bool,
    /// What it is in the specification's words.
    pub meaning: String,
}

/// The kinds of accesses of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryAccessKind {
    /// A read.
    Read,
    /// The first half of an update of A or D.
    ExclusiveRead,
    /// The second half: EXOKAY if it was made, OKAY if it must be tried again.
    ExclusiveWrite,
}

impl fmt::Display for MemoryAccessKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Read => "read",
            Self::ExclusiveRead => "exclusive read",
            Self::ExclusiveWrite => "exclusive write",
        })
    }
}
