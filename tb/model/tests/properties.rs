// SPDX-License-Identifier: Apache-2.0
//! What holds for every request, whatever memory contains.

use proptest::prelude::*;
use sallyport_formats::constants as c;
use sallyport_formats::regs::{Ddtp, DdtpMode, Fctl};
use sallyport_formats::{DeviceId, Iova, ProcessId, Spa};
use sallyport_model::{
    Access, Answer, Completion, Configuration, Design, Memory, MemoryError, QosIds, Request,
    RequestKind, Structure, Translation, translate,
};

/// The page of device contexts, and where process contexts lie.
const CONTEXTS: u64 = 0x7_0000_0000;
const PROCESSES: u64 = 1 << 40;

/// Memory whose contents follow from a seed. Contexts are good ones as far as
/// chance allows; the rest looks like entries of page tables, so that walks go
/// on for a while. Some addresses answer with errors.
struct Noise {
    seed: u64,
    extended: bool,
    gxl: bool,
}

fn hash(seed: u64, value: u64) -> u64 {
    let mut hash = seed ^ value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}

impl Noise {
    fn word(&self, address: u64) -> u64 {
        let noise = hash(self.seed, address);
        if address & !0xfff == CONTEXTS {
            self.device_context(address)
        } else if address >> 12 == PROCESSES >> 12 {
            match address & 8 {
                0 => noise & 0xffff_f006 | 1,
                _ => self.first_stage_mode(noise) << 60 | noise & 0xfff_ffff,
            }
        } else {
            table_entry(noise)
        }
    }

    fn first_stage_mode(&self, noise: u64) -> u64 {
        match noise >> 40 & 3 {
            0 => 0,
            more if self.gxl => 8 * u64::from(more > 0),
            more => 7 + more,
        }
    }

    fn device_context(&self, address: u64) -> u64 {
        let bytes = if self.extended { 64 } else { 32 };
        // What belongs together follows from the context's own address.
        let noise = hash(self.seed, address / bytes);
        let paged = noise >> 8 & 3 != 0;
        let pdtv = noise & 4 != 0 && !self.gxl;
        match address % bytes / 8 {
            0 => {
                let accessed_dirty = noise >> 16 & 3;
                let ats = noise >> 18 & 1;
                let t2gpa = ats & noise >> 19 & u64::from(paged);
                let tc = 1 | ats << c::DC_TC_EN_ATS_BIT | t2gpa << c::DC_TC_T2GPA_BIT;
                tc | u64::from(pdtv) << c::DC_TC_PDTV_BIT
                    | accessed_dirty << c::DC_TC_GADE_BIT
                    | u64::from(self.gxl) << c::DC_TC_SXL_BIT
            }
            1 if paged && self.gxl => 8 << 60 | noise & 0xfff_fffc,
            1 if paged => (8 + (noise >> 12 & 1)) << 60 | noise & 0xfff_fffc,
            3 if pdtv => c::PDTP_MODE_PD8 << 60 | PROCESSES >> 12,
            3 => self.first_stage_mode(noise) << 60 | noise >> 7 & 0xfff_ffff,
            4 if paged => (noise >> 20 & 1) << 60 | noise >> 5 & 0xfff_ffff,
            5 => 0x3f,
            6 => noise >> 30 & 0xfff,
            _ => 0,
        }
    }
}

/// Pointers and leaves, mostly valid ones of small pages.
fn table_entry(noise: u64) -> u64 {
    let ppn = noise & 0xf_ffff_f000_u64 >> 2;
    match noise >> 60 {
        0 => noise,
        1 => 0,
        2..=7 => ppn & !0x3ff | 1 | (noise >> 50 & 1) << 5,
        8..=10 => (ppn & !0x7_ffff) | (noise >> 48 & 0xff) | 0x11,
        _ => ppn & !0x3ff | (noise >> 48 & 0xfe) | 0x11,
    }
}

impl Memory for Noise {
    fn read(&self, address: Spa, data: &mut [u8]) -> Result<(), MemoryError> {
        match hash(self.seed, address.raw() >> 12) & 0x3f {
            0 => return Err(MemoryError::AccessFault(address)),
            1 => return Err(MemoryError::Poison(address)),
            _ => {}
        }
        for (number, byte) in data.iter_mut().enumerate() {
            let at = address.raw() + number as u64;
            *byte = self.word(at & !7).to_le_bytes()[(at & 7) as usize];
        }
        Ok(())
    }

    fn supports_atomic_update(&self, address: Spa) -> bool {
        hash(self.seed, address.raw() >> 12) & 0xf00 != 0
    }
}

fn requests() -> impl Strategy<Value = Request> {
    let access = prop_oneof![
        Just(Access::Read),
        Just(Access::Write),
        Just(Access::Execute)
    ];
    let kind = prop_oneof![
        Just(RequestKind::Untranslated),
        Just(RequestKind::Translated),
        Just(RequestKind::TranslationRequest)
    ];
    let process = proptest::option::of(0_u32..1 << 9);
    let iova = prop_oneof![any::<u64>(), 0_u64..1 << 32];
    (
        0_u32..1 << 24,
        process,
        any::<[bool; 2]>(),
        access,
        kind,
        iova,
    )
        .prop_map(
            |(device, process, [privileged, no_write], access, kind, iova)| Request {
                device_id: DeviceId::truncate(device.into()),
                process_id: process.map(|process| ProcessId::truncate(process.into())),
                privileged,
                access,
                kind,
                no_write,
                iova: Iova::new(iova),
                len: 4,
            },
        )
}

