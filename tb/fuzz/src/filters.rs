// SPDX-License-Identifier: Apache-2.0
//! Counters of requests that count some devices and processes only, and overflow.

use crate::draw::Draw;
use crate::world::World;
use sallyport_formats::constants as c;
use sallyport_formats::regs::Iohpmevt;
use sallyport_model::{Design, Request, counts_request};

/// A counter of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What it counts.
    pub selector: Iohpmevt,
    /// What it counts from.
    pub start: u64,
}

/// The counters that the design has beyond the first `taken` ones.
pub fn draw(draw: &mut Draw, world: &World, design: &Design, taken: usize) -> Vec<Filter> {
    let counters = if design.capabilities.hpm {
        design.hpm_counters as usize
    } else {
        0
    };
    (taken..counters)
        .map(|_| Filter {
            selector: selector(draw, world),
            // So that it overflows soon, or never.
            start: if draw.chance(30) {
                draw.below(20).wrapping_neg()
            } else {
                draw.bits() >> 1
            },
        })
        .collect()
}

fn selector(draw: &mut Draw, world: &World) -> Iohpmevt {
    let device = draw.pick(&world.devices).id;
    let processes: Vec<_> = world.processes.iter().flat_map(|of| &of.all).collect();
    let dmask = draw.chance(50);
    // With DMASK the lowest 0 bit says how many bits are not compared.
    let ignored = (1 << draw.below(c::IOHPMEVT_DID_GSCID_WIDTH)) - 1;
    Iohpmevt {
        event_id: *draw.pick(&[
            c::HPM_EVENT_UNTRANSLATED,
            c::HPM_EVENT_UNTRANSLATED,
            c::HPM_EVENT_TRANSLATED,
            c::HPM_EVENT_ATS_REQUEST,
        ]) as u16,
        dmask,
        pid_pscid: if processes.is_empty() || draw.chance(20) {
            draw.below(1 << c::IOHPMEVT_PID_PSCID_WIDTH) as u32
        } else {
            draw.pick(&processes).id.raw()
        },
        did_gscid: if dmask {
            device.raw() | ignored
        } else {
            device.raw()
        },
        pv_pscv: draw.chance(30),
        dv_gscv: draw.chance(60),
        // Requests as such have no address space: this one counts nothing.
        idt: draw.chance(10),
        of: draw.chance(10),
    }
}

/// A counter as it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    filter: Filter,
    /// `iohpmctr`.
    pub value: u64,
    /// `iohpmevt.OF`.
    pub overflow: bool,
}

impl Tally {
    /// Before the first request.
    pub fn new(filter: Filter) -> Self {
        Self {
            filter,
            value: filter.start,
            overflow: filter.selector.of,
        }
    }

    /// A request was made; true if that asks for an interrupt: the counter wrapped,
    /// and `OF` was 0.
    pub fn add(&mut self, request: &Request) -> bool {
        if !counts_request(&self.filter.selector, request) {
            return false;
        }
        self.value = self.value.wrapping_add(1);
        self.value == 0 && !std::mem::replace(&mut self.overflow, true)
    }

    /// `iohpmevt`.
    pub fn selector(&self) -> Iohpmevt {
        Iohpmevt {
            of: self.overflow,
            ..self.filter.selector
        }
    }
}
