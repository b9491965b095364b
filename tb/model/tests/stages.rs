// SPDX-License-Identifier: Apache-2.0
//! A small world with both stages, one rule at a time.

use sallyport_formats::constants as c;
use sallyport_formats::context::{Fsc, Iohgatp, Tc};
use sallyport_formats::regs::{Ddtp, DdtpMode, Fctl};
use sallyport_formats::{Cause, DeviceContext, DeviceId, Endian, Iova, Spa};
use sallyport_model::{
    Access, Answer, Configuration, Design, Meaning, QosIds, Request, SparseMemory, Structure,
    Translation, translate,
};

const DDT: u64 = 0x1_0000;
/// First-stage tables, guest-physical, root first.
const FIRST: [u64; 3] = [0x10_0000, 0x10_1000, 0x10_2000];
/// Second-stage tables, root (16 KiB) first.
const SECOND: [u64; 3] = [0x20_0000, 0x20_4000, 0x20_5000];
/// The page that everything leads to: IOVA, guest page, physical page.
const IOVA: u64 = 0x4000_5000;
const GUEST: u64 = 0x10_3000;
const PAGE: u64 = 0x7f_f000;

const POINTER: u64 = 1;
/// V, R, W, U, A, D.
const LEAF: u64 = 0xd7;
const A: u64 = 1 << 6;
const D: u64 = 1 << 7;
const W: u64 = 1 << 2;

struct World {
    memory: SparseMemory,
    tc: Tc,
}

impl World {
    /// Both stages map all that is needed, with all permissions but execute.
    fn new() -> Self {
        let tc = Tc {
            v: true,
            ..Tc::default()
        };
        let mut world = Self {
            memory: SparseMemory::new(),
            tc,
        };
        world.set_context(tc);
        world.put(FIRST[0] + 8, FIRST[1] >> 2 | POINTER);
        world.put(FIRST[1], FIRST[2] >> 2 | POINTER);
        world.put(FIRST[2] + 5 * 8, GUEST >> 2 | LEAF);
        world.put(SECOND[0], SECOND[1] >> 2 | POINTER);
        world.put(SECOND[1], SECOND[2] >> 2 | POINTER);
        for page in FIRST {
            world.put(SECOND[2] + (page >> 12) * 8, page >> 2 | LEAF);
        }
        world.put(SECOND[2] + (GUEST >> 12) * 8, PAGE >> 2 | LEAF);
        world
    }

    fn put(&mut self, address: u64, word: u64) {
        self.memory.poke(Spa::new(address), &word.to_le_bytes());
    }

    fn set_context(&mut self, tc: Tc) {
        self.tc = tc;
        let dc = DeviceContext {
            tc,
            iohgatp: Iohgatp {
                mode: c::IOHGATP_MODE_SV39X4 as u8,
                ppn: SECOND[0] >> 12,
                ..Iohgatp::default()
            },
            fsc: Fsc {
                mode: c::IOSATP_MODE_SV39 as u8,
                ppn: FIRST[0] >> 12,
            },
            ..DeviceContext::default()
        };
        let mut bytes = [0; DeviceContext::BYTES];
        dc.emit_bytes(&mut bytes, Endian::Little).unwrap();
        self.memory.poke(Spa::new(DDT), &bytes);
    }

    fn ask(&self, access: Access) -> Translation {
        let configuration = Configuration {
            design: Design::full(),
            fctl: Fctl::default(),
            ddtp: Ddtp {
                mode: DdtpMode::OneLevel,
                busy: false,
                ppn: DDT >> 12,
            },
            qosid: QosIds::default(),
        };
        let iova = Iova::new(IOVA | 0x123);
        let request = Request::untranslated(DeviceId::truncate(0), access, iova, 4);
        translate(&configuration, &self.memory, &request)
    }

    /// The cause and `iotval2` of the fault that this access meets.
    fn fault(&self, access: Access) -> (Cause, u64) {
        let translation = self.ask(access);
        assert_eq!(translation.answer, Answer::UnsupportedRequest);
        let fault = translation.fault.unwrap();
        (fault.cause, fault.iotval2())
    }
}

const FIRST_LEAF: u64 = FIRST[2] + 5 * 8;
const SECOND_LEAF: u64 = SECOND[2] + (GUEST >> 12) * 8;
/// The second-stage leaf of the page that `FIRST_LEAF` is in.
const TABLE_LEAF: u64 = SECOND[2] + (FIRST[2] >> 12) * 8;

