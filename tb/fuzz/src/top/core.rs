// SPDX-License-Identifier: Apache-2.0
//! The core's request port.

use super::{Reply, Top};
use crate::answer::seen;
use sallyport_bench::SystemConfig;
use sallyport_bench::hardware::{CoreSystem, Counters, Ticket, core_request};
use sallyport_bus::{AxiLiteManager, Clock, Memory};
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

    fn now(&self) -> Clock {
        self.system.now()
    }

    fn memory(&self) -> &Memory {
        self.system.memory()
    }

    fn memory_mut(&mut self) -> &mut Memory {
        self.system.memory_mut()
    }

    fn registers(&mut self) -> &mut AxiLiteManager {
        self.system.registers()
    }

    fn irq(&self) -> u16 {
        self.system.irq()
    }

    fn complaint(&mut self) -> Option<String> {
        let violation = self.system.violations().next().map(ToString::to_string);
        let stray = self.system.stray_answers() > 0;
        violation.or_else(|| stray.then(|| "an answer without a request".to_owned()))
    }

    fn digest(&self) -> u64 {
        self.system.digest().value()
    }

    fn walk_reads(&self) -> &BTreeMap<u64, u64> {
        self.system.walk_reads()
    }

    fn counters(&self) -> Counters {
        self.system.counters()
    }
}
