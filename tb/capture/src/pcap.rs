// SPDX-License-Identifier: Apache-2.0
//! The classic format. The library's raw records are used, because its checked
//! ones refuse a frame that was longer on the wire than the snapshot length,
//! which is what a truncated frame is.

use std::time::Duration;

use pcap_file::pcap::PcapParser;
use pcap_file::{PcapError, TsResolution};

use crate::{Capture, Fault, Resolution, frame};

pub(crate) fn parse(bytes: &[u8], limit: usize) -> Result<Capture, Fault> {
    let (mut rest, parser) = PcapParser::new(bytes)
        .map_err(|_| Fault::new(0, "the file ends within the header of 24 bytes"))?;
    let header = parser.header();
    let (resolution, unit) = match header.ts_resolution {
        TsResolution::MicroSecond => (Resolution::Microseconds, 1_000),
        TsResolution::NanoSecond => (Resolution::Nanoseconds, 1),
    };
    let mut frames = Vec::new();
    while !rest.is_empty() && frames.len() < limit {
        let offset = bytes.len() - rest.len();
        let (after, record) = parser
            .next_raw_packet(rest)
            .map_err(|error| truncated(offset, &error))?;
        let nanoseconds = u64::from(record.ts_frac) * unit;
        if nanoseconds >= 1_000_000_000 {
            return Err(Fault::new(
                offset,
                format!(
                    "a time stamp whose fraction of a second is {}",
                    record.ts_frac
                ),
            ));
        }
        let timestamp =
            Duration::from_secs(u64::from(record.ts_sec)) + Duration::from_nanos(nanoseconds);
        frames.push(frame(
            offset,
            timestamp,
            record.orig_len,
            header.datalink,
            &record.data,
        )?);
        rest = after;
    }
    Ok(Capture {
        resolution,
        link_type: header.datalink,
        frames,
    })
}

fn truncated(offset: usize, error: &PcapError) -> Fault {
    match error {
        PcapError::IncompleteBuffer => {
            Fault::new(offset, "the file ends within the frame that starts here")
        }
        other => Fault::new(offset, other.to_string()),
    }
}
