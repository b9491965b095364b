// SPDX-License-Identifier: Apache-2.0
//! What the tops have in common.

use sallyport_bench::System;
use sallyport_bench::hardware::{CoreSystem, PcieSystem, SystemConfig};
use sallyport_bus::{AxiLiteManager, Clock, Memory};
use sallyport_sim::SimError;

/// A top with memory and processor.
pub trait Machine: Sized {
    fn new(config: &SystemConfig) -> Result<Self, SimError>;
    fn step(&mut self) -> Result<(), SimError>;
    fn reset(&mut self) -> Result<(), SimError>;
    fn now(&self) -> Clock;
    fn memory(&self) -> &Memory;
    fn memory_mut(&mut self) -> &mut Memory;
    fn registers(&mut self) -> &mut AxiLiteManager;
    /// Breaches of protocol and answers to nobody.
    fn complaints(&mut self) -> Vec<String>;
    /// What is under way.
    fn outstanding(&self) -> Vec<String>;
}

macro_rules! machine {
    ($top:ty) => {
        fn new(config: &SystemConfig) -> Result<Self, SimError> {
            <$top>::new(config)
        }
        fn step(&mut self) -> Result<(), SimError> {
            <$top>::step(self)
        }
        fn reset(&mut self) -> Result<(), SimError> {
            <$top>::reset(self)
        }
        fn now(&self) -> Clock {
            <$top>::now(self)
        }
        fn memory(&self) -> &Memory {
            <$top>::memory(self)
        }
        fn memory_mut(&mut self) -> &mut Memory {
            <$top>::memory_mut(self)
        }
        fn registers(&mut self) -> &mut AxiLiteManager {
            <$top>::registers(self)
        }
    };
}

impl Machine for System {
    machine!(System);

    fn complaints(&mut self) -> Vec<String> {
        let mut found: Vec<String> = self.violations().map(ToString::to_string).collect();
        let strays = self.devices().stray_responses() + self.registers().stray_responses();
        if strays > 0 {
            found.push(format!("{strays} responses that nothing was waiting for"));
        }
        found
    }

    fn outstanding(&self) -> Vec<String> {
        System::outstanding(self)
    }
}

impl Machine for CoreSystem {
    machine!(CoreSystem);

    fn complaints(&mut self) -> Vec<String> {
        let mut found: Vec<String> = self.violations().map(ToString::to_string).collect();
        let strays = self.stray_answers() + self.registers().stray_responses();
        if strays > 0 {
            found.push(format!("{strays} answers that nothing was waiting for"));
        }
        found
    }

    fn outstanding(&self) -> Vec<String> {
        vec![format!("{} requests without an answer", self.in_flight())]
    }
}

impl Machine for PcieSystem {
    machine!(PcieSystem);

    fn complaints(&mut self) -> Vec<String> {
        let mut found: Vec<String> = self.violations().collect();
        let strays = self.registers().stray_responses();
        if strays > 0 {
            found.push(format!("{strays} answers that nothing was waiting for"));
        }
        found
    }

    fn outstanding(&self) -> Vec<String> {
        PcieSystem::outstanding(self)
    }
}
