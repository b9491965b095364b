// SPDX-License-Identifier: Apache-2.0
//! Compares the constants that software, firmware and RTL each keep.
//!
//! The three are the module `constants` of sallyport-formats, the C header
//! `sallyport_iommu.h` and the SystemVerilog package `iommu_constants_pkg`.
//! Each is read by a tool of its own language (rustc, libclang, Verilator);
//! this crate holds what is left to do: reading Verilator's class header, and
//! the comparison.

use std::collections::BTreeMap;

/// Names and values of one side.
pub type Constants = BTreeMap<String, u64>;

/// Says what the sides do not agree on, one line each, by name; nothing where
/// they agree. A side is its title and its constants.
///
/// ```
/// use sallyport_constants::{Constants, differences};
///
/// let rust = Constants::from([("REG_DDTP".into(), 16), ("REG_CQB".into(), 24)]);
/// let header = Constants::from([("REG_DDTP".into(), 17)]);
/// assert_eq!(
///     differences(&[("Rust", &rust), ("header", &header)]),
///     [
///         "REG_CQB: 0x18 in Rust, missing in header",
///         "REG_DDTP: 0x10 in Rust, 0x11 in header",
///     ],
/// );
/// ```
#[must_use]
pub fn differences(sides: &[(&str, &Constants)]) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = sides
        .iter()
        .flat_map(|(_, constants)| constants.keys())
        .collect();
    let mut lines = Vec::new();
    for name in names {
        let values: Vec<Option<&u64>> = sides.iter().map(|(_, side)| side.get(name)).collect();
        if values.iter().any(|value| *value != values[0]) {
            let told: Vec<String> = sides
                .iter()
                .zip(&values)
                .map(|((title, _), value)| match value {
                    Some(value) => format!("{value:#x} in {title}"),
                    None => format!("missing in {title}"),
                })
                .collect();
            lines.push(format!("{name}: {}", told.join(", ")));
        }
    }
    lines
}

/// Reads the constants out of the C++ class header that Verilator writes for a
/// package under `--public-flat-rw`: lines such as
/// `static constexpr IData/*31:0*/ REG_FCTL = 8U;`.
///
/// # Errors
/// The line that looks like a constant and has no value that can be read.
pub fn verilated_package(text: &str) -> Result<Constants, String> {
    let mut constants = Constants::new();
    for line in text.lines() {
        let Some(rest) = line.trim().strip_prefix("static constexpr ") else {
            continue;
        };
        let parsed = rest
            .strip_suffix(';')
            .and_then(|rest| rest.split_once(" = "))
            .and_then(|(declaration, value)| {
                let name = declaration.rsplit([' ', '/']).next()?;
                Some((name, number(value)?))
            });
        let (name, value) = parsed.ok_or_else(|| format!("not understood: {line}"))?;
        constants.insert(name.to_owned(), value);
    }
    Ok(constants)
}

/// A C++ integer literal, decimal or hexadecimal, with any suffix.
fn number(literal: &str) -> Option<u64> {
    let digits = literal.trim_end_matches(['U', 'L']);
    match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_any_one_side_only_is_named_with_the_side() {
        let has = Constants::from([("A".into(), 1), ("B".into(), 2)]);
        let lacks = Constants::from([("A".into(), 1)]);
        for missing in 0..3 {
            let side = |n| if n == missing { &lacks } else { &has };
            let titles = ["Rust", "header", "package"];
            let lines = differences(&[
                (titles[0], side(0)),
                (titles[1], side(1)),
                (titles[2], side(2)),
            ]);
            assert_eq!(lines.len(), 1);
            assert!(lines[0].starts_with("B: "));
            assert!(lines[0].contains(&format!("missing in {}", titles[missing])));
        }
    }

    #[test]
    fn class_headers_are_read() {
        let text = "class V {\n  public:\n    static constexpr IData/*31:0*/ REG_FCTL = 8U;\n    \
                    static constexpr QData/*63:0*/ BIG = 0x0000000100000000ULL;\n};\n";
        let read = verilated_package(text).unwrap();
        assert_eq!(
            read,
            Constants::from([("REG_FCTL".into(), 8), ("BIG".into(), 1 << 32)])
        );
        assert!(verilated_package("static constexpr IData X = y;").is_err());
    }
}
