// SPDX-License-Identifier: Apache-2.0
//! The commands: each a module with its `Args` and a `run`.

pub mod demo;
pub mod explain;
pub mod fuzz;
pub mod linux;
pub mod replay;
