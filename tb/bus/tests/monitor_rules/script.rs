// SPDX-License-Identifier: Apache-2.0
//! Scripts of clocks for both sides of a port.

use sallyport_bus::{
    AxBeat, AxiManagerSignals, AxiMonitor, AxiSubordinateSignals, BBeat, Channel, Clock,
    MonitorConfig, RBeat, Resp, Rule, WBeat, Width,
};
use std::collections::BTreeSet;

pub type Manager = AxiManagerSignals;
pub type Subordinate = AxiSubordinateSignals;

/// One clock of a script: changes to a port where all is ready and idle.
pub type Step = fn(&mut Manager, &mut Subordinate);

pub fn config() -> MonitorConfig {
    MonitorConfig {
        max_reads: 2,
        max_writes: 2,
        ..MonitorConfig::new(Width::Bits64, 4, 40, 8)
    }
}

pub fn run_with(config: MonitorConfig, steps: &[Step]) -> Vec<(u64, Channel, Rule)> {
    let mut monitor = AxiMonitor::new("port", config);
    for (t, step) in (0..).zip(steps) {
        let (m, s) = clock(*step);
        monitor.tick(&m, &s, Clock(t));
    }
    monitor
        .violations()
        .iter()
        .map(|v| (v.clock.0, v.channel, v.rule))
        .collect()
}

pub fn clock(step: Step) -> (Manager, Subordinate) {
    let mut m = Manager {
        b_ready: true,
        r_ready: true,
        ..Manager::default()
    };
    let mut s = Subordinate {
        aw_ready: true,
        w_ready: true,
        ar_ready: true,
        ..Subordinate::default()
    };
    step(&mut m, &mut s);
    (m, s)
}

/// Runs the scripts and compares what each finds.
pub fn run(steps: &[Step]) -> Vec<(u64, Channel, Rule)> {
    run_with(config(), steps)
}

pub const IDLE: Step = |_, _| {};

pub fn ax(addr: u64, len: u8) -> AxBeat {
    AxBeat {
        id: 3,
        addr,
        len,
        size: 3,
        burst: 1,
        cache: 0b0011,
        ..AxBeat::default()
    }
}

pub fn ar(m: &mut Manager, beat: AxBeat) {
    m.ar_valid = true;
    m.ar = beat;
}

pub fn aw(m: &mut Manager, beat: AxBeat) {
    m.aw_valid = true;
    m.aw = beat;
}

pub fn w(m: &mut Manager, strb: u16, last: bool) {
    m.w_valid = true;
    m.w = WBeat {
        data: 0,
        strb,
        last,
    };
}

pub fn r(s: &mut Subordinate, resp: Resp, last: bool) {
    s.r_valid = true;
    s.r = RBeat {
        id: 3,
        resp,
        last,
        ..RBeat::default()
    };
}

pub fn b(s: &mut Subordinate, resp: Resp) {
    s.b_valid = true;
    s.b = BBeat { id: 3, resp };
}

pub fn locked(addr: u64, len: u8) -> AxBeat {
    AxBeat {
        lock: true,
        ..ax(addr, len)
    }
}

/// What one AR, accepted in clock 0, breaks.
pub fn address(change: impl Fn(&mut AxBeat)) -> BTreeSet<Rule> {
    let mut monitor = AxiMonitor::new(
        "port",
        MonitorConfig {
            exclusive_pairs: false,
            ..config()
        },
    );
    let (mut m, s) = clock(IDLE);
    let mut beat = ax(0x1000, 0);
    change(&mut beat);
    ar(&mut m, beat);
    aw(&mut m, beat);
    monitor.tick(&m, &s, Clock(0));
    let of = |channel| {
        let found = monitor.violations().iter();
        let rules = found.filter(|v| v.channel == channel).map(|v| v.rule);
        rules.collect::<BTreeSet<_>>()
    };
    assert_eq!(of(Channel::Ar), of(Channel::Aw));
    of(Channel::Ar)
}

pub fn only(rule: Rule) -> BTreeSet<Rule> {
    BTreeSet::from([rule])
}

pub fn only_none() -> BTreeSet<Rule> {
    BTreeSet::new()
}
