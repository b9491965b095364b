// SPDX-License-Identifier: Apache-2.0
//! The seed that the environment asks for.

use sallyport_bus::Seed;
use std::env;

/// The variable in the environment that gives all tests another seed: a number,
/// or one in hexadecimal digits after `0x`.
pub const SEED_VARIABLE: &str = "SALLYPORT_SEED";

/// The environment holds a seed that is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{SEED_VARIABLE} is {0:?}, which is no number of 64 bits")]
pub struct SeedError(String);

/// The seed of the environment, or else `default`.
pub fn chosen(default: Seed) -> Result<Seed, SeedError> {
    match env::var_os(SEED_VARIABLE) {
        Some(text) => parse(&text.to_string_lossy()),
        None => Ok(default),
    }
}

fn parse(text: &str) -> Result<Seed, SeedError> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    let value = parsed.map_err(|_| SeedError(text.to_owned()))?;
    Ok(Seed::new(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_decimal_or_hexadecimal() {
        assert_eq!(parse("12"), Ok(Seed::new(12)));
        assert_eq!(parse("0xff"), Ok(Seed::new(255)));
        let error = parse("dozen").unwrap_err();
        assert_eq!(
            error.to_string(),
            "SALLYPORT_SEED is \"dozen\", which is no number of 64 bits"
        );
        assert!(parse("").is_err());
        assert!(parse("0x1_0000").is_err());
    }
}
