// SPDX-License-Identifier: Apache-2.0
//! What the guest's functions are: the RTL's, or QEMU's own for comparison.

use crate::plan::{Rogue, TARGET};
use crate::qemu::Functions;
use crate::{Error, initramfs};
use sallyport_formats::Iova;
use sallyport_vfio::{Counters, Outcome, Server};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The functions of one boot.
#[derive(Debug)]
pub enum Hardware {
    /// The RTL and a controller behind it.
    Rtl {
        /// Who serves them.
        server: Box<Server>,
        /// The IOMMU's socket.
        iommu: PathBuf,
        /// The controller's socket.
        nvme: PathBuf,
    },
    /// QEMU's models, which count nothing.
    Reference {
        /// The disk.
        disk: PathBuf,
    },
}

/// What became of a rogue's accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// What it tried.
    pub rogue: Rogue,
    /// Its read was refused.
    pub read_refused: bool,
    /// Its write was refused.
    pub write_refused: bool,
}

impl Hardware {
    /// QEMU's models, with a disk of random contents in `folder`.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn reference(folder: &Path, seed: u64, bytes: u64) -> Result<Self, Error> {
        let disk = folder.join("disk");
        let mib = u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
        // Other contents than what the guest writes.
        let contents = initramfs::data(!seed, mib);
        fs::write(&disk, contents).map_err(Error::file(&disk))?;
        Ok(Self::Reference { disk })
    }

    /// What QEMU has to be told.
    #[must_use]
    pub fn functions(&self) -> Functions<'_> {
        match self {
            Self::Rtl { iommu, nvme, .. } => Functions::Served { iommu, nvme },
            Self::Reference { disk } => Functions::Own { disk },
        }
    }

    /// SHA-256 of bytes of the disk.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn digest(&self, bytes: Range<u64>) -> Result<String, Error> {
        match self {
            Self::Rtl { server, .. } => Ok(server.disk_digest(bytes)),
            Self::Reference { disk } => {
                let mut contents = Vec::new();
                let file = fs::File::open(disk).map_err(Error::file(disk))?;
                let mut part = file.take(bytes.end);
                part.read_to_end(&mut contents).map_err(Error::file(disk))?;
                let from = usize::try_from(bytes.start).unwrap_or(usize::MAX);
                Ok(digest(contents.get(from..).unwrap_or_default()))
            }
        }
    }

    /// Does DMA that must be refused. QEMU's models do none.
    ///
    /// # Errors
    /// [`Error::Server`] if the simulation has ended.
    pub fn rogue(&self, rogue: Rogue) -> Result<Option<Attempt>, Error> {
        let Self::Rtl { server, .. } = self else {
            return Ok(None);
        };
        let (device, at) = (rogue.device(), Iova::new(TARGET));
        let read = server.rogue_read(device, at, 64)?;
        let write = server.rogue_write(device, at, &[0xa5; 64])?;
        Ok(Some(Attempt {
            rogue,
            read_refused: matches!(read, Outcome::Refused(_)),
            write_refused: matches!(write, Outcome::Refused(_)),
        }))
    }

    /// Stops, and tells what was counted.
    ///
    /// # Errors
    /// [`Error::Server`] if the simulation found something wrong.
    pub fn stop(self) -> Result<Option<Counters>, Error> {
        match self {
            Self::Rtl { server, .. } => Ok(Some(server.stop()?)),
            Self::Reference { .. } => Ok(None),
        }
    }
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_reference_disk_have_digests() {
        let folder = tempfile::tempdir().unwrap();
        let hardware = Hardware::reference(folder.path(), 1, 2 << 20).unwrap();
        let all = initramfs::data(!1, 2);
        assert_eq!(
            hardware.digest(4096..8192).unwrap(),
            digest(&all[4096..8192])
        );
        assert_eq!(
            digest(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
