// SPDX-License-Identifier: Apache-2.0
//! Packets that ask for nothing that is served: malformed, poisoned, unwanted.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::Outgoing;
use sallyport_tlp::{
    AddressType, AtomicOp, AtomicOperation, Body, Completion, Endpoint, Manner, PortTlp, RoutingId,
    Status, Tag, Tlp, TlpError, Traffic,
};

/// What a packet is counted as; also its place among the counters.
#[derive(Clone, Copy, Debug)]
pub enum Counted {
    Malformed = 0,
    Unsupported = 1,
    Poisoned = 2,
}

/// A packet that comes to nothing.
pub struct Noise {
    pub packet: Outgoing,
    pub counted: Counted,
    /// Of what is answered with UR.
    pub tag: Option<Tag>,
}

impl Noise {
    /// A random one of this requester, which has a tag left.
    ///
    /// # Errors
    /// None: what it sends can be sent.
    pub fn new(
        endpoint: &mut Endpoint,
        segment: u8,
        rng: &mut ChaCha8Rng,
    ) -> Result<Self, TlpError> {
        let at = rng.random::<u64>() & !0xfff;
        let manner = Manner::default();
        let words = rng.random_range(2..=64_usize);
        let write = endpoint.write(at, &vec![0xee; 4 * words], manner)?;
        let (counted, tag, tlp) = match rng.random_range(0..8) {
            0 => {
                let traffic = Traffic {
                    poisoned: true,
                    ..Traffic::default()
                };
                let tlp = PortTlp::of_tlp(&Tlp { traffic, ..write })?;
                (Counted::Poisoned, None, tlp)
            }
            1 => {
                let mut tlp = PortTlp::of_tlp(&write)?;
                let less = rng.random_range(0..tlp.payload.len() / 4);
                tlp.payload.truncate(4 * less);
                (Counted::Malformed, None, tlp)
            }
            2 => {
                let mut tlp = PortTlp::of_tlp(&write)?;
                let more = rng.random_range(1..=64);
                tlp.payload.extend(vec![0xdd; 4 * more]);
                (Counted::Malformed, None, tlp)
            }
            3 => {
                // Leaves its page.
                let mut tlp = PortTlp::of_tlp(&write)?;
                let last = tlp.header.iter().position(|word| *word == at as u32);
                if let Some(low) = last {
                    tlp.header[low] |= 0xffc;
                }
                (Counted::Malformed, None, tlp)
            }
            4 => {
                let tag = endpoint.other();
                let atomic = AtomicOp {
                    operation: AtomicOperation::FetchAdd,
                    requester: endpoint.id(),
                    tag,
                    address_type: AddressType::Untranslated,
                    address: at,
                    operands: vec![1; 8],
                };
                let tlp = PortTlp::of_tlp(&Tlp::from(Body::AtomicOp(atomic)))?;
                (Counted::Unsupported, Some(tag), tlp)
            }
            5 => {
                let nobody = RoutingId::default();
                let stray = Completion::refusal(
                    endpoint.id(),
                    nobody,
                    Tag::default(),
                    Status::UnsupportedRequest,
                );
                let tlp = PortTlp::of_tlp(&Tlp::from(Body::Completion(stray)))?;
                (Counted::Unsupported, None, tlp)
            }
            6 => {
                // A message of a vendor.
                let mut tlp = PortTlp::of_tlp(&write)?;
                tlp.payload.clear();
                tlp.header[0] = 0x3400_0000;
                tlp.header[1] = tlp.header[1] & !0xff | 0x7e;
                (Counted::Unsupported, None, tlp)
            }
            _ => {
                let tlp = PortTlp::of_tlp(&write)?;
                let packet = Outgoing {
                    error: true,
                    ..Outgoing::raw(segment, tlp)
                };
                return Ok(Self {
                    packet,
                    counted: Counted::Malformed,
                    tag: None,
                });
            }
        };
        Ok(Self {
            packet: Outgoing::raw(segment, tlp),
            counted,
            tag,
        })
    }
}
