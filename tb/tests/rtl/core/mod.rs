// SPDX-License-Identifier: Apache-2.0
//! The core by itself: translations, caches, queues, interrupts.

mod accessed_dirty;
mod ats_commands;
mod byte_order;
mod counters;
mod debug;
mod directory;
mod fences;
mod interrupts;
mod invalidation;
mod page_requests;
mod page_rules;
mod page_worlds;
mod qos;
mod queues;
mod races;
mod register_port;
pub mod requests;
mod reset;
mod worlds;
