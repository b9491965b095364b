// SPDX-License-Identifier: Apache-2.0
//! The IOMMU's own interrupts: memory writes that become events.

use super::Shared;
use sallyport_bench::Host;
use sallyport_bench::hardware::TABLE_PORT;
use sallyport_bus::Attributes;
use sallyport_formats::Spa;
use sallyport_formats::constants as c;
use sallyport_formats::regs::msi_cfg_tbl;
use std::ops::Range;

/// The last page of the physical address space, where no memory is. The word of
/// vector n lies at n times four bytes.
const DOORBELLS: u64 = (1 << 56) - 0x1000;

/// Vectors of `msi_cfg_tbl`, and entries of the function's MSI-X table.
pub(crate) const VECTORS: u16 = 16;

fn page() -> Range<Spa> {
    Spa::new(DOORBELLS)..Spa::new(DOORBELLS + 0x1000)
}

/// The page of the doorbells takes writes.
pub(super) fn open(host: &Host) {
    host.with_system(|system| {
        let memory = system.memory_mut();
        memory.set_attributes(page(), Attributes::NORMAL);
    });
}

/// From now on writes to the doorbells fire vectors.
pub(super) fn listen(host: &Host, shared: &Shared) {
    let mut doorbell = host.doorbell(page());
    let vectors = shared.iommu_vectors.clone();
    host.spawn("interrupts", async move {
        loop {
            let record = doorbell.next().await;
            // A device that may write anywhere cannot ring.
            if record.port == TABLE_PORT {
                let first = u64::from(record.strb.trailing_zeros());
                let offset = record.word.raw() + first - DOORBELLS;
                vectors.fire(offset as usize / 4);
            }
        }
    });
}

/// Points each vector of the IOMMU to its doorbell, as the MSI-X table of a function
/// would be filled by software; here the client keeps that table.
pub(super) async fn point(host: &Host) {
    let cpu = host.cpu();
    for vector in 0..u64::from(VECTORS) {
        let entry = msi_cfg_tbl(vector);
        // A build without messages, or with fewer vectors, has no such register and
        // says so; the others it has.
        let _ = cpu
            .write64(entry + c::MSI_CFG_TBL_ADDR_OFFSET, DOORBELLS + 4 * vector)
            .await;
        let _ = cpu
            .write32(entry + c::MSI_CFG_TBL_DATA_OFFSET, vector as u32)
            .await;
        let _ = cpu.write32(entry + c::MSI_CFG_TBL_VEC_CTL_OFFSET, 0).await;
    }
}
