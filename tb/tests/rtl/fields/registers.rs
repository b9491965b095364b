// SPDX-License-Identifier: Apache-2.0
//! Registers that tell of pages of every size anywhere, and all counters.

use super::rig;
use crate::core::requests::ask;
use crate::support::{PageTable, context};
use rand::Rng as _;
use sallyport_formats::regs::{Iohpmevt, TrReqCtl, TrReqIova, TrResponse};
use sallyport_formats::{DeviceId, FirstStage, Pte, constants as c};
use sallyport_model::Access;

#[test]
fn responses_of_debug() {
    let Some((mut rig, mut rng)) = rig(350) else {
        return;
    };
    for n in 0..60u32 {
        let level = n % 5;
        let pages = 1u64 << (9 * level);
        let table = PageTable::new(&mut rig, FirstStage::Sv57);
        let device = rng.random::<u32>() & 0xff_ffff;
        rig.put_context(device, context(&table, n + 1).emit());
        let iova = rng.random::<u64>() >> 8 & !0xfff;
        let pte = Pte {
            v: true,
            r: true,
            u: true,
            a: true,
            ppn: rng.random::<u64>() >> 20 & !(pages - 1),
            ..Pte::default()
        };
        table.set(&mut rig, iova, level, pte.emit());
        let vpn = TrReqIova { vpn: iova >> 12 };
        rig.write64(c::REG_TR_REQ_IOVA, vpn.emit());
        let control = TrReqCtl {
            go_busy: true,
            nw: true,
            did: DeviceId::truncate(device.into()),
            ..TrReqCtl::default()
        };
        rig.write64(c::REG_TR_REQ_CTL, control.emit());
        rig.poll32(c::REG_TR_REQ_CTL, 1 << c::TR_REQ_CTL_GO_BUSY_BIT, 0);
        let response = TrResponse::parse(rig.read64(c::REG_TR_RESPONSE));
        assert!(!response.fault, "level {level}: {iova:#x}");
        // The lowest bit of the page number that is 0 tells the size.
        let half = (pages / 2).saturating_sub(1);
        assert_eq!(response.s, level > 0);
        assert_eq!(response.ppn, pte.ppn | half, "level {level}: {iova:#x}");
    }
    rig.fence();
    assert!(rig.faults().is_empty());
    rig.finish();
}

#[test]
fn every_counter_overflows() {
    const COUNTERS: u64 = 31;
    let Some((mut rig, _)) = rig(351) else { return };
    let untranslated = Iohpmevt {
        event_id: c::HPM_EVENT_UNTRANSLATED as u16,
        ..Iohpmevt::default()
    };
    for n in 0..COUNTERS {
        rig.write64(c::REG_IOHPMEVT_BASE + 8 * n, untranslated.emit());
        rig.write64(c::REG_IOHPMCTR_BASE + 8 * n, u64::MAX - n);
    }
    for n in 0..COUNTERS {
        let overflows = rig.read32(c::REG_IOCOUNTOVF) >> 1;
        assert_eq!(overflows, (1 << n) - 1, "after {n} requests");
        assert_eq!(rig.translate(ask(9, Access::Read, 0)), None);
    }
    for n in 0..COUNTERS {
        let value = rig.read64(c::REG_IOHPMCTR_BASE + 8 * n);
        assert_eq!(value, COUNTERS - 1 - n);
        let selector = Iohpmevt::parse(rig.read64(c::REG_IOHPMEVT_BASE + 8 * n));
        assert!(selector.of);
    }
    rig.finish();
}
