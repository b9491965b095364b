// SPDX-License-Identifier: Apache-2.0
//! Contents to and from a file, and checksums.

use super::{Memory, pages::PAGE};
use sallyport_formats::Spa;
use std::io::{self, Read, Write};

/// Opens a dump; the digit is the format's version.
const MAGIC: &[u8; 8] = b"SALLYMM1";

/// A dump that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read or ends early.
    #[error("reading the memory dump: {0}")]
    Io(#[from] io::Error),
    /// The file is something else.
    #[error("not a memory dump of version 1")]
    Magic,
}

impl Memory {
    /// Writes all pages that are not zero, windows left out: eight bytes of magic, then for each
    /// page its number (8 bytes, little-endian) and its 4,096 bytes.
    ///
    /// # Errors
    /// Whatever `out` reports.
    pub fn dump(&self, mut out: impl Write) -> io::Result<()> {
        out.write_all(MAGIC)?;
        for (number, page) in self.pages.iter() {
            if page.iter().any(|&byte| byte != 0) {
                out.write_all(&number.to_le_bytes())?;
                out.write_all(page)?;
            }
        }
        Ok(())
    }

    /// Adds the pages of a dump to what is there.
    ///
    /// # Errors
    /// [`LoadError`]; the pages before the fault have been loaded.
    pub fn load(&mut self, mut from: impl Read) -> Result<(), LoadError> {
        let mut word = [0; 8];
        from.read_exact(&mut word)?;
        if &word != MAGIC {
            return Err(LoadError::Magic);
        }
        let mut page = [0; PAGE];
        loop {
            if from.read(&mut word[..1])? == 0 {
                return Ok(());
            }
            from.read_exact(&mut word[1..])?;
            from.read_exact(&mut page)?;
            *self.pages.get_mut(u64::from_le_bytes(word)) = page;
        }
    }

    /// CRC-32 of `len` bytes from `addr` on.
    #[must_use]
    pub fn checksum(&self, addr: Spa, len: u64) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        let mut at = addr.raw();
        let end = at.saturating_add(len);
        while at < end {
            let offset = at as usize % PAGE;
            let count = (PAGE - offset).min((end - at) as usize);
            if self.windows.at(at).is_some() {
                let mut bytes = [0; PAGE];
                self.read(Spa::new(at), &mut bytes[..count]);
                hasher.update(&bytes[..count]);
            } else {
                match self.pages.get(at / PAGE as u64) {
                    Some(page) => hasher.update(&page[offset..offset + count]),
                    None => hasher.update(&[0; PAGE][..count]),
                }
            }
            at += count as u64;
        }
        hasher.finalize()
    }

    /// CRC-32 of everything: page numbers and contents of all pages that are
    /// not zero, windows left out.
    #[must_use]
    pub fn digest(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for (number, page) in self.pages.iter() {
            if page.iter().any(|&byte| byte != 0) {
                hasher.update(&number.to_le_bytes());
                hasher.update(page);
            }
        }
        hasher.finalize()
    }
}
