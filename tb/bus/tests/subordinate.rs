// SPDX-License-Identifier: Apache-2.0
//! What the subordinate may do and must not, seen from the bus.

use sallyport_bus::{
    Attributes, AxBeat, AxiManager, AxiMonitor, AxiSubordinate, Burst, Clock, Completion,
    ManagerTiming, Memory, MonitorConfig, PortId, Resp, Seed, SubordinateTiming, Transaction,
    Width,
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
    fn new(timing: SubordinateTiming, seed: u64) -> Self {
        let seed = Seed::new(seed);
        let width = Width::Bits128;
        Self {
            manager: AxiManager::new(ManagerTiming::FAST, seed),
            subordinate: AxiSubordinate::new(width, PortId(2), timing, seed),
            monitor: AxiMonitor::new("memory", MonitorConfig::memory(width)),
            memory: Memory::new(),
            now: Clock::ZERO,
        }
    }

    fn clocks(&mut self, count: u64) {
        for _ in 0..count {
            let (m, s) = (self.manager.drive(), self.subordinate.drive());
            self.monitor.tick(&m, &s, self.now);
            self.manager.tick(&s, self.now);
            self.subordinate.tick(&m, &mut self.memory, self.now);
            self.now = self.now.next();
        }
    }

    fn run(&mut self) -> Vec<Completion> {
        let end = self.now.after(20_000);
        while !self.manager.is_idle() {
            self.clocks(1);
            assert!(self.now < end, "hangs");
        }
        assert_eq!(self.monitor.violations(), []);
        std::iter::from_fn(|| self.manager.pop_completion()).collect()
    }
}

/// A narrow burst: 8 bytes a beat on 128 bits.
fn ax(id: u8, addr: u64, len: u8) -> AxBeat {
    AxBeat {
        id,
        addr,
        len,
        size: 3,
        burst: Burst::Incr.bits(),
        ..AxBeat::default()
    }
}

#[test]
fn ids_overtake_and_interleave_only_when_allowed() {
    let order = |timing: SubordinateTiming| {
        let mut bench = Bench::new(timing, 3);
        for n in 0..40 {
            bench
                .manager
                .submit(Transaction::read(ax(n % 8, 0x40 * u64::from(n), 7)));
        }
        let done = bench.run();
        let overtakes = !done.is_sorted_by_key(|d| d.handle);
        // One burst begins while another one is between its beats.
        let alternates = done.iter().any(|a| {
            done.iter().any(|b| {
                a.times.first_response < b.times.first_response
                    && b.times.first_response < a.times.last_response
            })
        });
        (overtakes, alternates)
    };
    assert_eq!(order(SubordinateTiming::fixed(10)), (false, false));
    let random = SubordinateTiming::random(50);
    assert_eq!(order(random), (true, true));
    let whole = SubordinateTiming {
        interleave: false,
        ..random
    };
    assert_eq!(order(whole), (true, false));
}

#[test]
fn errors_and_poison_reach_the_beats_they_belong_to() {
    for timing in [SubordinateTiming::fixed(3), SubordinateTiming::random(9)] {
        let mut bench = Bench::new(timing, 5);
        let range = |a| Spa::new(a)..Spa::new(a + 8);
        let memory = &mut bench.memory;
        memory.set_attributes(range(0x1008), Attributes::error(Resp::SlvErr));
        memory.set_attributes(range(0x1010), Attributes::POISON);
        memory.set_attributes(range(0x2008), Attributes::error(Resp::DecErr));
        bench.manager.submit(Transaction::read(ax(1, 0x1000, 3)));
        let done = bench.run();
        assert_eq!(done[0].resp, Resp::SlvErr);
        let seen: Vec<_> = done[0].beats.iter().map(|b| (b.resp, b.poison)).collect();
        let okay = (Resp::Okay, false);
        let error = (Resp::SlvErr, false);
        assert_eq!(seen, [okay, error, (Resp::Okay, true), okay]);

        let write = Transaction::write_bytes(ax(1, 0x2000, 1), &[7; 16], Width::Bits128);
        bench.manager.submit(write);
        assert_eq!(bench.run()[0].resp, Resp::DecErr);
        assert_eq!(bench.memory.read_u8(Spa::new(0x2000)), 7);
        assert_eq!(bench.memory.read_u8(Spa::new(0x2008)), 0);
    }
}

