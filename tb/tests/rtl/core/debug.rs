// SPDX-License-Identifier: Apache-2.0
//! "Debug support": translations that software asks for through registers.

use super::requests::ask;
use crate::support::{PageTable, Rig, context};
use sallyport_bench::Build;
use sallyport_bench::hardware::{CoreSystem, core_request};
use sallyport_formats::context::{Iohgatp, Msiptp, Tc};
use sallyport_formats::msi::MsiPteMrif;
use sallyport_formats::regs::{TrReqCtl, TrReqIova, TrResponse};
use sallyport_formats::{
    Cause, DeviceContext, DeviceId, FirstStage, ProcessId, Pte, Spa, constants as c,
};
use sallyport_model::Access;

const DEVICE: u32 = 5;
const IOVA: u64 = 0x4020_3000;

/// A read by a device without processes.
fn reading(device: u32) -> TrReqCtl {
    TrReqCtl {
        go_busy: true,
        nw: true,
        did: DeviceId::truncate(device.into()),
        ..TrReqCtl::default()
    }
}

impl Rig<CoreSystem> {
    /// Asks and waits for the response.
    fn debug(&mut self, iova: u64, control: TrReqCtl) -> TrResponse {
        let iova = TrReqIova {
            vpn: iova >> c::TR_REQ_IOVA_VPN_LSB,
        };
        self.write64(c::REG_TR_REQ_IOVA, iova.emit());
        self.write64(c::REG_TR_REQ_CTL, control.emit());
        self.poll32(c::REG_TR_REQ_CTL, 1 << c::TR_REQ_CTL_GO_BUSY_BIT, 0);
        TrResponse::parse(self.read64(c::REG_TR_RESPONSE))
    }
}

/// A rig with one device, whose pages may be read.
fn rig(build: Build) -> (Rig<CoreSystem>, PageTable) {
    let mut rig = Rig::core(build, 1);
    rig.start_queues();
    rig.set_levels(1);
    let table = PageTable::new(&mut rig, FirstStage::Sv39);
    rig.put_context(DEVICE, context(&table, 3).emit());
    (rig, table)
}

/// A page that may be read by user mode only.
fn read_only(ppn: u64) -> Pte {
    Pte {
        v: true,
        r: true,
        u: true,
        a: true,
        ppn,
        ..Pte::default()
    }
}

#[test]
fn responds_with_page_and_its_size() {
    let (mut rig, table) = rig(Build::Default);
    // Level and PPN of the entry, then the response.
    let napot = Pte {
        n: true,
        ..read_only(0x8_0128)
    };
    let cases = [
        (0x4020_3000, 0, read_only(0x8_0123), false, 0x8_0123),
        (0x4041_7000, 0, napot, true, 0x8_0127),
        (0x4060_3000, 1, read_only(0x8_0200), true, 0x8_02ff),
        (0x8000_3000, 2, read_only(0xc_0000), true, 0xd_ffff),
    ];
    for (iova, level, pte, s, ppn) in cases {
        table.set(&mut rig, iova, level, pte.emit());
        // Once from memory, once from the caches.
        for _ in 0..2 {
            let response = rig.debug(iova, reading(DEVICE));
            assert!(!response.fault, "{iova:#x}");
            assert_eq!((response.s, response.ppn), (s, ppn), "{iova:#x}");
        }
    }
    rig.fence();
    assert!(rig.faults().is_empty());
    rig.finish();
}

#[test]
fn asks_for_what_the_control_says() {
    let (mut rig, table) = rig(Build::Default);
    table.set(&mut rig, IOVA, 0, read_only(0x8_0123).emit());
    let writing = TrReqCtl {
        nw: false,
        ..reading(DEVICE)
    };
    let executing = TrReqCtl {
        exe: true,
        ..reading(DEVICE)
    };
    let of_a_process = TrReqCtl {
        pv: true,
        pid: ProcessId::truncate(9),
        privileged: true,
        ..reading(DEVICE)
    };
    // Priv is ignored where PV is 0: the page is a user's.
    let privileged = TrReqCtl {
        privileged: true,
        ..reading(DEVICE)
    };
    assert!(!rig.debug(IOVA, privileged).fault);
    for (control, cause, ttyp) in [
        (writing, Cause::WritePageFault, 3),
        (executing, Cause::InstructionPageFault, 1),
        (of_a_process, Cause::TtypeDisallowed, 2),
    ] {
        assert!(rig.debug(IOVA, control).fault, "{control:?}");
        rig.fence();
        let records = rig.faults();
        assert_eq!(records.len(), 1, "{records:?}");
        let [dw0, ..] = records[0].emit();
        assert_eq!(dw0 & 0xfff, u64::from(cause.code()));
        assert_eq!(dw0 >> c::FQ_TTYP_LSB & 0x3f, ttyp);
        assert_eq!(dw0 >> c::FQ_PV_BIT & 1, u64::from(control.pv));
        assert_eq!(dw0 >> c::FQ_DID_LSB, u64::from(DEVICE));
        assert_eq!(records[0].iotval, IOVA);
    }
    rig.finish();
}

