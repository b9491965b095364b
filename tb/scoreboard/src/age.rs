// SPDX-License-Identifier: Apache-2.0
//! How old what a walk reads may be: since when a cached copy may stem.

use crate::commands::Commands;
use crate::coverage::{
    Space, Span, covers_device, covers_directory, covers_first_stage, covers_process,
    covers_second_stage,
};
use crate::explore::Asked;
use sallyport_bus::Clock;
use sallyport_formats::command::Command;
use sallyport_formats::constants as c;
use sallyport_formats::context::{DcTa, Iohgatp, PcTa, Tc};
use sallyport_formats::{Gscid, ProcessId, Pscid};
use sallyport_model::{Meaning, Structure, TableRead};

/// The first clock of which an entry may be a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Whatever the entries after it are.
    pub least: Clock,
    /// With the entries after it that this walk has.
    pub embedded: Clock,
}

/// What the entries read so far say about those that follow.
#[derive(Clone, Copy)]
struct Way {
    gscid: Option<Gscid>,
    process: ProcessId,
    space: Space,
    global: bool,
    /// Bits of an index in the first stage, and in the second.
    index_bits: [u32; 2],
}

/// Bits of an index in tables of four-byte entries, or others.
const fn index_bits(narrow: bool) -> u32 {
    if narrow { 10 } else { 9 }
}

/// The ages of all reads of a walk, under this `fctl.GXL`.
pub fn ages(commands: &Commands, asked: &Asked, gxl: bool, reads: &[TableRead]) -> Vec<Age> {
    let walk = Walk { commands, asked };
    let mut way = Way::new(asked, gxl);
    let ways: Vec<Way> = reads
        .iter()
        .map(|read| {
            way.pass(read);
            way
        })
        .collect();
    let leaf = reads.iter().zip(&ways).rfind(|(read, _)| {
        matches!(read.structure, Structure::FirstStagePte(_)) && read.meaning == Meaning::Leaf
    });
    let leaf = leaf.map(|(read, way)| walk.own(way, read, asked.done));
    // Backwards: what an entry is embedded in comes after it.
    let mut around = Around {
        leaf,
        owner: None,
        second_leaf: None,
    };
    let backwards = reads.iter().zip(&ways).rev();
    let mut ages: Vec<Age> = backwards
        .map(|(read, way)| walk.age(way, read, &mut around))
        .collect();
    ages.reverse();
    ages
}

/// The ages of what comes after an entry in a walk.
struct Around {
    /// Of the first stage's leaf.
    leaf: Option<Clock>,
    /// Of the entry that the second stage is locating.
    owner: Option<Clock>,
    /// Of the second stage's leaf.
    second_leaf: Option<Clock>,
}

struct Walk<'a> {
    commands: &'a Commands,
    asked: &'a Asked,
}

