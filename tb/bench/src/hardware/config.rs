// SPDX-License-Identifier: Apache-2.0
//! How a system is set up.

use super::platform::Bus;
use sallyport_bus::{LiteTiming, ManagerTiming, Seed, SubordinateTiming, Width};
use sallyport_sim::Build;
use std::ops::Range;
use std::path::PathBuf;

/// A waveform to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waveform {
    /// The FST file.
    pub path: PathBuf,
    /// The clocks to record, counted from the first clock of the system.
    pub clocks: Range<u64>,
}

impl Waveform {
    /// All clocks.
    #[must_use]
    pub fn whole(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            clocks: 0..u64::MAX,
        }
    }
}

/// The choices of a system.
#[derive(Clone, Debug)]
pub struct SystemConfig {
    /// The build of the RTL.
    pub build: Build,
    /// What the devices of a [`Bench`](crate::Bench) are on; a system of its own
    /// is of one kind.
    pub bus: Bus,
    /// Where all random numbers come from.
    pub seed: Seed,
    /// Memory, as the IOMMU's own accesses find it.
    pub table_memory: SubordinateTiming,
    /// Memory, as translated traffic finds it.
    pub data_memory: SubordinateTiming,
    /// How devices drive their bus.
    pub devices: ManagerTiming,
    /// How the processor drives the register port.
    pub registers: LiteTiming,
    /// A waveform.
    pub waveform: Option<Waveform>,
}

impl SystemConfig {
    /// A system with memory of 20 clocks of latency and no back-pressure.
    #[must_use]
    pub fn new(build: Build, seed: Seed) -> Self {
        Self {
            build,
            bus: Bus::default(),
            seed,
            table_memory: SubordinateTiming::fixed(20),
            data_memory: SubordinateTiming::fixed(20),
            devices: ManagerTiming::FAST,
            registers: LiteTiming::PLAIN,
            waveform: None,
        }
    }

    /// A system in which everything that a bus leaves open is random: latency,
    /// order, back-pressure.
    #[must_use]
    pub fn random(build: Build, seed: Seed) -> Self {
        Self {
            table_memory: SubordinateTiming::random(40),
            data_memory: SubordinateTiming::random(40),
            devices: ManagerTiming::RANDOM,
            registers: LiteTiming::random(1),
            ..Self::new(build, seed)
        }
    }

    /// Width of the data buses.
    #[must_use]
    pub fn width(&self) -> Width {
        width(self.build)
    }
}

/// Width of the data buses of a build.
#[must_use]
pub fn width(build: Build) -> Width {
    match build.data_width() {
        128 => Width::Bits128,
        _ => Width::Bits64,
    }
}
