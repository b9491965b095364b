// SPDX-License-Identifier: Apache-2.0
//! What the cases are played on.

use super::Args;
use anyhow::{Context, Result};
use sallyport_bench::replay::{Played, ReplayConfig, play_all, probe};
use sallyport_bench::{Build, Waveform};
use sallyport_model::{Design, Iommu, SparseMemory};
use sallyport_vectors::{Capabilities, Case, Limits, NumberedCase, play};
use std::thread;

/// The RTL or the golden model.
pub enum Player {
    /// The RTL.
    Rtl {
        config: ReplayConfig,
        capabilities: Capabilities,
        jobs: usize,
    },
    /// The golden model.
    Model(Design),
}

impl Player {
    pub fn new(args: &Args) -> Result<Self> {
        let config = ReplayConfig {
            port: args.port,
            build: args.build.unwrap_or(Build::Full),
            seed: args.seed,
            waveform: args.wave.as_ref().map(Waveform::whole),
            tlp_capture: args.tlp_capture.clone(),
        };
        if args.model && args.build.is_none() {
            return Ok(Self::Model(Design::full()));
        }
        let probed = probe(&config)
            .with_context(|| format!("asking build {} what it can do", config.build))?;
        if args.model {
            return Ok(Self::Model(probed.design()));
        }
        let processors = || thread::available_parallelism().map_or(1, usize::from);
        Ok(Self::Rtl {
            config,
            capabilities: probed.capabilities(),
            jobs: args.jobs.unwrap_or_else(processors),
        })
    }

    /// Plays the cases; `done` is called after each.
    pub fn play(&self, cases: &[NumberedCase], done: &(dyn Fn() + Sync)) -> Result<Vec<Played>> {
        match self {
            Self::Rtl {
                config,
                capabilities,
                jobs,
            } => {
                let cases: Vec<&Case> = cases.iter().map(|numbered| &numbered.case).collect();
                Ok(play_all(&cases, capabilities, config, *jobs, done)?)
            }
            Self::Model(design) => cases
                .iter()
                .map(|numbered| {
                    let mut target = Iommu::new(*design, SparseMemory::new());
                    let outcome = play(
                        &numbered.case,
                        &Capabilities::of_design(design),
                        &mut target,
                        &Limits::default(),
                    )?;
                    done();
                    Ok(Played {
                        outcome,
                        digest: 0,
                        by_core: 0,
                    })
                })
                .collect(),
        }
    }
}
