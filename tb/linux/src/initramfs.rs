// SPDX-License-Identifier: Apache-2.0
//! The guest's first and only file system.

use crate::Error;
use crate::distribution::{Distribution, MODULES};
use cpio::newc::{Builder, ModeFileType, trailer};
use flate2::Compression;
use flate2::write::GzEncoder;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::fs;
use std::io::{self, Write};

/// The guest's init.
pub const INIT: &[u8] = include_bytes!("../../../sw/linux/init");

/// The bytes that the guest writes to its disk: `mib` MiB, the same for each seed.
#[must_use]
pub fn data(seed: u64, mib: u32) -> Vec<u8> {
    let mut bytes = vec![0; (mib as usize) << 20];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

/// Packs the initramfs: busybox, the modules, init and the data to be written.
///
/// # Errors
/// [`Error::File`] if something cannot be read.
pub fn pack(distribution: &Distribution, data: &[u8]) -> Result<Vec<u8>, Error> {
    let read = |path| fs::read(&path).map_err(Error::file(path));
    let mut modules = Vec::new();
    for name in MODULES {
        modules.push((format!("lib/{name}.ko"), read(distribution.module(name))?));
    }
    let busybox = read(distribution.busybox.clone())?;
    let mut archive = Archive::default();
    let packed = archive.fill(&busybox, &modules, data);
    packed.map_err(Error::file("the initramfs"))?;
    archive.finish().map_err(Error::file("the initramfs"))
}

/// An archive in the kernel's format. Times and owners are zero, so that the same
/// contents give the same bytes.
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

impl Archive {
    fn fill(
        &mut self,
        busybox: &[u8],
        modules: &[(String, Vec<u8>)],
        data: &[u8],
    ) -> io::Result<()> {
        for folder in ["bin", "dev", "lib", "proc", "sys"] {
            self.add(self.entry(folder, ModeFileType::Directory, 0o755), &[])?;
        }
        // The first process has no console where this is not there.
        let console = self.entry("dev/console", ModeFileType::Char, 0o600);
        self.add(console.rdev_major(5).rdev_minor(1), &[])?;
        self.add(self.entry("init", ModeFileType::Regular, 0o755), INIT)?;
        self.add(
            self.entry("bin/busybox", ModeFileType::Regular, 0o755),
            busybox,
        )?;
        for (name, module) in modules {
            self.add(self.entry(name, ModeFileType::Regular, 0o644), module)?;
        }
        self.add(self.entry("data", ModeFileType::Regular, 0o644), data)
    }

    fn entry(&self, name: &str, kind: ModeFileType, mode: u32) -> Builder {
        Builder::new(name)
            .ino(self.entries + 1)
            .mode(mode)
            .set_mode_file_type(kind)
    }

    fn add(&mut self, entry: Builder, contents: &[u8]) -> io::Result<()> {
        let size = u32::try_from(contents.len()).map_err(io::Error::other)?;
        let mut writer = entry.write(&mut self.bytes, size);
        writer.write_all(contents)?;
        writer.finish()?;
        self.entries += 1;
        Ok(())
    }

    fn finish(mut self) -> io::Result<Vec<u8>> {
        trailer(&mut self.bytes)?;
        // Most of it does not get smaller.
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&self.bytes)?;
        encoder.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cpio::newc::Reader;
    use flate2::read::GzDecoder;
    use std::collections::BTreeMap;
    use std::io::Read;

    fn unpack(bytes: &[u8]) -> BTreeMap<String, (u32, Vec<u8>)> {
        let mut archive = Vec::new();
        GzDecoder::new(bytes).read_to_end(&mut archive).unwrap();
        let mut rest = archive.as_slice();
        let mut entries = BTreeMap::new();
        loop {
            let mut reader = Reader::new(rest).unwrap();
            if reader.entry().is_trailer() {
                return entries;
            }
            let mut contents = Vec::new();
            reader.read_to_end(&mut contents).unwrap();
            let entry = (reader.entry().mode(), contents);
            entries.insert(reader.entry().name().to_owned(), entry);
            rest = reader.finish().unwrap();
        }
    }

    #[test]
    fn what_goes_in_is_in_it() {
        let modules = vec![("lib/nvme.ko".to_owned(), vec![7; 5])];
        let mut archive = Archive::default();
        archive.fill(b"busy", &modules, b"data").unwrap();
        let entries = unpack(&archive.finish().unwrap());
        assert_eq!(entries["init"], (0o100_755, INIT.to_vec()));
        assert_eq!(entries["bin/busybox"], (0o100_755, b"busy".to_vec()));
        assert_eq!(entries["lib/nvme.ko"], (0o100_644, vec![7; 5]));
        assert_eq!(entries["data"].1, b"data");
        assert_eq!(entries["dev/console"].0, 0o020_600);
        assert_eq!(entries["proc"].0, 0o040_755);
    }

    #[test]
    fn data_depends_on_the_seed_alone() {
        assert_eq!(data(1, 1), data(1, 1));
        assert_ne!(data(1, 1), data(2, 1));
        assert_eq!(data(1, 2).len(), 2 << 20);
    }

    /// A plain file in place of the disk would make all sums agree.
    #[test]
    fn init_looks_for_a_block_device() {
        let init = String::from_utf8(INIT.to_vec()).unwrap();
        assert!(init.contains("[ ! -b $disk ]"));
        assert!(init.contains("/proc/sys/vm/drop_caches"));
    }
}
