// SPDX-License-Identifier: Apache-2.0
//! The player finds what is wrong: each test plays a right case on a target
//! that errs in one way.

use std::ops::Range;

use sallyport_formats::Spa;
use sallyport_formats::constants as c;
use sallyport_model::{AccessSize, Design, Iommu, Request, SparseMemory};
use sallyport_vectors::{
    Capabilities, Case, Limits, Outcome, Reply, Status, Target, TargetError, parse_case, play,
};

/// The way in which the target errs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    /// Translations are one page off.
    WrongPage,
    /// Requests that fault get a completer abort.
    WrongStatus,
    /// `fqt` stays where it is.
    NoRecords,
    /// Fault records hold another device.
    WrongRecord,
    /// `cqh` stays where it is.
    StuckCommands,
    /// No command is ever illegal.
    BlindToIllegal,
    /// Software's view of memory lacks the last update.
    LostWrites,
    /// Only reads can be expressed.
    ReadOnlyPort,
}

/// The model with a flaw.
struct Flawed {
    model: Iommu<SparseMemory>,
    flaw: Flaw,
}

impl Target for Flawed {
    fn reset(&mut self) -> Result<(), TargetError> {
        self.model.reset()
    }

    fn can_express(&self, request: &Request) -> bool {
        self.flaw != Flaw::ReadOnlyPort || !request.wants_write()
    }

    fn set_error_ranges(
        &mut self,
        access_fault: &[Range<Spa>],
        poison: &[Range<Spa>],
    ) -> Result<(), TargetError> {
        self.model.set_error_ranges(access_fault, poison)
    }

    fn read_memory(&mut self, address: Spa, data: &mut [u8]) -> Result<(), TargetError> {
        Target::read_memory(&mut self.model, address, data)?;
        match self.flaw {
            Flaw::WrongRecord if data.len() == 32 => data[5] ^= 1,
            Flaw::LostWrites if data.len() == 4 => data.fill(0),
            _ => {}
        }
        Ok(())
    }

    fn write_memory(&mut self, address: Spa, data: &[u8]) -> Result<(), TargetError> {
        Target::write_memory(&mut self.model, address, data)
    }

    fn read_register(&mut self, offset: u64, size: AccessSize) -> Result<u64, TargetError> {
        let value = Target::read_register(&mut self.model, offset, size)?;
        Ok(match (self.flaw, offset) {
            (Flaw::NoRecords, c::REG_FQT) | (Flaw::StuckCommands, c::REG_CQH) => 0,
            (Flaw::BlindToIllegal, c::REG_CQH) => {
                Target::read_register(&mut self.model, c::REG_CQT, size)?
            }
            (Flaw::BlindToIllegal, c::REG_CQCSR) => value & !(1 << c::CQCSR_CMD_ILL_BIT),
            _ => value,
        })
    }

    fn write_register(
        &mut self,
        offset: u64,
        size: AccessSize,
        value: u64,
    ) -> Result<(), TargetError> {
        Target::write_register(&mut self.model, offset, size, value)
    }

    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError> {
        let Reply::Answer(mut observed) = self.model.translate(request)? else {
            return Ok(Reply::NotExpressible);
        };
        match self.flaw {
            Flaw::WrongPage => observed.pa = observed.pa.map(|pa| pa ^ 0x1000),
            Flaw::WrongStatus if observed.status == Status::UnsupportedRequest => {
                observed.status = Status::CompleterAbort;
            }
            _ => {}
        }
        Ok(Reply::Answer(observed))
    }

    fn idle(&mut self) -> Result<(), TargetError> {
        self.model.idle()
    }
}

/// A case in Bare mode with every kind of step that needs a queue.
fn case() -> Case {
    parse_case(
        r#"{"case": "player/1", "needs": [], "pas": 44, "fctl": "0x2", "ddtp": "0x1",
        "scratch": ["0x100000", "0x200000"], "memory": {}, "steps": [
        {"translate": {"device_id": 1, "process_id": null, "priv": false, "access": "write",
            "type": "untranslated", "no_write": false, "iova": "0x5000", "len": 8},
         "expect": {"status": "success", "pa": "0x5000", "pbmt": 0}},
        {"no_fault": true},
        {"translate": {"device_id": 1, "process_id": null, "priv": false, "access": "read",
            "type": "translated", "no_write": false, "iova": "0x5000", "len": 8},
         "expect": {"status": "ur"}},
        {"fault": {"cause": 260, "ttyp": 6, "device_id": 1, "process_id": null, "priv": false,
            "iotval": "0x5000", "iotval2": "0x0"}},
        {"command": ["0x1234567800000402", "0x1000"]},
        {"memory_is": {"0x4000": "78563412"}},
        {"command": ["0x0", "0x0"], "error": "cmd_ill"},
        {"recommand": ["0x2", "0x0"]},
        {"read": {"offset": 72, "size": 4, "expect": "0x0", "mask": "0x700"}}]}"#,
    )
    .unwrap()
}

fn play_on(flaw: Flaw) -> Outcome {
    let mut target = Flawed {
        model: Iommu::new(Design::full(), SparseMemory::new()),
        flaw,
    };
    let capabilities = Capabilities::of_design(&Design::full());
    play(&case(), &capabilities, &mut target, &Limits { polls: 3 }).unwrap()
}

fn failure(flaw: Flaw) -> String {
    match play_on(flaw) {
        Outcome::Failed(failure) => failure.to_string(),
        other => panic!("expected a failure, got {other:?}"),
    }
}

#[test]
fn without_a_flaw_the_case_passes() {
    assert_eq!(play_on(Flaw::None), Outcome::Passed);
}

#[test]
fn wrong_answers() {
    assert_eq!(
        failure(Flaw::WrongPage),
        "step 0, untranslated write of device 0x000001 at 0x5000: pa: expected 0x5000, got 0x4000"
    );
    assert!(failure(Flaw::WrongStatus).starts_with("step 2, translated read"));
}

#[test]
fn missing_and_wrong_records() {
    assert_eq!(
        failure(Flaw::NoRecords),
        "step 3, fault record: fault queue: expected one with CAUSE 260, got none"
    );
    assert_eq!(
        failure(Flaw::WrongRecord),
        "step 3, fault record: DID: expected 0x000001, got 0x000000"
    );
}

#[test]
fn commands_that_do_not_end_as_expected() {
    assert!(failure(Flaw::StuckCommands).contains("cqh: expected to move on"));
    assert_eq!(
        failure(Flaw::BlindToIllegal),
        "step 6, command [0x0, 0x0]: cqcsr.cmd_ill: expected 1, got 0; cqh: expected 1, got 2"
    );
}

#[test]
fn memory_that_is_not_as_expected() {
    assert_eq!(
        failure(Flaw::LostWrites),
        "step 5, memory: bytes at 0x4000: expected 78563412, got 00000000"
    );
}

#[test]
fn a_port_that_cannot_express_a_request_skips() {
    let Outcome::Skipped(skip) = play_on(Flaw::ReadOnlyPort) else {
        panic!("played nevertheless");
    };
    assert_eq!(skip.to_string(), "port");
}
