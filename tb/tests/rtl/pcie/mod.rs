// SPDX-License-Identifier: Apache-2.0
//! `iommu_pcie`: what comes of TLPs.

mod atc;
mod ats;
mod capture;
mod limits;
mod malformed;
mod messages;
mod order;
mod processes;
mod random;
mod reads;
mod refusals;
mod scene;
mod traffic;
mod writes;
