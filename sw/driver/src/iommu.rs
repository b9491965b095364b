// SPDX-License-Identifier: Apache-2.0
//! The IOMMU as one object.

use sallyport_formats::command::Fence;
use sallyport_formats::constants as c;
use sallyport_formats::regs::{Capabilities, Ddtp, DdtpMode, Fctl, Icvec, Ipsr};
use sallyport_formats::{Command, DeviceContext, DeviceId, FaultRecord};

use crate::command_queue::{CommandQueue, Recovery, Ticket};
use crate::config::{Config, Interrupts};
use crate::device_directory::{DeviceDirectory, context_invalidations};
use crate::memory::Memory;
use crate::record_queue::{FAULTS, PAGE_REQUESTS, QueueLoss, RecordQueue};
use crate::registers::Registers;
use crate::{CommandError, Error, init};

/// A fence that orders what devices have read and written so far.
const ORDERING: Fence = Fence {
    av: false,
    wsi: false,
    pr: true,
    pw: true,
    data: 0,
    word: 0,
};

/// A started IOMMU.
///
/// No method waits without bound. What takes the IOMMU time is split: one
/// method queues work and gives a [`Ticket`], [`Self::completed`] looks at it,
/// and [`Self::wait`] looks again and again, as often as
/// [`Config::polls`] says, with [`Registers::pause`] awaited in between.
///
/// ```
/// use sallyport_driver::fake::{FakeMemory, FakeRegisters};
/// use sallyport_driver::{Config, FirstStageTable, Immediate, Iommu, Permissions, now};
/// use sallyport_formats::context::Tc;
/// use sallyport_formats::{DeviceContext, DeviceId, FirstStage, Iova, Spa};
///
/// # fn main() -> Result<(), sallyport_driver::Error> {
/// let mut mem = FakeMemory::new();
/// let regs = Immediate(FakeRegisters::new());
/// let mut iommu = now(Iommu::start(regs, &mut mem, &Config::default())).unwrap()?;
///
/// let table = FirstStageTable::new(&mut mem, FirstStage::Sv39)?;
/// table.map(&mut mem, Iova::new(0x10_0000), Spa::new(0x9000_0000), 0x4000, Permissions::RW)?;
/// let context = DeviceContext {
///     tc: Tc { v: true, ..Tc::default() },
///     fsc: table.fsc(),
///     ..DeviceContext::default()
/// };
/// let nic = DeviceId::from(0x100);
/// now(iommu.attach(&mut mem, nic, &context)).unwrap()?;
///
/// table.unmap(&mut mem, Iova::new(0x10_0000), 0x4000)?;
/// let commands = table.invalidations(None, None, Iova::new(0x10_0000), 0x4000);
/// now(iommu.submit(&mut mem, commands)).unwrap()?;
/// let ticket = now(iommu.fence(&mut mem)).unwrap()?;
/// now(iommu.wait(ticket)).unwrap()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Iommu<R> {
    pub(crate) regs: R,
    pub(crate) caps: Capabilities,
    fctl: Fctl,
    vectors: Icvec,
    directory: DeviceDirectory,
    commands: CommandQueue,
    faults: RecordQueue,
    pub(crate) page_requests: Option<RecordQueue>,
    pub(crate) polls: u32,
}

impl<R: Registers> Iommu<R> {
    /// Starts the IOMMU with an empty device directory: probes it, switches off
    /// what was on, sets `fctl`, vectors and queues, empties its caches, and
    /// points `ddtp` to the directory. No device is let through before
    /// [`Self::attach`].
    ///
    /// # Errors
    /// [`Error::Version`], [`Error::Unsupported`], [`Error::OutOfMemory`],
    /// [`Error::Address`], [`Error::Timeout`], [`Error::Command`]. The queues'
    /// memory is not given back then, because the IOMMU may still use it.
    pub async fn start<M: Memory>(
        mut regs: R,
        mem: &mut M,
        config: &Config<'_>,
    ) -> Result<Self, Error> {
        let polls = config.polls;
        let caps = init::probe(&mut regs).await?;
        init::quiesce(&mut regs, &caps, polls).await?;
        let fctl = init::features(&mut regs, &caps, config).await?;
        let vectors = init::interrupts(&mut regs, config).await?;
        let interrupt = config.interrupts != Interrupts::Polled;
        let (size, endian) = (config.log2_commands, config.endian);
        let mut commands =
            CommandQueue::start(&mut regs, mem, (size, endian), interrupt, polls).await?;
        let size = (config.log2_faults, endian);
        let faults = RecordQueue::start(&mut regs, mem, FAULTS, size, interrupt, polls).await?;
        let page_requests = match config.log2_page_requests {
            None => None,
            Some(_) if !caps.ats => return Err(Error::Unsupported("page requests")),
            Some(log2) => {
                let size = (log2, endian);
                let queue =
                    RecordQueue::start(&mut regs, mem, PAGE_REQUESTS, size, interrupt, polls);
                Some(queue.await?)
            }
        };
        // Caches keep what they hold when `ddtp` changes: forget all of it,
        // one command at a time, for the queue may have two entries only.
        for command in [
            Command::invalidate_device(None),
            Command::invalidate_first_stage(None, None, None),
            Command::invalidate_second_stage(None, None),
            Command::Fence(Fence::default()),
        ] {
            let ticket = commands.submit(&mut regs, mem, [command]).await?;
            wait(&mut commands, &mut regs, ticket, polls).await?;
        }
        let directory = init::directory(&mut regs, mem, &caps, config).await?;
        Ok(Self {
            regs,
            caps,
            fctl,
            vectors,
            directory,
            commands,
            faults,
            page_requests,
            polls,
        })
    }

