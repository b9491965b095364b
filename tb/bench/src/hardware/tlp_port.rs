// SPDX-License-Identifier: Apache-2.0
//! The root port's side of the TLP ports: packets in and out, beat by beat, with
//! the rules of the ports checked.

use super::Digest;
use super::tlp_capture::{CaptureFailed, TlpCapture};
use rand_chacha::ChaCha8Rng;
use sallyport_bus::{Clock, Gate, Pattern, Seed};
use sallyport_sim::{CLOCK_NS, PcieInputs, PcieOutputs, TlpPins};
use sallyport_tlp::{Beat, Direction, PortTlp, Tlp, TlpError};
use std::collections::VecDeque;
use std::fmt;
use std::path::Path;

/// Places in the digest.
const UPSTREAM_PLACE: u64 = 0x60;
const DOWNSTREAM_PLACE: u64 = 0x61;

/// A packet to be sent, as it crosses the port. Nothing about it need be right.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Segment that it comes from.
    pub segment: u8,
    /// Header and payload.
    pub tlp: PortTlp,
    /// The port says that it is bad, with its last beat.
    pub error: bool,
    /// Its last beat is not marked as such.
    pub endless: bool,
    /// Nor its first beat.
    pub headless: bool,
    /// The last doubleword of its first beat is missing.
    pub gap: bool,
}

impl Outgoing {
    /// A packet as it should be.
    ///
    /// # Errors
    /// As for [`Tlp::emit`].
    pub fn new(segment: u8, tlp: &Tlp) -> Result<Self, TlpError> {
        Ok(Self::raw(segment, PortTlp::of_tlp(tlp)?))
    }

    /// Whatever it is.
    #[must_use]
    pub const fn raw(segment: u8, tlp: PortTlp) -> Self {
        Self {
            segment,
            tlp,
            error: false,
            endless: false,
            headless: false,
            gap: false,
        }
    }

    /// Whether it waits for `tlp_up_np_ok_o`: all but memory writes, messages and
    /// completions.
    fn is_non_posted(&self) -> bool {
        let (fmt, kind) = (self.tlp.header[0] >> 29, self.tlp.header[0] >> 24 & 0x1f);
        !(kind == 0 && fmt & 2 != 0 || kind >> 3 == 2 || kind >> 1 == 5)
    }
}

/// A packet that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Segment that it goes to.
    pub segment: u8,
    /// The packet.
    pub tlp: Tlp,
    /// The clock of its last beat.
    pub clock: Clock,
}

/// A packet that is coming.
#[derive(Debug, Default)]
struct Partial {
    segment: u8,
    tlp: PortTlp,
}

/// Both TLP ports of `iommu_pcie`.
pub struct TlpPort {
    width: usize,
    waiting: VecDeque<Outgoing>,
    /// What is left of the packet that is being sent.
    beats: VecDeque<TlpPins>,
    offered: TlpPins,
    up: Gate,
    down: Gate,
    rng: ChaCha8Rng,
    stalled: bool,
    heedless: bool,
    last: TlpPins,
    last_ready: bool,
    partial: Option<Partial>,
    received: VecDeque<Incoming>,
    violations: Vec<String>,
    non_posted_ok: bool,
    capture: Option<TlpCapture>,
}

impl fmt::Debug for TlpPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlpPort")
            .field("waiting", &self.waiting.len())
            .field("partial", &self.partial)
            .finish_non_exhaustive()
    }
}

impl TlpPort {
    /// Ports of `width` bytes.
    pub(super) fn new(width: usize, pattern: Pattern, seed: Seed) -> Self {
        Self {
            width,
            waiting: VecDeque::new(),
            beats: VecDeque::new(),
            offered: TlpPins::default(),
            up: Gate::new(pattern),
            down: Gate::new(pattern),
            rng: seed.rng(),
            stalled: false,
            heedless: false,
            last: TlpPins::default(),
            last_ready: true,
            partial: None,
            received: VecDeque::new(),
            violations: Vec::new(),
            non_posted_ok: true,
            capture: None,
        }
    }

