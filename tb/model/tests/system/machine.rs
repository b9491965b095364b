// SPDX-License-Identifier: Apache-2.0
//! A small machine: all three queues with their interrupts, and a device
//! directory of one level.

use sallyport_formats::constants as c;
use sallyport_formats::context::{Fsc, Iohgatp, Msiptp, Tc};
use sallyport_formats::regs::{Cqcsr, Ddtp, DdtpMode, Ipsr, Pqcsr, QueueBase};
use sallyport_formats::{
    Command, DeviceContext, DeviceId, Endian, FaultRecord, PageRequest, ProcessContext, Pte, Spa,
};
use sallyport_model::{AccessSize, Design, Iommu, SparseMemory};

pub const DDT: u64 = 0x1_0000;
pub const COMMANDS: u64 = 0x10_0000;
pub const RECORDS: u64 = 0x20_0000;
pub const REQUESTS: u64 = 0x30_0000;
/// First-stage tables, root first; each maps the address 0 by its entry 0.
pub const FIRST: u64 = 0x40_0000;
/// Second-stage tables, root (16 KiB) first.
pub const SECOND: u64 = 0x50_0000;
/// A process directory of one level.
pub const PROCESSES: u64 = 0x60_0000;
pub const MSI_TABLE: u64 = 0x70_0000;
pub const DEVICE: DeviceId = DeviceId::truncate(5);
/// Entries of a queue.
const ENTRIES: u32 = 8;

pub struct Machine {
    pub iommu: Iommu<SparseMemory>,
}

impl Machine {
    /// Queues on, `ddtp` still Off, interrupts by wire.
    pub fn off(design: Design) -> Self {
        let iommu = Iommu::new(design, SparseMemory::new());
        let mut machine = Self { iommu };
        machine.write(c::REG_FCTL, 1 << c::FCTL_WSI_BIT);
        for (register, base) in [
            (c::REG_CQB, COMMANDS),
            (c::REG_FQB, RECORDS),
            (c::REG_PQB, REQUESTS),
        ] {
            let base = QueueBase {
                log2sz_minus_1: ENTRIES.ilog2() as u8 - 1,
                ppn: base >> 12,
            };
            machine.write8(register, base.emit());
        }
        for csr in [c::REG_CQCSR, c::REG_FQCSR, c::REG_PQCSR] {
            machine.write(csr, 3);
        }
        machine
    }

    /// The same with a device directory of one level, still empty.
    pub fn new(design: Design) -> Self {
        let mut machine = Self::off(design);
        machine.set_mode(DdtpMode::OneLevel);
        machine
    }

    pub fn set_mode(&mut self, mode: DdtpMode) {
        let ddtp = Ddtp {
            mode,
            busy: false,
            ppn: DDT >> 12,
        };
        self.write8(c::REG_DDTP, ddtp.emit());
    }

    pub fn write(&mut self, offset: u64, value: u64) {
        self.iommu.write_register(offset, AccessSize::Word, value);
    }

    pub fn write8(&mut self, offset: u64, value: u64) {
        self.iommu
            .write_register(offset, AccessSize::Doubleword, value);
    }

    pub fn read(&self, offset: u64) -> u64 {
        self.iommu.read_register(offset, AccessSize::Word)
    }

    pub fn read8(&self, offset: u64) -> u64 {
        self.iommu.read_register(offset, AccessSize::Doubleword)
    }

    pub fn ipsr(&self) -> Ipsr {
        Ipsr::parse(self.read(c::REG_IPSR) as u32)
    }

    pub fn cqcsr(&self) -> Cqcsr {
        Cqcsr::parse(self.read(c::REG_CQCSR) as u32)
    }

    pub fn pqcsr(&self) -> Pqcsr {
        Pqcsr::parse(self.read(c::REG_PQCSR) as u32)
    }

    pub fn put(&mut self, address: u64, bytes: &[u8]) {
        self.iommu.memory_mut().poke(Spa::new(address), bytes);
    }

    pub fn put_words(&mut self, address: u64, words: &[u64]) {
        for (word, address) in words.iter().zip((address..).step_by(8)) {
            self.put(address, &word.to_le_bytes());
        }
    }

