// SPDX-License-Identifier: Apache-2.0
//! Messages of ATS and PRI.

use crate::packet::Packet;
use crate::tlp::Header;
use crate::{PageRange, RoutingId, Tag, TlpError};

/// Response code of a page request group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResponseCode(u8);

impl ResponseCode {
    /// All pages of the group are there.
    pub const SUCCESS: Self = Self(0);
    /// A page is not there, or not as it was asked for.
    pub const INVALID_REQUEST: Self = Self(1);
    /// The page request interface has failed.
    pub const FAILURE: Self = Self(0xf);

    /// From 4 bits.
    ///
    /// # Errors
    /// [`TlpError::Field`] if there are more.
    pub const fn new(raw: u8) -> Result<Self, TlpError> {
        if raw > 0xf {
            return Err(TlpError::Field {
                field: "Response Code",
                value: raw as u64,
            });
        }
        Ok(Self(raw))
    }

    /// Its 4 bits.
    #[must_use]
    pub const fn raw(self) -> u8 {
        self.0
    }
}

/// A message of ATS or PRI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Invalidate Request, to a device.
    InvalidateRequest {
        /// Who asks: the root side.
        requester: RoutingId,
        /// The device.
        target: RoutingId,
        /// ITag, 5 bits.
        itag: u8,
        /// Untranslated addresses.
        range: PageRange,
        /// Global Invalidate.
        global: bool,
    },
    /// Invalidate Completion, from a device.
    InvalidateCompletion {
        /// The device.
        requester: RoutingId,
        /// Who asked for the invalidation.
        target: RoutingId,
        /// Completion Count, 1 to 8: how many come for each of these tags.
        count: u8,
        /// ITag Vector: bit n for tag n.
        itags: u32,
    },
    /// Page Request, or Stop Marker, from a device.
    PageRequest {
        /// The device.
        requester: RoutingId,
        /// Page address, a multiple of 4,096.
        page: u64,
        /// Page Request Group Index, 9 bits.
        group: u16,
        /// L: last request of its group.
        last: bool,
        /// W: write access requested.
        write: bool,
        /// R: read access requested.
        read: bool,
    },
    /// PRG Response, to a device.
    PageGroupResponse {
        /// Who answers: the root side.
        requester: RoutingId,
        /// The device.
        target: RoutingId,
        /// Response Code.
        code: ResponseCode,
        /// Page Request Group Index, 9 bits.
        group: u16,
    },
}

/// Message codes.
mod code {
    pub const INVALIDATE_REQUEST: u8 = 1;
    pub const INVALIDATE_COMPLETION: u8 = 2;
    pub const PAGE_REQUEST: u8 = 4;
    pub const PAGE_GROUP_RESPONSE: u8 = 5;
}

/// Types: where messages are routed.
const TO_ROOT: u8 = 0x10;
const BY_ID: u8 = 0x12;

impl Message {
    pub(crate) fn parse<T: AsRef<[u8]>>(packet: &Packet<T>) -> Result<Self, TlpError> {
        let requester = packet.sender();
        let third = packet.header_dword(2);
        let fourth = packet.header_dword(3);
        let target = RoutingId::from_raw((third >> 16) as u16);
        let code = packet.header_dword(1) as u8;
        let (kind, dwords) = match code {
            code::INVALIDATE_REQUEST => (BY_ID, 2),
            code::INVALIDATE_COMPLETION | code::PAGE_GROUP_RESPONSE => (BY_ID, 0),
            code::PAGE_REQUEST => (TO_ROOT, 0),
            other => return Err(TlpError::MessageCode(other)),
        };
        let found = packet.payload().len() / 4;
        if packet.kind() != kind {
            return Err(TlpError::Kind {
                fmt: packet.fmt(),
                kind: packet.kind(),
            });
        }
        if found != dwords {
            return Err(TlpError::Length(found));
        }
        Ok(match code {
            code::INVALIDATE_REQUEST => {
                let body = packet
                    .payload()
                    .iter()
                    .fold(0, |word, &byte| word << 8 | u64::from(byte));
                Self::InvalidateRequest {
                    requester,
                    target,
                    itag: (packet.header_dword(1) >> 8 & 0x1f) as u8,
                    range: PageRange::of_word(body),
                    global: body & 1 != 0,
                }
            }
            code::INVALIDATE_COMPLETION => Self::InvalidateCompletion {
                requester,
                target,
                count: match (third & 7) as u8 {
                    0 => 8,
                    count => count,
                },
                itags: fourth,
            },
            code::PAGE_REQUEST => Self::PageRequest {
                requester,
                page: u64::from(third) << 32 | u64::from(fourth & !0xfff),
                group: (fourth >> 3 & 0x1ff) as u16,
                last: fourth & 4 != 0,
                write: fourth & 2 != 0,
                read: fourth & 1 != 0,
            },
            _ => Self::PageGroupResponse {
                requester,
                target,
                code: ResponseCode((third >> 12 & 0xf) as u8),
                group: (third & 0x1ff) as u16,
            },
        })
    }