#[test]
fn both_stages_lead_to_the_page() {
    let translation = World::new().ask(Access::Write);
    let Answer::Translated(translated) = translation.answer else {
        panic!("{:?}", translation.fault);
    };
    assert_eq!(translated.address, Spa::new(PAGE | 0x123));
    assert_eq!(translated.size, Some(0x1000));
    assert!(translation.updates.is_empty());

    // The context, then three second-stage reads for each first-stage read,
    // and three for the page itself.
    assert_eq!(translation.reads.len(), 1 + 3 * 4 + 3);
    let last = translation.reads.last().unwrap();
    assert_eq!(last.structure, Structure::SecondStagePte(0));
    assert_eq!(last.meaning, Meaning::Leaf);
    assert_eq!(last.address, Spa::new(SECOND_LEAF));
}

#[test]
fn faults_name_their_stage_and_the_access() {
    let mut world = World::new();
    assert_eq!(
        world.fault(Access::Execute),
        (Cause::InstructionPageFault, 0)
    );
    world.put(SECOND_LEAF, PAGE >> 2 | LEAF & !W);
    let gpa = GUEST | 0x120;
    assert_eq!(
        world.fault(Access::Write),
        (Cause::WriteGuestPageFault, gpa)
    );
    world.put(TABLE_LEAF, 0);
    let implicit = FIRST_LEAF | 1;
    assert_eq!(
        world.fault(Access::Write),
        (Cause::WriteGuestPageFault, implicit)
    );
    assert_eq!(
        world.fault(Access::Read),
        (Cause::ReadGuestPageFault, implicit)
    );
}

#[test]
fn without_updates_a_and_d_are_for_software() {
    let mut world = World::new();
    world.put(FIRST_LEAF, GUEST >> 2 | LEAF & !D);
    assert_eq!(world.fault(Access::Write), (Cause::WritePageFault, 0));
    assert!(world.ask(Access::Read).fault.is_none());
    world.put(SECOND_LEAF, PAGE >> 2 | LEAF & !A);
    let (cause, _) = world.fault(Access::Read);
    assert_eq!(cause, Cause::ReadGuestPageFault);
}

#[test]
fn with_updates_a_and_d_are_set_in_both_stages() {
    let mut world = World::new();
    world.set_context(Tc {
        sade: true,
        gade: true,
        ..world.tc
    });
    world.put(FIRST_LEAF, GUEST >> 2 | LEAF & !(A | D));
    world.put(SECOND_LEAF, PAGE >> 2 | LEAF & !(A | D));
    world.put(TABLE_LEAF, FIRST[2] >> 2 | LEAF & !(A | D));
    let updates: Vec<(u64, u64)> = world
        .ask(Access::Write)
        .updates
        .iter()
        .map(|update| (update.address.raw(), update.old ^ update.new))
        .collect();
    // The table is read first and written once the leaf is known.
    let expected = [
        (TABLE_LEAF, A),
        (TABLE_LEAF, D),
        (FIRST_LEAF, A | D),
        (SECOND_LEAF, A | D),
    ];
    assert_eq!(updates, expected);
}

#[test]
fn updating_needs_a_writable_table() {
    let mut world = World::new();
    world.set_context(Tc {
        sade: true,
        ..world.tc
    });
    world.put(FIRST_LEAF, GUEST >> 2 | LEAF & !A);
    world.put(TABLE_LEAF, FIRST[2] >> 2 | LEAF & !W);
    let implicit_write = FIRST_LEAF | 3;
    assert_eq!(
        world.fault(Access::Read),
        (Cause::ReadGuestPageFault, implicit_write)
    );
}

#[test]
fn disabled_reporting_hides_translation_faults_only() {
    let mut world = World::new();
    world.set_context(Tc {
        dtf: true,
        ..world.tc
    });
    assert!(!world.ask(Access::Execute).reported);
    world.set_context(Tc {
        dtf: true,
        dpe: true,
        ..world.tc
    });
    let translation = world.ask(Access::Execute);
    assert_eq!(translation.fault.unwrap().cause, Cause::DdtMisconfigured);
    assert!(translation.reported);
}
