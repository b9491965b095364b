// SPDX-License-Identifier: Apache-2.0
//! Addresses: one type for each address space.
//!
//! All three hold 64 bits, because the specification defines what happens to
//! an address that is too wide (a fault), and tests must be able to build one.

use core::fmt;

/// Log2 of the smallest page: 4 KiB.
pub const PAGE_SHIFT: u32 = 12;

/// Bytes in the smallest page.
pub const PAGE_SIZE: u64 = 1 << PAGE_SHIFT;

macro_rules! address {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Address zero.
            pub const ZERO: Self = Self(0);

            /// The address with this byte number.
            #[must_use]
            pub const fn new(raw: u64) -> Self {
                Self(raw)
            }

            /// The first byte of 4 KiB page number `page`; `None` if the
            /// address would not fit 64 bits.
            #[must_use]
            pub const fn from_page_number(page: u64) -> Option<Self> {
                if page >> (64 - PAGE_SHIFT) == 0 {
                    Some(Self(page << PAGE_SHIFT))
                } else {
                    None
                }
            }

            /// The byte number.
            #[must_use]
            pub const fn raw(self) -> u64 {
                self.0
            }

            /// The number of the 4 KiB page that holds this byte.
            #[must_use]
            pub const fn page_number(self) -> u64 {
                self.0 >> PAGE_SHIFT
            }

            /// The byte's offset in its 4 KiB page.
            #[must_use]
            pub const fn page_offset(self) -> u64 {
                self.0 & (PAGE_SIZE - 1)
            }

            /// The first byte of the 4 KiB page that holds this byte.
            #[must_use]
            pub const fn page_base(self) -> Self {
                Self(self.0 & !(PAGE_SIZE - 1))
            }

            /// Whether the address is a multiple of `align` bytes, a power of
            /// two.
            #[must_use]
            pub const fn is_aligned_to(self, align: u64) -> bool {
                debug_assert!(align.is_power_of_two());
                self.0 & (align - 1) == 0
            }

            /// The largest multiple of `align` bytes, a power of two, that is
            /// not above this address.
            #[must_use]
            pub const fn align_down(self, align: u64) -> Self {
                debug_assert!(align.is_power_of_two());
                Self(self.0 & !(align - 1))
            }

            /// The address `bytes` further on; `None` past the last address.
            #[must_use]
            pub const fn checked_add(self, bytes: u64) -> Option<Self> {
                match self.0.checked_add(bytes) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }

            /// The address `bytes` before; `None` below zero.
            #[must_use]
            pub const fn checked_sub(self, bytes: u64) -> Option<Self> {
                match self.0.checked_sub(bytes) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }

            /// How many bytes this address lies after `origin`; `None` if it
            /// lies before.
            #[must_use]
            pub const fn checked_offset_from(self, origin: Self) -> Option<u64> {
                self.0.checked_sub(origin.0)
            }
        }

        impl From<u64> for $name {
            fn from(raw: u64) -> Self {
                Self(raw)
            }
        }

        impl From<$name> for u64 {
            fn from(addr: $name) -> Self {
                addr.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:#x})"), self.0)
            }
        }

        impl fmt::LowerHex for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::LowerHex::fmt(&self.0, f)
            }
        }
    };
}

address! {
    /// I/O virtual address: what a device puts on the bus.
    Iova
}
address! {
    /// Guest-physical address: the first stage's output and the second
    /// stage's input.
    Gpa
}
address! {
    /// Supervisor-physical address: what memory sees.
    Spa
}

impl Iova {
    /// The guest-physical address that this is where the first stage is Bare.
    #[must_use]
    pub const fn as_gpa(self) -> Gpa {
        Gpa(self.0)
    }

    /// Whether bits 63 down to `bits - 1` are all alike, as a first stage of
    /// `bits` wide virtual addresses demands.
    #[must_use]
    pub const fn is_canonical(self, bits: u32) -> bool {
        let shift = 64 - bits;
        ((self.0 << shift) as i64 >> shift) as u64 == self.0
    }
}

impl Gpa {
    /// The physical address that this is where the second stage is Bare.
    #[must_use]
    pub const fn as_spa(self) -> Spa {
        Spa(self.0)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;

    #[test]
    fn offsets_are_checked() {
        assert_eq!(Spa::new(u64::MAX).checked_add(1), None);
        assert_eq!(Spa::new(0).checked_sub(1), None);
        assert_eq!(Iova::new(8).checked_offset_from(Iova::new(3)), Some(5));
        assert_eq!(Iova::new(3).checked_offset_from(Iova::new(8)), None);
        assert_eq!(Gpa::from_page_number(1 << 52), None);
        assert_eq!(Gpa::from_page_number(3), Some(Gpa::new(0x3000)));
    }

    #[test]
    fn canonical_addresses() {
        assert!(Iova::new(0x3f_ffff_ffff).is_canonical(39));
        assert!(!Iova::new(0x40_0000_0000).is_canonical(39));
        assert!(Iova::new(0xffff_ffc0_0000_0000).is_canonical(39));
    }

    #[test]
    fn shown_in_hex() {
        assert_eq!(
            format!("{} {:?}", Iova::new(255), Spa::new(16)),
            "0xff Spa(0x10)"
        );
    }
}
