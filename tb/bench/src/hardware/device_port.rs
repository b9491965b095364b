// SPDX-License-Identifier: Apache-2.0
//! What stands before the devices' port of the IOMMU.

use sallyport_bus::{
    AxiManager, AxiManagerSignals, AxiSubordinateSignals, Clock, ManagerTiming, Seed, SharedPort,
};
use sallyport_formats::DeviceId;

/// Responses that the interconnect buffers for a device.
const DEPTH: usize = 16;

/// One manager, or an interconnect with several.
#[derive(Debug)]
pub(super) enum DevicePort {
    Single(Box<AxiManager>),
    Shared {
        port: Box<SharedPort>,
        /// The devices that have a manager, in its order; later ones share.
        owners: Vec<DeviceId>,
        id_bits: u32,
    },
}

impl DevicePort {
    pub fn single(timing: ManagerTiming, seed: Seed) -> Self {
        Self::Single(Box::new(AxiManager::new(timing, seed)))
    }

    /// `1 << number_bits` managers, with what is left of `id_bits` for each.
    pub fn shared(number_bits: u32, id_bits: u32, timing: ManagerTiming, seed: Seed) -> Self {
        let id_bits = id_bits - number_bits;
        Self::Shared {
            port: Box::new(SharedPort::new(
                1 << number_bits,
                id_bits,
                DEPTH,
                timing,
                seed,
            )),
            owners: Vec::new(),
            id_bits,
        }
    }

    pub fn count(&self) -> usize {
        match self {
            Self::Single(_) => 1,
            Self::Shared { port, .. } => port.len(),
        }
    }

    pub fn manager(&mut self, number: usize) -> &mut AxiManager {
        match self {
            Self::Single(manager) => manager,
            Self::Shared { port, .. } => port.manager_mut(number),
        }
    }

    /// The manager of a device; the first one asked for gets the first.
    pub fn of(&mut self, device: DeviceId) -> usize {
        let Self::Shared { port, owners, .. } = self else {
            return 0;
        };
        let known = owners.iter().position(|owner| *owner == device);
        let number = known.unwrap_or_else(|| {
            owners.push(device);
            owners.len() - 1
        });
        number % port.len()
    }

    /// The part of an AXI id that a manager can use.
    pub const fn local_id(&self, id: u8) -> u8 {
        match self {
            Self::Single(_) => id,
            Self::Shared { id_bits, .. } => id & ((1 << *id_bits) - 1),
        }
    }

    /// All reads of a manager end, and what still comes of them goes nowhere.
    pub fn abort_reads(&mut self, number: usize) {
        match self {
            Self::Single(manager) => manager.abort_reads(|_| true),
            Self::Shared { port, .. } => port.abort_reads(number),
        }
    }

    pub fn drive(&self) -> AxiManagerSignals {
        match self {
            Self::Single(manager) => manager.drive(),
            Self::Shared { port, .. } => port.drive(),
        }
    }

    pub fn tick(&mut self, peer: &AxiSubordinateSignals, now: Clock) {
        match self {
            Self::Single(manager) => manager.tick(peer, now),
            Self::Shared { port, .. } => port.tick(peer, now),
        }
    }

    pub fn reset(&mut self) {
        match self {
            Self::Single(manager) => manager.reset(),
            Self::Shared { port, .. } => port.reset(),
        }
    }
}
