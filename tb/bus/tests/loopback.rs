// SPDX-License-Identifier: Apache-2.0
//! Managers against subordinates through a device under test that only wires
//! them together, with a monitor in between.

use rand::Rng;
use sallyport_bus::{
    AxBeat, AxiManager, AxiMonitor, AxiSubordinate, Burst, Clock, Completion, ManagerTiming,
    Memory, MonitorConfig, Outcome, PortId, Resp, Seed, SubordinateTiming, Transaction, WStart,
    Width, bursts,
};
use sallyport_formats::Spa;

struct Bench {
    manager: AxiManager,
    subordinate: AxiSubordinate,
    monitor: AxiMonitor,
    memory: Memory,
    now: Clock,
}

impl Bench {
    fn new(width: Width, pace: ManagerTiming, timing: SubordinateTiming, seed: Seed) -> Self {
        Self {
            manager: AxiManager::new(pace, seed.fork("manager")),
            subordinate: AxiSubordinate::new(width, PortId(0), timing, seed.fork("memory")),
            monitor: AxiMonitor::new("loop", MonitorConfig::new(width, 4, 40, 8)),
            memory: Memory::new(),
            now: Clock::ZERO,
        }
    }

    fn clock(&mut self) {
        let m = self.manager.drive();
        let s = self.subordinate.drive();
        self.monitor.tick(&m, &s, self.now);
        self.manager.tick(&s, self.now);
        self.subordinate.tick(&m, &mut self.memory, self.now);
        self.now = self.now.next();
    }

    fn run(&mut self) -> Vec<Completion> {
        let end = self.now.after(200_000);
        while !self.manager.is_idle() {
            self.clock();
            assert!(self.now < end, "hangs");
        }
        assert_eq!(self.monitor.violations(), []);
        assert_eq!(self.monitor.outstanding().count(), 0);
        assert_eq!(self.manager.stray_responses(), 0);
        assert!(self.subordinate.is_idle());
        std::iter::from_fn(|| self.manager.pop_completion()).collect()
    }
}

fn pattern(addr: u64, len: u64) -> Vec<u8> {
    (addr..addr + len).map(|a| ((a * 37) >> 3) as u8).collect()
}

/// Writes and then reads ranges of all alignments, each id in its own page.
fn there_and_back(width: Width, pace: ManagerTiming, timing: SubordinateTiming, seed: u64) {
    let seed = Seed::new(seed);
    let mut rng = seed.fork("ranges").rng();
    let mut bench = Bench::new(width, pace, timing, seed);
    let mut ranges = Vec::new();
    for n in 0..60u64 {
        let addr = 0x1_0000 + n * 0x1000 + rng.random_range(0..0x40);
        let len = rng.random_range(1..0x200);
        let template = AxBeat {
            id: (n % 16) as u8,
            ..AxBeat::default()
        };
        ranges.push((template, addr, len));
        for (ax, count) in bursts(template, addr, len, width, 16) {
            let data = pattern(ax.addr, count);
            let mut write = Transaction::write_bytes(ax, &data, width);
            write.w_start = match rng.random_range(0..5) {
                0 => WStart::Ahead(rng.random_range(1..20)),
                1 => WStart::AfterAddress(rng.random_range(1..20)),
                2 => WStart::AfterHandshake(rng.random_range(1..20)),
                _ => WStart::WithAddress,
            };
            bench.manager.submit(write);
        }
    }
    for done in bench.run() {
        assert_eq!((done.outcome, done.resp), (Outcome::Complete, Resp::Okay));
        let t = done.times;
        assert!(t.valid <= t.handshake && t.handshake < t.last_response);
        assert!(t.w_last < t.last_response);
    }
    let mut expected = std::collections::BTreeMap::new();
    for (template, addr, len) in ranges {
        for (ax, count) in bursts(template, addr, len, width, 16) {
            let handle = bench.manager.submit(Transaction::read(ax));
            expected.insert(handle, pattern(ax.addr, count));
        }
    }
    for done in bench.run() {
        let bytes = done.bytes(width);
        let wanted = &expected[&done.handle];
        assert_eq!(&bytes[..wanted.len()], &wanted[..]);
        assert_eq!(done.beats.len(), usize::from(done.transaction.ax().beats()));
    }
}

#[test]
fn fixed_latency_moves_every_byte() {
    for width in [Width::Bits64, Width::Bits128] {
        there_and_back(width, ManagerTiming::FAST, SubordinateTiming::fixed(20), 1);
    }
}

