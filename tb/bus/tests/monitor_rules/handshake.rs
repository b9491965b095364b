// SPDX-License-Identifier: Apache-2.0
//! Valid, payloads, reset: what holds on every channel.

use super::script::{IDLE, Step, ar, aw, ax, b, clock, config, r, run, w};
use sallyport_bus::{AxiMonitor, Channel, Clock, Resp, Rule};

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
fn a_violation_names_its_transaction() {
    let mut monitor = AxiMonitor::new("device port", config());
    let (m, s) = clock(|m, _| ar(m, ax(0x1ff8, 1)));
    monitor.tick(&m, &s, Clock(12));
    assert_eq!(
        monitor.violations()[0].to_string(),
        "device port @12 AR id 0x03 address 0x1ff8: an INCR burst crosses a 4 KiB boundary"
    );
}
