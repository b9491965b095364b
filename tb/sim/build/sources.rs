// SPDX-License-Identifier: Apache-2.0
//! Which files a top is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The RTL as files by module or package: each file is named after the one
/// that it holds.
pub struct Sources {
    files: BTreeMap<String, (PathBuf, String)>,
}

impl Sources {
    /// Reads all SystemVerilog below `rtl`.
    pub fn read(rtl: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        let mut folders = vec![rtl.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder)
                .with_context(|| format!("cannot read {}", folder.display()))?;
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "sv") {
                    let text = fs::read_to_string(&path)
                        .with_context(|| format!("cannot read {}", path.display()))?;
                    let stem = path.file_stem().unwrap_or_default();
                    files.insert(stem.to_string_lossy().into_owned(), (path, text));
                }
            }
        }
        Ok(Self { files })
    }

    /// The files that `top` needs, those that others need first, and what they
    /// say.
    pub fn closure(&self, top: &str) -> Result<Vec<(PathBuf, String)>> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let (name, _) = self
            .files
            .get_key_value(top)
            .with_context(|| format!("no file {top}.sv in the rtl folder"))?;
        self.visit(name, &mut seen, &mut found);
        Ok(found)
    }

    fn visit<'a>(
        &'a self,
        name: &'a str,
        seen: &mut BTreeSet<&'a str>,
        found: &mut Vec<(PathBuf, String)>,
    ) {
        let Some((path, text)) = self.files.get(name) else {
            return;
        };
        if !seen.insert(name) {
            return;
        }
        // A word that is the name of a file counts as a use of it, even in a
        // comment: that costs at most a needless rebuild.
        for word in text.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()) {
            if let Some((other, _)) = self.files.get_key_value(word) {
                self.visit(other, seen, found);
            }
        }
        found.push((path.clone(), text.clone()));
    }
}
