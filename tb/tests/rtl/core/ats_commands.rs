// SPDX-License-Identifier: Apache-2.0
//! "IOMMU PCIe ATS commands": ATS.INVAL, ATS.PRGR, and the fences behind them.

use crate::support::{ATS_TIMEOUT, Rig};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_formats::command::{Ats, Fence};
use sallyport_formats::{Command, ProcessId, constants as c};
use sallyport_sim::{CompletionPins, InvalidationPins, PageResponsePins};

const CMD_TO: u32 = 1 << c::CQCSR_CMD_TO_BIT;
const CMD_ILL: u32 = 1 << c::CQCSR_CMD_ILL_BIT;

/// A rig, unless the build has no ATS.
fn rig() -> Option<Rig<CoreSystem>> {
    let mut rig = Rig::core(Build::Default, 80);
    rig.start_queues();
    rig.capabilities.ats.then_some(rig)
}

fn invalidation(rid: u16) -> Ats {
    Ats {
        rid,
        payload: 0x1234_5678_9abc_d801,
        ..Ats::default()
    }
}

fn completion(sent: &InvalidationPins, count: u8) -> CompletionPins {
    CompletionPins {
        device_id: sent.device_id,
        itags: 1 << sent.itag,
        count,
        ..CompletionPins::default()
    }
}

impl Rig<CoreSystem> {
    /// Queues an invalidation and waits for its message.
    fn invalidate(&mut self, operands: Ats) -> InvalidationPins {
        self.command(Command::AtsInvalidate(operands));
        let mut sent = None;
        self.until("invalidation", 2000, |machine| {
            sent = machine.messages().pop_invalidation();
            sent.is_some()
        });
        sent.unwrap_or_default()
    }

    fn head(&mut self) -> u32 {
        self.read32(c::REG_CQH)
    }

    /// Queues a fence; gives its index.
    fn put_fence(&mut self) -> u32 {
        let at = self.command_tail;
        self.command(Command::Fence(Fence::default()));
        at
    }
}

#[test]
fn an_invalidation_is_sent_and_waited_for() {
    let Some(mut rig) = rig() else { return };
    let operands = Ats {
        pid: ProcessId::truncate(0xa_bcde),
        pv: true,
        dsv: true,
        dseg: 0x12,
        ..invalidation(0x3456)
    };
    let sent = rig.invalidate(operands);
    let expected = InvalidationPins {
        valid: true,
        device_id: 0x12_3456,
        segment_valid: true,
        pv: true,
        process_id: 0xa_bcde,
        itag: sent.itag,
        payload: operands.payload,
    };
    assert_eq!(sent, expected);
    // The queue goes on; a fence waits.
    rig.drain();
    let fence = rig.put_fence();
    rig.run(1000);
    assert_eq!(rig.head(), fence);
    // Neither another device nor another tag is meant.
    let right = completion(&sent, 1);
    for wrong in [
        CompletionPins {
            device_id: 0x12_3457,
            ..right
        },
        CompletionPins {
            device_id: 0x13_3456,
            ..right
        },
        CompletionPins {
            itags: !right.itags,
            ..right
        },
    ] {
        rig.machine.messages().complete(wrong);
        rig.run(200);
        assert_eq!(rig.head(), fence);
    }
    rig.machine.messages().complete(right);
    rig.drain();
    assert_eq!(rig.read32(c::REG_CQCSR) & CMD_TO, 0);
    rig.finish();
}

#[test]
fn without_a_segment_or_process_neither_counts() {
    let Some(mut rig) = rig() else { return };
    let sent = rig.invalidate(Ats {
        pid: ProcessId::truncate(77),
        dseg: 0x12,
        ..invalidation(0x3456)
    });
    assert_eq!((sent.device_id, sent.segment_valid), (0x3456, false));
    assert_eq!((sent.process_id, sent.pv), (0, false));
    rig.put_fence();
    rig.machine.messages().complete(CompletionPins {
        device_id: 0x99_3456,
        ..completion(&sent, 1)
    });
    rig.drain();
    rig.finish();
}

#[test]
fn all_completions_are_collected() {
    for count in [1, 3, 7, 8] {
        let Some(mut rig) = rig() else { return };
        let sent = [(); 3].map(|()| rig.invalidate(invalidation(9)));
        let fence = rig.put_fence();
        let all = CompletionPins {
            itags: sent.iter().fold(0, |set, one| set | 1 << one.itag),
            ..completion(&sent[0], count & 7)
        };
        for _ in 1..count {
            rig.machine.messages().complete(all);
            rig.run(100);
            assert_eq!(rig.head(), fence, "{count}");
        }
        let first = completion(&sent[0], count & 7);
        rig.machine.messages().complete(CompletionPins {
            itags: all.itags & !first.itags,
            ..all
        });
        rig.run(100);
        assert_eq!(rig.head(), fence, "{count}");
        rig.machine.messages().complete(first);
        rig.drain();
        rig.finish();
    }
}

