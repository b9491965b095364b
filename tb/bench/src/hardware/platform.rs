// SPDX-License-Identifier: Apache-2.0
//! The system that programs run in, over either bus.

use super::{Counters, DataAddress, Digest, PcieSystem, System, SystemConfig};
use sallyport_bus::{AxiLiteManager, AxiSubordinate, Clock, Memory, Violation, Width};
use sallyport_log::Recorder;
use sallyport_sim::{SimError, TracePins};
use std::fmt;

/// What devices reach the IOMMU by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bus {
    /// AXI4, with `iommu_axi`.
    #[default]
    Axi,
    /// PCI Express, with `iommu_pcie`.
    Pcie,
}

impl Bus {
    /// As the command line has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Axi => "axi",
            Self::Pcie => "pcie",
        }
    }

    /// Whether writes are posted: the device is not told what became of them.
    #[must_use]
    pub const fn posts_writes(self) -> bool {
        matches!(self, Self::Pcie)
    }
}

impl fmt::Display for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The IOMMU with everything around it, over the bus that
/// [`SystemConfig::bus`] names.
#[derive(Debug)]
pub enum Platform {
    /// `iommu_axi`, with an interconnect before it.
    Axi(Box<System>),
    /// `iommu_pcie`, behind a root port.
    Pcie(Box<PcieSystem>),
}

/// The same of either.
macro_rules! of_either {
    ($self:expr, $system:ident => $value:expr) => {
        match $self {
            Self::Axi($system) => $value,
            Self::Pcie($system) => $value,
        }
    };
}

impl Platform {
    /// A system after reset; on AXI, with `1 << number_bits` buses of devices.
    pub(crate) fn new(config: &SystemConfig, number_bits: u32) -> Result<Self, SimError> {
        Ok(match config.bus {
            Bus::Axi => Self::Axi(Box::new(System::with_interconnect(config, number_bits)?)),
            Bus::Pcie => Self::Pcie(Box::new(PcieSystem::new(config)?)),
        })
    }

    /// What devices reach it by.
    #[must_use]
    pub const fn bus(&self) -> Bus {
        match self {
            Self::Axi(_) => Bus::Axi,
            Self::Pcie(_) => Bus::Pcie,
        }
    }

    /// The system, if its devices are on AXI4.
    pub const fn axi(&mut self) -> Option<&mut System> {
        match self {
            Self::Axi(system) => Some(system),
            Self::Pcie(_) => None,
        }
    }

    /// The system, if its devices are on PCI Express.
    pub const fn pcie(&mut self) -> Option<&mut PcieSystem> {
        match self {
            Self::Axi(_) => None,
            Self::Pcie(system) => Some(system),
        }
    }

    /// Runs one clock.
    pub(crate) fn step(&mut self) -> Result<(), SimError> {
        of_either!(self, system => system.step())
    }

    /// The clock that comes next.
    #[must_use]
    pub fn now(&self) -> Clock {
        of_either!(self, system => system.now())
    }

    /// Width of the data buses.
    #[must_use]
    pub const fn width(&self) -> Width {
        of_either!(self, system => system.width())
    }

    /// Physical memory.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        of_either!(self, system => system.memory())
    }

    /// Physical memory, as software writes it: at once.
    pub const fn memory_mut(&mut self) -> &mut Memory {
        of_either!(self, system => system.memory_mut())
    }

    /// The processor's side of the register port.
    pub const fn registers(&mut self) -> &mut AxiLiteManager {
        of_either!(self, system => system.registers())
    }

    /// The memory controller behind the IOMMU's own accesses, for its timing.
    pub const fn table_memory(&mut self) -> &mut AxiSubordinate {
        of_either!(self, system => system.table_memory())
    }

    /// The memory controller behind translated traffic, for its timing.
    pub const fn data_memory(&mut self) -> &mut AxiSubordinate {
        of_either!(self, system => system.data_memory())
    }

    /// Interrupt wires by vector.
    #[must_use]
    pub const fn irq(&self) -> u16 {
        of_either!(self, system => system.irq())
    }

    /// What the IOMMU did since power-on.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        of_either!(self, system => system.counters())
    }

    /// What went on inside in the last clock.
    #[must_use]
    pub const fn trace(&self) -> &TracePins {
        of_either!(self, system => system.trace())
    }

    /// All that passed the ports so far.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        of_either!(self, system => system.digest())
    }

    /// From now on `recorder` looks on; nothing else changes.
    pub fn record(&mut self, recorder: Recorder) {
        of_either!(self, system => system.record(recorder));
    }

    /// Ends the recording.
    pub fn take_recorder(&mut self) -> Option<Recorder> {
        of_either!(self, system => system.take_recorder())
    }

    /// From now on keeps the addresses of translated traffic.
    pub fn log_addresses(&mut self) {
        of_either!(self, system => system.log_addresses());
    }

    /// No longer keeps the addresses of translated traffic.
    pub fn forget_addresses(&mut self) {
        of_either!(self, system => system.forget_addresses());
    }

    /// The addresses of translated traffic since the last call, oldest first.
    pub fn take_addresses(&mut self) -> Vec<DataAddress> {
        of_either!(self, system => system.take_addresses())
    }

    /// Breaches of the bus protocols, on any port but those of TLPs.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Axi(system) => system.violations().cloned().collect(),
            Self::Pcie(system) => system.bus_violations().cloned().collect(),
        }
    }

    /// Breaches on the ports of TLPs, a line each.
    #[must_use]
    pub fn link_violations(&self) -> &[String] {
        match self {
            Self::Axi(_) => &[],
            Self::Pcie(system) => system.link_violations(),
        }
    }

    /// What is under way on the buses, a line each: for the report of a test
    /// that hangs.
    #[must_use]
    pub fn outstanding(&self) -> Vec<String> {
        of_either!(self, system => system.outstanding())
    }
}
