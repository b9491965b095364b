// SPDX-License-Identifier: Apache-2.0
//! What a player needs of the design that it plays cases on.

use std::ops::Range;

use sallyport_formats::Spa;
use sallyport_model::{AccessSize, Request};
use thiserror::Error;

use crate::observation::Observation;

/// A target that broke down: a bench that hangs, a protocol that was
/// violated. Not a wrong answer, which is for the player to find.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct TargetError(pub String);

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The answer.
    Answer(Observation),
    /// The port that requests go through has no way to express this one.
    NotExpressible,
}

/// A design with its memory, driven by blocking calls: each runs as many
/// clocks as it takes.
pub trait Target {
    /// Resets the design and makes memory all zeros, without error ranges.
    ///
    /// # Errors
    /// As for all methods, if the target breaks down.
    fn reset(&mut self) -> Result<(), TargetError>;

    /// Whether the port can express the request. A case with one that it
    /// cannot is skipped before anything is done.
    fn can_express(&self, request: &Request) -> bool;

    /// Has accesses of the design to these ranges answered with a bus error,
    /// or with corrupt data.
    ///
    /// # Errors
    /// If the target breaks down.
    fn set_error_ranges(
        &mut self,
        access_fault: &[Range<Spa>],
        poison: &[Range<Spa>],
    ) -> Result<(), TargetError>;

    /// Software reads memory; error ranges do not matter.
    ///
    /// # Errors
    /// If the target breaks down.
    fn read_memory(&mut self, address: Spa, data: &mut [u8]) -> Result<(), TargetError>;

    /// Software writes memory; error ranges do not matter.
    ///
    /// # Errors
    /// If the target breaks down.
    fn write_memory(&mut self, address: Spa, data: &[u8]) -> Result<(), TargetError>;

    /// Software reads a register. A design without accesses of 8 bytes makes
    /// two.
    ///
    /// # Errors
    /// If the target breaks down.
    fn read_register(&mut self, offset: u64, size: AccessSize) -> Result<u64, TargetError>;

    /// Software writes a register. A design without accesses of 8 bytes makes
    /// two, the high half first.
    ///
    /// # Errors
    /// If the target breaks down.
    fn write_register(
        &mut self,
        offset: u64,
        size: AccessSize,
        value: u64,
    ) -> Result<(), TargetError>;

    /// A device makes a request; no data is moved, and nothing is written to
    /// memory on its behalf.
    ///
    /// # Errors
    /// If the target breaks down.
    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError>;

    /// Lets the design work until it has nothing left to do, or for some
    /// clocks if that cannot be told. The player calls it between polls.
    ///
    /// # Errors
    /// If the target breaks down.
    fn idle(&mut self) -> Result<(), TargetError>;
}
