// SPDX-License-Identifier: Apache-2.0
//! Every rule of the AXI4-Lite monitor fires when it is broken.

use sallyport_bus::{
    AxiLiteMonitor, Channel, Clock, LiteManagerSignals, LiteSubordinateSignals, Resp, Rule,
};

type Manager = LiteManagerSignals;
type Subordinate = LiteSubordinateSignals;
type Step = fn(&mut Manager, &mut Subordinate);

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

fn run(steps: &[Step]) -> Vec<(u64, Channel, Rule)> {
    let mut monitor = AxiLiteMonitor::new("registers", 12);
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

const ALL: Step = |m, _| (m.ar_valid, m.aw_valid, m.w_valid) = (true, true, true);
const ANSWERS: Step = |_, s| (s.r_valid, s.b_valid) = (true, true);
const IDLE: Step = |_, _| {};

#[test]
fn sound_traffic_breaks_nothing() {
    let late_address: Step = |m, _| m.aw_valid = true;
    let early_data: Step = |m, _| m.w_valid = true;
    let b: Step = |_, s| s.b_valid = true;
    assert_eq!(run(&[ALL, ANSWERS, IDLE, early_data, late_address, b]), []);
}

#[test]
fn valid_dropped_and_payload_changed() {
    let stalled: Step = |m, s| {
        ALL(m, s);
        (s.ar_ready, s.aw_ready, s.w_ready) = (false, false, false);
    };
    let dropped = |c| (1, c, Rule::ValidDropped);
    assert_eq!(
        run(&[stalled, IDLE]),
        [
            dropped(Channel::Ar),
            dropped(Channel::Aw),
            dropped(Channel::W)
        ]
    );
    let other: Step = |m, s| {
        ALL(m, s);
        (m.ar.addr, m.aw.addr, m.w.data) = (8, 8, 8);
    };
    let changed = |c| (1, c, Rule::PayloadChanged);
    assert_eq!(
        run(&[stalled, other]),
        [
            changed(Channel::Ar),
            changed(Channel::Aw),
            changed(Channel::W)
        ]
    );
}

#[test]
fn answers_hold_too() {
    let stalled: Step = |m, s| {
        ANSWERS(m, s);
        (m.r_ready, m.b_ready) = (false, false);
    };
    let dropped = |c| (2, c, Rule::ValidDropped);
    assert_eq!(
        run(&[ALL, stalled, IDLE]),
        [dropped(Channel::R), dropped(Channel::B)]
    );
    let other: Step = |m, s| {
        ANSWERS(m, s);
        (s.r_data, s.b_resp) = (1, Resp::SlvErr);
    };
    let changed = |c| (2, c, Rule::PayloadChanged);
    assert_eq!(
        run(&[ALL, stalled, other]),
        [changed(Channel::R), changed(Channel::B)]
    );
}

#[test]
fn field_too_wide() {
    let step: Step = |m, s| {
        ALL(m, s);
        (m.ar.addr, m.aw.prot) = (0x1000, 8);
    };
    assert_eq!(
        run(&[step]),
        [
            (0, Channel::Ar, Rule::FieldTooWide),
            (0, Channel::Aw, Rule::FieldTooWide)
        ]
    );
}

#[test]
fn answers_to_nothing() {
    assert_eq!(
        run(&[ANSWERS]),
        [
            (0, Channel::R, Rule::UnknownId),
            (0, Channel::B, Rule::UnknownId)
        ]
    );
}

#[test]
fn response_before_data() {
    let address: Step = |m, _| m.aw_valid = true;
    let b: Step = |_, s| s.b_valid = true;
    assert_eq!(
        run(&[address, b]),
        [(1, Channel::B, Rule::ResponseBeforeData)]
    );
}

#[test]
fn exokay_on_lite() {
    let exokay: Step = |m, s| {
        ANSWERS(m, s);
        (s.r_resp, s.b_resp) = (Resp::ExOkay, Resp::ExOkay);
    };
    assert_eq!(
        run(&[ALL, exokay]),
        [
            (1, Channel::R, Rule::ExokayOnLite),
            (1, Channel::B, Rule::ExokayOnLite)
        ]
    );
}

#[test]
fn valid_in_reset() {
    let mut monitor = AxiLiteMonitor::new("registers", 12);
    let (m, s) = clock(|m, s| {
        ALL(m, s);
        ANSWERS(m, s);
    });
    monitor.tick_reset(&m, &s, Clock(3));
    assert_eq!(monitor.violation_count(), 5);
    assert!(
        monitor
            .violations()
            .iter()
            .all(|v| v.rule == Rule::ValidInReset)
    );
}
