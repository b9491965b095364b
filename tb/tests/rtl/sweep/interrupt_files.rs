// SPDX-License-Identifier: Apache-2.0
//! MSI page tables.

use super::radix::{refusing, spoil};
use super::{ask, bins, sweep};
use crate::support::{Rig, builds};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::Attributes;
use sallyport_cross::{Bin, Mode, Stage, What};
use sallyport_formats::context::{Iohgatp, Msiptp, Tc};
use sallyport_formats::{DeviceContext, Gscid, MsiPte, SecondStage, Spa, constants as c};
use sallyport_model::Request;

/// Guest-physical page number of the first interrupt file.
const FILES: u64 = 0x2_8000;

/// A device with an MSI page table of its own, and a request for its file 3.
fn file(rig: &mut Rig<CoreSystem>, number: u32, bin: &Bin) -> Request {
    let table = rig.pages(1);
    let root = rig.pages(4);
    let dc = DeviceContext {
        tc: Tc {
            v: true,
            en_ats: true,
            t2gpa: bin.access.is_translated(),
            ..Tc::default()
        },
        iohgatp: Iohgatp {
            mode: SecondStage::Sv39x4.code(),
            gscid: Gscid::truncate(number.into()),
            ppn: root.page_number(),
        },
        msiptp: Msiptp {
            mode: c::MSIPTP_MODE_FLAT as u8,
            ppn: table.page_number(),
        },
        msi_addr_mask: 0xf,
        msi_addr_pattern: FILES,
        ..DeviceContext::default()
    };
    rig.put_context(number, dc.emit());
    let basic = MsiPte::Basic { ppn: 0x12_3456 };
    let pte = match bin.mode {
        Mode::MsiMrif => MsiPte::Mrif {
            file: Spa::new(0x7_0000_0200),
            nid: 0x555,
            notice_ppn: 0x65_4321,
        },
        _ => basic,
    };
    let mut words = pte.emit();
    match bin.what {
        What::Fault(262) => words[0] &= !1,
        // M=0 is reserved.
        What::Fault(263) => words[0] &= !(3 << c::MSIPTE_M_LSB),
        _ => {}
    }
    let entry = Spa::new(table.raw() + 16 * 3);
    for (n, word) in (0..).zip(words) {
        let at = Spa::new(entry.raw() + 8 * n);
        rig.machine.memory_mut().write_u64(at, word);
    }
    match bin.what {
        What::Fault(261) => spoil(rig, entry, 16, refusing()),
        What::Fault(270) => spoil(rig, entry, 16, Attributes::POISON),
        _ => {}
    }
    ask(bin.access, number, None, (FILES + 3) << 12)
}

#[test]
fn interrupt_files() {
    for build in builds(&[Build::Full]) {
        for mode in [Mode::MsiNone, Mode::MsiBasic, Mode::MsiMrif] {
            let mut rig = Rig::core(build, 95);
            rig.start_queues();
            rig.set_levels(2);
            sweep(&mut rig, &bins(Stage::Msi, mode), file);
            rig.finish();
        }
    }
}
