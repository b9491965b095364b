// SPDX-License-Identifier: Apache-2.0
//! The rogue on PCI Express: packet by packet.

use super::{Attempt, Outcome, Rogue, outcome};
use sallyport_bench::Function;
use sallyport_bench::hardware::Outgoing;
use sallyport_formats::{DeviceId, Iova};
use sallyport_tlp::{
    AddressType, Answer, Body, Endpoint, Manner, MemoryRead, MemoryWrite, RoutingId, Tag, Tlp,
};

/// Clocks after which it no longer waits for a completion.
const COMPLETION_TIMEOUT: u64 = 4_096;

impl Rogue {
    pub(super) async fn over_pcie(
        &self,
        function: &Function,
        attempt: Attempt,
        at: Iova,
        bytes: &[u8],
    ) -> Option<Outcome> {
        let manner = Manner::default();
        let shape = Endpoint::new(function.id(), function.limits());
        let at = at.raw();
        match attempt {
            Attempt::Read => {
                let mut passed = true;
                let mut done = 0;
                while done < bytes.len() {
                    let at = at.wrapping_add(done as u64);
                    let count = shape.longest(at, false).min(bytes.len() - done);
                    let make = |endpoint: &mut Endpoint| {
                        let (tag, tlp) =
                            endpoint.read(at, count, manner).expect("it fits a packet");
                        (tag, self.disguise(function, tlp))
                    };
                    let answer = function.submit_raw(make).await;
                    match function.within(COMPLETION_TIMEOUT, answer).await {
                        Some(Answer::Data(data)) => self.keep(&data),
                        Some(_) => passed = false,
                        None => return Some(Outcome::Unanswered),
                    }
                    done += count;
                }
                Some(outcome(passed))
            }
            Attempt::Write => {
                let mut rest = bytes;
                let mut at = at;
                while !rest.is_empty() {
                    let count = shape.longest(at, true).min(rest.len());
                    let (now, later) = rest.split_at(count);
                    let tlp = shape.write(at, now, manner).expect("it fits a packet");
                    function.send_raw(self.disguise(function, tlp));
                    at = at.wrapping_add(count as u64);
                    rest = later;
                }
                Some(Outcome::Unanswered)
            }
            Attempt::ReadWhole => {
                let make = |endpoint: &mut Endpoint| {
                    let tag = endpoint.other();
                    (
                        tag,
                        self.disguise(function, whole_read(function, tag, at, bytes.len())),
                    )
                };
                let answer = function.submit_raw(make).await;
                match function.within(COMPLETION_TIMEOUT, answer).await {
                    Some(_) => Some(Outcome::Refused),
                    None => Some(Outcome::Unanswered),
                }
            }
            Attempt::WriteWhole => {
                function.send_raw(self.disguise(function, whole_write(function, at, bytes)));
                Some(Outcome::Unanswered)
            }
            Attempt::WithholdData => {
                let mut packet = self.disguise(function, whole_write(function, at, bytes));
                packet.tlp.payload.truncate(bytes.len() / 8 * 4);
                function.send_raw(packet);
                Some(Outcome::Unanswered)
            }
            Attempt::HoldReady => {
                function.hold_link(true);
                let make = |endpoint: &mut Endpoint| {
                    endpoint
                        .read(at, bytes.len(), manner)
                        .expect("it fits a packet")
                };
                let answer = function.submit(make).await;
                // Whatever comes next lets the link go.
                self.go.notified().await;
                self.attempt.take();
                function.hold_link(false);
                match answer.await {
                    Answer::Data(data) => {
                        self.keep(&data);
                        Some(Outcome::Passed)
                    }
                    _ => Some(Outcome::Refused),
                }
            }
            Attempt::Release => {
                function.hold_link(false);
                None
            }
        }
    }

    /// The packet in the name that it claims.
    fn disguise(&self, function: &Function, mut tlp: Tlp) -> Outgoing {
        let Some(device) = self.claimed() else {
            return function.packet(&tlp);
        };
        let (id, segment) = RoutingId::of_device(device);
        match &mut tlp.body {
            Body::MemoryRead(read) => read.requester = id,
            Body::MemoryWrite(write) => write.requester = id,
            _ => {}
        }
        Outgoing {
            segment,
            ..function.packet(&tlp)
        }
    }

    fn claimed(&self) -> Option<DeviceId> {
        let claim = self.claim.get();
        (claim & super::CLAIM_ENABLE != 0).then(|| DeviceId::truncate(claim.into()))
    }
}

/// One read request, whatever it crosses.
fn whole_read(function: &Function, tag: Tag, at: u64, bytes: usize) -> Tlp {
    let untranslated = AddressType::Untranslated;
    let read = MemoryRead::of_bytes(function.id(), tag, untranslated, at, bytes);
    Tlp::from(Body::MemoryRead(read.expect("it fits a packet")))
}

/// One write request, whatever it crosses.
fn whole_write(function: &Function, at: u64, bytes: &[u8]) -> Tlp {
    let write = MemoryWrite::of_bytes(function.id(), AddressType::Untranslated, at, bytes);
    Tlp::from(Body::MemoryWrite(write.expect("it fits a packet")))
}
