// SPDX-License-Identifier: Apache-2.0
//! Commands, faults, interrupts, devices.

use sallyport_driver::fake::{FakeMemory, FakeRegisters};
use sallyport_driver::{CommandError, Config, Error, Memory, Mmio, QueueLoss, Recovery, now};
use sallyport_formats::command::{Directory, Fence, Invalidation};
use sallyport_formats::constants as c;
use sallyport_formats::context::{DcTa, Fsc, Iohgatp, Tc};
use sallyport_formats::regs::{Ipsr, QueueBase};
use sallyport_formats::{
    Cause, Command, DeviceContext, DeviceId, FaultRecord, Gscid, Iova, Pscid, Spa,
};

use crate::{start, started};

fn small() -> Config<'static> {
    Config {
        log2_commands: 3,
        log2_faults: 2,
        polls: 10,
        ..Config::default()
    }
}

#[test]
fn commands_wrap_around_and_complete_in_order() {
    let mem = FakeMemory::new();
    let mut iommu = start(FakeRegisters::new(), &mem, &small()).unwrap();
    let mut last = None;
    for page in 0..40u64 {
        let command = Command::invalidate_first_stage(None, None, Iova::from_page_number(page));
        now(iommu.submit(&mut mem.clone(), [command]))
            .unwrap()
            .unwrap();
        let ticket = now(iommu.fence(&mut mem.clone())).unwrap().unwrap();
        assert!(Some(ticket) > last);
        assert_eq!(now(iommu.completed(ticket)), Some(Ok(true)));
        last = Some(ticket);
    }
    let executed = &iommu.registers().0.executed;
    let pages: Vec<u64> = executed
        .iter()
        .filter_map(|command| match command {
            Command::InvalidateVma(Invalidation { av: true, page, .. }) => Some(*page),
            _ => None,
        })
        .collect();
    assert_eq!(pages, (0..40).collect::<Vec<_>>());
}

#[test]
fn a_full_queue_refuses_all_or_nothing() {
    let mem = FakeMemory::new();
    let mut iommu = start(FakeRegisters::new(), &mem, &small()).unwrap();
    iommu.registers().0.stalled = true;
    let fence = Command::Fence(Fence::default());
    let mut submit = |n| now(iommu.submit(&mut mem.clone(), vec![fence; n])).unwrap();
    assert_eq!(submit(5), Ok(()));
    assert_eq!(submit(3), Err(Error::QueueFull));
    assert_eq!(submit(2), Ok(()));
    assert_eq!(submit(1), Err(Error::QueueFull));
    iommu.registers().0.stalled = false;
    iommu.registers().0.execute();
    let ticket = now(iommu.fence(&mut mem.clone())).unwrap().unwrap();
    assert_eq!(now(iommu.wait(ticket)), Some(Ok(())));
    assert_eq!(iommu.registers().0.executed.len(), 4 + 7 + 1);
}

#[test]
fn waiting_is_bounded() {
    let mem = FakeMemory::new();
    let mut iommu = start(FakeRegisters::new(), &mem, &small()).unwrap();
    iommu.registers().0.stalled = true;
    let ticket = now(iommu.fence(&mut mem.clone())).unwrap().unwrap();
    assert_eq!(now(iommu.completed(ticket)), Some(Ok(false)));
    assert_eq!(
        now(iommu.wait(ticket)),
        Some(Err(Error::Timeout { what: "a fence" }))
    );
}

/// Overwrites queue entry `index` behind the driver's back.
fn corrupt(regs: &mut FakeRegisters, mem: &FakeMemory, index: u64) {
    let raw = u64::from(regs.read32(c::REG_CQB + 4)) << 32 | u64::from(regs.read32(c::REG_CQB));
    let entry = (QueueBase::parse(raw).ppn << 12) + index * c::CQ_ENTRY_BYTES;
    mem.clone().write64(Spa::new(entry), 0x3f);
}

#[test]
fn a_stopped_queue_is_told_and_recovers() {
    let mem = FakeMemory::new();
    let mut iommu = started(&mem);
    iommu.registers().0.stalled = true;
    let ticket = now(iommu.fence(&mut mem.clone())).unwrap().unwrap();
    let regs = &mut iommu.registers().0;
    corrupt(regs, &mem, 4);
    regs.stalled = false;
    regs.execute();
    let stopped = Error::Command {
        error: CommandError::Illegal,
        head: 4,
    };
    assert_eq!(now(iommu.completed(ticket)), Some(Err(stopped)));
    // Again from the same command: it is still illegal.
    let recovered = now(iommu.recover(&mut mem.clone(), Recovery::Retry)).unwrap();
    assert_eq!(recovered, Some(CommandError::Illegal));
    assert_eq!(now(iommu.wait(ticket)), Some(Err(stopped)));
    now(iommu.recover(&mut mem.clone(), Recovery::Skip)).unwrap();
    assert_eq!(now(iommu.wait(ticket)), Some(Ok(())));
    assert_eq!(
        now(iommu.recover(&mut mem.clone(), Recovery::Skip)),
        Some(None)
    );
}

