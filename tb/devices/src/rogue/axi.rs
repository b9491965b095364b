// SPDX-License-Identifier: Apache-2.0
//! The rogue on AXI4: burst by burst.

use super::{Attempt, Outcome, Rogue, outcome};
use sallyport_bench::{Bursts, Dma};
use sallyport_bus::{AxBeat, Burst, Completion, Outcome as BusOutcome, Transaction, bursts};
use sallyport_formats::Iova;

/// Beats of a burst of a plain read.
const BURST_BEATS: u16 = 16;

impl Rogue {
    pub(super) async fn over_axi(
        &self,
        dma: &Dma,
        bus: &Bursts,
        attempt: Attempt,
        at: Iova,
        bytes: &[u8],
    ) -> Option<Outcome> {
        let width = bus.width();
        let one = one_burst(bus, at, bytes.len());
        match attempt {
            Attempt::Read => {
                let phase = bus.address_phase();
                let mut passed = true;
                for (ax, _) in bursts(phase, at.raw(), bytes.len() as u64, width, BURST_BEATS) {
                    let done = bus.burst(Transaction::read(ax)).await;
                    self.keep(&done.bytes(width));
                    passed &= !done.resp.is_error();
                }
                Some(outcome(passed))
            }
            Attempt::Write => Some(outcome(dma.write(at, bytes).await.is_ok())),
            Attempt::ReadWhole => {
                let done = bus.burst(Transaction::read(one)).await;
                self.keep(&done.bytes(width));
                Some(ending(&done))
            }
            Attempt::WriteWhole => {
                let write = Transaction::write_bytes(one, bytes, width);
                Some(ending(&bus.burst(write).await))
            }
            Attempt::WithholdData => {
                let mut write = Transaction::write_bytes(one, bytes, width);
                write.w_stall_after = Some(0);
                Some(ending(&bus.burst(write).await))
            }
            Attempt::HoldReady => {
                bus.hold_reads(true);
                // It ends when it is released, which is an attempt of its own.
                drop(bus.burst(Transaction::read(one)));
                None
            }
            Attempt::Release => {
                bus.abort_reads();
                bus.hold_reads(false);
                Some(Outcome::CutOff)
            }
        }
    }
}

/// All of it as one INCR burst.
fn one_burst(bus: &Bursts, at: Iova, bytes: usize) -> AxBeat {
    let width = bus.width();
    let word = u64::from(width.bytes());
    let beats = (at.raw() % word + bytes as u64).div_ceil(word);
    AxBeat {
        addr: at.raw(),
        len: beats.clamp(1, 256) as u8 - 1,
        size: width.size(),
        burst: Burst::Incr.bits(),
        ..bus.address_phase()
    }
}

fn ending(done: &Completion) -> Outcome {
    if done.outcome == BusOutcome::Complete {
        outcome(!done.resp.is_error())
    } else {
        Outcome::CutOff
    }
}
