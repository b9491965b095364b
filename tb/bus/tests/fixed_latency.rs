// SPDX-License-Identifier: Apache-2.0
//! The fixed-latency memory to the clock: "AR always accepted; a handshake at
//! t gives the first beat at t + L, then one beat a clock, in order, any
//! number outstanding"; B one clock after W.

use sallyport_bus::{
    AxBeat, AxiManagerSignals, AxiSubordinate, Clock, Memory, PortId, Resp, Seed,
    SubordinateTiming, WBeat, Width,
};
use sallyport_formats::Spa;

fn read(id: u8, addr: u64, len: u8) -> AxBeat {
    AxBeat {
        id,
        addr,
        len,
        size: 3,
        burst: 1,
        ..AxBeat::default()
    }
}

/// (clock, id, data, last) of every R beat, given the AR of each clock.
fn run(latency: u32, requests: &[(u64, AxBeat)]) -> Vec<(u64, u8, u128, bool)> {
    let mut memory = Memory::new();
    for n in 0..64 {
        memory.write_u64(Spa::new(8 * n), n);
    }
    let timing = SubordinateTiming::fixed(latency);
    let mut subordinate = AxiSubordinate::new(Width::Bits64, PortId(0), timing, Seed::new(1));
    let mut beats = Vec::new();
    for t in 0..400 {
        let request = requests.iter().find(|(at, _)| *at == t);
        let peer = AxiManagerSignals {
            ar_valid: request.is_some(),
            ar: request.map(|r| r.1).unwrap_or_default(),
            r_ready: true,
            ..AxiManagerSignals::default()
        };
        let s = subordinate.drive();
        assert!(s.ar_ready && s.aw_ready && s.w_ready);
        if s.r_valid {
            beats.push((t, s.r.id, s.r.data, s.r.last));
        }
        subordinate.tick(&peer, &mut memory, Clock(t));
    }
    assert!(subordinate.is_idle());
    beats
}

#[test]
fn the_first_beat_comes_after_the_latency() {
    for latency in [1, 20, 100] {
        let t = 5 + u64::from(latency);
        assert_eq!(
            run(latency, &[(5, read(3, 0x18, 1))]),
            [(t, 3, 3, false), (t + 1, 3, 4, true)]
        );
    }
}

#[test]
fn requests_back_to_back_stream_one_beat_a_clock_in_order() {
    let requests: Vec<_> = (0..32).map(|n| (n, read(n as u8 % 4, 8 * n, 0))).collect();
    let expected: Vec<_> = (0..32)
        .map(|n| (n + 20, n as u8 % 4, u128::from(n), true))
        .collect();
    assert_eq!(run(20, &requests), expected);
}

#[test]
fn a_long_burst_delays_the_next_request_by_its_beats() {
    let requests = [(0, read(1, 0, 3)), (1, read(0, 0x100, 0))];
    let clocks: Vec<_> = run(20, &requests).iter().map(|b| (b.0, b.1)).collect();
    assert_eq!(clocks, [(20, 1), (21, 1), (22, 1), (23, 1), (24, 0)]);
}

#[test]
fn b_comes_one_clock_after_w_and_the_data_is_there_by_then() {
    let timing = SubordinateTiming::fixed(20);
    let mut subordinate = AxiSubordinate::new(Width::Bits64, PortId(0), timing, Seed::new(1));
    let mut memory = Memory::new();
    memory.watch_all();
    let mut answers = Vec::new();
    for t in 0..10 {
        let peer = AxiManagerSignals {
            aw_valid: t < 3,
            aw: read(9, 0x40 + 8 * t, 0),
            w_valid: t < 3,
            w: WBeat {
                data: 0x55 + u128::from(t),
                strb: 0xff,
                last: true,
            },
            b_ready: true,
            ..AxiManagerSignals::default()
        };
        let s = subordinate.drive();
        if s.b_valid {
            assert_eq!(memory.read_u64(Spa::new(0x40 + 8 * (t - 1))), 0x54 + t);
            answers.push((t, s.b.id, s.b.resp));
        }
        subordinate.tick(&peer, &mut memory, Clock(t));
    }
    let okay = |t| (t, 9, Resp::Okay);
    assert_eq!(answers, [okay(1), okay(2), okay(3)]);
    let clocks: Vec<_> = memory.journal().iter().map(|r| r.clock.0).collect();
    assert_eq!(clocks, [0, 1, 2]);
}
