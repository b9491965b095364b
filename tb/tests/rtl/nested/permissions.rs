// SPDX-License-Identifier: Apache-2.0
//! What the leaves of both stages allow together: permissions, A and D, memory
//! types, and tables that the guest itself may not write, against the golden model,
//! cold and cached.

use crate::core::requests::ask;
use crate::support::{Home, Rig, Table, builds, context_in, leaf};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_formats::context::Tc;
use sallyport_formats::{DeviceContext, FirstStage, Pbmt, Pte, SecondStage};
use sallyport_model::{Access, Request};

const FIRST: u64 = 0x4000_0000;
const GUEST: u64 = 0xc000_0000;
const HOST: u64 = 0x90_0000_0000;

/// Devices differ in who sets A and D: nobody, the first stage, the second, both.
const UPDATES: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];

struct Scene {
    rig: Rig<CoreSystem>,
    home: Home,
    table: Table,
}

impl Scene {
    fn new(build: Build) -> Self {
        let mut rig = Rig::core(build, 89);
        rig.start_queues();
        rig.set_levels(1);
        let mut home = Home::guest(&mut rig, SecondStage::Sv39x4, 3);
        let table = Table::new(&mut rig, &mut home, FirstStage::Sv39);
        Self { rig, home, table }
    }

    /// Contexts of the devices that the build can have.
    fn attach(&mut self) -> u32 {
        let devices = if self.rig.capabilities.amo_hwad { 4 } else { 1 };
        for (device, (sade, gade)) in (0..devices).zip(UPDATES) {
            let plain = context_in(&self.home, self.table.fsc(), 5 + device);
            let dc = DeviceContext {
                tc: Tc {
                    sade,
                    gade,
                    ..plain.tc
                },
                ..plain
            };
            self.rig.put_context(device, dc.emit());
        }
        devices
    }

    /// Writes both leaves of a page.
    fn map(&mut self, page: u64, first: Pte, second: Pte) {
        let (iova, gpa) = (FIRST + page * 0x1000, GUEST + page * 0x1000);
        let (rig, home) = (&mut self.rig, &mut self.home);
        let first = Pte {
            ppn: gpa >> 12,
            ..first
        };
        let second = Pte {
            ppn: (HOST >> 12) + 3 * page,
            ..second
        };
        self.table.set(rig, home, iova, 0, first);
        home.as_guest().set(rig, gpa, 0, second);
    }

    /// Every pair of these leaves, each asked for in several orders: what is cached
    /// for one access is not what another needs.
    fn pairs(&mut self, what: &str, leaves: &[Pte], orders: &[&[Access]]) {
        let leaves = || leaves.iter().copied();
        let devices = self.attach();
        for order in orders {
            for device in 0..devices {
                let mut requests: Vec<Request> = Vec::new();
                let pairs = leaves().flat_map(|f| leaves().map(move |s| (f, s)));
                for (page, (first, second)) in (0..).zip(pairs) {
                    self.map(page, first, second);
                    let iova = FIRST + page * 0x1000 + 0x10;
                    requests.extend(order.iter().map(|&access| ask(device, access, iova)));
                }
                self.rig.forget();
                let what = format!("{what}, device {device}, {order:?}");
                self.rig.check(&what, &requests);
            }
        }
    }
}

const ORDERS: [&[Access]; 3] = [
    &[Access::Read, Access::Write, Access::Execute, Access::Read],
    &[Access::Write, Access::Read],
    &[Access::Execute, Access::Write],
];

#[test]
fn permissions_of_both_stages() {
    let all = Pte { x: true, ..leaf(0) };
    let leaves = [
        all,
        Pte { w: false, ..all },
        Pte { x: false, ..all },
        Pte {
            r: false,
            w: false,
            ..all
        },
        Pte { d: false, ..all },
        Pte {
            a: false,
            d: false,
            ..all
        },
        Pte { u: false, ..all },
        Pte { v: false, ..all },
    ];
    for build in builds(&Build::ALL) {
        let mut scene = Scene::new(build);
        scene.pairs(&format!("{build}"), &leaves, &ORDERS);
        scene.rig.finish();
    }
}

#[test]
fn memory_types_of_both_stages() {
    let types = [Pbmt::Pma, Pbmt::Nc, Pbmt::Io, Pbmt::Other(3)];
    let leaves = types.map(|pbmt| Pte { pbmt, ..leaf(0) });
    for build in builds(&Build::ALL) {
        let mut scene = Scene::new(build);
        scene.pairs(&format!("{build}"), &leaves, &ORDERS[..1]);
        scene.rig.finish();
    }
}

/// A and D of the first stage are set where the second lets the guest write its
/// tables; otherwise it is a guest page fault, and says that the write was implicit.
#[test]
fn tables_that_the_guest_may_not_write() {
    for build in builds(&Build::ALL) {
        let mut scene = Scene::new(build);
        let devices = scene.attach();
        let clean = Pte {
            a: false,
            d: false,
            ..leaf(0)
        };
        for page in 0..2 {
            scene.map(page, clean, leaf(0));
        }
        let entry = scene.table.slot(&mut scene.rig, &mut scene.home, FIRST, 1);
        let pointer = Pte::parse(scene.rig.machine.memory().read_u64(entry));
        let page = pointer.ppn << 12;
        let frame = scene.home.at(page).raw();
        let kept = Pte {
            w: false,
            ..leaf(frame)
        };
        scene.home.as_guest().set(&mut scene.rig, page, 0, kept);
        let requests: Vec<Request> = (0..devices)
            .flat_map(|device| {
                [Access::Read, Access::Write].map(|access| ask(device, access, FIRST + 0x1008))
            })
            .collect();
        scene.rig.forget();
        scene.rig.check(&format!("{build}"), &requests);
        scene.rig.finish();
    }
}
