// SPDX-License-Identifier: Apache-2.0
//! Makes a failing case small: what can go goes, as long as something of the
//! same kind is still wrong.

use crate::fuzz::Failed;
use crate::plan::{Action, Plan};
use crate::run::{Ran, run};
use sallyport_bench::Build;
use sallyport_bench::replay::PortKind;
use sallyport_bus::{LiteTiming, SubordinateTiming};
use sallyport_model::Design;
use sallyport_scoreboard::What;
use std::mem::{Discriminant, discriminant};

/// Tries cases on a build.
struct Shrinker {
    port: PortKind,
    build: Build,
    design: Design,
    kind: Discriminant<What>,
    runs: u32,
    best: Failed,
}

/// A smaller case that fails in the same way, after at most `runs` runs.
#[must_use]
pub fn shrink(failed: &Failed, port: PortKind, build: Build, design: Design, runs: u32) -> Failed {
    let Some(first) = failed.ran.verdict.mismatches.first() else {
        return failed.clone();
    };
    let mut shrinker = Shrinker {
        port,
        build,
        design,
        kind: discriminant(&first.what),
        runs,
        best: failed.clone(),
    };
    shrinker.simplify_clocks();
    shrinker.remove_actions();
    shrinker.remove_memory();
    shrinker.remove_actions();
    shrinker.best
}

impl Shrinker {
    /// Keeps the plan if it still fails.
    fn keeps(&mut self, plan: Plan) -> bool {
        if self.runs == 0 {
            return false;
        }
        self.runs -= 1;
        let ran = run(&plan, self.port, self.build, self.design, None);
        let fails = self.fails(&ran);
        if fails {
            self.best = Failed { plan, ran };
        }
        fails
    }

    fn fails(&self, ran: &Ran) -> bool {
        let same = |what: &What| discriminant(what) == self.kind;
        ran.verdict.mismatches.iter().any(|m| same(&m.what))
    }

    /// Plain buses, and one request at a time.
    fn simplify_clocks(&mut self) {
        let mut plan = self.best.plan.clone();
        plan.tables = SubordinateTiming::fixed(2);
        plan.registers = LiteTiming::PLAIN;
        self.keeps(plan);
        let mut plan = self.best.plan.clone();
        plan.in_flight = 1;
        self.keeps(plan);
        let mut plan = self.best.plan.clone();
        plan.access_fault.clear();
        plan.poison.clear();
        plan.no_exclusive.clear();
        self.keeps(plan);
    }

    fn remove_actions(&mut self) {
        let mut size = self.best.plan.actions.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at < self.best.plan.actions.len() && self.runs > 0 {
                let mut plan = self.best.plan.clone();
                let end = (at + size).min(plan.actions.len());
                plan.actions.drain(at..end);
                if !self.keeps(plan) {
                    at += size;
                }
            }
            size /= 2;
        }
    }

    /// Memory that no request needs.
    fn remove_memory(&mut self) {
        let mut size = self.best.plan.memory.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at < self.best.plan.memory.len() && self.runs > 0 {
                let mut plan = self.best.plan.clone();
                let end = (at + size).min(plan.memory.len());
                plan.memory.drain(at..end);
                if !self.keeps(plan) {
                    at += size;
                }
            }
            size /= 2;
        }
    }
}

impl Plan {
    /// Requests, commands and stores in it.
    #[must_use]
    pub fn size(&self) -> [usize; 3] {
        let count = |of: fn(&Action) -> bool| self.actions.iter().filter(|a| of(a)).count();
        [
            count(|action| matches!(action, Action::Request(_))),
            count(|action| {
                matches!(
                    action,
                    Action::Command(_) | Action::Message(_) | Action::Fence { .. }
                )
            }),
            count(|action| matches!(action, Action::Store(_))),
        ]
    }
}
