// SPDX-License-Identifier: Apache-2.0
//! The guest's two virtual processors, and the hypervisor beside them.

use super::NOTICE;
use crate::guest::{Guest, RECEIVED, TRANSMITTED};
use crate::wire::stamp;
use sallyport_bench::Host;
use sallyport_capture::Frame;
use sallyport_driver::InterruptFile as MemoryFile;
use sallyport_os::{InterruptFile, OsError};
use std::cell::Cell;
use std::ops::Sub;
use std::rc::Rc;
use tokio::sync::{Mutex, Notify};

/// What a processor has heard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard {
    /// Interrupts.
    pub arrived: u64,
    /// Those whose data was there.
    pub data_there: u64,
    /// Notices to the hypervisor for them.
    pub notices: u64,
}

impl Sub for Heard {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            arrived: self.arrived - before.arrived,
            data_there: self.data_there - before.data_there,
            notices: self.notices - before.notices,
        }
    }
}

/// The processors. Frames received are the business of the first, frames
/// transmitted that of the second.
pub struct Harts {
    guest: Mutex<Guest>,
    frames: Rc<Vec<Frame>>,
    in_memory: MemoryFile,
    heard: [Cell<Heard>; 2],
    /// Frames that the NIC has been given to receive.
    given: Cell<u64>,
    changed: Notify,
}

impl Harts {
    pub fn new(guest: Guest, frames: Rc<Vec<Frame>>, in_memory: MemoryFile) -> Self {
        Self {
            guest: Mutex::new(guest),
            frames,
            in_memory,
            heard: Default::default(),
            given: Cell::new(0),
            changed: Notify::new(),
        }
    }

    /// Starts all three: from now on they act on interrupts.
    pub fn listen(self: &Rc<Self>, host: &Host, files: [InterruptFile; 2], notices: InterruptFile) {
        for (hart, file) in files.into_iter().enumerate() {
            let this = Rc::clone(self);
            host.spawn(
                "virtual processor",
                async move { this.run(hart, file).await },
            );
        }
        let this = Rc::clone(self);
        host.spawn("hypervisor", async move { this.supervise(notices).await });
    }

    /// Acts on the messages that arrive in a file of the machine's.
    async fn run(&self, hart: usize, mut file: InterruptFile) {
        loop {
            let identity = file.next().await;
            self.interrupt(hart, identity).await;
        }
    }

    /// Acts on notices: takes what was kept in memory to the processor that is
    /// woken for it.
    async fn supervise(&self, mut notices: InterruptFile) {
        loop {
            if notices.next().await != u32::from(NOTICE) {
                continue;
            }
            let mut ram = {
                let guest = self.guest.lock().await;
                guest.machine.enter();
                guest.machine.host().ram().clone()
            };
            self.change(1, |heard| heard.notices += 1);
            while let Some(identity) = self.in_memory.next(&ram, 0) {
                self.in_memory.take(&mut ram, identity);
                self.interrupt(1, identity).await;
            }
        }
    }

    /// An interrupt of a processor: what it tells of must be in memory.
    async fn interrupt(&self, hart: usize, identity: u32) {
        let data_there = match (hart, identity) {
            (0, RECEIVED) => self.receive().await,
            (1, TRANSMITTED) => self.transmitted().await,
            _ => false,
        };
        self.change(hart, |heard| {
            heard.arrived += 1;
            heard.data_there += u64::from(data_there);
        });
        self.changed.notify_one();
    }

    /// A frame was received, and is to be transmitted again; whether it is
    /// there, as it was sent.
    async fn receive(&self) -> bool {
        let mut guest = self.guest.lock().await;
        let Some(frame) = guest.driver.receive() else {
            return false;
        };
        let number = self.heard[0].get().arrived as usize;
        let same = self.frames.get(number).is_some_and(|sent| {
            !frame.error && frame.stamp == stamp(sent) && guest.driver.read(&frame) == sent.data
        });
        // There is room: no more frames are under way than the ring has.
        let sent = guest.driver.transmit(frame).await.is_ok();
        same && sent
    }

    /// A frame was transmitted; whether its descriptors say so.
    async fn transmitted(&self) -> bool {
        let mut guest = self.guest.lock().await;
        let Some(frame) = guest.driver.transmitted() else {
            return false;
        };
        let right = !frame.error;
        guest.driver.recycle(frame);
        guest.driver.post().await;
        right
    }

    fn change(&self, hart: usize, change: impl FnOnce(&mut Heard)) {
        let mut heard = self.heard[hart].get();
        change(&mut heard);
        self.heard[hart].set(heard);
    }

    /// Waits until so many more frames have gone through; gives what was heard
    /// since the beginning.
    pub async fn finish(&self, frames: u64) -> [Heard; 2] {
        self.given.set(self.given.get() + frames);
        while self
            .heard
            .iter()
            .any(|heard| heard.get().arrived < self.given.get())
        {
            self.changed.notified().await;
        }
        [self.heard[0].get(), self.heard[1].get()]
    }

    /// Whether the NIC stands still.
    ///
    /// # Errors
    /// [`OsError::Device`].
    pub async fn check(&self) -> Result<(), OsError> {
        self.guest.lock().await.driver.acknowledge().await
    }

    /// Stops the NIC.
    pub async fn stop(&self) {
        self.guest.lock().await.driver.stop().await;
    }
}
