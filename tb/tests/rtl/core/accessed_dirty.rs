// SPDX-License-Identifier: Apache-2.0
//! A and D bits: set by hardware where the context says so, otherwise a fault
//! ("IOMMU updating of PTE accessed (A) and dirty (D) updates").

use super::requests::ask;
use crate::support::{PageTable, Rig, context};
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::{Cause, FirstStage, Pte, Spa};
use sallyport_model::Access;

const PAGE: u64 = 0x4000_0000;
const PA: u64 = 0x1_2345_6000;

struct Scene {
    rig: Rig<CoreSystem>,
    slot: Spa,
}

impl Scene {
    /// A page of device 0 with A and D as given.
    fn new(config: &SystemConfig, sade: bool, (a, d): (bool, bool)) -> Self {
        let mut rig: Rig<CoreSystem> = Rig::started(config, 1);
        let table = PageTable::new(&mut rig, FirstStage::Sv39);
        let slot = table.map(&mut rig, PAGE, PA);
        let mut dc = context(&table, 1);
        dc.tc.sade = sade;
        rig.put_context(0, dc.emit());
        let mut scene = Self { rig, slot };
        scene.set(a, d);
        scene
    }

    fn default(sade: bool, bits: (bool, bool)) -> Self {
        Self::new(&SystemConfig::new(Build::Default, Seed::new(7)), sade, bits)
    }

    fn set(&mut self, a: bool, d: bool) {
        let pte = Pte {
            v: true,
            r: true,
            w: true,
            u: true,
            a,
            d,
            ppn: PA >> 12,
            ..Pte::default()
        };
        self.rig
            .machine
            .memory_mut()
            .write_u64(self.slot, pte.emit());
    }

    fn bits(&self) -> (bool, bool) {
        let pte = Pte::parse(self.rig.machine.memory().read_u64(self.slot));
        assert_eq!(pte.ppn, PA >> 12);
        (pte.a, pte.d)
    }

    fn ask(&mut self, access: Access) -> Option<u64> {
        self.rig.translate(ask(0, access, PAGE))
    }

    /// The causes that were recorded.
    fn causes(&mut self) -> Vec<Cause> {
        self.rig.fence();
        self.rig
            .faults()
            .iter()
            .map(|record| record.cause)
            .collect()
    }
}

#[test]
fn hardware_sets_what_the_access_needs() {
    for (before, access, bits) in [
        ((false, false), Access::Read, (true, false)),
        ((false, false), Access::Write, (true, true)),
        ((true, false), Access::Write, (true, true)),
        ((false, true), Access::Read, (true, true)),
        ((true, false), Access::Read, (true, false)),
    ] {
        let mut scene = Scene::default(true, before);
        assert_eq!(scene.ask(access), Some(PA), "{before:?}, {access:?}");
        assert_eq!(scene.bits(), bits, "{before:?}, {access:?}");
        let writes = scene.rig.machine.counters().walk_writes;
        assert_eq!(writes, u64::from(before != bits), "{before:?}, {access:?}");
        assert!(scene.causes().is_empty());
        scene.rig.finish();
    }
}

#[test]
fn without_sade_they_fault() {
    for (before, access, cause) in [
        ((false, true), Access::Read, Cause::ReadPageFault),
        ((false, true), Access::Write, Cause::WritePageFault),
        ((true, false), Access::Write, Cause::WritePageFault),
    ] {
        let mut scene = Scene::default(false, before);
        assert_eq!(scene.ask(access), None);
        assert_eq!(scene.causes(), [cause]);
        assert_eq!(scene.bits(), before);
        scene.rig.finish();
    }
}

#[test]
fn a_write_after_a_read_sets_d() {
    // The read caches the page with D=0: the write must go and set it.
    let mut scene = Scene::default(true, (true, false));
    assert_eq!(scene.ask(Access::Read), Some(PA));
    assert_eq!(scene.bits(), (true, false));
    assert_eq!(scene.ask(Access::Write), Some(PA));
    assert_eq!(scene.bits(), (true, true));
    // And now it is cached with D=1.
    let walks = scene.rig.machine.counters().walks;
    assert_eq!(scene.ask(Access::Write), Some(PA));
    assert_eq!(scene.ask(Access::Read), Some(PA));
    assert_eq!(scene.rig.machine.counters().walks, walks);
    scene.rig.finish();
}

