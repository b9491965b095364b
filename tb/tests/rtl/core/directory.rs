// SPDX-License-Identifier: Apache-2.0
//! Every bit of device contexts and directory entries, against the golden model
//! ("Process to translate an IOVA", "Device-context configuration checks").

use super::requests::ask;
use crate::support::{PageTable, Rig, builds, context};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::{
    DeviceContext, DeviceId, FirstStage, ProcessId, Pscid, Spa, constants as c,
};
use sallyport_model::{Access, Request, RequestKind};

const PAGE: u64 = 0x1000;

fn started(build: Build, levels: u32) -> (Rig<CoreSystem>, PageTable) {
    let mut rig = Rig::core(build, 60);
    rig.start_queues();
    rig.set_levels(levels);
    let table = PageTable::new(&mut rig, FirstStage::Sv39);
    table.map(&mut rig, PAGE, 0x1_0000_0000);
    (rig, table)
}

/// Contexts that differ from `base` in one bit each.
fn flip(build: Build, what: &str, base: &DeviceContext) {
    let (mut rig, _) = started(build, 2);
    let words = if rig.extended() { 8 } else { 4 };
    for word in 0..words {
        let mut requests = Vec::new();
        for bit in 0..64u32 {
            let device = 0x40 * word + bit;
            // Another root wants another PSCID.
            let mut base = *base;
            base.ta.pscid = Pscid::truncate(if word == 3 {
                0x5_5500 + u64::from(bit)
            } else {
                1
            });
            let mut context = base.emit();
            context[word as usize] ^= 1 << bit;
            rig.put_context(device, context);
            requests.push(ask(device, Access::Read, PAGE));
        }
        rig.check(&format!("{build}, {what}, word {word}"), &requests);
    }
    rig.finish();
}

#[test]
fn every_bit_of_a_context() {
    for build in builds(&Build::ALL) {
        let (_, table) = started(build, 2);
        let base = context(&table, 1);
        flip(build, "plain", &base);
        let mut sade = base;
        sade.tc.sade = true;
        flip(build, "SADE", &sade);
        let mut bare = base;
        bare.fsc.mode = 0;
        flip(build, "Bare", &bare);
        bare.tc.pdtv = true;
        flip(build, "PDTV", &bare);
        bare.tc.dpe = true;
        flip(build, "DPE", &bare);
        let invalid = DeviceContext::default();
        flip(build, "V=0", &invalid);
    }
}

#[test]
fn every_mode_of_a_context() {
    for build in builds(&Build::ALL) {
        let (mut rig, table) = started(build, 2);
        let mut requests = Vec::new();
        for mode in 0..16 {
            for pdtv in [false, true] {
                let device = 2 * u32::from(mode) + u32::from(pdtv);
                let mut dc = context(&table, device + 1);
                dc.fsc.mode = mode;
                dc.tc.pdtv = pdtv;
                rig.put_context(device, dc.emit());
                for process in [None, Some(ProcessId::default())] {
                    let mut request = ask(device, Access::Read, PAGE);
                    request.process_id = process;
                    requests.push(request);
                }
            }
        }
        rig.check(&format!("{build}, modes"), &requests);
        rig.finish();
    }
}

#[test]
fn every_bit_of_a_directory_entry() {
    for build in builds(&Build::ALL) {
        let (mut rig, table) = started(build, 3);
        let device = 0x12_3456;
        rig.put_context(device, context(&table, 1).emit());
        let index = DeviceId::truncate(device.into()).directory_indices(rig.extended());
        let root = Spa::new(rig.directory.raw() + 8 * u64::from(index[2]));
        let entry = rig.machine.memory().read_u64(root);
        let next = (entry >> 10 & 0xfff_ffff_ffff) << 12;
        for at in [root, Spa::new(next + 8 * u64::from(index[1]))] {
            let whole = rig.machine.memory().read_u64(at);
            for bit in 0..64 {
                rig.machine.memory_mut().write_u64(at, whole ^ 1 << bit);
                rig.forget();
                let what = format!("{build}, directory entry, bit {bit}");
                rig.check(&what, &[ask(device, Access::Write, PAGE)]);
            }
            rig.machine.memory_mut().write_u64(at, whole);
        }
        rig.finish();
    }
}

