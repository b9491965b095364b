// SPDX-License-Identifier: Apache-2.0
//! Bit fields of doublewords, and the macros that lay structs out in them.

use crate::id::{DeviceId, Gscid, ProcessId, Pscid};

/// A mask of `width` ones from bit `lsb` upwards.
pub(crate) const fn mask(lsb: u64, width: u64) -> u64 {
    (u64::MAX >> (64 - width)) << lsb
}

/// The field of `word` at `lsb`, `width` bits wide.
pub(crate) const fn get(word: u64, lsb: u64, width: u64) -> u64 {
    (word & mask(lsb, width)) >> lsb
}

/// `value` moved into a field; what is wider than the field is cut.
pub(crate) const fn put(value: u64, lsb: u64, width: u64) -> u64 {
    (value << lsb) & mask(lsb, width)
}

/// What can stand in a bit field.
pub(crate) trait Field: Copy {
    /// The value with these bits.
    fn from_bits(bits: u64) -> Self;
    /// The value's bits.
    fn into_bits(self) -> u64;
}

impl Field for bool {
    fn from_bits(bits: u64) -> Self {
        bits != 0
    }
    fn into_bits(self) -> u64 {
        u64::from(self)
    }
}

macro_rules! integer_field {
    ($($int:ident)*) => {$(
        impl Field for $int {
            fn from_bits(bits: u64) -> Self {
                bits as $int
            }
            fn into_bits(self) -> u64 {
                u64::from(self)
            }
        }
    )*};
}
integer_field!(u8 u16 u32 u64);

macro_rules! id_field {
    ($($id:ident)*) => {$(
        impl Field for $id {
            fn from_bits(bits: u64) -> Self {
                $id::truncate(bits)
            }
            fn into_bits(self) -> u64 {
                u64::from(self)
            }
        }
    )*};
}
id_field!(DeviceId ProcessId Gscid Pscid);

/// Defines a plain struct that lies in one register (`u32`, `u64`) or in an
/// array of doublewords, with `parse`, `emit` and the mask of its fields.
///
/// A field is `name: Type = doubleword, lsb, width;`.
macro_rules! layout {
    (
        $(#[$doc:meta])*
        pub struct $name:ident([u64; $words:literal]) {
            $($(#[$fdoc:meta])* $field:ident: $ty:ty = $word:literal, $lsb:expr, $width:expr;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $ty,)*
        }

        impl $name {
            /// Length in doublewords.
            pub const WORDS: usize = $words;

            /// The bits that belong to a field; all others are reserved.
            pub const FIELDS: [u64; $words] = {
                let mut fields = [0; $words];
                $(fields[$word] |= $crate::bits::mask($lsb, $width);)*
                fields
            };

            /// Takes the fields out of the doublewords; reserved bits are
            /// ignored.
            #[must_use]
            pub fn parse(words: [u64; $words]) -> Self {
                Self {
                    $($field: $crate::bits::Field::from_bits(
                        $crate::bits::get(words[$word], $lsb, $width),
                    ),)*
                }
            }

            /// The doublewords with these fields and zero in reserved bits.
            /// A number wider than its field is cut to the field.
            #[must_use]
            pub fn emit(&self) -> [u64; $words] {
                let mut words = [0; $words];
                $(words[$word] |= $crate::bits::put(
                    $crate::bits::Field::into_bits(self.$field), $lsb, $width,
                );)*
                words
            }
        }
    };
    (
        $(#[$doc:meta])*
        pub struct $name:ident($raw:ident) {
            $($(#[$fdoc:meta])* $field:ident: $ty:ty = $lsb:expr, $width:expr;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $ty,)*
        }

        impl $name {
            /// The bits that belong to a field; all others are reserved.
            pub const FIELDS: $raw = (0 $(| $crate::bits::mask($lsb, $width))*) as $raw;

            /// Takes the fields out of the raw value; reserved bits are
            /// ignored.
            #[must_use]
            pub fn parse(raw: $raw) -> Self {
                let raw = u64::from(raw);
                Self {
                    $($field: $crate::bits::Field::from_bits(
                        $crate::bits::get(raw, $lsb, $width),
                    ),)*
                }
            }

            /// The raw value with these fields and zero in reserved bits. A
            /// number wider than its field is cut to the field.
            #[must_use]
            pub fn emit(&self) -> $raw {
                let mut raw = 0;
                $(raw |= $crate::bits::put(
                    $crate::bits::Field::into_bits(self.$field), $lsb, $width,
                );)*
                raw as $raw
            }
        }
    };
}

/// Defines an enum of the codes of a field; every other code is `Other`, so
/// that parsing cannot fail and tests can emit what is reserved.
macro_rules! codes {
    (
        $(#[$doc:meta])*
        pub enum $name:ident($int:ident) {
            $($(#[$vdoc:meta])* $variant:ident = $code:expr,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A code that the specification reserves or leaves to custom use.
            Other($int),
        }

        impl $name {
            /// The value with this code.
            #[must_use]
            pub const fn from_code(code: $int) -> Self {
                let wide = code as u64;
                $(if wide == $code { return Self::$variant; })*
                Self::Other(code)
            }

            /// The value's code.
            #[must_use]
            pub const fn code(self) -> $int {
                match self {
                    $(Self::$variant => $code as $int,)*
                    Self::Other(code) => code,
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::from_code(0)
            }
        }

        impl $crate::bits::Field for $name {
            fn from_bits(bits: u64) -> Self {
                Self::from_code(bits as $int)
            }
            fn into_bits(self) -> u64 {
                self.code() as u64
            }
        }
    };
}
