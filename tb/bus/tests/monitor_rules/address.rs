// SPDX-License-Identifier: Apache-2.0
//! AR and AW: what a burst may be.

use super::script::{Step, address, ar, aw, ax, only, only_none, run};
use sallyport_bus::{Channel, Rule};

#[test]
fn reserved_burst() {
    assert_eq!(address(|a| a.burst = 3), only(Rule::ReservedBurst));
}

#[test]
fn size_too_wide() {
    assert_eq!(address(|a| a.size = 4), only(Rule::SizeTooWide));
}

#[test]
fn crosses_page() {
    assert_eq!(address(|a| a.addr = 0x1ffc), only_none());
    let crossing = address(|a| (a.addr, a.len) = (0x1ff8, 1));
    assert_eq!(crossing, only(Rule::CrossesPage));
}

#[test]
fn wrap_length() {
    let wrap = |len| address(|a| (a.burst, a.len) = (2, len));
    assert_eq!(wrap(3), only_none());
    assert_eq!(wrap(2), only(Rule::WrapLength));
    assert_eq!(wrap(31), only(Rule::WrapLength));
}

#[test]
fn wrap_alignment() {
    let found = address(|a| (a.burst, a.len, a.addr) = (2, 1, 0x1004));
    assert_eq!(found, only(Rule::WrapAlignment));
}

#[test]
fn fixed_length() {
    let fixed = |len| address(|a| (a.burst, a.len) = (0, len));
    assert_eq!(fixed(15), only_none());
    assert_eq!(fixed(16), only(Rule::FixedLength));
}

#[test]
fn reserved_cache() {
    assert_eq!(address(|a| a.cache = 0b0100), only(Rule::ReservedCache));
    assert_eq!(address(|a| a.cache = 0b0110), only_none());
}

#[test]
fn address_fields_too_wide() {
    assert_eq!(address(|a| a.id = 16), only(Rule::FieldTooWide));
    assert_eq!(address(|a| a.addr = 1 << 40), only(Rule::FieldTooWide));
    assert_eq!(address(|a| a.user = 1 << 8), only(Rule::FieldTooWide));
    assert_eq!(address(|a| a.prot = 8), only(Rule::FieldTooWide));
}

#[test]
fn too_many() {
    let both: Step = |m, _| {
        ar(m, ax(0x1000, 0));
        aw(m, ax(0x1000, 0));
    };
    assert_eq!(
        run(&[both, both, both]),
        [
            (2, Channel::Ar, Rule::TooManyReads),
            (2, Channel::Aw, Rule::TooManyWrites)
        ]
    );
}
