// SPDX-License-Identifier: Apache-2.0
//! What conformance vectors leave out, by hand: page requests, ATS commands,
//! performance monitor, QoS identifiers, memory-resident interrupt files.

mod byte_order;
mod commands;
mod debug;
mod device_ids;
mod interrupt_files;
mod invalidations;
mod machine;
mod monitor;
mod page_requests;
mod quality_of_service;
