// SPDX-License-Identifier: Apache-2.0
//! The performance monitor: `iocountovf`, `iocountinh`, `iohpmcycles`,
//! `iohpmctr1-31`, `iohpmevt1-31`.

mod filter;

use sallyport_formats::constants as c;
use sallyport_formats::regs::{Iocount, Iohpmcycles, Iohpmevt};
use sallyport_formats::{DeviceId, ProcessId};

use self::filter::{Occurrence, counts};
use super::Iommu;
use crate::design::Design;
use crate::memory::MemoryMut;
use crate::request::Request;
use crate::trace::TableRead;
use crate::translate::Translation;

/// The largest `eventID` that is not reserved or for custom use.
const LAST_EVENT: u64 = c::HPM_EVENT_SECOND_STAGE_WALK;

/// An event counter and its selector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counter {
    value: u64,
    selector: Iohpmevt,
}

/// The registers of the monitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Monitor {
    inhibit: Iocount,
    cycles: Iohpmcycles,
    counters: [Counter; c::IOHPM_COUNTERS as usize],
}

/// Counters that the design has.
fn implemented(design: &Design) -> usize {
    if design.capabilities.hpm {
        design.hpm_counters.clamp(1, 31) as usize
    } else {
        0
    }
}

fn counter_mask(design: &Design) -> u64 {
    u64::MAX >> (64 - design.hpm_counter_bits.clamp(32, 64))
}

/// A counter register or a selector register.
enum Register {
    Counter(usize),
    Selector(usize),
}

/// Which one is at this offset, a multiple of 8, if the design has it.
fn register_at(design: &Design, offset: u64) -> Option<Register> {
    let number = |base: u64| {
        let number = (offset.checked_sub(base)? / c::IOHPM_STRIDE) as usize;
        (number < implemented(design)).then_some(number)
    };
    if offset < c::REG_IOHPMEVT_BASE {
        number(c::REG_IOHPMCTR_BASE).map(Register::Counter)
    } else {
        number(c::REG_IOHPMEVT_BASE).map(Register::Selector)
    }
}

impl Monitor {
    /// `iocountovf`: a shadow of all `OF` bits.
    pub fn overflows(&self) -> u32 {
        let flags = self.counters.iter().map(|counter| counter.selector.of);
        Iocount {
            cy: self.cycles.of,
            hpm: flags.rev().fold(0, |set, of| set << 1 | u32::from(of)),
        }
        .emit()
    }

    /// `iocountinh`.
    pub fn inhibits(&self) -> u32 {
        self.inhibit.emit()
    }

    /// Writes `iocountinh`: a bit for each counter that there is.
    pub fn write_inhibits(&mut self, design: &Design, value: u32) {
        if design.capabilities.hpm {
            let value = Iocount::parse(value);
            self.inhibit = Iocount {
                hpm: value.hpm & ((1u64 << implemented(design)) - 1) as u32,
                ..value
            };
        }
    }

    /// `iohpmcycles`.
    pub fn cycles(&self) -> u64 {
        self.cycles.emit()
    }

    /// Writes `iohpmcycles`, `OF` included, which is no overflow.
    pub fn write_cycles(&mut self, design: &Design, value: u64) {
        if design.capabilities.hpm {
            self.cycles = Iohpmcycles::parse(value);
        }
    }

    /// The counter or selector at this offset, a multiple of 8.
    pub fn read(&self, design: &Design, offset: u64) -> u64 {
        match register_at(design, offset) {
            Some(Register::Counter(number)) => self.counters[number].value,
            Some(Register::Selector(number)) => self.counters[number].selector.emit(),
            None => 0,
        }
    }

    /// Writes the counter or selector at this offset. A selector keeps its
    /// `eventID` where the new one is no standard event; the counter keeps its
    /// value whatever the selector becomes.
    pub fn write(&mut self, design: &Design, offset: u64, value: u64) {
        match register_at(design, offset) {
            Some(Register::Counter(number)) => {
                self.counters[number].value = value & counter_mask(design);
            }
            Some(Register::Selector(number)) => {
                let selector = &mut self.counters[number].selector;
                let new = Iohpmevt::parse(value);
                let is_legal = u64::from(new.event_id) <= LAST_EVENT;
                *selector = Iohpmevt {
                    event_id: if is_legal {
                        new.event_id
                    } else {
                        selector.event_id
                    },
                    ..new
                };
            }
            None => {}
        }
    }

    /// Lets `clocks` clocks pass; true if that asks for an interrupt.
    fn advance(&mut self, clocks: u64) -> bool {
        if self.inhibit.cy {
            return false;
        }
        let limit = 1u128 << c::IOHPMCYCLES_COUNTER_WIDTH;
        let sum = u128::from(self.cycles.counter) + u128::from(clocks);
        self.cycles.counter = (sum % limit) as u64;
        sum >= limit && !std::mem::replace(&mut self.cycles.of, true)
    }

    /// Counts an event in every counter that counts it; true if that asks for
    /// an interrupt: a counter wrapped whose `OF` was 0.
    fn count(&mut self, design: &Design, occurrence: &Occurrence) -> bool {
        let inhibit = self.inhibit.hpm;
        let mut interrupt = false;
        for (number, counter) in self.counters[..implemented(design)].iter_mut().enumerate() {
            if inhibit >> number & 1 == 1 || !counts(&counter.selector, occurrence) {
                continue;
            }
            counter.value = counter.value.wrapping_add(1) & counter_mask(design);
            if counter.value == 0 {
                interrupt |= !std::mem::replace(&mut counter.selector.of, true);
            }
        }
        interrupt
    }
}

/// Whether a counter with this selector counts the request as such: events 1 to 3.
#[must_use]
pub fn counts_request(selector: &Iohpmevt, request: &Request) -> bool {
    counts(selector, &Occurrence::of_request(request))
}

impl<M: MemoryMut> Iommu<M> {
    /// Lets time pass: clocks are counted, ATS invalidations time out, and the
    /// command queue goes on if it waited for that.
    pub fn advance(&mut self, clocks: u64) {
        if self.design.capabilities.hpm && self.monitor.advance(clocks) {
            self.counter_overflowed();
        }
        self.tags.advance(clocks, self.design.invalidation_timeout);
        self.run_commands();
        self.update_interrupts();
    }

    /// Counts a request, whatever came of it: itself, its lookup, its reads.
    pub(super) fn count_request(&mut self, request: &Request, translation: &Translation) {
        let occurrence = Occurrence::of_request(request);
        self.count(&occurrence);
        if let Some(space) = translation.lookup {
            let event = c::HPM_EVENT_TLB_MISS;
            self.count(&Occurrence {
                event,
                space,
                ..occurrence
            });
        }
        self.count_reads(request.device_id, request.process_id, &translation.reads);
    }

    /// Counts entries loaded for a transaction.
    pub(super) fn count_reads(
        &mut self,
        device_id: DeviceId,
        process_id: Option<ProcessId>,
        reads: &[TableRead],
    ) {
        for read in reads {
            if let Some(event) = read.structure.event() {
                self.count(&Occurrence {
                    event,
                    device_id,
                    process_id,
                    space: read.space,
                });
            }
        }
    }

    fn count(&mut self, occurrence: &Occurrence) {
        if self.monitor.count(&self.design, occurrence) {
            self.counter_overflowed();
        }
    }
}
