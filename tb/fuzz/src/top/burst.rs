// SPDX-License-Identifier: Apache-2.0
//! The burst that makes a request.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::replay::request_beat;
use sallyport_bus::{AxBeat, Burst, Transaction, WBeat, Width, beat_place};
use sallyport_formats::PAGE_SIZE;
use sallyport_model::{Access, Request};

/// AxCACHE of ordinary memory: every memory type of a page shows in what
/// becomes of it.
pub const CACHE: u8 = 0b1111;

/// A random burst at the address of the request, of which AXI4 allows all within
/// a page; `None` if it is an ATS request, which AXI4 cannot express.
pub fn burst(request: &Request, width: Width, rng: &mut ChaCha8Rng) -> Option<Transaction> {
    let template = request_beat(request)?;
    let (size, kind, beats) = shape(request.iova.raw(), width, rng);
    let ax = AxBeat {
        id: rng.random_range(0..16),
        addr: request.iova.raw(),
        len: (beats - 1) as u8,
        size,
        burst: kind.bits(),
        cache: CACHE,
        ..template
    };
    Some(match request.access {
        Access::Write => Transaction::write(ax, data(&ax, width, rng)),
        Access::Read | Access::Execute => Transaction::read(ax),
    })
}

/// Size, type and beats of a burst that stays in its page.
fn shape(at: u64, width: Width, rng: &mut ChaCha8Rng) -> (u8, Burst, u16) {
    let size = if rng.random_range(0..3) == 0 {
        rng.random_range(0..=width.size())
    } else {
        width.size()
    };
    let beats = match rng.random_range(0..8) {
        0..4 => 1,
        4..7 => rng.random_range(1..=4),
        _ => rng.random_range(1..=16),
    };
    let bytes = 1u64 << size;
    let fits = (PAGE_SIZE - ((at % PAGE_SIZE) & !(bytes - 1))) / bytes;
    match rng.random_range(0..10) {
        0 => (size, Burst::Fixed, beats),
        1 if at.is_multiple_of(bytes) => (size, Burst::Wrap, beats.next_power_of_two().max(2)),
        _ => (size, Burst::Incr, beats.min(fits as u16)),
    }
}

/// Random bytes under random strobes.
fn data(ax: &AxBeat, width: Width, rng: &mut ChaCha8Rng) -> Vec<WBeat> {
    let lanes = u128::MAX >> (128 - 8 * width.bytes());
    (0..ax.beats())
        .map(|n| WBeat {
            data: rng.random::<u128>() & lanes,
            strb: beat_place(ax, n, width).strobes() & rng.random::<u16>(),
            last: false,
        })
        .collect()
}
