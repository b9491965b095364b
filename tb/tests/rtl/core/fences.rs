// SPDX-License-Identifier: Apache-2.0
//! What IOFENCE.C waits for ("IOMMU Command-queue Fence commands").

use super::requests::ask;
use crate::support::{PageTable, Rig, builds, context, core_request};
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::Attributes;
use sallyport_bus::{Resp, Span, SubordinateTiming};
use sallyport_formats::command::Fence;
use sallyport_formats::{Cause, Command, FirstStage, Spa, constants as c};
use sallyport_model::Access;

const PAGE: u64 = 0x4000_0000;

fn scene(config: &SystemConfig) -> Rig<CoreSystem> {
    let mut rig: Rig<CoreSystem> = Rig::started(config, 1);
    let table = PageTable::new(&mut rig, FirstStage::Sv39);
    for n in 0..8 {
        table.map(&mut rig, PAGE + n * 0x1000, 0x1_0000_0000 + n * 0x1000);
    }
    rig.put_context(0, context(&table, 1).emit());
    rig
}

#[test]
fn a_fence_waits_for_earlier_requests() {
    for build in builds(&Build::ALL) {
        for fence in [
            Fence::default(),
            Fence {
                pr: true,
                pw: true,
                ..Fence::default()
            },
        ] {
            let mut rig = scene(&SystemConfig::new(build, Seed::new(20)));
            rig.forget();
            // Page-table reads are slow from now on; commands are in another place.
            let mut slow = SubordinateTiming::fixed(20);
            slow.read_latency = Span::exactly(700);
            slow.reorder = true;
            rig.machine.table_memory().set_timing(slow);
            rig.machine
                .submit(core_request(&ask(0, Access::Read, PAGE)));
            rig.run(20);
            rig.machine.table_memory().set_timing(SubordinateTiming {
                reorder: true,
                ..SubordinateTiming::fixed(5)
            });
            rig.put(Command::Fence(fence).emit());
            rig.ring();
            rig.run(200);
            let head = rig.read32(c::REG_CQH);
            assert_ne!(
                head, rig.command_tail,
                "{build}: the fence passed a request"
            );
            assert_eq!(rig.machine.in_flight(), 1);
            // Later requests neither hinder it nor are they hindered.
            rig.drain();
            assert_eq!(
                rig.machine.in_flight(),
                0,
                "{build}: the fence passed a request"
            );
            rig.finish();
        }
    }
}

#[test]
fn a_fence_waits_for_fault_records() {
    for build in builds(&Build::ALL) {
        let mut config = SystemConfig::new(build, Seed::new(21));
        config.table_memory.write_latency = Span::exactly(900);
        let mut rig = scene(&config);
        for n in 0..4u64 {
            rig.machine.submit(core_request(&ask(
                0,
                Access::Write,
                PAGE + (100 + n) * 0x1000,
            )));
        }
        rig.until("answers", 5_000, |machine| machine.in_flight() == 0);
        rig.fence();
        // They are there by now: `fqt` is not waited for.
        let faults = rig.faults();
        assert_eq!(faults.len(), 4, "{build}: the fence passed fault records");
        assert!(faults.iter().all(|f| f.cause == Cause::WritePageFault));
        rig.finish();
    }
}

#[test]
fn a_fence_without_pr_and_pw_does_not_wait_for_fast_traffic() {
    // Constant hits: the fence needs the time of the fetch and little more.
    let mut rig = scene(&SystemConfig::new(Build::Default, Seed::new(22)));
    rig.translate(ask(0, Access::Read, PAGE));
    for n in 0..400 {
        rig.machine
            .submit(core_request(&ask(0, Access::Read, PAGE + n % 8)));
    }
    rig.run(20);
    rig.put(Command::Fence(Fence::default()).emit());
    rig.ring();
    rig.run(60);
    assert_eq!(rig.read32(c::REG_CQH), rig.command_tail);
    assert!(rig.machine.in_flight() > 0, "there was no traffic any more");
    rig.until("answers", 5_000, |machine| machine.in_flight() == 0);
    rig.finish();
}

#[test]
fn a_fence_stores_its_data_when_it_is_done() {
    for build in builds(&Build::ALL) {
        let mut rig = scene(&SystemConfig::new(build, Seed::new(23)));
        for offset in [0x100, 0x204] {
            let at = Spa::new(rig.pages(1).raw() + offset);
            rig.machine
                .memory_mut()
                .write_u64(Spa::new(at.raw() & !7), u64::MAX);
            rig.command(Command::Fence(Fence::default().writing(at, 0x1234_5678)));
            rig.drain();
            assert_eq!(rig.machine.memory().read_u32(at), 0x1234_5678, "{build}");
            let neighbour = Spa::new(at.raw() ^ 4);
            assert_eq!(
                rig.machine.memory().read_u32(neighbour),
                u32::MAX,
                "{build}"
            );
        }
        rig.finish();
    }
}

#[test]
fn a_store_that_fails_stops_the_queue() {
    for build in builds(&Build::ALL) {
        let mut rig = scene(&SystemConfig::new(build, Seed::new(24)));
        let at = rig.pages(1);
        let end = Spa::new(at.raw() + 8);
        rig.machine
            .memory_mut()
            .set_attributes(at..end, Attributes::error(Resp::SlvErr));
        let stopped = rig.command_tail;
        rig.put(Command::Fence(Fence::default().writing(at, 1)).emit());
        rig.put(Command::Fence(Fence::default()).emit());
        rig.ring();
        let cqmf = 1 << c::CQCSR_CQMF_BIT;
        rig.poll32(c::REG_CQCSR, cqmf, cqmf);
        assert_eq!(rig.read32(c::REG_CQH), stopped, "{build}");
        // Mended and cleared, it is executed again.
        rig.machine
            .memory_mut()
            .set_attributes(at..end, Attributes::NORMAL);
        rig.write32(c::REG_CQCSR, 1 | cqmf);
        rig.drain();
        assert_eq!(rig.machine.memory().read_u32(at), 1);
        rig.finish();
    }
}

#[test]
fn pr_and_pw_wait_for_the_front_end_in_both_colours() {
    // Through the AXI top the same is shown with real traffic; here two fences
    // in a row make sure that either colour of the requests is waited for.
    let mut rig = scene(&SystemConfig::new(Build::Default, Seed::new(25)));
    for round in 0..6u64 {
        rig.forget();
        rig.machine.submit(core_request(&ask(
            0,
            Access::Read,
            PAGE + 0x1000 * (round % 4),
        )));
        rig.run(6);
        rig.command(Command::Fence(Fence::default()));
        rig.drain();
        assert_eq!(rig.machine.in_flight(), 0, "round {round}");
        while rig.machine.pop_answer().is_some() {}
    }
    rig.finish();
}
