// SPDX-License-Identifier: Apache-2.0
//! From a seed and a number to a plan.

use crate::draw::Draw;
use crate::filters;
use crate::image::{Contents, Image};
use crate::plan::{Plan, Queues};
use crate::script::Author;
use crate::software::COUNTED;
use crate::world::World;
use sallyport_bus::{LiteTiming, Seed, SubordinateTiming};
use sallyport_formats::constants as c;
use sallyport_formats::regs::{Fctl, InterruptSupport};
use sallyport_formats::{PAGE_SIZE, Spa};
use sallyport_model::Design;
use sallyport_scoreboard::InterruptSetup;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of a range that misbehaves: whole bursts, and whole NAPOT ranges, whose
/// entries stand for one another.
const BLOCK: u64 = 128;

impl Plan {
    /// Case `number` of a seed, for a design. Nothing else counts.
    #[must_use]
    pub fn new(seed: Seed, number: u64, design: Design) -> Self {
        let seed = seed.fork_nth("fuzz", number);
        let mut draw = Draw::new(seed.fork("plan"));
        let draw = &mut draw;
        let mut world = World::new(draw, design);
        let steps = *draw.pick(&[60, 200, 400, 700]);
        let queues = queues(draw, &mut world.image);
        // They have lots of their own: a build has more of them than another.
        let mut lots = Draw::new(seed.fork("filters"));
        let filters = filters::draw(&mut lots, &world, &design, COUNTED.len());
        let interrupts = InterruptSetup {
            pmiv: lots.below(1 << design.vector_bits) as u8,
            counts: !filters.is_empty(),
            ..interrupts(draw, &mut world.image, &design)
        };
        let mut plan = Self {
            number,
            seed: seed.fork("clocks"),
            tables: memory_timing(draw, world.common.calm),
            registers: if draw.chance(50) {
                LiteTiming::PLAIN
            } else {
                LiteTiming::random(1)
            },
            in_flight: *draw.pick(&[1, 3, 16, 200, 200]),
            memory: world.image.words(),
            access_fault: Vec::new(),
            poison: Vec::new(),
            no_exclusive: Vec::new(),
            queues,
            pages: None,
            readers: BTreeMap::new(),
            fctl: Fctl {
                be: world.common.big,
                wsi: interrupts.wsi,
                gxl: world.common.gxl,
                ..Fctl::default()
            },
            interrupts,
            filters,
            actions: vec![crate::plan::Action::Ddtp(world.ddtp[0])],
        };
        if draw.chance(35) {
            let memory = world.fragile();
            plan.access_fault = blocks(draw, &memory);
            plan.poison = blocks(draw, &memory);
            plan.no_exclusive = blocks(draw, &memory);
        }
        plan.actions.extend(Author::write(draw, &mut world, steps));
        plan.readers = world.image.into_readers();
        plan
    }
}

fn queues(draw: &mut Draw, image: &mut Image) -> Queues {
    // What is written there takes care of the order itself.
    let contents = Contents::PLAIN;
    let commands_log2 = 1 + draw.below(8) as u32;
    let faults_log2 = if draw.chance(5) { 2 } else { 11 };
    let address = |page: u64| Spa::new(page * PAGE_SIZE);
    let pages = |log2: u32, bytes: u64| ((bytes << log2) / PAGE_SIZE).max(1);
    Queues {
        commands: address(image.pages(draw, pages(commands_log2, 16), contents)),
        commands_log2,
        faults: address(image.pages(draw, pages(faults_log2, 32), contents)),
        faults_log2,
        fences: address(image.page(draw, contents)),
    }
}

fn interrupts(draw: &mut Draw, image: &mut Image, design: &Design) -> InterruptSetup {
    let vectors = 1 << design.vector_bits;
    InterruptSetup {
        cie: draw.chance(80),
        fie: draw.chance(80),
        pie: false,
        civ: draw.below(vectors) as u8,
        fiv: draw.below(vectors) as u8,
        piv: 0,
        wsi: match design.capabilities.igs {
            InterruptSupport::Wsi => true,
            InterruptSupport::Msi => false,
            _ => draw.chance(50),
        },
        pmiv: 0,
        counts: false,
        message_base: Spa::new(image.page(draw, Contents::PLAIN) * PAGE_SIZE),
        data_base: 0x5a11_0000,
    }
}

/// Calm worlds have a fast memory, but for some.
fn memory_timing(draw: &mut Draw, calm: bool) -> SubordinateTiming {
    if calm && draw.chance(75) {
        return if draw.chance(50) {
            SubordinateTiming::fixed(2)
        } else {
            SubordinateTiming::random(6)
        };
    }
    match draw.below(5) {
        0 => SubordinateTiming::fixed(2),
        1 => SubordinateTiming::fixed(30),
        n => SubordinateTiming {
            exclusive_loss: *draw.pick(&[0, 0, 100, 400]),
            ..SubordinateTiming::random(*draw.pick(&[4, 20, 60]) * n as u32 / 2)
        },
    }
}

/// Some blocks and doublewords in which there is something.
fn blocks(draw: &mut Draw, memory: &[(Spa, u64)]) -> Vec<Range<Spa>> {
    let count = if memory.is_empty() { 0 } else { draw.below(3) };
    (0..count)
        .map(|_| {
            let (at, value) = *draw.pick(memory);
            let napot = value >> c::PTE_N_BIT & 1 == 1;
            let bytes = if napot || draw.chance(50) { BLOCK } else { 8 };
            let at = at.align_down(bytes).raw();
            Spa::new(at)..Spa::new(at + bytes)
        })
        .collect()
}
