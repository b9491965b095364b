// SPDX-License-Identifier: Apache-2.0
//! `iommu_axi` between devices and memory.

use super::backplane::{Backplane, RESET_CLOCKS};
use super::config::SystemConfig;
use super::data_port::{DataAddress, DataPort};
use super::device_port::DevicePort;
use super::seen::Seen;
use super::{Counters, Digest, pins};
use sallyport_bus::{
    AxiLiteManager, AxiManager, AxiManagerSignals, AxiMonitor, AxiSubordinate,
    AxiSubordinateSignals, Clock, Memory, MonitorConfig, Violation, Width,
};
use sallyport_cross::Sampler;
use sallyport_formats::DeviceId;
use sallyport_log::{ClockView, Recorder};
use sallyport_sim::{AxiInputs, AxiOutputs, AxiTop, Model, SimError, TracePins};
use std::collections::BTreeMap;

/// Bits of AxID on the devices' port.
pub const DEVICE_ID_BITS: u32 = 4;

/// Places in the digest.
const DEVICE_PLACE: u64 = 0x00;
const DATA_PLACE: u64 = 0x10;

/// The IOMMU with everything around it: physical memory, the processor's
/// register port, a bus of devices, and a protocol monitor beside every port.
///
/// [`System::step`] runs one clock. What devices and the processor do is
/// submitted to [`System::devices`] and [`System::registers`]; programs that
/// wait for things are easier to write on a [`Bench`](crate::Bench).
#[derive(Debug)]
pub struct System {
    model: Model<AxiTop>,
    backplane: Backplane,
    devices: DevicePort,
    device_monitor: AxiMonitor,
    data: DataPort,
    outputs: AxiOutputs,
    seen: Seen,
    recorder: Option<Box<Recorder>>,
    /// Looks on where coverage is asked for.
    sampler: Option<Box<Sampler>>,
    width: Width,
}

impl System {
    /// A system after reset, with one manager on the devices' port.
    ///
    /// # Errors
    /// [`SimError`] if the build is not compiled in or the waveform cannot be
    /// written.
    pub fn new(config: &SystemConfig) -> Result<Self, SimError> {
        let devices = DevicePort::single(config.devices, config.seed.fork("devices"));
        Self::with_devices(config, devices)
    }

    /// A system after reset, with an interconnect before the devices' port that
    /// has a manager for each of the first `1 << number_bits` devices. What is
    /// left of [`DEVICE_ID_BITS`] are the ids of each.
    ///
    /// # Errors
    /// [`SimError`], as from [`System::new`].
    pub fn with_interconnect(config: &SystemConfig, number_bits: u32) -> Result<Self, SimError> {
        let seed = config.seed.fork("devices");
        let devices = DevicePort::shared(number_bits, DEVICE_ID_BITS, config.devices, seed);
        Self::with_devices(config, devices)
    }

    fn with_devices(config: &SystemConfig, devices: DevicePort) -> Result<Self, SimError> {
        let mut model = Model::new(
            config.build,
            config.seed.fork("registers at power-on").value(),
        )?;
        if let Some(waveform) = &config.waveform {
            model.trace(&waveform.path, waveform.clocks.clone())?;
        }
        let width = config.width();
        let mut rules = MonitorConfig::new(width, DEVICE_ID_BITS, 64, 47);
        rules.exclusive_pairs = false;
        rules.cut_off = true;
        let mut system = Self {
            model,
            backplane: Backplane::new(config),
            devices,
            device_monitor: AxiMonitor::new("s_axi", rules),
            data: DataPort::new(config, DEVICE_ID_BITS),
            outputs: AxiOutputs::default(),
            seen: Seen::default(),
            recorder: None,
            sampler: Sampler::from_environment(config.build).map(Box::new),
            width,
        };
        system.reset()?;
        Ok(system)
    }

