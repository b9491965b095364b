// SPDX-License-Identifier: Apache-2.0
//! Addresses and identifiers in JSON: strings such as `"0x1000"`, because
//! numbers of JSON are not exact beyond 53 bits in many readers.

use std::fmt::{self, Display};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Eight bytes of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(pub u64);

impl Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#018x}", self.0)
    }
}

impl From<u64> for Word {
    fn from(raw: u64) -> Self {
        Self(raw)
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        hex::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        hex::deserialize(deserializer)
    }
}

fn parse<T>(text: &str) -> Result<T, String>
where
    T: TryFrom<u64>,
    T::Error: Display,
{
    let digits = text
        .strip_prefix("0x")
        .ok_or_else(|| format!("{text:?} is not a number that starts with 0x"))?;
    let raw = u64::from_str_radix(digits, 16).map_err(|e| format!("{text:?}: {e}"))?;
    T::try_from(raw).map_err(|e| e.to_string())
}

/// For fields that are always there.
pub(crate) mod hex {
    use super::{Deserialize, Deserializer, Display, Error, Serializer, parse};

    pub(crate) fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: TryFrom<u64>,
        T::Error: Display,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        parse(&text).map_err(D::Error::custom)
    }
}

/// For fields that may be null.
pub(crate) mod optional_hex {
    use super::{Deserialize, Deserializer, Display, Error, Serializer, parse};

    pub(crate) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: TryFrom<u64>,
        T::Error: Display,
        D: Deserializer<'de>,
    {
        Option::<String>::deserialize(deserializer)?
            .map(|text| parse(&text).map_err(D::Error::custom))
            .transpose()
    }
}
