// SPDX-License-Identifier: Apache-2.0
//! What of the registers a translation depends on: `fctl`, `ddtp`, and for the
//! identifiers of its accesses `iommu_qosid`.

use sallyport_formats::Endian;
use sallyport_formats::regs::{Ddtp, Fctl};

use crate::design::Design;
use crate::qos::QosIds;

/// Everything besides memory that the answer to a request depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// What the design is built with.
    pub design: Design,
    /// `fctl`.
    pub fctl: Fctl,
    /// `ddtp`.
    pub ddtp: Ddtp,
    /// `iommu_qosid`.
    pub qosid: QosIds,
}

impl Configuration {
    /// Whether device contexts have the extended format of 64 bytes.
    #[must_use]
    pub fn extended_contexts(&self) -> bool {
        self.design.capabilities.msi_flat
    }

    /// Byte order of what `fctl.BE` governs.
    #[must_use]
    pub fn endian(&self) -> Endian {
        Endian::from_bit(self.fctl.be)
    }
}
