// SPDX-License-Identifier: Apache-2.0
//! Several devices on one port, also when one is cut off.

use sallyport_bus::{
    AxBeat, AxiMonitor, AxiSubordinate, AxiSubordinateSignals, BBeat, Burst, Clock, ManagerTiming,
    Memory, MonitorConfig, Outcome, PortId, Resp, Seed, SharedPort, SubordinateTiming, Transaction,
    WStart, Width,
};
use sallyport_formats::Spa;
use std::collections::VecDeque;

const DEVICES: usize = 16;

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

fn monitor() -> AxiMonitor {
    let config = MonitorConfig {
        cut_off: true,
        ..MonitorConfig::new(Width::Bits64, 8, 40, 0)
    };
    AxiMonitor::new("shared", config)
}

/// The byte that fills the write to `addr`.
fn filling(addr: u64) -> u8 {
    (addr.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

fn write(id: u8, addr: u64, len: u8) -> Transaction {
    let bytes = vec![filling(addr); 8 * (usize::from(len) + 1)];
    Transaction::write_bytes(ax(id, addr, len), &bytes, Width::Bits64)
}

#[test]
fn every_device_gets_its_own_answers() {
    for seed in 0..6 {
        let seed = Seed::new(seed);
        let mut port = SharedPort::new(DEVICES, 4, 4, ManagerTiming::RANDOM, seed);
        let timing = SubordinateTiming::random(30);
        let mut subordinate = AxiSubordinate::new(Width::Bits64, PortId(0), timing, seed);
        let mut memory = Memory::new();
        let mut monitor = monitor();
        for n in 0..0x1000 {
            memory.write_u64(Spa::new(8 * n), n);
        }
        for device in 0..DEVICES {
            for n in 0..20u64 {
                let addr = 0x800 * device as u64 + 0x20 * n;
                let id = (n % 3) as u8;
                let manager = port.manager_mut(device);
                manager.submit(Transaction::read(ax(id, addr, (n % 4) as u8)));
                manager.submit(write(id, 0x10_0000 + addr, (n % 4) as u8));
            }
        }
        let mut t = 0;
        while !port.is_idle() {
            let (m, s) = (port.drive(), subordinate.drive());
            monitor.tick(&m, &s, Clock(t));
            port.tick(&s, Clock(t));
            subordinate.tick(&m, &mut memory, Clock(t));
            t += 1;
            assert!(t < 20_000, "hangs");
        }
        assert_eq!(monitor.violations(), []);
        assert_eq!(port.stray_responses(), 0);
        for device in 0..DEVICES {
            let mut count = 0;
            while let Some(done) = port.manager_mut(device).pop_completion() {
                count += 1;
                assert_eq!((done.outcome, done.resp), (Outcome::Complete, Resp::Okay));
                let first = done.transaction.ax().addr / 8;
                for (n, beat) in (0..).zip(&done.beats) {
                    assert_eq!(beat.data, u128::from(first + n));
                }
                if done.transaction.is_write() {
                    let addr = done.transaction.ax().addr;
                    assert_eq!(memory.read_u8(Spa::new(addr)), filling(addr));
                }
            }
            assert_eq!(count, 40);
        }
    }
}

#[test]
fn devices_take_turns_and_keep_the_port_busy() {
    let mut port = SharedPort::new(4, 4, 4, ManagerTiming::FAST, Seed::new(1));
    for device in 0..4 {
        for n in 0..10 {
            port.manager_mut(device)
                .submit(Transaction::read(ax(n, 0, 0)));
        }
    }
    let ready = AxiSubordinateSignals {
        ar_ready: true,
        ..AxiSubordinateSignals::default()
    };
    let mut owners = Vec::new();
    for t in 0..44 {
        let m = port.drive();
        if m.ar_valid {
            owners.push(m.ar.id >> 4);
        }
        port.tick(&ready, Clock(t));
    }
    assert_eq!(owners.len(), 40, "one request a clock");
    for turn in owners.chunks(4).take(9) {
        let mut sorted = turn.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3]);
    }
}

/// A device under test that cuts a write off if its next beat does not come
/// within `patience` clocks.
struct Guard {
    patience: u32,
    waited: u32,
    writes: VecDeque<(AxBeat, u16)>,
    answers: VecDeque<BBeat>,
    /// The answer on offer ends the write at the head of `writes`.
    cutting: bool,
    out: AxiSubordinateSignals,
}

