// SPDX-License-Identifier: Apache-2.0
//! Who waits for what.

use super::functions::Functions;
use crate::hardware::{Platform, System};
use sallyport_bus::{Clock, Completion, Handle, LiteCompletion, LiteHandle, WriteRecord};
use std::collections::BTreeMap;
use std::ops::Range;
use tokio::sync::{mpsc, oneshot};

/// What programs wait for, in the order in which they are woken.
#[derive(Debug, Default)]
pub struct Events {
    /// By manager and handle.
    bursts: BTreeMap<(usize, Handle), oneshot::Sender<Completion>>,
    registers: BTreeMap<LiteHandle, oneshot::Sender<LiteCompletion>>,
    timers: BTreeMap<(Clock, u64), oneshot::Sender<()>>,
    timers_set: u64,
    interrupts: Vec<(u16, oneshot::Sender<()>)>,
    doorbells: Vec<(Range<u64>, mpsc::UnboundedSender<WriteRecord>)>,
    /// PCIe functions.
    pub functions: Functions,
}

impl Events {
    pub fn burst(&mut self, manager: usize, handle: Handle) -> oneshot::Receiver<Completion> {
        let (sender, receiver) = oneshot::channel();
        self.bursts.insert((manager, handle), sender);
        receiver
    }

    pub fn register(&mut self, handle: LiteHandle) -> oneshot::Receiver<LiteCompletion> {
        let (sender, receiver) = oneshot::channel();
        self.registers.insert(handle, sender);
        receiver
    }

    pub fn timer(&mut self, at: Clock) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.timers.insert((at, self.timers_set), sender);
        self.timers_set += 1;
        receiver
    }

    /// Waits until a wire of `mask` is high.
    pub fn interrupt(&mut self, mask: u16) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.interrupts.push((mask, sender));
        receiver
    }

    pub fn doorbell(&mut self, range: Range<u64>) -> Doorbell {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.doorbells.push((range, sender));
        Doorbell(receiver)
    }

    /// Wakes those whose event happened in the clock that has just run. Nobody
    /// runs yet: a receiver that is gone is no concern.
    pub fn dispatch(&mut self, system: &mut Platform) {
        match system {
            Platform::Axi(system) => self.end_bursts(system),
            Platform::Pcie(system) => self.functions.dispatch(system.link()),
        }
        while let Some(completion) = system.registers().pop_completion() {
            if let Some(sender) = self.registers.remove(&completion.handle) {
                let _ = sender.send(completion);
            }
        }
        let now = system.now();
        while let Some(entry) = self.timers.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let _ = entry.remove().send(());
        }
        let irq = system.irq();
        if irq != 0 && !self.interrupts.is_empty() {
            let (due, later) = std::mem::take(&mut self.interrupts)
                .into_iter()
                .partition::<Vec<_>, _>(|(mask, _)| mask & irq != 0);
            self.interrupts = later;
            for (_, sender) in due {
                let _ = sender.send(());
            }
        }
        if !self.doorbells.is_empty() {
            self.ring(system);
        }
    }

    fn end_bursts(&mut self, system: &mut System) {
        for number in 0..system.device_managers() {
            while let Some(completion) = system.device_manager(number).pop_completion() {
                if let Some(sender) = self.bursts.remove(&(number, completion.handle)) {
                    let _ = sender.send(completion);
                }
            }
        }
    }

    fn ring(&mut self, system: &mut Platform) {
        for record in system.memory_mut().drain_journal() {
            for (range, sender) in &self.doorbells {
                if touches(&record, range) {
                    let _ = sender.send(record);
                }
            }
        }
        self.doorbells.retain(|(_, sender)| !sender.is_closed());
    }

    /// What is waited for besides the buses, a line each.
    pub fn outstanding(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (at, _) in self.timers.keys() {
            lines.push(format!("a program sleeps until {at}"));
        }
        for (mask, _) in &self.interrupts {
            lines.push(format!(
                "a program waits for an interrupt of vectors {mask:#06x}"
            ));
        }
        lines
    }
}

/// Whether the write has changed a byte of the range.
fn touches(record: &WriteRecord, range: &Range<u64>) -> bool {
    let word = record.word.raw();
    !record.resp.is_error()
        && (0..16)
            .filter(|lane| record.strb >> lane & 1 == 1)
            .any(|lane| range.contains(&(word + lane)))
}

/// Writes to a range of memory, as they arrive: where MSIs go, for example.
#[derive(Debug)]
pub struct Doorbell(mpsc::UnboundedReceiver<WriteRecord>);

impl Doorbell {
    /// The next write from a bus, when it has taken effect.
    pub async fn next(&mut self) -> WriteRecord {
        match self.0.recv().await {
            Some(record) => record,
            // The bench is gone, and with it all programs.
            None => std::future::pending().await,
        }
    }

    /// The next write, if it is there already.
    pub fn try_next(&mut self) -> Option<WriteRecord> {
        self.0.try_recv().ok()
    }
}
