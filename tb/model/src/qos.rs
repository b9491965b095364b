// SPDX-License-Identifier: Apache-2.0
//! "Quality-of-Service (QoS) Identifiers Extension": which identifiers go with
//! which access.
//!
//! Accesses to the device directory, to the queues, and the IOMMU's own
//! interrupt messages have those of `iommu_qosid`, and so has all that devices
//! do while `ddtp.iommu_mode` is Bare. All else that is done for a device has
//! those of `DC.ta`: process directory, both stages, MSI page table, MRIF, and
//! the device's own access.

use sallyport_formats::context::DcTa;
use sallyport_formats::regs::Qosid;

use crate::design::Design;

/// The identifiers that go with an access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct QosIds {
    /// Resource control id, 12 bits.
    pub rcid: u16,
    /// Monitoring counter id, 12 bits.
    pub mcid: u16,
}

impl QosIds {
    /// Those of a device context.
    #[must_use]
    pub fn of_context(ta: &DcTa) -> Self {
        Self {
            rcid: ta.rcid,
            mcid: ta.mcid,
        }
    }

    /// What `iommu_qosid` keeps of a value written: the bits that the design
    /// has.
    #[must_use]
    pub fn of_register(value: Qosid, design: &Design) -> Self {
        let [rcid, mcid] = masks(design);
        Self {
            rcid: value.rcid & rcid,
            mcid: value.mcid & mcid,
        }
    }

    /// `iommu_qosid` with these identifiers.
    #[must_use]
    pub fn register(self) -> Qosid {
        Qosid {
            rcid: self.rcid,
            mcid: self.mcid,
        }
    }

    /// Whether neither is wider than the design supports ("Device-context
    /// configuration checks").
    #[must_use]
    pub fn fit(self, design: &Design) -> bool {
        let [rcid, mcid] = masks(design);
        self.rcid & !rcid == 0 && self.mcid & !mcid == 0
    }
}

/// The bits of `RCID` and `MCID` that a design has: none without
/// `capabilities.QOSID`.
fn masks(design: &Design) -> [u16; 2] {
    [design.rcid_bits, design.mcid_bits].map(|bits| {
        if design.capabilities.qosid {
            ((1u32 << bits.min(12)) - 1) as u16
        } else {
            0
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths() {
        let design = Design {
            rcid_bits: 4,
            ..Design::full_qos()
        };
        let all = Qosid {
            rcid: 0xfff,
            mcid: 0xfff,
        };
        let kept = QosIds::of_register(all, &design);
        assert_eq!((kept.rcid, kept.mcid), (0xf, 0xfff));
        assert!(kept.fit(&design));
        assert!(
            !QosIds {
                rcid: 0x10,
                mcid: 0
            }
            .fit(&design)
        );
        assert_eq!(QosIds::of_register(all, &Design::full()), QosIds::default());
        assert!(!QosIds { rcid: 0, mcid: 1 }.fit(&Design::full()));
    }
}
