// SPDX-License-Identifier: Apache-2.0
//! Which combinations the specification does not let happen.

use sallyport_formats::Cause;
use sallyport_model::Access as Operation;

use crate::{Access, Bin, Level, Mode, Stage, What};

/// Why some combinations cannot be.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What it is called.
    pub name: &'static str,
    /// The section of the specification that says so.
    pub section: &'static str,
    /// What it says.
    pub reason: &'static str,
    excludes: fn(&Bin) -> bool,
}

impl Rule {
    /// Whether it rules this combination out.
    #[must_use]
    pub fn excludes(&self, bin: &Bin) -> bool {
        (self.excludes)(bin)
    }
}

/// All rules. The first that rules a combination out is the one that is named.
pub const RULES: &[Rule] = &[
    Rule {
        name: "modes of a stage",
        section: "Device-directory-table pointer; Process-directory-table pointer; \
                  Device-context fields; MSI page tables",
        reason: "each stage has modes of its own",
        excludes: |bin| !modes(bin.stage).contains(&bin.mode),
    },
    Rule {
        name: "levels of a mode",
        section: "Process to locate the Device-context; Process to locate the Process-context; \
                  Sv32, Sv39, Sv48, Sv57 and Svnapot of the Privileged specification",
        reason: "a mode has as many levels as it says; 64 KiB ranges are for entries of 8 bytes",
        excludes: |bin| {
            let directory = bin.stage == Stage::Directory && bin.level == Level::None;
            directory || !has_level(bin.mode, bin.level)
        },
    },
    Rule {
        name: "causes that nothing raises",
        section: "Fault record CAUSE field encodings",
        reason: "addresses are never misaligned: a request is split by whoever makes it \
                 (4, 6); faults of interrupt files in memory and of messages belong to no \
                 stage of translation (264, 271, 272, 273)",
        excludes: |bin| {
            let What::Fault(cause) = bin.what else {
                return false;
            };
            [4, 6, 264, 271, 272, 273].contains(&cause)
        },
    },
    Rule {
        name: "causes of a stage",
        section: "Process to translate an IOVA",
        reason: "each step names the causes that it stops with",
        excludes: |bin| match bin.what {
            What::Fault(cause) => !raises(bin.stage, cause),
            What::Success | What::Update => false,
        },
    },
    Rule {
        name: "kind of access",
        section: "Fault record CAUSE field encodings; Process to locate the Process-context",
        reason: "access faults and page faults are named after the access that the device \
                 made, those of the second stage too; a translation request reads, or \
                 executes",
        excludes: |bin| {
            let What::Fault(cause) = bin.what else {
                return false;
            };
            let family = [1, 5, 7, 12, 13, 15, 20, 21, 23].contains(&cause);
            let access = bin.access;
            let own = [
                access.access_fault(),
                access.page_fault(),
                access.guest_page_fault(),
            ];
            family && !own.contains(&cause)
        },
    },
    Rule {
        name: "translated requests",
        section: "Process to translate an IOVA, steps 8 and 9; Device-context configuration checks",
        reason: "the address is a guest-physical one: there is no process directory and no \
                 first stage, and T2GPA is an error without a second stage",
        excludes: |bin| {
            use Stage::{First, FirstSecond, Process, ProcessSecond, UpdateSecond};
            let others = [Process, ProcessSecond, First, FirstSecond, UpdateSecond];
            let bare = bin.stage == Stage::Second && bin.mode == Mode::Bare;
            bin.access.is_translated() && (bare || others.contains(&bin.stage))
        },
    },
    Rule {
        name: "privilege",
        section: "Process-context fields, ENS and SUM; Process to translate an IOVA",
        reason: "privilege counts in the first stage, and where a process context forbids it; \
                 to the second stage every access is without",
        excludes: |bin| {
            let counts = bin.stage == Stage::First || is_privilege_check(bin);
            bin.access.is_privileged() && !counts
        },
    },
    Rule {
        name: "what no privilege is needed for",
        section: "Process to translate an IOVA, step 16",
        reason: "a process context disallows nothing but supervisor privilege",
        excludes: |bin| is_privilege_check(bin) && !bin.access.is_privileged(),
    },
    Rule {
        name: "updates are of leaves",
        section: "IOMMU updating of PTE accessed (A) and dirty (D) updates",
        reason: "only leaves of page tables have A and D",
        excludes: |bin| bin.what == What::Update && bin.level.page_level().is_none(),
    },
    Rule {
        name: "translation is off",
        section: "Process to translate an IOVA, steps 1, 2 and 5",
        reason: "Off refuses everything; Bare passes untranslated requests, unless no memory \
                 has such an address, and refuses the others; a directory refuses devices that it has no room for, of which 3LVL \
                 knows none",
        excludes: |bin| bin.stage == Stage::Control && !control(bin),
    },
    Rule {
        name: "transaction type",
        section: "Process to translate an IOVA, step 7",
        reason: "the device context disallows, not an entry above it",
        excludes: |bin| {
            let checks = matches!(bin.stage, Stage::Directory | Stage::Process);
            let disallowed = bin.what == What::Fault(Cause::TtypeDisallowed.code());
            checks && disallowed && bin.level != Level::Context
        },
    },
    Rule {
        name: "address too wide",
        section: "Two-Stage Address Translation and Virtual-Memory System of the Privileged \
                  specification",
        reason: "bits that a scheme does not translate are checked before an entry is read, \
                 and wrong ones are a page fault",
        excludes: |bin| {
            let too_wide = match bin.stage {
                Stage::First => bin.access.page_fault(),
                _ => bin.access.guest_page_fault(),
            };
            bin.level == Level::Address && bin.what != What::Fault(too_wide)
        },
    },
    Rule {
        name: "page numbers",
        section: "First-stage context (fsc); Page-table entries",
        reason: "a page number has 44 bits: no table lies beyond the 59 bits of Sv57x4",
        excludes: |bin| {
            let tables = matches!(bin.stage, Stage::ProcessSecond | Stage::FirstSecond);
            tables && bin.mode == Mode::Sv57x4 && bin.level == Level::Address
        },
    },
    Rule {
        name: "Bare",
        section: "Process to translate an IOVA",
        reason: "a stage that does not translate has nothing to find a fault in",
        excludes: |bin| {
            let stages = matches!(bin.stage, Stage::First | Stage::Second);
            stages && bin.mode == Mode::Bare && bin.what != What::Success
        },
    },
    Rule {
        name: "corrupt data",
        section: "Process to translate an IOVA; Svnapot",
        reason: "of an entry that is corrupt nobody knows that it is one of a NAPOT range",
        excludes: |bin| {
            let corrupt = [Cause::PtCorrupted, Cause::PdtCorrupted].map(|c| What::Fault(c.code()));
            bin.level == Level::Page64K && corrupt.contains(&bin.what)
        },
    },
    Rule {
        name: "the page of an updated entry",
        section: "Two-Stage Address Translation of the Privileged specification",
        reason: "the entry has been read through the same page before: what can be wrong with \
                 the store is that the page may not be written, or that its own D cannot be set",
        excludes: |bin| {
            let corrupt = bin.what == What::Fault(Cause::PtCorrupted.code());
            bin.stage == Stage::UpdateSecond && (corrupt || bin.level == Level::Address)
        },
    },
    Rule {
        name: "entries of MSI tables",
        section: "Process to translate addresses of MSIs",
        reason: "without a valid entry there is no mode; with one the only fault is that an \
                 interrupt file cannot be executed",
        excludes: |bin| bin.stage == Stage::Msi && !msi(bin),
    },
];