impl Walk<'_> {
    /// The age of an entry, of which `around` says what comes after it.
    fn age(&self, way: &Way, read: &TableRead, around: &mut Around) -> Age {
        let own = self.own(way, read, self.asked.done);
        let own_at = |at: Clock| own.min(self.own(way, read, at));
        let pointer = matches!(read.meaning, Meaning::NextTable(_));
        let mut age = Age {
            least: own,
            embedded: own,
        };
        match read.structure {
            Structure::SecondStagePte(_) => {
                // As old as it could be when its owner was cached, and a pointer,
                // when the leaf below it was.
                let owner = around.owner.unwrap_or(self.asked.done);
                if pointer {
                    age.embedded = own_at(around.second_leaf.unwrap_or(owner));
                    age.least = own_at(self.any_second_leaf(way));
                } else {
                    age.embedded = own_at(owner);
                    age.least = own_at(self.any_owner(way));
                    around.second_leaf = Some(age.embedded);
                }
                age.least = age.least.min(age.embedded);
            }
            Structure::FirstStagePte(_) => {
                if pointer {
                    age.least = own_at(self.any_leaf(way));
                    age.embedded = around.leaf.map_or(own, own_at);
                }
                around.owner = Some(age.embedded);
            }
            Structure::PdtEntry(_) | Structure::ProcessContext => around.owner = Some(own),
            Structure::DdtEntry(_) | Structure::DeviceContext | Structure::MsiPte => {}
        }
        age
    }

    /// The last invalidation before clock `at` that covers the entry.
    fn own(&self, way: &Way, read: &TableRead, at: Clock) -> Clock {
        let device = self.asked.request.device_id;
        let last = |covers: &dyn Fn(&Command) -> bool| self.commands.last_effective(at, covers);
        let [first, second] = way.index_bits;
        let span = |level: u8, bits: u32| Span {
            address: read.input,
            shift: 12 + bits * u32::from(level),
            pointer: matches!(read.meaning, Meaning::NextTable(_)),
        };
        match read.structure {
            Structure::DdtEntry(_) => last(&covers_directory),
            Structure::DeviceContext | Structure::PdtEntry(_) => {
                last(&|command| covers_device(command, device))
            }
            Structure::ProcessContext => {
                last(&|command| covers_process(command, device, way.process))
            }
            Structure::FirstStagePte(level) => {
                let covers = |command: &Command| {
                    covers_first_stage(command, way.space, way.global, span(level, first))
                };
                last(&covers)
            }
            Structure::SecondStagePte(level) => {
                last(&|command| covers_second_stage(command, way.gscid, span(level, second)))
            }
            Structure::MsiPte => {
                last(&|command| covers_second_stage(command, way.gscid, span(0, second)))
            }
        }
    }

    /// The least age of a first-stage leaf that the walk may come to from here:
    /// a global one, of no address in particular.
    fn any_leaf(&self, way: &Way) -> Clock {
        let everywhere = |command: &Command| match command {
            Command::InvalidateVma(inval) => {
                let span = Span {
                    address: 0,
                    shift: 12,
                    pointer: true,
                };
                !inval.av && covers_first_stage(command, way.space, true, span)
            }
            _ => false,
        };
        self.commands.last_effective(self.asked.done, everywhere)
    }

    /// The least age of whatever the second stage may be locating.
    fn any_owner(&self, way: &Way) -> Clock {
        let device = self.asked.request.device_id;
        let leaf = self.any_leaf(way);
        let everywhere = |command: &Command| match command {
            Command::InvalidateVma(inval) => !inval.av && !inval.pscv,
            _ => false,
        };
        let pointer = self.commands.last_effective(leaf, everywhere);
        let context = self
            .commands
            .last_effective(self.asked.done, |command| covers_device(command, device));
        pointer.min(leaf).min(context)
    }

    /// The least age of a leaf of the second stage, of no address in particular.
    fn any_second_leaf(&self, way: &Way) -> Clock {
        let everywhere = |command: &Command| match command {
            Command::InvalidateGvma(inval) => {
                !inval.gv || !inval.av && way.gscid == Some(inval.gscid)
            }
            _ => false,
        };
        self.commands
            .last_effective(self.any_owner(way), everywhere)
    }
}

impl Way {
    fn new(asked: &Asked, gxl: bool) -> Self {
        Self {
            index_bits: [index_bits(false), index_bits(gxl)],
            gscid: None,
            process: asked.request.process_id.unwrap_or_default(),
            space: Space {
                gscid: None,
                pscid: Pscid::default(),
            },
            global: false,
        }
    }