#[test]
fn every_width_of_device_ids() {
    for build in builds(&Build::ALL) {
        for levels in 1..=3 {
            let (mut rig, table) = started(build, levels);
            let mut requests = Vec::new();
            for bit in 0..24 {
                let device = 1u32 << bit;
                let id = DeviceId::truncate(device.into());
                if id.fits_levels(levels, rig.extended()) {
                    rig.put_context(device, context(&table, 1).emit());
                }
                requests.push(ask(device, Access::Read, PAGE));
            }
            rig.check(&format!("{build}, {levels} levels"), &requests);
            rig.finish();
        }
    }
}

#[test]
fn off_and_bare_answer_alike_for_all() {
    for build in builds(&Build::ALL) {
        for mode in [c::DDTP_MODE_OFF, c::DDTP_MODE_BARE] {
            let (mut rig, _) = started(build, 1);
            rig.set_ddtp(mode);
            let requests = all_kinds(5, PAGE);
            rig.check(&format!("{build}, ddtp mode {mode}"), &requests);
            rig.finish();
        }
    }
}

/// Requests of all kinds and accesses, with and without a process.
fn all_kinds(device: u32, iova: u64) -> Vec<Request> {
    let mut requests = Vec::new();
    for kind in [
        RequestKind::Untranslated,
        RequestKind::Translated,
        RequestKind::TranslationRequest,
    ] {
        for access in [Access::Read, Access::Write, Access::Execute] {
            for process in [None, Some(ProcessId::truncate(3))] {
                for privileged in [false, true] {
                    let mut request = ask(device, access, iova);
                    request.kind = kind;
                    request.process_id = process;
                    request.privileged = privileged;
                    requests.push(request);
                }
            }
        }
    }
    requests
}

#[test]
fn every_kind_of_request() {
    for build in builds(&Build::ALL) {
        let (mut rig, table) = started(build, 1);
        rig.put_context(5, context(&table, 1).emit());
        let requests = all_kinds(5, PAGE);
        rig.check(&format!("{build}, kinds"), &requests);
        rig.check(&format!("{build}, kinds, cached"), &requests);
        rig.check(&format!("{build}, kinds, no context"), &all_kinds(6, PAGE));
        rig.finish();
    }
}

#[test]
fn errors_on_every_word_of_the_directory() {
    for build in builds(&Build::ALL) {
        let (mut rig, table) = started(build, 3);
        let device = 0x12_3456;
        rig.put_context(device, context(&table, 1).emit());
        let index = DeviceId::truncate(device.into()).directory_indices(rig.extended());
        let root = rig.directory.raw() + 8 * u64::from(index[2]);
        let entry = rig.machine.memory().read_u64(Spa::new(root));
        let next = ((entry >> 10 & 0xfff_ffff_ffff) << 12) + 8 * u64::from(index[1]);
        let slot = rig.slot(device).raw();
        let words = if rig.extended() { 8 } else { 4 };
        let places = [root, next]
            .into_iter()
            .chain((0..words).map(|n| slot + 8 * n));
        for at in places {
            let range = Spa::new(at)..Spa::new(at + 8);
            for attributes in [
                Attributes::error(Resp::SlvErr),
                Attributes::error(Resp::DecErr),
                Attributes::POISON,
            ] {
                rig.machine
                    .memory_mut()
                    .set_attributes(range.clone(), attributes);
                rig.forget();
                let what = format!("{build}, word at {at:#x}, {attributes:?}");
                rig.check(&what, &[ask(device, Access::Read, PAGE)]);
            }
            rig.machine
                .memory_mut()
                .set_attributes(range, Attributes::NORMAL);
        }
        rig.finish();
    }
}

#[test]
fn an_error_hides_what_the_context_says() {
    // The read error comes before V=0 and before the misconfiguration.
    for build in builds(&Build::ALL) {
        let (mut rig, table) = started(build, 1);
        for (device, flip) in [(1, 1u64), (2, 1 << 40)] {
            let mut words = context(&table, 1).emit();
            words[0] ^= flip;
            rig.put_context(device, words);
            let at = rig.slot(device);
            for attributes in [Attributes::error(Resp::SlvErr), Attributes::POISON] {
                let last = Spa::new(at.raw() + 24)..Spa::new(at.raw() + 32);
                rig.machine.memory_mut().set_attributes(last, attributes);
                rig.check(
                    &format!("{build}, {attributes:?}"),
                    &[ask(device, Access::Read, PAGE)],
                );
            }
        }
        rig.finish();
    }
}
