// SPDX-License-Identifier: Apache-2.0
//! What `tb/linux/fetch` has fetched.

use crate::Error;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The guest's modules, in the order in which they are inserted; ours is used by
/// paging runs.
pub const MODULES: [&str; 5] = [
    "nvme-keyring",
    "nvme-auth",
    "nvme-core",
    "nvme",
    "sallyport",
];

/// A package that is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture.
    pub architecture: String,
    /// SHA-256 of the package's file.
    pub sha256: String,
}

/// A folder with QEMU, a kernel and its modules.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// QEMU.
    pub qemu: PathBuf,
    /// QEMU's firmware.
    pub firmware: PathBuf,
    /// The kernel.
    pub kernel: PathBuf,
    /// A shell and what belongs to it, linked statically, for the guest.
    pub busybox: PathBuf,
    /// The folder of the modules.
    pub modules: PathBuf,
    /// The kernel's release: what the module was built for.
    pub release: String,
    /// The suite of the distribution.
    pub suite: String,
    /// What was fetched.
    pub packages: Vec<Package>,
}

impl Distribution {
    /// Looks into the folder.
    ///
    /// # Errors
    /// [`Error::Missing`] for what is not there.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let root = folder.join("root");
        let found = Self {
            qemu: root.join("usr/bin/qemu-system-riscv64"),
            firmware: root.join("usr/share/qemu"),
            kernel: folder.join("vmlinuz"),
            busybox: folder.join("busybox"),
            modules: folder.join("modules"),
            release: line(&folder.join("release"))?,
            suite: line(&folder.join("suite"))?,
            packages: packages(&text(&folder.join("packages.tsv"))?),
        };
        let programs = [&found.qemu, &found.firmware, &found.kernel, &found.busybox];
        let mut wanted: Vec<PathBuf> = programs.into_iter().cloned().collect();
        wanted.extend(MODULES.map(|name| found.module(name)));
        match wanted.into_iter().find(|path| !path.exists()) {
            Some(path) => Err(Error::Missing { path }),
            None => Ok(found),
        }
    }

    /// The file of a module.
    #[must_use]
    pub fn module(&self, name: &str) -> PathBuf {
        self.modules.join(format!("{name}.ko"))
    }
}

fn text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|_| Error::Missing { path: path.into() })
}

fn line(path: &Path) -> Result<String, Error> {
    Ok(text(path)?.trim().to_owned())
}

fn packages(text: &str) -> Vec<Package> {
    let package = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        Some(Package {
            name: fields.next()?,
            version: fields.next()?,
            architecture: fields.next()?,
            sha256: fields.next()?,
        })
    };
    text.lines().filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let error = Distribution::open(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("release is missing: `make linux`"),
            "{error}"
        );
        for (name, text) in [("release", "1\n"), ("suite", "sid\n"), ("packages.tsv", "")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let error = Distribution::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("qemu-system-riscv64 is missing"), "{error}");
    }

    #[test]
    fn packages_are_listed() {
        let list = packages("qemu\t1:11\tamd64\tff00\nhalf a line\n");
        assert_eq!(list.len(), 1);
        assert_eq!((&*list[0].name, &*list[0].sha256), ("qemu", "ff00"));
    }
}
