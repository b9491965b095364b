// SPDX-License-Identifier: Apache-2.0
//! Rules between AR and R.

use super::{Channel, MonitorConfig, Rule, address, held::Held, violation::Report};
use crate::{
    AxBeat, AxiManagerSignals, AxiSubordinateSignals, Clock, RBeat, Resp, id_queues::IdQueues,
};

/// A read whose address has been accepted.
#[derive(Clone, Copy, Debug)]
struct Read {
    ax: AxBeat,
    since: Clock,
    /// Beats accepted.
    beats: u16,
    /// OKAY or EXOKAY, as the first beat without error had it.
    success: Option<Resp>,
}

/// Watches AR and R.
#[derive(Clone, Debug)]
pub(super) struct ReadRules {
    ar: Held<AxBeat>,
    r: Held<RBeat>,
    reads: IdQueues<Read>,
    /// The last exclusive read of each id that has ended, for its write.
    exclusive: Vec<Option<AxBeat>>,
}

impl ReadRules {
    pub fn new() -> Self {
        Self {
            ar: Held::new(),
            r: Held::new(),
            reads: IdQueues::new(),
            exclusive: vec![None; 256],
        }
    }

    pub fn owes(&self) -> bool {
        self.ar.is_some() || self.r.is_some()
    }

    pub fn outstanding(&self) -> usize {
        self.reads.len()
    }

    pub fn of_id(&self, id: u8) -> usize {
        self.reads.queue(id).len()
    }

    pub fn list(&self) -> impl Iterator<Item = (Clock, AxBeat)> {
        self.reads.iter().map(|(_, read)| (read.since, read.ax))
    }

    /// Takes the exclusive read that an exclusive write of `id` completes.
    pub fn take_exclusive(&mut self, id: u8) -> Option<AxBeat> {
        self.exclusive[usize::from(id)].take()
    }

    pub fn abort(&mut self, which: impl Fn(&AxBeat) -> bool) {
        for id in self.reads.ids() {
            let mut at = 0;
            while let Some(read) = self.reads.queue(id).get(at) {
                if which(&read.ax) {
                    self.reads.remove(id, at);
                } else {
                    at += 1;
                }
            }
        }
    }

    pub fn tick(
        &mut self,
        m: &AxiManagerSignals,
        s: &AxiSubordinateSignals,
        config: &MonitorConfig,
        report: &mut Report,
        now: Clock,
    ) {
        let seen = self.ar.see(m.ar_valid, s.ar_ready, &m.ar);
        let mut broken = |rule| report.add(now, Channel::Ar, rule, Some(m.ar.id), Some(m.ar.addr));
        if let Some(rule) = seen.broken {
            broken(rule);
        }
        if seen.fresh {
            address::check(&m.ar, config, &mut broken);
        }
        if seen.handshake {
            if self.reads.len() >= config.max_reads {
                broken(Rule::TooManyReads);
            }
            if m.ar.lock {
                self.exclusive[usize::from(m.ar.id)] = None;
            }
            self.reads.push(
                m.ar.id,
                Read {
                    ax: m.ar,
                    since: now,
                    beats: 0,
                    success: None,
                },
            );
        }
        self.response(m, s, config, report, now);
    }

    fn response(
        &mut self,
        m: &AxiManagerSignals,
        s: &AxiSubordinateSignals,
        config: &MonitorConfig,
        report: &mut Report,
        now: Clock,
    ) {
        let seen = self.r.see(s.r_valid, m.r_ready, &s.r);
        let id = s.r.id;
        let addr = self.reads.front(id).map(|read| read.ax.addr);
        let mut broken = |rule| report.add(now, Channel::R, rule, Some(id), addr);
        if let Some(rule) = seen.broken {
            broken(rule);
        }
        let Some(read) = self.reads.front_mut(id) else {
            if seen.fresh {
                broken(Rule::UnknownId);
            }
            return;
        };
        let at_end = read.beats + 1 >= read.ax.beats();
        if seen.fresh {
            let wide = config.width.bytes() * 8;
            if wide < 128 && s.r.data >> wide != 0 {
                broken(Rule::FieldTooWide);
            }
            match (at_end, s.r.last) {
                (false, true) => broken(Rule::LastEarly),
                (true, false) => broken(Rule::LastLate),
                _ => {}
            }
            if s.r.resp == Resp::ExOkay && !read.ax.lock {
                broken(Rule::ExokayUnasked);
            } else if !s.r.resp.is_error() && *read.success.get_or_insert(s.r.resp) != s.r.resp {
                broken(Rule::ExokayMixed);
            }
        }
        if seen.handshake {
            read.beats += 1;
            if (at_end || s.r.last)
                && let Some(read) = self.reads.pop(id)
                && read.ax.lock
            {
                self.exclusive[usize::from(id)] = Some(read.ax);
            }
        }
    }
}
