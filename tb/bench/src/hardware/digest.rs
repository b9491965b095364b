// SPDX-License-Identifier: Apache-2.0
//! A digest of all that passed the ports.

use sallyport_bus::{
    AxBeat, AxiManagerSignals, AxiSubordinateSignals, Clock, LiteManagerSignals,
    LiteSubordinateSignals,
};

/// Sums up every beat that was handed over on any port, with its clock.
///
/// Two runs with the same digest did the same in the same clocks. It is made
/// for comparing runs, and withstands no forger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    state: u64,
    beats: u64,
}

/// The fractional part of the golden ratio, made odd.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Default for Digest {
    fn default() -> Self {
        Self {
            state: FACTOR,
            beats: 0,
        }
    }
}

impl Digest {
    /// The digest so far.
    #[must_use]
    pub const fn value(&self) -> u64 {
        let x = (self.state ^ (self.state >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        x ^ (x >> 32)
    }

    /// Beats so far.
    #[must_use]
    pub const fn beats(&self) -> u64 {
        self.beats
    }

    /// Adds a beat: where and when it passed, and what it carried.
    pub fn beat(&mut self, clock: Clock, place: u64, words: &[u64]) {
        self.beats += 1;
        self.add(clock.0);
        self.add(place);
        for &word in words {
            self.add(word);
        }
    }

    /// Adds a word, such as the digest of another run.
    pub fn add(&mut self, word: u64) {
        self.state = (self.state.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    }

    /// Adds the handshakes of an AXI4 port in one clock.
    pub(super) fn axi(
        &mut self,
        clock: Clock,
        port: u64,
        m: &AxiManagerSignals,
        s: &AxiSubordinateSignals,
    ) {
        if m.aw_valid && s.aw_ready {
            self.beat(clock, port, &ax_words(&m.aw));
        }
        if m.ar_valid && s.ar_ready {
            self.beat(clock, port + 1, &ax_words(&m.ar));
        }
        if m.w_valid && s.w_ready {
            let control = u64::from(m.w.strb) << 1 | u64::from(m.w.last);
            let data = [m.w.data as u64, (m.w.data >> 64) as u64, control];
            self.beat(clock, port + 2, &data);
        }
        if s.b_valid && m.b_ready {
            let control = u64::from(s.b.id) << 2 | u64::from(s.b.resp.bits());
            self.beat(clock, port + 3, &[control]);
        }
        if s.r_valid && m.r_ready {
            let control = u64::from(s.r.id) << 4
                | u64::from(s.r.poison) << 3
                | u64::from(s.r.last) << 2
                | u64::from(s.r.resp.bits());
            let data = [s.r.data as u64, (s.r.data >> 64) as u64, control];
            self.beat(clock, port + 4, &data);
        }
    }

    /// Adds the handshakes of the register port in one clock.
    pub(super) fn lite(
        &mut self,
        clock: Clock,
        port: u64,
        m: &LiteManagerSignals,
        s: &LiteSubordinateSignals,
    ) {
        if m.aw_valid && s.aw_ready {
            self.beat(clock, port, &[u64::from(m.aw.addr)]);
        }
        if m.ar_valid && s.ar_ready {
            self.beat(clock, port + 1, &[u64::from(m.ar.addr)]);
        }
        if m.w_valid && s.w_ready {
            self.beat(clock, port + 2, &[m.w.data, u64::from(m.w.strb)]);
        }
        if s.b_valid && m.b_ready {
            self.beat(clock, port + 3, &[u64::from(s.b_resp.bits())]);
        }
        if s.r_valid && m.r_ready {
            self.beat(clock, port + 4, &[s.r_data, u64::from(s.r_resp.bits())]);
        }
    }
}

fn ax_words(ax: &AxBeat) -> [u64; 3] {
    let control = u64::from(ax.id) << 32
        | u64::from(ax.len) << 24
        | u64::from(ax.size) << 21
        | u64::from(ax.burst) << 19
        | u64::from(ax.lock) << 18
        | u64::from(ax.cache) << 12
        | u64::from(ax.prot) << 8
        | u64::from(ax.qos);
    [ax.addr, control, ax.user]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_clock_and_contents_count() {
        let of = |clock, place, words: &[u64]| {
            let mut digest = Digest::default();
            digest.beat(Clock(clock), place, words);
            digest.value()
        };
        let one = of(1, 2, &[3]);
        assert_eq!(one, of(1, 2, &[3]));
        assert_ne!(one, of(2, 2, &[3]));
        assert_ne!(one, of(1, 3, &[3]));
        assert_ne!(one, of(1, 2, &[4]));
    }
}
