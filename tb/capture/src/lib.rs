// SPDX-License-Identifier: Apache-2.0
//! Packet captures in and out.
//!
//! [`Capture::read`] takes pcap (both byte orders, micro- and nanoseconds) and
//! pcapng; [`Capture::write`] leaves a pcap whose frames have the bytes, the
//! original length, the time stamp and the link type that were read. Every
//! error names the file, and where the contents are at fault the offset.

mod pcap;
mod pcapng;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use pcap_file::DataLink;

/// The longest frame that is taken, in bytes: what capture tools call the
/// largest snapshot length.
pub const LONGEST_FRAME: usize = 262_144;

/// One captured frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Time since the epoch of the capture's clock.
    pub timestamp: Duration,
    /// Length on the wire, in bytes; more than `data` holds if it was cut.
    pub original_length: u32,
    /// Link type of the interface that saw it.
    pub link_type: DataLink,
    /// The bytes that were captured, at most [`LONGEST_FRAME`].
    pub data: Vec<u8>,
}

/// Resolution of the time stamps of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// A capture: frames in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The finest resolution that its time stamps use.
    pub resolution: Resolution,
    /// Link type of a capture without frames, and of its first frame otherwise.
    pub link_type: DataLink,
    /// The frames.
    pub frames: Vec<Frame>,
}

/// Why a capture could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Neither pcap nor pcapng.
    #[error(
        "{}: offset 0: not a capture: it starts with {start}, neither a pcap nor a pcapng header",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its first bytes, in hexadecimal.
        start: String,
    },
    /// The contents break the format.
    #[error("{}: offset {offset}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where the element that is at fault starts, in bytes.
        offset: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The frames cannot be put into one pcap file.
    #[error("{}: {what}", path.display())]
    Unwritable {
        /// The file that was to be written.
        path: PathBuf,
        /// Why not.
        what: String,
    },
}

impl Capture {
    /// Reads a capture, or its first `limit` frames.
    ///
    /// # Errors
    /// A missing or unreadable file, a file that is no capture, and one that is
    /// truncated or malformed before the limit is reached.
    pub fn read(path: &Path, limit: Option<usize>) -> Result<Self, CaptureError> {
        let bytes = std::fs::read(path).map_err(|source| CaptureError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&bytes, path, limit)
    }

    /// Reads a capture that is in memory, or its first `limit` frames; `path` is
    /// what errors call it.
    ///
    /// # Errors
    /// As for [`read`](Self::read), but for those of the file system.
    pub fn parse(bytes: &[u8], path: &Path, limit: Option<usize>) -> Result<Self, CaptureError> {
        let limit = limit.unwrap_or(usize::MAX);
        match bytes.get(..4) {
            Some(&[0x0a, 0x0d, 0x0d, 0x0a]) => pcapng::parse(bytes, limit),
            Some(
                &[0xa1, 0xb2, 0xc3, 0xd4]
                | &[0xa1, 0xb2, 0x3c, 0x4d]
                | &[0xd4, 0xc3, 0xb2, 0xa1]
                | &[0x4d, 0x3c, 0xb2, 0xa1],
            ) => pcap::parse(bytes, limit),
            _ => {
                return Err(CaptureError::Foreign {
                    path: path.to_owned(),
                    start: first_bytes(bytes),
                });
            }
        }
        .map_err(|fault| CaptureError::Malformed {
            path: path.to_owned(),
            offset: fault.offset,
            what: fault.what,
        })
    }
}

/// What is wrong, and where, before the file's name is known.
struct Fault {
    offset: usize,
    what: String,
}

impl Fault {
    fn new(offset: usize, what: impl Into<String>) -> Self {
        Self {
            offset,
            what: what.into(),
        }
    }
}

fn first_bytes(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing (the file is empty)".to_owned();
    }
    let hex: Vec<String> = bytes.iter().take(4).map(|b| format!("{b:02x}")).collect();
    hex.join(" ")
}

/// A frame as it stands in a file, checked.
fn frame(
    offset: usize,
    timestamp: Duration,
    original_length: u32,
    link_type: DataLink,
    data: &[u8],
) -> Result<Frame, Fault> {
    if data.len() > LONGEST_FRAME {
        return Err(Fault::new(
            offset,
            format!(
                "a frame of {} bytes; the longest that is taken has {LONGEST_FRAME}",
                data.len()
            ),
        ));
    }
    if data.len() as u64 > u64::from(original_length) {
        return Err(Fault::new(
            offset,
            format!(
                "a frame of {} bytes that claims to have been {original_length} on the wire",
                data.len()
            ),
        ));
    }
    Ok(Frame {
        timestamp,
        original_length,
        link_type,
        data: data.to_vec(),
    })
}
