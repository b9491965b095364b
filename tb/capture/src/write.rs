// SPDX-License-Identifier: Apache-2.0
//! Writing: into a temporary file beside the target, which is renamed when it
//! is whole, so that no half-written file is ever left.

use std::borrow::Cow;
use std::io::{BufWriter, Write};
use std::path::Path;

use pcap_file::pcap::{PcapHeader, PcapWriter, RawPcapPacket};
use pcap_file::{Endianness, PcapError, TsResolution};

use crate::{Capture, CaptureError, LONGEST_FRAME, Resolution};

impl Capture {
    /// Says whether [`write`](Self::write) would be able to put this capture
    /// into the file, without leaving anything behind.
    ///
    /// # Errors
    /// As for `write`.
    pub fn check_writable(&self, path: &Path) -> Result<(), CaptureError> {
        self.check_one_link_type(path)?;
        temporary_beside(path).map(drop)
    }

    /// Writes the frames as pcap, little-endian, in the capture's resolution.
    ///
    /// # Errors
    /// The file cannot be created or written; the frames have several link
    /// types or time stamps past the year 2106, for which pcap has no room.
    pub fn write(&self, path: &Path) -> Result<(), CaptureError> {
        self.check_one_link_type(path)?;
        let mut file = temporary_beside(path)?;
        self.write_to(BufWriter::new(&mut file), path)?;
        file.persist(path).map_err(|error| CaptureError::Io {
            path: path.to_owned(),
            source: error.error,
        })?;
        Ok(())
    }

    fn check_one_link_type(&self, path: &Path) -> Result<(), CaptureError> {
        match self
            .frames
            .iter()
            .position(|f| f.link_type != self.link_type)
        {
            None => Ok(()),
            Some(index) => Err(CaptureError::Unwritable {
                path: path.to_owned(),
                what: format!(
                    "a pcap file has one link type, but frame {} has {:?} and those before it {:?}",
                    index + 1,
                    self.frames[index].link_type,
                    self.link_type
                ),
            }),
        }
    }

    fn write_to(&self, mut stream: impl Write, path: &Path) -> Result<(), CaptureError> {
        let (ts_resolution, unit) = match self.resolution {
            Resolution::Microseconds => (TsResolution::MicroSecond, 1_000),
            Resolution::Nanoseconds => (TsResolution::NanoSecond, 1),
        };
        let header = PcapHeader {
            snaplen: u32::try_from(LONGEST_FRAME).unwrap_or(u32::MAX),
            datalink: self.link_type,
            ts_resolution,
            endianness: Endianness::Little,
            ..PcapHeader::default()
        };
        let mut writer =
            PcapWriter::with_header(&mut stream, header).map_err(|error| refused(path, error))?;
        for (index, frame) in self.frames.iter().enumerate() {
            let ts_sec =
                u32::try_from(frame.timestamp.as_secs()).map_err(|_| CaptureError::Unwritable {
                    path: path.to_owned(),
                    what: format!(
                        "the time stamp of frame {} is past what pcap can hold",
                        index + 1
                    ),
                })?;
            let packet = RawPcapPacket {
                ts_sec,
                ts_frac: frame.timestamp.subsec_nanos() / unit,
                incl_len: u32::try_from(frame.data.len()).unwrap_or(u32::MAX),
                orig_len: frame.original_length,
                data: Cow::Borrowed(&frame.data),
            };
            writer
                .write_raw_packet(&packet)
                .map_err(|error| refused(path, error))?;
        }
        stream.flush().map_err(|source| CaptureError::Io {
            path: path.to_owned(),
            source,
        })
    }
}

/// A new file in the target's folder, with the permissions of a plain one.
fn temporary_beside(path: &Path) -> Result<tempfile::NamedTempFile, CaptureError> {
    use std::os::unix::fs::PermissionsExt;
    // A rename would replace a device or a folder by a file.
    if path.exists() && !path.is_file() {
        return Err(CaptureError::Unwritable {
            path: path.to_owned(),
            what: "exists and is not a plain file".to_owned(),
        });
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(|source| CaptureError::Io {
            path: path.to_owned(),
            source,
        })
}

fn refused(path: &Path, error: PcapError) -> CaptureError {
    match error {
        PcapError::IoError(source) => CaptureError::Io {
            path: path.to_owned(),
            source,
        },
        other => CaptureError::Unwritable {
            path: path.to_owned(),
            what: other.to_string(),
        },
    }
}
