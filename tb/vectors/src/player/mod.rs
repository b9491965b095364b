// SPDX-License-Identifier: Apache-2.0
//! The player: applies a case to a target and compares.

mod compare;
mod queues;

use sallyport_formats::Endian;
use sallyport_formats::constants as c;
use sallyport_formats::regs::Fctl;
use sallyport_model::AccessSize;
use thiserror::Error;

use self::queues::Queues;
use crate::capabilities::{Capabilities, Skip, UnknownCapability};
use crate::case::{Bytes, Case, RegisterRead, RegisterWrite, Setup, Step};
use crate::outcome::{Difference, Failure, Outcome};
use crate::registers::register_name;
use crate::target::{Reply, Target, TargetError};

/// How long the player is patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How often a register, or memory, is read again, with the target left
    /// to work in between ([`Target::idle`]), before the case fails.
    pub polls: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { polls: 64 }
    }
}

/// Why a case could not be played to an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlayError {
    /// The case names a capability that there is not.
    #[error(transparent)]
    UnknownCapability(#[from] UnknownCapability),
    /// The target broke down.
    #[error(transparent)]
    Target(#[from] TargetError),
}

/// Plays one case, from reset on. Cases do not depend on each other.
///
/// # Errors
/// [`PlayError`] if there is no outcome; a wrong answer is one.
pub fn play(
    case: &Case,
    capabilities: &Capabilities,
    target: &mut dyn Target,
    limits: &Limits,
) -> Result<Outcome, PlayError> {
    if let Some(skip) = capabilities.skip(case)? {
        return Ok(Outcome::Skipped(skip));
    }
    let is_expressible = |step: &Step| match step {
        Step::Translate(request, _) => target.can_express(request),
        _ => true,
    };
    if !case.steps.iter().all(is_expressible) {
        return Ok(Outcome::Skipped(Skip::Port));
    }
    let mut player = Player {
        target,
        limits,
        queues: Queues::in_scratch(case.scratch.start),
        endian: case
            .setup
            .map_or(Endian::Little, |setup| endian(setup.fctl)),
        step: None,
    };
    match player.run(case) {
        Ok(()) => Ok(Outcome::Passed),
        Err(Stop::Skipped(skip)) => Ok(Outcome::Skipped(skip)),
        Err(Stop::Failed(failure)) => Ok(Outcome::Failed(failure)),
        Err(Stop::Broken(error)) => Err(error.into()),
    }
}

fn endian(fctl: u64) -> Endian {
    Endian::from_bit(Fctl::parse(fctl as u32).be)
}

/// Why a case ends early.
enum Stop {
    Skipped(Skip),
    Failed(Failure),
    Broken(TargetError),
}

impl From<TargetError> for Stop {
    fn from(error: TargetError) -> Self {
        Self::Broken(error)
    }
}

struct Player<'a> {
    target: &'a mut dyn Target,
    limits: &'a Limits,
    queues: Queues,
    /// Byte order of the queues.
    endian: Endian,
    /// The step that is being taken.
    step: Option<usize>,
}

impl Player<'_> {
    fn run(&mut self, case: &Case) -> Result<(), Stop> {
        self.target.reset()?;
        self.target
            .set_error_ranges(&case.access_fault, &case.poison)?;
        self.store(&case.memory)?;
        if let Some(setup) = case.setup {
            self.set_up(setup)?;
        }
        for (number, step) in case.steps.iter().enumerate() {
            self.step = Some(number);
            self.take(step)?;
        }
        Ok(())
    }

    /// `fctl`, both queues, and `ddtp` last.
    fn set_up(&mut self, setup: Setup) -> Result<(), Stop> {
        self.target
            .write_register(c::REG_FCTL, AccessSize::Word, setup.fctl)?;
        self.enable_queues()?;
        self.target
            .write_register(c::REG_DDTP, AccessSize::Doubleword, setup.ddtp)?;
        self.poll(c::REG_DDTP, AccessSize::Word, 1 << c::DDTP_BUSY_BIT, 0)
    }

    fn take(&mut self, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Translate(request, expected) => match self.target.translate(request)? {
                Reply::NotExpressible => Err(Stop::Skipped(Skip::Port)),
                Reply::Answer(observed) => {
                    let differences = compare::answer(expected, &observed);
                    self.check(compare::describe(request), differences)
                }
            },
            Step::Fault(expected) => self.take_fault(expected),
            Step::NoFault => self.check_no_fault(),
            Step::Command(words, error) => self.command(*words, *error),
            Step::Recommand(words) => self.recommand(*words),
            Step::Write(write) => self.write(write),
            Step::Read(read) => self.read(read),
            Step::Store(list) => self.store(list),
            Step::MemoryIs(list) => self.check_memory(list),
        }
    }

    fn write(&mut self, write: &RegisterWrite) -> Result<(), Stop> {
        let size = access_size(write.size);
        Ok(self
            .target
            .write_register(write.offset, size, write.value)?)
    }

    fn read(&mut self, read: &RegisterRead) -> Result<(), Stop> {
        let size = access_size(read.size);
        self.poll(read.offset, size, read.mask, read.expect)
    }

    fn store(&mut self, list: &[Bytes]) -> Result<(), Stop> {
        for bytes in list {
            self.target.write_memory(bytes.address, &bytes.data)?;
        }
        Ok(())
    }

    /// Reads a register until the bits under `mask` are as expected.
    fn poll(
        &mut self,
        offset: u64,
        size: AccessSize,
        mask: u64,
        expected: u64,
    ) -> Result<(), Stop> {
        let mut value = 0;
        for _ in 0..self.limits.polls {
            value = self.target.read_register(offset, size)?;
            if value & mask == expected {
                return Ok(());
            }
            self.target.idle()?;
        }
        let subject = if mask == u64::MAX {
            register_name(offset)
        } else {
            format!("{} & {mask:#x}", register_name(offset))
        };
        let difference = Difference::hex(subject, expected, value & mask);
        self.fail("register read", vec![difference])
    }

    /// Compares memory once the target has come to rest, and again for as
    /// long as it is given to get there.
    fn check_memory(&mut self, list: &[Bytes]) -> Result<(), Stop> {
        let mut differences = Vec::new();
        for _ in 0..self.limits.polls {
            self.target.idle()?;
            differences.clear();
            for bytes in list {
                let mut data = vec![0; bytes.data.len()];
                self.target.read_memory(bytes.address, &mut data)?;
                differences.extend(compare::memory(bytes, &data));
            }
            if differences.is_empty() {
                return Ok(());
            }
        }
        self.fail("memory", differences)
    }

    fn check(&self, action: impl Into<String>, differences: Vec<Difference>) -> Result<(), Stop> {
        if differences.is_empty() {
            Ok(())
        } else {
            self.fail(action, differences)
        }
    }

    fn fail<T>(&self, action: impl Into<String>, differences: Vec<Difference>) -> Result<T, Stop> {
        Err(Stop::Failed(Failure {
            step: self.step,
            action: action.into(),
            differences,
        }))
    }
}

fn access_size(bytes: u8) -> AccessSize {
    if bytes == 4 {
        AccessSize::Word
    } else {
        AccessSize::Doubleword
    }
}
