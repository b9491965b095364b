// SPDX-License-Identifier: Apache-2.0
//! Every bit of the device contexts of guests, against the golden model
//! ("Device-context configuration checks").

use crate::core::requests::ask;
use crate::support::{Home, Rig, Table, builds, context_in};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_formats::context::Fsc;
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{DeviceContext, FirstStage, Gscid, Pscid, SecondStage, constants as c};
use sallyport_model::{Access, Request, RequestKind};

const PAGE: u64 = 0x1000;

/// A guest with a page, and its plain context.
fn guest(build: Build) -> (Rig<CoreSystem>, DeviceContext) {
    let mut rig = Rig::core(build, 88);
    rig.start_queues();
    rig.set_levels(2);
    let mut home = Home::guest(&mut rig, SecondStage::Sv39x4, 0);
    let table = Table::new(&mut rig, &mut home, FirstStage::Sv39);
    table.map(&mut rig, &mut home, PAGE, 0x1_0000_0000, 0);
    home.as_guest()
        .map(&mut rig, 0x1_0000_0000, 0x1_0001_0000_0000, 0);
    let dc = context_in(&home, table.fsc(), 0);
    (rig, dc)
}

/// Contexts that differ from the guest's in one bit each. Other roots want other
/// ids, so each has its own.
fn flip(build: Build, what: &str, change: impl Fn(&mut DeviceContext)) {
    let (mut rig, mut base) = guest(build);
    change(&mut base);
    for word in 0..if rig.extended() { 8u32 } else { 4 } {
        let mut requests = Vec::new();
        for bit in 0..64u32 {
            let device = 0x40 * word + bit;
            let gscid = if word == 1 && (44..60).contains(&bit) {
                0x8400
            } else {
                0x4000 + u64::from(device)
            };
            base.iohgatp.gscid = Gscid::truncate(gscid);
            base.ta.pscid = Pscid::truncate(0x5_0000 + u64::from(device));
            let mut words = base.emit();
            words[word as usize] ^= 1 << bit;
            rig.put_context(device, words);
            requests.push(ask(device, Access::Read, PAGE));
        }
        rig.check(&format!("{build}, {what}, word {word}"), &requests);
    }
    rig.finish();
}

#[test]
fn every_bit_of_a_context_of_a_guest() {
    for build in builds(&Build::ALL) {
        flip(build, "both stages", |_| {});
        flip(build, "second stage", |dc| dc.fsc.mode = 0);
        flip(build, "SADE", |dc| dc.tc.sade = true);
        flip(build, "GADE", |dc| dc.tc.gade = true);
    }
}

#[test]
fn every_bit_of_a_context_with_ats() {
    for build in builds(&Build::ALL) {
        flip(build, "EN_ATS", |dc| dc.tc.en_ats = true);
        flip(build, "EN_PRI", |dc| {
            dc.tc.en_ats = true;
            dc.tc.en_pri = true;
        });
        flip(build, "PRPR", |dc| {
            dc.tc.en_ats = true;
            dc.tc.en_pri = true;
            dc.tc.prpr = true;
        });
        flip(build, "T2GPA", |dc| {
            dc.tc.en_ats = true;
            dc.tc.t2gpa = true;
        });
        flip(build, "T2GPA, Bare", |dc| {
            dc.tc.en_ats = true;
            dc.tc.t2gpa = true;
            dc.iohgatp.mode = 0;
        });
    }
}

#[test]
fn every_bit_of_a_context_with_processes() {
    for build in builds(&Build::ALL) {
        for mode in [PdtpMode::Pd8, PdtpMode::Pd17, PdtpMode::Pd20] {
            flip(build, "PDTV", |dc| {
                dc.tc.pdtv = true;
                dc.fsc.mode = mode.code();
            });
        }
    }
}

/// Every mode of the second stage under both SXL, where fctl.GXL can be set.
#[test]
fn every_mode_of_the_second_stage_with_gxl() {
    for build in builds(&Build::ALL) {
        let mut rig = Rig::core(build, 89);
        let gxl = 1 << c::FCTL_GXL_BIT;
        // Queues and translation are off: fctl may change.
        rig.write32(c::REG_FCTL, gxl | 1 << c::FCTL_WSI_BIT);
        if rig.read32(c::REG_FCTL) & gxl != 0 {
            rig.start_queues();
            rig.set_levels(2);
            let mut requests = Vec::new();
            for mode in 0..16u8 {
                for sxl in [false, true] {
                    let device = 2 * u32::from(mode) + u32::from(sxl);
                    let mut dc = context_in(&Home::Host, Fsc::default(), 0);
                    dc.tc.sxl = sxl;
                    dc.iohgatp.mode = mode;
                    dc.iohgatp.ppn = rig.pages(4).page_number();
                    dc.iohgatp.gscid = Gscid::truncate(u64::from(device) + 1);
                    rig.put_context(device, dc.emit());
                    requests.push(ask(device, Access::Read, PAGE));
                }
            }
            rig.check(&format!("{build}, GXL"), &requests);
        }
        rig.finish();
    }
}

/// Translated requests, by what the context allows, cold and cached.
#[test]
fn translated_requests() {
    for build in builds(&Build::ALL) {
        let (mut rig, plain) = guest(build);
        let mut requests = Vec::new();
        for device in 0..8u32 {
            let mut dc = plain;
            dc.tc.en_ats = device & 1 != 0;
            dc.tc.t2gpa = device & 2 != 0;
            if device & 4 != 0 {
                dc.fsc.mode = 0;
            }
            dc.iohgatp.gscid = Gscid::truncate(3);
            rig.put_context(device, dc.emit());
            for access in [Access::Read, Access::Write, Access::Execute] {
                for iova in [
                    0x1_0000_0000,
                    PAGE,
                    1 << 60 | 0x1_0000_0000,
                    0x200_0000_0000,
                    1 << 57,
                ] {
                    let request = ask(device, access, iova);
                    requests.push(request);
                    // Without T2GPA the address passes, which no bus could carry.
                    if dc.tc.t2gpa || iova >> 56 == 0 {
                        let kind = RequestKind::Translated;
                        requests.push(Request { kind, ..request });
                    }
                }
            }
        }
        rig.check(&format!("{build}, cold"), &requests);
        rig.check(&format!("{build}, cached"), &requests);
        rig.finish();
    }
}
