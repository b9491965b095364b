// SPDX-License-Identifier: Apache-2.0
//! Memory reads and writes, and AtomicOps.

use crate::packet::Packet;
use crate::tlp::{Header, data, no_data};
use crate::{AddressType, MAX_DWORDS, RoutingId, Tag, TlpError};

/// A memory read request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryRead {
    /// Who asks.
    pub requester: RoutingId,
    /// Names the request among the requester's.
    pub tag: Tag,
    /// Who translates the address.
    pub address_type: AddressType,
    /// Address in bytes, a multiple of 4.
    pub address: u64,
    /// Length in doublewords, 1 to 1,024.
    pub dwords: u16,
    /// First DW BE, 4 bits.
    pub first_be: u8,
    /// Last DW BE, 4 bits.
    pub last_be: u8,
}

/// A memory write request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryWrite {
    /// Who asks.
    pub requester: RoutingId,
    /// Of no use to anybody: writes are not answered.
    pub tag: Tag,
    /// Who translates the address.
    pub address_type: AddressType,
    /// Address in bytes, a multiple of 4.
    pub address: u64,
    /// First DW BE, 4 bits.
    pub first_be: u8,
    /// Last DW BE, 4 bits.
    pub last_be: u8,
    /// Data in the order of addresses, 1 to 1,024 doublewords.
    pub payload: Vec<u8>,
}

/// What an AtomicOp does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtomicOperation {
    /// Adds the operand.
    FetchAdd,
    /// Stores the operand.
    Swap,
    /// Stores the second operand where the first is found.
    CompareAndSwap,
}

/// An AtomicOp request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtomicOp {
    /// What to do.
    pub operation: AtomicOperation,
    /// Who asks.
    pub requester: RoutingId,
    /// Names the request among the requester's.
    pub tag: Tag,
    /// Who translates the address.
    pub address_type: AddressType,
    /// Address in bytes, a multiple of 4.
    pub address: u64,
    /// The operand of 4 or 8 bytes, or two of 4, 8 or 16.
    pub operands: Vec<u8>,
}

/// What the completions of a read hold: section "Completion Rules", byte count
/// and lower address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadSpan {
    /// Address of the first byte that is asked for.
    pub first: u64,
    /// From the first byte to the last one, 1 to 4,096; a read of nothing counts
    /// as one byte.
    pub byte_count: u16,
}

impl MemoryRead {
    /// The read of `length` bytes at any address.
    ///
    /// # Errors
    /// [`TlpError::Length`] if they are none, or more than fit a packet.
    pub fn of_bytes(
        requester: RoutingId,
        tag: Tag,
        address_type: AddressType,
        first: u64,
        length: usize,
    ) -> Result<Self, TlpError> {
        let enables = Enables::of_bytes(first, length)?;
        Ok(Self {
            requester,
            tag,
            address_type,
            address: first & !3,
            dwords: enables.dwords,
            first_be: enables.first,
            last_be: enables.last,
        })
    }

    /// Byte count and first byte of its completions.
    #[must_use]
    pub fn span(&self) -> ReadSpan {
        let first = self.first_be & 0xf;
        let last = self.last_be & 0xf;
        let skipped = if first == 0 {
            0
        } else {
            first.trailing_zeros()
        };
        let end = if self.dwords == 1 { first } else { last };
        let cut = if end == 0 {
            // A read of nothing is one byte long.
            if self.dwords == 1 { 3 } else { 0 }
        } else {
            end.leading_zeros() - 4
        };
        ReadSpan {
            first: self.address + u64::from(skipped),
            byte_count: self.dwords * 4 - (skipped + cut) as u16,
        }
    }

    pub(crate) fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Self, TlpError> {
        let enables = packet.header_dword(1);
        Ok(Self {
            requester: packet.sender(),
            tag: packet.request_tag(),
            address_type: AddressType::of_bits(packet.address_type())?,
            address: packet.address() & !3,
            dwords: packet.length(),
            first_be: (enables & 0xf) as u8,
            last_be: (enables >> 4 & 0xf) as u8,
        })
    }

    pub(crate) fn header(&self) -> Result<Header, TlpError> {
        let enables = enables(self.first_be, self.last_be)?;
        Header::request(no_data(self.address), 0, self.dwords)?
            .address_type(self.address_type.bits())
            .asked(self.requester, self.tag, enables)
            .address(self.address)
    }
}

impl MemoryWrite {
    /// The write of these bytes at any address.
    ///
    /// # Errors
    /// [`TlpError::Length`] if they are none, or more than fit a packet.
    pub fn of_bytes(
        requester: RoutingId,
        address_type: AddressType,
        first: u64,
        bytes: &[u8],
    ) -> Result<Self, TlpError> {
        let enables = Enables::of_bytes(first, bytes.len())?;
        let mut payload = vec![0; usize::from(enables.dwords) * 4];
        let offset = (first & 3) as usize;
        payload[offset..offset + bytes.len()].copy_from_slice(bytes);
        Ok(Self {
            requester,
            tag: Tag::default(),
            address_type,
            address: first & !3,
            first_be: enables.first,
            last_be: enables.last,
            payload,
        })
    }