impl Guard {
    fn tick(&mut self, m: &sallyport_bus::AxiManagerSignals) {
        if m.aw_valid && self.out.aw_ready {
            self.writes.push_back((m.aw, 0));
        }
        if m.w_valid && self.out.w_ready {
            self.waited = 0;
            let (ax, beats) = self.writes.front_mut().unwrap();
            assert_eq!(m.w.data as u8, filling(ax.addr), "another's data");
            *beats += 1;
            assert_eq!(m.w.last, *beats == ax.beats(), "a beat of another burst");
            if m.w.last {
                let resp = Resp::Okay;
                self.answers.push_back(BBeat { id: ax.id, resp });
                self.writes.pop_front();
            }
        }
        if self.out.b_valid && m.b_ready {
            self.out.b_valid = false;
            if self.cutting {
                self.cutting = false;
                self.writes.pop_front();
                self.waited = 0;
            }
        }
        if let Some((ax, _)) = self.writes.front()
            && !self.cutting
            && self.answers.is_empty()
            && !self.out.b_valid
        {
            self.waited += 1;
            if self.waited > self.patience {
                let resp = Resp::SlvErr;
                self.answers.push_back(BBeat { id: ax.id, resp });
                self.cutting = true;
            }
        }
        if !self.out.b_valid
            && let Some(b) = self.answers.pop_front()
        {
            (self.out.b, self.out.b_valid) = (b, true);
        }
        self.out.aw_ready = self.writes.len() < 8;
        self.out.w_ready = !self.writes.is_empty() && !self.cutting;
    }
}

#[test]
fn a_device_that_withholds_data_is_cut_off_and_the_others_go_on() {
    for seed in 0..20 {
        let timing = if seed == 0 {
            ManagerTiming::FAST
        } else {
            ManagerTiming::RANDOM
        };
        let mut port = SharedPort::new(4, 4, 4, timing, Seed::new(seed));
        let mut monitor = monitor();
        let mut guard = Guard {
            patience: 40,
            waited: 0,
            writes: VecDeque::new(),
            answers: VecDeque::new(),
            cutting: false,
            out: AxiSubordinateSignals::default(),
        };
        // The rogue sends none, one, or all but one of its beats; sometimes it
        // stalls for two bursts in a row, the second behind the first.
        for n in 0..12u8 {
            let mut rogue = write(n % 2, 0x1000 * u64::from(n), 3);
            rogue.w_stall_after = match n % 4 {
                0 => Some(0),
                1 => Some(1),
                2 => Some(3),
                _ => None,
            };
            rogue.w_start = WStart::AfterAddress(u32::from(n % 3));
            port.manager_mut(1).submit(rogue);
            for device in [2, 3] {
                port.manager_mut(device).submit(write(
                    n % 2,
                    0x10_0000 * device as u64 + 0x100 * u64::from(n),
                    2,
                ));
            }
        }
        let mut t = 0;
        while !port.is_idle() {
            let (m, s) = (port.drive(), guard.out);
            monitor.tick(&m, &s, Clock(t));
            port.tick(&s, Clock(t));
            guard.tick(&m);
            t += 1;
            assert!(t < 5_000, "hangs");
        }
        assert_eq!(monitor.violations(), []);
        assert_eq!(port.stray_responses(), 0);
        for device in 1..4 {
            let mut count = 0;
            while let Some(done) = port.manager_mut(device).pop_completion() {
                count += 1;
                if device == 1 && done.transaction.w_stall_after.is_some() {
                    assert_eq!((done.outcome, done.resp), (Outcome::CutOff, Resp::SlvErr));
                } else {
                    assert_eq!((done.outcome, done.resp), (Outcome::Complete, Resp::Okay));
                }
            }
            assert_eq!(count, 12);
        }
    }
}

#[test]
fn an_aborted_device_frees_the_port() {
    let mut port = SharedPort::new(2, 4, 2, ManagerTiming::FAST, Seed::new(1));
    let timing = SubordinateTiming::fixed(5);
    let mut subordinate = AxiSubordinate::new(Width::Bits64, PortId(0), timing, Seed::new(1));
    let mut memory = Memory::new();
    let mut monitor = monitor();
    port.manager_mut(0).hold_r(true);
    // More than the interconnect has room for, and one of the same id behind it.
    for len in [7, 1] {
        port.manager_mut(0)
            .submit(Transaction::read(ax(0, 0x100, len)));
    }
    for n in 0..4 {
        port.manager_mut(1)
            .submit(Transaction::read(ax(n, 0x200, 0)));
    }
    let mut run = |port: &mut SharedPort, clocks: std::ops::Range<u64>| {
        for t in clocks {
            let (m, s) = (port.drive(), subordinate.drive());
            monitor.tick(&m, &s, Clock(t));
            port.tick(&s, Clock(t));
            subordinate.tick(&m, &mut memory, Clock(t));
        }
    };
    run(&mut port, 0..50);
    assert!(!port.drive().r_ready, "the port stalls with the device");
    port.abort_reads(0);
    port.manager_mut(0).hold_r(false);
    port.manager_mut(0)
        .submit(Transaction::read(ax(0, 0x300, 3)));
    run(&mut port, 50..100);
    assert!(port.is_idle());
    for _ in 0..2 {
        let aborted = port.manager_mut(0).pop_completion().unwrap();
        assert_eq!(aborted.outcome, Outcome::Aborted);
        assert!(aborted.beats.is_empty());
    }
    let next = port.manager_mut(0).pop_completion().unwrap();
    assert_eq!((next.outcome, next.beats.len()), (Outcome::Complete, 4));
    assert_eq!(port.stray_responses(), 0);
    assert_eq!(monitor.violations(), []);
}
