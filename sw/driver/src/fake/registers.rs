// SPDX-License-Identifier: Apache-2.0
//! A register file without an IOMMU behind it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use sallyport_formats::constants as c;
use sallyport_formats::regs::{
    Capabilities, Cqcsr, Ddtp, DdtpMode, Fqcsr, InterruptSupport, QueueBase,
};
use sallyport_formats::{Command, FaultRecord, Spa};

use super::FakeMemory;
use crate::memory::Memory;
use crate::registers::Mmio;

/// Registers that a test can look behind; the public members are its handles.
#[derive(Debug)]
pub struct FakeRegisters {
    words: BTreeMap<u64, u32>,
    memory: Option<FakeMemory>,
    /// Commands executed, oldest first.
    pub executed: Vec<Command>,
    /// Accept a directory of so many levels only.
    pub levels: Vec<u32>,
    /// The largest `LOG2SZ-1` that the queue bases hold.
    pub log2sz_minus_1: u8,
    /// Vectors' bits in `icvec`, a mask of each field.
    pub vector_bits: u8,
    /// While set, queued commands are left alone.
    pub stalled: bool,
    /// While set, nothing is ever switched on or off: `busy` stays.
    pub stuck: bool,
}

impl Default for FakeRegisters {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeRegisters {
    /// Registers of an IOMMU of version 1.0 with both ways of interrupts,
    /// Sv39 to Sv57 and 64-byte contexts.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capabilities(&Capabilities {
            version: c::CAPABILITIES_VERSION_1_0 as u8,
            sv39: true,
            sv48: true,
            sv57: true,
            msi_flat: true,
            igs: InterruptSupport::Both,
            pas: 56,
            ..Capabilities::default()
        })
    }

    /// Registers of an IOMMU with these capabilities.
    #[must_use]
    pub fn with_capabilities(caps: &Capabilities) -> Self {
        let raw = caps.emit();
        let words = [(0, raw as u32), (4, (raw >> 32) as u32)];
        Self {
            words: words.into_iter().collect(),
            memory: None,
            executed: Vec::new(),
            levels: [1, 2, 3].to_vec(),
            log2sz_minus_1: 15,
            vector_bits: 0xf,
            stalled: false,
            stuck: false,
        }
    }

    /// Connects the memory that the queues lie in; without, commands are not
    /// executed but counted as done.
    #[must_use]
    pub fn with_memory(mut self, memory: &FakeMemory) -> Self {
        self.memory = Some(memory.clone());
        self
    }

    fn get(&self, offset: u64) -> u32 {
        self.words.get(&offset).copied().unwrap_or(0)
    }

    fn queue(&self, base: u64) -> (Spa, u32) {
        let raw = u64::from(self.get(base + 4)) << 32 | u64::from(self.get(base));
        let base = QueueBase::parse(raw);
        (Spa::new(base.ppn << 12), (2u32 << base.log2sz_minus_1) - 1)
    }

    /// Has the IOMMU report a fault; false if the record was lost.
    ///
    /// # Panics
    /// If no memory is connected.
    pub fn report(&mut self, record: &FaultRecord) -> bool {
        let mut csr = Fqcsr::parse(self.get(c::REG_FQCSR));
        let (base, mask) = self.queue(c::REG_FQB);
        let (head, tail) = (self.get(c::REG_FQH), self.get(c::REG_FQT));
        if !csr.fqon || csr.fqof || csr.fqmf {
            return false;
        }
        if tail.wrapping_add(1) & mask == head {
            csr.fqof = true;
            self.words.insert(c::REG_FQCSR, csr.emit());
            return false;
        }
        let memory = self.memory.as_mut().expect("memory is connected");
        for (i, word) in (0..).zip(record.emit()) {
            memory.write64(
                Spa::new(base.raw() + u64::from(tail) * c::FQ_ENTRY_BYTES + 8 * i),
                word,
            );
        }
        self.words.insert(c::REG_FQT, tail.wrapping_add(1) & mask);
        true
    }

    /// Executes what is queued, up to the first illegal command.
    pub fn execute(&mut self) {
        let (base, mask) = self.queue(c::REG_CQB);
        let mut csr = Cqcsr::parse(self.get(c::REG_CQCSR));
        while !self.stalled
            && csr.cqon
            && !(csr.cmd_ill || csr.cqmf || csr.cmd_to)
            && self.get(c::REG_CQH) != self.get(c::REG_CQT)
        {
            let head = self.get(c::REG_CQH);
            if let Some(memory) = &self.memory {
                let entry = base.raw() + u64::from(head) * c::CQ_ENTRY_BYTES;
                let words = [0, 8].map(|offset| memory.read64(Spa::new(entry + offset)));
                match Command::parse(words) {
                    Ok(command) => self.executed.push(command),
                    Err(_) => {
                        csr.cmd_ill = true;
                        break;
                    }
                }
            }
            self.words.insert(c::REG_CQH, head.wrapping_add(1) & mask);
        }
        self.words.insert(c::REG_CQCSR, csr.emit());
    }

    /// The new value of a queue's `csr` of which `errors` are cleared by
    /// writing 1; switching on clears the IOMMU's own index.
    fn write_csr(&mut self, offset: u64, index: u64, errors: u32, value: u32) {
        if self.stuck {
            self.words
                .insert(offset, self.get(offset) | 1 << c::CQCSR_BUSY_BIT);
            return;
        }
        let old = self.get(offset);
        let mut new = (value & 3) | (old & errors & !value);
        if value & 1 != 0 {
            new |= 1 << c::CQCSR_CQON_BIT;
            if old & 1 == 0 {
                new &= !errors;
                self.words.insert(index, 0);
            }
        }
        self.words.insert(offset, new);
    }

    fn write_ddtp(&mut self, value: u32) {
        let high = u64::from(self.get(c::REG_DDTP + 4)) << 32;
        let mut ddtp = Ddtp::parse(high | u64::from(value));
        ddtp.busy = self.stuck;
        let levels = ddtp.mode.levels();
        if levels > 0 && !self.levels.contains(&levels) {
            ddtp.mode = DdtpMode::Off;
        }
        self.words.insert(c::REG_DDTP, ddtp.emit() as u32);
    }
}

