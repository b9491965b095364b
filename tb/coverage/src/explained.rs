// SPDX-License-Identifier: Apache-2.0
//! Why some holes are no fault: `explained.toml`.
//!
//! Lines are found by what they say, not by their number, so that an explanation
//! stays with its line when others come before it, and is lost when it changes.

use sallyport_cross::Bin;
use serde::Deserialize;

use crate::hole::{Hole, Missing, parse_ranges};

/// All explanations.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explained {
    /// Of statements.
    #[serde(default)]
    pub line: Vec<LineRule>,
    /// Of bits.
    #[serde(default)]
    pub toggle: Vec<ToggleRule>,
    /// Of combinations of the cross.
    #[serde(default)]
    pub bin: Vec<BinRule>,
    /// Of fault records.
    #[serde(default)]
    pub report: Vec<ReportRule>,
}

/// Statements that do not run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRule {
    /// The modules; any if it is left out.
    pub modules: Option<Vec<String>>,
    /// The line, with single spaces; one that begins so if the text ends with
    /// `...`.
    pub text: String,
    /// How the statements are reached; any way if it is left out.
    pub branch: Option<String>,
    /// Why.
    pub reason: String,
}

/// Bits that do not change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToggleRule {
    /// The modules; any if it is left out, which is for members only.
    pub modules: Option<Vec<String>>,
    /// The signals, with their members. `*.` at the beginning stands for any
    /// signal that has the member.
    pub signals: Vec<String>,
    /// Which bits, such as `63:56, 3`; all if it is left out.
    pub bits: Option<String>,
    /// Why.
    pub reason: String,
}

/// Combinations that do not happen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BinRule {
    /// The stage.
    pub stage: String,
    /// The mode; any if it is left out.
    pub mode: Option<String>,
    /// The level.
    pub level: Option<String>,
    /// The access.
    pub access: Option<String>,
    /// The cause, `success` or `update`.
    pub cause: Option<String>,
    /// Why.
    pub reason: String,
}

/// A cause that nothing reports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportRule {
    /// The cause.
    pub cause: u16,
    /// Why.
    pub reason: String,
}

impl LineRule {
    /// Whether the hole is of this line, which reads `text`.
    pub fn covers(&self, hole: &Hole, text: &str) -> bool {
        let Missing::Branch(branch) = &hole.missing else {
            return false;
        };
        let here = self
            .modules
            .as_ref()
            .is_none_or(|modules| modules.contains(&hole.module));
        let text = one_spaced(text);
        let is = match self.text.strip_suffix("...") {
            Some(beginning) => text.starts_with(beginning),
            None => text == self.text,
        };
        here && is && self.branch.as_ref().is_none_or(|wanted| wanted == branch)
    }
}

impl ToggleRule {
    /// The rule's bits of the hole are taken out of it; whether there were any.
    pub fn take(&self, hole: &mut Hole) -> bool {
        let Missing::Bits { signal, bits } = &mut hole.missing else {
            return false;
        };
        let named = self.signals.iter().any(|pattern| matches(pattern, signal));
        let here = match &self.modules {
            Some(modules) => modules.contains(&hole.module),
            None => self.signals.iter().all(|pattern| pattern.starts_with("*.")),
        };
        if !named || !here {
            return false;
        }
        let before = bits.len();
        match self.bits.as_deref().map(parse_ranges) {
            None => bits.clear(),
            Some(Some(own)) => bits.retain(|bit| !own.contains(bit)),
            Some(None) => {}
        }
        bits.len() < before
    }
}

impl BinRule {
    /// Whether the combination is one of these.
    pub fn covers(&self, bin: &Bin) -> bool {
        let any = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|w| w == name);
        bin.stage.name() == self.stage
            && any(&self.mode, bin.mode.name())
            && any(&self.level, bin.level.name())
            && any(&self.access, bin.access.name())
            && any(&self.cause, &bin.what.to_string())
    }
}

/// The text without what sets columns.
fn one_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the pattern means the signal, or something that it is a member of.
fn matches(pattern: &str, signal: &str) -> bool {
    let is = |name: &str, whole: &str| {
        whole == name
            || whole
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    match pattern.strip_prefix("*.") {
        None => is(pattern, signal),
        Some(member) => signal
            .match_indices('.')
            .any(|(at, _)| is(member, &signal[at + 1..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn signals_by_name_and_by_member() {
        assert!(matches("fault_i", "fault_i"));
        assert!(matches("fault_i", "fault_i.iotval2"));
        assert!(!matches("fault", "fault_i"));
        assert!(matches("*.iotval2", "fault_i.iotval2"));
        assert!(matches("*.mrif", "answer_o.mrif.nid"));
        assert!(!matches("*.iotval2", "iotval2"));
    }

    #[test]
    fn a_rule_takes_its_bits() {
        let rule = ToggleRule {
            modules: Some(vec!["m".to_owned()]),
            signals: vec!["pa".to_owned()],
            bits: Some("63:56".to_owned()),
            reason: String::new(),
        };
        let mut hole = Hole {
            module: "m".to_owned(),
            line: 1,
            missing: Missing::Bits {
                signal: "pa".to_owned(),
                bits: BTreeSet::from([3, 57, 60]),
            },
        };
        assert!(rule.take(&mut hole));
        assert!(!rule.take(&mut hole));
        let Missing::Bits { bits, .. } = &hole.missing else {
            panic!("it is one of bits");
        };
        assert_eq!(*bits, BTreeSet::from([3]));
    }
}
