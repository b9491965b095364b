// SPDX-License-Identifier: Apache-2.0
//! Page tables of both stages.

use super::radix::{Radix, page, refusing, spoil};
use super::{ask, bins, sweep};
use crate::support::{Rig, builds};
use sallyport_bench::Build;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::Attributes;
use sallyport_cross::{Access, Bin, Level, Mode, Stage, What};
use sallyport_formats::context::{DcTa, Fsc, Iohgatp, PcTa, Tc};
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::{
    DeviceContext, FirstStage, Gscid, ProcessContext, Pscid, Pte, SecondStage, Spa, constants as c,
};
use sallyport_model::Request;

/// Where the first stage leads, for a guest: where no table is.
const DATA: u64 = 0x2_c000_0000;

/// What is wrong with an entry, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    None,
    /// A, or only D, is to be set.
    Update,
    /// The same, where memory cannot.
    FailingUpdate,
    /// It does not permit the access.
    Forbidden,
    /// Memory refuses to read it.
    Refused,
    /// Its data is corrupt.
    Corrupt,
    /// The address has too many bits to come so far.
    TooWide,
}

fn defect(bin: &Bin) -> Defect {
    let What::Fault(cause) = bin.what else {
        return match bin.what {
            What::Update => Defect::Update,
            _ => Defect::None,
        };
    };
    let access_faults = [bin.access.access_fault(), 265];
    match (bin.level, cause) {
        (Level::Address, _) => Defect::TooWide,
        (_, 269 | 274) => Defect::Corrupt,
        // Of an entry that cannot be read nobody knows that it is one of a range;
        // one that is to be updated has been read before.
        (Level::Page64K, _) if access_faults.contains(&cause) => Defect::FailingUpdate,
        _ if access_faults.contains(&cause) && bin.stage == Stage::UpdateSecond => {
            Defect::FailingUpdate
        }
        _ if access_faults.contains(&cause) => Defect::Refused,
        _ => Defect::Forbidden,
    }
}

/// Maps `address` with this defect: the leaf of `sound` at `level`.
fn map(
    rig: &mut Rig<CoreSystem>,
    table: Radix,
    address: u64,
    bin: &Bin,
    (sound, forbidden, stale): (Pte, Pte, Pte),
) {
    let defect = defect(bin);
    let leaf = match defect {
        Defect::Forbidden => forbidden,
        Defect::Update | Defect::FailingUpdate => stale,
        _ => sound,
    };
    if defect == Defect::TooWide {
        return;
    }
    let entry = table.set(rig, address, bin.level, leaf);
    let how = match defect {
        Defect::Refused => refusing(),
        Defect::Corrupt => Attributes::POISON,
        Defect::FailingUpdate => Attributes::NO_EXCLUSIVE,
        _ => return,
    };
    spoil(rig, entry, 8, how);
}

/// A leaf with all permissions.
fn leaf(address: u64) -> Pte {
    Pte {
        x: true,
        ..crate::support::leaf(address)
    }
}

fn scheme(mode: Mode) -> u8 {
    match mode {
        Mode::Sv32 => FirstStage::Sv32.code(),
        Mode::Sv39 => FirstStage::Sv39.code(),
        Mode::Sv48 => FirstStage::Sv48.code(),
        Mode::Sv57 => FirstStage::Sv57.code(),
        Mode::Sv32x4 => SecondStage::Sv32x4.code(),
        Mode::Sv39x4 => SecondStage::Sv39x4.code(),
        Mode::Sv48x4 => SecondStage::Sv48x4.code(),
        Mode::Sv57x4 => SecondStage::Sv57x4.code(),
        _ => 0,
    }
}

/// An IOMMU in which guests use this mode.
fn machine(build: Build, mode: Mode) -> Rig<CoreSystem> {
    let mut rig = Rig::core(build, 91);
    if mode == Mode::Sv32x4 {
        rig.write32(c::REG_FCTL, 1 << c::FCTL_GXL_BIT);
    }
    rig.start_queues();
    rig.set_levels(2);
    rig
}

