// SPDX-License-Identifier: Apache-2.0
//! "IOMMU PCIe ATS commands" and the fence that waits for them.

use sallyport_formats::command::{Ats, Fence};
use sallyport_formats::constants as c;
use sallyport_formats::regs::DdtpMode;
use sallyport_formats::{Command, DeviceId, ProcessId, Spa};
use sallyport_model::{Design, Destination, InvalidationCompletion, Message};

use crate::machine::Machine;

const FLAG: Spa = Spa::new(0x90_0000);

fn invalidation(rid: u16) -> Ats {
    Ats {
        pid: ProcessId::truncate(7),
        rid,
        payload: 0xabc << 12 | 1 << 11,
        ..Ats::default()
    }
}

fn completion(rid: u16, itags: u32, count: u8) -> InvalidationCompletion {
    InvalidationCompletion {
        device_id: DeviceId::from(rid),
        itags,
        count,
    }
}

fn fence() -> Command {
    Command::Fence(Fence::default().writing(FLAG, 1))
}

/// ATS.INVAL of devices 1, 2, … and a fence.
fn machine(design: Design, devices: u16) -> Machine {
    let mut machine = Machine::off(design);
    for rid in 1..=devices {
        machine.command(Command::AtsInvalidate(invalidation(rid)));
    }
    machine.command(fence());
    machine
}

#[test]
fn a_fence_waits_for_all_completions() {
    let mut machine = machine(Design::full(), 2);
    assert_eq!(machine.read(c::REG_CQH), 2, "at the fence");
    assert_eq!(machine.iommu.outstanding_itags(), 0b11);
    assert_eq!(
        machine
            .iommu
            .invalidation_completion(&completion(2, 0b10, 2)),
        0
    );
    assert_eq!(
        machine
            .iommu
            .invalidation_completion(&completion(1, 0b01, 1)),
        0
    );
    assert_eq!(machine.word(FLAG.raw()), 0);
    machine
        .iommu
        .invalidation_completion(&completion(2, 0b10, 2));
    assert_eq!((machine.word(FLAG.raw()), machine.read(c::REG_CQH)), (1, 3));
    assert_eq!(machine.iommu.outstanding_itags(), 0);
}

#[test]
fn the_messages_say_what_the_commands_said() {
    let mut machine = Machine::off(Design::full());
    let plain = invalidation(0x100);
    machine.command(Command::AtsInvalidate(plain));
    let full = Ats {
        pv: true,
        dsv: true,
        dseg: 3,
        ..plain
    };
    machine.command(Command::AtsInvalidate(full));
    let response = Ats {
        payload: 0x155 << c::ATS_PRGR_PAYLOAD_PRGI_LSB | 1 << c::ATS_PRGR_PAYLOAD_CODE_LSB,
        ..full
    };
    machine.command(Command::AtsPageResponse(response));
    let to = Destination {
        rid: 0x100,
        segment: Some(3),
    };
    let process_id = Some(ProcessId::truncate(7));
    let payload = plain.payload;
    assert_eq!(
        machine.iommu.take_messages(),
        [
            Message::InvalidationRequest {
                to: Destination {
                    segment: None,
                    ..to
                },
                process_id: None,
                itag: 0,
                payload,
            },
            Message::InvalidationRequest {
                to,
                process_id,
                itag: 1,
                payload,
            },
            Message::PageGroupResponse {
                to,
                process_id,
                prgi: 0x155,
                code: 1,
            },
        ]
    );
}

#[test]
fn a_response_is_not_waited_for() {
    let mut machine = Machine::off(Design::full());
    machine.command(Command::AtsPageResponse(Ats::default()));
    machine.command(fence());
    assert_eq!(machine.word(FLAG.raw()), 1);
}

