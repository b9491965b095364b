// SPDX-License-Identifier: Apache-2.0
//! Page-table entries: the rules for their validity, common to both stages
//! ("Virtual Address Translation Process", steps 3 to 6, with Svnapot and
//! Svpbmt, of the Privileged specification).

use sallyport_formats::constants as c;
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{Pbmt, Pte};

use super::scheme::Scheme;

/// What an entry is, before permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// V is 0.
    NotValid,
    /// A reserved encoding, a misaligned superpage, or a pointer below level 0.
    Reserved,
    /// A pointer; its PPN names the next table.
    NextTable(Pte),
    /// A page.
    Leaf(Leaf),
}

/// A leaf that breaks no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub pte: Pte,
    /// The first byte of the page.
    pub base: u64,
    /// Bytes of the page.
    pub size: u64,
}

impl Leaf {
    /// The translation of `address`.
    pub fn apply(self, address: u64) -> u64 {
        self.base | address & (self.size - 1)
    }
}

/// What the entry with this value is at this level of a table of this scheme.
/// Entries of Sv32 are given with zeros above bit 31, which makes their fields
/// those of the longer entries. The encoding xwr=010 stays reserved for IO
/// transactions.
pub(crate) fn kind(value: u64, scheme: Scheme, level: u32, capabilities: Capabilities) -> Kind {
    let pte = Pte::parse(value);
    if !pte.v {
        return Kind::NotValid;
    }
    if pte.w && !pte.r || has_reserved_bits(value, &pte, capabilities) {
        return Kind::Reserved;
    }
    if pte.is_leaf() {
        leaf(pte, scheme, level)
    } else {
        next_table(pte, level)
    }
}

fn has_reserved_bits(value: u64, pte: &Pte, capabilities: Capabilities) -> bool {
    let pbmt_is_reserved = match pte.pbmt {
        Pbmt::Pma => false,
        Pbmt::Nc | Pbmt::Io => !capabilities.svpbmt,
        Pbmt::Other(_) => true,
    };
    value & !Pte::FIELDS != 0 || pte.rsw60t59b != 0 && !capabilities.svrsw60t59b || pbmt_is_reserved
}

/// A, D, U, PBMT and N are reserved in a pointer to the next table.
fn next_table(pte: Pte, level: u32) -> Kind {
    let reserved = pte.a || pte.d || pte.u || pte.n || pte.pbmt != Pbmt::Pma;
    if reserved || level == 0 {
        Kind::Reserved
    } else {
        Kind::NextTable(pte)
    }
}

/// Svnapot defines groups of 64 KiB at level 0 and nothing else; superpages
/// are aligned to their size.
fn leaf(pte: Pte, scheme: Scheme, level: u32) -> Kind {
    let mut base = pte.ppn << 12;
    let mut size = scheme.page_size(level);
    if pte.n {
        if level != 0 || pte.ppn & 0xf != c::NAPOT_64K_PPN_LOW {
            return Kind::Reserved;
        }
        base &= !0xffff;
        size = 0x1_0000;
    }
    if base & (size - 1) != 0 {
        return Kind::Reserved;
    }
    Kind::Leaf(Leaf { pte, base, size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;

    const V: u64 = 1;
    const R: u64 = 2;
    const W: u64 = 4;
    const X: u64 = 8;

    fn kind_of(value: u64, level: u32) -> Kind {
        kind(value, Scheme::SV39, level, Design::full().capabilities)
    }

    fn leaf_of(kind: Kind) -> Leaf {
        match kind {
            Kind::Leaf(leaf) => leaf,
            other => panic!("{other:?} is no leaf"),
        }
    }

    #[test]
    fn reserved_encodings() {
        assert_eq!(kind_of(0, 0), Kind::NotValid);
        assert_eq!(kind_of(V | W, 0), Kind::Reserved);
        assert_eq!(kind_of(V | W | X, 0), Kind::Reserved);
        assert_eq!(kind_of(V | R | 3 << 61, 0), Kind::Reserved);
        for bit in 54..=60 {
            assert_eq!(kind_of(V | R | 1 << bit, 0), Kind::Reserved, "bit {bit}");
        }
    }

    #[test]
    fn memory_types_need_svpbmt() {
        let kind = |value| kind(value, Scheme::SV39, 0, Design::small().capabilities);
        assert_eq!(kind(V | R | 1 << 61), Kind::Reserved);
        assert_eq!(leaf_of(kind(V | R)).pte.pbmt, Pbmt::Pma);
    }

    #[test]
    fn pointers() {
        assert!(matches!(kind_of(V | 5 << 10, 1), Kind::NextTable(pte) if pte.ppn == 5));
        assert_eq!(kind_of(V | 5 << 10, 0), Kind::Reserved);
        for bit in [4, 6, 7, 61, 63] {
            assert_eq!(kind_of(V | 1 << bit, 1), Kind::Reserved, "bit {bit}");
        }
        assert!(matches!(kind_of(V | 1 << 5, 1), Kind::NextTable(pte) if pte.g));
    }

    #[test]
    fn superpages_are_aligned() {
        assert_eq!(kind_of(V | R | 1 << 10, 1), Kind::Reserved);
        let leaf = leaf_of(kind_of(V | R | 0x200 << 10, 1));
        assert_eq!(leaf.apply(0xffff_ffff), 0x20_0000 + 0x1f_ffff);
    }

    #[test]
    fn napot_is_64_kib() {
        let napot = |ppn: u64, level| kind_of(V | R | 1 << 63 | ppn << 10, level);
        let leaf = leaf_of(napot(0x18, 0));
        assert_eq!((leaf.base, leaf.size), (0x1_0000, 0x1_0000));
        assert_eq!(napot(0x14, 0), Kind::Reserved);
        assert_eq!(napot(0x200, 1), Kind::Reserved);
    }

    #[test]
    fn sv32_has_22_bit_page_numbers() {
        let capabilities = Design::full().capabilities;
        let leaf = leaf_of(kind(0xffff_f000 | V | R, Scheme::SV32, 0, capabilities));
        assert_eq!(leaf.base, 0x3_ffff_c000);
    }
}
