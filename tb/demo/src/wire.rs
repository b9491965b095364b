// SPDX-License-Identifier: Apache-2.0
//! Between frames of a capture and frames on the NIC's wire.

use sallyport_capture::{DataLink, Frame};
use sallyport_devices::nic::{Stamp, WireFrame};
use std::time::Duration;

/// Seconds that a stamp has room for.
const SECONDS: u64 = 1 << 34;

/// Whether the NIC can carry the time stamps of these frames; the number of the
/// first one that it cannot, from 1.
///
/// # Errors
/// That number.
pub fn check_stamps(frames: &[Frame]) -> Result<(), usize> {
    let late = |frame: &Frame| frame.timestamp.as_secs() >= SECONDS;
    frames
        .iter()
        .position(late)
        .map_or(Ok(()), |index| Err(index + 1))
}

/// What the NIC knows of a frame besides its bytes.
pub fn stamp(frame: &Frame) -> Stamp {
    Stamp {
        seconds: frame.timestamp.as_secs(),
        nanoseconds: frame.timestamp.subsec_nanos(),
        wire_length: frame.original_length,
        link_type: frame.link_type.into(),
    }
}

/// The frame as it comes over the wire.
pub fn to_wire(frame: &Frame) -> WireFrame {
    WireFrame {
        stamp: stamp(frame),
        data: frame.data.clone(),
    }
}

/// A frame that came from the wire.
pub fn from_wire(frame: WireFrame) -> Frame {
    let stamp = frame.stamp;
    Frame {
        timestamp: Duration::new(stamp.seconds, stamp.nanoseconds),
        original_length: stamp.wire_length,
        link_type: DataLink::from(stamp.link_type),
        data: frame.data,
    }
}

/// A frame for scenes that want traffic when the capture has none.
pub fn test_frame() -> Frame {
    Frame {
        timestamp: Duration::ZERO,
        original_length: 1500,
        link_type: DataLink::ETHERNET,
        data: (0..1500u32).map(|n| (n * 7) as u8).collect(),
    }
}

/// The frames that have bytes, but no more than `longest`; or a test frame.
pub fn traffic(frames: &[Frame], longest: usize) -> Vec<Frame> {
    let mut useful: Vec<Frame> = frames
        .iter()
        .filter(|frame| (1..=longest).contains(&frame.data.len()))
        .cloned()
        .collect();
    if useful.is_empty() {
        useful.push(test_frame());
    }
    useful
}
