// SPDX-License-Identifier: Apache-2.0
//! Puts transactions together from what the pins show.

mod bursts;
mod commands;
mod live;
mod ports;
mod rows;
mod sink;
mod tables;
#[cfg(test)]
mod tests;
mod view;

use std::fmt;
use std::io::Write;

use sallyport_bus::Resp;
use sallyport_formats::{FaultRecord, Spa};
use sallyport_sim::{AxPins, Build, ManagerPins, SubordinatePins, TracePins};

pub use view::{ClockView, DeviceView};

use crate::line::{Header, Line, Port, Reset};
use crate::read::LogError;
use crate::transaction::{Answer, MemoryType, Record, Transaction};
use bursts::{Bursts, Event};
use commands::Commands;
use live::Live;
use ports::Ports;
use rows::Rows;
use sink::Sink;
use tables::Tables;

/// AXI IDs on `mem_axi` that are no walk's: `iommu_build_pkg`.
const COMMAND_QUEUE_ID: u8 = 0x40;
const FENCE_ID: u8 = 0x41;
const FAULT_QUEUE_ID: u8 = 0x42;

/// Transactions that stay in memory unless [`Recorder::keeping`] says else.
const KEEP: usize = 64;

/// Looks on, clock by clock, and tells what happened to each transaction.
///
/// It drives nothing and changes nothing. Attach it at reset: of what began
/// before its first clock it knows nothing, and commands or table pointers
/// that were read before leave gaps in what it can explain.
pub struct Recorder {
    build: Build,
    sink: Sink,
    started: bool,
    live: Live,
    ports: Ports,
    rows: Rows,
    bursts: Bursts,
    tables: Tables,
    commands: Commands,
    /// Fault records whose write is under way, in order.
    records: std::collections::VecDeque<FaultRecord>,
    /// Events of `mem_axi` in this clock; empty between clocks.
    events: Vec<Event>,
}

impl Recorder {
    /// A recorder of a top in `build` that keeps the last transactions in
    /// memory and writes nothing.
    #[must_use]
    pub fn new(build: Build) -> Self {
        Self {
            build,
            sink: Sink::new(KEEP),
            started: false,
            live: Live::default(),
            ports: Ports::default(),
            rows: Rows::default(),
            bursts: Bursts::new(build.data_width() == 128),
            tables: Tables::default(),
            commands: Commands::default(),
            records: std::collections::VecDeque::new(),
            events: Vec::new(),
        }
    }

    /// Also writes each line to `writer`, when it is complete. Errors are
    /// kept for [`Recorder::finish`]; nothing is written after the first.
    #[must_use]
    pub fn writing(mut self, writer: impl Write + Send + 'static) -> Self {
        self.sink.write_to(Box::new(writer));
        self
    }

    /// Also tells each line to `listener`, when it is complete.
    #[must_use]
    pub fn telling(mut self, listener: impl FnMut(&Line) + Send + 'static) -> Self {
        self.sink.tell(Box::new(listener));
        self
    }

    /// Keeps the last `count` transactions in memory.
    #[must_use]
    pub fn keeping(mut self, count: usize) -> Self {
        self.sink.keep(count);
        self
    }

    /// Transactions that have ended, the last ones, oldest first.
    pub fn transactions(&self) -> impl DoubleEndedIterator<Item = &Transaction> {
        self.sink.kept()
    }

    /// Transactions that have not ended, oldest first, as far as they are.
    pub fn in_flight(&self) -> impl Iterator<Item = Transaction> {
        self.live.snapshots(&self.rows)
    }

    /// The end of the log: what is under way is written as unfinished.
    ///
    /// # Errors
    /// [`LogError::Write`] if a line could not be written, now or earlier.
    pub fn finish(&mut self) -> Result<(), LogError> {
        self.end_all();
        self.sink.finish()
    }

    /// A clock of reset. What was under way ends unfinished.
    pub fn reset(&mut self, now: u64) {
        if self.started {
            self.end_all();
            self.sink.line(Line::Reset(Reset { clock: now }));
        }
        self.started = false;
        self.live.reset();
        self.ports.reset();
        self.rows.reset();
        self.bursts.reset();
        self.tables.reset();
        self.commands.reset();
        self.records.clear();
    }

