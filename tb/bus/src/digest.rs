// SPDX-License-Identifier: Apache-2.0
//! A checksum of every beat of every port, to compare two runs.

use crate::{
    AxBeat, AxiManagerSignals, AxiSubordinateSignals, Clock, LiteAddress, LiteManagerSignals,
    LiteSubordinateSignals, PortId,
};

/// CRC-32 over all handshakes in the order in which they are shown: clock,
/// port, channel and payload. Data of lanes without a strobe counts, too.
#[derive(Clone, Debug, Default)]
pub struct Digest(crc32fast::Hasher);

impl Digest {
    /// The digest of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The digest of what was shown so far.
    #[must_use]
    pub fn value(&self) -> u32 {
        self.0.clone().finalize()
    }

    /// Sees an AXI4 port in one clock.
    pub fn axi(
        &mut self,
        port: PortId,
        m: &AxiManagerSignals,
        s: &AxiSubordinateSignals,
        now: Clock,
    ) {
        if m.aw_valid && s.aw_ready {
            self.head(port, b'A', now);
            self.address(&m.aw);
        }
        if m.w_valid && s.w_ready {
            self.head(port, b'W', now);
            self.0.update(&m.w.data.to_le_bytes());
            self.0.update(&m.w.strb.to_le_bytes());
            self.0.update(&[u8::from(m.w.last)]);
        }
        if s.b_valid && m.b_ready {
            self.head(port, b'B', now);
            self.0.update(&[s.b.id, s.b.resp.bits()]);
        }
        if m.ar_valid && s.ar_ready {
            self.head(port, b'a', now);
            self.address(&m.ar);
        }
        if s.r_valid && m.r_ready {
            self.head(port, b'R', now);
            self.0.update(&s.r.data.to_le_bytes());
            let flags = [u8::from(s.r.last), u8::from(s.r.poison)];
            self.0
                .update(&[s.r.id, s.r.resp.bits(), flags[0], flags[1]]);
        }
    }

    /// Sees an AXI4-Lite port in one clock.
    pub fn lite(
        &mut self,
        port: PortId,
        m: &LiteManagerSignals,
        s: &LiteSubordinateSignals,
        now: Clock,
    ) {
        if m.aw_valid && s.aw_ready {
            self.head(port, b'A', now);
            self.lite_address(m.aw);
        }
        if m.w_valid && s.w_ready {
            self.head(port, b'W', now);
            self.0.update(&m.w.data.to_le_bytes());
            self.0.update(&[m.w.strb]);
        }
        if s.b_valid && m.b_ready {
            self.head(port, b'B', now);
            self.0.update(&[s.b_resp.bits()]);
        }
        if m.ar_valid && s.ar_ready {
            self.head(port, b'a', now);
            self.lite_address(m.ar);
        }
        if s.r_valid && m.r_ready {
            self.head(port, b'R', now);
            self.0.update(&s.r_data.to_le_bytes());
            self.0.update(&[s.r_resp.bits()]);
        }
    }

    fn head(&mut self, port: PortId, channel: u8, now: Clock) {
        self.0.update(&now.0.to_le_bytes());
        self.0.update(&[port.0, channel]);
    }

    fn address(&mut self, ax: &AxBeat) {
        self.0.update(&ax.addr.to_le_bytes());
        self.0.update(&ax.user.to_le_bytes());
        let lock = u8::from(ax.lock);
        self.0.update(&[
            ax.id, ax.len, ax.size, ax.burst, lock, ax.cache, ax.prot, ax.qos,
        ]);
    }

    fn lite_address(&mut self, address: LiteAddress) {
        self.0.update(&address.addr.to_le_bytes());
        self.0.update(&[address.prot]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handshakes_count_and_offers_do_not() {
        let mut m = AxiManagerSignals {
            ar_valid: true,
            ..AxiManagerSignals::default()
        };
        let mut s = AxiSubordinateSignals::default();
        let mut digest = Digest::new();
        let empty = digest.value();
        digest.axi(PortId(0), &m, &s, Clock(0));
        assert_eq!(digest.value(), empty);
        s.ar_ready = true;
        let after = |m: &AxiManagerSignals, clock| {
            let mut digest = Digest::new();
            digest.axi(PortId(0), m, &s, clock);
            digest.value()
        };
        let first = after(&m, Clock(0));
        assert_ne!(first, empty);
        assert_ne!(first, after(&m, Clock(1)));
        m.ar.qos = 1;
        assert_ne!(first, after(&m, Clock(0)));
    }
}
