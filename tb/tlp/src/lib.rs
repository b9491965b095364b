// SPDX-License-Identifier: Apache-2.0
//! Transaction-layer packets (TLPs) of PCI Express, as far as an IOMMU sees
//! them: memory requests with PASID and address type, AtomicOps, completions,
//! and the messages of ATS and PRI.
//!
//! Three layers:
//!
//! - [`Packet`]: a view over bytes that reads fields of the header where they
//!   lie, after it has checked that they are there;
//! - [`Tlp`]: the packet as a value, with `parse` and `emit`;
//! - [`PortTlp`]: the packet as it crosses the TLP ports of the RTL, header
//!   beside data.
//!
//! [`Endpoint`] makes requests of accesses, and accesses of completions. A function
//! with ATS has a [`TranslationCache`] as well, and one with PRI a [`PageRequester`].
//!
//! Bytes are those of the transaction layer in non-flit mode: prefix, header,
//! payload; neither framing nor LCRC. Digests (ECRC) are not taken: a root port
//! checks and removes them. Names of fields are those of the PCI Express Base
//! Specification, chapters "Transaction Layer Specification", "PASID TLP Prefix"
//! and "ATS Specification".
//!
//! ```
//! use sallyport_tlp::{AddressType, Body, MemoryRead, RoutingId, Tag, Tlp};
//!
//! let read = Tlp::from(Body::MemoryRead(MemoryRead {
//!     requester: RoutingId::new(1, 0, 0),
//!     tag: Tag::new(7).unwrap(),
//!     address_type: AddressType::Untranslated,
//!     address: 0x1_0000_2000,
//!     dwords: 16,
//!     first_be: 0xf,
//!     last_be: 0xf,
//! }));
//! let bytes = read.emit()?;
//! assert_eq!(bytes.len(), 16);
//! assert_eq!(Tlp::parse(&bytes)?, read);
//! # Ok::<(), sallyport_tlp::TlpError>(())
//! ```
#![forbid(unsafe_code)]

mod cache;
mod capture;
mod completion;
mod endpoint;
mod error;
mod fields;
mod memory;
mod message;
mod packet;
mod page_requests;
mod port;
mod range;
mod rules;
mod tlp;
mod translation;

pub use cache::{Fetched, Translation, TranslationCache, Usage};
pub use capture::{CaptureWriter, Direction};
pub use completion::{Completion, Status};
pub use endpoint::{Answer, Endpoint, Limits, Manner, UnexpectedCompletion};
pub use error::{TlpError, ViolatedRule};
pub use fields::{AddressType, Pasid, RoutingId, Tag, Traffic};
pub use memory::{AtomicOp, AtomicOperation, MemoryRead, MemoryWrite, ReadSpan};
pub use message::{Message, ResponseCode};
pub use packet::Packet;
pub use page_requests::{PageAnswer, PageRequester, WantedPage};
pub use pcap_file::PcapError;
pub use port::{Beat, PortTlp};
pub use range::PageRange;
pub use tlp::{Body, Tlp};
pub use translation::{TranslationEntry, TranslationRequest};

/// The longest payload and the longest read, in doublewords (4,096 bytes).
pub const MAX_DWORDS: u16 = 1024;