fn designs() -> impl Strategy<Value = Design> {
    prop_oneof![
        Just(Design::full()),
        Just(Design::full_base()),
        Just(Design::small())
    ]
}

/// The answer in a world made of noise.
fn answer(design: Design, seed: u64, gxl: bool, request: &Request) -> Translation {
    let gxl = gxl && design.gxl_writable;
    let configuration = Configuration {
        design,
        fctl: Fctl {
            gxl,
            ..Fctl::default()
        },
        ddtp: Ddtp {
            mode: DdtpMode::OneLevel,
            busy: false,
            ppn: CONTEXTS >> 12,
        },
        qosid: QosIds::default(),
    };
    let memory = Noise {
        seed,
        extended: design.capabilities.msi_flat,
        gxl,
    };
    translate(&configuration, &memory, request)
}

/// Whether a completion permits nothing.
fn is_empty(completion: &Completion) -> bool {
    !completion.r && !completion.w && !completion.x
}

/// The noise is not so wild that nothing but the first checks is met.
#[test]
fn noise_reaches_every_part_of_the_process() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..20_000 {
        let noise = hash(seed, 1);
        let kinds = [
            RequestKind::Untranslated,
            RequestKind::Translated,
            RequestKind::TranslationRequest,
        ];
        let request = Request {
            kind: kinds[(noise % 3) as usize],
            process_id: (noise & 8 != 0).then_some(ProcessId::truncate(noise >> 20 & 0xff)),
            ..Request::untranslated(
                DeviceId::truncate(noise >> 8 & 0x3f),
                Access::Write,
                Iova::new(noise >> 32),
                4,
            )
        };
        let translation = answer(Design::full(), seed, noise & 16 != 0, &request);
        seen.insert(match translation.answer {
            Answer::Translated(translated) if translated.msi => "interrupt file",
            Answer::Translated(_) => "translated",
            Answer::Mrif(_) => "MRIF",
            Answer::Completion(completion) if completion.w => "write completion",
            Answer::Completion(_) => "completion",
            Answer::UnsupportedRequest => "unsupported request",
            Answer::CompleterAbort => "completer abort",
        });
        for read in &translation.reads {
            seen.insert(match read.structure {
                Structure::ProcessContext => "process context",
                Structure::FirstStagePte(_) => "first stage",
                Structure::SecondStagePte(_) => "second stage",
                Structure::MsiPte => "MSI PTE",
                _ => "others",
            });
        }
        if !translation.updates.is_empty() {
            seen.insert("an update");
        }
    }
    for expected in [
        "translated",
        "write completion",
        "completion",
        "unsupported request",
        "completer abort",
        "process context",
        "first stage",
        "second stage",
        "MSI PTE",
        "an update",
    ] {
        assert!(seen.contains(expected), "{expected} is not in {seen:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4096,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0x5a11_7902),
        ..ProptestConfig::default()
    })]

    /// A translation ends, with an answer or a fault, and only a fault
    /// refuses.
    #[test]
    fn faults_and_answers_agree(
        design in designs(), seed: u64, gxl: bool, request in requests()
    ) {
        let translation = answer(design, seed, gxl, &request);
        let refused = match &translation.answer {
            Answer::Translated(_) | Answer::Mrif(_) => false,
            Answer::Completion(completion) => is_empty(completion),
            Answer::UnsupportedRequest | Answer::CompleterAbort => true,
        };
        prop_assert!(refused || translation.fault.is_none());
        prop_assert!(!translation.reported || translation.fault.is_some());
        if request.kind != RequestKind::TranslationRequest {
            prop_assert!(!matches!(
                translation.answer,
                Answer::Completion(_) | Answer::CompleterAbort
            ));
        }
    }

    /// Updates set A, or A and D, of a PTE, and nothing else.
    #[test]
    fn updates_touch_accessed_and_dirty_only(
        design in designs(), seed: u64, gxl: bool, request in requests()
    ) {
        let translation = answer(design, seed, gxl, &request);
        let bits: u64 = 1 << c::PTE_A_BIT | 1 << c::PTE_D_BIT;
        for update in &translation.updates {
            prop_assert!(matches!(
                update.structure,
                Structure::FirstStagePte(_) | Structure::SecondStagePte(_)
            ));
            prop_assert_eq!((update.old ^ update.new) & !bits, 0);
            prop_assert_eq!(update.old & !update.new, 0);
        }
    }

    /// Execute permission is granted only beside read permission, and only
    /// where it was asked for.
    #[test]
    fn completions_are_consistent(seed: u64, gxl: bool, request in requests()) {
        let translation = answer(Design::full(), seed, gxl, &request);
        if let Answer::Completion(completion) = translation.answer {
            prop_assert!(!completion.x || completion.r && request.wants_execute());
            prop_assert!(!completion.w || completion.r);
            prop_assert_eq!(completion.privileged, request.is_privileged());
        }
    }

    /// Every read is of memory that exists, and a walk makes a bounded number
    /// of them: a second-stage walk for each of the entries that three
    /// directory levels and five first-stage levels can have.
    #[test]
    fn reads_are_bounded(design in designs(), seed: u64, gxl: bool, request in requests()) {
        let translation = answer(design, seed, gxl, &request);
        prop_assert!(translation.reads.len() <= 3 + (3 + 5 + 1 + 1) * 6);
    }

    /// The same question gets the same answer.
    #[test]
    fn nothing_else_matters(design in designs(), seed: u64, gxl: bool, request in requests()) {
        prop_assert_eq!(
            answer(design, seed, gxl, &request),
            answer(design, seed, gxl, &request)
        );
    }
}
