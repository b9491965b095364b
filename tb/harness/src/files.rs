// SPDX-License-Identifier: Apache-2.0
//! Where the files of a failure go.

use crate::place::Place;
use sallyport_bus::Seed;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder within that of the build.
const FOLDER: &str = "sallyport-failures";

/// A waveform and a log, which stay until the same test fails again.
#[derive(Clone, Debug)]
pub struct Files {
    pub waveform: PathBuf,
    pub log: PathBuf,
}

impl Files {
    /// Makes the folder. It is `folder` where that is given, otherwise one
    /// beside the program that runs.
    pub fn new(folder: Option<&Path>, place: &Place, seed: Seed) -> io::Result<Self> {
        let folder = folder.map_or_else(default_folder, Path::to_owned);
        fs::create_dir_all(&folder)?;
        let stem = format!("{}-seed-{}", place.file_stem(), seed.value());
        let file = |ending| folder.join(format!("{stem}.{ending}"));
        Ok(Self {
            waveform: file("fst"),
            log: file("jsonl"),
        })
    }
}

/// Cargo puts tests into `deps` and examples into `examples` of the folder of
/// a profile, and doctests into a folder that goes away with them.
fn default_folder() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let profile = program
        .parent()
        .filter(|folder| folder.ends_with("deps") || folder.ends_with("examples"))
        .and_then(Path::parent);
    profile
        .map_or_else(env::temp_dir, Path::to_owned)
        .join(FOLDER)
}