#[test]
fn random_timing_moves_every_byte() {
    for seed in 0..8 {
        for width in [Width::Bits64, Width::Bits128] {
            let timing = SubordinateTiming::random(40);
            there_and_back(width, ManagerTiming::RANDOM, timing, seed);
        }
    }
}

#[test]
fn a_fast_manager_has_one_request_and_one_beat_a_clock() {
    let seed = Seed::new(1);
    let mut bench = Bench::new(
        Width::Bits64,
        ManagerTiming::FAST,
        SubordinateTiming::fixed(20),
        seed,
    );
    for n in 0..100 {
        let ax = AxBeat {
            id: n % 16,
            addr: 0x1000 + 8 * u64::from(n),
            size: 3,
            burst: Burst::Incr.bits(),
            ..AxBeat::default()
        };
        bench.manager.submit(Transaction::read(ax));
        bench
            .manager
            .submit(Transaction::write_bytes(ax, &[n; 8], Width::Bits64));
    }
    let done = bench.run();
    let (writes, reads): (Vec<_>, Vec<_>) = done.iter().partition(|d| d.transaction.is_write());
    for (n, read) in (0..).zip(reads) {
        assert_eq!(read.times.valid, Some(Clock(1 + n)));
        assert_eq!(read.times.handshake, Some(Clock(1 + n)));
        assert_eq!(read.times.last_response, Some(Clock(21 + n)));
    }
    for (n, write) in (0..).zip(writes) {
        assert_eq!(write.times.w_last, Some(Clock(1 + n)));
        assert_eq!(write.times.last_response, Some(Clock(2 + n)));
    }
}

#[test]
fn wrap_and_fixed_bursts_do_what_they_say() {
    let mut bench = Bench::new(
        Width::Bits64,
        ManagerTiming::FAST,
        SubordinateTiming::fixed(5),
        Seed::new(1),
    );
    for n in 0..8 {
        bench.memory.write_u64(Spa::new(0x1000 + 8 * n), n);
    }
    let ax = |burst: Burst, len| AxBeat {
        addr: 0x1010,
        len,
        size: 3,
        burst: burst.bits(),
        ..AxBeat::default()
    };
    bench.manager.submit(Transaction::read(ax(Burst::Wrap, 3)));
    bench.manager.submit(Transaction::read(ax(Burst::Fixed, 2)));
    let data: Vec<Vec<u128>> = bench
        .run()
        .iter()
        .map(|d| d.beats.iter().map(|b| b.data).collect())
        .collect();
    assert_eq!(data, [vec![2, 3, 0, 1], vec![2, 2, 2]]);
}

#[test]
fn exclusive_pairs_succeed_alone_and_fail_when_disturbed() {
    let mut bench = Bench::new(
        Width::Bits64,
        ManagerTiming::FAST,
        SubordinateTiming::random(20),
        Seed::new(4),
    );
    let ax = AxBeat {
        id: 5,
        addr: 0x2008,
        size: 3,
        burst: Burst::Incr.bits(),
        lock: true,
        ..AxBeat::default()
    };
    for disturbed in [false, true, false] {
        bench.manager.submit(Transaction::read(ax));
        assert_eq!(bench.run()[0].resp, Resp::ExOkay);
        if disturbed {
            bench.memory.write_u64(Spa::new(0x2008), 9);
        }
        let write = Transaction::write_bytes(ax, &[1; 8], Width::Bits64);
        bench.manager.submit(write);
        let wanted = if disturbed { Resp::Okay } else { Resp::ExOkay };
        assert_eq!(bench.run()[0].resp, wanted);
        let stored = bench.memory.read_u64(Spa::new(0x2008));
        assert_eq!(stored == 9, disturbed);
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut bench = Bench::new(
            Width::Bits128,
            ManagerTiming::RANDOM,
            SubordinateTiming::random(30),
            Seed::new(seed),
        );
        for n in 0..50 {
            let ax = AxBeat {
                id: n % 5,
                addr: 0x100 * u64::from(n),
                len: 3,
                size: 4,
                burst: Burst::Incr.bits(),
                ..AxBeat::default()
            };
            bench.manager.submit(Transaction::read(ax));
        }
        let ends: Vec<_> = bench.run().iter().map(|d| d.times).collect();
        ends
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
