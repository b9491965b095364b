// SPDX-License-Identifier: Apache-2.0
//! What IOTINVAL drops of two stages, and what it leaves: every combination of
//! its operands ("IOMMU Page-Table cache invalidation commands").
//!
//! Translations of the host and of guests are cached, one stage's entries change,
//! one command runs. What it covers is read anew; what it must spare, or has no
//! reason to drop, is answered from the caches.

use crate::core::requests::ask;
use crate::support::{Home, Rig, SIZES, Table, builds, context_in, leaf};
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::SubordinateTiming;
use sallyport_formats::command::Command;
use sallyport_formats::context::Fsc;
use sallyport_formats::pte::Pte32;
use sallyport_formats::{
    FirstStage, Gpa, Gscid, Iova, Pscid, Pte, SecondStage, Spa, constants as c,
};
use sallyport_model::Access;
use std::collections::BTreeMap;

const PAGE: u64 = 0x4000_0000;
const OTHER: u64 = 0x4000_1000;
const GLOBAL: u64 = 0x4000_2000;
const LARGE: u64 = 0x4020_0000;
/// With the number of their size.
const ALL: [(u64, usize); 4] = [(PAGE, 0), (OTHER, 0), (GLOBAL, 0), (LARGE, 2)];

/// A device: whose it is (`None`: the host's) and its PSCID (`None`: it has no
/// first stage).
type Device = (Option<u16>, Option<u32>);

/// Two processes of one guest, one of the host, and a device that the same guest
/// uses without a first stage. Then a guest whose GSCID is 0, and one whose GSCID is like the
/// first one's below; no room for these in the IOTLB of smaller builds.
const DEVICES: [Device; 6] = [
    (Some(3), Some(5)),
    (Some(3), Some(6)),
    (None, Some(5)),
    (Some(3), None),
    (Some(0), Some(5)),
    (Some(0x103), Some(5)),
];

/// Which entries change.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    First,
    Second,
}

/// What becomes of a translation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Dropped,
    Kept,
    /// Both are legal, and nothing is promised.
    Either,
}

/// Operands that are alike in both commands: guest, process, address.
type Operands = (Option<u16>, Option<u32>, Option<u64>);

/// The address where a device's page is for its guest, after so many changes.
/// Global pages are the same for all of a guest.
fn guest_address(device: usize, iova: u64, version: u64) -> u64 {
    match DEVICES[device] {
        (_, None) => iova,
        _ if iova == GLOBAL => 0x40_0000_0000 | ((version % 2) << 34) | iova,
        (_, Some(pscid)) => u64::from(pscid) << 36 | ((version % 2) << 34) | iova,
    }
}

/// Where that is in memory, after so many changes.
fn physical(guest: Option<u16>, address: u64, version: u64) -> u64 {
    match guest {
        Some(gscid) => u64::from(gscid) << 44 | ((version % 2) << 42) | address,
        None => 0x200 << 44 | address,
    }
}

fn holds(iova: u64, size: usize, at: u64) -> bool {
    at & !(SIZES[size].0 - 1) == iova
}

struct Scene {
    rig: Rig<CoreSystem>,
    homes: BTreeMap<Option<u16>, Home>,
    tables: Vec<Option<Table>>,
    /// How often the entries of either stage have changed.
    first: u64,
    second: u64,
}

impl Scene {
    fn new(build: Build) -> Self {
        let mut config = SystemConfig::new(build, Seed::new(82));
        config.table_memory = SubordinateTiming::fixed(4);
        let mut scene = Self {
            rig: Rig::started(&config, 1),
            homes: BTreeMap::from([(None, Home::Host)]),
            tables: Vec::new(),
            first: 0,
            second: 0,
        };
        let devices = if build == Build::Full { 6 } else { 4 };
        for (device, (guest, pscid)) in DEVICES.into_iter().enumerate().take(devices) {
            let rig = &mut scene.rig;
            if let (Some(gscid), false) = (guest, scene.homes.contains_key(&guest)) {
                let home = Home::guest(rig, SecondStage::Sv39x4, gscid);
                scene.homes.insert(guest, home);
            }
            let home = scene.homes.get_mut(&guest).expect("it is there");
            let table = pscid.map(|_| Table::new(rig, home, FirstStage::Sv39));
            let fsc = table.map(|table| table.fsc()).unwrap_or_default();
            let dc = context_in(home, fsc, pscid.unwrap_or(5));
            rig.put_context(device as u32, dc.emit());
            scene.tables.push(table);
        }
        scene.write(Stage::First);
        scene.write(Stage::Second);
        scene
    }

