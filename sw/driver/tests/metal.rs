// SPDX-License-Identifier: Apache-2.0
//! The crates are for metal: no standard library, no `unsafe`. `make metal` builds
//! them for a target that has none.

#[test]
fn both_crates_are_no_std_and_safe() {
    for source in [
        include_str!("../src/lib.rs"),
        include_str!("../../formats/src/lib.rs"),
    ] {
        assert!(source.lines().any(|line| line == "#![no_std]"));
        assert!(source.lines().any(|line| line == "#![forbid(unsafe_code)]"));
    }
}
