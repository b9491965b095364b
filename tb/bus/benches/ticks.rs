// SPDX-License-Identifier: Apache-2.0
//! What a clock of all models costs, idle and busy: `cargo bench -p sallyport-bus`.
#![expect(clippy::disallowed_types, reason = "a benchmark measures wall time")]

use sallyport_bus::{
    AxBeat, AxiLiteManager, AxiLiteMonitor, AxiManager, AxiMonitor, AxiSubordinate, Burst, Clock,
    LiteSubordinateSignals, LiteTiming, ManagerTiming, Memory, MonitorConfig, PortId, Seed,
    SharedPort, SubordinateTiming, Transaction, Width,
};
use std::{hint::black_box, time::Instant};

/// The models around an IOMMU; wires stand for it: the devices' port is its
/// output port, and its own memory port is a manager that reads tables.
struct Set {
    devices: SharedPort,
    walker: AxiManager,
    processor: AxiLiteManager,
    memory: Memory,
    output: AxiSubordinate,
    tables: AxiSubordinate,
    monitors: [AxiMonitor; 3],
    lite: AxiLiteMonitor,
}

impl Set {
    fn new(devices: usize, pace: ManagerTiming, timing: SubordinateTiming) -> Self {
        let seed = Seed::new(1);
        let monitor = |name| AxiMonitor::new(name, MonitorConfig::new(Width::Bits64, 8, 64, 48));
        Self {
            devices: SharedPort::new(devices, 4, 4, pace, seed),
            walker: AxiManager::new(pace, seed.fork("walker")),
            processor: AxiLiteManager::new(LiteTiming::PLAIN, seed),
            memory: Memory::new(),
            output: AxiSubordinate::new(Width::Bits64, PortId(0), timing, seed.fork("output")),
            tables: AxiSubordinate::new(Width::Bits64, PortId(1), timing, seed.fork("tables")),
            monitors: [monitor("devices"), monitor("output"), monitor("tables")],
            lite: AxiLiteMonitor::new("registers", 12),
        }
    }

    fn clock(&mut self, now: Clock) {
        let (device, table) = (self.devices.drive(), self.walker.drive());
        let (output, answer) = (self.output.drive(), self.tables.drive());
        let (lite, registers) = (self.processor.drive(), LiteSubordinateSignals::default());
        self.monitors[0].tick(&device, &output, now);
        self.monitors[1].tick(&device, &output, now);
        self.monitors[2].tick(&table, &answer, now);
        self.lite.tick(&lite, &registers, now);
        self.devices.tick(&output, now);
        self.walker.tick(&answer, now);
        self.output.tick(&device, &mut self.memory, now);
        self.tables.tick(&table, &mut self.memory, now);
        self.processor.tick(&registers, now);
    }

    /// Keeps all sides busy with single beats.
    fn feed(&mut self, t: u64) {
        let ax = |n: u64| AxBeat {
            id: (n % 16) as u8,
            addr: n.wrapping_mul(0x9e37_79b9) & 0xf_fff8,
            size: 3,
            burst: Burst::Incr.bits(),
            ..AxBeat::default()
        };
        let number = t as usize % self.devices.len();
        let device = self.devices.manager_mut(number);
        if device.queued() < 4 {
            device.submit(Transaction::read(ax(t)));
            let bytes = t.to_le_bytes();
            device.submit(Transaction::write_bytes(ax(t * 7), &bytes, Width::Bits64));
        }
        while black_box(device.pop_completion()).is_some() {}
        if self.walker.queued() < 4 {
            self.walker.submit(Transaction::read(ax(t * 3)));
        }
        while black_box(self.walker.pop_completion()).is_some() {}
    }
}

fn measure(name: &str, busy: bool, devices: usize, pace: ManagerTiming, timing: SubordinateTiming) {
    const CLOCKS: u64 = 1_000_000;
    // As usual for benches: arguments select by name.
    let mut wanted = std::env::args().skip(1).filter(|a| !a.starts_with('-'));
    if wanted.next().is_some_and(|part| !name.contains(&part)) {
        return;
    }
    let mut set = Set::new(devices, pace, timing);
    let start = Instant::now();
    for t in 0..CLOCKS {
        if busy {
            set.feed(t);
        }
        set.clock(Clock(t));
    }
    let each = start.elapsed().as_nanos() as f64 / CLOCKS as f64;
    let found = set.monitors.iter().map(AxiMonitor::violation_count);
    println!(
        "{name:<28}{each:8.1} ns a clock, {} violations",
        found.sum::<u64>()
    );
}

fn main() {
    let fixed = SubordinateTiming::fixed(20);
    let random = SubordinateTiming::random(40);
    let (fast, paced) = (ManagerTiming::FAST, ManagerTiming::RANDOM);
    measure("16 devices, idle", false, 16, fast, fixed);
    measure("16 devices, idle, random", false, 16, paced, random);
    measure("1 device, saturated", true, 1, fast, fixed);
    measure("1 device, random", true, 1, paced, random);
    measure("16 devices, saturated", true, 16, fast, fixed);
    measure("16 devices, random", true, 16, paced, random);
}
