// SPDX-License-Identifier: Apache-2.0
//! How vectors are played.

use crate::hardware::{SystemConfig, Waveform};
use sallyport_bus::{Seed, SubordinateTiming};
use sallyport_sim::Build;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where requests go in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PortKind {
    /// The core's request port, which expresses everything.
    #[default]
    Core,
    /// The devices' AXI4 port.
    Axi,
    /// The TLP ports.
    Pcie,
}

impl fmt::Display for PortKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Core => "core",
            Self::Axi => "axi",
            Self::Pcie => "pcie",
        })
    }
}

impl FromStr for PortKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "core" => Ok(Self::Core),
            "axi" => Ok(Self::Axi),
            "pcie" => Ok(Self::Pcie),
            _ => Err(format!(
                "no port is called {name}: there are core, axi and pcie"
            )),
        }
    }
}

/// The choices of a replay.
#[derive(Clone, Debug)]
pub struct ReplayConfig {
    /// Where requests go in.
    pub port: PortKind,
    /// The build of the RTL.
    pub build: Build,
    /// Random latencies, order and back-pressure from this seed; a fast, plain
    /// memory without it.
    pub seed: Option<u64>,
    /// A waveform of the last case that is played.
    pub waveform: Option<Waveform>,
    /// A capture of the TLPs of the last case that is played, on the port that has
    /// any.
    pub tlp_capture: Option<PathBuf>,
}

/// Clocks from AR to R of the plain memory.
const LATENCY: u32 = 2;

impl ReplayConfig {
    /// The system that plays the case called `name`: its random numbers are
    /// the same whichever other cases are played.
    #[must_use]
    pub fn system(&self, name: &str) -> SystemConfig {
        let config = match self.seed {
            Some(seed) => SystemConfig::random(self.build, Seed::new(seed).fork(name)),
            None => SystemConfig {
                table_memory: SubordinateTiming::fixed(LATENCY),
                data_memory: SubordinateTiming::fixed(LATENCY),
                ..SystemConfig::new(self.build, Seed::new(0))
            },
        };
        SystemConfig {
            waveform: self.waveform.clone(),
            ..config
        }
    }
}
