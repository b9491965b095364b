// SPDX-License-Identifier: Apache-2.0
//! Holes and their explanations.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sallyport_cross::{Bin, Tally, can_happen, verdict};

use crate::explained::Explained;
use crate::hole::{Hole, Missing, holes};
use crate::points::{Kind, Points};

/// Causes that no stage of translation raises, and that are reported all the
/// same.
const REPORTED: [u16; 4] = [264, 271, 272, 273];

/// A hole with what is said about it.
#[derive(Clone, Debug)]
pub struct Judged<T> {
    /// The hole.
    pub hole: T,
    /// The explanation; `None` leaves it open.
    pub reason: Option<String>,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Gone through.
    pub hit: usize,
    /// Explained.
    pub explained: usize,
    /// All.
    pub all: usize,
}

/// All that there is to say.
#[derive(Debug)]
pub struct Findings {
    /// Holes in the RTL by module, with the text of their lines.
    pub holes: BTreeMap<String, Vec<(Judged<Hole>, String)>>,
    /// Combinations without a hit.
    pub bins: Vec<Judged<Bin>>,
    /// Causes without a record.
    pub reports: Vec<Judged<u16>>,
    /// Combinations that cannot be and were seen: a rule is wrong, or the RTL.
    pub impossible: Vec<Bin>,
    /// Explanations of nothing.
    pub obsolete: Vec<String>,
    /// Lines and branches.
    pub lines: Share,
    /// Bits.
    pub toggles: Share,
    /// Combinations.
    pub cross: Share,
}

impl Findings {
    /// Whether nothing is left to be done.
    pub fn is_good(&self) -> bool {
        self.open() == 0 && self.impossible.is_empty() && self.obsolete.is_empty()
    }

    /// Holes without an explanation.
    pub fn open(&self) -> usize {
        let rtl = self.holes.values().flatten();
        rtl.filter(|(judged, _)| judged.reason.is_none()).count()
            + self.bins.iter().filter(|b| b.reason.is_none()).count()
            + self.reports.iter().filter(|r| r.reason.is_none()).count()
    }
}

/// Sets what was counted against what can be, and the rest against the
/// explanations. `rtl` is the folder of the sources.
pub fn judge(points: &Points, tally: &Tally, explained: &Explained, rtl: &Path) -> Findings {
    let mut used = Used::new(explained);
    let mut findings = Findings {
        holes: BTreeMap::new(),
        bins: Vec::new(),
        reports: Vec::new(),
        impossible: Vec::new(),
        obsolete: Vec::new(),
        lines: share(points, Kind::Line),
        toggles: Share::default(),
        cross: Share::default(),
    };
    findings.toggles.all = points.keys().filter(|p| p.kind == Kind::Toggle).count();
    let mut sources = Sources::new(rtl);
    let mut still = 0;
    for hole in holes(points) {
        let text = sources.line(&hole.module, hole.line);
        for judged in used.hole(explained, hole, &text) {
            let size = match &judged.hole.missing {
                Missing::Branch(_) => {
                    findings.lines.explained += usize::from(judged.reason.is_some());
                    0
                }
                Missing::Bits { bits, .. } => bits.len(),
            };
            still += size;
            if judged.reason.is_some() {
                findings.toggles.explained += size;
            }
            let module = judged.hole.module.clone();
            let list = findings.holes.entry(module).or_default();
            list.push((judged, text.clone()));
        }
    }
    // Elements of arrays are one.
    findings.toggles.hit = findings.toggles.all - still;
    cross(&mut findings, &mut used, tally, explained);
    findings.obsolete = used.obsolete(explained);
    findings
}

fn cross(findings: &mut Findings, used: &mut Used, tally: &Tally, explained: &Explained) {
    let walked = |bin: &Bin| tally.bins.get(bin).is_some_and(|count| count.walked > 0);
    for bin in can_happen() {
        findings.cross.all += 1;
        if walked(&bin) {
            findings.cross.hit += 1;
            continue;
        }
        let rule = explained.bin.iter().position(|rule| rule.covers(&bin));
        let reason = rule.map(|n| {
            used.bin[n] = true;
            findings.cross.explained += 1;
            explained.bin[n].reason.clone()
        });
        findings.bins.push(Judged { hole: bin, reason });
    }
    let seen = tally.bins.keys().filter(|bin| verdict(bin).is_some());
    findings.impossible = seen.copied().collect();
    for cause in REPORTED {
        if tally.reports.keys().any(|report| report.cause == cause) {
            continue;
        }
        let rule = explained.report.iter().position(|rule| rule.cause == cause);
        let reason = rule.map(|n| {
            used.report[n] = true;
            explained.report[n].reason.clone()
        });
        findings.reports.push(Judged {
            hole: cause,
            reason,
        });
    }
}

