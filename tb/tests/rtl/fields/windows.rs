// SPDX-License-Identifier: Apache-2.0
//! Interrupt files under any mask, up to one that leaves no page but files.

use super::rig;
use crate::core::requests::ask;
use crate::support::{Home, context_in};
use rand::Rng as _;
use sallyport_formats::context::Fsc;
use sallyport_formats::{MsiPte, SecondStage, Spa, constants as c};
use sallyport_model::Access;

/// Bits of a guest-physical page number in Sv57x4.
const PAGE_BITS: u32 = 47;

#[test]
fn any_mask() {
    const DEVICE: u32 = 5;
    let Some((mut rig, mut rng)) = rig(340) else {
        return;
    };
    let home = Home::guest(&mut rig, SecondStage::Sv57x4, 3);
    let all = (1u64 << PAGE_BITS) - 1;
    for n in 0..100 {
        let mask = match n % 4 {
            0 => all,
            1 => rng.random::<u64>() & all,
            2 => rng.random::<u64>() & rng.random::<u64>() & all,
            _ => (rng.random::<u64>() | rng.random::<u64>()) & all,
        };
        let pattern = rng.random::<u64>() & all;
        // Packs the bits that the mask has, lowest first.
        let page = (pattern & !mask) | (rng.random::<u64>() & mask);
        let bits = (0..PAGE_BITS).filter(|bit| mask >> bit & 1 == 1);
        let index: u64 = bits
            .zip(0..)
            .map(|(from, to)| (page >> from & 1) << to)
            .sum();
        // As large as the table, or larger.
        let base = rng.random_range(1..32u64) << (4 + PAGE_BITS);
        let mut dc = context_in(&home, Fsc::default(), 0);
        dc.msiptp.mode = c::MSIPTP_MODE_FLAT as u8;
        dc.msiptp.ppn = base >> 12;
        dc.msi_addr_mask = mask;
        dc.msi_addr_pattern = pattern;
        rig.put_context(DEVICE, dc.emit());
        let file = rng.random::<u64>() >> 20 << 12;
        for (half, word) in (0..).zip(MsiPte::Basic { ppn: file >> 12 }.emit()) {
            let at = Spa::new(base + 16 * index + 8 * half);
            rig.machine.memory_mut().write_u64(at, word);
        }
        rig.forget();
        let at = page << 12 | 4;
        let pa = rig.translate(ask(DEVICE, Access::Write, at));
        assert_eq!(pa, Some(file | 4), "mask {mask:#x}, page {page:#x}");
    }
    rig.finish();
}
