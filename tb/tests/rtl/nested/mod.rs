// SPDX-License-Identifier: Apache-2.0
//! Two stages: what guests and their processes see, and how it is forgotten.

mod contexts;
mod guest_addresses;
mod interrupt_files;
mod invalidation;
mod page_pairs;
mod permissions;
mod processes;
mod races;
mod ranges;
