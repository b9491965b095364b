// SPDX-License-Identifier: Apache-2.0
//! Watches over memory.

use sallyport_bench::Host;
use sallyport_bench::hardware::DATA_PORT;
use sallyport_bus::MemoryUser;
use sallyport_formats::constants as c;
use sallyport_formats::regs::QueueBase;
use sallyport_formats::{DeviceId, PAGE_SIZE, Spa};
use sallyport_os::RAM;
use std::collections::BTreeSet;

/// All memory but some pages.
pub struct Guard {
    host: Host,
    others: BTreeSet<Spa>,
}

impl Guard {
    /// Guards all but `others`.
    pub fn new(host: &Host, others: BTreeSet<Spa>) -> Self {
        Self {
            host: host.clone(),
            others,
        }
    }

    fn guarded(&self) -> impl Iterator<Item = Spa> {
        (RAM.start.page_number()..RAM.end.page_number())
            .filter_map(Spa::from_page_number)
            .filter(|page| !self.others.contains(page))
    }

    /// Pages that it guards.
    pub fn pages(&self) -> u64 {
        self.guarded().count() as u64
    }

    /// CRC-32 of the checksums of all guarded pages.
    pub fn checksum(&self) -> u32 {
        let mut sum = crc32fast::Hasher::new();
        self.host.with_system(|system| {
            for page in self.guarded() {
                let page = system.memory().checksum(page, PAGE_SIZE);
                sum.update(&page.to_le_bytes());
            }
        });
        sum.finalize()
    }

    /// Keeps a journal from now on.
    pub fn watch(&self) {
        self.host
            .with_system(|system| system.memory_mut().watch_all());
    }

    /// Bytes that these devices have written outside of these pages.
    pub fn stray_bytes(&self, devices: &[DeviceId], pages: &[Spa]) -> u64 {
        self.host.with_system(|system| {
            let memory = system.memory_mut();
            memory.unwatch();
            memory
                .drain_journal()
                .filter(|write| write.port == DATA_PORT)
                .filter(|write| devices.contains(&MemoryUser::from_bits(write.user).device))
                .filter(|write| !pages.contains(&write.word.page_base()))
                .map(|write| u64::from(write.strb.count_ones()))
                .sum()
        })
    }
}

/// Pages of the command and the fault queue, which software and the IOMMU
/// write.
pub async fn queue_pages(host: &Host) -> BTreeSet<Spa> {
    let mut pages = BTreeSet::new();
    for (register, entry) in [
        (c::REG_CQB, c::CQ_ENTRY_BYTES),
        (c::REG_FQB, c::FQ_ENTRY_BYTES),
    ] {
        let Ok(base) = host.cpu().read64(register).await else {
            continue;
        };
        let base = QueueBase::parse(base);
        let bytes = entry << (base.log2sz_minus_1 + 1);
        let count = bytes.div_ceil(PAGE_SIZE);
        pages.extend((base.ppn..base.ppn + count).filter_map(Spa::from_page_number));
    }
    pages
}
