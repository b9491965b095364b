// SPDX-License-Identifier: Apache-2.0
//! Burst arithmetic: the address and the byte lanes of each beat.

use crate::{AxBeat, Width};

/// AxBURST, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Burst {
    /// Every beat goes to the same address.
    Fixed = 0,
    /// Addresses increase.
    Incr = 1,
    /// Addresses increase and wrap at the burst's total size.
    Wrap = 2,
}

impl Burst {
    /// Decodes AxBURST; `None` for the reserved value.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits & 3 {
            0 => Some(Self::Fixed),
            1 => Some(Self::Incr),
            2 => Some(Self::Wrap),
            _ => None,
        }
    }

    /// The two bits of AxBURST.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self as u8
    }
}

/// Where one beat of a burst goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeatPlace {
    /// The first byte's address.
    pub addr: u64,
    /// How many bytes from there, 1 to 16.
    pub bytes: u8,
    /// The lane of the first byte.
    pub lane: u8,
    /// The address of lane 0.
    pub word: u64,
}

impl BeatPlace {
    /// The lanes the beat may use, as strobes.
    #[must_use]
    pub const fn strobes(&self) -> u16 {
        (((1u32 << self.bytes) - 1) << self.lane) as u16
    }
}

/// The place of beat `n` (from 0) of a burst on a bus of `width`.
///
/// The reserved burst type counts as INCR, and a size above the bus's as the
/// bus's, so that a model goes on where a monitor has reported the fault.
#[must_use]
pub fn beat_place(ax: &AxBeat, n: u16, width: Width) -> BeatPlace {
    let size = ax.size.min(width.size());
    let bytes = 1u64 << size;
    let aligned = ax.addr & !(bytes - 1);
    let addr = match Burst::from_bits(ax.burst) {
        Some(Burst::Fixed) => ax.addr,
        Some(Burst::Wrap) => {
            let total = u64::from(ax.beats()).next_power_of_two() << size;
            let base = ax.addr & !(total - 1);
            base | (aligned.wrapping_add(u64::from(n) << size) & (total - 1))
        }
        _ if n == 0 => ax.addr,
        _ => aligned.wrapping_add(u64::from(n) << size),
    };
    let end = (addr & !(bytes - 1)).wrapping_add(bytes);
    let lane_mask = u64::from(width.bytes()) - 1;
    BeatPlace {
        addr,
        bytes: end.wrapping_sub(addr) as u8,
        lane: (addr & lane_mask) as u8,
        word: addr & !lane_mask,
    }
}

/// First byte and number of bytes of the smallest range that holds all of the
/// burst's beats.
#[must_use]
pub fn burst_range(ax: &AxBeat, width: Width) -> (u64, u64) {
    let size = ax.size.min(width.size());
    let beat = 1u64 << size;
    let total = u64::from(ax.beats()) << size;
    match Burst::from_bits(ax.burst) {
        Some(Burst::Fixed) => (ax.addr, beat - (ax.addr & (beat - 1))),
        Some(Burst::Wrap) => {
            let total = total.next_power_of_two();
            (ax.addr & !(total - 1), total)
        }
        _ => (ax.addr, total - (ax.addr & (beat - 1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(addr: u64, len: u8, size: u8, burst: Burst, width: Width) -> Vec<(u64, u8, u8)> {
        let ax = AxBeat {
            addr,
            len,
            size,
            burst: burst.bits(),
            ..AxBeat::default()
        };
        (0..ax.beats())
            .map(|n| beat_place(&ax, n, width))
            .map(|p| (p.addr, p.bytes, p.lane))
            .collect()
    }

    #[test]
    fn only_the_first_beat_of_an_incrementing_burst_is_unaligned() {
        assert_eq!(
            places(0x1003, 2, 3, Burst::Incr, Width::Bits64),
            [(0x1003, 5, 3), (0x1008, 8, 0), (0x1010, 8, 0)]
        );
    }

    #[test]
    fn narrow_beats_move_through_the_lanes() {
        assert_eq!(
            places(0x1008, 2, 3, Burst::Incr, Width::Bits128),
            [(0x1008, 8, 8), (0x1010, 8, 0), (0x1018, 8, 8)]
        );
    }

    #[test]
    fn wrap_comes_back_to_its_boundary() {
        assert_eq!(
            places(0x1018, 3, 3, Burst::Wrap, Width::Bits64),
            [
                (0x1018, 8, 0),
                (0x1000, 8, 0),
                (0x1008, 8, 0),
                (0x1010, 8, 0)
            ]
        );
    }

    #[test]
    fn fixed_stays_and_stays_unaligned() {
        assert_eq!(
            places(0x1001, 1, 2, Burst::Fixed, Width::Bits64),
            [(0x1001, 3, 1), (0x1001, 3, 1)]
        );
    }

    #[test]
    fn ranges_cover_the_burst() {
        let ax = |addr, len, burst: Burst| AxBeat {
            addr,
            len,
            size: 3,
            burst: burst.bits(),
            ..AxBeat::default()
        };
        let range = |a| burst_range(&a, Width::Bits64);
        assert_eq!(range(ax(0x1003, 1, Burst::Incr)), (0x1003, 13));
        assert_eq!(range(ax(0x1018, 3, Burst::Wrap)), (0x1000, 32));
        assert_eq!(range(ax(0x1004, 3, Burst::Fixed)), (0x1004, 4));
    }
}