    pub(crate) fn header(&self) -> Result<Header, TlpError> {
        let tagged = |mut header: Header, requester, tag: u8, code| {
            header = header.asked(requester, Tag::default(), code);
            header.words[1] |= u32::from(tag) << 8;
            header
        };
        Ok(match *self {
            Self::InvalidateRequest {
                requester,
                target,
                itag,
                ..
            } => {
                at_most("ITag", itag.into(), 0x1f)?;
                let header = Header::request(3, BY_ID, 2)?;
                let mut header = tagged(header, requester, itag, code::INVALIDATE_REQUEST);
                header.words[2] = u32::from(target.raw()) << 16;
                header
            }
            Self::InvalidateCompletion {
                requester,
                target,
                count,
                itags,
            } => {
                at_most("Completion Count", u64::from(count).wrapping_sub(1), 7)?;
                let header = Header::empty(1, BY_ID);
                let mut header = tagged(header, requester, 0, code::INVALIDATE_COMPLETION);
                header.words[2] = u32::from(target.raw()) << 16 | u32::from(count & 7);
                header.words[3] = itags;
                header
            }
            Self::PageRequest {
                requester,
                page,
                group,
                last,
                write,
                read,
            } => {
                at_most("Page Request Group Index", group.into(), 0x1ff)?;
                at_most("Page Address", page & 0xfff, 0)?;
                let header = Header::empty(1, TO_ROOT);
                let mut header = tagged(header, requester, 0, code::PAGE_REQUEST);
                header.words[2] = (page >> 32) as u32;
                header.words[3] = page as u32
                    | u32::from(group) << 3
                    | u32::from(last) << 2
                    | u32::from(write) << 1
                    | u32::from(read);
                header
            }
            Self::PageGroupResponse {
                requester,
                target,
                code,
                group,
            } => {
                at_most("Page Request Group Index", group.into(), 0x1ff)?;
                let header = Header::empty(1, BY_ID);
                let mut header = tagged(header, requester, 0, code::PAGE_GROUP_RESPONSE);
                header.words[2] =
                    u32::from(target.raw()) << 16 | u32::from(code.raw()) << 12 | u32::from(group);
                header
            }
        })
    }

    pub(crate) fn payload(&self) -> Vec<u8> {
        match *self {
            Self::InvalidateRequest { range, global, .. } => {
                (range.word() | u64::from(global)).to_be_bytes().to_vec()
            }
            _ => Vec::new(),
        }
    }

    /// Whether it is a Stop Marker: the last of a group, asking for nothing, with
    /// a PASID.
    #[must_use]
    pub const fn is_stop_marker(&self, has_pasid: bool) -> bool {
        matches!(
            self,
            Self::PageRequest {
                last: true,
                write: false,
                read: false,
                ..
            }
        ) && has_pasid
    }
}

fn at_most(field: &'static str, value: u64, limit: u64) -> Result<(), TlpError> {
    if value > limit {
        Err(TlpError::Field { field, value })
    } else {
        Ok(())
    }
}
