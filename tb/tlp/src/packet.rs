// SPDX-License-Identifier: Apache-2.0
//! A view over the bytes of a packet.

use crate::fields::{Pasid, Tag, Traffic};
use crate::{RoutingId, TlpError};

/// Where fields lie.
mod field {
    use std::ops::Range;

    pub const PREFIX: Range<usize> = 0..4;
    pub const PREFIX_FMT: u8 = 0b100;
}

/// Bytes that are known to be one whole packet, with its fields by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<T: AsRef<[u8]>> {
    bytes: T,
    prefix: bool,
}

impl<T: AsRef<[u8]>> Packet<T> {
    /// Takes bytes for a packet if the header is whole and the payload has the
    /// length that it announces.
    ///
    /// # Errors
    /// Too few or too many bytes, prefixes other than one of PASID, digests.
    pub fn new_checked(bytes: T) -> Result<Self, TlpError> {
        let found = bytes.as_ref().len();
        let at_least = |needed| {
            if found < needed {
                Err(TlpError::Truncated { needed, found })
            } else {
                Ok(())
            }
        };
        at_least(4)?;
        let first = bytes.as_ref()[0];
        let prefix = first >> 5 == field::PREFIX_FMT;
        if prefix && first != Pasid::BYTE0 {
            return Err(TlpError::Prefix(first));
        }
        let packet = Self { bytes, prefix };
        at_least(packet.header_start() + 4)?;
        if packet.fmt() == field::PREFIX_FMT {
            return Err(TlpError::Prefix(packet.byte0()));
        }
        if packet.fmt() > field::PREFIX_FMT {
            return Err(TlpError::Kind {
                fmt: packet.fmt(),
                kind: packet.kind(),
            });
        }
        if packet.dw0() >> 15 & 1 != 0 {
            return Err(TlpError::Digest);
        }
        let needed = packet.payload_start() + packet.payload_dwords() * 4;
        at_least(needed)?;
        if found > needed {
            return Err(TlpError::Trailing { needed, found });
        }
        Ok(packet)
    }

    /// The bytes.
    pub fn into_inner(self) -> T {
        self.bytes
    }

    /// The PASID prefix, if there is one.
    #[must_use]
    pub fn prefix(&self) -> Option<u32> {
        self.prefix
            .then(|| be32(&self.bytes.as_ref()[field::PREFIX]))
    }

    /// Doubleword `index` of the header, its first byte the highest; 0 for the
    /// fourth of a header that has three.
    #[must_use]
    pub fn header_dword(&self, index: usize) -> u32 {
        let at = self.header_start() + index * 4;
        if index < self.header_dwords() {
            be32(&self.bytes.as_ref()[at..at + 4])
        } else {
            0
        }
    }

    /// Doublewords of the header: 3 or 4.
    #[must_use]
    pub fn header_dwords(&self) -> usize {
        3 + usize::from(self.fmt() & 1)
    }

    /// Fmt, 3 bits.
    #[must_use]
    pub fn fmt(&self) -> u8 {
        self.byte0() >> 5
    }

    /// Type, 5 bits.
    #[must_use]
    pub fn kind(&self) -> u8 {
        self.byte0() & 0x1f
    }

    /// Whether it has a payload.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.fmt() & 2 != 0
    }

    /// Length in doublewords, 1 to 1,024.
    #[must_use]
    pub fn length(&self) -> u16 {
        match (self.dw0() & 0x3ff) as u16 {
            0 => 1024,
            length => length,
        }
    }

    /// AT, 2 bits.
    #[must_use]
    pub fn address_type(&self) -> u8 {
        (self.dw0() >> 10 & 3) as u8
    }

    /// How it wants to travel.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        Traffic::of_dw0(self.dw0())
    }

    /// Requester id of a request or message, completer id of a completion.
    #[must_use]
    pub fn sender(&self) -> RoutingId {
        RoutingId::from_raw((self.header_dword(1) >> 16) as u16)
    }

    /// Tag of a request.
    #[must_use]
    pub fn request_tag(&self) -> Tag {
        Tag::of_header(self.dw0(), (self.header_dword(1) >> 8) as u8)
    }

    /// Tag of a completion.
    #[must_use]
    pub fn completion_tag(&self) -> Tag {
        Tag::of_header(self.dw0(), (self.header_dword(2) >> 8) as u8)
    }

    /// Address of a memory request, with the two bits below a doubleword.
    #[must_use]
    pub fn address(&self) -> u64 {
        let (third, fourth) = (self.header_dword(2), self.header_dword(3));
        if self.header_dwords() == 3 {
            u64::from(third)
        } else {
            u64::from(third) << 32 | u64::from(fourth)
        }
    }

    /// The payload; empty where there is none.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.bytes.as_ref()[self.payload_start()..]
    }

    pub(crate) fn dw0(&self) -> u32 {
        let at = self.header_start();
        be32(&self.bytes.as_ref()[at..at + 4])
    }

    fn byte0(&self) -> u8 {
        self.bytes.as_ref()[self.header_start()]
    }

    fn header_start(&self) -> usize {
        usize::from(self.prefix) * 4
    }

    fn payload_start(&self) -> usize {
        self.header_start() + self.header_dwords() * 4
    }

    fn payload_dwords(&self) -> usize {
        usize::from(self.has_data()) * usize::from(self.length())
    }
}

fn be32(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |word, &byte| word << 8 | u32::from(byte))
}
