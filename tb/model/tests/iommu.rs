// SPDX-License-Identifier: Apache-2.0
//! Queues and interrupts as software sees them.

use sallyport_formats::command::Fence;
use sallyport_formats::constants as c;
use sallyport_formats::regs::{Cqcsr, Fqcsr, Ipsr, QueueBase};
use sallyport_formats::{Cause, Command, DeviceId, Endian, FaultRecord, Iova, Spa};
use sallyport_model::{
    Access, AccessSize, Answer, Design, Iommu, MemoryMut, Request, SparseMemory,
};

const COMMANDS: Spa = Spa::new(0x10_0000);
const RECORDS: Spa = Spa::new(0x20_0000);
/// Four entries in either queue.
const LOG2SZ_MINUS_1: u8 = 1;

/// Off, with both queues and their interrupts on.
struct Software {
    iommu: Iommu<SparseMemory>,
}

impl Software {
    fn new(wsi: bool) -> Self {
        let iommu = Iommu::new(Design::full(), SparseMemory::new());
        let mut software = Self { iommu };
        software.write(c::REG_FCTL, u64::from(wsi) << c::FCTL_WSI_BIT);
        let base = |queue: Spa| QueueBase {
            log2sz_minus_1: LOG2SZ_MINUS_1,
            ppn: queue.page_number(),
        };
        software.write8(c::REG_CQB, base(COMMANDS).emit());
        software.write8(c::REG_FQB, base(RECORDS).emit());
        software.write(c::REG_CQCSR, 3);
        software.write(c::REG_FQCSR, 3);
        software
    }

    fn write(&mut self, offset: u64, value: u64) {
        self.iommu.write_register(offset, AccessSize::Word, value);
    }

    fn write8(&mut self, offset: u64, value: u64) {
        self.iommu
            .write_register(offset, AccessSize::Doubleword, value);
    }

    fn read(&self, offset: u64) -> u64 {
        self.iommu.read_register(offset, AccessSize::Word)
    }

    fn ipsr(&self) -> Ipsr {
        Ipsr::parse(self.read(c::REG_IPSR) as u32)
    }

    /// A message for vector 0 to this address.
    fn set_message(&mut self, address: Spa, data: u32, masked: bool) {
        self.write8(c::REG_MSI_CFG_TBL, address.raw());
        self.write(c::REG_MSI_CFG_TBL + c::MSI_CFG_TBL_DATA_OFFSET, data.into());
        self.write(
            c::REG_MSI_CFG_TBL + c::MSI_CFG_TBL_VEC_CTL_OFFSET,
            masked.into(),
        );
    }

    fn word(&self, address: Spa) -> u32 {
        let mut bytes = [0; 4];
        self.iommu.memory().peek(address, &mut bytes);
        u32::from_le_bytes(bytes)
    }

    /// A request that faults: everything is disallowed.
    fn fault(&mut self) {
        let device = DeviceId::truncate(7);
        let request = Request::untranslated(device, Access::Read, Iova::new(0x1000), 4);
        let translation = self.iommu.request(&request);
        assert_eq!(translation.answer, Answer::UnsupportedRequest);
        assert!(translation.reported);
    }

    fn record(&self, index: u64) -> FaultRecord {
        let mut bytes = [0; FaultRecord::BYTES];
        let address = Spa::new(RECORDS.raw() + index * c::FQ_ENTRY_BYTES);
        self.iommu.memory().peek(address, &mut bytes);
        FaultRecord::parse_bytes(&bytes, Endian::Little).unwrap()
    }

    fn command(&mut self, index: u64, words: [u64; 2]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let address = Spa::new(COMMANDS.raw() + index * c::CQ_ENTRY_BYTES);
        self.iommu.memory_mut().write(address, &bytes).unwrap();
        self.write(c::REG_CQT, (index + 1) % 4);
    }
}