    /// Takes in what an entry says.
    fn pass(&mut self, read: &TableRead) {
        match (read.structure, read.value.as_slice()) {
            (Structure::DeviceContext, [tc, iohgatp, ta, ..]) => {
                self.index_bits[0] = index_bits(Tc::parse(*tc).sxl);
                let iohgatp = Iohgatp::parse(*iohgatp);
                let guest = u64::from(iohgatp.mode) != c::IOHGATP_MODE_BARE;
                self.gscid = guest.then_some(iohgatp.gscid);
                self.space = Space {
                    gscid: self.gscid,
                    pscid: DcTa::parse(*ta).pscid,
                };
            }
            (Structure::ProcessContext, [ta, ..]) => self.space.pscid = PcTa::parse(*ta).pscid,
            (Structure::FirstStagePte(_), [pte]) => self.global |= pte >> c::PTE_G_BIT & 1 == 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_formats::command::Fence;
    use sallyport_formats::{DeviceId, Gpa, Iova, Spa};
    use sallyport_model::{Access, QosIds, Request, SpaceIds};

    const GUEST: Gscid = Gscid::truncate(1);
    const SV39X4: u64 = c::IOHGATP_MODE_SV39X4 << c::IOHGATP_MODE_LSB | 1 << c::IOHGATP_GSCID_LSB;

    fn read(structure: Structure, input: u64, value: &[u64], meaning: Meaning) -> TableRead {
        TableRead {
            structure,
            address: Spa::new(0x1000),
            input,
            value: value.to_vec(),
            meaning,
            space: SpaceIds::default(),
            qos: QosIds::default(),
        }
    }

    /// A context; where the first-stage leaf lies, guest page 5; that leaf, of
    /// IOVA 0x9000; where it leads, guest page 7, by a pointer and a leaf.
    fn walk() -> Vec<TableRead> {
        let second =
            |level, input, meaning| read(Structure::SecondStagePte(level), input, &[1], meaning);
        let pointer = Meaning::NextTable(0x2000);
        vec![
            read(
                Structure::DeviceContext,
                0,
                &[1, SV39X4, 0, 0],
                Meaning::Leaf,
            ),
            second(1, 0x5000, pointer),
            second(0, 0x5000, Meaning::Leaf),
            read(Structure::FirstStagePte(0), 0x9000, &[1], Meaning::Leaf),
            second(1, 0x7000, pointer),
            second(0, 0x7000, Meaning::Leaf),
        ]
    }

    /// The clocks of the embedded ages after these commands, the n-th submitted
    /// in clock 10 n and followed by a fence that stores five clocks later.
    fn embedded(given: &[Command]) -> Vec<u64> {
        let mut commands = Commands::default();
        for (command, n) in given.iter().zip(1..) {
            let fence = Fence::default().writing(Spa::new(0x8000), n);
            let clock = Clock(10 * u64::from(n));
            commands.submit(*command, clock);
            commands.submit(Command::Fence(fence), clock);
            commands.store(Spa::new(0x8000), n, clock.after(5));
        }
        let device = DeviceId::from(1);
        let asked = Asked {
            request: Request::untranslated(device, Access::Read, Iova::new(0x9000), 4),
            accepted: Clock(1000),
            done: Clock(1001),
        };
        let ages = ages(&commands, &asked, false, &walk());
        assert!(ages.iter().all(|age| age.least <= age.embedded));
        ages.iter().map(|age| age.embedded.0).collect()
    }

    fn gvma(page: Option<u64>) -> Command {
        Command::invalidate_second_stage(Some(GUEST), page.map(Gpa::new))
    }

    fn vma() -> Command {
        Command::invalidate_first_stage(Some(GUEST), None, None)
    }

    #[test]
    fn the_second_stage_of_a_table_is_embedded_in_the_entry() {
        // All of the guest's second stage, but the first stage's leaf may be
        // from before, and so may be what located it.
        assert_eq!(embedded(&[gvma(None)]), [0, 0, 0, 0, 0, 10]);
        assert_eq!(embedded(&[gvma(None), vma()])[1..4], [0, 10, 20]);
        assert_eq!(
            embedded(&[gvma(None), vma(), gvma(None)])[1..],
            [0, 10, 20, 10, 30]
        );
    }

    #[test]
    fn an_address_means_its_leaf() {
        assert_eq!(embedded(&[gvma(Some(0x7000))])[4..], [0, 10]);
        assert_eq!(embedded(&[gvma(Some(0x6000))])[4..], [0, 0]);
        let other = Command::invalidate_second_stage(Some(Gscid::from(2)), None);
        assert_eq!(embedded(&[other])[4..], [0, 0]);
    }

    #[test]
    fn devices_and_guests() {
        let device = Command::invalidate_device(Some(DeviceId::from(1)));
        assert_eq!(embedded(&[device])[0], 10);
        let host = Command::invalidate_first_stage(None, None, None);
        assert_eq!(embedded(&[host])[3], 0);
    }
}
