// SPDX-License-Identifier: Apache-2.0
//! What a test's body is given.

use crate::culprit::Named;
use sallyport_bench::Host;
use sallyport_formats::{DeviceId, Iova};
use sallyport_os::{Os, OsConfig};
use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

/// The system, from within a test: all that a [`Host`] can do, and what
/// concerns the report of a failure. Clones are handles to the same.
#[derive(Clone, Debug)]
pub struct Ctx {
    host: Host,
    named: Rc<Cell<Option<Named>>>,
}

impl Ctx {
    pub(crate) const fn new(host: Host, named: Rc<Cell<Option<Named>>>) -> Self {
        Self { host, named }
    }

    /// Boots the operating system as [`OsConfig::default`] says.
    ///
    /// # Panics
    /// If that fails, which fails the test.
    pub async fn boot(&self) -> Os {
        match Os::boot(&self.host, OsConfig::default()).await {
            Ok(os) => os,
            Err(error) => panic!("the operating system does not boot: {error}"),
        }
    }

    /// Should the test fail, then its report shows the last request of `device`
    /// whose burst touches `iova`, instead of the one that the harness would
    /// pick. The last call counts.
    pub fn explain(&self, device: DeviceId, iova: Iova) {
        self.named.set(Some(Named { device, iova }));
    }

    /// The handle without the test's report, for programs and devices.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }
}

impl Deref for Ctx {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}
