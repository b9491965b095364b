// SPDX-License-Identifier: Apache-2.0
//! Tests of the RTL through its ports: clocks, faults, caches, queues, buses.
//!
//! Every test has a seed and a limit in clocks. Under a mutant of the RTL (see
//! `tb/mutants`) at least one of them fails.
#![forbid(unsafe_code)]

mod axi;
mod clocks;
mod core;
mod fields;
mod nested;
mod pcie;
mod support;
mod sweep;
