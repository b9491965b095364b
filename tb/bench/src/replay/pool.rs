// SPDX-License-Identifier: Apache-2.0
//! Many cases at once.

use super::axi::AxiPort;
use super::config::{PortKind, ReplayConfig};
use super::core::CorePort;
use super::pcie::PciePort;
use super::target::{Port, RtlTarget};
use sallyport_sim::SimError;
use sallyport_vectors::{
    Capabilities, Case, Difference, Failure, Limits, Outcome, PlayError, TargetError, play,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A case that has been played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// What came of it. A target that broke down has failed the case.
    pub outcome: Outcome,
    /// The digest of everything that passed the ports; 0 if it was skipped.
    pub digest: u64,
    /// Requests of the case that no packet expresses, and that went in by the
    /// core's port beside the packets.
    pub by_core: u64,
}

/// A target for one case.
pub(super) fn create<P: Port>(
    config: &ReplayConfig,
    case: &str,
) -> Result<RtlTarget<P>, TargetError> {
    let broken = |error: SimError| TargetError(error.to_string());
    RtlTarget::new(config.system(case)).map_err(broken)
}

/// Plays cases on `jobs` threads; results are in the order of the cases, and
/// do not depend on the number of threads. `done` is called after each case,
/// from any thread.
///
/// # Errors
/// [`PlayError`] if a case names a capability that there is not, the model does
/// not exist, or the waveform or the capture cannot be written.
///
/// # Panics
/// If the player panics.
pub fn play_all(
    cases: &[&Case],
    capabilities: &Capabilities,
    config: &ReplayConfig,
    jobs: usize,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Played>, PlayError> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Played)>, PlayError> {
        let mut played = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(n) else {
                return Ok(played);
            };
            let result = match config.port {
                PortKind::Core => play_one::<CorePort>(case, capabilities, config),
                PortKind::Axi => play_one::<AxiPort>(case, capabilities, config),
                PortKind::Pcie => play_one::<PciePort>(case, capabilities, config),
            };
            played.push((n, result?));
            done();
        }
    };
    let mut all = thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        let mut all = Vec::with_capacity(cases.len());
        for thread in threads {
            match thread.join() {
                Ok(played) => all.extend(played?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok::<_, PlayError>(all)
    })?;
    all.sort_by_key(|(n, _)| *n);
    Ok(all.into_iter().map(|(_, played)| played).collect())
}

fn play_one<P: Port>(
    case: &Case,
    capabilities: &Capabilities,
    config: &ReplayConfig,
) -> Result<Played, PlayError> {
    let broken = |TargetError(what): TargetError| {
        Outcome::Failed(Failure {
            step: None,
            action: "running the design".to_owned(),
            differences: vec![Difference::new("the design", "to go on", what)],
        })
    };
    if let Some(skip) = capabilities.skip(case)? {
        return Ok(Played {
            outcome: Outcome::Skipped(skip),
            digest: 0,
            by_core: 0,
        });
    }
    let mut target = create::<P>(config, &case.name)?;
    if let Some(path) = &config.tlp_capture {
        target.begin_capture(path, config.seed.unwrap_or_default())?;
    }
    let played = play(case, capabilities, &mut target, &Limits::default());
    let outcome = match played {
        Ok(Outcome::Passed) => match target.check() {
            Ok(()) => Outcome::Passed,
            Err(error) => broken(error),
        },
        Ok(outcome) => outcome,
        Err(PlayError::Target(error)) => broken(error),
        Err(error @ PlayError::UnknownCapability(_)) => return Err(error),
    };
    target.end_capture()?;
    let digest = match outcome {
        Outcome::Skipped(_) => 0,
        _ => target.digest(),
    };
    Ok(Played {
        outcome,
        digest,
        by_core: target.by_core(),
    })
}
