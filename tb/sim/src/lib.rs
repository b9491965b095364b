// SPDX-License-Identifier: Apache-2.0
//! The RTL of the IOMMU, verilated, behind a safe interface.
//!
//! A [`Model`] is one instance of a [`Top`] in one [`Build`]. Each call of
//! [`Model::clock`] runs one clock: inputs in, outputs out, as plain structs.
//! Models are independent of one another and may run in different threads.
//!
//! ```
//! use sallyport_sim::{AxiInputs, AxiOutputs, AxiTop, Build, Model};
//!
//! let mut model = Model::<AxiTop>::new(Build::Default, 1)?;
//! let mut outputs = AxiOutputs::default();
//! for clock in 0..20 {
//!     let inputs = AxiInputs { reset_n: clock >= 4, ..AxiInputs::default() };
//!     model.clock(&inputs, &mut outputs)?;
//! }
//! assert!(!outputs.memory.ar.valid);
//! # Ok::<(), sallyport_sim::SimError>(())
//! ```
//!
//! The build script runs Verilator: `VERILATOR=` in the environment selects the
//! program, and `SALLYPORT_MODELS=core.default,…` limits what is built.

mod bridge;
mod build;
mod error;
mod model;
mod top;

pub use bridge::ffi::{
    AnswerPins, AxPins, AxiInputs, AxiOutputs, BPins, CompletionPins, CoreInputs, CoreOutputs,
    InvalidationPins, LiteManagerPins, LiteSubordinatePins, ManagerPins, PageRequestPins,
    PageResponsePins, PcieInputs, PcieOutputs, RPins, RequestPins, SubordinatePins, TlpPins,
    TracePins, WPins,
};
pub use build::{Build, UnknownBuild};
pub use error::SimError;
pub use model::{CLOCK_NS, Model};
pub use top::{AxiTop, CoreTop, PcieTop, Top};
