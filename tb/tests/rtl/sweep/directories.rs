// SPDX-License-Identifier: Apache-2.0
//! `ddtp`, device directories and process directories.

use super::radix::{refusing, spoil};
use super::{ask, bins, sweep};
use crate::support::{Rig, builds};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::Attributes;
use sallyport_cross::{Access, Bin, Level, Mode, Stage, What};
use sallyport_formats::context::{Fsc, PcTa, Tc};
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{DeviceContext, DeviceId, ProcessContext, ProcessId, Spa, constants as c};
use sallyport_model::Request;

/// An entry that nobody may have: a reserved bit beside V.
const MISCONFIGURED: u64 = 1 | 1 << 1;

/// What the entry of the combination is made of: its words, and what memory
/// does to it. `sound` is what it would be.
fn entry<const N: usize>(bin: &Bin, sound: [u64; N], wrong: u64) -> ([u64; N], Option<Attributes>) {
    let mut words = sound;
    match bin.what {
        What::Fault(257 | 265) => return (sound, Some(refusing())),
        What::Fault(268 | 269) => return (sound, Some(Attributes::POISON)),
        What::Fault(258 | 266) => words[0] &= !1,
        What::Fault(259 | 267) => words[0] |= wrong,
        _ => {}
    }
    (words, None)
}

fn put(rig: &mut Rig<CoreSystem>, at: Spa, words: &[u64], how: Option<Attributes>) {
    for (n, word) in (0..).zip(words) {
        let at = Spa::new(at.raw() + 8 * n);
        rig.machine.memory_mut().write_u64(at, *word);
    }
    if let Some(how) = how {
        spoil(rig, at, 8 * words.len() as u64, how);
    }
}

/// Makes a way down a directory to the entry of the combination. `indices`
/// and `levels` are those of the directory, `bytes` the size of its contexts.
fn descend<const N: usize>(
    rig: &mut Rig<CoreSystem>,
    bin: &Bin,
    root: Spa,
    (indices, levels): ([u16; 3], u32),
    context: [u64; N],
) {
    let target = match bin.level {
        Level::Upper => 2,
        Level::Lower => 1,
        _ => 0,
    };
    let mut table = root;
    for at in (1..levels).rev() {
        let slot = Spa::new(table.raw() + 8 * u64::from(indices[at as usize]));
        let old = rig.machine.memory().read_u64(slot);
        table = if old & 1 == 1 {
            Spa::new(old >> 10 << 12)
        } else {
            rig.pages(1)
        };
        let sound = [table.page_number() << 10 | 1];
        let (words, how) = if at == target {
            entry(bin, sound, MISCONFIGURED)
        } else {
            (sound, None)
        };
        put(rig, slot, &words, how);
    }
    let slot = Spa::new(table.raw() + 8 * N as u64 * u64::from(indices[0]));
    let (words, how) = if target == 0 {
        entry(bin, context, 1 << 40)
    } else {
        (context, None)
    };
    put(rig, slot, &words, how);
}

/// A device whose way through the directory nobody shares.
fn device(rig: &mut Rig<CoreSystem>, number: u32, bin: &Bin) -> Request {
    let levels = bin.mode.directory_levels();
    // Every level has another number; those that there are not are zero.
    let id = match levels {
        1 => number,
        2 => number << 6 | number & 0x3f,
        _ => number << 15 | number << 6 | number & 0x3f,
    };
    let disallowed = bin.what == What::Fault(260);
    let untranslated = !bin.access.is_translated() && !bin.access.is_ats();
    let tc = Tc {
        v: true,
        en_ats: !disallowed || untranslated,
        ..Tc::default()
    };
    let dc = DeviceContext {
        tc,
        ..DeviceContext::default()
    };
    let indices = DeviceId::truncate(id.into()).directory_indices(rig.extended());
    let root = rig.directory;
    descend(rig, bin, root, (indices, levels), dc.emit());
    // Without a process directory nobody may name a process.
    let process = (disallowed && untranslated).then_some(1);
    ask(bin.access, id, process, 0x5000)
}

#[test]
fn device_directories() {
    for build in builds(&[Build::Full]) {
        for mode in [Mode::OneLevel, Mode::TwoLevel, Mode::ThreeLevel] {
            let mut rig = Rig::core(build, 92);
            rig.start_queues();
            rig.set_levels(mode.directory_levels());
            sweep(&mut rig, &bins(Stage::Directory, mode), device);
            rig.finish();
        }
    }
}

/// A device with a process directory of its own.
fn process(rig: &mut Rig<CoreSystem>, number: u32, bin: &Bin) -> Request {
    let (mode, id) = match bin.mode {
        Mode::Pd8 => (PdtpMode::Pd8, 0xa5),
        Mode::Pd17 => (PdtpMode::Pd17, 0x1_5aa5),
        _ => (PdtpMode::Pd20, 0xa_5aa5),
    };
    let root = rig.pages(1);
    let dc = DeviceContext {
        tc: Tc {
            v: true,
            en_ats: true,
            pdtv: true,
            ..Tc::default()
        },
        fsc: Fsc {
            mode: mode.code(),
            ppn: root.page_number(),
        },
        ..DeviceContext::default()
    };
    rig.put_context(number, dc.emit());
    let pc = ProcessContext {
        ta: PcTa {
            v: true,
            ..PcTa::default()
        },
        ..ProcessContext::default()
    };
    let indices = ProcessId::truncate(u64::from(id)).directory_indices();
    let levels = bin.mode.directory_levels();
    descend(rig, bin, root, (indices, levels), pc.emit());
    ask(bin.access, number, Some(id), 0x5000)
}

#[test]
fn process_directories() {
    for build in builds(&[Build::Full]) {
        for mode in [Mode::Pd8, Mode::Pd17, Mode::Pd20] {
            let mut rig = Rig::core(build, 93);
            rig.start_queues();
            rig.set_levels(2);
            sweep(&mut rig, &bins(Stage::Process, mode), process);
            rig.finish();
        }
    }
}

#[test]
fn no_directory_and_no_room_in_it() {
    for build in builds(&[Build::Full]) {
        for (mode, ddtp, device) in [
            (Mode::Off, c::DDTP_MODE_OFF, 5),
            (Mode::Bare, c::DDTP_MODE_BARE, 5),
            // One bit too many, the highest.
            (Mode::OneLevel, c::DDTP_MODE_1LVL, 1 << 14),
            (Mode::OneLevel, c::DDTP_MODE_1LVL, 1 << 6),
            (Mode::OneLevel, c::DDTP_MODE_1LVL, 1 << 23),
            (Mode::TwoLevel, c::DDTP_MODE_2LVL, 1 << 23),
            (Mode::TwoLevel, c::DDTP_MODE_2LVL, 1 << 15),
        ] {
            let mut rig = Rig::core(build, 94);
            rig.start_queues();
            rig.set_ddtp(ddtp);
            sweep(&mut rig, &bins(Stage::Control, mode), |_, _, bin| {
                // Where no memory is, Bare does not lead either.
                let wide = bin.what == What::Fault(bin.access.access_fault());
                let iova = if wide { 1 << 60 } else { 0x5000 };
                ask(bin.access, device, None, iova)
            });
            // The same device once more: it has not come into a cache.
            let again = ask(Access::Read, device, None, 0x5000);
            rig.check("again", &[again]);
            rig.finish();
        }
    }
}