/// Why this combination cannot be; `None` if it can.
#[must_use]
pub fn verdict(bin: &Bin) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.excludes(bin))
}

/// All combinations, whether they can be or not.
pub fn universe() -> impl Iterator<Item = Bin> {
    let places = Stage::ALL.iter().flat_map(|&stage| {
        let modes = Mode::ALL.iter().flat_map(move |&mode| {
            let levels = Level::ALL.iter();
            levels.map(move |&level| (mode, level))
        });
        modes.map(move |(mode, level)| (stage, mode, level))
    });
    places.flat_map(|(stage, mode, level)| {
        Access::ALL.iter().flat_map(move |&access| {
            What::all().map(move |what| Bin {
                stage,
                mode,
                level,
                access,
                what,
            })
        })
    })
}

/// Those that can be.
#[must_use]
pub fn can_happen() -> Vec<Bin> {
    universe().filter(|bin| verdict(bin).is_none()).collect()
}

fn modes(stage: Stage) -> &'static [Mode] {
    use Mode::*;
    match stage {
        Stage::Control => &[Off, Bare, OneLevel, TwoLevel, ThreeLevel],
        Stage::Directory => &[OneLevel, TwoLevel, ThreeLevel],
        Stage::Process => &[Pd8, Pd17, Pd20],
        Stage::First => &[Bare, Sv32, Sv39, Sv48, Sv57],
        Stage::Second => &[Bare, Sv32x4, Sv39x4, Sv48x4, Sv57x4],
        Stage::ProcessSecond | Stage::FirstSecond | Stage::UpdateSecond => {
            &[Sv32x4, Sv39x4, Sv48x4, Sv57x4]
        }
        Stage::Msi => &[MsiNone, MsiBasic, MsiMrif],
    }
}

fn has_level(mode: Mode, level: Level) -> bool {
    let pages = mode.page_levels();
    if pages > 0 {
        return match level {
            Level::Address => true,
            Level::Page64K => mode.has_napot(),
            _ => level
                .page_level()
                .is_some_and(|at| at < pages && level == Level::of_page(mode, at as u8)),
        };
    }
    match level {
        // `ddtp` has the modes of the directory, and no levels.
        Level::None => !matches!(mode, Mode::Pd8 | Mode::Pd17 | Mode::Pd20),
        Level::Context => mode.directory_levels() > 0,
        Level::Lower => mode.directory_levels() > 1,
        Level::Upper => mode.directory_levels() > 2,
        _ => false,
    }
}