    /// One clock, number `now`, out of reset.
    pub fn clock(&mut self, now: u64, view: &ClockView<'_>) {
        self.start(view);
        self.tables
            .registers(now, view.registers, view.registers_response);
        self.memory(now, view.memory, view.memory_response);
        self.requests(now, view);
        self.trace(now, view.trace);
        self.answers(now, view);
        for line in self.live.settled(now) {
            self.sink.line(line);
        }
    }

    fn start(&mut self, view: &ClockView<'_>) {
        if self.started {
            return;
        }
        self.started = true;
        let port = match view.devices {
            DeviceView::Axi { .. } => Port::Axi,
            DeviceView::Core { .. } => Port::Core,
            DeviceView::Pcie { .. } => Port::Pcie,
        };
        self.sink.begin(Header {
            format: crate::line::FORMAT,
            port,
            build: self.build.name().to_owned(),
        });
    }

    fn end_all(&mut self) {
        for fence in self.commands.take_fences() {
            self.sink.line(Line::Fence(fence));
        }
        for line in self.live.end_all(&self.rows) {
            self.sink.line(line);
        }
    }

    fn requests(&mut self, now: u64, view: &ClockView<'_>) {
        let tag = view.trace.accept.then_some(view.trace.accept_tag);
        match view.devices {
            DeviceView::Axi {
                device,
                device_response,
                ..
            } => {
                for (offered, write, ax) in self.ports.accepted(now, device, device_response) {
                    self.accept_burst(now, offered, write, &ax, tag);
                }
            }
            DeviceView::Core { request, ready, .. } => {
                if let Some(offered) = self.ports.request(now, request, ready) {
                    let request = ports::core_request(request);
                    self.live.accept(now, offered, request, tag, None);
                }
            }
            DeviceView::Pcie { accepted, tag, .. } => {
                if accepted.valid {
                    let request = ports::core_request(accepted);
                    self.live.accept(now, now, request, Some(tag), None);
                }
            }
        }
    }

    /// A burst without a tag was refused by the front end.
    fn accept_burst(&mut self, now: u64, offered: u64, write: bool, ax: &AxPins, tag: Option<u8>) {
        let request = ports::burst_request(write, ax);
        let id = self.live.accept(now, offered, request, tag, Some(ax.cache));
        let waiting = if write {
            &mut self.ports.writes
        } else {
            &mut self.ports.reads
        };
        waiting.entry(ax.id).or_default().push_back(id);
        if write && tag.is_some() {
            self.ports.leaving.push_back(id);
        }
    }

    fn trace(&mut self, now: u64, trace: &TracePins) {
        if trace.lookup {
            let (device, hit) = (trace.lookup_device, trace.lookup_hit);
            self.live.lookup(now, trace.lookup_tag, device, hit);
        }
        if trace.start
            && let Some((id, request)) = self.live.tagged(trace.start_tag)
        {
            let (device, iova) = (request.device_id, request.iova);
            self.rows.start(now, trace.start_row, id, device, iova);
        }
        if trace.merge
            && let Some(walk) = self.rows.joined(now, trace.merge_row)
        {
            self.live.join(trace.merge_tag, walk);
        }
        if trace.answer {
            self.live
                .answer(now, trace.answer_tag, trace.answer_fault, &self.rows);
        }
        if trace.finish
            && let Some((lead, walk)) = self.rows.finish(trace.finish_row)
        {
            self.live.led(lead, walk);
        }
        if trace.inval {
            let line = if self.tables.take_written(now) {
                crate::line::Invalidation {
                    clock: now,
                    command: "write of ddtp".to_owned(),
                }
            } else {
                self.commands.invalidated(now)
            };
            self.sink.line(Line::Invalidation(line));
        }
    }

