// SPDX-License-Identifier: Apache-2.0
//! A packet as a value, and how headers are put together.

use crate::fields::{Pasid, Tag, Traffic};
use crate::{
    AtomicOp, AtomicOperation, Completion, MAX_DWORDS, MemoryRead, MemoryWrite, Message, Packet,
    RoutingId, TlpError, TranslationRequest,
};

/// A packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlp {
    /// Its PASID prefix.
    pub pasid: Option<Pasid>,
    /// How it wants to travel.
    pub traffic: Traffic,
    /// What it is.
    pub body: Body,
}

/// What a packet is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Memory read request.
    MemoryRead(MemoryRead),
    /// Memory write request.
    MemoryWrite(MemoryWrite),
    /// AtomicOp request.
    AtomicOp(AtomicOp),
    /// Translation request of ATS.
    TranslationRequest(TranslationRequest),
    /// Completion, with data or without.
    Completion(Completion),
    /// Message of ATS or PRI.
    Message(Message),
}

impl From<Body> for Tlp {
    /// The packet without prefix and wishes.
    fn from(body: Body) -> Self {
        Self {
            pasid: None,
            traffic: Traffic::default(),
            body,
        }
    }
}

impl Tlp {
    /// The same packet with a PASID prefix, or without.
    #[must_use]
    pub fn with_pasid(mut self, pasid: Option<Pasid>) -> Self {
        self.pasid = pasid;
        self
    }

    /// What bytes say.
    ///
    /// # Errors
    /// Bytes that are no packet, and packets of kinds that are not known here.
    /// A packet that only breaks a rule is taken: see [`check`](Self::check).
    pub fn parse(bytes: &[u8]) -> Result<Self, TlpError> {
        let packet = Packet::new_checked(bytes)?;
        let pasid = packet.prefix().map(Pasid::of_word).transpose()?;
        let unknown = TlpError::Kind {
            fmt: packet.fmt(),
            kind: packet.kind(),
        };
        let data = packet.has_data();
        let body = match packet.kind() {
            0x00 if packet.address_type() == TranslationRequest::ADDRESS_TYPE && !data => {
                Body::TranslationRequest(TranslationRequest::parse(&packet))
            }
            0x00 if data => Body::MemoryWrite(MemoryWrite::parse(&packet)?),
            0x00 => Body::MemoryRead(MemoryRead::parse(&packet)?),
            0x0a if packet.header_dwords() == 3 => Body::Completion(Completion::parse(&packet)?),
            0x10..=0x17 if packet.header_dwords() == 4 => Body::Message(Message::parse(&packet)?),
            kind => match AtomicOperation::of_kind(kind) {
                Some(operation) if data => Body::AtomicOp(AtomicOp::parse(&packet, operation)?),
                _ => return Err(unknown),
            },
        };
        Ok(Self {
            pasid,
            traffic: packet.traffic(),
            body,
        })
    }

    /// Its bytes.
    ///
    /// # Errors
    /// Values that do not fit their fields, and lengths that a packet of this
    /// kind cannot have. Rules beyond that may be broken, as hostile devices do.
    pub fn emit(&self) -> Result<Vec<u8>, TlpError> {
        if self.traffic.class > 7 {
            return Err(TlpError::Field {
                field: "TC",
                value: self.traffic.class.into(),
            });
        }
        let mut header = match &self.body {
            Body::MemoryRead(read) => read.header()?,
            Body::MemoryWrite(write) => write.header()?,
            Body::AtomicOp(atomic) => atomic.header()?,
            Body::TranslationRequest(request) => request.header()?,
            Body::Completion(completion) => completion.header()?,
            Body::Message(message) => message.header()?,
        };
        header.words[0] |= self.traffic.dw0();
        let mut bytes = Vec::with_capacity(20 + self.payload().len());
        if let Some(pasid) = self.pasid {
            bytes.extend(pasid.word().to_be_bytes());
        }
        for word in &header.words[..header.dwords()] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend(self.payload());
        Ok(bytes)
    }

    /// Its payload, as bytes.
    fn payload(&self) -> Vec<u8> {
        match &self.body {
            Body::MemoryWrite(write) => write.payload.clone(),
            Body::AtomicOp(atomic) => atomic.operands.clone(),
            Body::Completion(completion) => completion.payload.clone(),
            Body::Message(message) => message.payload(),
            Body::MemoryRead(_) | Body::TranslationRequest(_) => Vec::new(),
        }
    }
}

/// Fmt of a request to this address, without data.
pub(crate) const fn no_data(address: u64) -> u8 {
    (address >> 32 != 0) as u8
}

/// Fmt of a request to this address, with data.
pub(crate) const fn data(address: u64) -> u8 {
    2 | no_data(address)
}

/// A header that is being put together.
pub(crate) struct Header {
    pub(crate) words: [u32; 4],
}

impl Header {
    /// Doubleword 0 of a packet with a length.
    pub(crate) fn request(fmt: u8, kind: u8, dwords: u16) -> Result<Self, TlpError> {
        if dwords == 0 || dwords > MAX_DWORDS {
            return Err(TlpError::Length(dwords.into()));
        }
        let mut header = Self::empty(fmt, kind);
        header.words[0] |= u32::from(dwords & 0x3ff);
        Ok(header)
    }

    /// Doubleword 0 of a packet whose length is reserved.
    pub(crate) fn empty(fmt: u8, kind: u8) -> Self {
        Self {
            words: [u32::from(fmt) << 29 | u32::from(kind) << 24, 0, 0, 0],
        }
    }

    pub(crate) fn address_type(mut self, bits: u8) -> Self {
        self.words[0] |= u32::from(bits) << 10;
        self
    }

    /// Requester, tag and the last byte of doubleword 1.
    pub(crate) fn asked(mut self, requester: RoutingId, tag: Tag, last: u8) -> Self {
        self.words[0] |= tag.dw0();
        self.words[1] = u32::from(requester.raw()) << 16 | tag.low() << 8 | u32::from(last);
        self
    }

    /// The address, as long as Fmt says.
    pub(crate) fn address(mut self, address: u64) -> Result<Self, TlpError> {
        if address & 3 != 0 {
            return Err(TlpError::Field {
                field: "Address",
                value: address,
            });
        }
        self.place(address);
        Ok(self)
    }

    pub(crate) fn place(&mut self, address: u64) {
        if self.dwords() == 3 {
            self.words[2] = address as u32;
        } else {
            self.words[2] = (address >> 32) as u32;
            self.words[3] = address as u32;
        }
    }

    pub(crate) fn dwords(&self) -> usize {
        3 + (self.words[0] >> 29 & 1) as usize
    }
}
