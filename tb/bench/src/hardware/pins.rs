// SPDX-License-Identifier: Apache-2.0
//! Between the pins of the tops and the signals of the bus models.

use sallyport_bus::{
    AxBeat, AxiManagerSignals, AxiSubordinateSignals, BBeat, LiteManagerSignals,
    LiteSubordinateSignals, RBeat, Resp, WBeat,
};
use sallyport_sim::{
    AxPins, BPins, LiteManagerPins, LiteSubordinatePins, ManagerPins, RPins, SubordinatePins, WPins,
};

fn words(data: u128) -> [u64; 2] {
    [data as u64, (data >> 64) as u64]
}

fn wide(words: [u64; 2]) -> u128 {
    u128::from(words[0]) | u128::from(words[1]) << 64
}

fn ax_pins(valid: bool, ax: &AxBeat) -> AxPins {
    AxPins {
        valid,
        id: ax.id,
        addr: ax.addr,
        len: ax.len,
        size: ax.size,
        burst: ax.burst,
        lock: ax.lock,
        cache: ax.cache,
        prot: ax.prot,
        qos: ax.qos,
        user: ax.user,
    }
}

fn ax_beat(pins: &AxPins) -> AxBeat {
    AxBeat {
        id: pins.id,
        addr: pins.addr,
        len: pins.len,
        size: pins.size,
        burst: pins.burst,
        lock: pins.lock,
        cache: pins.cache,
        prot: pins.prot,
        qos: pins.qos,
        user: pins.user,
    }
}

/// The pins of a manager of the bench.
pub fn manager_pins(signals: &AxiManagerSignals) -> ManagerPins {
    ManagerPins {
        aw: ax_pins(signals.aw_valid, &signals.aw),
        w: WPins {
            valid: signals.w_valid,
            data: words(signals.w.data),
            strb: signals.w.strb,
            last: signals.w.last,
        },
        ar: ax_pins(signals.ar_valid, &signals.ar),
        b_ready: signals.b_ready,
        r_ready: signals.r_ready,
    }
}

/// The signals of a manager port of the RTL.
pub fn manager_signals(pins: &ManagerPins) -> AxiManagerSignals {
    AxiManagerSignals {
        aw_valid: pins.aw.valid,
        aw: ax_beat(&pins.aw),
        w_valid: pins.w.valid,
        w: WBeat {
            data: wide(pins.w.data),
            strb: pins.w.strb,
            last: pins.w.last,
        },
        b_ready: pins.b_ready,
        ar_valid: pins.ar.valid,
        ar: ax_beat(&pins.ar),
        r_ready: pins.r_ready,
    }
}

/// The pins of a subordinate of the bench.
pub fn subordinate_pins(signals: &AxiSubordinateSignals) -> SubordinatePins {
    SubordinatePins {
        aw_ready: signals.aw_ready,
        w_ready: signals.w_ready,
        ar_ready: signals.ar_ready,
        b: BPins {
            valid: signals.b_valid,
            id: signals.b.id,
            resp: signals.b.resp.bits(),
        },
        r: RPins {
            valid: signals.r_valid,
            id: signals.r.id,
            data: words(signals.r.data),
            resp: signals.r.resp.bits(),
            last: signals.r.last,
            poison: signals.r.poison,
        },
    }
}

/// The signals of a subordinate port of the RTL.
pub fn subordinate_signals(pins: &SubordinatePins) -> AxiSubordinateSignals {
    AxiSubordinateSignals {
        aw_ready: pins.aw_ready,
        w_ready: pins.w_ready,
        b_valid: pins.b.valid,
        b: BBeat {
            id: pins.b.id,
            resp: Resp::from_bits(pins.b.resp),
        },
        ar_ready: pins.ar_ready,
        r_valid: pins.r.valid,
        r: RBeat {
            id: pins.r.id,
            data: wide(pins.r.data),
            resp: Resp::from_bits(pins.r.resp),
            last: pins.r.last,
            poison: pins.r.poison,
        },
    }
}

/// The pins of the processor's side of the register port. Addresses beyond the
/// register page are the decoder's business and cut.
pub fn lite_pins(signals: &LiteManagerSignals) -> LiteManagerPins {
    LiteManagerPins {
        aw_valid: signals.aw_valid,
        aw_addr: (signals.aw.addr & 0xfff) as u16,
        w_valid: signals.w_valid,
        w_data: signals.w.data,
        w_strb: signals.w.strb,
        b_ready: signals.b_ready,
        ar_valid: signals.ar_valid,
        ar_addr: (signals.ar.addr & 0xfff) as u16,
        r_ready: signals.r_ready,
    }
}

/// The signals of the register port of the RTL.
pub fn lite_signals(pins: &LiteSubordinatePins) -> LiteSubordinateSignals {
    LiteSubordinateSignals {
        aw_ready: pins.aw_ready,
        w_ready: pins.w_ready,
        b_valid: pins.b_valid,
        b_resp: Resp::from_bits(pins.b_resp),
        ar_ready: pins.ar_ready,
        r_valid: pins.r_valid,
        r_data: pins.r_data,
        r_resp: Resp::from_bits(pins.r_resp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_go_to_pins_and_back() {
        let ax = AxBeat {
            id: 0xa5,
            addr: 0x1234_5678_9abc_def0,
            len: 7,
            size: 4,
            burst: 1,
            lock: true,
            cache: 0xf,
            prot: 5,
            qos: 9,
            user: 0x7fff_ffff_ffff,
        };
        let manager = AxiManagerSignals {
            aw_valid: true,
            aw: ax,
            w_valid: true,
            w: WBeat {
                data: 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff,
                strb: 0x8001,
                last: true,
            },
            b_ready: true,
            ar_valid: true,
            ar: AxBeat { len: 1, ..ax },
            r_ready: true,
        };
        assert_eq!(manager_signals(&manager_pins(&manager)), manager);
        let subordinate = AxiSubordinateSignals {
            aw_ready: true,
            w_ready: false,
            b_valid: true,
            b: BBeat {
                id: 3,
                resp: Resp::ExOkay,
            },
            ar_ready: true,
            r_valid: true,
            r: RBeat {
                id: 4,
                data: u128::MAX - 5,
                resp: Resp::DecErr,
                last: true,
                poison: true,
            },
        };
        assert_eq!(
            subordinate_signals(&subordinate_pins(&subordinate)),
            subordinate
        );
    }
}
