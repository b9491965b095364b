// SPDX-License-Identifier: Apache-2.0
//! A case: memory, set-up and what happens, without anything left to chance but
//! the clocks of the buses, which have a seed.

use crate::filters::Filter;
use crate::image::Reader;
use sallyport_bus::{LiteTiming, Seed, SubordinateTiming};
use sallyport_formats::Spa;
use sallyport_formats::command::Command;
use sallyport_formats::regs::Fctl;
use sallyport_model::{PageRequestMessage, Request};
use sallyport_scoreboard::{InterruptSetup, PageQueueSetup};
use std::collections::BTreeMap;
use std::ops::Range;

/// One case.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its number.
    pub number: u64,
    /// Where the clocks of the buses come from.
    pub seed: Seed,
    /// Memory as it answers the IOMMU.
    pub tables: SubordinateTiming,
    /// The processor's pace.
    pub registers: LiteTiming,
    /// Requests under way at most.
    pub in_flight: usize,
    /// The doublewords in memory that are not 0.
    pub memory: Vec<(Spa, u64)>,
    /// Where memory answers with bus errors.
    pub access_fault: Vec<Range<Spa>>,
    /// Where memory answers with poison.
    pub poison: Vec<Range<Spa>>,
    /// Where memory does not do exclusive accesses.
    pub no_exclusive: Vec<Range<Spa>>,
    /// The queues.
    pub queues: Queues,
    /// The page-request queue, if software has set one up.
    pub pages: Option<PageQueueSetup>,
    /// Who reads the pages that there are tables in, by page number.
    pub readers: BTreeMap<u64, Reader>,
    /// `fctl`.
    pub fctl: Fctl,
    /// Interrupts.
    pub interrupts: InterruptSetup,
    /// Counters of requests, behind those of every event.
    pub filters: Vec<Filter>,
    /// What happens, in order.
    pub actions: Vec<Action>,
}

/// Where the queues are.
#[derive(Clone, Copy, Debug)]
pub struct Queues {
    /// The command queue.
    pub commands: Spa,
    /// Log2 of its entries.
    pub commands_log2: u32,
    /// The fault queue.
    pub faults: Spa,
    /// Log2 of its entries.
    pub faults_log2: u32,
    /// A page that fences store to.
    pub fences: Spa,
}

/// Something that software or a device does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A device makes a request, as soon as not too many are under way.
    Request(Request),
    /// Software stores doublewords, all at once.
    Store(Vec<(Spa, u64)>),
    /// Software queues a command.
    Command(Command),
    /// Software queues a command that sends a message to a device.
    Message(Command),
    /// A device asks for a page, as soon as not too many requests are open.
    PageRequest(PageRequestMessage),
    /// Software empties the page-request queue.
    TakePages,
    /// Software queues an IOFENCE.C that stores.
    Fence {
        /// The fence asks for an interrupt.
        wsi: bool,
    },
    /// Software queues an illegal command, sees the queue stop at it, puts a
    /// fence in its place and goes on.
    Illegal([u64; 2]),
    /// Software waits until all fences have stored.
    AwaitFences,
    /// Software writes `ddtp`, once it is not busy any more.
    Ddtp(u64),
    /// Software empties the fault queue.
    TakeRecords,
    /// Clocks pass.
    Pause(u64),
}
