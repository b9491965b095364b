// SPDX-License-Identifier: Apache-2.0
//! All mutants in one copy of the RTL.
//!
//! Where a mutant's line differs from the line as it is, both expressions stand
//! there, and the number of the mutant chooses. What differs is widened until
//! it is an expression: to the parenthesis around it, to the assignment in front
//! of it, or to the end of the line.

use crate::patch::Patch;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Holds the number, which comes from the environment.
const PACKAGE: &str = "// SPDX-License-Identifier: Apache-2.0
package sallyport_mutant_pkg;
  int unsigned Number = $c(\"(std::getenv(\\\"SALLYPORT_MUTANT\\\") ? \",
                           \"std::atoi(std::getenv(\\\"SALLYPORT_MUTANT\\\")) : 0)\");
endpackage
";

/// Copies the RTL below `root` to `folder`, with all mutants in it.
pub fn copy(root: &Path, folder: &Path, patches: &[Patch]) -> Result<PathBuf> {
    let to = folder.join("rtl");
    let mut files = BTreeMap::new();
    read(&root.join("rtl"), Path::new("rtl"), &mut files)?;
    let mut places: BTreeMap<(&str, usize), Vec<(usize, &Patch)>> = BTreeMap::new();
    for (number, patch) in (1..).zip(patches) {
        let lines = files
            .get(Path::new(&patch.file))
            .with_context(|| format!("{}.patch: there is no {}", patch.name, patch.file))?;
        let index = patch.find(lines)?;
        places
            .entry((&patch.file, index))
            .or_default()
            .push((number, patch));
    }
    for ((file, index), mutants) in places {
        let lines = files
            .get_mut(Path::new(file))
            .context("the file was there")?;
        lines[index] = choice(&lines[index], &mutants)?;
    }
    files.insert(
        Path::new("rtl/sallyport_mutant_pkg.sv").to_owned(),
        PACKAGE.lines().map(str::to_owned).collect(),
    );
    for (path, lines) in files {
        let path = folder.join(path);
        let text = lines.join("\n") + "\n";
        if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(to)
}

fn read(from: &Path, name: &Path, files: &mut BTreeMap<PathBuf, Vec<String>>) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        let name = name.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            read(&path, &name, files)?;
        } else {
            let text = fs::read_to_string(&path)?;
            files.insert(name, text.lines().map(str::to_owned).collect());
        }
    }
    Ok(())
}

/// An expression of a line, and the mutants that change it.
type Place<'a> = (Range<usize>, Vec<(usize, &'a Patch)>);

/// The line with the mutants' alternatives in it.
fn choice(line: &str, mutants: &[(usize, &Patch)]) -> Result<String> {
    // Mutants that meet share an expression.
    let mut regions: Vec<Place> = Vec::new();
    for &(number, patch) in mutants {
        let prefix = common(line.bytes(), patch.new.bytes());
        let rest = line.len().min(patch.new.len()) - prefix;
        let suffix = common(line.bytes().rev(), patch.new.bytes().rev()).min(rest);
        let mut region = widen(line, prefix..line.len() - suffix);
        // What is an expression here need not be one in the mutant.
        loop {
            let (before, behind) = missing(replacement(patch, line, &region));
            let start = region.start.saturating_sub(before.min(1));
            let end = line.len().min(region.end + behind.min(1));
            let wider = widen(line, start..end);
            if wider == region {
                break;
            }
            region = wider;
        }
        let mut members = vec![(number, patch)];
        while let Some(other) = regions
            .iter()
            .position(|(other, _)| region.start < other.end && other.start < region.end)
        {
            let (other, its) = regions.remove(other);
            let union = region.start.min(other.start)..region.end.max(other.end);
            // The union of two expressions may be none.
            region = widen(line, union);
            members.extend(its);
        }
        regions.push((region, members));
    }
    regions.sort_by_key(|(region, _)| region.start);
    let mut result = line.to_owned();
    for (region, members) in regions.into_iter().rev() {
        let mut alternatives = String::new();
        for (number, patch) in members {
            let new = replacement(patch, line, &region);
            if new.is_empty() || region.is_empty() || missing(new) != (0, 0) {
                bail!(
                    "{}.patch: what changes is not within an expression",
                    patch.name
                );
            }
            alternatives += &format!("sallyport_mutant_pkg::Number == {number} ? ({new}) : ");
        }
        let old = &line[region.clone()];
        result.replace_range(region, &format!("({alternatives}({old}))"));
    }
    Ok(result)
}

