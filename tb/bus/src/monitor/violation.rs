// SPDX-License-Identifier: Apache-2.0
//! What a protocol monitor finds.

use crate::Clock;
use std::fmt;

/// A channel of an AXI4 or AXI4-Lite port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Write address.
    Aw,
    /// Write data.
    W,
    /// Write response.
    B,
    /// Read address.
    Ar,
    /// Read data.
    R,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aw => "AW",
            Self::W => "W",
            Self::B => "B",
            Self::Ar => "AR",
            Self::R => "R",
        })
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A rule of the protocol.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = concat!("\"", $text, "\"")] $(#[$doc])* $name,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }

        impl fmt::Display for Rule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $text,)*
                })
            }
        }
    };
}

rules! {
    ValidInReset => "valid is high in reset",
    ValidDropped => "valid fell without a handshake",
    PayloadChanged => "the payload changed before the handshake",
    ReservedBurst => "the burst type is reserved",
    SizeTooWide => "a beat is wider than the bus",
    CrossesPage => "an INCR burst crosses a 4 KiB boundary",
    WrapLength => "a WRAP burst has not 2, 4, 8 or 16 beats",
    WrapAlignment => "a WRAP burst starts unaligned",
    FixedLength => "a FIXED burst has more than 16 beats",
    ReservedCache => "the memory type (AxCACHE) is reserved",
    FieldTooWide => "a field has bits that the port does not have",
    ExclusiveForbidden => "exclusive accesses are not used on this port",
    ExclusiveSize => "an exclusive access is not 1 to 128 bytes, a power of two, in at most 16 beats",
    ExclusiveAlignment => "an exclusive access is not aligned to its total size",
    ExclusiveUnpaired => "an exclusive write follows no finished exclusive read of its id",
    ExclusiveMismatch => "an exclusive write differs from its exclusive read",
    LastEarly => "the last beat is marked before the burst's length",
    LastLate => "the burst's last beat is not marked",
    StrobeOutside => "a strobe is set outside the beat's lanes",
    UnknownId => "no transaction with this id is outstanding",
    ResponseBeforeData => "B comes before the last W beat",
    ExokayUnasked => "EXOKAY for an access that is not exclusive",
    ExokayMixed => "OKAY and EXOKAY in one burst",
    ExokayOnLite => "EXOKAY on AXI4-Lite",
    TooManyReads => "more reads are outstanding than the port allows",
    TooManyWrites => "more writes are outstanding than the port allows",
}

/// A breach of a [`Rule`], with the transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Violation {
    /// The monitor's name.
    pub port: String,
    /// When.
    pub clock: Clock,
    /// Where.
    pub channel: Channel,
    /// What.
    pub rule: Rule,
    /// The transaction's id, if it is known.
    pub id: Option<u8>,
    /// The transaction's start address, if it is known.
    pub addr: Option<u64>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.port, self.clock, self.channel)?;
        if let Some(id) = self.id {
            write!(f, " id {id:#04x}")?;
        }
        if let Some(addr) = self.addr {
            write!(f, " address {addr:#x}")?;
        }
        write!(f, ": {}", self.rule)
    }
}

/// Keeps the first violations and counts all.
#[derive(Clone, Debug)]
pub(super) struct Report {
    port: String,
    found: Vec<Violation>,
    total: u64,
}

/// Violations kept; after the first few the rest is noise.
const KEPT: usize = 64;

impl Report {
    pub fn new(port: &str) -> Self {
        Self {
            port: port.to_owned(),
            found: Vec::new(),
            total: 0,
        }
    }

    pub fn add(
        &mut self,
        clock: Clock,
        channel: Channel,
        rule: Rule,
        id: Option<u8>,
        addr: Option<u64>,
    ) {
        self.total += 1;
        if self.found.len() < KEPT {
            self.found.push(Violation {
                port: self.port.clone(),
                clock,
                channel,
                rule,
                id,
                addr,
            });
        }
    }

    pub fn found(&self) -> &[Violation] {
        &self.found
    }

    pub const fn total(&self) -> u64 {
        self.total
    }

    pub fn take(&mut self) -> Vec<Violation> {
        self.total = 0;
        std::mem::take(&mut self.found)
    }
}
