// SPDX-License-Identifier: Apache-2.0
//! A transaction: what a device asked, and what became of it.

use std::fmt;

use sallyport_formats::{DeviceId, FaultRecord, Iova, ProcessId, Spa, TransactionType};
use serde::{Deserialize, Serialize};

use crate::text::{hex, optional_hex};
use crate::walk::Walk;

/// All that is known of one request of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transaction {
    /// Running number in the order of acceptance, from 1.
    pub id: u64,
    /// What was asked.
    pub request: Request,
    /// What became of it.
    pub outcome: Outcome,
    /// When what happened.
    pub clocks: Clocks,
    /// What the lookup found; null if there was none.
    pub caches: Option<Caches>,
    /// The walks that served it, oldest first: none for a hit, more than one
    /// when it joined a walk whose result did not serve it.
    pub walks: Vec<Walk>,
    /// The answer; null while there is none.
    pub answer: Option<Answer>,
    /// xRESP of the last beat that the device got: `"OKAY"`, `"SLVERR"`, ….
    /// Null on the request port of the core, which has no bus.
    pub response: Option<String>,
    /// The fault record that was written for it.
    pub record: Option<Record>,
}

/// What a device asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Who asked.
    #[serde(with = "hex")]
    pub device_id: DeviceId,
    /// For which process, if it named one.
    #[serde(with = "optional_hex")]
    pub process_id: Option<ProcessId>,
    /// Whether it asked for privileged access.
    pub privileged: bool,
    /// The type of the address.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it wants to do.
    pub access: Access,
    /// Where.
    #[serde(with = "hex")]
    pub iova: Iova,
    /// Bytes of the burst; null on the request port of the core.
    pub length: Option<u32>,
    /// AxID; null on the request port of the core.
    pub axi_id: Option<u8>,
}

impl Request {
    /// TTYP of a fault record for this request (section "Fault/Event-Queue").
    #[must_use]
    pub const fn ttyp(&self) -> TransactionType {
        use TransactionType as T;
        match (self.kind, self.access) {
            (Kind::Translated, Access::Execute) => T::TranslatedExec,
            (Kind::Translated, Access::Read) => T::TranslatedRead,
            (Kind::Translated, Access::Write) => T::TranslatedWrite,
            (Kind::TranslationRequest, _) => T::AtsRequest,
            (_, Access::Execute) => T::UntranslatedExec,
            (_, Access::Read) => T::UntranslatedRead,
            (_, Access::Write) => T::UntranslatedWrite,
        }
    }
}

/// The type of a request's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An I/O virtual address.
    Untranslated,
    /// An address that the device had translated before.
    Translated,
    /// A request of PCIe ATS.
    TranslationRequest,
    /// The reserved code.
    Reserved,
}

impl Kind {
    /// The type with this code.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code & 3 {
            0 => Self::Untranslated,
            1 => Self::Translated,
            2 => Self::TranslationRequest,
            _ => Self::Reserved,
        }
    }
}

/// What a device wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Read.
    Read,
    /// Write, or an atomic operation.
    Write,
    /// Read for execution.
    Execute,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Execute => "execute",
        })
    }
}

/// When what happened: numbers of clocks since the start of the simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clocks {
    /// The device offered it: AxVALID.
    pub offered: u64,
    /// It was accepted: AxVALID and AxREADY.
    pub accepted: u64,
    /// Its lookup ended.
    pub lookup: Option<u64>,
    /// The translation was known, or refused.
    pub answered: Option<u64>,
    /// Its address was accepted by memory, on `m_axi`.
    pub sent: Option<u64>,
    /// The device took its last R or its B.
    pub last_beat: Option<u64>,
}

impl Clocks {
    /// The last clock in which something happened.
    #[must_use]
    pub fn end(&self) -> u64 {
        [self.lookup, self.answered, self.sent, self.last_beat]
            .into_iter()
            .flatten()
            .fold(self.accepted, u64::max)
    }
}

/// What the lookup found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caches {
    /// The device-context cache held the context.
    pub device_context: bool,
    /// The caches gave the answer: the IOTLB's, or the address itself where
    /// there is no translation.
    pub hit: bool,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It may go on.
    Translated {
        /// The physical address; null while it has not left on `m_axi`.
        #[serde(with = "optional_hex")]
        address: Option<Spa>,
        /// The memory type of the page. On `m_axi` it is told by AxCACHE, and
        /// shows only where that differs from what the device asked for.
        pbmt: MemoryType,
    },
    /// No access may be made.
    Refused,
}

/// A page-based memory type ("Svpbmt").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MemoryType {
    /// The memory's own.
    Pma,
    /// Non-cacheable memory.
    Nc,
    /// I/O.
    Io,
    /// The reserved code.
    Reserved,
}

impl MemoryType {
    /// The type with this code.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code & 3 {
            0 => Self::Pma,
            1 => Self::Nc,
            2 => Self::Io,
            _ => Self::Reserved,
        }
    }
}

impl fmt::Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pma => "PMA",
            Self::Nc => "NC",
            Self::Io => "IO",
            Self::Reserved => "reserved type",
        })
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was translated and went on.
    Translated,
    /// Translation refused it.
    Refused,
    /// The front end refused the burst, which no bus can carry: it was not
    /// translated.
    Unsupported,
    /// The device stalled beyond the bound, and was cut off.
    CutOff,
    /// The log ended before it, or a reset came.
    Unfinished,
}

impl Outcome {
    /// Whether the device did not get what it wanted.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::Refused | Self::Unsupported | Self::CutOff)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Translated => "translated",
            Self::Refused => "refused",
            Self::Unsupported => "unsupported burst",
            Self::CutOff => "cut off",
            Self::Unfinished => "unfinished",
        })
    }
}

/// A record of the fault queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The clock in which memory acknowledged it.
    pub clock: u64,
    /// CAUSE.
    pub cause: u16,
    /// The cause in words.
    pub name: String,
    /// TTYP.
    pub ttyp: u8,
    /// `DID`.
    #[serde(with = "hex")]
    pub device_id: DeviceId,
    /// `PID`, where PV is set.
    #[serde(with = "optional_hex")]
    pub process_id: Option<ProcessId>,
    /// `iotval`.
    #[serde(with = "hex")]
    pub iotval: Iova,
    /// `iotval2`.
    #[serde(with = "hex")]
    pub iotval2: Spa,
}

impl Record {
    /// What this record says.
    #[must_use]
    pub fn new(clock: u64, record: &FaultRecord) -> Self {
        Self {
            clock,
            cause: record.cause.code(),
            name: record.cause.description().to_owned(),
            ttyp: record.ttyp.code(),
            device_id: record.did,
            process_id: record.process(),
            iotval: Iova::new(record.iotval),
            iotval2: Spa::new(record.iotval2),
        }
    }
}