/// What a mutant has in the place of this expression.
fn replacement<'a>(patch: &'a Patch, line: &str, region: &Range<usize>) -> &'a str {
    let tail = line.len() - region.end;
    let new = patch
        .new
        .get(region.start..patch.new.len().saturating_sub(tail));
    new.unwrap_or_default().trim()
}

fn common(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

/// What may stand before and after an expression at the same depth.
const BEFORE: [&str; 8] = [" = ", " <= ", "&= ", ", ", "? ", " : ", "return ", ": "];
const AFTER: [&str; 4] = [";", ",", " ?", " :"];
/// Operators that a line may start or end with.
const OPERATORS: [&str; 6] = ["&&", "||", "?", ":", "+", "|"];

/// Whether the mark ends the text. `<=` behind an assignment compares.
fn ends_with(text: &str, mark: &str) -> bool {
    text.ends_with(mark) && !(mark == " <= " && text.contains(" = "))
}

/// How many parentheses of the text begin in front of it, and end behind it.
fn missing(text: &str) -> (usize, usize) {
    let (mut before, mut open) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' if open == 0 => before += 1,
            b')' | b']' | b'}' => open -= 1,
            _ => {}
        }
    }
    (before, open)
}

/// The expression that holds `part` of `line`.
fn widen(line: &str, part: Range<usize>) -> Range<usize> {
    let bytes = line.as_bytes();
    let mut depth = 0;
    let mut start = part.start;
    while start > 0 {
        match bytes[start - 1] {
            b')' | b']' | b'}' => depth += 1,
            b'(' | b'[' | b'{' if depth == 0 => break,
            b'(' | b'[' | b'{' => depth -= 1,
            _ => {}
        }
        if depth == 0 && BEFORE.iter().any(|mark| ends_with(&line[..start], mark)) {
            break;
        }
        start -= 1;
    }
    depth = 0;
    let mut end = part.end;
    while end < line.len() {
        if depth == 0 && AFTER.iter().any(|mark| line[end..].starts_with(mark)) {
            break;
        }
        match bytes[end] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => break,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        end += 1;
    }
    trim(line, start..end)
}

/// Without blanks, comments and operators that belong to other lines.
fn trim(line: &str, part: Range<usize>) -> Range<usize> {
    let Range { mut start, mut end } = part;
    if let Some(comment) = line[start..end].find("//") {
        end = start + comment;
    }
    loop {
        let text = &line[start..end];
        let blank = text.len() - text.trim_start().len();
        let operator = OPERATORS
            .iter()
            .find(|o| text.trim_start().starts_with(**o));
        start += blank + operator.map_or(0, |o| o.len());
        if operator.is_none() {
            break;
        }
    }
    loop {
        let text = &line[start..end];
        end -= text.len() - text.trim_end().len();
        match OPERATORS.iter().find(|o| line[start..end].ends_with(**o)) {
            Some(operator) => end -= operator.len(),
            None => return start..end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(old: &str, new: &str) -> String {
        let patch = Patch {
            name: "name".to_owned(),
            rule: String::new(),
            tests: Vec::new(),
            builds: String::new(),
            file: String::new(),
            line: 1,
            old: old.to_owned(),
            new: new.to_owned(),
        };
        choice(old, &[(7, &patch)]).unwrap()
    }

    const IS: &str = "sallyport_mutant_pkg::Number == 7";

    /// A patch that changes what is no expression is seen before models are built.
    #[test]
    fn every_patch_is_placed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for patch in crate::patch::read_all(&root.join("tb/mutants")).unwrap() {
            choice(&patch.old, &[(1, &patch)]).unwrap();
        }
    }

    #[test]
    fn what_differs_is_widened_to_an_expression() {
        assert_eq!(
            mutant("  assign a = b && !c;", "  assign a = b;"),
            format!("  assign a = ({IS} ? (b) : (b && !c));")
        );
        assert_eq!(
            mutant("  if (a && (b || c)) d = e;", "  if (a && (b)) d = e;"),
            format!("  if (a && (({IS} ? (b) : (b || c)))) d = e;")
        );
        assert_eq!(
            mutant("      a != '0 || b ||", "      b ||"),
            format!("      ({IS} ? (b) : (a != '0 || b)) ||")
        );
        assert_eq!(
            mutant(
                "  assign a = b <= c && d != e;",
                "  assign a = b <= c && 1'b0;"
            ),
            format!("  assign a = ({IS} ? (b <= c && 1'b0) : (b <= c && d != e));")
        );
        assert_eq!(
            mutant("  x = a ? b : c;  // why", "  x = a ? b : d;  // why"),
            format!("  x = a ? b : ({IS} ? (d) : (c));  // why")
        );
    }
}
