// SPDX-License-Identifier: Apache-2.0
//! `iommu_pcie` between a root port and memory, with the request port for benches.

use super::backplane::{Backplane, RESET_CLOCKS};
use super::config::SystemConfig;
use super::data_port::{DataAddress, DataPort};
use super::request_port::{Answered, CoreRequest, RequestPort, Ticket};
use super::seen::Seen;
use super::tlp_port::TlpPort;
use super::{Counters, Digest, pins};
use sallyport_bus::{
    AxiLiteManager, AxiSubordinate, AxiSubordinateSignals, Clock, Memory, Pattern, Violation, Width,
};
use sallyport_log::{ClockView, Recorder};
use sallyport_sim::{AnswerPins, Model, PcieInputs, PcieOutputs, PcieTop, SimError, TracePins};
use sallyport_tlp::RoutingId;
use std::collections::BTreeMap;

/// Bits of AxID on the port of translated traffic.
const ID_BITS: u32 = 4;

/// Place in the digest.
const DATA_PLACE: u64 = 0x10;

/// Whom completions and messages of the IOMMU come from.
const COMPLETER: RoutingId = RoutingId::new(0, 0, 0);

/// The IOMMU as a host bridge with everything around it: physical memory, the
/// processor's register port, and both TLP ports of a root port.
#[derive(Debug)]
pub struct PcieSystem {
    model: Model<PcieTop>,
    backplane: Backplane,
    link: TlpPort,
    data: DataPort,
    requests: RequestPort,
    seen: Seen,
    outputs: PcieOutputs,
    recorder: Option<Box<Recorder>>,
    width: Width,
}

