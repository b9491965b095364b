// SPDX-License-Identifier: Apache-2.0
//! The bench: runs programs and clocks in turn.

use super::error::BenchError;
use super::events::Events;
use super::host::Host;
use super::shared::{Shared, Spawned};
use crate::hardware::{Platform, SystemConfig};
use sallyport_sim::SimError;
use std::cell::RefCell;
use std::fmt;
use std::panic::resume_unwind;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// Log2 of the managers on the devices' port.
const MANAGER_BITS: u32 = 2;

/// A [`Platform`] and the programs in it.
///
/// On AXI4 the first four devices have a bus of their own, behind an interconnect;
/// those after them share with these. Each bus has four AXI ids. On PCI Express
/// each device is a function behind one root port.
pub struct Bench {
    shared: Rc<Shared>,
    programs: LocalSet,
    runtime: Runtime,
    woken: Arc<Woken>,
}

/// Set when a program can go on.
#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Bench {
    /// A system after reset, and no programs.
    ///
    /// # Errors
    /// [`SimError`] if the build is not compiled in or the waveform cannot be
    /// written.
    ///
    /// # Panics
    /// If the operating system has no room for another runtime.
    pub fn new(config: &SystemConfig) -> Result<Self, SimError> {
        let runtime = Builder::new_current_thread()
            .build()
            .expect("the operating system has no room for a runtime");
        Ok(Self {
            shared: Rc::new(Shared {
                system: RefCell::new(Platform::new(config, MANAGER_BITS)?),
                events: RefCell::new(Events::default()),
                seed: config.seed,
                spawned: RefCell::new(Spawned::default()),
            }),
            programs: LocalSet::new(),
            runtime,
            woken: Arc::default(),
        })
    }

    /// The handle through which programs reach the system.
    #[must_use]
    pub fn host(&self) -> Host {
        Host::new(Rc::clone(&self.shared))
    }

    /// Runs `program`, and whatever it starts, until it ends. Programs that it
    /// started stay, and go on when another one is run.
    ///
    /// # Errors
    /// - [`BenchError::Timeout`] if it has not ended after `limit` clocks;
    /// - [`BenchError::Protocol`] if a monitor found a breach;
    /// - [`BenchError::Sim`] if the model failed.
    ///
    /// # Panics
    /// If the program or one that it started panics, with that panic.
    pub fn run<T>(
        &mut self,
        limit: u64,
        program: impl AsyncFnOnce(Host) -> T,
    ) -> Result<T, BenchError> {
        let host = self.host();
        let Self {
            shared,
            programs,
            runtime,
            woken,
        } = self;
        let _runtime = runtime.enter();
        let mut main = pin!(programs.run_until(program(host)));
        let waker = Waker::from(Arc::clone(woken));
        let mut context = Context::from_waker(&waker);
        let end = shared.system.borrow().now().after(limit);
        woken.0.store(true, Ordering::Relaxed);
        loop {
            while woken.0.swap(false, Ordering::Relaxed) {
                let polled = main.as_mut().poll(&mut context);
                if let Some(panic) = shared.spawned.borrow_mut().panic.take() {
                    resume_unwind(panic);
                }
                if let Poll::Ready(value) = polled {
                    return check(shared).map(|()| value);
                }
                let new = std::mem::take(&mut shared.spawned.borrow_mut().new);
                if !new.is_empty() {
                    woken.0.store(true, Ordering::Relaxed);
                }
                for program in new {
                    programs.spawn_local(program);
                }
            }
            if shared.system.borrow().now() >= end {
                check(shared)?;
                return Err(timeout(shared, limit));
            }
            shared.step()?;
        }
    }

    /// The system, between two runs.
    ///
    /// # Panics
    /// If `look` calls this again.
    pub fn with_system<T>(&mut self, look: impl FnOnce(&mut Platform) -> T) -> T {
        look(&mut self.shared.system.borrow_mut())
    }
}

/// Whether the monitors are content.
fn check(shared: &Shared) -> Result<(), BenchError> {
    let system = shared.system.borrow();
    let violations = system.violations();
    if !violations.is_empty() {
        return Err(BenchError::Protocol { violations });
    }
    let mut complaints = system.link_violations().to_vec();
    complaints.extend(shared.events.borrow().functions.complaints());
    if !complaints.is_empty() {
        return Err(BenchError::Link { complaints });
    }
    Ok(())
}

fn timeout(shared: &Shared, limit: u64) -> BenchError {
    let system = shared.system.borrow();
    let mut outstanding = system.outstanding();
    outstanding.extend(shared.events.borrow().outstanding());
    let spawned = shared.spawned.borrow();
    let names = spawned.running.values();
    outstanding.extend(names.map(|name| format!("program {name:?} runs")));
    BenchError::Timeout {
        limit,
        now: system.now(),
        outstanding,
    }
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench")
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}