    /// Appends a packet to those to be sent. Requests that want an answer wait for
    /// `tlp_up_np_ok_o`; writes and messages behind them go ahead of them.
    pub fn send(&mut self, packet: Outgoing) {
        self.waiting.push_back(packet);
    }

    /// The oldest packet that has come and not been looked at.
    pub fn receive(&mut self) -> Option<Incoming> {
        self.received.pop_front()
    }

    /// Packets that have not gone.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len() + usize::from(!self.beats.is_empty() || self.offered.valid)
    }

    /// From now on no packet is taken, or they are again.
    pub const fn stall(&mut self, stalled: bool) {
        self.stalled = stalled;
    }

    /// From now on `tlp_up_np_ok_o` is not heeded: packets go in the order in which
    /// they are sent, and wait for `tlp_up_ready_o` alone.
    pub const fn ignore_announcements(&mut self) {
        self.heedless = true;
    }

    /// From now on every packet goes into a capture (pcapng) with an interface for
    /// each port, and with this seed in its comment.
    ///
    /// # Errors
    /// [`CaptureFailed`] if there can be no such file.
    pub fn begin_capture(&mut self, path: &Path, seed: u64) -> Result<(), CaptureFailed> {
        self.capture = Some(TlpCapture::new(path, seed)?);
        Ok(())
    }

    /// Ends the capture, if there is one; the packets that are in it.
    ///
    /// # Errors
    /// [`CaptureFailed`] if it cannot be written to its end.
    pub fn end_capture(&mut self) -> Result<u64, CaptureFailed> {
        self.capture.take().map_or(Ok(0), TlpCapture::finish)
    }

    pub(super) fn violations(&self) -> &[String] {
        &self.violations
    }

    pub(super) fn reset(&mut self) {
        self.waiting.clear();
        self.beats.clear();
        self.offered = TlpPins::default();
        self.partial = None;
        self.last = TlpPins::default();
        self.non_posted_ok = true;
    }

    pub(super) fn drive(&mut self, inputs: &mut PcieInputs, now: Clock) {
        if !self.offered.valid {
            if self.beats.is_empty() {
                self.begin(now);
            }
            if !self.beats.is_empty() && self.up.is_open(now, &mut self.rng) {
                self.offered = self.beats.pop_front().unwrap_or_default();
            }
        }
        inputs.upstream = self.offered;
        self.last_ready = !self.stalled && self.down.is_open(now, &mut self.rng);
        inputs.downstream_ready = self.last_ready;
    }

    pub(super) fn tick(&mut self, outputs: &PcieOutputs, now: Clock, digest: &mut Digest) {
        self.non_posted_ok = outputs.non_posted_ok;
        if self.offered.valid && outputs.upstream_ready {
            beat(digest, now, UPSTREAM_PLACE, &self.offered);
            self.offered = TlpPins::default();
        }
        let down = outputs.downstream;
        if self.last.valid && down != self.last {
            self.violate(now, "a beat changed before it was taken");
        }
        self.last = down;
        if down.valid && self.last_ready {
            beat(digest, now, DOWNSTREAM_PLACE, &down);
            self.take(&down, now);
            self.last = TlpPins::default();
        }
    }

    /// Chooses the next packet.
    fn begin(&mut self, now: Clock) {
        let any = self.heedless || self.non_posted_ok;
        let may = |packet: &Outgoing| any || !packet.is_non_posted();
        let Some(index) = self.waiting.iter().position(may) else {
            return;
        };
        let Some(packet) = self.waiting.remove(index) else {
            return;
        };
        self.beats = pins(&packet, self.width);
        let bytes = packet.tlp.to_bytes();
        self.record(Direction::Upstream, packet.segment, &bytes, now);
    }

    fn record(&mut self, direction: Direction, segment: u8, bytes: &[u8], now: Clock) {
        let at = now.0 * CLOCK_NS;
        let port = match direction {
            Direction::Upstream => 0,
            Direction::Downstream => 1,
        };
        if let Some(capture) = &mut self.capture
            && let Err(error) = capture.writer().packet(port, at, direction, segment, bytes)
        {
            self.violations.push(format!("the capture fails: {error}"));
            self.capture = None;
        }
    }

    /// A beat to devices.
    fn take(&mut self, down: &TlpPins, now: Clock) {
        if down.sop != self.partial.is_none() {
            self.violate(now, "packets are not one after the other");
        }
        if down.sop {
            let [low, high] = down.header;
            self.partial = Some(Partial {
                segment: down.segment,
                tlp: PortTlp {
                    prefix: down.prefix_valid.then_some(down.prefix),
                    header: [high >> 32, high, low >> 32, low].map(|word| word as u32),
                    payload: Vec::new(),
                },
            });
        }
        let full = (1_u16 << (self.width / 4)) - 1;
        let strobe = u16::from(down.strobe);
        if strobe & (strobe + 1) != 0 || !down.eop && strobe != full {
            self.violate(now, "a beat has gaps");
        }
        let Some(mut partial) = self.partial.take() else {
            return;
        };
        let bytes = down.data.iter().flat_map(|word| word.to_le_bytes());
        let count = 4 * down.strobe.count_ones() as usize;
        partial.tlp.payload.extend(bytes.take(count));
        if down.eop {
            self.finish(&partial, now);
        } else {
            self.partial = Some(partial);
        }
    }

    fn finish(&mut self, partial: &Partial, now: Clock) {
        let bytes = partial.tlp.to_bytes();
        self.record(Direction::Downstream, partial.segment, &bytes, now);
        match Tlp::parse(&bytes) {
            Ok(tlp) => {
                if let Err(rule) = tlp.check() {
                    self.violate(now, &rule.to_string());
                }
                self.received.push_back(Incoming {
                    segment: partial.segment,
                    tlp,
                    clock: now,
                });
            }
            Err(error) => self.violate(now, &error.to_string()),
        }
    }

    fn violate(&mut self, now: Clock, what: &str) {
        self.violations.push(format!("tlp_down {now}: {what}"));
    }
}

