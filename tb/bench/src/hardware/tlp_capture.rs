// SPDX-License-Identifier: Apache-2.0
//! Captures of the TLP ports as files.

use sallyport_tlp::{CaptureWriter, PcapError};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What the interfaces of a capture are called: the ports of `iommu_pcie`, packets
/// from devices first.
const PORTS: [&str; 2] = ["tlp_up", "tlp_down"];

/// A capture of TLPs cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct CaptureFailed {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: PcapError,
}

/// A capture that is being written.
pub(super) struct TlpCapture {
    path: PathBuf,
    writer: CaptureWriter<File>,
}

impl TlpCapture {
    /// Begins a file; the seed that repeats the run goes into its comment.
    pub(super) fn new(path: &Path, seed: u64) -> Result<Self, CaptureFailed> {
        let file = File::create(path).map_err(PcapError::IoError);
        let writer = file.and_then(|file| CaptureWriter::new(file, &PORTS, seed));
        Ok(Self {
            path: path.to_owned(),
            writer: writer.map_err(|source| failed(path, source))?,
        })
    }

    pub(super) const fn writer(&mut self) -> &mut CaptureWriter<File> {
        &mut self.writer
    }

    /// Writes what is left; the packets in the file.
    pub(super) fn finish(self) -> Result<u64, CaptureFailed> {
        let Self { path, writer } = self;
        let packets = writer.packets();
        writer.finish().map_err(|source| failed(&path, source))?;
        Ok(packets)
    }
}

fn failed(path: &Path, source: PcapError) -> CaptureFailed {
    CaptureFailed {
        path: path.to_owned(),
        source,
    }
}
