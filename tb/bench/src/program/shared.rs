// SPDX-License-Identifier: Apache-2.0
//! What the bench and its programs share.

use super::events::Events;
use crate::hardware::Platform;
use sallyport_bus::Seed;
use sallyport_sim::SimError;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::Pin;

/// A program that is to be started.
pub type Program = Pin<Box<dyn Future<Output = ()>>>;

/// Programs borrow its parts only between two awaits.
#[derive(Debug)]
pub struct Shared {
    pub system: RefCell<Platform>,
    pub events: RefCell<Events>,
    pub seed: Seed,
    pub spawned: RefCell<Spawned>,
}

/// Programs and what became of them.
#[derive(Default)]
pub struct Spawned {
    /// To be started.
    pub new: VecDeque<Program>,
    /// Those that run, by number.
    pub running: BTreeMap<u64, String>,
    /// Numbers given so far.
    pub count: Cell<u64>,
    /// What a program panicked with.
    pub panic: Option<Box<dyn Any + Send>>,
}

impl fmt::Debug for Spawned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawned")
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Runs one clock and wakes who waited for it.
    pub fn step(&self) -> Result<(), SimError> {
        let system = &mut *self.system.borrow_mut();
        system.step()?;
        self.events.borrow_mut().dispatch(system);
        Ok(())
    }
}
