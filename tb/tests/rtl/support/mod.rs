// SPDX-License-Identifier: Apache-2.0
//! What the tests share.

mod golden;
mod home;
mod machine;
mod rig;
mod tables;
mod traffic;

pub use golden::{granted, judge, serve, sorted};
pub use home::{Home, ProcessDirectory, SIZES, Table, context_in};
pub use machine::Machine;
pub use rig::Rig;
pub use sallyport_bench::hardware::core_request;
pub use tables::{PageTable, context, leaf};
pub use traffic::{read, transaction, write};

use sallyport_bench::Build;

/// Clocks in which an ATS invalidation is sure to be given up: `AtsTimeout` and a
/// quarter.
pub const ATS_TIMEOUT: u64 = 16384 + 4096 + 100;

/// Those of some builds that are to be tested: all, unless `SALLYPORT_BUILDS`
/// names others.
pub fn builds(some: &[Build]) -> Vec<Build> {
    let wanted = std::env::var("SALLYPORT_BUILDS");
    let is_wanted = |build: &Build| match &wanted {
        Ok(names) => names.split(',').any(|name| name == build.name()),
        Err(_) => true,
    };
    some.iter().copied().filter(is_wanted).collect()
}
