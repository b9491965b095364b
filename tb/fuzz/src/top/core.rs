// SPDX-License-Identifier: Apache-2.0
//! The core's request port.

use super::{Reply, Top};
use crate::answer::seen;
use sallyport_bench::SystemConfig;
use sallyport_bench::hardware::{CoreSystem, Ticket, core_request};
use sallyport_model::Request;
use std::collections::BTreeMap;

/// `iommu_core`, and what it was asked.
#[derive(Debug)]
pub struct CoreTop {
    system: CoreSystem,
    asked: BTreeMap<Ticket, Request>,
}

impl Top for CoreTop {
    fn create(config: &SystemConfig) -> Result<Self, String> {
        let system = CoreSystem::new(config).map_err(|error| error.to_string())?;
        Ok(Self {
            system,
            asked: BTreeMap::new(),
        })
    }

    fn submit(&mut self, request: &Request) -> bool {
        let ticket = self.system.submit(core_request(request));
        self.asked.insert(ticket, *request);
        true
    }

    fn in_flight(&self) -> usize {
        self.system.in_flight()
    }

    fn step(&mut self) -> Result<(), String> {
        self.system.step().map_err(|error| error.to_string())
    }

    fn pop_reply(&mut self) -> Option<Reply> {
        let answered = self.system.pop_answer()?;
        let request = self.asked.remove(&answered.ticket)?;
        Some(Reply {
            request,
            accepted: answered.accepted,
            done: answered.done,
            answer: seen(&request, &answered.answer),
        })
    }

    of_system!();

    fn complaint(&mut self) -> Option<String> {
        let violation = self.system.violations().next().map(ToString::to_string);
        let stray = self.system.stray_answers() > 0;
        violation.or_else(|| stray.then(|| "an answer without a request".to_owned()))
    }
}
