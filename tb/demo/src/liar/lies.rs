// SPDX-License-Identifier: Apache-2.0
//! What the liar sends, and what must become of it.

use super::{LIAR, NOBODY};
use sallyport_devices::liar::Lie;
use sallyport_formats::{Cause, DeviceId};

/// A lie.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub what: &'static str,
    pub lie: Lie,
    /// What must come back.
    pub answer: &'static str,
    /// What the IOMMU must count it as.
    pub counted: Option<&'static str>,
    /// The fault record that must come.
    pub record: Option<(Cause, DeviceId)>,
}

/// All lies about somebody's page, but those that need another function.
pub fn plans() -> Vec<Plan> {
    let recorded = |what, lie, answer, cause, device| Plan {
        what,
        lie,
        answer,
        counted: None,
        record: Some((cause, device)),
    };
    let counted = |what, lie, answer, counted| Plan {
        what,
        lie,
        answer,
        counted: Some(counted),
        record: None,
    };
    // What its context does not allow it.
    let rights = [
        (
            "a read that claims to be translated",
            Lie::TranslatedRead,
            "UR",
        ),
        (
            "a write that claims to be translated",
            Lie::TranslatedWrite,
            "nothing",
        ),
        ("a translation request", Lie::TranslationRequest, "UR"),
        ("a page request", Lie::PageRequest, "a refusal"),
        ("a read in the name of a process", Lie::ProcessRead, "UR"),
    ];
    let rights =
        rights.map(|(what, lie, answer)| recorded(what, lie, answer, Cause::TtypeDisallowed, LIAR));
    let names = [
        ("a read in a foreign name", Lie::ForeignRead),
        ("a write in a foreign name", Lie::ForeignWrite),
    ];
    let names = names.map(|(what, lie)| recorded(what, lie, "nothing", Cause::DdtInvalid, NOBODY));
    let malformed = [
        ("a read that leaves its page", Lie::Crossing),
        ("a write with less data than it announces", Lie::Short),
        ("a write with more data than it announces", Lie::Long),
        ("a write without byte enables", Lie::NoEnables),
        ("a packet of no known type", Lie::NoType),
    ];
    let malformed = malformed.map(|(what, lie)| counted(what, lie, "nothing", "malformed"));
    let others = [
        counted("a poisoned write", Lie::Poisoned, "nothing", "poisoned"),
        counted("an AtomicOp", Lie::Atomic, "UR", "unsupported"),
        counted(
            "a configuration request",
            Lie::Configuration,
            "UR",
            "unsupported",
        ),
        counted(
            "a completion that nobody asked for",
            Lie::Completion,
            "nothing",
            "unsupported",
        ),
        counted(
            "a page response, which is the root's to give",
            Lie::GroupResponse,
            "nothing",
            "unsupported",
        ),
        Plan {
            what: "an invalidate completion that nobody asked for",
            lie: Lie::InvalidateCompletion,
            answer: "nothing",
            counted: None,
            record: None,
        },
    ];
    let mut plans = Vec::new();
    plans.extend(rights);
    plans.extend(names);
    plans.extend(malformed);
    plans.extend(others);
    plans
}