    fn answers(&mut self, now: u64, view: &ClockView<'_>) {
        match view.devices {
            DeviceView::Axi {
                device,
                device_response,
                out,
                out_response,
            } => {
                self.sent(now, out, out_response);
                for over in self.ports.responses(device, device_response) {
                    let line = self.live.over(now, over.transaction, Some(over.response));
                    line.into_iter().for_each(|line| self.sink.line(line));
                }
            }
            DeviceView::Core { answer, .. } | DeviceView::Pcie { answer, .. } => {
                if answer.valid
                    && let Some((id, _)) = self.live.tagged(answer.tag)
                {
                    if !answer.fault {
                        let pbmt = MemoryType::from_code(answer.pbmt);
                        self.live.translated(id, Spa::new(answer.pa), pbmt);
                    }
                    let line = self.live.over(now, id, None);
                    line.into_iter().for_each(|line| self.sink.line(line));
                }
            }
        }
    }

    /// Addresses that leave on `m_axi`.
    fn sent(&mut self, now: u64, out: &ManagerPins, response: &SubordinatePins) {
        if out.ar.valid && response.ar_ready {
            let waiting = self.ports.reads.get(&out.ar.id);
            let mut ids = waiting.into_iter().flatten().copied();
            if let Some(id) = ids.find(|id| self.live.may_leave(*id, &out.ar)) {
                self.live.sent(now, id, &out.ar);
            }
        }
        if out.aw.valid && response.aw_ready {
            while let Some(id) = self.ports.leaving.pop_front() {
                if self.live.may_leave(id, &out.aw) {
                    self.live.sent(now, id, &out.aw);
                    break;
                }
            }
        }
    }

    fn memory(&mut self, now: u64, m: &ManagerPins, s: &SubordinatePins) {
        let mut events = std::mem::take(&mut self.events);
        self.bursts.clock(m, s, |event| events.push(event));
        for event in events.drain(..) {
            self.event(now, event);
        }
        self.events = events;
    }

    fn event(&mut self, now: u64, event: Event) {
        match event {
            Event::ReadOut { ax } if ax.id < COMMAND_QUEUE_ID => {
                self.rows.read_out(now, &ax, &self.tables);
            }
            Event::ReadBack {
                id,
                words,
                response,
                poisoned,
                ..
            } if id < COMMAND_QUEUE_ID => {
                self.rows
                    .read_back(now, id, &words, response, poisoned, &mut self.tables);
            }
            Event::Word {
                id: COMMAND_QUEUE_ID,
                address,
                word,
            } => {
                for fence in self.commands.fetched(now, address, word) {
                    self.sink.line(Line::Fence(fence));
                }
            }
            Event::WriteOut { id, address, words } if id < COMMAND_QUEUE_ID => {
                self.rows.write_out(now, id, address, &words);
            }
            Event::WriteOut {
                id: FAULT_QUEUE_ID,
                words,
                ..
            } => {
                if let Ok(words) = words.try_into() {
                    self.records.push_back(FaultRecord::parse(words));
                }
            }
            Event::WriteBack { id, response } => self.acknowledged(now, id, response),
            _ => {}
        }
    }

    fn acknowledged(&mut self, now: u64, id: u8, response: Resp) {
        match id {
            FENCE_ID => {
                if let Some(fence) = self.commands.written(now) {
                    self.sink.line(Line::Fence(fence));
                }
            }
            FAULT_QUEUE_ID => {
                if let Some(record) = self.records.pop_front()
                    && !response.is_error()
                {
                    self.recorded(Record::new(now, &record));
                }
            }
            _ if id < COMMAND_QUEUE_ID => self.rows.write_back(now, id, response),
            _ => {}
        }
    }

    fn recorded(&mut self, record: Record) {
        if let Some(line) = self.live.record(record) {
            self.sink.line(line);
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("build", &self.build)
            .field("in_flight", &self.live.len())
            .finish_non_exhaustive()
    }
}

/// The memory type that AxCACHE tells: docs/integration.md.
fn memory_type(asked: u8, given: u8) -> MemoryType {
    if given == asked {
        MemoryType::Pma
    } else if given == 0 {
        MemoryType::Io
    } else {
        MemoryType::Nc
    }
}

/// An answer that says no more than that it may go on.
const fn translated() -> Answer {
    Answer::Translated {
        address: None,
        pbmt: MemoryType::Pma,
    }
}
