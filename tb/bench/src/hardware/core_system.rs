// SPDX-License-Identifier: Apache-2.0
//! `iommu_core_port` with memory and processor, and no devices' bus.

use super::backplane::{Backplane, RESET_CLOCKS};
use super::config::SystemConfig;
use super::message_port::MessagePort;
use super::request_port::{Answered, CoreRequest, RequestPort, Ticket};
use super::{Counters, Digest};
use sallyport_bus::{AxiLiteManager, AxiSubordinate, Clock, Memory, Violation};
use sallyport_cross::Sampler;
use sallyport_log::{ClockView, Recorder};
use sallyport_sim::{CoreInputs, CoreOutputs, CoreTop, ManagerPins, Model, SimError, TracePins};
use std::collections::BTreeMap;

/// The core of the IOMMU by itself: translation requests in, answers out.
#[derive(Debug)]
pub struct CoreSystem {
    model: Model<CoreTop>,
    backplane: Backplane,
    requests: RequestPort,
    messages: MessagePort,
    outputs: CoreOutputs,
    recorder: Option<Box<Recorder>>,
    /// Looks on where coverage is asked for.
    sampler: Option<Box<Sampler>>,
}

impl CoreSystem {
    /// A system after reset.
    ///
    /// # Errors
    /// [`SimError`] if the build is not compiled in or the waveform cannot be
    /// written.
    pub fn new(config: &SystemConfig) -> Result<Self, SimError> {
        let mut model = Model::new(
            config.build,
            config.seed.fork("registers at power-on").value(),
        )?;
        if let Some(waveform) = &config.waveform {
            model.trace(&waveform.path, waveform.clocks.clone())?;
        }
        let mut system = Self {
            model,
            backplane: Backplane::new(config),
            requests: RequestPort::default(),
            messages: MessagePort::default(),
            outputs: CoreOutputs::default(),
            recorder: None,
            sampler: Sampler::from_environment(config.build).map(Box::new),
        };
        system.reset()?;
        Ok(system)
    }

    /// Resets the IOMMU and the buses; memory keeps what it holds.
    ///
    /// # Errors
    /// [`SimError`], as from [`CoreSystem::step`].
    pub fn reset(&mut self) -> Result<(), SimError> {
        for _ in 0..RESET_CLOCKS {
            self.model
                .clock(&CoreInputs::default(), &mut self.outputs)?;
            self.requests.reset();
            self.messages.reset();
            if let Some(recorder) = &mut self.recorder {
                recorder.reset(self.backplane.now.0);
            }
            if let Some(sampler) = &mut self.sampler {
                sampler.reset();
            }
            self.backplane
                .tick_reset(&self.outputs.registers, &self.outputs.memory);
        }
        Ok(())
    }

    /// Runs one clock.
    ///
    /// # Errors
    /// [`SimError::Assertion`] if an assertion of the RTL fails.
    pub fn step(&mut self) -> Result<(), SimError> {
        let (registers, memory) = self.backplane.drive();
        let free = self.requests.free();
        let mut inputs = CoreInputs {
            reset_n: true,
            request: self.requests.offered(),
            free: free.is_some(),
            free_tag: free.unwrap_or_default(),
            memory,
            registers,
            ..CoreInputs::default()
        };
        self.messages.drive(&mut inputs);
        self.model.clock(&inputs, &mut self.outputs)?;

        let now = self.backplane.now;
        if let Some(recorder) = &mut self.recorder {
            recorder.clock(now.0, &ClockView::core(&inputs, &self.outputs));
        }
        if let Some(sampler) = &mut self.sampler {
            sampler.core(&inputs, &self.outputs, &self.backplane.memory);
        }
        let digest = &mut self.backplane.digest;
        self.requests.tick(
            self.outputs.request_ready,
            self.outputs.request_tag,
            &self.outputs.answer,
            now,
            digest,
        );
        self.messages
            .tick(&inputs, &self.outputs, now, &mut self.backplane.digest);
        self.backplane.tick(
            &self.outputs.registers,
            &self.outputs.memory,
            self.outputs.irq,
            &self.outputs.trace,
        );
        Ok(())
    }

    /// From now on `recorder` looks on; nothing else changes.
    pub fn record(&mut self, recorder: Recorder) {
        self.recorder = Some(Box::new(recorder));
    }

    /// Who looks on.
    #[must_use]
    pub fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_deref()
    }

    /// Ends the recording.
    pub fn take_recorder(&mut self) -> Option<Recorder> {
        self.recorder.take().map(|recorder| *recorder)
    }

    /// Appends a translation request to those to be offered.
    pub fn submit(&mut self, request: CoreRequest) -> Ticket {
        self.requests.submit(request)
    }

    /// The oldest answer that has not been taken.
    pub fn pop_answer(&mut self) -> Option<Answered> {
        self.requests.pop()
    }

    /// Requests that have not been answered.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.requests.in_flight()
    }

    /// The devices' side of the message ports.
    pub const fn messages(&mut self) -> &mut MessagePort {
        &mut self.messages
    }

    /// Answers that no request was waiting for; always zero.
    #[must_use]
    pub const fn stray_answers(&self) -> u64 {
        self.requests.stray
    }

    /// The clock that comes next.
    #[must_use]
    pub fn now(&self) -> Clock {
        self.backplane.now
    }

    /// Physical memory.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.backplane.memory
    }

    /// Physical memory, as software writes it: at once.
    pub const fn memory_mut(&mut self) -> &mut Memory {
        &mut self.backplane.memory
    }

    /// The processor's side of the register port.
    pub const fn registers(&mut self) -> &mut AxiLiteManager {
        &mut self.backplane.registers
    }

    /// The memory controller behind the IOMMU's own accesses, for its timing.
    pub const fn table_memory(&mut self) -> &mut AxiSubordinate {
        &mut self.backplane.tables
    }

    /// Interrupt wires by vector.
    #[must_use]
    pub const fn irq(&self) -> u16 {
        self.backplane.irq
    }

    /// What the IOMMU did since power-on.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.backplane.counters
    }

    /// Read bursts of walks on the memory port, by page number.
    #[must_use]
    pub const fn walk_reads(&self) -> &BTreeMap<u64, u64> {
        &self.backplane.walk_reads
    }

    /// What the IOMMU drove on its port to memory in the last clock.
    #[must_use]
    pub const fn memory_port(&self) -> &ManagerPins {
        &self.outputs.memory
    }

    /// What went on inside in the last clock.
    #[must_use]
    pub const fn trace(&self) -> &TracePins {
        &self.outputs.trace
    }

    /// All that passed the ports so far.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.backplane.digest
    }

    /// Breaches of the bus protocols, on any port.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.backplane.violations()
    }
}
