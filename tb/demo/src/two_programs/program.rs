// SPDX-License-Identifier: Apache-2.0
//! A program, and what the device does for it.

use super::ADDRESS;
use crate::report::{PageView, Program};
use sallyport_devices::engine::{Job, Operation};
use sallyport_driver::Memory;
use sallyport_formats::{Iova, PAGE_SIZE, Pte, Spa};
use sallyport_os::{AddressSpace, Buffer, EngineDriver, Mmu, OsError, Permissions, Policy};
use std::collections::BTreeSet;

/// Bytes that the program stores, and as many behind them that the device
/// writes.
pub const BYTES: u32 = 2 * PAGE_SIZE as u32;
/// Pages of all these.
const PAGES: u64 = 2 * BYTES as u64 / PAGE_SIZE;

/// A program.
pub struct Party {
    pub name: &'static str,
    pub space: AddressSpace,
    pattern: u64,
    buffer: Buffer,
    device_reads_own: bool,
    program_loads_own: bool,
    tlb_hits: u64,
    walks: u64,
}

impl Party {
    /// Gives the program its memory, in whose tables A and D are clear.
    pub fn new(name: &'static str, pattern: u64, space: AddressSpace) -> Result<Self, OsError> {
        let marks = space.process().is_none();
        let permissions = Permissions {
            accessed: marks,
            dirty: marks,
            ..Permissions::RW
        };
        let bytes = PAGES * PAGE_SIZE;
        let pages = space.os().ram().pages(PAGES, Policy::Scattered);
        let pages = pages.ok_or(OsError::OutOfMemory { bytes })?;
        Ok(Self {
            name,
            pattern,
            buffer: space.adopt_at(ADDRESS, pages, permissions)?,
            space,
            device_reads_own: false,
            program_loads_own: false,
            tlb_hits: 0,
            walks: 0,
        })
    }

    /// What the program stores.
    fn text(&self) -> Vec<u8> {
        let line = format!("program {} was here\n", self.name);
        line.into_bytes()
            .into_iter()
            .cycle()
            .take(BYTES as usize)
            .collect()
    }

    fn behind() -> Iova {
        Iova::new(ADDRESS.raw() + u64::from(BYTES))
    }

    fn job(&self, operation: Operation, destination: Iova, length: u32) -> Job {
        Job {
            operation,
            destination,
            length,
            process: self.space.process(),
        }
    }

    /// The program does something; what its processor did is counted.
    fn run<T>(&mut self, mmu: &Mmu, program: impl FnOnce(&Self) -> T) -> T {
        let before = mmu.counters();
        let result = program(self);
        let after = mmu.counters();
        self.tlb_hits += after.hits - before.hits;
        self.walks += after.walks - before.walks;
        result
    }

    /// The program stores its text.
    pub fn store(&mut self, mmu: &Mmu) {
        self.run(mmu, |this| {
            let text = this.text();
            if let Some(satp) = this.space.satp() {
                for (at, part) in (ADDRESS.raw()..).step_by(64).zip(text.chunks(64)) {
                    let _ = mmu.store(&satp, Iova::new(at), part);
                }
            }
        });
    }

    /// The device writes behind that, for the program.
    pub async fn have_written(&mut self, driver: &mut EngineDriver) -> Result<(), OsError> {
        let job = self.job(Operation::Fill(self.pattern), Self::behind(), BYTES);
        driver.run(&job).await.map(drop)
    }

    /// The device reads what the program has stored, and the program loads what
    /// the device has written.
    pub async fn look(&mut self, driver: &mut EngineDriver, mmu: &Mmu) -> Result<(), OsError> {
        let job = self.job(Operation::Checksum(ADDRESS), ADDRESS, BYTES);
        let result = driver.run(&job).await?;
        self.device_reads_own = !result.error && result.checksum == crc32fast::hash(&self.text());
        let expected = self.pattern.to_le_bytes().repeat(BYTES as usize / 8);
        self.program_loads_own = self.run(mmu, |this| {
            let satp = this.space.satp();
            let loaded = satp.map(|satp| mmu.load(&satp, Self::behind(), BYTES as usize));
            loaded == Some(Ok(expected))
        });
        Ok(())
    }

    /// Whether both found what is the program's.
    pub const fn is_intact(&self) -> bool {
        self.device_reads_own && self.program_loads_own
    }

    /// Looks where each page is for the processor, and for the device.
    pub async fn report(&self, driver: &mut EngineDriver, mmu: &Mmu) -> Result<Program, OsError> {
        let mut pages = Vec::new();
        for n in 0..PAGES {
            pages.push(
                self.view(self.buffer.at(n * PAGE_SIZE), driver, mmu)
                    .await?,
            );
        }
        Ok(Program {
            name: self.name,
            process: self
                .space
                .process()
                .map_or_else(String::new, |id| id.to_string()),
            pages,
            device_reads_own: self.device_reads_own,
            program_loads_own: self.program_loads_own,
            tlb_hits: self.tlb_hits,
            walks: self.walks,
        })
    }

    async fn view(
        &self,
        at: Iova,
        driver: &mut EngineDriver,
        mmu: &Mmu,
    ) -> Result<PageView, OsError> {
        let satp = self.space.satp().ok_or(OsError::Off)?;
        let processor = mmu.translate(&satp, at, false);
        let host = self.space.os().host().clone();
        host.with_system(|system| system.log_addresses());
        let job = self.job(Operation::Checksum(at), at, PAGE_SIZE as u32);
        driver.run(&job).await?;
        let addresses = host.with_system(|system| {
            let addresses = system.take_addresses();
            system.forget_addresses();
            addresses
        });
        let ring: BTreeSet<Spa> = driver.ring_pages().collect();
        let reads = addresses.iter().filter(|address| !address.write);
        let found: BTreeSet<Spa> = reads
            .map(|address| Spa::new(address.ax.addr).page_base())
            .filter(|page| !ring.contains(page))
            .collect();
        let leaf = self.leaf(at);
        Ok(PageView {
            address: at.to_string(),
            processor: processor.map_or_else(|fault| fault.to_string(), |page| page.to_string()),
            device: found
                .first()
                .filter(|_| found.len() == 1)
                .map(ToString::to_string),
            accessed: leaf.a,
            dirty: leaf.d,
        })
    }

    /// The leaf of a page of 4 KiB as it is in memory; zero if the tables do not
    /// lead there.
    fn leaf(&self, at: Iova) -> Pte {
        let Some(satp) = self.space.satp() else {
            return Pte::default();
        };
        let ram = self.space.os().ram();
        let mut table = satp.root;
        let mut entry = Pte::default();
        for level in (0..satp.scheme.levels()).rev() {
            let index = at.raw() >> (12 + 9 * level) & 0x1ff;
            entry = Pte::parse(ram.read64(Spa::new(table.raw() + 8 * index)));
            table = Spa::new(entry.ppn << 12);
        }
        entry
    }
}