/// A request in the first stage: every combination has a process of its own.
fn first(rig: &mut Rig<CoreSystem>, directory: Spa, number: u32, bin: &Bin) -> Request {
    let table = Radix::new(rig, bin.mode);
    let pc = ProcessContext {
        ta: PcTa {
            v: true,
            ens: true,
            sum: false,
            pscid: Pscid::truncate(number.into()),
        },
        fsc: Fsc {
            mode: scheme(bin.mode),
            ppn: table.root.page_number(),
        },
    };
    put_process(rig, directory, number, &pc);

    let bits = table.bits();
    let iova = 0x0a5_5a5a_5a5a_5000 & ((1 << (bits - 1)) - 1);
    if bin.level == Level::Address {
        // Not a sign extension, and not below 2^32.
        return ask(bin.access, 0, Some(number), iova | 1 << bits);
    }
    let user = !bin.access.is_privileged();
    let sound = Pte {
        u: user,
        ..leaf(3 << table.shift(bin.level))
    };
    let forbidden = Pte { u: !user, ..sound };
    let stale = Pte {
        a: false,
        d: false,
        ..sound
    };
    map(rig, table, iova, bin, (sound, forbidden, stale));
    ask(bin.access, 0, Some(number), iova)
}

/// Writes a process context into a directory of two levels.
fn put_process(rig: &mut Rig<CoreSystem>, directory: Spa, process: u32, pc: &ProcessContext) {
    let upper = Spa::new(directory.raw() + 8 * u64::from(process >> 8));
    let entry = rig.machine.memory().read_u64(upper);
    let table = if entry & 1 == 1 {
        entry >> 10 << 12
    } else {
        let next = rig.pages(1);
        let entry = next.page_number() << 10 | 1;
        rig.machine.memory_mut().write_u64(upper, entry);
        next.raw()
    };
    for (n, word) in (0..).zip(pc.emit()) {
        let at = Spa::new(table + 16 * u64::from(process & 0xff) + 8 * n);
        rig.machine.memory_mut().write_u64(at, word);
    }
}

#[test]
fn the_first_stage() {
    for build in builds(&[Build::Full]) {
        for mode in [Mode::Sv32, Mode::Sv39, Mode::Sv48, Mode::Sv57, Mode::Bare] {
            let mut rig = machine(build, mode);
            let directory = rig.pages(1);
            let dc = DeviceContext {
                tc: Tc {
                    v: true,
                    en_ats: true,
                    pdtv: true,
                    sade: true,
                    sxl: mode == Mode::Sv32,
                    ..Tc::default()
                },
                fsc: Fsc {
                    mode: PdtpMode::Pd17.code(),
                    ppn: directory.page_number(),
                },
                ..DeviceContext::default()
            };
            rig.put_context(0, dc.emit());
            sweep(&mut rig, &bins(Stage::First, mode), |rig, number, bin| {
                if bin.mode == Mode::Bare {
                    bare(rig, directory, number, bin)
                } else {
                    first(rig, directory, number, bin)
                }
            });
            rig.finish();
        }
    }
}

/// A request of a process without a first stage.
fn bare(rig: &mut Rig<CoreSystem>, directory: Spa, number: u32, bin: &Bin) -> Request {
    let ta = PcTa {
        v: true,
        ens: true,
        ..PcTa::default()
    };
    let pc = ProcessContext {
        ta,
        ..ProcessContext::default()
    };
    put_process(rig, directory, number, &pc);
    ask(bin.access, 0, Some(number), DATA)
}

/// The second stage of a combination maps every page that is needed to itself,
/// the one that counts as the combination says.
struct Guest {
    table: Radix,
}

impl Guest {
    /// A page that is in order, of 4 KiB.
    fn page(&self, rig: &mut Rig<CoreSystem>, address: u64) {
        let leaf = leaf(page(address, 12));
        self.table.set(rig, address, Level::Page4K, leaf);
    }

    /// The page that counts. Where it is a large one it takes the place of the
    /// others, which it serves as well.
    fn target(&self, rig: &mut Rig<CoreSystem>, address: u64, bin: &Bin) {
        if bin.level == Level::Address {
            return;
        }
        let sound = leaf(page(address, self.table.shift(bin.level)));
        let writes = bin.stage == Stage::UpdateSecond;
        let forbidden = if writes {
            Pte { w: false, ..sound }
        } else {
            Pte { u: false, ..sound }
        };
        let stale = Pte {
            a: writes,
            d: false,
            ..sound
        };
        map(rig, self.table, address, bin, (sound, forbidden, stale));
    }
}

