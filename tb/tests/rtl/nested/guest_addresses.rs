// SPDX-License-Identifier: Apache-2.0
//! Devices that are told guest-physical addresses (DC.tc.T2GPA): "PCIe ATS
//! translation request handling".

use crate::core::requests::ask;
use crate::support::{Home, Rig, builds, context_in};
use sallyport_bench::Build;
use sallyport_formats::SecondStage;
use sallyport_formats::context::Fsc;
use sallyport_model::{Access, Request, RequestKind};

const FRAME: u64 = 0x1_2345_6000;

#[test]
fn all_bits_of_the_widest_address_are_told() {
    for build in builds(&[Build::Full]) {
        let mut rig = Rig::core(build, 86);
        rig.start_queues();
        rig.set_levels(1);
        let home = Home::guest(&mut rig, SecondStage::Sv57x4, 3);
        let mut dc = context_in(&home, Fsc::default(), 0);
        dc.tc.en_ats = true;
        dc.tc.t2gpa = true;
        rig.put_context(0, dc.emit());
        // The bits above those of a physical address, one by one.
        for high in [1u64, 2, 4, 7] {
            let page = high << 56 | 0x1000;
            home.as_guest().map(&mut rig, page, FRAME, 0);
            let asked = Request {
                kind: RequestKind::TranslationRequest,
                ..ask(0, Access::Read, page | 0x234)
            };
            let told = rig.answers(&[asked])[0].answer;
            assert!(told.r && told.w, "{build}: {told:?}");
            assert_eq!(told.pa, page | 0x234, "{build}: what the device is told");
            // With that it may come back.
            let back = Request {
                kind: RequestKind::Translated,
                ..ask(0, Access::Read, told.pa)
            };
            let answer = rig.answers(&[back])[0].answer;
            assert!(!answer.fault, "{build}: {answer:?}");
            assert_eq!(answer.pa, FRAME | 0x234, "{build}: where it comes to");
        }
        rig.finish();
    }
}
