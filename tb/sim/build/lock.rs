// SPDX-License-Identifier: Apache-2.0
//! Only one build makes a version of a model; others wait for it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// How often to look whether the other build is done.
const LOOK: Duration = Duration::from_millis(200);

/// A file that holds the number of the process that makes a model.
pub struct Lock(PathBuf);

impl Lock {
    /// Waits until `is_made` or nobody else makes it. `None` if it is made.
    #[expect(
        clippy::disallowed_methods,
        reason = "another process is waited for, in no simulation"
    )]
    pub fn take(path: PathBuf, is_made: impl Fn() -> bool) -> Result<Option<Self>> {
        loop {
            if is_made() {
                return Ok(None);
            }
            match File::create_new(&path) {
                Ok(mut file) => {
                    let lock = Self(path);
                    write!(file, "{}", std::process::id())?;
                    // It may have been made since the last look.
                    return Ok((!is_made()).then_some(lock));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if !is_held(&path) {
                        let _ = fs::remove_file(&path);
                    }
                    thread::sleep(LOOK);
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot create {}", path.display()));
                }
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Whether the process that took the lock still runs, as far as can be told.
fn is_held(path: &Path) -> bool {
    let Ok(owner) = fs::read_to_string(path) else {
        return false;
    };
    // An owner that has just created the file has not written it yet.
    let Ok(owner) = owner.parse::<u32>() else {
        return true;
    };
    let processes = Path::new("/proc");
    owner == std::process::id()
        || !processes.join("self").exists()
        || processes.join(owner.to_string()).exists()
}