    /// Switches translation and queues off and gives back their memory.
    ///
    /// # Errors
    /// [`Error::Timeout`]; memory that the IOMMU may still use is then not
    /// given back.
    pub async fn stop<M: Memory>(mut self, mem: &mut M) -> Result<R, Error> {
        let ppn = self.directory.root().page_number();
        let off = Ddtp {
            mode: DdtpMode::Off,
            busy: false,
            ppn,
        };
        init::set_ddtp(&mut self.regs, off, self.polls).await?;
        self.commands.stop(&mut self.regs, mem, self.polls).await?;
        self.faults.stop(&mut self.regs, mem, self.polls).await?;
        if let Some(queue) = self.page_requests {
            queue.stop(&mut self.regs, mem, self.polls).await?;
        }
        self.directory.free(mem);
        Ok(self.regs)
    }

    /// What the IOMMU can do.
    #[must_use]
    pub const fn capabilities(&self) -> &Capabilities {
        &self.caps
    }

    /// `fctl` as set.
    #[must_use]
    pub const fn fctl(&self) -> &Fctl {
        &self.fctl
    }

    /// The vector of each cause.
    #[must_use]
    pub const fn vectors(&self) -> &Icvec {
        &self.vectors
    }

    /// The device directory.
    #[must_use]
    pub const fn directory(&self) -> &DeviceDirectory {
        &self.directory
    }

    /// The registers.
    pub const fn registers(&mut self) -> &mut R {
        &mut self.regs
    }

    /// The most commands that can be queued at a time.
    #[must_use]
    pub fn command_capacity(&self) -> u32 {
        self.commands.capacity()
    }

    /// Gives a device its context. Where it had a valid one, what the IOMMU has
    /// cached of that is invalidated, and the ticket tells when; `None` where
    /// there is nothing to wait for, as V=0 is never cached. A device that was
    /// detached may use its earlier context until that ticket is completed.
    ///
    /// # Errors
    /// [`Error::DeviceRange`], [`Error::OutOfMemory`], [`Error::QueueFull`];
    /// the context is as it was then.
    pub async fn attach<M: Memory>(
        &mut self,
        mem: &mut M,
        did: DeviceId,
        context: &DeviceContext,
    ) -> Result<Option<Ticket>, Error> {
        match self.directory.get(mem, did) {
            None => {
                self.directory.set(mem, did, context)?;
                Ok(None)
            }
            Some(old) => {
                let ticket = self.invalidate_context(mem, did, &old, |directory, mem| {
                    directory.set(mem, did, context).map(drop)
                });
                ticket.await.map(Some)
            }
        }
    }

    /// Takes a device's context away. When the ticket is completed, the IOMMU
    /// lets the device through no longer, and all that it has done is visible;
    /// `None` where the device had none.
    ///
    /// # Errors
    /// [`Error::QueueFull`]; nothing was changed then.
    pub async fn detach<M: Memory>(
        &mut self,
        mem: &mut M,
        did: DeviceId,
    ) -> Result<Option<Ticket>, Error> {
        let Some(old) = self.directory.get(mem, did) else {
            return Ok(None);
        };
        let ticket = self.invalidate_context(mem, did, &old, |directory, mem| {
            directory.clear(mem, did);
            Ok(())
        });
        ticket.await.map(Some)
    }