    pub(crate) fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Self, TlpError> {
        let enables = packet.header_dword(1);
        Ok(Self {
            requester: packet.sender(),
            tag: packet.request_tag(),
            address_type: AddressType::of_bits(packet.address_type())?,
            address: packet.address() & !3,
            first_be: (enables & 0xf) as u8,
            last_be: (enables >> 4 & 0xf) as u8,
            payload: packet.payload().to_vec(),
        })
    }

    pub(crate) fn header(&self) -> Result<Header, TlpError> {
        let enables = enables(self.first_be, self.last_be)?;
        Header::request(data(self.address), 0, dwords(&self.payload)?)?
            .address_type(self.address_type.bits())
            .asked(self.requester, self.tag, enables)
            .address(self.address)
    }
}

impl AtomicOperation {
    /// Type of its requests.
    pub(crate) const fn kind(self) -> u8 {
        match self {
            Self::FetchAdd => 0x0c,
            Self::Swap => 0x0d,
            Self::CompareAndSwap => 0x0e,
        }
    }

    pub(crate) const fn of_kind(kind: u8) -> Option<Self> {
        match kind {
            0x0c => Some(Self::FetchAdd),
            0x0d => Some(Self::Swap),
            0x0e => Some(Self::CompareAndSwap),
            _ => None,
        }
    }

    /// Whether its operands can be this many doublewords.
    const fn takes(self, dwords: u16) -> bool {
        match self {
            Self::FetchAdd | Self::Swap => matches!(dwords, 1 | 2),
            Self::CompareAndSwap => matches!(dwords, 2 | 4 | 8),
        }
    }
}

impl AtomicOp {
    /// Length of one operand, in bytes.
    #[must_use]
    pub fn operand_bytes(&self) -> usize {
        match self.operation {
            AtomicOperation::CompareAndSwap => self.operands.len() / 2,
            _ => self.operands.len(),
        }
    }

    pub(crate) fn parse<T: AsRef<[u8]>>(
        packet: &Packet<T>,
        operation: AtomicOperation,
    ) -> Result<Self, TlpError> {
        if !operation.takes(packet.length()) {
            return Err(TlpError::Length(packet.length().into()));
        }
        Ok(Self {
            operation,
            requester: packet.sender(),
            tag: packet.request_tag(),
            address_type: AddressType::of_bits(packet.address_type())?,
            address: packet.address() & !3,
            operands: packet.payload().to_vec(),
        })
    }

    pub(crate) fn header(&self) -> Result<Header, TlpError> {
        let dwords = dwords(&self.operands)?;
        if !self.operation.takes(dwords) {
            return Err(TlpError::Length(dwords.into()));
        }
        Header::request(data(self.address), self.operation.kind(), dwords)?
            .address_type(self.address_type.bits())
            .asked(self.requester, self.tag, 0)
            .address(self.address)
    }
}

/// Length and byte enables of an access to bytes.
struct Enables {
    dwords: u16,
    first: u8,
    last: u8,
}

impl Enables {
    fn of_bytes(first: u64, length: usize) -> Result<Self, TlpError> {
        let skipped = (first & 3) as usize;
        let dwords = (skipped + length).div_ceil(4);
        if length == 0 || dwords > usize::from(MAX_DWORDS) {
            return Err(TlpError::Length(dwords));
        }
        let cut = dwords * 4 - skipped - length;
        let start = 0xf << skipped & 0xf;
        let end = 0xf >> cut;
        Ok(if dwords == 1 {
            Self {
                dwords: 1,
                first: start & end,
                last: 0,
            }
        } else {
            Self {
                dwords: dwords as u16,
                first: start,
                last: end,
            }
        })
    }
}

/// The byte of doubleword 1 that holds both enables.
fn enables(first: u8, last: u8) -> Result<u8, TlpError> {
    for (field, value) in [("First DW BE", first), ("Last DW BE", last)] {
        if value > 0xf {
            return Err(TlpError::Field {
                field,
                value: value.into(),
            });
        }
    }
    Ok(last << 4 | first)
}

/// Length of a payload.
pub(crate) fn dwords(payload: &[u8]) -> Result<u16, TlpError> {
    match u16::try_from(payload.len() / 4) {
        Ok(dwords @ 1..=MAX_DWORDS) if payload.len().is_multiple_of(4) => Ok(dwords),
        _ => Err(TlpError::Length(payload.len().div_ceil(4))),
    }
}