impl PcieSystem {
    /// A system after reset. The link pauses as the configuration says that
    /// devices' AR channel does.
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
        let pattern: Pattern = config.devices.ar;
        let mut system = Self {
            model,
            backplane: Backplane::new(config),
            width: config.width(),
            link: TlpPort::new(width(config), pattern, config.seed.fork("link")),
            data: DataPort::new(config, ID_BITS),
            requests: RequestPort::default(),
            seen: Seen::default(),
            outputs: PcieOutputs::default(),
            recorder: None,
        };
        system.reset()?;
        Ok(system)
    }

    /// Resets the IOMMU and the buses; memory keeps what it holds, and what was
    /// under way is forgotten.
    ///
    /// # Errors
    /// [`SimError`], as from [`PcieSystem::step`].
    pub fn reset(&mut self) -> Result<(), SimError> {
        for _ in 0..RESET_CLOCKS {
            self.model
                .clock(&PcieInputs::default(), &mut self.outputs)?;
            let now = self.backplane.now;
            if let Some(recorder) = &mut self.recorder {
                recorder.reset(now.0);
            }
            self.data.monitor.tick_reset(
                &pins::manager_signals(&self.outputs.out),
                &AxiSubordinateSignals::default(),
                now,
            );
            self.link.reset();
            self.requests.reset();
            self.data.subordinate.reset(now.next());
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
        let now = self.backplane.now;
        let (registers, memory) = self.backplane.drive();
        self.data.drives = self.data.subordinate.drive();
        let mut inputs = PcieInputs {
            reset_n: true,
            completer_id: COMPLETER.raw(),
            request: self.requests.offered(),
            out: pins::subordinate_pins(&self.data.drives),
            memory,
            registers,
            ..PcieInputs::default()
        };
        self.link.drive(&mut inputs, now);
        self.model.clock(&inputs, &mut self.outputs)?;

        if let Some(recorder) = &mut self.recorder {
            recorder.clock(now.0, &ClockView::pcie(&inputs, &self.outputs));
        }
        let out = pins::manager_signals(&self.outputs.out);
        self.seen = Seen::of_memory(&out, &self.data.drives);
        let digest = &mut self.backplane.digest;
        digest.axi(now, DATA_PLACE, &out, &self.data.drives);
        self.link.tick(&self.outputs, now, digest);
        let PcieOutputs {
            request_ready,
            accepted_tag,
            answer,
            ..
        } = &self.outputs;
        self.requests
            .tick(*request_ready, *accepted_tag, answer, now, digest);
        self.data.tick(&out, &mut self.backplane.memory, now);
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

    /// Ends the recording.
    pub fn take_recorder(&mut self) -> Option<Recorder> {
        self.recorder.take().map(|recorder| *recorder)
    }

    /// The root port's side of the TLP ports.
    pub const fn link(&mut self) -> &mut TlpPort {
        &mut self.link
    }

    /// Appends a request to those that are offered beside the packets.
    pub fn submit(&mut self, request: CoreRequest) -> Ticket {
        self.requests.submit(request)
    }

    /// The oldest answer to one of these that has not been taken.
    pub fn pop_answer(&mut self) -> Option<Answered> {
        self.requests.pop()
    }

    /// The request that the core accepted in the last clock, whatever it came from,
    /// and its tag; `valid` if there was one.
    #[must_use]
    pub const fn accepted(&self) -> (&CoreRequest, u8) {
        (&self.outputs.accepted, self.outputs.accepted_tag)
    }

    /// What passed to and from the memory of translated traffic in the last clock.
    #[must_use]
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The memory that [`PcieSystem::absorb_data`] sends translated traffic to.
    pub const fn data_sink(&mut self) -> Option<&mut Memory> {
        self.data.sink.as_mut()
    }

    /// The answer of the last clock, to whatever request; `valid` if there was one.
    #[must_use]
    pub const fn answer(&self) -> &AnswerPins {
        &self.outputs.answer
    }

    /// Width of the data buses; the TLP ports are twice as wide.
    #[must_use]
    pub const fn width(&self) -> Width {
        self.width
    }

    /// Malformed packets, packets that nobody here serves, and poisoned writes,
    /// since reset.
    #[must_use]
    pub const fn refusals(&self) -> [u16; 3] {
        let PcieOutputs {
            malformed,
            unsupported,
            poisoned,
            ..
        } = self.outputs;
        [malformed, unsupported, poisoned]
    }

    /// Whether requests that want an answer may be sent.
    #[must_use]
    pub const fn non_posted_ok(&self) -> bool {
        self.outputs.non_posted_ok
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

    /// The memory controller behind translated traffic, for its timing.
    pub const fn data_memory(&mut self) -> &mut AxiSubordinate {
        &mut self.data.subordinate
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

    /// From now on translated traffic goes to a memory of its own, which nobody
    /// sees, and the addresses are kept for [`PcieSystem::take_addresses`].
    pub fn absorb_data(&mut self) {
        self.data.sink = Some(Memory::new());
        self.data.log = Some(Vec::new());
    }

    /// From now on keeps the addresses of translated traffic.
    pub fn log_addresses(&mut self) {
        self.data.log.get_or_insert_default();
    }

    /// No longer keeps the addresses of translated traffic.
    pub fn forget_addresses(&mut self) {
        self.data.log = None;
    }

    /// The addresses of translated traffic since the last call, oldest first.
    pub fn take_addresses(&mut self) -> Vec<DataAddress> {
        let log = self.data.log.as_mut();
        log.map(std::mem::take).unwrap_or_default()
    }

    /// Breaches of the protocols, on any port.
    pub fn violations(&self) -> impl Iterator<Item = String> {
        self.bus_violations()
            .map(ToString::to_string)
            .chain(self.link.violations().iter().cloned())
    }

    /// Those on the AXI4 ports.
    pub fn bus_violations(&self) -> impl Iterator<Item = &Violation> {
        let data = self.data.monitor.violations().iter();
        data.chain(self.backplane.violations())
    }

    /// Those on the TLP ports, a line each.
    #[must_use]
    pub fn link_violations(&self) -> &[String] {
        self.link.violations()
    }

    /// What is under way, a line each: for the report of a test that hangs.
    #[must_use]
    pub fn outstanding(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} packets wait to be sent, non-posted requests {}",
            self.link.waiting(),
            if self.outputs.non_posted_ok {
                "may go"
            } else {
                "may not"
            }
        )];
        let bursts = self.data.monitor.outstanding();
        lines.extend(bursts.map(|(channel, since, ax)| {
            format!(
                "m_axi {channel} id {:#04x} address {:#x}, accepted {since}",
                ax.id, ax.addr
            )
        }));
        lines
    }
}

/// Width of the TLP ports in bytes: twice that of the data buses.
fn width(config: &SystemConfig) -> usize {
    2 * config.build.data_width() as usize / 8
}
