// SPDX-License-Identifier: Apache-2.0
//! The monitor of an AXI4-Lite port.

use super::{Channel, Rule, Violation, held::Held, violation::Report};
use crate::{Clock, LiteAddress, LiteData, LiteManagerSignals, LiteSubordinateSignals, Resp};
use std::collections::VecDeque;

/// A checker beside an AXI4-Lite port.
#[derive(Clone, Debug)]
pub struct AxiLiteMonitor {
    addr_bits: u32,
    report: Report,
    aw: Held<LiteAddress>,
    w: Held<LiteData>,
    b: Held<Resp>,
    ar: Held<LiteAddress>,
    r: Held<(u64, Resp)>,
    /// Addresses of reads that have not been answered.
    reads: VecDeque<u32>,
    /// Addresses of writes that have not been answered.
    writes: VecDeque<u32>,
    /// W beats whose write has not been answered.
    data: usize,
}

impl AxiLiteMonitor {
    /// A monitor called `port` for addresses of `addr_bits`.
    #[must_use]
    pub fn new(port: &str, addr_bits: u32) -> Self {
        Self {
            addr_bits,
            report: Report::new(port),
            aw: Held::new(),
            w: Held::new(),
            b: Held::new(),
            ar: Held::new(),
            r: Held::new(),
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            data: 0,
        }
    }

    /// Sees both sides of the port in one clock.
    pub fn tick(&mut self, m: &LiteManagerSignals, s: &LiteSubordinateSignals, now: Clock) {
        if m.ar_valid || s.r_valid || self.ar.is_some() || self.r.is_some() {
            self.read(m, s, now);
        }
        let owes = self.aw.is_some() || self.w.is_some() || self.b.is_some();
        if m.aw_valid || m.w_valid || s.b_valid || owes {
            self.write(m, s, now);
        }
    }

    fn read(&mut self, m: &LiteManagerSignals, s: &LiteSubordinateSignals, now: Clock) {
        let seen = self.ar.see(m.ar_valid, s.ar_ready, &m.ar);
        self.address(Channel::Ar, &m.ar, seen.broken, seen.fresh, now);
        if seen.handshake {
            self.reads.push_back(m.ar.addr);
        }
        let seen = self.r.see(s.r_valid, m.r_ready, &(s.r_data, s.r_resp));
        let addr = self.reads.front().copied();
        let fresh = seen.fresh.then_some(s.r_resp);
        self.response(Channel::R, addr, seen.broken, fresh, now);
        if seen.handshake {
            self.reads.pop_front();
        }
    }

    fn write(&mut self, m: &LiteManagerSignals, s: &LiteSubordinateSignals, now: Clock) {
        let seen = self.aw.see(m.aw_valid, s.aw_ready, &m.aw);
        self.address(Channel::Aw, &m.aw, seen.broken, seen.fresh, now);
        if seen.handshake {
            self.writes.push_back(m.aw.addr);
        }
        let seen = self.w.see(m.w_valid, s.w_ready, &m.w);
        if let Some(rule) = seen.broken {
            self.add(Channel::W, rule, None, now);
        }
        self.data += usize::from(seen.handshake);
        let seen = self.b.see(s.b_valid, m.b_ready, &s.b_resp);
        let addr = self.writes.front().copied();
        let fresh = seen.fresh.then_some(s.b_resp);
        self.response(Channel::B, addr, seen.broken, fresh, now);
        if seen.fresh && addr.is_some() && self.data == 0 {
            self.add(Channel::B, Rule::ResponseBeforeData, addr, now);
        }
        if seen.handshake {
            self.writes.pop_front();
            self.data = self.data.saturating_sub(1);
        }
    }

    fn address(
        &mut self,
        channel: Channel,
        address: &LiteAddress,
        broken: Option<Rule>,
        fresh: bool,
        now: Clock,
    ) {
        if let Some(rule) = broken {
            self.add(channel, rule, Some(address.addr), now);
        }
        let wide = self.addr_bits < 32 && address.addr >> self.addr_bits != 0;
        if fresh && (wide || address.prot > 7) {
            self.add(channel, Rule::FieldTooWide, Some(address.addr), now);
        }
    }

    fn response(
        &mut self,
        channel: Channel,
        addr: Option<u32>,
        broken: Option<Rule>,
        fresh: Option<Resp>,
        now: Clock,
    ) {
        if let Some(rule) = broken {
            self.add(channel, rule, addr, now);
        }
        if let Some(resp) = fresh {
            if addr.is_none() {
                self.add(channel, Rule::UnknownId, None, now);
            }
            if resp == Resp::ExOkay {
                self.add(channel, Rule::ExokayOnLite, addr, now);
            }
        }
    }

    fn add(&mut self, channel: Channel, rule: Rule, addr: Option<u32>, now: Clock) {
        self.report
            .add(now, channel, rule, None, addr.map(u64::from));
    }

    /// Sees a clock in reset: nothing may be valid, and nothing is outstanding
    /// afterwards.
    pub fn tick_reset(&mut self, m: &LiteManagerSignals, s: &LiteSubordinateSignals, now: Clock) {
        let channels = [
            (Channel::Aw, m.aw_valid),
            (Channel::W, m.w_valid),
            (Channel::B, s.b_valid),
            (Channel::Ar, m.ar_valid),
            (Channel::R, s.r_valid),
        ];
        for (channel, _) in channels.into_iter().filter(|(_, valid)| *valid) {
            self.add(channel, Rule::ValidInReset, None, now);
        }
        self.aw.release();
        self.w.release();
        self.b.release();
        self.ar.release();
        self.r.release();
        self.reads.clear();
        self.writes.clear();
        self.data = 0;
    }

    /// The first violations, oldest first.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        self.report.found()
    }

    /// How many violations there were in all.
    #[must_use]
    pub const fn violation_count(&self) -> u64 {
        self.report.total()
    }

    /// Takes the violations and starts again with none.
    pub fn take_violations(&mut self) -> Vec<Violation> {
        self.report.take()
    }

    /// Reads accepted and not answered.
    #[must_use]
    pub fn outstanding_reads(&self) -> usize {
        self.reads.len()
    }

    /// Writes whose address was accepted and that are not answered.
    #[must_use]
    pub fn outstanding_writes(&self) -> usize {
        self.writes.len()
    }
}
