// SPDX-License-Identifier: Apache-2.0
//! What a second run finds out about a failure.

use crate::attempt::Attempt;
use crate::context::Ctx;
use crate::culprit::{self, Culprit};
use crate::files::Files;
use crate::verdict::Verdict;
use sallyport_bench::{SystemConfig, Waveform};
use sallyport_log::Recorder;
use std::fs::File;
use std::io::BufWriter;

/// Transactions that stay in memory.
const KEPT: usize = 4096;

/// Clocks that the waveform goes on after the failure, if the run does.
const AFTERMATH: u64 = 1_000;

/// The findings.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub culprit: Option<Culprit>,
    pub unanswered: Vec<String>,
    pub files: Option<Files>,
    /// The second run did not fail in the same way.
    pub differs: bool,
    /// What could not be written.
    pub problem: Option<String>,
}

/// Runs the test again with log and waveform: `traced` clocks up to those in
/// which `first` failed.
pub fn gather<V: Verdict>(
    first: &Attempt,
    config: &SystemConfig,
    limit: u64,
    traced: u64,
    files: std::io::Result<Files>,
    body: &impl AsyncFn(Ctx) -> V,
) -> Evidence {
    let mut config = config.clone();
    let mut recorder = Recorder::new(config.build).keeping(KEPT);
    let mut evidence = Evidence::default();
    let opened = files.and_then(|files| {
        let log = File::create(&files.log)?;
        Ok((files, log))
    });
    match opened {
        Ok((files, log)) => {
            recorder = recorder.writing(BufWriter::new(log));
            let failed = first.clock.0;
            config.waveform = Some(Waveform {
                path: files.waveform.clone(),
                clocks: failed.saturating_sub(traced)..failed.saturating_add(AFTERMATH),
            });
            evidence.files = Some(files);
        }
        Err(error) => evidence.problem = Some(format!("no log and no waveform: {error}")),
    }
    let mut second = match Attempt::new(&config, Some(recorder), limit, body) {
        Ok(second) => second,
        Err(error) => {
            evidence.files = None;
            evidence.problem = Some(error.to_string());
            return evidence;
        }
    };
    evidence.differs = !is_same(first, &second);
    if let Some(mut recorder) = second.recorder.take() {
        let hangs = first
            .failed
            .as_ref()
            .is_some_and(|cause| cause.is_timeout());
        evidence.culprit = culprit::pick(&recorder, second.named, hangs);
        evidence.unanswered = culprit::unanswered(&recorder);
        if let Err(error) = recorder.finish() {
            evidence.problem = Some(error.to_string());
        }
    }
    evidence
}

/// Whether both failed alike, after the same traffic.
fn is_same(first: &Attempt, second: &Attempt) -> bool {
    let message = |attempt: &Attempt| attempt.failed.as_ref().map(ToString::to_string);
    (first.clock, first.digest) == (second.clock, second.digest)
        && message(first) == message(second)
}
