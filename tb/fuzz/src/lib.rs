// SPDX-License-Identifier: Apache-2.0
//! Random worlds and random traffic on the RTL, judged by the scoreboard.
//!
//! A case is a [`Plan`]: device directories, guests with a second stage and
//! interrupt files, process directories in physical or guest-physical memory, and
//! page tables of all schemes, in either order of bytes, mostly valid and partly
//! broken; traffic of several devices and processes through the core's request
//! port or the devices' bus, with translation requests and translated ones; and
//! software that maps, unmaps and invalidates while it runs, on buses with random
//! latency, order, back-pressure, errors and poison. Case n of a seed depends on
//! the seed, n, the port and the design, and on nothing else.
//!
//! [`Fuzz`] runs one case after the other; one that shows something that
//! `sallyport_scoreboard` does not allow is given back. [`shrink`] makes it small,
//! and [`vector`] a conformance case of it, which [`line()`] writes down.
#![forbid(unsafe_code)]

mod ambush;
mod answer;
mod changes;
mod commands;
mod context;
mod counts;
mod draw;
mod entry;
mod filters;
mod frames;
mod fuzz;
mod generate;
mod guest;
mod image;
mod layout;
mod messages;
mod page_requests;
mod pages;
mod plan;
mod processes;
mod run;
mod script;
mod shrink;
mod software;
mod top;
mod traffic;
pub mod vector;
mod world;
mod write;

pub use counts::Counts;
pub use filters::Filter;
pub use fuzz::{Failed, Fuzz, FuzzError};
pub use plan::{Action, Plan, Queues};
pub use run::{Ran, run};
pub use shrink::shrink;
pub use write::line;