#[test]
fn off_and_bare() {
    let (mut rig, _) = rig(Build::Default);
    rig.set_levels(0);
    assert!(rig.debug(IOVA, reading(DEVICE)).fault);
    rig.fence();
    assert_eq!(rig.faults().len(), 1);
    rig.set_ddtp(c::DDTP_MODE_BARE);
    let response = rig.debug(IOVA, reading(DEVICE));
    assert!(!response.fault && !response.s);
    assert_eq!(response.ppn, IOVA >> 12);
    rig.finish();
}

#[test]
fn control_and_address_read_back() {
    let (mut rig, _) = rig(Build::Default);
    for (process, device) in [(0xa_bcde, 0x12_3456), (0x5_4321, 0xed_cba9)] {
        let control = TrReqCtl {
            go_busy: false,
            pv: true,
            pid: ProcessId::truncate(process),
            privileged: true,
            exe: true,
            ..reading(device)
        };
        rig.write64(c::REG_TR_REQ_IOVA, u64::MAX);
        rig.write64(c::REG_TR_REQ_CTL, control.emit() | 0xfe_0000_0ff0);
        assert_eq!(rig.read64(c::REG_TR_REQ_IOVA), !0xfff);
        assert_eq!(rig.read64(c::REG_TR_REQ_CTL), control.emit());
    }
    rig.finish();
}

/// Where the file lies cannot be told.
#[test]
fn a_memory_resident_interrupt_file_is_not_for_debug() {
    let mut rig = Rig::core(Build::Full, 1);
    if !rig.capabilities.msi_mrif {
        return;
    }
    rig.start_queues();
    rig.set_levels(1);
    let (root, files) = (rig.pages(4), rig.pages(1));
    let context = DeviceContext {
        tc: Tc {
            v: true,
            ..Tc::default()
        },
        iohgatp: Iohgatp {
            ppn: root.page_number(),
            mode: c::IOHGATP_MODE_SV39X4 as u8,
            ..Iohgatp::default()
        },
        msiptp: Msiptp {
            ppn: files.page_number(),
            mode: c::MSIPTP_MODE_FLAT as u8,
        },
        msi_addr_pattern: IOVA >> 12,
        ..DeviceContext::default()
    };
    rig.put_context(DEVICE, context.emit());
    let entry = MsiPteMrif {
        v: true,
        m: c::MSIPTE_M_MRIF as u8,
        mrif_addr: 0x8000_0000 >> 9,
        nppn: 0x9_0000,
        ..MsiPteMrif::default()
    };
    for (word, n) in entry.emit().into_iter().zip(0..) {
        let at = Spa::new(files.raw() + 8 * n);
        rig.machine.memory_mut().write_u64(at, word);
    }
    let answer = rig.answers(&[ask(DEVICE, Access::Write, IOVA)])[0].answer;
    assert!(!answer.fault && answer.mrif);
    assert!(rig.debug(IOVA, reading(DEVICE)).fault);
    rig.fence();
    let records = rig.faults();
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0].cause, Cause::TtypeDisallowed);
    rig.finish();
}

/// There are fewer tags than that.
#[test]
fn tags_are_given_back() {
    let (mut rig, table) = rig(Build::Default);
    table.map(&mut rig, IOVA, 0x8012_3000);
    for _ in 0..200 {
        assert!(!rig.debug(IOVA, reading(DEVICE)).fault);
    }
    rig.finish();
}

/// Devices keep the core as busy as they can, and are slowed hardly at all.
#[test]
fn comes_through_dense_traffic_and_leaves_it_alone() {
    let (mut rig, table) = rig(Build::Default);
    table.map(&mut rig, IOVA, 0x8012_3000);
    let requests: Vec<_> = (0..2000)
        .map(|n| ask(DEVICE, Access::Read, IOVA + 8 * (n % 512)))
        .collect();
    rig.answers(&requests[..1]);
    for request in &requests {
        rig.machine.submit(core_request(request));
    }
    let mut responses = 0;
    while rig.machine.in_flight() > 200 {
        let response = rig.debug(IOVA, reading(DEVICE));
        assert_eq!(response.ppn, 0x8_0123);
        responses += 1;
    }
    assert!(responses >= 5, "only {responses} responses");
    rig.until("answers", 10_000, |machine| machine.in_flight() == 0);
    let answers: Vec<_> = std::iter::from_fn(|| rig.machine.pop_answer()).collect();
    assert_eq!(answers.len(), requests.len());
    assert_eq!(rig.machine.stray_answers(), 0);
    rig.finish();
}
