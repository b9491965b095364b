// SPDX-License-Identifier: Apache-2.0
//! Patches of one line: unified diffs with a head that says what they break.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

/// A mutant.
pub struct Patch {
    /// The file's name without `.patch`.
    pub name: String,
    /// The rule that it breaks: the first line.
    pub rule: String,
    /// Parts of names of the tests that should notice.
    pub tests: Vec<String>,
    /// The builds in which it shows.
    pub builds: String,
    /// The file that it changes, from the workspace on.
    pub file: String,
    /// The number of the line, from 1; a line that has moved is found.
    pub line: usize,
    /// The line as it is.
    pub old: String,
    /// The line as it becomes.
    pub new: String,
}

/// All patches of a folder, by name.
pub fn read_all(folder: &Path) -> Result<Vec<Patch>> {
    let mut patches = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "patch") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(&path)?;
            let patch = parse(&name, &text).with_context(|| format!("in {name}.patch"))?;
            patches.push(patch);
        }
    }
    patches.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(patches)
}

fn parse(name: &str, text: &str) -> Result<Patch> {
    let mut patch = Patch {
        name: name.to_owned(),
        rule: String::new(),
        tests: Vec::new(),
        builds: "default".to_owned(),
        file: String::new(),
        line: 0,
        old: String::new(),
        new: String::new(),
    };
    let mut lines = text.lines();
    let mut body = Vec::new();
    for line in lines.by_ref() {
        if let Some(comment) = line.strip_prefix("# ") {
            if let Some(tests) = comment.strip_prefix("Tests: ") {
                patch.tests = tests.split_whitespace().map(str::to_owned).collect();
            } else if let Some(builds) = comment.strip_prefix("Builds: ") {
                patch.builds = builds.to_owned();
            } else if patch.rule.is_empty() {
                patch.rule = comment.to_owned();
            }
        } else if line.strip_prefix("--- a/").is_some() {
            body.push(line);
            break;
        } else {
            bail!("a comment or a file was expected: {line}");
        }
    }
    let file = lines.next().and_then(|line| line.strip_prefix("+++ b/"));
    patch.file = file.context("no +++ line")?.to_owned();
    let hunk = lines.next().and_then(|line| line.strip_prefix("@@ -"));
    let mut number: usize = hunk
        .and_then(|hunk| hunk.split([',', ' ']).next()?.parse().ok())
        .context("no @@ line")?;
    for line in lines {
        match line.split_at_checked(1) {
            Some(("-", old)) if patch.old.is_empty() => {
                patch.old = old.to_owned();
                patch.line = number;
            }
            Some(("+", new)) if patch.new.is_empty() => patch.new = new.to_owned(),
            Some((" ", _)) | None => {}
            _ => bail!("more than one line changes: {line}"),
        }
        if !line.starts_with('+') {
            number += 1;
        }
    }
    if patch.rule.is_empty() || patch.tests.is_empty() || patch.old.is_empty() {
        bail!("no rule, no tests, or no line that changes");
    }
    if patch.new.is_empty() {
        bail!("the line may change, but not go");
    }
    Ok(patch)
}

impl Patch {
    /// The index of its line in the file's lines: where it was, or the nearest
    /// that says the same.
    pub fn find(&self, lines: &[String]) -> Result<usize> {
        let same = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| **line == self.old);
        same.map(|(index, _)| index)
            .min_by_key(|index| (index + 1).abs_diff(self.line))
            .with_context(|| {
                let (name, file) = (&self.name, &self.file);
                format!(
                    "{name}.patch does not apply: no line of {file} says\n{}",
                    self.old
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// A patch that no longer applies is seen where the line changes, not when
    /// mutants are run next.
    #[test]
    fn every_patch_finds_its_line() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let patches = read_all(&root.join("tb/mutants")).unwrap();
        let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for patch in &patches {
            let lines = files.entry(&patch.file).or_insert_with(|| {
                let text = fs::read_to_string(root.join(&patch.file)).unwrap();
                text.lines().map(str::to_owned).collect()
            });
            patch.find(lines).unwrap();
            assert_ne!(patch.old, patch.new, "{}.patch", patch.name);
        }
        assert!(patches.len() > 300, "{} patches", patches.len());
    }
}
