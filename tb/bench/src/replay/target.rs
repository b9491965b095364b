// SPDX-License-Identifier: Apache-2.0
//! The RTL as a player sees it.

use crate::hardware::{CaptureFailed, SystemConfig};
use sallyport_bus::{Attributes, AxiLiteManager, LiteAccess, LiteSize, Memory, Resp};
use sallyport_formats::Spa;
use sallyport_model::{AccessSize, Request};
use sallyport_sim::SimError;
use sallyport_vectors::{Reply, Target, TargetError};
use std::ops::Range;
use std::path::Path;

/// Clocks after which an access that has not ended never will. The RTL's own
/// time-outs are shorter.
pub(super) const PATIENCE: u64 = 50_000;

/// Clocks to work between two polls of the player.
const IDLE: u64 = 64;

/// A top with its memory and its registers, and requests through its port.
pub trait Port: Sized {
    /// A system after reset, whose data traffic reaches no memory.
    ///
    /// # Errors
    /// [`SimError`] if there is no such model.
    fn create(config: &SystemConfig) -> Result<Self, SimError>;
    /// Runs one clock.
    ///
    /// # Errors
    /// [`SimError`] if the model failed.
    fn step(&mut self) -> Result<(), SimError>;
    /// Physical memory.
    fn memory(&mut self) -> &mut Memory;
    /// The processor.
    fn registers(&mut self) -> &mut AxiLiteManager;
    /// The first breach of a bus protocol.
    fn violation(&self) -> Option<String>;
    /// The digest of everything that passed the ports.
    fn digest(&self) -> u64;
    /// Whether the port can carry the request.
    fn can_express(request: &Request) -> bool;
    /// Requests so far that the port cannot carry and that went in by the core's
    /// own, beside it.
    fn by_core(&self) -> u64 {
        0
    }
    /// From now on every TLP goes into a capture with this seed in its comment.
    ///
    /// # Errors
    /// [`CaptureFailed`] if there can be no such file.
    fn begin_capture(&mut self, _path: &Path, _seed: u64) -> Result<(), CaptureFailed> {
        Ok(())
    }
    /// Ends the capture.
    ///
    /// # Errors
    /// [`CaptureFailed`] if it cannot be written to its end.
    fn end_capture(&mut self) -> Result<(), CaptureFailed> {
        Ok(())
    }
    /// Makes the request and waits for its answer.
    ///
    /// # Errors
    /// [`TargetError`] if there is none, or what comes cannot be an answer.
    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError>;
}

/// The RTL behind a port as a target for vectors.
#[derive(Debug)]
pub struct RtlTarget<P> {
    port: P,
    config: SystemConfig,
    fresh: bool,
}

impl<P: Port> RtlTarget<P> {
    /// A target after power-on.
    ///
    /// # Errors
    /// [`SimError`] if there is no such model.
    pub fn new(config: SystemConfig) -> Result<Self, SimError> {
        Ok(Self {
            port: P::create(&config)?,
            config,
            fresh: true,
        })
    }

    /// The digest of everything that passed the ports since reset.
    pub fn digest(&self) -> u64 {
        self.port.digest()
    }

    /// Requests that did not go in by the port itself, but by the core's.
    pub fn by_core(&self) -> u64 {
        self.port.by_core()
    }

    /// Captures the TLPs from now on, where the port has any.
    ///
    /// # Errors
    /// [`TargetError`] if there can be no such file.
    pub fn begin_capture(&mut self, path: &Path, seed: u64) -> Result<(), TargetError> {
        let begun = self.port.begin_capture(path, seed);
        begun.map_err(|error| TargetError(error.to_string()))
    }

    /// Ends the capture.
    ///
    /// # Errors
    /// [`TargetError`] if it cannot be written to its end.
    pub fn end_capture(&mut self) -> Result<(), TargetError> {
        let ended = self.port.end_capture();
        ended.map_err(|error| TargetError(error.to_string()))
    }

    fn step(&mut self) -> Result<(), TargetError> {
        self.port.step().map_err(|e| TargetError(e.to_string()))
    }

    /// Whether all bus protocols were kept so far.
    ///
    /// # Errors
    /// [`TargetError`] tells the first breach.
    pub fn check(&self) -> Result<(), TargetError> {
        match self.port.violation() {
            Some(violation) => Err(TargetError(violation)),
            None => Ok(()),
        }
    }

    fn access(&mut self, access: LiteAccess) -> Result<u64, TargetError> {
        self.port.registers().submit(access);
        for _ in 0..PATIENCE {
            self.step()?;
            if let Some(done) = self.port.registers().pop_completion() {
                return if done.resp.is_error() {
                    Err(TargetError(format!(
                        "the access to offset {:#x} was answered with {}",
                        access.addr, done.resp
                    )))
                } else {
                    Ok(done.value)
                };
            }
        }
        Err(TargetError(format!(
            "no answer to an access to offset {:#x} in {PATIENCE} clocks",
            access.addr
        )))
    }
}

fn lite_size(size: AccessSize) -> LiteSize {
    match size {
        AccessSize::Word => LiteSize::Four,
        AccessSize::Doubleword => LiteSize::Eight,
    }
}

impl<P: Port> Target for RtlTarget<P> {
    fn reset(&mut self) -> Result<(), TargetError> {
        if !self.fresh {
            self.port = P::create(&self.config).map_err(|e| TargetError(e.to_string()))?;
        }
        self.fresh = false;
        Ok(())
    }

    fn can_express(&self, request: &Request) -> bool {
        P::can_express(request)
    }

    fn set_error_ranges(
        &mut self,
        access_fault: &[Range<Spa>],
        poison: &[Range<Spa>],
    ) -> Result<(), TargetError> {
        let memory = self.port.memory();
        for range in poison {
            memory.set_attributes(range.clone(), Attributes::POISON);
        }
        // Where both are asked for there is no data that could be poisoned.
        for range in access_fault {
            memory.set_attributes(range.clone(), Attributes::error(Resp::SlvErr));
        }
        Ok(())
    }

    fn read_memory(&mut self, address: Spa, data: &mut [u8]) -> Result<(), TargetError> {
        self.port.memory().read(address, data);
        Ok(())
    }

    fn write_memory(&mut self, address: Spa, data: &[u8]) -> Result<(), TargetError> {
        self.port.memory().write(address, data);
        Ok(())
    }

    fn read_register(&mut self, offset: u64, size: AccessSize) -> Result<u64, TargetError> {
        self.access(LiteAccess::read(offset as u32, lite_size(size)))
    }

    fn write_register(
        &mut self,
        offset: u64,
        size: AccessSize,
        value: u64,
    ) -> Result<(), TargetError> {
        self.access(LiteAccess::write(offset as u32, lite_size(size), value))?;
        Ok(())
    }

    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError> {
        let reply = self.port.translate(request)?;
        self.check()?;
        Ok(reply)
    }

    fn idle(&mut self) -> Result<(), TargetError> {
        for _ in 0..IDLE {
            self.step()?;
        }
        self.check()
    }
}
