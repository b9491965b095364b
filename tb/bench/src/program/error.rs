// SPDX-License-Identifier: Apache-2.0
//! How a run can fail.

use sallyport_bus::{Clock, Violation};
use sallyport_sim::SimError;

/// A run that did not end well.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The model failed.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// The program had not ended when its clocks were used up.
    #[error(
        "{limit} clocks were not enough (now {now}); under way:{}",
        list(outstanding)
    )]
    Timeout {
        /// The clocks that it was given.
        limit: u64,
        /// When it was stopped.
        now: Clock,
        /// What was under way, a line each.
        outstanding: Vec<String>,
    },
    /// Somebody broke the rules of a bus.
    #[error("bus protocol violated:{}", list(violations))]
    Protocol {
        /// The first breaches, in order.
        violations: Vec<Violation>,
    },
    /// The IOMMU broke the rules of PCI Express.
    #[error("TLP port violated:{}", list(complaints))]
    Link {
        /// The breaches, a line each.
        complaints: Vec<String>,
    },
}

fn list(lines: &[impl ToString]) -> String {
    if lines.is_empty() {
        return " nothing".to_owned();
    }
    lines
        .iter()
        .map(|line| format!("\n  {}", line.to_string()))
        .collect()
}
