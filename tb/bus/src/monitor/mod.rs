// SPDX-License-Identifier: Apache-2.0
//! Protocol monitors: they watch a port and report what AXI4 forbids.
//!
//! Both sides are checked alike; a breach names the channel, and with it who
//! is to blame. A monitor goes on after a breach as well as it can.
//!
//! What cannot be seen here: undriven signals, combinational paths between
//! valid and ready, and whether data is right. That R beats of one id are in
//! order is checked as far as burst lengths and exclusive responses tell.

mod address;
mod held;
mod lite;
mod read;
mod violation;
mod write;

pub use lite::AxiLiteMonitor;
pub use violation::{Channel, Rule, Violation};

use crate::{
    AxBeat, AxiManagerSignals, AxiSubordinateSignals, Clock, DeviceUser, MemoryUser, Width,
};
use read::ReadRules;
use violation::Report;
use write::WriteRules;

/// What a port may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonitorConfig {
    /// Width of the data bus.
    pub width: Width,
    /// Bits of AxID.
    pub id_bits: u32,
    /// Bits of AxADDR.
    pub addr_bits: u32,
    /// Bits of AxUSER.
    pub user_bits: u32,
    /// Reads outstanding at most.
    pub max_reads: usize,
    /// Writes outstanding at most.
    pub max_writes: usize,
    /// Exclusive accesses may occur.
    pub exclusive: bool,
    /// Exclusive writes must follow their reads. Off where a device is allowed
    /// to ask for nonsense.
    pub exclusive_pairs: bool,
    /// The subordinate may cut a stalling manager off: an error on B before
    /// the last W beat ends the write, and the rest of its data is not sent.
    pub cut_off: bool,
}

impl MonitorConfig {
    /// A port of the given widths with no other limits.
    #[must_use]
    pub const fn new(width: Width, id_bits: u32, addr_bits: u32, user_bits: u32) -> Self {
        Self {
            width,
            id_bits,
            addr_bits,
            user_bits,
            max_reads: usize::MAX,
            max_writes: usize::MAX,
            exclusive: true,
            exclusive_pairs: true,
            cut_off: false,
        }
    }

    /// A port on which devices ask the IOMMU: 8 id bits, 64 address bits, 47
    /// user bits; devices may get exclusive pairs wrong and may be cut off.
    #[must_use]
    pub const fn device(width: Width) -> Self {
        Self {
            exclusive_pairs: false,
            cut_off: true,
            ..Self::new(width, 8, 64, DeviceUser::BITS)
        }
    }

    /// The port on which translated traffic leaves: 8 id bits, 56 address
    /// bits, 48 user bits; exclusive pairs are as the devices made them.
    #[must_use]
    pub const fn output(width: Width) -> Self {
        Self {
            exclusive_pairs: false,
            ..Self::new(width, 8, 56, MemoryUser::BITS)
        }
    }

    /// The port on which the IOMMU itself reads and writes memory: 8 id bits,
    /// 56 address bits, 24 user bits (MCID and RCID).
    #[must_use]
    pub const fn memory(width: Width) -> Self {
        Self::new(width, 8, 56, 24)
    }
}

/// A checker beside an AXI4 port.
#[derive(Clone, Debug)]
pub struct AxiMonitor {
    config: MonitorConfig,
    read: ReadRules,
    write: WriteRules,
    report: Report,
}

impl AxiMonitor {
    /// A monitor called `port` in its reports.
    #[must_use]
    pub fn new(port: &str, config: MonitorConfig) -> Self {
        Self {
            config,
            read: ReadRules::new(),
            write: WriteRules::new(),
            report: Report::new(port),
        }
    }

    /// Sees both sides of the port in one clock.
    pub fn tick(&mut self, m: &AxiManagerSignals, s: &AxiSubordinateSignals, now: Clock) {
        if m.ar_valid || s.r_valid || self.read.owes() {
            self.read.tick(m, s, &self.config, &mut self.report, now);
        }
        if m.aw_valid || m.w_valid || s.b_valid || self.write.owes() {
            let pair = |id| self.read.take_exclusive(id);
            self.write
                .tick(m, s, pair, &self.config, &mut self.report, now);
        }
    }

    /// Sees a clock in reset: nothing may be valid, and nothing is outstanding
    /// afterwards.
    pub fn tick_reset(&mut self, m: &AxiManagerSignals, s: &AxiSubordinateSignals, now: Clock) {
        let channels = [
            (Channel::Aw, m.aw_valid),
            (Channel::W, m.w_valid),
            (Channel::B, s.b_valid),
            (Channel::Ar, m.ar_valid),
            (Channel::R, s.r_valid),
        ];
        for (channel, _) in channels.into_iter().filter(|(_, valid)| *valid) {
            self.report
                .add(now, channel, Rule::ValidInReset, None, None);
        }
        self.read = ReadRules::new();
        self.write = WriteRules::new();
    }

    /// The bench gives up reads that will get no more beats (see
    /// [`AxiManager::abort_reads`](crate::AxiManager::abort_reads)).
    pub fn abort_reads(&mut self, which: impl Fn(&AxBeat) -> bool) {
        self.read.abort(which);
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

    /// Reads accepted and not answered to the end.
    #[must_use]
    pub fn outstanding_reads(&self) -> usize {
        self.read.outstanding()
    }

    /// Writes accepted and not answered.
    #[must_use]
    pub fn outstanding_writes(&self) -> usize {
        self.write.outstanding()
    }

    /// Reads of one id that are outstanding.
    #[must_use]
    pub fn outstanding_reads_of(&self, id: u8) -> usize {
        self.read.of_id(id)
    }

    /// Writes of one id that are outstanding.
    #[must_use]
    pub fn outstanding_writes_of(&self, id: u8) -> usize {
        self.write.of_id(id)
    }

    /// What is outstanding: channel, clock of the address handshake, address
    /// phase. For the report of a test that hangs.
    pub fn outstanding(&self) -> impl Iterator<Item = (Channel, Clock, AxBeat)> {
        let reads = self.read.list().map(|(at, ax)| (Channel::Ar, at, ax));
        let writes = self.write.list().map(|(at, ax)| (Channel::Aw, at, ax));
        reads.chain(writes)
    }
}
