// SPDX-License-Identifier: Apache-2.0
//! `iommu_axi` with real traffic: bursts, order, refusals, devices that stall,
//! pages that are taken away under fire.

mod agents;
mod bursts;
mod fences;
mod fire;
mod interrupt_files;
mod refusals;
mod reset;
pub mod scene;
mod stalls;
