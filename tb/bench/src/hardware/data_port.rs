// SPDX-License-Identifier: Apache-2.0
//! Where translated traffic goes.

use super::backplane::DATA_PORT;
use super::config::SystemConfig;
use sallyport_bus::{
    AxBeat, AxiManagerSignals, AxiMonitor, AxiSubordinate, AxiSubordinateSignals, Clock, Memory,
    MonitorConfig,
};

/// An address that left the IOMMU towards memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataAddress {
    /// Whether it is a write's.
    pub write: bool,
    /// The address phase; AxADDR is physical.
    pub ax: AxBeat,
    /// When it was accepted.
    pub clock: Clock,
}

/// Memory as translated traffic finds it.
#[derive(Debug)]
pub struct DataPort {
    pub subordinate: AxiSubordinate,
    pub monitor: AxiMonitor,
    /// A memory of its own: nothing that devices write reaches the real one.
    pub sink: Option<Memory>,
    /// The addresses that went out, if they are kept.
    pub log: Option<Vec<DataAddress>>,
    pub drives: AxiSubordinateSignals,
}

impl DataPort {
    pub fn new(config: &SystemConfig, id_bits: u32) -> Self {
        let width = config.width();
        Self {
            subordinate: AxiSubordinate::new(
                width,
                DATA_PORT,
                config.data_memory,
                config.seed.fork("data memory"),
            ),
            monitor: AxiMonitor::new("m_axi", MonitorConfig::new(width, id_bits, 56, 48)),
            sink: None,
            log: None,
            drives: AxiSubordinateSignals::default(),
        }
    }

    pub fn tick(&mut self, m: &AxiManagerSignals, memory: &mut Memory, now: Clock) {
        if let Some(log) = &mut self.log {
            let ways = [
                (false, m.ar_valid && self.drives.ar_ready, m.ar),
                (true, m.aw_valid && self.drives.aw_ready, m.aw),
            ];
            for (write, _, ax) in ways.into_iter().filter(|way| way.1) {
                log.push(DataAddress {
                    write,
                    ax,
                    clock: now,
                });
            }
        }
        self.monitor.tick(m, &self.drives, now);
        let memory = self.sink.as_mut().unwrap_or(memory);
        self.subordinate.tick(m, memory, now);
    }
}