    /// Resets the IOMMU and the buses; memory keeps what it holds, and what was
    /// under way is forgotten.
    ///
    /// # Errors
    /// [`SimError`], as from [`System::step`].
    pub fn reset(&mut self) -> Result<(), SimError> {
        for _ in 0..RESET_CLOCKS {
            self.model.clock(&AxiInputs::default(), &mut self.outputs)?;
            let now = self.backplane.now;
            if let Some(recorder) = &mut self.recorder {
                recorder.reset(now.0);
            }
            if let Some(sampler) = &mut self.sampler {
                sampler.reset();
            }
            self.device_monitor.tick_reset(
                &AxiManagerSignals::default(),
                &pins::subordinate_signals(&self.outputs.device),
                now,
            );
            self.data.monitor.tick_reset(
                &pins::manager_signals(&self.outputs.out),
                &AxiSubordinateSignals::default(),
                now,
            );
            self.devices.reset();
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
        let (registers, memory) = self.backplane.drive();
        let device = self.devices.drive();
        self.data.drives = self.data.subordinate.drive();
        let inputs = AxiInputs {
            reset_n: true,
            device: pins::manager_pins(&device),
            out: pins::subordinate_pins(&self.data.drives),
            memory,
            registers,
        };
        self.model.clock(&inputs, &mut self.outputs)?;

        let now = self.backplane.now;
        if let Some(recorder) = &mut self.recorder {
            recorder.clock(now.0, &ClockView::axi(&inputs, &self.outputs));
        }
        if let Some(sampler) = &mut self.sampler {
            sampler.axi(&inputs, &self.outputs, &self.backplane.memory);
        }
        let answer = pins::subordinate_signals(&self.outputs.device);
        let out = pins::manager_signals(&self.outputs.out);
        self.seen = Seen::new(&device, &answer, &out, &self.data.drives);
        let digest = &mut self.backplane.digest;
        digest.axi(now, DEVICE_PLACE, &device, &answer);
        digest.axi(now, DATA_PLACE, &out, &self.data.drives);
        self.device_monitor.tick(&device, &answer, now);
        self.devices.tick(&answer, now);
        self.data.tick(&out, &mut self.backplane.memory, now);
        self.backplane.tick(
            &self.outputs.registers,
            &self.outputs.memory,
            self.outputs.irq,
            &self.outputs.trace,
        );
        Ok(())
    }

    /// The clock that comes next.
    #[must_use]
    pub fn now(&self) -> Clock {
        self.backplane.now
    }

    /// Width of the data buses.
    #[must_use]
    pub const fn width(&self) -> Width {
        self.width
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

    /// The devices' side of their bus; with an interconnect, that of the first
    /// one. Which device speaks is told by AxUSER.
    pub fn devices(&mut self) -> &mut AxiManager {
        self.devices.manager(0)
    }

    /// How many managers the devices' port has.
    #[must_use]
    pub fn device_managers(&self) -> usize {
        self.devices.count()
    }

    /// One of them.
    ///
    /// # Panics
    /// If there is no such manager.
    pub fn device_manager(&mut self, number: usize) -> &mut AxiManager {
        self.devices.manager(number)
    }

    /// The manager of a device, given when it is first asked for.
    pub fn manager_of(&mut self, device: DeviceId) -> usize {
        self.devices.of(device)
    }

    /// The AXI id that a manager uses for this one: it may have fewer bits.
    #[must_use]
    pub const fn local_id(&self, id: u8) -> u8 {
        self.devices.local_id(id)
    }

    /// What the reset of a device does to its reads: they end, and the
    /// interconnect takes what still comes of them.
    ///
    /// # Panics
    /// If there is no such manager.
    pub fn abort_reads(&mut self, manager: usize) {
        self.devices.abort_reads(manager);
    }

    /// The memory controller behind the IOMMU's own accesses, for its timing.
    pub const fn table_memory(&mut self) -> &mut AxiSubordinate {
        &mut self.backplane.tables
    }

    /// The memory controller behind translated traffic, for its timing.
    pub const fn data_memory(&mut self) -> &mut AxiSubordinate {
        &mut self.data.subordinate
    }

    /// The monitor beside the devices' port.
    pub const fn device_monitor(&mut self) -> &mut AxiMonitor {
        &mut self.device_monitor
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

    /// What passed the AXI4 ports in the last clock.
    #[must_use]
    pub const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// All that passed the ports so far.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.backplane.digest
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

    /// From now on translated traffic goes to a memory of its own, which
    /// nobody sees, and the addresses are kept for [`System::take_addresses`].
    pub fn absorb_data(&mut self) {
        self.data.sink = Some(Memory::new());
        self.data.log = Some(Vec::new());
    }

    /// The memory that [`System::absorb_data`] has put in place.
    pub const fn data_sink(&mut self) -> Option<&mut Memory> {
        self.data.sink.as_mut()
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
        self.data
            .log
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Breaches of the bus protocols, on any port.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.device_monitor
            .violations()
            .iter()
            .chain(self.data.monitor.violations())
            .chain(self.backplane.violations())
    }

    /// What is under way on the buses, a line each: for the report of a test
    /// that hangs.
    #[must_use]
    pub fn outstanding(&self) -> Vec<String> {
        let ports = [
            ("s_axi", &self.device_monitor),
            ("m_axi", &self.data.monitor),
            ("mem_axi", &self.backplane.table_monitor),
        ];
        let mut lines = Vec::new();
        for (port, monitor) in ports {
            lines.extend(monitor.outstanding().map(|(channel, since, ax)| {
                format!(
                    "{port} {channel} id {:#04x} address {:#x}, {} beats, accepted {since}",
                    ax.id,
                    ax.addr,
                    ax.beats()
                )
            }));
        }
        let accesses = self.backplane.registers.in_flight();
        if accesses > 0 {
            lines.push(format!("s_axil: {accesses} register accesses"));
        }
        lines
    }
}
