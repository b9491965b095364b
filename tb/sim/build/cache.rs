// SPDX-License-Identifier: Apache-2.0
//! Keeps finished models.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow};

use crate::lock::Lock;
use crate::sources::Sources;
use crate::verilate::{Model, Verilator};

/// Versions of a model to keep.
const KEEP: usize = 16;

/// The file that is touched whenever a model is used.
pub fn stamp(folder: &Path) -> PathBuf {
    folder.join("complete")
}

/// A folder of models. Several builds may use it at once: a model is made in a
/// folder of its own, and appears under its name when it is complete.
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the cache: by default in the target directory of the workspace
    /// that `manifest` is in, or in cargo's folder `out` if that cannot be
    /// written.
    pub fn open(manifest: &Path, out: &Path) -> Result<Self> {
        let create = |folder: PathBuf| {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
            Ok(Self { folder })
        };
        if let Some(folder) = env::var_os("SALLYPORT_MODEL_CACHE") {
            return create(folder.into());
        }
        create(manifest.join("../../target/verilated")).or_else(|_| create(out.join("verilated")))
    }

    /// The folder of each model, made if it is not there.
    pub fn models(
        &self,
        verilator: &Verilator,
        rtl: &Path,
        models: &[Model],
    ) -> Result<Vec<PathBuf>> {
        let sources = Sources::read(rtl)?;
        let jobs = env::var("NUM_JOBS")
            .ok()
            .and_then(|n| n.parse().ok())
            .unwrap_or(1);
        let next = AtomicUsize::new(0);
        let results: Vec<(usize, Result<PathBuf>)> = thread::scope(|scope| {
            let workers: Vec<_> = (0..models.len().min(jobs).max(1))
                .map(|_| {
                    scope.spawn(|| {
                        let mut done = Vec::new();
                        loop {
                            let n = next.fetch_add(1, Ordering::Relaxed);
                            let Some(model) = models.get(n) else {
                                return done;
                            };
                            done.push((n, self.model(verilator, rtl, &sources, model)));
                        }
                    })
                })
                .collect();
            workers
                .into_iter()
                .map(|w| {
                    w.join()
                        .map_err(|_| anyhow!("a thread of the build script panicked"))
                })
                .collect::<Result<Vec<_>>>()
        })?
        .into_iter()
        .flatten()
        .collect();
        let mut folders = vec![PathBuf::new(); models.len()];
        for (n, result) in results {
            folders[n] = result?;
        }
        Ok(folders)
    }

    fn model(
        &self,
        verilator: &Verilator,
        rtl: &Path,
        sources: &Sources,
        model: &Model,
    ) -> Result<PathBuf> {
        let closure = sources.closure(model.top)?;
        let mut hasher = DefaultHasher::new();
        verilator.recipe(model).hash(&mut hasher);
        for (path, text) in &closure {
            path.strip_prefix(rtl).unwrap_or(path).hash(&mut hasher);
            text.hash(&mut hasher);
        }
        let prefix = model.prefix();
        let folder = self
            .folder
            .join(format!("{prefix}-{:016x}", hasher.finish()));
        let is_made = || stamp(&folder).exists();
        let lock = folder.with_extension("lock");
        if let Some(_lock) = Lock::take(lock, is_made)? {
            self.make(verilator, model, closure, &folder)?;
        }
        self.prune(&prefix, &folder)?;
        Ok(folder)
    }

    fn make(
        &self,
        verilator: &Verilator,
        model: &Model,
        closure: Vec<(PathBuf, String)>,
        folder: &Path,
    ) -> Result<()> {
        let files: Vec<PathBuf> = closure.into_iter().map(|(path, _)| path).collect();
        let name = format!("tmp-{}-{}", std::process::id(), model.prefix());
        let temporary = self.folder.join(name);
        let _ = fs::remove_dir_all(&temporary);
        let made = verilator.verilate(model, &files, &temporary);
        if let Err(error) = made {
            let _ = fs::remove_dir_all(&temporary);
            return Err(error);
        }
        fs::write(stamp(&temporary), "")?;
        if let Err(error) = fs::rename(&temporary, folder) {
            let _ = fs::remove_dir_all(&temporary);
            // Another build was faster with the same model.
            if !stamp(folder).exists() {
                return Err(error).with_context(|| format!("cannot create {}", folder.display()));
            }
        }
        Ok(())
    }

    /// Removes the versions of a model that were not used for longest.
    fn prune(&self, prefix: &str, used: &Path) -> Result<()> {
        let mut versions = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_version = name
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with('-'));
            if is_version && path != used && path.is_dir() {
                // A version that is not complete is older than all others.
                let used = fs::metadata(stamp(&path)).and_then(|m| m.modified());
                versions.push((used.ok(), path));
            }
        }
        versions.sort();
        versions.reverse();
        for (_, path) in versions.into_iter().skip(KEEP - 1) {
            let _ = fs::remove_dir_all(path);
        }
        Ok(())
    }
}
