// SPDX-License-Identifier: Apache-2.0
//! Fields at their full width: ids, addresses and payloads with random values in
//! every bit, and queues as large as they can be.

mod bus;
mod interrupts;
mod messages;
mod queues;
mod registers;
mod windows;

use crate::support::{Rig, builds};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sallyport_bench::hardware::{CoreSystem, SystemConfig};
use sallyport_bench::{Build, Seed};
use sallyport_bus::SubordinateTiming;

/// A rig of `full` whose memory answers in the next clock, and random values; `None`
/// if that build is not to be tested.
fn rig(seed: u64) -> Option<(Rig<CoreSystem>, ChaCha8Rng)> {
    let build = builds(&[Build::Full]).pop()?;
    let mut config = SystemConfig::new(build, Seed::new(seed));
    config.table_memory = SubordinateTiming::fixed(1);
    Some((Rig::started(&config, 3), ChaCha8Rng::seed_from_u64(seed)))
}