/// The beats of a packet.
fn pins(packet: &Outgoing, width: usize) -> VecDeque<TlpPins> {
    let [a, b, c, d] = packet.tlp.header.map(u64::from);
    let pins = |beat: Beat| {
        let mut data = [0; 4];
        for (word, bytes) in data.iter_mut().zip(beat.data.chunks(8)) {
            *word = bytes
                .iter()
                .rev()
                .fold(0, |word, &byte| word << 8 | u64::from(byte));
        }
        TlpPins {
            valid: true,
            sop: beat.sop && !packet.headless,
            eop: beat.eop && !packet.endless,
            error: packet.error && beat.eop,
            prefix_valid: packet.tlp.prefix.is_some(),
            prefix: packet.tlp.prefix.unwrap_or_default(),
            segment: packet.segment,
            // Counts with the first beat alone.
            header: [c << 32 | d, a << 32 | b].map(|word| if beat.sop { word } else { !word }),
            strobe: if packet.gap && beat.sop {
                beat.strobe >> 1
            } else {
                beat.strobe
            },
            data,
        }
    };
    packet.tlp.beats(width).into_iter().map(pins).collect()
}

fn beat(digest: &mut Digest, now: Clock, place: u64, pins: &TlpPins) {
    let control = u64::from(pins.sop)
        | u64::from(pins.eop) << 1
        | u64::from(pins.error) << 2
        | u64::from(pins.prefix_valid) << 3
        | u64::from(pins.segment) << 8
        | u64::from(pins.strobe) << 16
        | u64::from(pins.prefix) << 32;
    let [low, high] = pins.header;
    let [a, b, c, d] = pins.data;
    digest.beat(now, place, &[control, high, low, a, b, c, d]);
}