    /// Queues commands, all or none.
    ///
    /// # Errors
    /// [`Error::QueueFull`] if there is no room for all of them now.
    pub async fn submit<M: Memory>(
        &mut self,
        mem: &mut M,
        commands: impl IntoIterator<Item = Command, IntoIter: Clone>,
    ) -> Result<(), Error> {
        self.commands
            .submit(&mut self.regs, mem, commands)
            .await
            .map(drop)
    }

    /// Queues an IOFENCE.C that orders all earlier reads and writes of devices.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub async fn fence<M: Memory>(&mut self, mem: &mut M) -> Result<Ticket, Error> {
        self.fence_with(mem, ORDERING).await
    }

    /// Queues an IOFENCE.C of one's own making.
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub async fn fence_with<M: Memory>(
        &mut self,
        mem: &mut M,
        fence: Fence,
    ) -> Result<Ticket, Error> {
        self.commands
            .submit(&mut self.regs, mem, [Command::Fence(fence)])
            .await
    }

    /// Whether a fence is done, and with it every command before.
    ///
    /// # Errors
    /// [`Error::Command`] if the queue stopped before it.
    pub async fn completed(&mut self, ticket: Ticket) -> Result<bool, Error> {
        self.commands.completed(&mut self.regs, ticket).await
    }

    /// Waits for a fence, at most [`Config::polls`] looks long.
    ///
    /// # Errors
    /// [`Error::Timeout`]; [`Error::Command`] if the queue stopped before it.
    pub async fn wait(&mut self, ticket: Ticket) -> Result<(), Error> {
        wait(&mut self.commands, &mut self.regs, ticket, self.polls).await
    }

    /// Sets a command queue that stopped going again, and tells why it had
    /// stopped; `None` if it had not.
    pub async fn recover<M: Memory>(
        &mut self,
        mem: &mut M,
        recovery: Recovery,
    ) -> Option<CommandError> {
        self.commands.recover(&mut self.regs, mem, recovery).await
    }

    /// Takes the oldest fault record; `None` if there is none.
    pub async fn next_fault<M: Memory>(&mut self, mem: &M) -> Option<FaultRecord> {
        let words = self.faults.next(&mut self.regs, mem).await;
        words.map(FaultRecord::parse)
    }

    /// Tells whether records were lost, and lets the IOMMU report again. Take
    /// the records that are there first, or the next one is lost, too.
    pub async fn take_fault_loss(&mut self) -> Option<QueueLoss> {
        self.faults.take_loss(&mut self.regs).await
    }

    /// The interrupts that are pending.
    pub async fn pending_interrupts(&mut self) -> Ipsr {
        Ipsr::parse(self.regs.read32(c::REG_IPSR).await)
    }

    /// Clears pending interrupts: before their causes are looked at, so that
    /// one that comes meanwhile is pending again. The cause of a level, as an
    /// error bit, has to be cleared first.
    pub async fn acknowledge(&mut self, interrupts: Ipsr) {
        self.regs.write32(c::REG_IPSR, interrupts.emit()).await;
    }

    /// Clears `cqcsr.fence_w_ip`, the wired interrupt of a fence.
    pub async fn acknowledge_fence(&mut self) {
        const KEPT: u32 = 1 << c::CQCSR_CQEN_BIT | 1 << c::CQCSR_CIE_BIT;
        let kept = self.regs.read32(c::REG_CQCSR).await & KEPT;
        self.regs
            .write32(c::REG_CQCSR, kept | 1 << c::CQCSR_FENCE_W_IP_BIT)
            .await;
    }

    /// Makes sure of room, changes the directory, queues the invalidations and
    /// a fence.
    async fn invalidate_context<M: Memory>(
        &mut self,
        mem: &mut M,
        did: DeviceId,
        old: &DeviceContext,
        change: impl FnOnce(&DeviceDirectory, &mut M) -> Result<(), Error>,
    ) -> Result<Ticket, Error> {
        let fence = core::iter::once(Command::Fence(ORDERING));
        let commands = context_invalidations(did, old, self.fctl.gxl).chain(fence);
        self.commands
            .reserve(&mut self.regs, commands.clone().count())
            .await?;
        change(&self.directory, mem)?;
        self.commands.submit(&mut self.regs, mem, commands).await
    }
}

async fn wait<R: Registers>(
    commands: &mut CommandQueue,
    regs: &mut R,
    ticket: Ticket,
    polls: u32,
) -> Result<(), Error> {
    for _ in 0..polls {
        if commands.completed(regs, ticket).await? {
            return Ok(());
        }
        regs.pause().await;
    }
    Err(Error::Timeout { what: "a fence" })
}
