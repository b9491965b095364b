// SPDX-License-Identifier: Apache-2.0
//! Tests in a system around the verilated IOMMU.
//!
//! [`system_test!`] gives a [`Test`]: a body of `async` code that runs in a
//! system of its own. The harness gives it a seed and a limit in clocks, and
//! has the protocol monitors and the RTL's assertions look on. When it fails,
//! it is run once more, from the same seed, with the log of transactions and
//! with a waveform of the last clocks before the failure. What the test prints
//! then is a [`Failure`]: the request that went wrong as a tree, the files, the
//! clock, and the line that runs it again.
//!
//! docs/writing-a-test.md shows how tests and devices are written.
//!
//! ```
//! use sallyport_harness::prelude::*;
//!
//! system_test!().run(async |ctx| {
//!     let os = ctx.boot().await;
//!     let device = DeviceId::from(7);
//!     let buffer = os.attach(device).await?.allocate(0x2000).await?;
//!     ctx.dma(device).write(buffer.at(0xffc), b"sally port").await.unwrap();
//!     assert_eq!(os.read(&buffer, 0x1000, 6), b"y port");
//!     Ok::<(), OsError>(())
//! });
//! ```
#![forbid(unsafe_code)]

mod attempt;
mod cause;
mod context;
mod culprit;
mod evidence;
mod failure;
mod files;
mod place;
pub mod prelude;
mod seed;
mod test;
mod verdict;

pub use context::Ctx;
pub use failure::Failure;
pub use place::Place;
pub use seed::{SEED_VARIABLE, SeedError};
pub use test::{LIMIT, TRACED, Test};
pub use verdict::Verdict;

/// A [`Test`] that knows its package and is called after the function in which
/// this stands.
#[macro_export]
macro_rules! system_test {
    () => {{
        fn here() {}
        $crate::Test::new($crate::Place::of(env!("CARGO_PKG_NAME"), &here))
    }};
}

/// The code in docs/writing-a-test.md compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/writing-a-test.md")]
pub struct WritingATest;
