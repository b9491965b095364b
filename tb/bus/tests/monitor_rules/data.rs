// SPDX-License-Identifier: Apache-2.0
//! W, R and B: beats and responses that belong to a burst.

use super::script::{Step, ar, aw, ax, b, clock, config, r, run, run_with, w};
use sallyport_bus::{AxiMonitor, Channel, Clock, MonitorConfig, Resp, Rule};

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
fn data_fields_too_wide() {
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
