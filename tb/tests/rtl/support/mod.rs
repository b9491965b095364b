// SPDX-License-Identifier: Apache-2.0
//! What the tests share.

mod golden;
mod machine;
mod rig;
mod tables;
mod traffic;

pub use golden::{judge, serve, sorted, to_core};
pub use machine::Machine;
pub use rig::Rig;
pub use tables::{PageTable, context};
pub use traffic::{read, write};