#[test]
fn a_full_queue_overflows_and_stays_stopped() {
    let mut software = Software::new(true);
    for _ in 0..4 {
        software.fault();
    }
    let csr = |software: &Software| Fqcsr::parse(software.read(c::REG_FQCSR) as u32);
    assert_eq!(software.read(c::REG_FQT), 3, "one entry stays free");
    assert!(csr(&software).fqof);
    assert_eq!(software.record(0).cause, Cause::AllInboundDisallowed);
    assert_eq!(software.record(2).did, DeviceId::truncate(7));

    software.write(c::REG_FQH, 3);
    software.fault();
    assert_eq!(software.read(c::REG_FQT), 3, "room alone does not help");
    software.write(c::REG_FQCSR, 3 | 1 << c::FQCSR_FQOF_BIT);
    software.fault();
    assert_eq!(software.read(c::REG_FQT), 0);
}

#[test]
fn a_record_that_memory_refuses_stops_the_queue() {
    let mut software = Software::new(true);
    let range = RECORDS..Spa::new(RECORDS.raw() + 0x1000);
    software.iommu.memory_mut().set_access_faults(&[range]);
    software.fault();
    let csr = Fqcsr::parse(software.read(c::REG_FQCSR) as u32);
    assert!(csr.fqmf && !csr.fqof);
    assert_eq!(software.read(c::REG_FQT), 0);
    assert!(software.ipsr().fip);
}

#[test]
fn wires_follow_the_pending_bits() {
    let mut software = Software::new(true);
    software.write8(c::REG_ICVEC, 0x21);
    software.fault();
    assert_eq!(software.iommu.wires(), 1 << 2);
    software.write(c::REG_IPSR, 2);
    assert_eq!(software.iommu.wires(), 0, "a new record is an event");
    software.command(0, [0, 0]);
    assert_eq!(software.iommu.wires(), 1 << 1);
    software.write(c::REG_IPSR, 1);
    assert_eq!(software.iommu.wires(), 1 << 1, "the condition still holds");
    software.write(c::REG_CQCSR, 3 | 1 << c::CQCSR_CMD_ILL_BIT);
    assert_eq!(software.read(c::REG_CQH), 0, "the command is tried again");
    assert!(Cqcsr::parse(software.read(c::REG_CQCSR) as u32).cmd_ill);
}

#[test]
fn messages_wait_while_their_vector_is_masked() {
    let mut software = Software::new(false);
    let address = Spa::new(0x30_0000);
    software.set_message(address, 0x55, true);
    software.fault();
    assert!(software.ipsr().fip);
    assert_eq!(software.word(address), 0);
    software.set_message(address, 0x55, false);
    assert_eq!(software.word(address), 0x55);
    software.iommu.memory_mut().poke(address, &[0; 4]);
    software.set_message(address, 0x55, true);
    software.set_message(address, 0x55, false);
    assert_eq!(software.word(address), 0, "sent once");
}

#[test]
fn a_message_that_memory_refuses_is_reported() {
    let mut software = Software::new(false);
    let address = Spa::new(0x30_0000);
    let range = address..Spa::new(0x30_0004);
    software.iommu.memory_mut().set_access_faults(&[range]);
    software.set_message(address, 0x55, false);
    software.fault();
    assert_eq!(software.read(c::REG_FQT), 2);
    let record = software.record(1);
    assert_eq!(record.cause, Cause::MsiWriteAccessFault);
    assert_eq!((record.ttyp.code(), record.iotval), (0, address.raw()));
}

#[test]
fn a_fence_writes_before_it_tells() {
    let mut software = Software::new(true);
    let fence = Fence {
        wsi: true,
        ..Fence::default()
    };
    let address = Spa::new(0x30_0000);
    let range = address..Spa::new(0x30_0004);
    software.iommu.memory_mut().set_access_faults(&[range]);
    software.command(0, Command::Fence(fence.writing(address, 9)).emit());
    let csr = Cqcsr::parse(software.read(c::REG_CQCSR) as u32);
    assert!(csr.cqmf && !csr.fence_w_ip);

    software.iommu.memory_mut().set_access_faults(&[]);
    software.write(c::REG_CQCSR, 3 | 1 << c::CQCSR_CQMF_BIT);
    let csr = Cqcsr::parse(software.read(c::REG_CQCSR) as u32);
    assert!(csr.fence_w_ip && !csr.cqmf);
    assert_eq!((software.word(address), software.read(c::REG_CQH)), (9, 1));
}