fn raises(stage: Stage, cause: u16) -> bool {
    const ACCESS: [u16; 3] = [1, 5, 7];
    const PAGE: [u16; 3] = [12, 13, 15];
    const GUEST: [u16; 3] = [20, 21, 23];
    match stage {
        Stage::Control => ACCESS.contains(&cause) || [256, 260].contains(&cause),
        Stage::Directory => [257, 258, 259, 260, 268].contains(&cause),
        Stage::Process => [260, 265, 266, 267, 269].contains(&cause),
        Stage::ProcessSecond => GUEST.contains(&cause) || [265, 269].contains(&cause),
        Stage::First => ACCESS.contains(&cause) || PAGE.contains(&cause) || cause == 274,
        Stage::FirstSecond | Stage::UpdateSecond | Stage::Second => {
            ACCESS.contains(&cause) || GUEST.contains(&cause) || cause == 274
        }
        Stage::Msi => [1, 261, 262, 263, 270].contains(&cause),
    }
}

fn is_privilege_check(bin: &Bin) -> bool {
    bin.stage == Stage::Process && bin.what == What::Fault(Cause::TtypeDisallowed.code())
}

fn control(bin: &Bin) -> bool {
    if bin.level != Level::None {
        return false;
    }
    let untranslated = !bin.access.is_translated() && !bin.access.is_ats();
    let disallowed = What::Fault(Cause::TtypeDisallowed.code());
    match bin.mode {
        Mode::Off => bin.what == What::Fault(Cause::AllInboundDisallowed.code()),
        Mode::Bare if untranslated => {
            [What::Success, What::Fault(bin.access.access_fault())].contains(&bin.what)
        }
        Mode::Bare | Mode::OneLevel | Mode::TwoLevel => bin.what == disallowed,
        _ => false,
    }
}

fn msi(bin: &Bin) -> bool {
    let executes = bin.access.operation() == Operation::Execute && !bin.access.is_ats();
    match (bin.mode, bin.what) {
        (Mode::MsiNone, What::Fault(cause)) => (261..=270).contains(&cause),
        (Mode::MsiBasic | Mode::MsiMrif, What::Success) => !executes,
        (Mode::MsiBasic | Mode::MsiMrif, What::Fault(cause)) => executes && cause == 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn bin(text: &str) -> Bin {
        text.replace('|', "\t").parse().unwrap()
    }

    #[test]
    fn every_rule_rules_something_out() {
        let mut counts = BTreeMap::new();
        for bin in universe() {
            if let Some(rule) = verdict(&bin) {
                *counts.entry(rule.name).or_insert(0) += 1;
            }
        }
        for rule in RULES {
            assert!(counts.contains_key(rule.name), "{}: nothing", rule.name);
        }
    }

    #[test]
    fn what_can_be() {
        for text in [
            "ddtp|Off|-|translated write|256",
            "ddtp|2LVL|-|ATS|260",
            "device directory|3LVL|level 2|execute|259",
            "process directory|PD17|context|read, privileged|260",
            "second, of process directory|Sv57x4|256T|write|23",
            "second, of first stage|Sv48x4|64K|read|update",
            "first stage|Sv32|4M|write, privileged|15",
            "first stage|Sv39|64K|read|5",
            "second, of A/D update|Sv39x4|1G|read|21",
            "MSI table|MSI, no entry|-|write|262",
            "MSI table|MSI, MRIF|-|write|success",
            "second stage|Sv32x4|address|translated read|21",
            "second stage|Bare|-|read|success",
        ] {
            assert!(
                verdict(&bin(text)).is_none(),
                "{text}: {:?}",
                verdict(&bin(text))
            );
        }
    }

    #[test]
    fn what_cannot_be() {
        for (text, rule) in [
            ("first stage|PD8|4K|read|success", "modes of a stage"),
            ("first stage|Sv39|512G|read|success", "levels of a mode"),
            ("first stage|Sv32|64K|read|success", "levels of a mode"),
            ("second stage|Sv32x4|2M|read|success", "levels of a mode"),
            ("first stage|Sv39|4K|read|4", "causes that nothing raises"),
            ("first stage|Sv39|4K|read|21", "causes of a stage"),
            ("first stage|Sv39|4K|ATS|15", "kind of access"),
            (
                "first stage|Sv39|4K|translated read|13",
                "translated requests",
            ),
            (
                "second stage|Sv39x4|4K|read, privileged|success",
                "privilege",
            ),
            (
                "process directory|PD8|context|read|260",
                "what no privilege is needed for",
            ),
            ("ddtp|3LVL|-|read|260", "translation is off"),
            ("device directory|2LVL|level 1|read|260", "transaction type"),
            ("first stage|Sv39|address|read|5", "address too wide"),
            ("first stage|Sv39|64K|read|274", "corrupt data"),
            (
                "second, of A/D update|Sv39x4|4K|read|274",
                "the page of an updated entry",
            ),
            (
                "MSI table|MSI, basic|-|execute|success",
                "entries of MSI tables",
            ),
        ] {
            assert_eq!(
                verdict(&bin(text)).map(|rule| rule.name),
                Some(rule),
                "{text}"
            );
        }
    }
}
