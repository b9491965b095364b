// SPDX-License-Identifier: Apache-2.0
//! A case, typed.

use std::fmt;
use std::ops::Range;

use sallyport_formats::{DeviceId, ProcessId, Spa};
use sallyport_model::Request;

use crate::observation::Observation;

/// One self-contained case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// `category/number`.
    pub name: String,
    /// Capabilities that the case relies on.
    pub needs: Vec<String>,
    /// Capabilities whose absence the case relies on.
    pub lacks: Vec<String>,
    /// Bits of a physical address that the case needs.
    pub pas: u8,
    /// What the player does before the steps; `None` in a raw case, where
    /// the steps do everything and the player writes no register itself.
    pub setup: Option<Setup>,
    /// Physical range free for the player's queues.
    pub scratch: Range<Spa>,
    /// The memory image, by address.
    pub memory: Vec<Bytes>,
    /// Ranges that answer with a bus error.
    pub access_fault: Vec<Range<Spa>>,
    /// Ranges that answer with corrupt data.
    pub poison: Vec<Range<Spa>>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// Register values that software writes before the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// `fctl`.
    pub fctl: u64,
    /// `ddtp`, written once the queues are on.
    pub ddtp: u64,
}

/// Bytes in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// Where the first of them lies.
    pub address: Spa,
    /// The bytes.
    pub data: Vec<u8>,
}

/// One step of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An inbound request and its answer; what is `None` there is not compared.
    Translate(Request, Observation),
    /// The next record of the fault queue.
    Fault(ExpectedFault),
    /// The fault queue is empty.
    NoFault,
    /// A command, as two doublewords, and how it ends.
    Command([u64; 2], Option<CommandError>),
    /// A command in place of the one that stopped the queue.
    Recommand([u64; 2]),
    /// A register write.
    Write(RegisterWrite),
    /// A register read, repeated until it gives what is expected.
    Read(RegisterRead),
    /// Software writes memory.
    Store(Vec<Bytes>),
    /// Memory holds these bytes.
    MemoryIs(Vec<Bytes>),
}

/// The `cqcsr` bit that a command must set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// `cmd_ill`.
    Illegal,
    /// `cqmf`.
    MemoryFault,
}

/// A register write of 4 or 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterWrite {
    /// Byte offset.
    pub offset: u64,
    /// Bytes: 4 or 8.
    pub size: u8,
    /// What to write.
    pub value: u64,
}

/// A register read of 4 or 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterRead {
    /// Byte offset.
    pub offset: u64,
    /// Bytes: 4 or 8.
    pub size: u8,
    /// The value under the mask.
    pub expect: u64,
    /// The bits that are compared.
    pub mask: u64,
}

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Translated.
    Success,
    /// Unsupported request; also what the IO bridge aborts.
    UnsupportedRequest,
    /// Completer abort.
    CompleterAbort,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Success => "success",
            Self::UnsupportedRequest => "ur (unsupported request)",
            Self::CompleterAbort => "ca (completer abort)",
        })
    }
}

/// What a fault record must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedFault {
    /// `CAUSE`.
    pub cause: u16,
    /// `TTYP`.
    pub ttyp: u8,
    /// `DID`.
    pub device_id: DeviceId,
    /// `PID`; `None` where `PV` is 0.
    pub process_id: Option<ProcessId>,
    /// `PRIV`.
    pub privileged: bool,
    /// `iotval`.
    pub iotval: u64,
    /// `iotval2`.
    pub iotval2: u64,
}
