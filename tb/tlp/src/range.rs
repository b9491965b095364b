// SPDX-License-Identifier: Apache-2.0
//! Ranges of pages in the encoding of the S field: section "Translation Range
//! Size (S) Field".

use std::fmt;

use crate::TlpError;

/// A power of two of pages of 4 KiB, aligned to its length.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct PageRange {
    /// Pages in bits 63:12, the lowest of them size where `S` (bit 11) is set.
    word: u64,
}

impl PageRange {
    const S: u64 = 1 << 11;

    /// The range of this length that holds the address.
    ///
    /// # Errors
    /// [`TlpError::Field`] if the length is no power of two from 2^12 to 2^63.
    pub fn new(address: u64, bytes: u64) -> Result<Self, TlpError> {
        if !bytes.is_power_of_two() || bytes < 1 << 12 {
            return Err(TlpError::Field {
                field: "S",
                value: bytes,
            });
        }
        let start = address & !(bytes - 1);
        Ok(Self {
            word: if bytes == 1 << 12 {
                start
            } else {
                // A zero below the start, and ones down to bit 12.
                start | ((bytes >> 1) - 1) & !0xfff | Self::S
            },
        })
    }

    /// Bits 63:11 of an entry or of the body of an invalidate request.
    #[must_use]
    pub const fn word(self) -> u64 {
        self.word
    }

    /// From bits 63:11; the lower ones are not looked at.
    #[must_use]
    pub const fn of_word(word: u64) -> Self {
        Self {
            word: word & !0x7ff,
        }
    }

    /// Its first byte.
    #[must_use]
    pub const fn start(self) -> u64 {
        self.word & !self.below()
    }

    /// Its last byte.
    #[must_use]
    pub const fn last(self) -> u64 {
        self.word | self.below()
    }

    /// Its length in bytes, 2^12 to 2^63.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.below().saturating_add(1)
    }

    /// Whether it holds the address.
    #[must_use]
    pub const fn contains(self, address: u64) -> bool {
        (address ^ self.word) & !self.below() == 0
    }

    /// Whether it holds any byte of the other one.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.contains(other.word) || other.contains(self.word)
    }

    /// Its length less one.
    const fn below(self) -> u64 {
        if self.word & Self::S == 0 {
            return 0xfff;
        }
        // The lowest zero of bits 63:12 is the highest bit of the length.
        let zero = !(self.word | 0xfff);
        let lowest = zero & zero.wrapping_neg();
        lowest | lowest.wrapping_sub(1)
    }
}

impl fmt::Debug for PageRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}..={:#x}", self.start(), self.last())
    }
}
