// SPDX-License-Identifier: Apache-2.0
//! The block format. The library hands the count of an Enhanced Packet Block's
//! clock over as nanoseconds, whatever the unit; the interface's `if_tsresol`
//! and `if_tsoffset` are applied here.

use std::time::Duration;

use pcap_file::pcapng::PcapNgParser;
use pcap_file::pcapng::blocks::Block;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::{DataLink, PcapError};

use crate::{Capture, Fault, Frame, Resolution, frame};

/// The unit of an interface's clock, from `if_tsresol` (default: microseconds).
#[derive(Clone, Copy)]
struct Clock {
    /// Ticks in a second.
    frequency: u128,
    /// Seconds to add.
    offset: i64,
}

impl Clock {
    fn of(interface: &InterfaceDescriptionBlock) -> Option<Self> {
        let mut clock = Self {
            frequency: 1_000_000,
            offset: 0,
        };
        for option in &interface.options {
            match option {
                InterfaceDescriptionOption::IfTsResol(unit) => {
                    let exponent = u32::from(unit & 0x7f);
                    let base: u128 = if unit & 0x80 == 0 { 10 } else { 2 };
                    clock.frequency = base.checked_pow(exponent)?;
                }
                InterfaceDescriptionOption::IfTsOffset(seconds) => {
                    clock.offset = seconds.cast_signed();
                }
                _ => {}
            }
        }
        Some(clock)
    }

    fn resolution(self) -> Resolution {
        if 1_000_000 % self.frequency == 0 {
            Resolution::Microseconds
        } else {
            Resolution::Nanoseconds
        }
    }

    /// Time of a count, to the nanosecond below.
    fn time(self, ticks: u128) -> Option<Duration> {
        let seconds = u64::try_from(ticks / self.frequency).ok()?;
        let nanoseconds = (ticks % self.frequency).checked_mul(1_000_000_000)? / self.frequency;
        let seconds = seconds.checked_add_signed(self.offset)?;
        Some(Duration::new(seconds, u32::try_from(nanoseconds).ok()?))
    }
}

pub(crate) fn parse(bytes: &[u8], limit: usize) -> Result<Capture, Fault> {
    let (mut rest, mut parser) = PcapNgParser::new(bytes).map_err(|error| malformed(0, &error))?;
    let mut frames: Vec<Frame> = Vec::new();
    let mut resolution = Resolution::Microseconds;
    let mut first_interface = None;
    while !rest.is_empty() && frames.len() < limit {
        let offset = bytes.len() - rest.len();
        let (after, block) = parser
            .next_block(rest)
            .map_err(|error| malformed(offset, &error))?;
        if first_interface.is_none() {
            first_interface = parser.interfaces().first().map(|i| i.linktype);
        }
        let found = match &block {
            Block::EnhancedPacket(packet) => Some((
                packet.interface_id,
                packet.timestamp.as_nanos(),
                packet.original_len,
                &packet.data[..],
            )),
            Block::Packet(packet) => Some((
                u32::from(packet.interface_id),
                u128::from(packet.timestamp),
                packet.original_len,
                &packet.data[..],
            )),
            Block::SimplePacket(packet) => {
                let kept = simple_length(&parser, packet.original_len, packet.data.len());
                Some((0, 0, packet.original_len, &packet.data[..kept]))
            }
            _ => None,
        };
        if let Some((id, ticks, original_length, data)) = found {
            let interface = parser.interfaces().get(id as usize).ok_or_else(|| {
                Fault::new(
                    offset,
                    format!("a frame of interface {id}, which is not described before it"),
                )
            })?;
            let clock = Clock::of(interface).ok_or_else(|| {
                Fault::new(
                    offset,
                    format!("the clock of interface {id} is finer than can be counted"),
                )
            })?;
            let timestamp = clock
                .time(ticks)
                .ok_or_else(|| Fault::new(offset, "a time stamp out of range"))?;
            resolution = resolution.max(clock.resolution());
            frames.push(frame(
                offset,
                timestamp,
                original_length,
                interface.linktype,
                data,
            )?);
        }
        rest = after;
    }
    let link_type = frames
        .first()
        .map(|frame| frame.link_type)
        .or(first_interface)
        .unwrap_or(DataLink::ETHERNET);
    Ok(Capture {
        resolution,
        link_type,
        frames,
    })
}

/// Bytes of a Simple Packet Block that are frame and not padding.
fn simple_length(parser: &PcapNgParser, original: u32, stored: usize) -> usize {
    let snapshot = match parser.interfaces().first().map_or(0, |i| i.snaplen) {
        0 => u32::MAX,
        length => length,
    };
    stored.min(original.min(snapshot) as usize)
}

fn malformed(offset: usize, error: &PcapError) -> Fault {
    match error {
        PcapError::IncompleteBuffer => {
            Fault::new(offset, "the file ends within the block that starts here")
        }
        other => Fault::new(offset, other.to_string()),
    }
}
