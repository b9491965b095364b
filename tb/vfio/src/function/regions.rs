// SPDX-License-Identifier: Apache-2.0
//! What a function tells its client of its regions and interrupts.

use super::config_space::{CONFIG_BYTES, Identity, TABLE_BAR_BYTES};
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_INFO_EVENTFD, VFIO_IRQ_INFO_NORESIZE, VFIO_PCI_BAR0_REGION_INDEX,
    VFIO_PCI_BAR2_REGION_INDEX, VFIO_PCI_CONFIG_REGION_INDEX, VFIO_PCI_MSIX_IRQ_INDEX,
    VFIO_PCI_NUM_IRQS, VFIO_PCI_NUM_REGIONS, VFIO_REGION_INFO_FLAG_READ,
    VFIO_REGION_INFO_FLAG_WRITE, vfio_region_info,
};
use vfio_user::{IrqInfo, ServerRegion};

/// The regions by VFIO's numbers: those that are not there have no bytes.
pub(super) fn regions(identity: &Identity) -> Vec<ServerRegion> {
    let bytes = |index| match index {
        VFIO_PCI_BAR0_REGION_INDEX => identity.register_bytes,
        VFIO_PCI_BAR2_REGION_INDEX => TABLE_BAR_BYTES,
        VFIO_PCI_CONFIG_REGION_INDEX => CONFIG_BYTES as u64,
        _ => 0,
    };
    (0..VFIO_PCI_NUM_REGIONS)
        .map(|index| {
            let size = bytes(index);
            let flags = if size > 0 {
                VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE
            } else {
                0
            };
            ServerRegion {
                region_info: vfio_region_info {
                    argsz: size_of::<vfio_region_info>() as u32,
                    flags,
                    index,
                    size,
                    ..vfio_region_info::default()
                },
                sparse_areas: Vec::new(),
                mmap_fd: None,
            }
        })
        .collect()
}

/// The kinds of interrupts by VFIO's numbers: there is only MSI-X.
pub(super) fn interrupts(identity: &Identity) -> Vec<IrqInfo> {
    (0..VFIO_PCI_NUM_IRQS)
        .map(|index| {
            let msix = index == VFIO_PCI_MSIX_IRQ_INDEX;
            IrqInfo {
                index,
                flags: if msix {
                    VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE
                } else {
                    0
                },
                count: if msix { identity.vectors.into() } else { 0 },
            }
        })
        .collect()
}
