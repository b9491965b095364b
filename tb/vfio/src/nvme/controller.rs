// SPDX-License-Identifier: Apache-2.0
//! The controller: takes commands, has them carried out, completes them.

use super::command::{COMMAND_BYTES, Command, Ending};
use super::disk::Disk;
use super::features::Features;
use super::port::Port;
use super::queues::{Completion, Queues, Submission};
use super::registers::{Event, Registers};
use super::status::Status;
use super::{admin, io};
use crate::counters::Tally;
use crate::function::Vectors;
use crate::simulation::{Shared, Work};
use sallyport_bench::{DeviceBus, Host};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;

/// Commands under way at most.
const MOST_COMMANDS: u32 = 32;

/// The controller.
#[derive(Debug)]
pub(super) struct Controller {
    pub registers: RefCell<Registers>,
    pub queues: RefCell<Queues>,
    pub features: RefCell<Features>,
    /// Requests for asynchronous events, by command id.
    pub events: RefCell<Vec<u16>>,
    /// Commands under way.
    under_way: Cell<u32>,
    /// Resets so far: what was begun before one ends without a trace.
    epoch: Cell<u64>,
    /// Rung when a command may be there to take.
    bell: Notify,
    /// Told whenever a command has ended.
    pub ended: Notify,
    pub port: Port,
    pub disk: Arc<Disk>,
    pub tally: Arc<Tally>,
    vectors: Arc<Vectors>,
}

/// A command that was taken from a queue, until it has ended.
pub(super) struct Taken {
    controller: Rc<Controller>,
    queue: u16,
    epoch: u64,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let controller = &self.controller;
        controller.under_way.set(controller.under_way.get() - 1);
        if controller.is_current(self) {
            let mut queues = controller.queues.borrow_mut();
            if let Some(queue) = queues.submissions.get_mut(&self.queue) {
                queue.under_way -= 1;
            }
        }
        controller.ended.notify_waiters();
        controller.bell.notify_one();
    }
}

impl Controller {
    pub fn new(shared: &Shared, work: Work) -> Self {
        Self {
            registers: RefCell::default(),
            queues: RefCell::default(),
            features: RefCell::default(),
            events: RefCell::default(),
            under_way: Cell::new(0),
            epoch: Cell::new(0),
            bell: Notify::new(),
            ended: Notify::new(),
            port: Port::new(work),
            disk: Arc::clone(&shared.disk),
            tally: Arc::clone(&shared.tally),
            vectors: Arc::clone(&shared.nvme_vectors),
        }
    }

    /// Whether the controller was not reset since the command was taken.
    pub const fn is_current(&self, taken: &Taken) -> bool {
        self.epoch.get() == taken.epoch
    }

    pub fn read(&self, offset: u64) -> u32 {
        let busy = self.under_way.get() > 0;
        self.registers.borrow().read(offset, busy)
    }

    pub fn write(&self, offset: u64, value: u32) {
        let event = self.registers.borrow_mut().write(offset, value);
        match event {
            Some(Event::Enable) => self.enable(),
            Some(Event::Disable) => self.forget(),
            Some(Event::Tail { queue, value }) => {
                let mut queues = self.queues.borrow_mut();
                // A doorbell of no queue, or with no entry's number, is not heard.
                if let Some(queue) = queues.submissions.get_mut(&queue)
                    && queue.ring(value)
                {
                    self.bell.notify_one();
                }
            }
            Some(Event::Head { queue, value }) => {
                let mut queues = self.queues.borrow_mut();
                if let Some(queue) = queues.completions.get_mut(&queue) {
                    queue.ring(value);
                }
            }
            None => {}
        }
    }

    /// As after power-on, but for the disk.
    pub fn reset(&self) {
        *self.registers.borrow_mut() = Registers::default();
        self.forget();
    }

    fn enable(&self) {
        let registers = self.registers.borrow();
        let mut queues = self.queues.borrow_mut();
        let (base, entries) = registers.admin_submission();
        queues
            .submissions
            .insert(0, Submission::new(base, entries, 0));
        let (base, entries) = registers.admin_completion();
        queues
            .completions
            .insert(0, Completion::new(base, entries, Some(0)));
        self.tally.nvme(|counters| counters.enabled += 1);
    }