    fn devices(&self) -> usize {
        self.tables.len()
    }

    /// Writes all leaves of a stage as its version is now.
    fn write(&mut self, stage: Stage) {
        for (device, &(guest, _)) in DEVICES.iter().enumerate().take(self.devices()) {
            let home = self.homes.get_mut(&guest).expect("it is there");
            for (iova, size) in ALL {
                match (stage, self.tables[device]) {
                    (Stage::First, Some(table)) => {
                        let to = guest_address(device, iova, self.first);
                        let pte = Pte {
                            g: iova == GLOBAL,
                            ..leaf(if guest.is_some() {
                                to
                            } else {
                                physical(None, to, 0)
                            })
                        };
                        table.set(&mut self.rig, home, iova, size, pte);
                    }
                    (Stage::Second, _) if guest.is_some() => {
                        for version in 0..2 {
                            let gpa = guest_address(device, iova, version);
                            let pa = physical(guest, gpa, self.second);
                            home.as_guest().map(&mut self.rig, gpa, pa, size);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn found(&mut self, device: usize, iova: u64) -> u64 {
        let request = ask(device as u32, Access::Read, iova + 0xff8);
        let pa = self.rig.translate(request);
        pa.unwrap_or_else(|| panic!("device {device}, {iova:#x} was refused")) - 0xff8
    }

    fn expected(&self, device: usize, iova: u64) -> u64 {
        let guest = DEVICES[device].0;
        physical(guest, guest_address(device, iova, self.first), self.second)
    }

    /// Has everything cached, changes a stage, runs a command, and looks.
    fn run(&mut self, stage: Stage, command: Command, fate: impl Fn(Device, usize, u64) -> Fate) {
        self.rig
            .put(Command::invalidate_second_stage(None, None).emit());
        self.rig.forget_pages();
        let places: Vec<(usize, u64)> = (0..self.devices())
            .flat_map(|device| ALL.map(|(iova, _)| (device, iova)))
            .collect();
        let mut old = BTreeMap::new();
        for &(device, iova) in &places {
            let pa = self.found(device, iova);
            assert_eq!(
                pa,
                self.expected(device, iova),
                "device {device}, {iova:#x}"
            );
            old.insert((device, iova), pa);
        }
        match stage {
            Stage::First => self.first += 1,
            Stage::Second => self.second += 1,
        }
        self.write(stage);
        self.rig.command(command);
        self.rig.fence();
        // What is kept comes first, before any fill.
        let order = [Fate::Kept, Fate::Either, Fate::Dropped];
        for (wanted, &(device, iova)) in order
            .into_iter()
            .flat_map(|wanted| places.iter().map(move |place| (wanted, place)))
        {
            if fate(DEVICES[device], device, iova) != wanted {
                continue;
            }
            let (old, new) = (old[&(device, iova)], self.expected(device, iova));
            let pa = self.found(device, iova);
            let is_right = match wanted {
                Fate::Kept => pa == old,
                Fate::Dropped => pa == new,
                Fate::Either => pa == old || pa == new,
            };
            assert!(
                is_right,
                "{command:?}: device {device}, {iova:#x} should be {wanted:?}: {pa:#x}, before \
                 {old:#x}, after {new:#x}"
            );
        }
    }

    fn vma(&mut self, (guest, pscid, address): Operands) {
        let command = Command::invalidate_first_stage(
            guest.map(|g| Gscid::truncate(g.into())),
            pscid.map(|p| Pscid::truncate(p.into())),
            address.map(Iova::new),
        );
        self.run(Stage::First, command, |(of, process), _, iova| {
            let size = SIZES[if iova == LARGE { 2 } else { 0 }].0;
            let covered = of == guest
                && (pscid.is_none() || pscid == process && iova != GLOBAL)
                && address.is_none_or(|at| at & !(size - 1) == iova);
            match (covered, process) {
                (true, Some(_)) => Fate::Dropped,
                (true, None) => Fate::Either,
                (false, _) => Fate::Kept,
            }
        });
    }

    /// `address` is one of the guest.
    fn gvma(&mut self, guest: Option<u16>, address: Option<u64>) {
        let version = self.first;
        let command = Command::invalidate_second_stage(
            guest.map(|g| Gscid::truncate(g.into())),
            address.map(Gpa::new),
        );
        self.run(Stage::Second, command, |(of, process), device, iova| {
            let size = if iova == LARGE { 2 } else { 0 };
            let gpa = guest_address(device, iova, version);
            let named = guest.is_none() || address.is_none_or(|at| holds(gpa, size, at));
            match (of, guest.is_none() || guest == of) {
                (Some(_), true) if named => Fate::Dropped,
                // The guest's addresses are known of what has no first stage.
                (Some(_), true) if process.is_some() => Fate::Either,
                _ => Fate::Kept,
            }
        });
    }
}

/// Builds with room for the scene.
fn scenes() -> Vec<Scene> {
    builds(&[Build::Default, Build::Full])
        .into_iter()
        .map(Scene::new)
        .collect()
}

#[test]
fn vma_with_every_operand() {
    for mut scene in scenes() {
        for guest in [None, Some(3), Some(0), Some(0x103), Some(4)] {
            for pscid in [None, Some(5), Some(6), Some(0x105)] {
                for address in [
                    None,
                    Some(PAGE),
                    Some(GLOBAL),
                    Some(LARGE + 0x1f_f000),
                    Some(OTHER + 0x8000),
                ] {
                    scene.vma((guest, pscid, address));
                }
            }
        }
        scene.rig.finish();
    }
}

#[test]
fn gvma_with_every_operand() {
    for mut scene in scenes() {
        for guest in [None, Some(3), Some(0), Some(0x103), Some(4)] {
            scene.gvma(guest, None);
            // Those of the first two devices and of the one without a first stage.
            for device in [0, 1, 3] {
                for (iova, at) in [(PAGE, 0), (LARGE, 0x1f_f000), (OTHER, 0x8000)] {
                    let gpa = guest_address(device, iova, scene.first) + at;
                    scene.gvma(guest, Some(gpa));
                }
            }
        }
        scene.rig.finish();
    }
}

/// A pointer of the first stage holds where its table is in memory.
#[test]
fn gvma_drops_where_tables_of_a_guest_are() {
    for build in builds(&Build::ALL) {
        for level in [1, 2] {
            let mut rig = Rig::core(build, 83);
            rig.start_queues();
            rig.set_levels(1);
            let mut home = Home::guest(&mut rig, SecondStage::Sv39x4, 3);
            let table = Table::new(&mut rig, &mut home, FirstStage::Sv39);
            for (iova, gpa) in [(PAGE, 0x1_0000_0000), (OTHER, 0x1_0000_3000)] {
                table.map(&mut rig, &mut home, iova, gpa, 0);
                home.as_guest().map(&mut rig, gpa, gpa | 1 << 44, 0);
            }
            rig.put_context(0, context_in(&home, table.fsc(), 5).emit());
            let first = rig.translate(ask(0, Access::Read, PAGE));
            assert_eq!(first, Some(0x1_0000_0000 | 1 << 44));
            // The table below that entry moves, and what was there is used otherwise.
            let slot = table.slot(&mut rig, &mut home, PAGE, level);
            let below = Pte::parse(rig.machine.memory().read_u64(slot)).ppn << 12;
            let old = home.at(below);
            home.migrate(&mut rig, below);
            rig.machine.memory_mut().write(old, &[0xff; 4096]);
            let guest = Some(Gscid::truncate(3));
            rig.command(Command::invalidate_second_stage(
                guest,
                Some(Gpa::new(below)),
            ));
            rig.fence();
            let pa = rig.translate(ask(0, Access::Read, OTHER));
            assert_eq!(pa, Some(0x1_0000_3000 | 1 << 44), "{build}, level {level}");
            rig.finish();
        }
    }
}

/// Where the stages' pages are of different sizes an entry is as small as the
/// smaller, and goes with any address of the leaf that it lies in.
#[test]
fn an_address_of_the_leaf_drops_what_was_cut_from_it() {
    for build in builds(&Build::ALL) {
        for (size, at) in [(2, 0x5000), (2, 0x1f_f000), (3, 0x3fff_f000), (1, 0xf000)] {
            let mut rig = Rig::core(build, 84);
            rig.start_queues();
            rig.set_levels(1);
            let mut home = Home::guest(&mut rig, SecondStage::Sv39x4, 3);
            let table = Table::new(&mut rig, &mut home, FirstStage::Sv39);
            rig.put_context(0, context_in(&home, table.fsc(), 5).emit());
            let [old, new] = [0x4_0000_0000, 0x6_0000_0000];
            for gpa in [old, new] {
                home.as_guest().map(&mut rig, gpa, gpa | 1 << 44, 0);
            }
            table.map(&mut rig, &mut home, PAGE, old, size);
            let pa = rig.translate(ask(0, Access::Read, PAGE));
            assert_eq!(pa, Some(old | 1 << 44));
            table.map(&mut rig, &mut home, PAGE, new, size);
            let guest = Some(Gscid::truncate(3));
            let address = Some(Iova::new(PAGE + at));
            rig.command(Command::invalidate_first_stage(guest, None, address));
            rig.fence();
            let pa = rig.translate(ask(0, Access::Read, PAGE));
            assert_eq!(pa, Some(new | 1 << 44), "{build}, size {size}, {at:#x}");
            rig.finish();
        }
    }
}

/// A page of 4 MiB, which only Sv32 and Sv32x4 have, goes as a whole.
#[test]
fn an_address_of_a_page_of_4_mib_drops_all_of_it() {
    for build in builds(&Build::ALL) {
        for is_second in [false, true] {
            let mut rig = Rig::core(build, 85);
            if rig.capabilities.sv32 && rig.capabilities.sv32x4 {
                four_mib(&mut rig, is_second);
            }
            rig.finish();
        }
    }
}

fn four_mib(rig: &mut Rig<CoreSystem>, is_second: bool) {
    // Before anything is switched on; GXL wants SXL.
    let fctl = rig.read32(c::REG_FCTL);
    rig.write32(c::REG_FCTL, fctl | u32::from(is_second) << c::FCTL_GXL_BIT);
    rig.start_queues();
    rig.set_levels(1);
    let root = rig.pages(4);
    let mut dc = context_in(&Home::Host, Fsc::default(), 5);
    dc.tc.sxl = true;
    if is_second {
        dc.iohgatp.mode = SecondStage::Sv32x4.code();
        dc.iohgatp.ppn = root.page_number();
        dc.iohgatp.gscid = Gscid::truncate(3);
    } else {
        dc.fsc.mode = FirstStage::Sv32.code();
        dc.fsc.ppn = root.page_number();
    }
    rig.put_context(0, dc.emit());
    let map = |rig: &mut Rig<CoreSystem>, pa: u64| {
        let pte = Pte32 {
            v: true,
            r: true,
            u: true,
            a: true,
            ppn: (pa >> 12) as u32,
            ..Pte32::default()
        };
        let slot = Spa::new(root.raw() + 4 * (PAGE >> 22));
        rig.machine
            .memory_mut()
            .write(slot, &pte.emit().to_le_bytes());
    };
    let halves = [PAGE + 0x1000, PAGE + 0x20_0000];
    for at in [0x3f_f000, 0, 0x1f_f000, 0x20_0000] {
        let (old, new) = (0x1_0000_0000, 0x1_0040_0000);
        map(rig, old);
        rig.put(Command::invalidate_second_stage(None, None).emit());
        rig.forget_pages();
        for iova in halves {
            let pa = rig.translate(ask(0, Access::Read, iova));
            assert_eq!(pa, Some(old + iova - PAGE), "second stage {is_second}");
        }
        map(rig, new);
        rig.command(if is_second {
            Command::invalidate_second_stage(Some(Gscid::truncate(3)), Some(Gpa::new(PAGE + at)))
        } else {
            Command::invalidate_first_stage(None, None, Some(Iova::new(PAGE + at)))
        });
        rig.fence();
        for iova in halves {
            let pa = rig.translate(ask(0, Access::Read, iova));
            assert_eq!(
                pa,
                Some(new + iova - PAGE),
                "second stage {is_second}, {at:#x}"
            );
        }
    }
}
