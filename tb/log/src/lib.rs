// SPDX-License-Identifier: Apache-2.0
//! What happened to each transaction.
//!
//! A [`Recorder`] looks on while the RTL runs: [`Recorder::clock`] is called
//! once a clock with all pins. From what passes the ports, and from the trace
//! pins, it puts together a [`Transaction`] for each request of a device: the
//! lookup, the walk with every access to memory and what it means, the answer,
//! the fault record. Finished transactions go to a writer as JSON lines, and the
//! last ones stay in memory for a test that fails. docs/log-format.md is the
//! format; [`LogReader`] reads it back, [`tree`] shows a transaction to people.
//!
//! ```
//! use sallyport_log::{ClockView, Recorder};
//! use sallyport_sim::{AxiInputs, AxiOutputs, AxiTop, Build, Model};
//!
//! let mut recorder = Recorder::new(Build::Default);
//! let mut model = Model::<AxiTop>::new(Build::Default, 1)?;
//! let mut outputs = AxiOutputs::default();
//! for clock in 0..20 {
//!     let inputs = AxiInputs { reset_n: clock >= 4, ..AxiInputs::default() };
//!     model.clock(&inputs, &mut outputs)?;
//!     recorder.clock(clock, &ClockView::axi(&inputs, &outputs));
//! }
//! assert_eq!(recorder.transactions().count(), 0);
//! # Ok::<(), sallyport_sim::SimError>(())
//! ```
#![forbid(unsafe_code)]

mod line;
pub mod meaning;
mod read;
mod recorder;
mod search;
mod table;
mod text;
mod transaction;
mod tree;
mod walk;

pub use line::{FORMAT, Fence, Header, Invalidation, Line, Port, Reset};
pub use read::{LogError, LogReader};
pub use recorder::{ClockView, DeviceView, Recorder};
pub use search::{Found, find};
pub use table::table;
pub use text::Word;
pub use transaction::{
    Access, Answer, Caches, Clocks, Kind, MemoryType, Outcome, Record, Request, Transaction,
};
pub use tree::{tree, walk_tree};
pub use walk::{MemoryAccess, MemoryAccessKind, Walk};
