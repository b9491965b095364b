// SPDX-License-Identifier: Apache-2.0
//! Packets as they cross the TLP ports of the RTL: header beside data.

use crate::fields::Pasid;
use crate::{Packet, Tlp, TlpError};

/// A packet, header and data apart. Nothing is checked, so that malformed
/// packets can be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortTlp {
    /// The prefix, if there is one; its first byte is the highest.
    pub prefix: Option<u32>,
    /// The header, first doubleword first, the first byte of each the highest.
    /// The fourth counts for nothing in a header of three.
    pub header: [u32; 4],
    /// The payload, whole doublewords.
    pub payload: Vec<u8>,
}

/// One beat of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// First beat of its packet: header and prefix count.
    pub sop: bool,
    /// Last beat of its packet.
    pub eop: bool,
    /// A bit for each doubleword of data that counts.
    pub strobe: u8,
    /// Data, the port's width; the first byte of the payload first.
    pub data: Vec<u8>,
}

impl PortTlp {
    /// The packet as it crosses a port.
    ///
    /// # Errors
    /// As for [`Tlp::emit`].
    pub fn of_tlp(tlp: &Tlp) -> Result<Self, TlpError> {
        let packet = Packet::new_checked(tlp.emit()?)?;
        Ok(Self {
            prefix: packet.prefix(),
            header: [0, 1, 2, 3].map(|index| packet.header_dword(index)),
            payload: packet.payload().to_vec(),
        })
    }

    /// The bytes of the packet, as far as its header makes sense of them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let dwords = 3 + (self.header[0] >> 29 & 1) as usize;
        let mut bytes = Vec::new();
        bytes.extend(self.prefix.iter().flat_map(|word| word.to_be_bytes()));
        bytes.extend(
            self.header[..dwords]
                .iter()
                .flat_map(|word| word.to_be_bytes()),
        );
        bytes.extend(&self.payload);
        bytes
    }

    /// What the packet says.
    ///
    /// # Errors
    /// As for [`Tlp::parse`].
    pub fn parse(&self) -> Result<Tlp, TlpError> {
        Tlp::parse(&self.to_bytes())
    }

    /// The PASID of its prefix.
    #[must_use]
    pub fn pasid(&self) -> Option<Pasid> {
        self.prefix.and_then(|word| Pasid::of_word(word).ok())
    }

    /// Its beats on a port of `width` bytes, 16 or 32; one without data has one.
    #[must_use]
    pub fn beats(&self, width: usize) -> Vec<Beat> {
        let count = self.payload.len().div_ceil(width).max(1);
        (0..count)
            .map(|index| {
                let start = (index * width).min(self.payload.len());
                let end = (start + width).min(self.payload.len());
                let mut data = self.payload[start..end].to_vec();
                let dwords = data.len().div_ceil(4);
                data.resize(width, 0);
                Beat {
                    sop: index == 0,
                    eop: index + 1 == count,
                    strobe: ((1_u16 << dwords) - 1) as u8,
                    data,
                }
            })
            .collect()
    }
}