#[test]
fn faults_come_in_order_and_losses_are_told() {
    let mem = FakeMemory::new();
    let mut iommu = start(FakeRegisters::new(), &mem, &small()).unwrap();
    let record = |iotval| FaultRecord {
        cause: Cause::ReadPageFault,
        did: DeviceId::from(9),
        iotval,
        ..FaultRecord::default()
    };
    for round in 0..3u64 {
        for n in 0..3 {
            assert!(iommu.registers().0.report(&record(round * 10 + n)));
        }
        assert!(
            !iommu.registers().0.report(&record(99)),
            "three fit into four entries"
        );
        for n in 0..3 {
            assert_eq!(
                now(iommu.next_fault(&mem)).unwrap(),
                Some(record(round * 10 + n))
            );
        }
        assert_eq!(now(iommu.next_fault(&mem)).unwrap(), None);
        assert!(
            !iommu.registers().0.report(&record(98)),
            "lost until the loss is taken"
        );
        let lost = QueueLoss {
            overflow: true,
            memory_fault: false,
        };
        assert_eq!(now(iommu.take_fault_loss()).unwrap(), Some(lost));
        assert_eq!(now(iommu.take_fault_loss()).unwrap(), None);
    }
}

#[test]
fn interrupts_are_acknowledged_one_by_one() {
    let mem = FakeMemory::new();
    let mut iommu = started(&mem);
    let none = now(iommu.pending_interrupts()).unwrap();
    assert_eq!(none, Ipsr::default());
    now(iommu.acknowledge(Ipsr {
        fip: true,
        ..Ipsr::default()
    }))
    .unwrap();
    now(iommu.acknowledge_fence()).unwrap();
    let csr = iommu.registers().0.read32(c::REG_CQCSR);
    assert_eq!(csr & 1, 1, "the queue stays on");
}

fn context(tc: Tc) -> DeviceContext {
    DeviceContext {
        tc: Tc { v: true, ..tc },
        ta: DcTa {
            pscid: Pscid::from(5),
            ..DcTa::default()
        },
        fsc: Fsc {
            ppn: 0x8_1234,
            mode: c::IOSATP_MODE_SV39 as u8,
        },
        ..DeviceContext::default()
    }
}

#[test]
fn a_device_comes_changes_and_goes() {
    let mem = FakeMemory::new();
    let mut iommu = started(&mem);
    let (nic, first) = (DeviceId::new(0x12_3456).unwrap(), context(Tc::default()));
    assert_eq!(
        now(iommu.attach(&mut mem.clone(), nic, &first)),
        Some(Ok(None))
    );
    assert_eq!(iommu.directory().get(&mem, nic), Some(first));
    assert_eq!(iommu.registers().0.executed.len(), 4, "V=0 is not cached");

    let guest = Iohgatp {
        ppn: 4,
        gscid: Gscid::from(3),
        mode: c::IOHGATP_MODE_SV39X4 as u8,
    };
    let second = DeviceContext {
        iohgatp: guest,
        ..first
    };
    let ticket = now(iommu.attach(&mut mem.clone(), nic, &second))
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(now(iommu.wait(ticket)), Some(Ok(())));
    let ordering = Fence {
        pr: true,
        pw: true,
        ..Fence::default()
    };
    assert_eq!(
        iommu.registers().0.executed.split_off(4),
        [
            Command::InvalidateDdt(Directory {
                dv: true,
                did: nic,
                ..Directory::default()
            }),
            Command::invalidate_first_stage(None, Some(Pscid::from(5)), None),
            Command::Fence(ordering),
        ]
    );
    let ticket = now(iommu.detach(&mut mem.clone(), nic))
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(now(iommu.wait(ticket)), Some(Ok(())));
    assert_eq!(iommu.directory().get(&mem, nic), None);
    assert_eq!(
        iommu.registers().0.executed.split_off(4),
        [
            Command::invalidate_device(Some(nic)),
            Command::invalidate_first_stage(Some(Gscid::from(3)), None, None),
            Command::invalidate_second_stage(Some(Gscid::from(3)), None),
            Command::Fence(ordering),
        ]
    );
    assert_eq!(now(iommu.detach(&mut mem.clone(), nic)), Some(Ok(None)));
}

#[test]
fn a_change_without_room_for_its_invalidations_is_not_made() {
    let mem = FakeMemory::new();
    let mut iommu = start(FakeRegisters::new(), &mem, &small()).unwrap();
    let (nic, first) = (DeviceId::from(1), context(Tc::default()));
    now(iommu.attach(&mut mem.clone(), nic, &first))
        .unwrap()
        .unwrap();
    iommu.registers().0.stalled = true;
    let fences = vec![Command::Fence(Fence::default()); 5];
    now(iommu.submit(&mut mem.clone(), fences))
        .unwrap()
        .unwrap();
    assert_eq!(
        now(iommu.detach(&mut mem.clone(), nic)),
        Some(Err(Error::QueueFull))
    );
    assert_eq!(iommu.directory().get(&mem, nic), Some(first));
}

#[test]
fn a_process_directory_wants_all_processes_invalidated() {
    let old = context(Tc {
        pdtv: true,
        ..Tc::default()
    });
    let did = DeviceId::from(2);
    let commands: Vec<Command> =
        sallyport_driver::context_invalidations(did, &old, false).collect();
    assert_eq!(
        commands,
        [
            Command::invalidate_device(Some(did)),
            Command::invalidate_first_stage(None, None, None)
        ]
    );
    let bare = DeviceContext {
        fsc: Fsc::default(),
        ..context(Tc::default())
    };
    assert_eq!(
        sallyport_driver::context_invalidations(did, &bare, false).count(),
        1
    );
}
