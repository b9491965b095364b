// SPDX-License-Identifier: Apache-2.0
//! Every number of the specification by name.
//!
//! The C header `sallyport_iommu.h` (prefix `SALLYPORT_`) and the SystemVerilog
//! package `iommu_constants_pkg` hold the same names and values; the crate
//! `sallyport-constants` compares the three. Fields are pairs `…_LSB` and
//! `…_WIDTH`, single bits are `…_BIT`; both count from bit 0 of the register or
//! doubleword that the name begins with.
//!
//! ```
//! use sallyport_formats::constants as c;
//!
//! assert_eq!(c::REG_DDTP, 0x10);
//! assert!(c::ALL.contains(&("CAUSE_DDT_INVALID", 258)));
//! ```

/// Defines public constants and lists them with their names.
macro_rules! constants {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub const $name: u64 = $value;)*
        /// Names and values of this module's constants.
        pub(super) const LIST: &[(&str, u64)] = &[$((stringify!($name), $value)),*];
    };
}

mod capabilities;
mod commands;
mod contexts;
mod monitor;
mod page_tables;
mod queues;
mod records;
mod registers;

pub use capabilities::*;
pub use commands::*;
pub use contexts::*;
pub use monitor::*;
pub use page_tables::*;
pub use queues::*;
pub use records::*;
pub use registers::*;

const LISTS: &[&[(&str, u64)]] = &[
    registers::LIST,
    capabilities::LIST,
    queues::LIST,
    monitor::LIST,
    contexts::LIST,
    page_tables::LIST,
    commands::LIST,
    records::LIST,
];

const COUNT: usize = {
    let mut count = 0;
    let mut list = 0;
    while list < LISTS.len() {
        count += LISTS[list].len();
        list += 1;
    }
    count
};

const JOINED: [(&str, u64); COUNT] = {
    let mut joined = [("", 0); COUNT];
    let (mut at, mut list) = (0, 0);
    while list < LISTS.len() {
        let mut item = 0;
        while item < LISTS[list].len() {
            joined[at] = LISTS[list][item];
            at += 1;
            item += 1;
        }
        list += 1;
    }
    joined
};

/// Every constant of this module, name and value, in the order of the text.
pub const ALL: &[(&str, u64)] = &JOINED;

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn names_are_unique_and_values_fit_32_bits() {
        for (i, (name, value)) in ALL.iter().enumerate() {
            assert!(
                ALL[..i].iter().all(|(other, _)| other != name),
                "{name} twice"
            );
            assert!(u32::try_from(*value).is_ok(), "{name} is too wide");
        }
    }

    #[test]
    fn fields_fit_a_doubleword() {
        for (name, lsb) in ALL {
            if let Some(field) = name.strip_suffix("_LSB") {
                let width = ALL
                    .iter()
                    .find(|(other, _)| other.strip_suffix("_WIDTH") == Some(field));
                assert!(width.is_some_and(|(_, width)| lsb + width <= 64), "{name}");
            }
            if name.ends_with("_BIT") {
                assert!(*lsb < 64, "{name}");
            }
        }
    }
}