    pub fn bytes<const N: usize>(&self, address: u64) -> [u8; N] {
        let mut bytes = [0; N];
        self.iommu.memory().peek(Spa::new(address), &mut bytes);
        bytes
    }

    pub fn word(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.bytes(address))
    }

    /// Nothing answers at this page, or everything does again.
    pub fn break_page(&mut self, page: Option<u64>) {
        let ranges: Vec<_> = page
            .map(|page| Spa::new(page)..Spa::new(page + 0x1000))
            .into_iter()
            .collect();
        self.iommu.memory_mut().set_access_faults(&ranges);
    }

    pub fn set_context(&mut self, dc: &DeviceContext) {
        let at = DDT + u64::from(DEVICE.raw()) * c::DC_EXTENDED_BYTES;
        self.put_words(at, &dc.emit());
    }

    /// Page tables of both stages that map the page 0 to itself, and all table
    /// pages of the first stage.
    pub fn map_page_0(&mut self) {
        let leaf = |page: u64| {
            Pte {
                v: true,
                r: true,
                w: true,
                u: true,
                a: true,
                d: true,
                ppn: page >> 12,
                ..Pte::default()
            }
            .emit()
        };
        let pointer = |page: u64| Pte::pointer(page >> 12).emit();
        for level in 0..2 {
            let table = FIRST + level * 0x1000;
            self.put_words(table, &[pointer(table + 0x1000)]);
        }
        self.put_words(FIRST + 0x2000, &[leaf(0)]);
        self.put_words(SECOND, &[pointer(SECOND + 0x4000)]);
        self.put_words(SECOND + 0x4000, &[leaf(0), 0, leaf(FIRST)]);
    }

    /// The records of the fault queue, oldest first; takes them out.
    pub fn records(&mut self) -> Vec<FaultRecord> {
        let mut records = Vec::new();
        let mut head = self.read(c::REG_FQH);
        while head != self.read(c::REG_FQT) {
            let bytes = self.bytes::<{ FaultRecord::BYTES }>(RECORDS + head * c::FQ_ENTRY_BYTES);
            records.push(FaultRecord::parse_bytes(&bytes, Endian::Little).unwrap());
            head = (head + 1) % u64::from(ENTRIES);
        }
        self.write(c::REG_FQH, head);
        records
    }

    /// The record at this place of the page-request queue.
    pub fn page_request(&self, index: u64) -> PageRequest {
        let bytes = self.bytes::<{ PageRequest::BYTES }>(REQUESTS + index * c::PQ_ENTRY_BYTES);
        PageRequest::parse_bytes(&bytes, Endian::Little).unwrap()
    }

    /// Queues a command.
    pub fn command(&mut self, command: Command) {
        self.command_words(command.emit());
    }

    /// Queues whatever these doublewords are.
    pub fn command_words(&mut self, words: [u64; 2]) {
        let tail = self.read(c::REG_CQT);
        self.put_words(COMMANDS + tail * c::CQ_ENTRY_BYTES, &words);
        self.write(c::REG_CQT, (tail + 1) % u64::from(ENTRIES));
    }
}

/// A valid context: translation control and nothing else.
pub fn context(tc: Tc) -> DeviceContext {
    DeviceContext {
        tc: Tc { v: true, ..tc },
        ..DeviceContext::default()
    }
}

pub fn sv39() -> Fsc {
    Fsc {
        mode: c::IOSATP_MODE_SV39 as u8,
        ppn: FIRST >> 12,
    }
}

pub fn sv39x4() -> Iohgatp {
    Iohgatp {
        mode: c::IOHGATP_MODE_SV39X4 as u8,
        ppn: SECOND >> 12,
        ..Iohgatp::default()
    }
}

/// A process directory of one level.
pub fn pd8() -> Fsc {
    Fsc {
        mode: c::PDTP_MODE_PD8 as u8,
        ppn: PROCESSES >> 12,
    }
}

pub fn flat() -> Msiptp {
    Msiptp {
        mode: c::MSIPTP_MODE_FLAT as u8,
        ppn: MSI_TABLE >> 12,
    }
}

/// The process context with the first stage that maps page 0.
pub fn process() -> ProcessContext {
    let mut pc = ProcessContext {
        fsc: sv39(),
        ..ProcessContext::default()
    };
    pc.ta.v = true;
    pc
}
