// SPDX-License-Identifier: Apache-2.0
//! From a line of JSON to a [`Case`].

mod step;

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use crate::case::{Case, Setup, Step};
use crate::hex;

/// What is wrong with a line.
#[derive(Debug, Error)]
pub enum ParseError {
    /// No JSON, a key that does not exist, one that is missing, or of the
    /// wrong type.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Not "0x…" of up to 64 bits.
    #[error("{0:?} is not a hexadecimal number of up to 64 bits")]
    Number(String),
    /// Not pairs of hexadecimal digits.
    #[error("{0:?} is not a string of bytes in hexadecimal")]
    Bytes(String),
    /// A range whose end is not after its beginning.
    #[error("the range {0} to {1} is empty")]
    EmptyRange(String, String),
    /// A small number out of its range.
    #[error("{name} {value} is out of range")]
    OutOfRange {
        /// Which key.
        name: &'static str,
        /// Its value.
        value: u64,
    },
    /// A word that the key does not take.
    #[error("{name} is {value:?}, which is none of {choices}")]
    Word {
        /// Which key.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it takes.
        choices: &'static str,
    },
    /// A step with no action, or with more than one.
    #[error("step {0} has {1} actions and must have one")]
    Actions(usize, usize),
    /// Keys of a step that do not go together.
    #[error("step {0}: {1}")]
    Step(usize, &'static str),
    /// A raw case with `fctl` or `ddtp`, or another without.
    #[error("`fctl` and `ddtp` must be given, but for a raw case, which has neither")]
    Setup,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    case: String,
    needs: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    pas: u64,
    #[serde(default)]
    raw: bool,
    fctl: Option<String>,
    ddtp: Option<String>,
    scratch: [String; 2],
    memory: BTreeMap<String, String>,
    #[serde(default)]
    access_fault: Vec<[String; 2]>,
    #[serde(default)]
    poison: Vec<[String; 2]>,
    steps: Vec<step::RawStep>,
}

/// Parses one line of a vector file.
///
/// # Errors
/// [`ParseError`] if the line is not a case.
pub fn parse_case(line: &str) -> Result<Case, ParseError> {
    let raw: RawCase = serde_json::from_str(line)?;
    let setup = match (&raw.fctl, &raw.ddtp, raw.raw) {
        (Some(fctl), Some(ddtp), false) => Some(Setup {
            fctl: hex::number(fctl)?,
            ddtp: hex::number(ddtp)?,
        }),
        (None, None, true) => None,
        _ => return Err(ParseError::Setup),
    };
    let steps = raw
        .steps
        .into_iter()
        .enumerate()
        .map(|(number, raw)| step::parse(number, raw))
        .collect::<Result<Vec<_>, _>>()?;
    check_queues_are_there(&steps, setup)?;
    Ok(Case {
        name: raw.case,
        needs: raw.needs,
        lacks: raw.lacks,
        pas: narrow("pas", raw.pas)?,
        setup,
        scratch: hex::range(&raw.scratch)?,
        memory: hex::memory(&raw.memory)?,
        access_fault: ranges(&raw.access_fault)?,
        poison: ranges(&raw.poison)?,
        steps,
    })
}

fn ranges(raw: &[[String; 2]]) -> Result<Vec<std::ops::Range<sallyport_formats::Spa>>, ParseError> {
    raw.iter().map(hex::range).collect()
}

/// A number that must fit a smaller type.
fn narrow<T: TryFrom<u64>>(name: &'static str, value: u64) -> Result<T, ParseError> {
    T::try_from(value).map_err(|_| ParseError::OutOfRange { name, value })
}

/// A raw case has no queues of the player's that a step could use.
fn check_queues_are_there(steps: &[Step], setup: Option<Setup>) -> Result<(), ParseError> {
    for (number, step) in steps.iter().enumerate() {
        let uses_queues = matches!(
            step,
            Step::Fault(_) | Step::NoFault | Step::Command(..) | Step::Recommand(_)
        );
        if setup.is_none() && uses_queues {
            return Err(ParseError::Step(number, "a raw case has no queues"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(steps: &str, more: &str) -> Result<Case, ParseError> {
        parse_case(&format!(
            r#"{{"case": "c/1", "needs": [], "pas": 44, "scratch": ["0x0", "0x1000"],
                "memory": {{"0x10": "00ff", "0x8": "aa"}}, "steps": [{steps}], {more}}}"#
        ))
    }

    fn message(steps: &str) -> String {
        parse(steps, r#""raw": true"#).unwrap_err().to_string()
    }

    #[test]
    fn memory_is_sorted_by_address() {
        let case = parse("", r#""fctl": "0x2", "ddtp": "0x1"}"#.trim_end_matches('}')).unwrap();
        let addresses: Vec<u64> = case.memory.iter().map(|b| b.address.raw()).collect();
        assert_eq!(addresses, [8, 16]);
        assert_eq!(case.setup, Some(Setup { fctl: 2, ddtp: 1 }));
    }

    #[test]
    fn wrong_lines_say_what_is_wrong() {
        assert!(parse_case("{").is_err());
        assert!(matches!(
            parse("", r#""fctl": "0x0""#),
            Err(ParseError::Setup)
        ));
        assert_eq!(message("{}"), "step 0 has 0 actions and must have one");
        assert!(message(r#"{"no_fault": true}"#).contains("raw case"));
        assert!(message(r#"{"nofault": true}"#).contains("unknown field"));
        let read = r#"{"read": {"offset": 0, "size": 3, "expect": "0x0", "mask": "0x0"}}"#;
        assert_eq!(message(read), "size 3 is out of range");
    }
}