impl Mmio for FakeRegisters {
    fn read32(&mut self, offset: u64) -> u32 {
        assert!(
            offset & 3 == 0 && offset < c::REG_FILE_BYTES,
            "read at {offset:#x}"
        );
        self.get(offset)
    }

    fn write32(&mut self, offset: u64, value: u32) {
        assert!(
            offset & 3 == 0 && offset < c::REG_FILE_BYTES,
            "write at {offset:#x}"
        );
        const CQ_ERRORS: u32 = 0xf << c::CQCSR_CQMF_BIT;
        const FQ_ERRORS: u32 = 0x3 << c::FQCSR_FQMF_BIT;
        match offset {
            c::REG_DDTP => self.write_ddtp(value),
            c::REG_CQCSR => self.write_csr(offset, c::REG_CQH, CQ_ERRORS, value),
            c::REG_FQCSR => self.write_csr(offset, c::REG_FQT, FQ_ERRORS, value),
            c::REG_IPSR => {
                self.words.insert(offset, self.get(offset) & !value);
            }
            c::REG_CQB | c::REG_FQB => {
                let size = (value & 0x1f).min(self.log2sz_minus_1.into());
                self.words.insert(offset, value & !0x1f | size);
            }
            c::REG_ICVEC => {
                let bits = u32::from(self.vector_bits) * 0x1111;
                self.words.insert(offset, value & bits);
            }
            c::REG_CAPABILITIES | 4 | c::REG_CQH | c::REG_FQT => {}
            _ => {
                self.words.insert(offset, value);
            }
        }
        if matches!(offset, c::REG_CQT | c::REG_CQCSR) {
            self.execute();
        }
    }
}
