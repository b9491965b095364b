// SPDX-License-Identifier: Apache-2.0
//! Whatever bits a structure holds: emit gives back those of its fields and
//! zero in the others, and parse gives back what was emitted.

use proptest::prelude::*;
use sallyport_formats::command::{
    Ats, AtsInvalidation, Command, Directory, Fence, Invalidation, PageResponse,
};
use sallyport_formats::context::{
    DcTa, DeviceContext, Fsc, Iohgatp, Msiptp, PcTa, ProcessContext, Tc,
};
use sallyport_formats::directory::DirectoryEntry;
use sallyport_formats::msi::{MsiPte, MsiPteBasic, MsiPteHeader, MsiPteMrif};
use sallyport_formats::pte::{Pte, Pte32};
use sallyport_formats::record::{FaultRecord, PageRequest};
use sallyport_formats::regs::*;
use sallyport_formats::{Endian, FirstStage, SecondStage};

macro_rules! registers {
    ($($test:ident: $ty:ident($raw:ty),)*) => { proptest! {$(
        #[test]
        fn $test(raw: $raw) {
            let repr = $ty::parse(raw);
            prop_assert_eq!(repr.emit(), raw & $ty::FIELDS);
            prop_assert_eq!($ty::parse(repr.emit()), repr);
        }
    )*}};
}

registers! {
    capabilities: Capabilities(u64),
    fctl: Fctl(u32),
    ddtp: Ddtp(u64),
    queue_base: QueueBase(u64),
    cqcsr: Cqcsr(u32),
    fqcsr: Fqcsr(u32),
    pqcsr: Pqcsr(u32),
    ipsr: Ipsr(u32),
    icvec: Icvec(u64),
    msi_addr: MsiAddr(u64),
    msi_vec_ctl: MsiVecCtl(u32),
    iocount: Iocount(u32),
    iohpmcycles: Iohpmcycles(u64),
    iohpmevt: Iohpmevt(u64),
    tr_req_iova: TrReqIova(u64),
    tr_req_ctl: TrReqCtl(u64),
    tr_response: TrResponse(u64),
    qosid: Qosid(u32),
    tc: Tc(u64),
    iohgatp: Iohgatp(u64),
    dc_ta: DcTa(u64),
    fsc: Fsc(u64),
    msiptp: Msiptp(u64),
    pc_ta: PcTa(u64),
    directory_entry: DirectoryEntry(u64),
    pte: Pte(u64),
    pte32: Pte32(u32),
    msi_pte_header: MsiPteHeader(u64),
    msi_pte_basic: MsiPteBasic(u64),
    ats_invalidation: AtsInvalidation(u64),
    page_response: PageResponse(u64),
}

macro_rules! structures {
    ($($test:ident: $ty:ident[$n:literal],)*) => { proptest! {$(
        #[test]
        fn $test(raw: [u64; $n]) {
            let repr = $ty::parse(raw);
            let mut fields = raw;
            for (word, mask) in fields.iter_mut().zip($ty::FIELDS) {
                *word &= mask;
            }
            prop_assert_eq!(repr.emit(), fields);
            prop_assert_eq!($ty::parse(repr.emit()), repr);
        }
    )*}};
}

structures! {
    device_context: DeviceContext[8],
    process_context: ProcessContext[2],
    msi_pte_mrif: MsiPteMrif[2],
    fault_record: FaultRecord[4],
    page_request: PageRequest[2],
    invalidation: Invalidation[2],
    fence: Fence[2],
    directory: Directory[2],
    ats: Ats[2],
}

proptest! {
    #[test]
    fn command(opcode in 0u64..6, func3 in 0u64..3, rest: [u64; 2]) {
        let raw = [rest[0] & !0x3ff | func3 << 7 | opcode, rest[1]];
        match Command::parse(raw) {
            Ok(command) => {
                let reserved = command.reserved_bits(raw);
                let emitted = command.emit();
                prop_assert_eq!(Command::parse(emitted), Ok(command));
                prop_assert_eq!(emitted[1], raw[1] & !reserved[1]);
                prop_assert_eq!(emitted[0] & !reserved[0], raw[0] & !reserved[0]);
            }
            Err(unknown) => {
                prop_assert_eq!((unknown.opcode, unknown.func3), (opcode as u8, func3 as u8));
            }
        }
    }

    #[test]
    fn msi_pte(raw: [u64; 2]) {
        let pte = MsiPte::parse(raw);
        prop_assert_eq!(MsiPte::parse(pte.emit()), pte);
    }

    #[test]
    fn bytes_in_both_orders(raw: [u64; 4]) {
        let record = FaultRecord::parse(raw);
        for endian in [Endian::Little, Endian::Big] {
            let mut bytes = [0; FaultRecord::BYTES];
            record.emit_bytes(&mut bytes, endian).unwrap();
            prop_assert_eq!(FaultRecord::parse_bytes(&bytes, endian), Ok(record));
            prop_assert!(FaultRecord::parse_bytes(&bytes[1..], endian).is_err());
        }
        let (mut little, mut big) = ([0; 32], [0; 32]);
        record.emit_bytes(&mut little, Endian::Little).unwrap();
        record.emit_bytes(&mut big, Endian::Big).unwrap();
        for (l, b) in little.chunks(8).zip(big.chunks(8)) {
            prop_assert!(l.iter().eq(b.iter().rev()));
        }
    }

    #[test]
    fn scheme_codes(code in 0u8..16, wide: bool) {
        if let Some(scheme) = FirstStage::from_code(code, wide) {
            prop_assert_eq!(scheme.code(), code);
        }
        if let Some(scheme) = SecondStage::from_code(code, wide) {
            prop_assert_eq!(scheme.code(), code);
        }
    }
}

#[test]
fn commands_have_the_documented_bits() {
    use sallyport_formats::{DeviceId, Gpa, Gscid, Iova, ProcessId, Pscid, Spa};
    let vma = Command::invalidate_first_stage(
        Some(Gscid::from(0xabc)),
        Some(Pscid::new(0x1_2345).unwrap()),
        Some(Iova::new(0xffff_ffff_dead_b000)),
    );
    assert_eq!(
        vma.emit(),
        [0x00ab_c003_1234_5401, 0xf_ffff_fffd_eadb << 10]
    );
    let gvma = Command::invalidate_second_stage(None, Some(Gpa::new(0x5000)));
    assert_eq!(gvma.emit(), [0x481, 5 << 10]);
    let fence = Command::Fence(Fence::default().writing(Spa::new(0x8000_0004), 7));
    assert_eq!(fence.emit(), [7 << 32 | 0x402, 0x2000_0001]);
    let did = DeviceId::new(0xabcdef).unwrap();
    assert_eq!(
        Command::invalidate_device(Some(did)).emit(),
        [0xabcd_ef02_0000_0003, 0]
    );
    assert_eq!(
        Command::invalidate_process(did, ProcessId::from(5)).emit(),
        [0xabcd_ef02_0000_5083, 0]
    );
    let ddt = Command::invalidate_device(None);
    assert_eq!(ddt.reserved_bits([0xf_f003, 1]), [0xf_f000, 1]);
}
