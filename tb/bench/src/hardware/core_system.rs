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

/// Places in the digest.
const REQUEST_PLACE: u64 = 0x50;
const ANSWER_PLACE: u64 = 0x51;

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
        let mut inputs = CoreInputs {
            reset_n: true,
            memory,
            registers,
            ..CoreInputs::default()
        };
        self.requests.drive(&mut inputs);
        self.messages.drive(&mut inputs);
        self.model.clock(&inputs, &mut self.outputs)?;

        let now = self.backplane.now;
        if let Some(recorder) = &mut self.recorder {
            recorder.clock(now.0, &ClockView::core(&inputs, &self.outputs));
        }
        if let Some(sampler) = &mut self.sampler {
            sampler.core(&inputs, &self.outputs, &self.backplane.memory);
        }
        self.note(&inputs, now);
        self.requests.tick(&self.outputs, now);
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

    fn note(&mut self, inputs: &CoreInputs, now: Clock) {
        let request = &inputs.request;
        if request.valid && self.outputs.request_ready {
            let control = u64::from(request.device_id)
                | u64::from(request.process_id) << 24
                | u64::from(request.pv) << 44
                | u64::from(request.privileged) << 45
                | u64::from(request.access) << 46
                | u64::from(request.ttype) << 48
                | u64::from(request.no_write) << 50;
            let words = [request.iova, control];
            self.backplane.digest.beat(now, REQUEST_PLACE, &words);
        }
        let answer = &self.outputs.answer;
        if answer.valid {
            let control = u64::from(answer.tag)
                | u64::from(answer.fault) << 8
                | u64::from(answer.pbmt) << 9
                | u64::from(answer.status) << 11
                | u64::from(answer.msi) << 13
                | u64::from(answer.mrif) << 14
                | u64::from(answer.nid) << 16
                | u64::from(answer.rcid) << 32
                | u64::from(answer.mcid) << 44;
            let granted = [
                answer.r,
                answer.w,
                answer.x,
                answer.global,
                answer.privileged,
                answer.untranslated,
            ];
            let grant = granted
                .iter()
                .fold(u64::from(answer.size), |bits, &b| bits << 1 | u64::from(b));
            // The address of a refused request means nothing.
            let pa = if answer.fault { 0 } else { answer.pa };
            self.backplane
                .digest
                .beat(now, ANSWER_PLACE, &[control, pa, answer.notice_ppn, grant]);
        }
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
