// SPDX-License-Identifier: Apache-2.0
//! Rules between AW, W and B.

use super::{Channel, MonitorConfig, Rule, address, held::Held, violation::Report};
use crate::{
    AxBeat, AxiManagerSignals, AxiSubordinateSignals, BBeat, Clock, Resp, WBeat, beat_place,
    id_queues::IdQueues,
};
use std::collections::VecDeque;

/// A write whose address has been accepted.
#[derive(Clone, Copy, Debug)]
struct Write {
    ax: AxBeat,
    since: Clock,
    serial: u64,
    has_all_data: bool,
}

/// Watches AW, W and B.
#[derive(Clone, Debug)]
pub(super) struct WriteRules {
    aw: Held<AxBeat>,
    w: Held<WBeat>,
    b: Held<BBeat>,
    writes: IdQueues<Write>,
    next_serial: u64,
    /// Writes whose data is incomplete, in AW order, by serial number.
    awaiting: VecDeque<(u64, AxBeat)>,
    /// W beats of the first of them that were accepted.
    beats: u16,
    /// W beats that came ahead of their address.
    ahead: VecDeque<WBeat>,
}

impl WriteRules {
    pub fn new() -> Self {
        Self {
            aw: Held::new(),
            w: Held::new(),
            b: Held::new(),
            writes: IdQueues::new(),
            next_serial: 0,
            awaiting: VecDeque::new(),
            beats: 0,
            ahead: VecDeque::new(),
        }
    }

    pub fn owes(&self) -> bool {
        self.aw.is_some() || self.w.is_some() || self.b.is_some()
    }

    pub fn outstanding(&self) -> usize {
        self.writes.len()
    }

    pub fn of_id(&self, id: u8) -> usize {
        self.writes.queue(id).len()
    }

    pub fn list(&self) -> impl Iterator<Item = (Clock, AxBeat)> {
        self.writes.iter().map(|(_, write)| (write.since, write.ax))
    }

    /// `pair` takes the exclusive read that an exclusive write belongs to.
    pub fn tick(
        &mut self,
        m: &AxiManagerSignals,
        s: &AxiSubordinateSignals,
        pair: impl FnOnce(u8) -> Option<AxBeat>,
        config: &MonitorConfig,
        report: &mut Report,
        now: Clock,
    ) {
        let seen = self.aw.see(m.aw_valid, s.aw_ready, &m.aw);
        let mut broken = |rule| report.add(now, Channel::Aw, rule, Some(m.aw.id), Some(m.aw.addr));
        if let Some(rule) = seen.broken {
            broken(rule);
        }
        if seen.fresh {
            address::check(&m.aw, config, &mut broken);
            if m.aw.lock && config.exclusive_pairs {
                match pair(m.aw.id) {
                    None => broken(Rule::ExclusiveUnpaired),
                    Some(read) if !matches(&read, &m.aw) => broken(Rule::ExclusiveMismatch),
                    Some(_) => {}
                }
            }
        }
        if seen.handshake {
            if self.writes.len() >= config.max_writes {
                broken(Rule::TooManyWrites);
            }
            self.address(&m.aw, now);
            while !self.awaiting.is_empty()
                && let Some(beat) = self.ahead.pop_front()
            {
                self.data(&beat, config, report, now);
            }
        }
        let seen = self.w.see(m.w_valid, s.w_ready, &m.w);
        if let Some(rule) = seen.broken {
            self.blame_w(rule, report, now);
        }
        if seen.handshake {
            if self.awaiting.is_empty() {
                self.ahead.push_back(m.w);
            } else {
                self.data(&m.w, config, report, now);
            }
        }
        self.response(m, s, config, report, now);
    }

    fn address(&mut self, ax: &AxBeat, now: Clock) {
        let serial = self.next_serial;
        self.next_serial += 1;
        self.awaiting.push_back((serial, *ax));
        self.writes.push(
            ax.id,
            Write {
                ax: *ax,
                since: now,
                serial,
                has_all_data: false,
            },
        );
    }

    fn blame_w(&self, rule: Rule, report: &mut Report, now: Clock) {
        let ax = self.awaiting.front().map(|(_, ax)| ax);
        report.add(now, Channel::W, rule, ax.map(|a| a.id), ax.map(|a| a.addr));
    }

    /// A W beat of the first write that awaits data.
    fn data(&mut self, beat: &WBeat, config: &MonitorConfig, report: &mut Report, now: Clock) {
        let Some(&(serial, ax)) = self.awaiting.front() else {
            return;
        };
        let wide = config.width.bytes() * 8;
        if wide < 128 && beat.data >> wide != 0 || beat.strb & !config.width.lanes() != 0 {
            self.blame_w(Rule::FieldTooWide, report, now);
        } else if beat.strb & !beat_place(&ax, self.beats, config.width).strobes() != 0 {
            self.blame_w(Rule::StrobeOutside, report, now);
        }
        self.beats += 1;
        let at_end = self.beats >= ax.beats();
        match (at_end, beat.last) {
            (false, true) => self.blame_w(Rule::LastEarly, report, now),
            (true, false) => self.blame_w(Rule::LastLate, report, now),
            _ => {}
        }
        if at_end || beat.last {
            self.beats = 0;
            self.awaiting.pop_front();
            for write in self.writes.queue_mut(ax.id) {
                write.has_all_data |= write.serial == serial;
            }
        }
    }

    fn response(
        &mut self,
        m: &AxiManagerSignals,
        s: &AxiSubordinateSignals,
        config: &MonitorConfig,
        report: &mut Report,
        now: Clock,
    ) {
        let seen = self.b.see(s.b_valid, m.b_ready, &s.b);
        let id = s.b.id;
        let write = self.writes.front(id).copied();
        let addr = write.map(|w| w.ax.addr);
        let mut broken = |rule| report.add(now, Channel::B, rule, Some(id), addr);
        if let Some(rule) = seen.broken {
            broken(rule);
        }
        let Some(write) = write else {
            if seen.fresh {
                broken(Rule::UnknownId);
            }
            return;
        };
        if seen.fresh {
            let cut_off = config.cut_off && s.b.resp.is_error();
            if !write.has_all_data && !cut_off {
                broken(Rule::ResponseBeforeData);
            }
            if s.b.resp == Resp::ExOkay && !write.ax.lock {
                broken(Rule::ExokayUnasked);
            }
        }
        if seen.handshake {
            self.writes.pop(id);
            if !write.has_all_data {
                self.abandon(write.serial);
            }
        }
    }

    /// The rest of this write's data will not come.
    fn abandon(&mut self, serial: u64) {
        if self.awaiting.front().is_some_and(|(s, _)| *s == serial) {
            self.beats = 0;
            self.w.release();
        }
        self.awaiting.retain(|(s, _)| *s != serial);
    }
}

/// Whether an exclusive write repeats what its read asked.
fn matches(read: &AxBeat, write: &AxBeat) -> bool {
    let key = |ax: &AxBeat| (ax.addr, ax.len, ax.size, ax.burst, ax.prot);
    key(read) == key(write)
}
