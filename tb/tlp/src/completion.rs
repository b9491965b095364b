// SPDX-License-Identifier: Apache-2.0
//! Completions.

use crate::memory::dwords;
use crate::packet::Packet;
use crate::tlp::Header;
use crate::{RoutingId, Tag, TlpError};

/// Completion Status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// SC: Successful Completion.
    Success,
    /// UR: Unsupported Request, and every reserved value.
    UnsupportedRequest,
    /// CRS: Request Retry Status.
    Retry,
    /// CA: Completer Abort.
    CompleterAbort,
}

/// A completion, with data where the payload is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Who answers.
    pub completer: RoutingId,
    /// Who asked.
    pub requester: RoutingId,
    /// The request's tag.
    pub tag: Tag,
    /// How it ended.
    pub status: Status,
    /// Bytes that were still owed before this completion, 1 to 4,096.
    pub byte_count: u16,
    /// Lower Address: bits 6:0 of the first byte's address.
    pub lower_address: u8,
    /// Data in the order of addresses, whole doublewords.
    pub payload: Vec<u8>,
}

impl Status {
    const fn bits(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::UnsupportedRequest => 1,
            Self::Retry => 2,
            Self::CompleterAbort => 4,
        }
    }

    const fn of_bits(bits: u8) -> Self {
        match bits {
            0 => Self::Success,
            2 => Self::Retry,
            4 => Self::CompleterAbort,
            _ => Self::UnsupportedRequest,
        }
    }
}

impl Completion {
    /// The completion of what was refused. Byte count and lower address mean
    /// nothing there; they are those of four bytes.
    #[must_use]
    pub const fn refusal(
        completer: RoutingId,
        requester: RoutingId,
        tag: Tag,
        status: Status,
    ) -> Self {
        Self {
            completer,
            requester,
            tag,
            status,
            byte_count: 4,
            lower_address: 0,
            payload: Vec::new(),
        }
    }

    /// Whether this is the last one for its request.
    #[must_use]
    pub fn is_last(&self) -> bool {
        let offset = usize::from(self.lower_address & 3);
        self.status != Status::Success
            || usize::from(self.byte_count) + offset <= self.payload.len()
    }

    /// The bytes of the payload that were asked for.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        let offset = usize::from(self.lower_address & 3).min(self.payload.len());
        let end = self
            .payload
            .len()
            .min(offset + usize::from(self.byte_count));
        &self.payload[offset..end]
    }

    pub(crate) fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Self, TlpError> {
        let (second, third) = (packet.header_dword(1), packet.header_dword(2));
        Ok(Self {
            completer: packet.sender(),
            requester: RoutingId::from_raw((third >> 16) as u16),
            tag: packet.completion_tag(),
            status: Status::of_bits((second >> 13 & 7) as u8),
            byte_count: match (second & 0xfff) as u16 {
                0 => 4096,
                count => count,
            },
            lower_address: (third & 0x7f) as u8,
            payload: packet.payload().to_vec(),
        })
    }

    pub(crate) fn header(&self) -> Result<Header, TlpError> {
        let too_wide = |field, value: u16| TlpError::Field {
            field,
            value: value.into(),
        };
        if !(1..=4096).contains(&self.byte_count) {
            return Err(too_wide("Byte Count", self.byte_count));
        }
        if self.lower_address > 0x7f {
            return Err(too_wide("Lower Address", self.lower_address.into()));
        }
        let mut header = if self.payload.is_empty() {
            Header::empty(0, 0x0a)
        } else {
            Header::request(2, 0x0a, dwords(&self.payload)?)?
        };
        header.words[0] |= self.tag.dw0();
        header.words[1] = u32::from(self.completer.raw()) << 16
            | u32::from(self.status.bits()) << 13
            | u32::from(self.byte_count & 0xfff);
        header.words[2] = u32::from(self.requester.raw()) << 16
            | self.tag.low() << 8
            | u32::from(self.lower_address);
        Ok(header)
    }
}
