// SPDX-License-Identifier: Apache-2.0
//! Byte order of in-memory structures ("Endian" in `fctl.BE`, `DC.tc.SBE`).

use core::fmt;

/// Byte order of a doubleword in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Endian {
    /// Least significant byte first.
    #[default]
    Little,
    /// Most significant byte first.
    Big,
}

impl Endian {
    /// The order that a `BE` or `SBE` bit selects.
    #[must_use]
    pub const fn from_bit(big: bool) -> Self {
        if big { Self::Big } else { Self::Little }
    }

    /// The doubleword that these bytes hold.
    #[must_use]
    pub const fn u64_from(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    /// The bytes that hold this doubleword.
    #[must_use]
    pub const fn u64_bytes(self, word: u64) -> [u8; 8] {
        match self {
            Self::Little => word.to_le_bytes(),
            Self::Big => word.to_be_bytes(),
        }
    }

    /// The word that these bytes hold.
    #[must_use]
    pub const fn u32_from(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The bytes that hold this word.
    #[must_use]
    pub const fn u32_bytes(self, word: u32) -> [u8; 4] {
        match self {
            Self::Little => word.to_le_bytes(),
            Self::Big => word.to_be_bytes(),
        }
    }
}

/// A buffer shorter than the structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truncated {
    /// Bytes that the structure takes.
    pub needed: usize,
    /// Bytes that were given.
    pub given: usize,
}

impl fmt::Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes given where {} are needed",
            self.given, self.needed
        )
    }
}

impl core::error::Error for Truncated {}

/// Reads `N` doublewords from the start of `bytes`.
///
/// # Errors
/// [`Truncated`] if `bytes` holds fewer.
pub fn words_from_bytes<const N: usize>(
    bytes: &[u8],
    endian: Endian,
) -> Result<[u64; N], Truncated> {
    let mut words = [0; N];
    if bytes.len() < 8 * N {
        return Err(Truncated {
            needed: 8 * N,
            given: bytes.len(),
        });
    }
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut octets = [0; 8];
        octets.copy_from_slice(chunk);
        *word = endian.u64_from(octets);
    }
    Ok(words)
}

/// Writes doublewords to the start of `bytes`.
///
/// # Errors
/// [`Truncated`] if they do not fit; nothing is written then.
pub fn words_to_bytes(words: &[u64], bytes: &mut [u8], endian: Endian) -> Result<(), Truncated> {
    if bytes.len() < 8 * words.len() {
        return Err(Truncated {
            needed: 8 * words.len(),
            given: bytes.len(),
        });
    }
    for (word, chunk) in words.iter().zip(bytes.chunks_exact_mut(8)) {
        chunk.copy_from_slice(&endian.u64_bytes(*word));
    }
    Ok(())
}

/// Adds `parse_bytes` and `emit_bytes` to structures of doublewords.
macro_rules! in_memory {
    ($($name:ident)*) => {$(
        impl $name {
            /// Length in bytes.
            pub const BYTES: usize = 8 * Self::WORDS;

            /// [`Self::parse`] of the structure at the start of `bytes`.
            ///
            /// # Errors
            /// [`Truncated`](crate::Truncated) if `bytes` is too short.
            pub fn parse_bytes(bytes: &[u8], endian: $crate::Endian) -> Result<Self, $crate::Truncated> {
                $crate::endian::words_from_bytes(bytes, endian).map(Self::parse)
            }

            /// [`Self::emit`] to the start of `bytes`.
            ///
            /// # Errors
            /// [`Truncated`](crate::Truncated) if `bytes` is too short.
            pub fn emit_bytes(&self, bytes: &mut [u8], endian: $crate::Endian) -> Result<(), $crate::Truncated> {
                $crate::endian::words_to_bytes(&self.emit(), bytes, endian)
            }
        }
    )*};
}