#[test]
fn commands_wait_for_a_free_tag() {
    let design = Design {
        itags: 2,
        ..Design::full()
    };
    let mut machine = machine(design, 3);
    assert_eq!(machine.read(c::REG_CQH), 2, "at the third ATS.INVAL");
    assert_eq!(machine.iommu.take_messages().len(), 2);
    machine
        .iommu
        .invalidation_completion(&completion(1, 0b01, 1));
    let [Message::InvalidationRequest { itag: 0, to, .. }] = machine.iommu.take_messages()[..]
    else {
        panic!("the third has the tag that came free");
    };
    assert_eq!((to.rid, machine.read(c::REG_CQH)), (3, 3));
}

#[test]
fn a_time_out_stops_the_queue_at_the_fence() {
    let mut machine = machine(Design::full(), 2);
    let timeout = Design::full().invalidation_timeout;
    machine.iommu.advance(timeout - 1);
    assert!(!machine.cqcsr().cmd_to);
    machine
        .iommu
        .invalidation_completion(&completion(1, 0b01, 1));
    machine.iommu.advance(1);
    assert!(machine.cqcsr().cmd_to && machine.ipsr().cip);
    assert_eq!((machine.word(FLAG.raw()), machine.read(c::REG_CQH)), (0, 2));
    // Tried again, the fence has nothing left to wait for or to tell.
    machine.write(c::REG_CQCSR, 3 | 1 << c::CQCSR_CMD_TO_BIT);
    assert!(!machine.cqcsr().cmd_to);
    assert_eq!((machine.word(FLAG.raw()), machine.read(c::REG_CQH)), (1, 3));
}

#[test]
fn a_time_out_waits_for_the_fence_that_tells_of_it() {
    let mut machine = Machine::off(Design::full());
    machine.command(Command::AtsInvalidate(invalidation(1)));
    machine.iommu.advance(Design::full().invalidation_timeout);
    assert_eq!(machine.iommu.outstanding_itags(), 0);
    machine.command(Command::AtsPageResponse(Ats::default()));
    assert!(!machine.cqcsr().cmd_to);
    machine.command(fence());
    assert!(machine.cqcsr().cmd_to);
    assert_eq!(machine.read(c::REG_CQH), 2);
}

#[test]
fn the_rest_is_awaited_before_a_time_out_is_told() {
    let mut machine = machine(Design::full(), 2);
    machine.iommu.time_out(0b01);
    assert!(!machine.cqcsr().cmd_to, "device 2 may still answer");
    machine
        .iommu
        .invalidation_completion(&completion(2, 0b10, 1));
    assert!(machine.cqcsr().cmd_to);
}

#[test]
fn completions_that_nobody_waits_for_change_nothing() {
    let mut machine = machine(Design::full(), 1);
    assert_eq!(
        machine.iommu.invalidation_completion(&completion(2, 1, 1)),
        1
    );
    assert_eq!(
        machine.iommu.invalidation_completion(&completion(1, 6, 1)),
        6
    );
    assert_eq!(machine.iommu.outstanding_itags(), 1);
    machine.iommu.time_out(1);
    let late = machine.iommu.invalidation_completion(&completion(1, 1, 1));
    assert_eq!(late, 1, "after the time-out");
}

#[test]
fn completions_count_whatever_the_mode() {
    for mode in [DdtpMode::Off, DdtpMode::Bare, DdtpMode::OneLevel] {
        let mut machine = Machine::off(Design::full());
        machine.set_mode(mode);
        machine.command(Command::AtsInvalidate(invalidation(1)));
        machine.command(fence());
        machine.iommu.invalidation_completion(&completion(1, 1, 1));
        assert_eq!(machine.word(FLAG.raw()), 1);
    }
}

#[test]
fn a_segment_that_was_named_has_to_answer() {
    let mut machine = Machine::off(Design::full());
    let command = Ats {
        dsv: true,
        dseg: 2,
        ..invalidation(1)
    };
    machine.command(Command::AtsInvalidate(command));
    assert_eq!(
        machine.iommu.invalidation_completion(&completion(1, 1, 1)),
        1
    );
    let right = InvalidationCompletion {
        device_id: DeviceId::truncate(2 << 16 | 1),
        ..completion(1, 1, 1)
    };
    assert_eq!(machine.iommu.invalidation_completion(&right), 0);
}
