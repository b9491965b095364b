// SPDX-License-Identifier: Apache-2.0
//! Devices with an address translation cache: page requests and invalidations.

use sallyport_driver::{
    CommandError, Config, Error, PageResponse, QueueLoss, Recovery, device_invalidations,
};
use sallyport_formats::command::AtsInvalidation;
use sallyport_formats::{Command, Iova, ProcessId};
use sallyport_model::{Destination, InvalidationCompletion, Message, PageRequestMessage};

use crate::machine::{DEVICE, Machine, context, run};

fn machine() -> Machine {
    let mut machine = Machine::with(&Config {
        log2_page_requests: Some(2),
        ..Config::default()
    });
    let mut dc = context();
    (dc.tc.en_ats, dc.tc.en_pri) = (true, true);
    machine.attach(&dc);
    machine
}

fn page_request(prgi: u64, last: bool) -> PageRequestMessage {
    PageRequestMessage {
        device_id: DEVICE,
        process_id: Some(ProcessId::truncate(9)),
        privileged: false,
        exec: false,
        payload: 0x1234 << 12 | prgi << 3 | u64::from(last) << 2 | 1,
    }
}

#[test]
fn page_requests_are_taken_and_answered() {
    let mut machine = machine();
    for last in [false, true] {
        let message = page_request(0x42, last);
        machine.model.0.borrow_mut().page_request(&message);
    }
    let first = run(machine.iommu.next_page_request(&machine.ram)).unwrap();
    assert!(!first.last && first.read && first.page == 0x1234);
    let last = run(machine.iommu.next_page_request(&machine.ram)).unwrap();
    assert!(last.last && last.did == DEVICE && last.prgi == 0x42);
    assert_eq!(run(machine.iommu.next_page_request(&machine.ram)), None);
    for with_process in [false, true] {
        let ram = &mut machine.ram;
        run(machine.iommu.answer_page_requests(
            ram,
            &last,
            PageResponse::InvalidRequest,
            with_process,
        ))
        .unwrap();
        let sent = machine.model.0.borrow_mut().take_messages();
        let process_id = with_process.then_some(ProcessId::truncate(9));
        let expected = Message::PageGroupResponse {
            to: Destination::of_device(DEVICE),
            process_id,
            prgi: 0x42,
            code: 1,
        };
        assert_eq!(sent, [expected]);
    }
}

#[test]
fn page_requests_that_are_lost() {
    let mut machine = machine();
    for _ in 0..5 {
        let message = page_request(1, true);
        machine.model.0.borrow_mut().page_request(&message);
    }
    for _ in 0..3 {
        assert!(run(machine.iommu.next_page_request(&machine.ram)).is_some());
    }
    let lost = QueueLoss {
        overflow: true,
        memory_fault: false,
    };
    assert_eq!(run(machine.iommu.take_page_request_loss()), Some(lost));
    assert_eq!(run(machine.iommu.take_page_request_loss()), None);
    let message = page_request(1, true);
    machine.model.0.borrow_mut().page_request(&message);
    assert!(run(machine.iommu.next_page_request(&machine.ram)).is_some());
}

#[test]
fn devices_forget_ranges() {
    let mut machine = machine();
    let process = Some(ProcessId::truncate(9));
    let commands = device_invalidations(DEVICE, process, Iova::new(0x1f_f000), 0x20_1000);
    run(machine.iommu.submit(&mut machine.ram, commands)).unwrap();
    let everything = Command::invalidate_device_cache(DEVICE, None, AtsInvalidation::EVERYTHING);
    run(machine.iommu.submit(&mut machine.ram, [everything])).unwrap();
    let ticket = run(machine.iommu.fence(&mut machine.ram)).unwrap();
    let mut hardware = machine.model.0.borrow_mut();
    let sent = hardware.take_messages();
    let body = |message: &Message| match *message {
        Message::InvalidationRequest {
            to,
            payload,
            process_id,
            ..
        } => {
            assert_eq!(to, Destination::of_device(DEVICE));
            (payload, process_id)
        }
        other => panic!("{other:?}"),
    };
    let bodies: Vec<_> = sent.iter().map(body).collect();
    let range = 0x2f_f800; // 2 MiB at 2 MiB: S, and 8 ones below a 0
    let all = 0x7fff_ffff_ffff_f800;
    assert_eq!(
        bodies,
        [(0x1f_f000, process), (range, process), (all, None)]
    );
    drop(hardware);
    assert_eq!(run(machine.iommu.completed(ticket)), Ok(false));
    let completion = InvalidationCompletion {
        device_id: DEVICE,
        itags: 0b111,
        count: 1,
    };
    machine
        .model
        .0
        .borrow_mut()
        .invalidation_completion(&completion);
    assert_eq!(run(machine.iommu.completed(ticket)), Ok(true));
}

#[test]
fn a_device_that_does_not_answer() {
    let mut machine = machine();
    let commands = device_invalidations(DEVICE, None, Iova::new(0x1000), 0x1000);
    run(machine.iommu.submit(&mut machine.ram, commands)).unwrap();
    let ticket = run(machine.iommu.fence(&mut machine.ram)).unwrap();
    machine.model.0.borrow_mut().time_out(1);
    assert!(matches!(
        run(machine.iommu.completed(ticket)),
        Err(Error::Command {
            error: CommandError::Timeout,
            ..
        })
    ));
    let ram = &mut machine.ram;
    let recovered = run(machine.iommu.recover(ram, Recovery::Retry));
    assert_eq!(recovered, Some(CommandError::Timeout));
    assert_eq!(run(machine.iommu.completed(ticket)), Ok(true));
}

#[test]
fn without_a_queue_there_are_no_requests() {
    let mut machine = Machine::new();
    assert_eq!(run(machine.iommu.next_page_request(&machine.ram)), None);
    assert_eq!(run(machine.iommu.take_page_request_loss()), None);
}

#[test]
fn queues_give_their_memory_back() {
    let Machine { mut ram, iommu, .. } = machine();
    run(iommu.stop(&mut ram)).unwrap();
    assert_eq!(ram.allocated(), 0);
}