#[test]
fn a_read_and_a_write_at_once_each_get_their_own() {
    // They merge into one walk; the write must not use the read's outcome.
    for accesses in [
        [Access::Read, Access::Write, Access::Read, Access::Write],
        [Access::Write, Access::Read, Access::Write, Access::Read],
    ] {
        let mut scene = Scene::default(true, (false, false));
        let requests = accesses.map(|access| ask(0, access, PAGE));
        let answers = scene.rig.answers(&requests);
        assert!(answers.iter().all(|a| !a.answer.fault && a.answer.pa == PA));
        assert_eq!(scene.bits(), (true, true));
        scene.rig.finish();

        let mut scene = Scene::default(false, (true, false));
        let answers = scene.rig.answers(&requests);
        for (access, answered) in accesses.iter().zip(&answers) {
            assert_eq!(
                answered.answer.fault,
                *access == Access::Write,
                "{access:?}"
            );
        }
        assert_eq!(scene.causes(), [Cause::WritePageFault; 2]);
        scene.rig.finish();
    }
}

#[test]
fn failed_exclusive_writes_are_tried_again() {
    let mut config = SystemConfig::new(Build::Default, Seed::new(8));
    config.table_memory.exclusive_loss = 800;
    let mut scene = Scene::new(&config, true, (false, false));
    let mut writes = 0;
    for _ in 0..20 {
        scene.set(false, false);
        scene.rig.forget();
        let before = scene.rig.machine.counters().walk_writes;
        assert_eq!(scene.ask(Access::Write), Some(PA));
        assert_eq!(scene.bits(), (true, true));
        writes += scene.rig.machine.counters().walk_writes - before;
    }
    assert!(
        writes > 40,
        "{writes} writes for 20 updates: too few failed"
    );
    scene.rig.finish();
}

#[test]
fn an_entry_that_changes_meanwhile_is_judged_anew() {
    let mut config = SystemConfig::new(Build::Default, Seed::new(9));
    config.table_memory.exclusive_loss = 900;
    let mut scene = Scene::new(&config, true, (true, false));
    for n in 0..20u64 {
        scene.set(true, false);
        scene.rig.forget();
        scene.rig.faults();
        scene
            .rig
            .machine
            .submit(crate::support::core_request(&ask(0, Access::Write, PAGE)));
        scene.rig.run(100 + 3 * n);
        // Software takes the page away while the update is under way.
        scene.rig.machine.memory_mut().write_u64(scene.slot, 0);
        scene
            .rig
            .until("answer", 20_000, |machine| machine.in_flight() == 0);
        let answer = scene.rig.machine.pop_answer().expect("one").answer;
        scene.rig.fence();
        assert_eq!(answer.fault, scene.rig.faults().len() == 1);
        let left = scene.rig.machine.memory().read_u64(scene.slot);
        assert_eq!(left, 0, "round {n}: an update brought the entry back");
    }
    scene.rig.finish();
}

#[test]
fn memory_without_exclusive_accesses_is_an_access_fault() {
    for (access, cause) in [
        (Access::Read, Cause::ReadAccessFault),
        (Access::Write, Cause::WriteAccessFault),
    ] {
        let mut scene = Scene::default(true, (false, false));
        let end = Spa::new(scene.slot.raw() + 8);
        let range = scene.slot..end;
        scene
            .rig
            .machine
            .memory_mut()
            .set_attributes(range, Attributes::NO_EXCLUSIVE);
        assert_eq!(scene.ask(access), None);
        assert_eq!(scene.causes(), [cause]);
        assert_eq!(scene.bits(), (false, false));
        scene.rig.finish();
    }
}

#[test]
fn an_update_that_memory_refuses_is_an_access_fault() {
    for resp in [Resp::SlvErr, Resp::DecErr] {
        let mut scene = Scene::default(true, (true, false));
        let end = Spa::new(scene.slot.raw() + 8);
        let attributes = Attributes {
            write: resp,
            ..Attributes::NORMAL
        };
        scene
            .rig
            .machine
            .memory_mut()
            .set_attributes(scene.slot..end, attributes);
        assert_eq!(scene.ask(Access::Read), Some(PA));
        assert_eq!(scene.ask(Access::Write), None);
        assert_eq!(scene.causes(), [Cause::WriteAccessFault]);
        assert_eq!(scene.bits(), (true, false));
        scene.rig.finish();
    }
}