/// A request behind a second stage: every combination has a device and a guest of
/// its own.
fn second(rig: &mut Rig<CoreSystem>, number: u32, bin: &Bin) -> Request {
    let guest = Guest {
        table: Radix::new(rig, bin.mode),
    };
    let narrow = bin.mode == Mode::Sv32x4;
    let too_wide = 1 << guest.table.bits();
    let structure = rig.pages(1);
    let processes = bin.stage == Stage::ProcessSecond;
    let direct = bin.stage == Stage::Second;

    // What the guest has: nothing, a process directory, or a page table of which
    // the first entry is a large page.
    let wide = |address: u64| {
        if bin.level == Level::Address {
            address | too_wide
        } else {
            address
        }
    };
    let fsc = match bin.stage {
        Stage::Second => Fsc::default(),
        Stage::ProcessSecond => Fsc {
            mode: PdtpMode::Pd8.code(),
            ppn: wide(structure.raw()) >> 12,
        },
        _ => Fsc {
            mode: scheme(if narrow { Mode::Sv32 } else { Mode::Sv39 }),
            ppn: wide(structure.raw()) >> 12,
        },
    };
    if processes {
        let ta = PcTa {
            v: true,
            ..PcTa::default()
        };
        let at = Spa::new(structure.raw() + 16);
        rig.machine.memory_mut().write_u64(at, ta.emit());
    } else if !direct {
        let pte = Pte {
            a: bin.stage != Stage::UpdateSecond,
            d: bin.stage != Stage::UpdateSecond,
            ..leaf(DATA)
        };
        let bytes = pte.emit().to_le_bytes();
        let count = if narrow { 4 } else { 8 };
        rig.machine.memory_mut().write(structure, &bytes[..count]);
    }

    let iova = if processes || direct { DATA } else { 0x1000 };
    let gpa = if processes || direct {
        DATA
    } else {
        DATA + 0x1000
    };
    guest.page(rig, gpa);
    guest.page(rig, structure.raw());
    let target = if direct { gpa } else { structure.raw() };
    guest.target(rig, target, bin);

    let dc = DeviceContext {
        tc: Tc {
            v: true,
            en_ats: true,
            t2gpa: bin.access.is_translated(),
            pdtv: processes,
            gade: true,
            sade: bin.stage == Stage::UpdateSecond,
            sxl: narrow,
            ..Tc::default()
        },
        iohgatp: Iohgatp {
            mode: scheme(bin.mode),
            gscid: Gscid::truncate(number.into()),
            ppn: guest.table.root.page_number(),
        },
        ta: DcTa {
            pscid: Pscid::truncate(number.into()),
            ..DcTa::default()
        },
        fsc,
        ..DeviceContext::default()
    };
    rig.put_context(number, dc.emit());
    let iova = if direct { wide(iova) } else { iova };
    ask(bin.access, number, processes.then_some(1), iova)
}

#[test]
fn the_second_stage() {
    for build in builds(&[Build::Full]) {
        for mode in [Mode::Sv32x4, Mode::Sv39x4, Mode::Sv48x4, Mode::Sv57x4] {
            for stage in [
                Stage::ProcessSecond,
                Stage::FirstSecond,
                Stage::UpdateSecond,
                Stage::Second,
            ] {
                let mut rig = machine(build, mode);
                sweep(&mut rig, &bins(stage, mode), second);
                rig.finish();
            }
        }
    }
}

#[test]
fn no_second_stage() {
    for build in builds(&[Build::Full]) {
        let mut rig = machine(build, Mode::Bare);
        let tc = Tc {
            v: true,
            en_ats: true,
            ..Tc::default()
        };
        let dc = DeviceContext {
            tc,
            ..DeviceContext::default()
        };
        sweep(
            &mut rig,
            &bins(Stage::Second, Mode::Bare),
            |rig, number, bin| {
                assert_ne!(bin.access, Access::TranslatedRead);
                rig.put_context(number, dc.emit());
                ask(bin.access, number, None, DATA)
            },
        );
        // An address that no bus can carry is one that no memory is at.
        let wide = [
            Access::Read,
            Access::TranslatedWrite,
            Access::Execute,
            Access::AtsRead,
        ];
        let requests = wide.map(|access| ask(access, 1, None, 1 << 60));
        rig.check("beyond memory", &requests);
        rig.finish();
    }
}