fn share(points: &Points, kind: Kind) -> Share {
    let all = points.iter().filter(|(point, _)| point.kind == kind);
    let (hit, all) = all.fold((0, 0), |(hit, all), (_, count)| {
        (hit + usize::from(*count > 0), all + 1)
    });
    Share {
        hit,
        explained: 0,
        all,
    }
}

/// Which explanations were of use.
struct Used {
    line: Vec<bool>,
    toggle: Vec<bool>,
    bin: Vec<bool>,
    report: Vec<bool>,
}

impl Used {
    fn new(explained: &Explained) -> Self {
        Self {
            line: vec![false; explained.line.len()],
            toggle: vec![false; explained.toggle.len()],
            bin: vec![false; explained.bin.len()],
            report: vec![false; explained.report.len()],
        }
    }

    /// The hole in as many parts as have different explanations.
    fn hole(&mut self, explained: &Explained, hole: Hole, text: &str) -> Vec<Judged<Hole>> {
        if matches!(hole.missing, Missing::Branch(_)) {
            let rule = explained.line.iter().position(|r| r.covers(&hole, text));
            let reason = rule.map(|n| {
                self.line[n] = true;
                explained.line[n].reason.clone()
            });
            return vec![Judged { hole, reason }];
        }
        let mut parts = Vec::new();
        let mut rest = hole;
        for (n, rule) in explained.toggle.iter().enumerate() {
            let before = rest.clone();
            if !rule.take(&mut rest) {
                continue;
            }
            self.toggle[n] = true;
            let mut taken = before;
            if let (Missing::Bits { bits, .. }, Missing::Bits { bits: left, .. }) =
                (&mut taken.missing, &rest.missing)
            {
                bits.retain(|bit| !left.contains(bit));
            }
            parts.push(Judged {
                hole: taken,
                reason: Some(rule.reason.clone()),
            });
        }
        if matches!(&rest.missing, Missing::Bits { bits, .. } if !bits.is_empty()) {
            parts.push(Judged {
                hole: rest,
                reason: None,
            });
        }
        parts
    }

    fn obsolete(&self, explained: &Explained) -> Vec<String> {
        let mut texts = Vec::new();
        for (_, rule) in unused(&self.line, &explained.line) {
            texts.push(format!("line: {}", rule.text));
        }
        for (_, rule) in unused(&self.toggle, &explained.toggle) {
            texts.push(format!("toggle: {}", rule.signals.join(", ")));
        }
        for (_, rule) in unused(&self.bin, &explained.bin) {
            texts.push(format!("bin in {}: {}", rule.stage, rule.reason));
        }
        for (_, rule) in unused(&self.report, &explained.report) {
            texts.push(format!("report {}", rule.cause));
        }
        texts
    }
}

fn unused<'a, T>(used: &'a [bool], rules: &'a [T]) -> impl Iterator<Item = (&'a bool, &'a T)> {
    used.iter().zip(rules).filter(|(used, _)| !**used)
}

/// The text of the RTL, read once.
struct Sources<'a> {
    folder: &'a Path,
    texts: BTreeMap<String, Vec<String>>,
}

impl<'a> Sources<'a> {
    fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            texts: BTreeMap::new(),
        }
    }

    /// A line; nothing where there is no such file.
    fn line(&mut self, module: &str, line: u32) -> String {
        let folder = self.folder;
        let lines = self.texts.entry(module.to_owned()).or_insert_with(|| {
            let text = fs::read_to_string(folder.join(format!("{module}.sv")));
            text.unwrap_or_default()
                .lines()
                .map(str::to_owned)
                .collect()
        });
        lines.get(line as usize - 1).cloned().unwrap_or_default()
    }
}
