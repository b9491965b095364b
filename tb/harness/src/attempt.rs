// SPDX-License-Identifier: Apache-2.0
//! One run of a test's body.

use crate::cause::Cause;
use crate::context::Ctx;
use crate::culprit::Named;
use crate::verdict::Verdict;
use sallyport_bench::hardware::Digest;
use sallyport_bench::{Bench, BenchError, Platform, SimError, SystemConfig};
use sallyport_bus::Clock;
use sallyport_log::Recorder;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Clocks that go by after the body's end, so that what it left under way is
/// looked at as well.
const SETTLE: u64 = 100;

/// A run that is over. Its system is gone, and its waveform complete.
pub struct Attempt {
    pub failed: Option<Cause>,
    /// The clock of the failure, or of the end.
    pub clock: Clock,
    /// All that passed the ports.
    pub digest: Digest,
    /// Breaches of the protocols, and what was under way, a line each.
    pub state: Vec<String>,
    /// The request that the test wants to see.
    pub named: Option<Named>,
    /// The recorder that was given, still recording what is under way.
    pub recorder: Option<Recorder>,
}

impl Attempt {
    /// Runs `body` in a new system.
    pub fn new<V: Verdict>(
        config: &SystemConfig,
        recorder: Option<Recorder>,
        limit: u64,
        body: &impl AsyncFn(Ctx) -> V,
    ) -> Result<Self, SimError> {
        let mut bench = Bench::new(config)?;
        if let Some(recorder) = recorder {
            bench.with_system(|system| system.record(recorder));
        }
        let named = Rc::default();
        // What the body has seen half-changed when it panics is the system,
        // which is only looked at from then on.
        let run = AssertUnwindSafe(|| play(&mut bench, limit, body, &named));
        let failed = match catch_unwind(run) {
            Ok(Ok(None)) => None,
            Ok(Ok(Some(problem))) => Some(Cause::Returned(problem)),
            Ok(Err(error)) => Some(Cause::Bench(error)),
            Err(payload) => Some(Cause::Panic(payload)),
        };
        let clock = failed.as_ref().and_then(Cause::clock);
        Ok(bench.with_system(|system| Self {
            failed,
            clock: clock.unwrap_or(system.now()),
            digest: system.digest(),
            state: state(system),
            named: named.get(),
            recorder: system.take_recorder(),
        }))
    }
}

/// What the monitors complain of, and what is under way.
fn state(system: &Platform) -> Vec<String> {
    let mut lines: Vec<_> = system
        .violations()
        .iter()
        .map(ToString::to_string)
        .collect();
    lines.extend(system.link_violations().iter().cloned());
    lines.extend(system.outstanding());
    lines
}

/// Runs the body, and some clocks more.
fn play<V: Verdict>(
    bench: &mut Bench,
    limit: u64,
    body: &impl AsyncFn(Ctx) -> V,
    named: &Rc<Cell<Option<Named>>>,
) -> Result<Option<String>, BenchError> {
    let named = Rc::clone(named);
    let verdict = bench.run(limit, async |host| body(Ctx::new(host, named)).await)?;
    if let Some(problem) = verdict.problem() {
        return Ok(Some(problem));
    }
    bench.run(SETTLE + 1, async |host| host.clocks(SETTLE).await)?;
    Ok(None)
}
