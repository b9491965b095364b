// SPDX-License-Identifier: Apache-2.0
//! Bytes to bursts and back.

use crate::{AxBeat, Burst, RBeat, WBeat, Width, beat_place};

/// Bytes that no burst may cross.
const BOUNDARY: u64 = 4096;

/// Cuts `len` bytes from `addr` on into full-width INCR bursts of at most
/// `max_beats` (1 to 256) that do not cross 4 KiB. Only the first may start
/// unaligned. Each comes with the number of its bytes; the other fields of the
/// address phase are those of `template`.
pub fn bursts(
    template: AxBeat,
    addr: u64,
    len: u64,
    width: Width,
    max_beats: u16,
) -> impl Iterator<Item = (AxBeat, u64)> {
    let word = u64::from(width.bytes());
    let most = u64::from(max_beats.clamp(1, 256)) * word;
    let mut at = addr;
    let mut left = len;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let base = at & !(word - 1);
        let room = most.min(BOUNDARY - base % BOUNDARY);
        let count = left.min(room - (at - base));
        let beats = (at - base + count).div_ceil(word);
        let ax = AxBeat {
            addr: at,
            len: (beats - 1) as u8,
            size: width.size(),
            burst: Burst::Incr.bits(),
            ..template
        };
        // A range may end with the last address of all.
        at = at.wrapping_add(count);
        left -= count;
        Some((ax, count))
    })
}

/// Spreads bytes over the lanes of a burst's beats.
pub(super) fn to_beats(ax: &AxBeat, bytes: &[u8], width: Width) -> Vec<WBeat> {
    let mut rest = bytes;
    (0..ax.beats())
        .map(|n| {
            let place = beat_place(ax, n, width);
            let count = usize::from(place.bytes).min(rest.len());
            let (now, later) = rest.split_at(count);
            rest = later;
            let lane = usize::from(place.lane);
            let mut lanes = [0; 16];
            lanes[lane..lane + count].copy_from_slice(now);
            WBeat {
                data: u128::from_le_bytes(lanes),
                strb: (((1u32 << count) - 1) << lane) as u16,
                last: n + 1 == ax.beats(),
            }
        })
        .collect()
}

/// Gathers the bytes of a burst's beats.
pub(super) fn from_beats(ax: &AxBeat, beats: &[RBeat], width: Width) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (n, beat) in (0..).zip(beats) {
        let place = beat_place(ax, n, width);
        let lane = usize::from(place.lane);
        bytes.extend_from_slice(&beat.data.to_le_bytes()[lane..lane + usize::from(place.bytes)]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(addr: u64, len: u64, width: Width, max: u16) -> Vec<(u64, u8, u64)> {
        bursts(AxBeat::default(), addr, len, width, max)
            .map(|(ax, count)| (ax.addr, ax.len, count))
            .collect()
    }

    #[test]
    fn bursts_end_at_the_boundary_and_at_the_longest() {
        assert_eq!(cut(0x1000, 0, Width::Bits64, 4), []);
        assert_eq!(cut(0x1003, 1, Width::Bits64, 4), [(0x1003, 0, 1)]);
        assert_eq!(
            cut(0x1ff5, 0x20, Width::Bits64, 16),
            [(0x1ff5, 1, 11), (0x2000, 2, 21)]
        );
        assert_eq!(
            cut(0x1001, 100, Width::Bits128, 4),
            [(0x1001, 3, 63), (0x1040, 2, 37)]
        );
        // The end of all addresses is such a boundary, too.
        let last = u64::MAX - 0x1f;
        assert_eq!(cut(last, 0x20, Width::Bits128, 16), [(last, 1, 0x20)]);
    }

    #[test]
    fn bytes_go_to_lanes_and_back() {
        let bytes: Vec<u8> = (1..=21).collect();
        let (ax, _) = bursts(AxBeat::default(), 0x1005, 21, Width::Bits128, 8)
            .next()
            .unwrap();
        let beats = to_beats(&ax, &bytes, Width::Bits128);
        assert_eq!(beats.len(), 2);
        assert_eq!(beats[0].strb, 0xffe0);
        assert_eq!(beats[1].strb, 0x03ff);
        assert!(beats[1].last);
        let read: Vec<RBeat> = beats
            .iter()
            .map(|b| RBeat {
                data: b.data,
                ..RBeat::default()
            })
            .collect();
        let back = from_beats(&ax, &read, Width::Bits128);
        assert_eq!(&back[..21], &bytes[..]);
    }
}
