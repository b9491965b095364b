// SPDX-License-Identifier: Apache-2.0
//! What was not legal.

use crate::outcome::Outcome;
use crate::seen::Seen;
use sallyport_bus::Clock;
use sallyport_formats::{FaultRecord, Spa};
use sallyport_model::{Access, Request};
use std::fmt;

/// Something that the RTL must not have done, or has not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// When.
    pub clock: Clock,
    /// What.
    pub what: What,
}

/// Kinds of mismatches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An answer that no legal choice of versions gives.
    Answer {
        /// What was asked.
        request: Request,
        /// When it was accepted.
        accepted: Clock,
        /// The answer; of a refusal the record, if there is one, does not fit.
        got: Seen,
        /// Some of the outcomes that would have been legal.
        legal: Vec<Outcome>,
        /// The fault records with the address and ids of this request.
        records: Vec<FaultRecord>,
    },
    /// A fault record that belongs to no refused request.
    Record(FaultRecord),
    /// Records of requests that came one at a time are in another order.
    RecordOrder(FaultRecord),
    /// Two requests that differ in nothing, and records that fit only one.
    Records(Vec<FaultRecord>),
    /// A record in another place than the next, or where there is no room.
    RecordPlace(Spa),
    /// A write that nothing asks for.
    Write {
        /// Where.
        address: Spa,
        /// The doubleword before.
        old: u64,
        /// The doubleword after.
        new: u64,
    },
    /// Something that a completed fence had to wait for came after it.
    Fence {
        /// When the fence was submitted.
        submitted: Clock,
        /// What was late.
        late: &'static str,
        /// When it had been accepted.
        accepted: Clock,
    },
    /// The fence that was submitted in this clock stored before devices had answered
    /// an ATS.INVAL before it.
    Hasty(Clock),
    /// `ddtp.busy` fell before a request of before was answered.
    Busy {
        /// When `ddtp` was written.
        written: Clock,
        /// When the request had been accepted.
        accepted: Clock,
    },
    /// The fault queue has overflown although there was room.
    Overflow,
    /// Interrupts are not what they should be.
    Interrupt {
        /// What is compared.
        subject: &'static str,
        /// What it should be.
        expected: u64,
        /// What it is.
        got: u64,
    },
    /// A page request came to something else than it should, or a response or a
    /// record is of none.
    Page(String),
    /// Something does not come to its end.
    Hang(String),
    /// A bus protocol or an assertion was violated.
    Violation(String),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "clock {}: ", self.clock.0)?;
        match &self.what {
            What::Answer {
                request,
                accepted,
                got,
                legal,
                records,
            } => {
                write!(f, "{}, accepted at clock {}: ", Shown(request), accepted.0)?;
                write!(f, "{got}")?;
                for record in records {
                    write!(f, ", record \"{record}\"")?;
                }
                f.write_str("; legal are: ")?;
                for (n, outcome) in legal.iter().enumerate() {
                    write!(f, "{}{outcome}", if n == 0 { "" } else { "; " })?;
                }
                if legal.is_empty() {
                    f.write_str("nothing before A or D are set")?;
                }
                Ok(())
            }
            What::Record(record) => write!(f, "a record of no refused request: {record}"),
            What::RecordOrder(record) => write!(f, "a record out of order: {record}"),
            What::Records(records) => {
                f.write_str("records that do not fit their requests:")?;
                records
                    .iter()
                    .try_for_each(|record| write!(f, " {record};"))
            }
            What::RecordPlace(address) => write!(f, "a fault record at {address}, the wrong place"),
            What::Write { address, old, new } => write!(
                f,
                "a write that nothing asks for, at {address}: {old:#018x} became {new:#018x}"
            ),
            What::Fence {
                submitted,
                late,
                accepted,
            } => write!(
                f,
                "the fence submitted at clock {} did not wait for {late} of a request accepted at \
                 clock {}",
                submitted.0, accepted.0
            ),
            What::Busy { written, accepted } => write!(
                f,
                "ddtp, written at clock {}, is not busy any more, and a request accepted at clock \
                 {} is not answered",
                written.0, accepted.0
            ),
            What::Hasty(submitted) => write!(
                f,
                "the fence submitted at clock {} did not wait for a device to answer ATS.INVAL",
                submitted.0
            ),
            What::Overflow => f.write_str("fqof is set although the fault queue had room"),
            What::Interrupt {
                subject,
                expected,
                got,
            } => write!(f, "{subject} is {got:#x} and should be {expected:#x}"),
            What::Page(what) | What::Hang(what) | What::Violation(what) => f.write_str(what),
        }
    }
}

/// A request in one line.
struct Shown<'a>(&'a Request);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = self.0;
        let access = match request.access {
            Access::Read => "read",
            Access::Write => "write",
            Access::Execute => "execute",
        };
        write!(
            f,
            "{access} of device {} at {}",
            request.device_id, request.iova
        )?;
        if let Some(process) = request.process_id {
            let mode = if request.privileged {
                "supervisor"
            } else {
                "user"
            };
            write!(f, ", process {process} ({mode})")?;
        }
        Ok(())
    }
}
