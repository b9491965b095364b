// SPDX-License-Identifier: Apache-2.0
//! What both tops have around them: memory, tables, registers, interrupts.

use super::config::SystemConfig;
use super::counters::is_walk_read;
use super::pins;
use super::{Counters, Digest};
use sallyport_bus::{
    AxiLiteManager, AxiLiteMonitor, AxiManagerSignals, AxiMonitor, AxiSubordinate,
    AxiSubordinateSignals, Clock, LiteManagerSignals, Memory, MonitorConfig, PortId, Violation,
};
use sallyport_sim::{
    LiteManagerPins, LiteSubordinatePins, ManagerPins, SubordinatePins, TracePins,
};
use std::collections::BTreeMap;

/// The port of the IOMMU's own accesses, as memory names it in its journal.
pub const TABLE_PORT: PortId = PortId(0);
/// The port of translated traffic.
pub const DATA_PORT: PortId = PortId(1);

/// Clocks that a reset is held.
pub const RESET_CLOCKS: u64 = 4;

/// Places in the digest.
const MEMORY_PLACE: u64 = 0x20;
const REGISTER_PLACE: u64 = 0x30;
const IRQ_PLACE: u64 = 0x40;

/// Width of a register offset in bits.
const REGISTER_ADDRESS_BITS: u32 = 12;

/// Memory and processor, and the wires to them.
#[derive(Debug)]
pub struct Backplane {
    /// Physical memory.
    pub memory: Memory,
    /// The processor's way to the registers.
    pub registers: AxiLiteManager,
    /// Memory as the IOMMU's own accesses find it.
    pub tables: AxiSubordinate,
    /// Beside the IOMMU's memory port.
    pub table_monitor: AxiMonitor,
    /// Beside the register port.
    pub register_monitor: AxiLiteMonitor,
    /// All that passed the ports.
    pub digest: Digest,
    /// What the IOMMU did.
    pub counters: Counters,
    /// Reads of walks, by page number.
    pub walk_reads: BTreeMap<u64, u64>,
    /// The clock that comes next.
    pub now: Clock,
    /// Interrupt wires by vector.
    pub irq: u16,
    /// What the bench drives in this clock.
    drives: (LiteManagerSignals, AxiSubordinateSignals),
}

impl Backplane {
    pub fn new(config: &SystemConfig) -> Self {
        let width = config.width();
        let tables = AxiSubordinate::new(
            width,
            TABLE_PORT,
            config.table_memory,
            config.seed.fork("table memory"),
        );
        Self {
            memory: Memory::new(),
            registers: AxiLiteManager::new(config.registers, config.seed.fork("registers")),
            tables,
            table_monitor: AxiMonitor::new("mem_axi", MonitorConfig::memory(width)),
            register_monitor: AxiLiteMonitor::new("s_axil", REGISTER_ADDRESS_BITS),
            digest: Digest::default(),
            counters: Counters::default(),
            walk_reads: BTreeMap::new(),
            now: Clock::ZERO,
            irq: 0,
            drives: Default::default(),
        }
    }

    /// What it drives in this clock.
    pub fn drive(&mut self) -> (LiteManagerPins, SubordinatePins) {
        self.drives = (self.registers.drive(), self.tables.drive());
        (
            pins::lite_pins(&self.drives.0),
            pins::subordinate_pins(&self.drives.1),
        )
    }

    /// What the IOMMU drove in the clock.
    pub fn tick(
        &mut self,
        registers: &LiteSubordinatePins,
        tables: &ManagerPins,
        irq: u16,
        trace: &TracePins,
    ) {
        let now = self.now;
        let lite = pins::lite_signals(registers);
        self.digest.lite(now, REGISTER_PLACE, &self.drives.0, &lite);
        self.register_monitor.tick(&self.drives.0, &lite, now);
        self.registers.tick(&lite, now);

        let axi = pins::manager_signals(tables);
        self.digest.axi(now, MEMORY_PLACE, &axi, &self.drives.1);
        self.counters.memory(&axi, &self.drives.1);
        if is_walk_read(&axi, &self.drives.1) {
            *self.walk_reads.entry(axi.ar.addr >> 12).or_default() += 1;
        }
        self.table_monitor.tick(&axi, &self.drives.1, now);
        self.tables.tick(&axi, &mut self.memory, now);

        if irq != self.irq {
            self.digest.beat(now, IRQ_PLACE, &[u64::from(irq)]);
            self.irq = irq;
        }
        self.counters.trace(trace);
        self.counters.clocks += 1;
        self.now = now.next();
    }

    /// A clock of reset.
    pub fn tick_reset(&mut self, registers: &LiteSubordinatePins, tables: &ManagerPins) {
        let axi: AxiManagerSignals = pins::manager_signals(tables);
        let lite = pins::lite_signals(registers);
        let now = self.now;
        self.register_monitor
            .tick_reset(&LiteManagerSignals::default(), &lite, now);
        self.table_monitor
            .tick_reset(&axi, &AxiSubordinateSignals::default(), now);
        self.registers.reset();
        self.tables.reset(now.next());
        self.memory.drop_reservations();
        self.irq = 0;
        self.now = now.next();
    }

    /// Violations of the protocol on its two ports.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.table_monitor
            .violations()
            .iter()
            .chain(self.register_monitor.violations())
    }
}
