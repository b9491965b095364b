// SPDX-License-Identifier: Apache-2.0
//! Fields that many kinds of packets have.

use std::fmt;

use sallyport_formats::{DeviceId, ProcessId};

use crate::TlpError;

/// A requester or completer id: bus, device and function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoutingId(u16);

impl RoutingId {
    /// From bus, device (5 bits) and function (3 bits); more bits are cut off.
    #[must_use]
    pub const fn new(bus: u8, device: u8, function: u8) -> Self {
        Self((bus as u16) << 8 | (device as u16 & 0x1f) << 3 | function as u16 & 7)
    }

    /// From the 16 bits of a header.
    #[must_use]
    pub const fn from_raw(raw: u16) -> Self {
        Self(raw)
    }

    /// The 16 bits of a header.
    #[must_use]
    pub const fn raw(self) -> u16 {
        self.0
    }

    /// The device_id that the IOMMU knows it by, in this segment.
    #[must_use]
    pub fn device_id(self, segment: u8) -> DeviceId {
        DeviceId::truncate(u64::from(segment) << 16 | u64::from(self.0))
    }

    /// Routing id and segment of a device_id.
    #[must_use]
    pub fn of_device(device: DeviceId) -> (Self, u8) {
        (Self(device.raw() as u16), (device.raw() >> 16) as u8)
    }
}

impl fmt::Display for RoutingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bus, device, function) = (self.0 >> 8, self.0 >> 3 & 0x1f, self.0 & 7);
        write!(f, "{bus:02x}:{device:02x}.{function}")
    }
}

/// A tag of ten bits: T9, T8 and Tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(u16);

impl Tag {
    /// Tags there are.
    pub const COUNT: u16 = 1024;

    /// A tag below [`COUNT`](Self::COUNT).
    #[must_use]
    pub const fn new(raw: u16) -> Option<Self> {
        if raw < Self::COUNT {
            Some(Self(raw))
        } else {
            None
        }
    }

    /// Its value, 10 bits.
    #[must_use]
    pub const fn raw(self) -> u16 {
        self.0
    }

    /// From the doublewords 0 and the byte of a header that hold it.
    pub(crate) const fn of_header(dw0: u32, low: u8) -> Self {
        Self((dw0 >> 23 & 1) as u16 * 512 + (dw0 >> 19 & 1) as u16 * 256 + low as u16)
    }

    /// What it adds to doubleword 0.
    pub(crate) const fn dw0(self) -> u32 {
        (self.0 as u32 >> 9 & 1) << 23 | (self.0 as u32 >> 8 & 1) << 19
    }

    /// Its lower eight bits.
    pub(crate) const fn low(self) -> u32 {
        self.0 as u32 & 0xff
    }
}

/// Address type (AT) of a memory request that accesses memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressType {
    /// The IOMMU translates it.
    Untranslated,
    /// The device has translated it.
    Translated,
}

impl AddressType {
    pub(crate) const fn bits(self) -> u8 {
        match self {
            Self::Untranslated => 0,
            Self::Translated => 2,
        }
    }

    pub(crate) const fn of_bits(bits: u8) -> Result<Self, TlpError> {
        match bits {
            0 => Ok(Self::Untranslated),
            2 => Ok(Self::Translated),
            other => Err(TlpError::AddressType(other)),
        }
    }
}

/// The PASID TLP prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pasid {
    /// PASID.
    pub process_id: ProcessId,
    /// Privileged Mode Requested.
    pub privileged: bool,
    /// Execute Requested.
    pub execute: bool,
}

impl Pasid {
    /// Fmt and type of the prefix.
    pub(crate) const BYTE0: u8 = 0x91;

    /// The prefix as a doubleword, its first byte the highest.
    #[must_use]
    pub fn word(self) -> u32 {
        u32::from(Self::BYTE0) << 24
            | u32::from(self.privileged) << 23
            | u32::from(self.execute) << 22
            | self.process_id.raw()
    }

    /// What a prefix says; reserved bits are not looked at.
    ///
    /// # Errors
    /// [`TlpError::Prefix`] if it is no PASID prefix.
    pub fn of_word(word: u32) -> Result<Self, TlpError> {
        let byte0 = (word >> 24) as u8;
        if byte0 != Self::BYTE0 {
            return Err(TlpError::Prefix(byte0));
        }
        Ok(Self {
            process_id: ProcessId::truncate(u64::from(word)),
            privileged: word >> 23 & 1 != 0,
            execute: word >> 22 & 1 != 0,
        })
    }
}

/// What a packet says of the way it wants to travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Traffic Class (TC), 0 to 7.
    pub class: u8,
    /// Relaxed Ordering.
    pub relaxed: bool,
    /// No Snoop.
    pub no_snoop: bool,
    /// ID-Based Ordering.
    pub id_ordered: bool,
    /// Error Poisoned (EP): the payload is not to be trusted.
    pub poisoned: bool,
}

impl Traffic {
    pub(crate) const fn of_dw0(dw0: u32) -> Self {
        Self {
            class: (dw0 >> 20 & 7) as u8,
            relaxed: dw0 >> 13 & 1 != 0,
            no_snoop: dw0 >> 12 & 1 != 0,
            id_ordered: dw0 >> 18 & 1 != 0,
            poisoned: dw0 >> 14 & 1 != 0,
        }
    }

    pub(crate) const fn dw0(self) -> u32 {
        (self.class as u32 & 7) << 20
            | (self.id_ordered as u32) << 18
            | (self.poisoned as u32) << 14
            | (self.relaxed as u32) << 13
            | (self.no_snoop as u32) << 12
    }
}
