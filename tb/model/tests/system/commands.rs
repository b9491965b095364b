// SPDX-License-Identifier: Apache-2.0
//! "Command-Queue": every bit of every command, and how the queue stops and
//! goes on.

use sallyport_formats::command::Fence;
use sallyport_formats::constants as c;
use sallyport_formats::{Command, Spa};
use sallyport_model::Design;

use crate::machine::{COMMANDS, Machine};

const FLAG: u64 = 0x90_0000;

/// A legal command and the bits of it that may be 1, whatever the others are.
struct Legal {
    name: &'static str,
    word: u64,
    free: [u64; 2],
}

/// Bits `low` to `high`.
const fn bits(low: u32, high: u32) -> u64 {
    u64::MAX >> (63 - high) & u64::MAX << low
}

/// `AV`, `PSCID`, `GV`, `NL`, `GSCID`; `S` and `ADDR`.
const INVALIDATION: [u64; 2] = [
    1 << 10 | bits(12, 31) | bits(33, 34) | bits(44, 59),
    bits(9, 61),
];
const ATS: [u64; 2] = [bits(12, 33) | bits(40, 63), u64::MAX];

const COMMANDS_THAT_ARE_LEGAL: [Legal; 7] = [
    Legal {
        name: "IOTINVAL.VMA",
        word: 1,
        free: [INVALIDATION[0] | 1 << 32, INVALIDATION[1]],
    },
    Legal {
        name: "IOTINVAL.GVMA",
        word: 1 | 1 << 7,
        free: INVALIDATION,
    },
    Legal {
        name: "IOFENCE.C",
        word: 2,
        free: [bits(10, 13) | bits(32, 63), bits(0, 61)],
    },
    Legal {
        name: "IODIR.INVAL_DDT",
        word: 3,
        free: [1 << 33 | bits(40, 63), 0],
    },
    Legal {
        name: "IODIR.INVAL_PDT",
        word: 3 | 1 << 7 | 1 << 33,
        free: [bits(12, 31) | 1 << 33 | bits(40, 63), 0],
    },
    Legal {
        name: "ATS.INVAL",
        word: 4,
        free: ATS,
    },
    Legal {
        name: "ATS.PRGR",
        word: 4 | 1 << 7,
        free: ATS,
    },
];

fn is_legal(design: Design, words: [u64; 2]) -> bool {
    let mut machine = Machine::off(design);
    machine.command_words(words);
    !machine.cqcsr().cmd_ill
}

#[test]
fn every_bit_of_every_command() {
    for command in &COMMANDS_THAT_ARE_LEGAL {
        for bit in 10..128 {
            let mut words = [command.word, 0];
            words[bit / 64] |= 1 << (bit % 64);
            let free = command.free[bit / 64] >> (bit % 64) & 1 == 1;
            let legal = is_legal(Design::full(), words);
            assert_eq!(legal, free, "{}, bit {bit}", command.name);
        }
    }
}

#[test]
fn every_opcode_and_function() {
    for code in 0..1 << 10 {
        let [opcode, func3] = [code & 0x7f, code >> 7];
        let dv = 1 << 33;
        let legal = matches!((opcode, func3), (1 | 3 | 4, 0 | 1) | (2, 0));
        let word = if opcode == 3 { code | dv } else { code };
        assert_eq!(is_legal(Design::full(), [word, 0]), legal, "{code:#x}");
    }
}

#[test]
fn what_a_design_lacks_is_illegal() {
    let base = Design::small();
    for (words, name) in [
        ([1 | 1 << 34, 0], "NL"),
        ([1, 1 << 9], "S"),
        ([4, 0], "ATS.INVAL"),
        ([4 | 1 << 7, 0], "ATS.PRGR"),
    ] {
        assert!(is_legal(Design::full(), words), "{name}");
        assert!(!is_legal(base, words), "{name}");
    }
    assert!(
        !is_legal(Design::full(), [3 | 1 << 7, 0]),
        "INVAL_PDT, DV=0"
    );
}

#[test]
fn the_interrupt_of_a_fence_needs_wires() {
    let mut machine = Machine::off(Design::full());
    machine.write(c::REG_FCTL, 0);
    machine.command_words([2 | 1 << c::CMD_IOFENCE_WSI_BIT, 0]);
    assert!(machine.cqcsr().cmd_ill && !machine.cqcsr().fence_w_ip);
    let mut machine = Machine::off(Design::full());
    machine.command_words([2 | 1 << c::CMD_IOFENCE_WSI_BIT, 0]);
    assert!(machine.cqcsr().fence_w_ip && machine.ipsr().cip);
    machine.command_words([2, 0]);
    assert_eq!(machine.read(c::REG_CQH), 2, "it does not stop the queue");
}

#[test]
fn an_error_is_tried_again_when_its_bit_is_cleared() {
    let mut machine = Machine::off(Design::full());
    machine.command_words([0, 0]);
    machine.command(Command::Fence(Fence::default().writing(Spa::new(FLAG), 7)));
    assert!(machine.cqcsr().cmd_ill);
    assert_eq!(machine.read(c::REG_CQH), 0);
    machine.write(c::REG_CQCSR, 3 | 1 << c::CQCSR_CMD_ILL_BIT);
    assert!(machine.cqcsr().cmd_ill, "it is still illegal");
    machine.put_words(COMMANDS, &[2, 0]);
    machine.write(c::REG_CQCSR, 3 | 1 << c::CQCSR_CMD_ILL_BIT);
    assert_eq!((machine.read(c::REG_CQH), machine.word(FLAG)), (2, 7));
}

#[test]
fn commands_that_memory_refuses() {
    let mut machine = Machine::off(Design::full());
    machine.break_page(Some(COMMANDS));
    machine.command_words([2, 0]);
    assert!(machine.cqcsr().cqmf && machine.ipsr().cip);
    machine.break_page(None);
    machine.write(c::REG_CQCSR, 3 | 1 << c::CQCSR_CQMF_BIT);
    assert_eq!(machine.read(c::REG_CQH), 1);
}

#[test]
fn enabling_the_queue_starts_it_anew() {
    let mut machine = Machine::off(Design::full());
    machine.command_words([2 | 1 << c::CMD_IOFENCE_WSI_BIT, 0]);
    machine.command_words([0, 0]);
    machine.write(c::REG_CQCSR, 0);
    let csr = machine.cqcsr();
    assert!(!csr.cqon && csr.cmd_ill && csr.fence_w_ip, "errors stay");
    machine.write(c::REG_CQT, 0);
    machine.write(c::REG_CQCSR, 1);
    let csr = machine.cqcsr();
    assert!(csr.cqon && !csr.cmd_ill && !csr.fence_w_ip);
    assert_eq!(machine.read(c::REG_CQH), 0);
    machine.write(c::REG_CQCSR, 0);
    machine.put_words(COMMANDS, &[0, 0]);
    machine.write(c::REG_CQT, 1);
    assert!(
        !machine.cqcsr().cmd_ill,
        "a queue that is off executes nothing"
    );
}
