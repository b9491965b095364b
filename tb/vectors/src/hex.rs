// SPDX-License-Identifier: Apache-2.0
//! Numbers and bytes as vectors write them.

use std::collections::BTreeMap;
use std::ops::Range;

use sallyport_formats::Spa;

use crate::case::Bytes;
use crate::parse::ParseError;

/// A number "0x…".
pub(crate) fn number(text: &str) -> Result<u64, ParseError> {
    text.strip_prefix("0x")
        .filter(|digits| !digits.starts_with('+'))
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .ok_or_else(|| ParseError::Number(text.to_owned()))
}

/// Bytes as pairs of hexadecimal digits, lowest address first.
pub(crate) fn bytes(text: &str) -> Result<Vec<u8>, ParseError> {
    let wrong = || ParseError::Bytes(text.to_owned());
    if text.len() & 1 == 1 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong()))
        .collect()
}

/// `[lo, hi)`.
pub(crate) fn range([lo, hi]: &[String; 2]) -> Result<Range<Spa>, ParseError> {
    let range = Spa::new(number(lo)?)..Spa::new(number(hi)?);
    if range.start < range.end {
        Ok(range)
    } else {
        Err(ParseError::EmptyRange(lo.clone(), hi.clone()))
    }
}

/// Address → bytes, in the order of addresses.
pub(crate) fn memory(map: &BTreeMap<String, String>) -> Result<Vec<Bytes>, ParseError> {
    let mut list = map
        .iter()
        .map(|(address, data)| {
            Ok(Bytes {
                address: Spa::new(number(address)?),
                data: bytes(data)?,
            })
        })
        .collect::<Result<Vec<_>, ParseError>>()?;
    list.sort_by_key(|bytes| bytes.address);
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number("0xffffffffffffffff").unwrap(), u64::MAX);
        for wrong in ["", "12", "0x", "0x+1", "0x10000000000000000", "0xg"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn byte_strings() {
        assert_eq!(bytes("00fF").unwrap(), [0, 255]);
        for wrong in ["0", "0g", "+1", "é"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