    fn forget(&self) {
        self.epoch.set(self.epoch.get() + 1);
        self.queues.borrow_mut().clear();
        *self.features.borrow_mut() = Features::default();
        self.events.borrow_mut().clear();
        self.ended.notify_waiters();
    }

    /// Takes commands for ever.
    pub async fn run(self: Rc<Self>, bus: DeviceBus) {
        self.port.connect(bus.dma().clone());
        loop {
            match self.take() {
                Some((taken, at)) => self.fetch(bus.host(), taken, at).await,
                None => self.bell.notified().await,
            }
        }
    }

    fn take(self: &Rc<Self>) -> Option<(Taken, u64)> {
        let ready = self.registers.borrow().is_ready();
        if !ready || self.under_way.get() >= MOST_COMMANDS {
            return None;
        }
        let (queue, at) = self.queues.borrow_mut().next()?;
        self.under_way.set(self.under_way.get() + 1);
        let taken = Taken {
            controller: Rc::clone(self),
            queue,
            epoch: self.epoch.get(),
        };
        Some((taken, at))
    }

    async fn fetch(&self, host: &Host, taken: Taken, at: u64) {
        let bytes = self.port.read(at, COMMAND_BYTES as usize).await;
        if !self.is_current(&taken) {
            return;
        }
        match bytes {
            Ok(bytes) => {
                let command = Command::parse(&bytes);
                let controller = Rc::clone(&taken.controller);
                host.spawn("NVMe command", async move {
                    controller.execute(&command, taken).await;
                });
            }
            // There is nobody to tell: the controller has failed.
            Err(_) => self.registers.borrow_mut().fail(),
        }
    }

    async fn execute(&self, command: &Command, taken: Taken) {
        let admin = taken.queue == 0;
        self.tally.nvme(|counters| {
            let (commands, name) = if admin {
                (&mut counters.admin, admin::name(command.opcode))
            } else {
                (&mut counters.io, io::name(command.opcode))
            };
            *commands.entry(name.to_owned()).or_default() += 1;
        });
        let ending = if !command.is_plain() {
            Some(Status::INVALID_FIELD.into())
        } else if admin {
            admin::execute(self, command, &taken).await
        } else {
            let result = io::execute(self, command).await;
            Some(result.err().unwrap_or(Status::SUCCESS).into())
        };
        if let Some(ending) = ending {
            self.complete(&taken, command.id, ending).await;
        }
    }

    /// Writes the completion of a command of the same queue as the one that was taken,
    /// when there is room, and fires the vector.
    pub async fn complete(&self, taken: &Taken, id: u16, ending: Ending) {
        let Some((number, turn)) = self.completion_of(taken) else {
            return;
        };
        let _turn = turn.lock().await;
        let (at, phase, vector) = loop {
            let room = {
                let mut queues = self.queues.borrow_mut();
                let queue = queues.completions.get_mut(&number);
                // It went with a reset.
                let Some(queue) = queue.filter(|_| self.is_current(taken)) else {
                    return;
                };
                if let Some((at, phase)) = queue.give() {
                    break (at, phase, queue.vector);
                }
                Rc::clone(&queue.room)
            };
            room.notified().await;
        };
        let head = self
            .queues
            .borrow()
            .submissions
            .get(&taken.queue)
            .map_or(0, |queue| queue.head);
        let entry = ending.entry(id, taken.queue, head as u16, phase);
        let written = self.port.write(at, &entry).await;
        if !self.is_current(taken) {
            return;
        }
        if ending.status != Status::SUCCESS {
            self.tally.nvme(|counters| {
                let name = ending.status.name.to_owned();
                *counters.errors.entry(name).or_default() += 1;
            });
        }
        match (written, vector) {
            (Ok(()), Some(vector)) => self.vectors.fire(vector.into()),
            (Ok(()), None) => {}
            (Err(_), _) => self.registers.borrow_mut().fail(),
        }
    }

    fn completion_of(&self, taken: &Taken) -> Option<(u16, Rc<tokio::sync::Mutex<()>>)> {
        let queues = self.queues.borrow();
        let number = queues.submissions.get(&taken.queue)?.completion;
        let queue = queues.completions.get(&number)?;
        Some((number, Rc::clone(&queue.turn)))
    }
}
