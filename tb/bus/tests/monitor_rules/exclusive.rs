// SPDX-License-Identifier: Apache-2.0
//! Exclusive pairs and EXOKAY.

use super::script::{
    Step, address, ar, aw, ax, b, config, locked, only, only_none, r, run, run_with, w,
};
use sallyport_bus::{Channel, MonitorConfig, Resp, Rule};

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
