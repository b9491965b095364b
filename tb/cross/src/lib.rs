// SPDX-License-Identifier: Apache-2.0
//! The functional cross: mode × level × stage × access × cause.
//!
//! A [`Bin`] is one combination. [`verdict`] says of each whether the
//! specification lets it happen, and by which [`Rule`] it does not.
//! A [`Sampler`] looks on while the RTL runs and notes the bins that it went
//! through: what counts is what the RTL answered, reported and read. The golden
//! model tells which stage, mode and level that was; where it does not agree with
//! the RTL about what came out, nothing is counted.
//!
//! ```
//! use sallyport_cross::{Access, Bin, Level, Mode, Stage, What, verdict};
//!
//! let bin = Bin {
//!     stage: Stage::First,
//!     mode: Mode::Sv39,
//!     level: Level::Page2M,
//!     access: Access::Read,
//!     what: What::Fault(13),
//! };
//! assert!(verdict(&bin).is_none(), "a read page fault at a 2 MiB page can be");
//! let rule = verdict(&Bin { what: What::Fault(15), ..bin }).unwrap();
//! assert_eq!(rule.name, "kind of access");
//! ```
#![forbid(unsafe_code)]

#[macro_use]
mod names;

mod access;
mod attribute;
mod bin;
mod place;
mod queue;
mod registers;
mod rules;
mod sampler;
mod tally;
mod view;

pub use access::Access;
pub use attribute::{Sample, attribute};
pub use bin::{Bin, What};
pub use names::UnknownName;
pub use place::{Level, Mode, Stage};
pub use rules::{RULES, Rule, can_happen, universe, verdict};
pub use sampler::Sampler;
pub use tally::{Count, Report, Tally, TallyError};
pub use view::View;