#[test]
fn a_time_out_is_told_by_the_next_fence_once() {
    let Some(mut rig) = rig() else { return };
    let sent = rig.invalidate(invalidation(9));
    rig.drain();
    let fence = rig.put_fence();
    rig.run(16384 - 2000);
    assert_eq!(rig.head(), fence);
    assert_eq!(rig.read32(c::REG_CQCSR) & CMD_TO, 0);
    rig.run(ATS_TIMEOUT - 16384 + 2000);
    assert_eq!(rig.read32(c::REG_CQCSR) & CMD_TO, CMD_TO);
    assert_eq!(rig.head(), fence);
    // Cleared, the fence is executed; the late completion means nothing.
    rig.machine.messages().complete(completion(&sent, 1));
    let enabled = rig.read32(c::REG_CQCSR);
    rig.write32(c::REG_CQCSR, enabled);
    rig.drain();
    rig.fence();
    rig.finish();
}

#[test]
fn only_a_fence_tells_of_a_time_out() {
    let Some(mut rig) = rig() else { return };
    rig.invalidate(invalidation(9));
    rig.run(ATS_TIMEOUT);
    rig.command(Command::invalidate_device(None));
    rig.drain();
    rig.put_fence();
    rig.poll32(c::REG_CQCSR, CMD_TO, CMD_TO);
    rig.finish();
}

#[test]
fn tags_run_out_and_are_used_again() {
    let Some(mut rig) = rig() else { return };
    let mut sent: Vec<_> = (0..32).map(|_| rig.invalidate(invalidation(9))).collect();
    let set = sent.iter().fold(0u32, |set, one| set | 1 << one.itag);
    assert_eq!(set, u32::MAX, "a tag was used twice");
    let at = rig.command_tail;
    rig.command(Command::AtsInvalidate(invalidation(10)));
    rig.run(500);
    assert_eq!(rig.machine.messages().pop_invalidation(), None);
    assert_eq!(rig.head(), at);
    let freed = sent.remove(5);
    rig.machine.messages().complete(completion(&freed, 1));
    rig.drain();
    rig.run(10);
    let next = rig.machine.messages().pop_invalidation();
    assert_eq!(
        next.map(|one| (one.itag, one.device_id)),
        Some((freed.itag, 10))
    );
    // All others at once.
    rig.put_fence();
    rig.machine.messages().complete(CompletionPins {
        itags: !(1 << freed.itag),
        ..completion(&freed, 1)
    });
    rig.run(200);
    rig.machine.messages().complete(CompletionPins {
        device_id: 10,
        ..completion(&freed, 1)
    });
    rig.drain();
    rig.finish();
}

#[test]
fn responses_are_sent_as_the_command_says() {
    let Some(mut rig) = rig() else { return };
    let operands = Ats {
        pid: ProcessId::truncate(0xa_bcde),
        pv: true,
        dsv: true,
        dseg: 0x12,
        rid: 0x3456,
        payload: 0x1a5 << c::ATS_PRGR_PAYLOAD_PRGI_LSB | 0xf << c::ATS_PRGR_PAYLOAD_CODE_LSB,
    };
    rig.command(Command::AtsPageResponse(operands));
    rig.fence();
    let expected = PageResponsePins {
        valid: true,
        device_id: 0x12_3456,
        segment_valid: true,
        pv: true,
        process_id: 0xa_bcde,
        prgi: 0x1a5,
        code: 15,
    };
    assert_eq!(rig.machine.messages().pop_response(), Some(expected));
    let plain = Ats {
        pv: false,
        dsv: false,
        payload: 0,
        ..operands
    };
    rig.command(Command::AtsPageResponse(plain));
    rig.fence();
    let expected = PageResponsePins {
        valid: true,
        device_id: 0x3456,
        ..PageResponsePins::default()
    };
    assert_eq!(rig.machine.messages().pop_response(), Some(expected));
    rig.finish();
}

#[test]
fn reserved_bits_and_functions_are_illegal() {
    let Some(mut rig) = rig() else { return };
    for bit in [10, 11, 34, 39, 8, 9] {
        let [dw0, dw1] = Command::AtsInvalidate(invalidation(9)).emit();
        let at = rig.command_tail;
        rig.put([dw0 ^ 1 << bit, dw1]);
        rig.ring();
        rig.poll32(c::REG_CQCSR, CMD_ILL, CMD_ILL);
        assert_eq!(rig.head(), at, "bit {bit}");
        rig.enable_again();
    }
    assert_eq!(rig.machine.messages().pop_invalidation(), None);
    rig.finish();
}

impl Rig<CoreSystem> {
    /// Starts the command queue anew.
    fn enable_again(&mut self) {
        self.disable_commands();
        self.enable_commands(0);
    }
}

/// In a build without ATS the commands are illegal.
#[test]
fn without_the_capability_they_do_not_exist() {
    let mut rig = Rig::core(Build::Small, 80);
    rig.start_queues();
    for command in [
        Command::AtsInvalidate(invalidation(9)),
        Command::AtsPageResponse(invalidation(9)),
    ] {
        rig.command(command);
        rig.poll32(c::REG_CQCSR, CMD_ILL, CMD_ILL);
        rig.enable_again();
    }
    rig.finish();
}
