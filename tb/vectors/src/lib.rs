// SPDX-License-Identifier: Apache-2.0
//! Conformance vectors: what a RISC-V IOMMU must answer.
//!
//! A vector file holds one self-contained case a line (JSON Lines, plain or
//! gzip; the format is described in `tb/data/vectors/FORMAT.md`). [`read_file`]
//! parses one, [`play`] applies a case to anything that implements [`Target`],
//! and [`Summary`] counts what came of it:
//!
//! ```
//! use sallyport_model::{Design, Iommu, SparseMemory};
//! use sallyport_vectors::{Capabilities, Limits, Outcome, Summary, parse_case, play};
//!
//! let line = r#"{"case": "example/1", "needs": [], "pas": 44, "raw": true,
//!     "scratch": ["0x1000", "0x2000"], "memory": {}, "steps": [
//!     {"read": {"offset": 0, "size": 8, "expect": "0x10", "mask": "0xff"}}]}"#;
//! let case = parse_case(line)?;
//! let mut target = Iommu::new(Design::full(), SparseMemory::new());
//! let capabilities = Capabilities::of_design(&Design::full());
//! let outcome = play(&case, &capabilities, &mut target, &Limits::default())?;
//! assert_eq!(outcome, Outcome::Passed);
//!
//! let mut summary = Summary::new("example");
//! summary.count(&outcome);
//! assert_eq!(summary.to_string(), "example: 1 passed, 0 failed, 0 skipped of 1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod capabilities;
mod case;
mod file;
mod hex;
mod model_target;
mod observation;
mod outcome;
mod parse;
mod player;
mod registers;
mod target;

pub use capabilities::{Capabilities, Skip, UnknownCapability};
pub use case::{
    Bytes, Case, CommandError, ExpectedFault, RegisterRead, RegisterWrite, Setup, Status, Step,
};
pub use file::{FileError, NumberedCase, file_name, read_file};
pub use observation::{Observation, ObservedMrif};
pub use outcome::{Difference, Failure, Outcome, Summary};
pub use parse::{ParseError, parse_case};
pub use player::{Limits, PlayError, play};
pub use registers::register_name;
pub use target::{Reply, Target, TargetError};
