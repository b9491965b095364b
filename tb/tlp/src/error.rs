// SPDX-License-Identifier: Apache-2.0
//! What can be wrong with a packet.

/// Why bytes are no TLP, or a value cannot become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlpError {
    /// Fewer bytes than the header has, or than it announces.
    #[error("{found} bytes, where the packet needs {needed}")]
    Truncated {
        /// Bytes that the packet takes.
        needed: usize,
        /// Bytes there are.
        found: usize,
    },
    /// More bytes than the header announces.
    #[error("{found} bytes, where the packet ends after {needed}")]
    Trailing {
        /// Bytes that the packet takes.
        needed: usize,
        /// Bytes there are.
        found: usize,
    },
    /// A prefix other than one PASID prefix.
    #[error("prefix type {0:#04x} is none that is taken here")]
    Prefix(u8),
    /// A digest, which a root port removes.
    #[error("the packet has a digest (TD)")]
    Digest,
    /// Format and type that are reserved, or belong to requests other than
    /// memory requests, AtomicOps, completions and messages.
    #[error("format {fmt} with type {kind:#04x} is none that is taken here")]
    Kind {
        /// Fmt, 3 bits.
        fmt: u8,
        /// Type, 5 bits.
        kind: u8,
    },
    /// A message that belongs neither to ATS nor to PRI.
    #[error("message code {0:#04x} belongs neither to ATS nor to PRI")]
    MessageCode(u8),
    /// Address type 3, or a translation request that is no read.
    #[error("address type {0} is reserved here")]
    AddressType(u8),
    /// A length that this kind of packet cannot have.
    #[error("a length of {0} doublewords is not possible here")]
    Length(usize),
    /// A field whose value has too many bits.
    #[error("{field} cannot be {value:#x}")]
    Field {
        /// The field's name.
        field: &'static str,
        /// The value.
        value: u64,
    },
}

/// A rule of the specification that a well-formed packet breaks: receivers treat
/// it as malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViolatedRule {
    /// A memory request that leaves its 4 KiB page.
    #[error("address and length cross a 4 KiB boundary")]
    Crosses4KiB,
    /// First DW BE or Last DW BE against "First/Last DW Byte Enables Rules".
    #[error("byte enables {first:#06b} and {last:#06b} with {dwords} doublewords")]
    ByteEnables {
        /// First DW BE.
        first: u8,
        /// Last DW BE.
        last: u8,
        /// Length.
        dwords: u16,
    },
    /// An AtomicOp whose address is not aligned to its operand.
    #[error("the address of an AtomicOp is not aligned to its operand")]
    AtomicAlignment,
    /// A translation request for part of a translation.
    #[error("a translation request of {0} doublewords")]
    TranslationLength(u16),
    /// A completion that holds more than was still owed.
    #[error("a completion of {dwords} doublewords with a byte count of {byte_count}")]
    ByteCount {
        /// Length.
        dwords: u16,
        /// Byte Count.
        byte_count: u16,
    },
}