#[test]
fn exclusives_fail_where_there_is_no_monitor_and_by_bad_luck() {
    let lock = AxBeat {
        lock: true,
        ..ax(1, 0x1008, 0)
    };
    let pair = |bench: &mut Bench| {
        bench.manager.submit(Transaction::read(lock));
        let read = bench.run()[0].resp;
        bench
            .manager
            .submit(Transaction::write_bytes(lock, &[1; 8], Width::Bits128));
        (read, bench.run()[0].resp)
    };
    let mut bench = Bench::new(SubordinateTiming::fixed(3), 1);
    bench
        .memory
        .set_attributes(Spa::new(0x1000)..Spa::new(0x2000), Attributes::NO_EXCLUSIVE);
    assert_eq!(pair(&mut bench), (Resp::Okay, Resp::Okay));
    assert_eq!(bench.memory.read_u64(Spa::new(0x1008)), 0);

    let unlucky = SubordinateTiming {
        exclusive_loss: 500,
        ..SubordinateTiming::fixed(3)
    };
    let mut bench = Bench::new(unlucky, 1);
    let results: Vec<_> = (0..40).map(|_| pair(&mut bench)).collect();
    assert!(results.contains(&(Resp::ExOkay, Resp::Okay)));
    assert!(results.contains(&(Resp::ExOkay, Resp::ExOkay)));
}

#[test]
fn writes_of_one_id_take_effect_in_order_and_before_b() {
    let mut bench = Bench::new(SubordinateTiming::random(40), 8);
    bench.memory.watch_all();
    for n in 0..60u8 {
        let write = Transaction::write_bytes(ax(n % 4, 0x1000, 0), &[n; 8], Width::Bits128);
        bench.manager.submit(write);
    }
    let done = bench.run();
    let records: Vec<_> = bench.memory.drain_journal().collect();
    assert_eq!(records.len(), 60);
    for id in 0..4 {
        let mine: Vec<_> = records.iter().filter(|r| r.id == id).collect();
        assert!(mine.is_sorted_by_key(|r| r.data as u8));
        let answers = done.iter().filter(|d| d.transaction.ax().id == id);
        for (record, answer) in mine.iter().zip(answers) {
            assert_eq!(record.port, PortId(2));
            assert!(Some(record.clock) < answer.times.last_response);
            assert!(Some(record.clock) >= answer.times.w_last);
        }
    }
}

#[test]
fn timing_changes_and_resets_in_mid_traffic() {
    let mut bench = Bench::new(SubordinateTiming::random(30), 2);
    let submit = |bench: &mut Bench| {
        for n in 0..30 {
            let place = ax(n % 5, 0x40 * u64::from(n), 3);
            bench.manager.submit(Transaction::read(place));
            bench
                .manager
                .submit(Transaction::write_bytes(place, &[n; 32], Width::Bits128));
        }
    };
    submit(&mut bench);
    bench.clocks(40);
    bench.subordinate.set_timing(SubordinateTiming::fixed(4));
    bench.clocks(40);
    bench.subordinate.set_timing(SubordinateTiming::random(4));
    assert_eq!(bench.run().len(), 60);

    submit(&mut bench);
    bench.clocks(40);
    assert!(bench.monitor.outstanding().count() > 0);
    bench.manager.reset();
    bench.subordinate.reset(bench.now.next());
    let (m, s) = (bench.manager.drive(), bench.subordinate.drive());
    bench.monitor.tick_reset(&m, &s, bench.now);
    while bench.manager.pop_completion().is_some() {}
    assert!(bench.subordinate.is_idle());
    submit(&mut bench);
    assert_eq!(bench.run().len(), 60);
    assert_eq!(bench.manager.stray_responses(), 0);
}
