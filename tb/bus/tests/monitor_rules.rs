// SPDX-License-Identifier: Apache-2.0
//! Every rule of the AXI4 monitor fires when it is broken, alone, and at the
//! right place. Each case is a script of clocks for both sides of a port.

use sallyport_bus::{
    AxBeat, AxiManagerSignals, AxiMonitor, AxiSubordinateSignals, BBeat, Channel, Clock,
    MonitorConfig, RBeat, Resp, Rule, WBeat, Width,
};
use std::collections::BTreeSet;

type Manager = AxiManagerSignals;
type Subordinate = AxiSubordinateSignals;

/// One clock of a script: changes to a port where all is ready and idle.
type Step = fn(&mut Manager, &mut Subordinate);

fn config() -> MonitorConfig {
    MonitorConfig {
        max_reads: 2,
        max_writes: 2,
        ..MonitorConfig::new(Width::Bits64, 4, 40, 8)
    }
}

fn run_with(config: MonitorConfig, steps: &[Step]) -> Vec<(u64, Channel, Rule)> {
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

fn clock(step: Step) -> (Manager, Subordinate) {
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
fn run(steps: &[Step]) -> Vec<(u64, Channel, Rule)> {
    run_with(config(), steps)
}

const IDLE: Step = |_, _| {};

fn ax(addr: u64, len: u8) -> AxBeat {
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

fn ar(m: &mut Manager, beat: AxBeat) {
    m.ar_valid = true;
    m.ar = beat;
}

fn aw(m: &mut Manager, beat: AxBeat) {
    m.aw_valid = true;
    m.aw = beat;
}

fn w(m: &mut Manager, strb: u16, last: bool) {
    m.w_valid = true;
    m.w = WBeat {
        data: 0,
        strb,
        last,
    };
}

fn r(s: &mut Subordinate, resp: Resp, last: bool) {
    s.r_valid = true;
    s.r = RBeat {
        id: 3,
        resp,
        last,
        ..RBeat::default()
    };
}

fn b(s: &mut Subordinate, resp: Resp) {
    s.b_valid = true;
    s.b = BBeat { id: 3, resp };
}

fn locked(addr: u64, len: u8) -> AxBeat {
    AxBeat {
        lock: true,
        ..ax(addr, len)
    }
}

/// What one AR, accepted in clock 0, breaks.
fn address(change: impl Fn(&mut AxBeat)) -> BTreeSet<Rule> {
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

fn only(rule: Rule) -> BTreeSet<Rule> {
    BTreeSet::from([rule])
}

#[test]
fn sound_traffic_breaks_nothing() {
    let steps: &[Step] = &[
        |m, s| {
            s.ar_ready = false;
            ar(m, ax(0x1000, 1));
            aw(m, ax(0x1ff8, 0));
        },
        |m, _| {
            ar(m, ax(0x1000, 1));
            w(m, 0xff, true);
        },
        |m, s| {
            m.r_ready = false;
            r(s, Resp::Okay, false);
            b(s, Resp::Okay);
        },
        |_, s| r(s, Resp::Okay, false),
        |_, s| r(s, Resp::SlvErr, true),
    ];
    assert_eq!(run(steps), []);
}

#[test]
fn valid_dropped() {
    let steps: &[Step] = &[
        |m, s| {
            (s.aw_ready, s.w_ready, s.ar_ready) = (false, false, false);
            ar(m, ax(0x1000, 0));
            aw(m, ax(0x1000, 0));
            w(m, 0xff, true);
        },
        IDLE,
    ];
    let dropped = |channel| (1, channel, Rule::ValidDropped);
    assert_eq!(
        run(steps),
        [
            dropped(Channel::Ar),
            dropped(Channel::Aw),
            dropped(Channel::W)
        ]
    );
}

#[test]
fn valid_dropped_by_the_subordinate() {
    let steps: &[Step] = &[
        |m, _| {
            ar(m, ax(0x1000, 0));
            aw(m, ax(0x1000, 0));
            w(m, 0xff, true);
        },
        |m, s| {
            (m.r_ready, m.b_ready) = (false, false);
            r(s, Resp::Okay, true);
            b(s, Resp::Okay);
        },
        IDLE,
    ];
    let dropped = |channel| (2, channel, Rule::ValidDropped);
    assert_eq!(run(steps), [dropped(Channel::R), dropped(Channel::B)]);
}

#[test]
fn payload_changed() {
    let steps: &[Step] = &[
        |m, s| {
            (s.aw_ready, s.w_ready, s.ar_ready) = (false, false, false);
            ar(m, ax(0x1000, 0));
            aw(m, ax(0x1000, 0));
            w(m, 0xff, true);
        },
        |m, _| {
            ar(m, ax(0x1008, 0));
            aw(m, ax(0x1008, 0));
            w(m, 0xfe, true);
        },
        |m, s| {
            (m.r_ready, m.b_ready) = (false, false);
            r(s, Resp::Okay, true);
            b(s, Resp::Okay);
        },
        |_, s| {
            r(s, Resp::SlvErr, true);
            b(s, Resp::SlvErr);
        },
    ];
    let changed = |clock, channel| (clock, channel, Rule::PayloadChanged);
    assert_eq!(
        run(steps),
        [
            changed(1, Channel::Ar),
            changed(1, Channel::Aw),
            changed(1, Channel::W),
            changed(3, Channel::R),
            changed(3, Channel::B),
        ]
    );
}

#[test]
fn valid_in_reset() {
    let mut monitor = AxiMonitor::new("port", config());
    let (m, s) = clock(|m, s| {
        ar(m, ax(0, 0));
        aw(m, ax(0, 0));
        w(m, 0, true);
        r(s, Resp::Okay, true);
        b(s, Resp::Okay);
    });
    monitor.tick_reset(&m, &s, Clock(0));
    let found = monitor.violations();
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|v| v.rule == Rule::ValidInReset));
}

#[test]
fn reset_forgets_what_is_outstanding() {
    let mut monitor = AxiMonitor::new("port", config());
    let (m, s) = clock(|m, _| ar(m, ax(0, 0)));
    monitor.tick(&m, &s, Clock(0));
    assert_eq!(monitor.outstanding_reads_of(3), 1);
    let (m, s) = clock(IDLE);
    monitor.tick_reset(&m, &s, Clock(1));
    assert_eq!(monitor.outstanding_reads(), 0);
    assert_eq!(monitor.violation_count(), 0);
}

#[test]
fn reserved_burst() {
    assert_eq!(address(|a| a.burst = 3), only(Rule::ReservedBurst));
}

#[test]
fn size_too_wide() {
    assert_eq!(address(|a| a.size = 4), only(Rule::SizeTooWide));
}

#[test]
fn crosses_page() {
    assert_eq!(address(|a| a.addr = 0x1ffc), only_none());
    let crossing = address(|a| (a.addr, a.len) = (0x1ff8, 1));
    assert_eq!(crossing, only(Rule::CrossesPage));
}

fn only_none() -> BTreeSet<Rule> {
    BTreeSet::new()
}

#[test]
fn wrap_length() {
    let wrap = |len| address(|a| (a.burst, a.len) = (2, len));
    assert_eq!(wrap(3), only_none());
    assert_eq!(wrap(2), only(Rule::WrapLength));
    assert_eq!(wrap(31), only(Rule::WrapLength));
}

#[test]
fn wrap_alignment() {
    let found = address(|a| (a.burst, a.len, a.addr) = (2, 1, 0x1004));
    assert_eq!(found, only(Rule::WrapAlignment));
}

#[test]
fn fixed_length() {
    let fixed = |len| address(|a| (a.burst, a.len) = (0, len));
    assert_eq!(fixed(15), only_none());
    assert_eq!(fixed(16), only(Rule::FixedLength));
}

#[test]
fn reserved_cache() {
    assert_eq!(address(|a| a.cache = 0b0100), only(Rule::ReservedCache));
    assert_eq!(address(|a| a.cache = 0b0110), only_none());
}

#[test]
fn field_too_wide() {
    assert_eq!(address(|a| a.id = 16), only(Rule::FieldTooWide));
    assert_eq!(address(|a| a.addr = 1 << 40), only(Rule::FieldTooWide));
    assert_eq!(address(|a| a.user = 1 << 8), only(Rule::FieldTooWide));
    assert_eq!(address(|a| a.prot = 8), only(Rule::FieldTooWide));
    let steps: &[Step] = &[
        |m, _| {
            aw(m, ax(0x1000, 0));
            w(m, 0x1ff, true);
            ar(m, ax(0x1000, 0));
        },
        |_, s| {
            r(s, Resp::Okay, true);
            s.r.data = 1 << 64;
        },
    ];
    assert_eq!(
        run(steps),
        [
            (0, Channel::W, Rule::FieldTooWide),
            (1, Channel::R, Rule::FieldTooWide)
        ]
    );
}

#[test]
fn exclusive_forbidden() {
    let config = MonitorConfig {
        exclusive: false,
        ..config()
    };
    let found = run_with(config, &[|m, _| ar(m, locked(0x1000, 0))]);
    assert_eq!(found, [(0, Channel::Ar, Rule::ExclusiveForbidden)]);
}

#[test]
fn exclusive_size() {
    let lock = |len| address(|a| (a.lock, a.len, a.addr) = (true, len, 0));
    assert_eq!(lock(15), only_none());
    assert_eq!(lock(2), only(Rule::ExclusiveSize));
    assert_eq!(lock(31), only(Rule::ExclusiveSize));
}

#[test]
fn exclusive_alignment() {
    let found = address(|a| (a.lock, a.len, a.addr) = (true, 1, 0x1008));
    assert_eq!(found, only(Rule::ExclusiveAlignment));
}

#[test]
fn exclusive_unpaired() {
    let steps: &[Step] = &[
        |m, _| ar(m, locked(0x1000, 0)),
        // The read has not ended yet.
        |m, _| aw(m, locked(0x1000, 0)),
    ];
    assert_eq!(run(steps), [(1, Channel::Aw, Rule::ExclusiveUnpaired)]);
}

#[test]
fn exclusive_mismatch() {
    let steps: &[Step] = &[
        |m, _| ar(m, locked(0x1000, 0)),
        |_, s| r(s, Resp::ExOkay, true),
        |m, _| aw(m, locked(0x1008, 0)),
    ];
    assert_eq!(run(steps), [(2, Channel::Aw, Rule::ExclusiveMismatch)]);
}

#[test]
fn an_exclusive_pair_breaks_nothing() {
    let steps: &[Step] = &[
        |m, _| ar(m, locked(0x1000, 0)),
        |_, s| r(s, Resp::ExOkay, true),
        |m, _| {
            aw(m, locked(0x1000, 0));
            w(m, 0xff, true);
        },
        |_, s| b(s, Resp::ExOkay),
    ];
    assert_eq!(run(steps), []);
}

#[test]
fn last_early() {
    let steps: &[Step] = &[
        |m, _| {
            aw(m, ax(0x1000, 1));
            w(m, 0xff, true);
            ar(m, ax(0x1000, 1));
        },
        |_, s| r(s, Resp::Okay, true),
    ];
    assert_eq!(
        run(steps),
        [
            (0, Channel::W, Rule::LastEarly),
            (1, Channel::R, Rule::LastEarly)
        ]
    );
}

#[test]
fn last_late() {
    let steps: &[Step] = &[
        |m, _| {
            aw(m, ax(0x1000, 0));
            w(m, 0xff, false);
            ar(m, ax(0x1000, 0));
        },
        |_, s| r(s, Resp::Okay, false),
    ];
    assert_eq!(
        run(steps),
        [
            (0, Channel::W, Rule::LastLate),
            (1, Channel::R, Rule::LastLate)
        ]
    );
}

#[test]
fn strobe_outside() {
    let steps: &[Step] = &[|m, _| {
        aw(m, ax(0x1004, 0));
        w(m, 0xf8, true);
    }];
    assert_eq!(run(steps), [(0, Channel::W, Rule::StrobeOutside)]);
}

#[test]
fn data_ahead_of_its_address_is_checked_when_the_address_comes() {
    let steps: &[Step] = &[|m, _| w(m, 0xf8, true), |m, _| aw(m, ax(0x1004, 0))];
    assert_eq!(run(steps), [(1, Channel::W, Rule::StrobeOutside)]);
}

#[test]
fn unknown_id() {
    let steps: &[Step] = &[|_, s| {
        r(s, Resp::Okay, true);
        b(s, Resp::Okay);
    }];
    assert_eq!(
        run(steps),
        [
            (0, Channel::R, Rule::UnknownId),
            (0, Channel::B, Rule::UnknownId)
        ]
    );
}

#[test]
fn an_aborted_read_is_not_outstanding() {
    let mut monitor = AxiMonitor::new("port", config());
    let (m, s) = clock(|m, _| ar(m, ax(0x1000, 3)));
    monitor.tick(&m, &s, Clock(0));
    monitor.abort_reads(|a| a.addr == 0x1000);
    assert_eq!(monitor.outstanding_reads(), 0);
}

#[test]
fn response_before_data() {
    let steps: &[Step] = &[
        |m, _| {
            aw(m, ax(0x1000, 1));
            w(m, 0xff, false);
        },
        |_, s| b(s, Resp::SlvErr),
    ];
    assert_eq!(run(steps), [(1, Channel::B, Rule::ResponseBeforeData)]);
}

#[test]
fn a_cut_off_write_may_be_answered_early_but_only_with_an_error() {
    let config = MonitorConfig {
        cut_off: true,
        ..config()
    };
    let steps: &[Step] = &[
        |m, _| {
            aw(m, ax(0x1000, 1));
            w(m, 0xff, false);
        },
        |m, s| {
            s.w_ready = false;
            w(m, 0x0f, true);
            b(s, Resp::SlvErr);
        },
        // The beat on offer may go away; the next burst starts afresh.
        |m, _| {
            aw(m, ax(0x2000, 0));
            w(m, 0xff, true);
        },
        |_, s| b(s, Resp::Okay),
    ];
    assert_eq!(run_with(config, steps), []);
    let steps: &[Step] = &[|m, _| aw(m, ax(0x1000, 0)), |_, s| b(s, Resp::Okay)];
    assert_eq!(
        run_with(config, steps),
        [(1, Channel::B, Rule::ResponseBeforeData)]
    );
}

#[test]
fn exokay_unasked() {
    let steps: &[Step] = &[
        |m, _| {
            ar(m, ax(0x1000, 0));
            aw(m, ax(0x1000, 0));
            w(m, 0xff, true);
        },
        |_, s| {
            r(s, Resp::ExOkay, true);
            b(s, Resp::ExOkay);
        },
    ];
    assert_eq!(
        run(steps),
        [
            (1, Channel::R, Rule::ExokayUnasked),
            (1, Channel::B, Rule::ExokayUnasked)
        ]
    );
}

#[test]
fn exokay_mixed() {
    let steps: &[Step] = &[
        |m, _| ar(m, locked(0x1000, 1)),
        |_, s| r(s, Resp::ExOkay, false),
        |_, s| r(s, Resp::Okay, true),
    ];
    assert_eq!(run(steps), [(2, Channel::R, Rule::ExokayMixed)]);
}

#[test]
fn too_many() {
    let both: Step = |m, _| {
        ar(m, ax(0x1000, 0));
        aw(m, ax(0x1000, 0));
    };
    assert_eq!(
        run(&[both, both, both]),
        [
            (2, Channel::Ar, Rule::TooManyReads),
            (2, Channel::Aw, Rule::TooManyWrites)
        ]
    );
}

#[test]
fn a_violation_names_its_transaction() {
    let mut monitor = AxiMonitor::new("device port", config());
    let (m, s) = clock(|m, _| ar(m, ax(0x1ff8, 1)));
    monitor.tick(&m, &s, Clock(12));
    assert_eq!(
        monitor.violations()[0].to_string(),
        "device port @12 AR id 0x03 address 0x1ff8: an INCR burst crosses a 4 KiB boundary"
    );
}
