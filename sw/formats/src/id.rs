// SPDX-License-Identifier: Apache-2.0
//! Identifiers: device, process, guest and process address spaces.

use core::fmt;

/// A number that does not fit its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange {
    /// The field's name.
    pub field: &'static str,
    /// The field's width in bits.
    pub bits: u32,
    /// The number that was given.
    pub value: u64,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, bits, value } = self;
        write!(f, "{value:#x} does not fit {field} of {bits} bits")
    }
}

impl core::error::Error for OutOfRange {}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $int:ident, $bits:literal, $label:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(transparent)]
        pub struct $name($int);

        impl $name {
            /// Width in bits.
            pub const BITS: u32 = $bits;
            /// The largest identifier.
            pub const MAX: Self = Self($int::MAX >> ($int::BITS - $bits));

            /// The identifier with this number.
            ///
            /// # Errors
            /// [`OutOfRange`] if the number is wider than [`Self::BITS`].
            pub const fn new(raw: $int) -> Result<Self, OutOfRange> {
                if raw <= Self::MAX.0 {
                    Ok(Self(raw))
                } else {
                    Err(OutOfRange { field: $label, bits: $bits, value: raw as u64 })
                }
            }

            /// The identifier in the low bits of `raw`; higher bits are cut.
            #[must_use]
            pub const fn truncate(raw: u64) -> Self {
                Self(raw as $int & Self::MAX.0)
            }

            /// The number.
            #[must_use]
            pub const fn raw(self) -> $int {
                self.0
            }

            /// The identifier `n` further on; `None` past the last one.
            #[must_use]
            pub const fn checked_add(self, n: $int) -> Option<Self> {
                match self.0.checked_add(n) {
                    Some(raw) if raw <= Self::MAX.0 => Some(Self(raw)),
                    _ => None,
                }
            }
        }

        impl From<$name> for u64 {
            fn from(id: $name) -> Self {
                u64::from(id.0)
            }
        }

        impl TryFrom<u64> for $name {
            type Error = OutOfRange;

            fn try_from(raw: u64) -> Result<Self, OutOfRange> {
                match $int::try_from(raw) {
                    Ok(small) => Self::new(small),
                    Err(_) => Err(OutOfRange { field: $label, bits: $bits, value: raw }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#0width$x}", self.0, width = 2 + $bits / 4)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl fmt::LowerHex for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::LowerHex::fmt(&self.0, f)
            }
        }
    };
}

identifier! {
    /// `device_id`, 24 bits: for PCIe segment, bus, device and function.
    DeviceId, u32, 24, "device_id"
}
identifier! {
    /// `process_id`, 20 bits: the PASID of PCIe.
    ProcessId, u32, 20, "process_id"
}
identifier! {
    /// Guest soft-context id, 16 bits: tags a second stage's address space.
    Gscid, u16, 16, "GSCID"
}
identifier! {
    /// Process soft-context id, 20 bits: tags a first stage's address space.
    Pscid, u32, 20, "PSCID"
}

impl From<u16> for DeviceId {
    fn from(raw: u16) -> Self {
        Self(u32::from(raw))
    }
}

impl From<u16> for ProcessId {
    fn from(raw: u16) -> Self {
        Self(u32::from(raw))
    }
}

impl From<u16> for Pscid {
    fn from(raw: u16) -> Self {
        Self(u32::from(raw))
    }
}

impl From<u16> for Gscid {
    fn from(raw: u16) -> Self {
        Self(raw)
    }
}

impl From<DeviceId> for u32 {
    fn from(id: DeviceId) -> Self {
        id.0
    }
}

impl From<ProcessId> for u32 {
    fn from(id: ProcessId) -> Self {
        id.0
    }
}

impl DeviceId {
    /// The device directory indices DDI\[0\], DDI\[1\], DDI\[2\].
    ///
    /// `extended` says that device contexts are 64 bytes (`capabilities.MSI_FLAT`),
    /// which takes a bit from the first index ("Device-directory-table").
    #[must_use]
    pub const fn directory_indices(self, extended: bool) -> [u16; 3] {
        let id = self.0;
        if extended {
            [
                (id & 0x3f) as u16,
                (id >> 6 & 0x1ff) as u16,
                (id >> 15) as u16,
            ]
        } else {
            [
                (id & 0x7f) as u16,
                (id >> 7 & 0x1ff) as u16,
                (id >> 16) as u16,
            ]
        }
    }

    /// Whether the id can be looked up in a directory of `levels` (1 to 3).
    #[must_use]
    pub const fn fits_levels(self, levels: u32, extended: bool) -> bool {
        let ext = extended as u32;
        match levels {
            1 => self.0 >> (7 - ext) == 0,
            2 => self.0 >> (16 - ext) == 0,
            _ => true,
        }
    }
}

impl ProcessId {
    /// The process directory indices PDI\[0\], PDI\[1\], PDI\[2\]
    /// ("Process-directory-table").
    #[must_use]
    pub const fn directory_indices(self) -> [u16; 3] {
        let id = self.0;
        [
            (id & 0xff) as u16,
            (id >> 8 & 0x1ff) as u16,
            (id >> 17) as u16,
        ]
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn widths_are_checked() {
        assert_eq!(DeviceId::MAX.raw(), 0xff_ffff);
        assert_eq!(ProcessId::MAX.raw(), 0xf_ffff);
        assert_eq!(Gscid::MAX.raw(), 0xffff);
        assert_eq!(
            Pscid::new(0x10_0000).unwrap_err().to_string(),
            "0x100000 does not fit PSCID of 20 bits"
        );
        assert!(ProcessId::try_from(1u64 << 40).is_err());
        assert_eq!(DeviceId::MAX.checked_add(1), None);
        assert_eq!(Gscid::from(3).to_string(), "0x0003");
    }

    #[test]
    fn directory_indices_follow_the_context_size() {
        let did = DeviceId::new(0xab_cdef).unwrap();
        assert_eq!(did.directory_indices(false), [0x6f, 0x19b, 0xab]);
        assert_eq!(did.directory_indices(true), [0x2f, 0x137, 0x157]);
        assert!(!did.fits_levels(2, false));
        assert!(DeviceId::from(0x40).fits_levels(1, false));
        assert!(!DeviceId::from(0x40).fits_levels(1, true));
        assert_eq!(
            ProcessId::new(0xf_1234).unwrap().directory_indices(),
            [0x34, 0x112, 0x7]
        );
    }
}
