// SPDX-License-Identifier: Apache-2.0
//! An engine with an address translation cache, for PCI Express: it accesses memory
//! by translated requests, and asks for pages that are not there.
//!
//! # Datasheet
//!
//! | Offset | Bytes | Register | |
//! |---|---|---|---|
//! | 0x00 | 4 | `ID` | 0x0001_4154, read-only |
//! | 0x04 | 4 | `GO` | starts a job. 1: sums up memory, 2: fills it |
//! | 0x08 | 4 | `STATUS` | 0: none or under way, 1: done, 2: an access was refused, 3: a page is not to be had, 4: page requests are out of order; read-only. Interrupt wire 0 is high while it is not 0 |
//! | 0x0c | 4 | `CHECKSUM` | CRC-32 of what was summed up, read-only |
//! | 0x10 | 8 | `ADDRESS` | where the job begins |
//! | 0x18 | 4 | `LENGTH` | its bytes |
//! | 0x20 | 8 | `PATTERN` | eight bytes that a fill repeats from each multiple of eight on |
//! | 0x28 | 8 | `HITS` | accesses whose translation was in the cache; read-only, as all counts |
//! | 0x30 | 8 | `ASKED` | translation requests |
//! | 0x38 | 8 | `STALE` | answers that were discarded because an invalidation had come meanwhile |
//! | 0x40 | 8 | `PAGES` | pages that were asked for |
//! | 0x48 | 8 | `INVALIDATIONS` | invalidate requests that were answered |
//! | 0x50 | 4 | `CTRL` | bit 0: page requests are on. Setting it takes away that they are out of order |
//!
//! The cache holds 16 translations. A job goes on from page to page; it asks for the
//! pages that it is about to touch, four in a group at most.

use sallyport_bench::{AccessSize, Device, DeviceBus, Function};
use sallyport_formats::Iova;
use sallyport_tlp::{
    AddressType, Answer, Body, Endpoint, Fetched, Manner, PageAnswer, PageRequester, Tlp,
    Translation, TranslationCache, WantedPage,
};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use tokio::sync::{Notify, oneshot};

/// `ID`.
pub const ID: u32 = 0x0001_4154;

/// Register offsets.
pub mod reg {
    /// `ID`.
    pub const ID: u64 = 0x00;
    /// `GO`.
    pub const GO: u64 = 0x04;
    /// `STATUS`.
    pub const STATUS: u64 = 0x08;
    /// `CHECKSUM`.
    pub const CHECKSUM: u64 = 0x0c;
    /// `ADDRESS`.
    pub const ADDRESS: u64 = 0x10;
    /// `LENGTH`.
    pub const LENGTH: u64 = 0x18;
    /// `PATTERN`.
    pub const PATTERN: u64 = 0x20;
    /// `HITS`.
    pub const HITS: u64 = 0x28;
    /// `ASKED`.
    pub const ASKED: u64 = 0x30;
    /// `STALE`.
    pub const STALE: u64 = 0x38;
    /// `PAGES`.
    pub const PAGES: u64 = 0x40;
    /// `INVALIDATIONS`.
    pub const INVALIDATIONS: u64 = 0x48;
    /// `CTRL`.
    pub const CTRL: u64 = 0x50;
}

/// `GO`: sum up.
pub const GO_SUM: u32 = 1;
/// `GO`: fill.
pub const GO_FILL: u32 = 2;

/// Translations in the cache.
const CAPACITY: usize = 16;
/// Groups of page requests at a time.
const GROUPS: usize = 4;
/// Pages of a group at most.
const GROUP_PAGES: u64 = 4;
const PAGE: u64 = 0x1000;

/// How a job ended, with the codes of `STATUS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// All of it.
    Done = 1,
    /// An access was refused.
    Refused = 2,
    /// A page is not to be had.
    NoPage = 3,
    /// Page requests are out of order.
    Failed = 4,
}

impl Status {
    /// Reads STATUS; `None` while the job is under way.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            1 => Some(Self::Done),
            2 => Some(Self::Refused),
            3 => Some(Self::NoPage),
            4 => Some(Self::Failed),
            _ => None,
        }
    }
}

/// What the engine counts.
#[derive(Debug, Default)]
struct Counts {
    hits: Cell<u64>,
    asked: Cell<u64>,
    stale: Cell<u64>,
    pages: Cell<u64>,
    invalidations: Cell<u64>,
}

/// The function's side of ATS and PRI.
#[derive(Debug)]
struct Services {
    function: Function,
    cache: RefCell<TranslationCache>,
    pages: RefCell<PageRequester>,
    groups: RefCell<BTreeMap<u16, oneshot::Sender<PageAnswer>>>,
}

/// The engine.
#[derive(Debug, Default)]
pub struct AtsEngine {
    command: Cell<u32>,
    status: Cell<u32>,
    checksum: Cell<u32>,
    address: Cell<u64>,
    length: Cell<u32>,
    pattern: Cell<u64>,
    counts: Counts,
    go: Notify,
    bus: OnceCell<DeviceBus>,
    services: OnceCell<Services>,
}

fn count(counter: &Cell<u64>, more: u64) {
    counter.set(counter.get() + more);
}

impl AtsEngine {
    /// Does a job; what ended it early.
    async fn perform(
        &self,
        bus: &DeviceBus,
        services: &Services,
        fill: bool,
    ) -> Result<u32, Status> {
        let mut sum = crc32fast::Hasher::new();
        let start = self.address.get();
        let end = start + u64::from(self.length.get());
        let mut at = start;
        while at < end {
            let translation = self.translate(services, at, end, fill).await?;
            let limits = services.function.limits();
            let most = if fill { limits.payload } else { limits.read } as u64;
            let bytes = translation
                .bytes
                .min(end - at)
                .min(most - translation.address % most);
            let done = if fill {
                let byte = |at: u64| self.pattern.get().to_le_bytes()[at as usize % 8];
                let bytes: Vec<u8> = (at..at + bytes).map(byte).collect();
                write(services, &translation, &bytes);
                Ok(())
            } else {
                read(services, &translation, bytes as usize)
                    .await
                    .map(|data| sum.update(&data))
            };
            self.send(
                services,
                services.cache.borrow_mut().done(translation.usage),
            );
            done?;
            at += bytes;
        }
        if fill {
            // The writes are in memory when this is answered.
            let flushed = bus.dma().flush(Iova::new(start)).await;
            flushed.map_err(|_| Status::Refused)?;
        }
        Ok(sum.finalize())
    }

    /// The translation of an address, which it asks for as often as it takes.
    async fn translate(
        &self,
        services: &Services,
        at: u64,
        end: u64,
        write: bool,
    ) -> Result<Translation, Status> {
        let mut asked = false;
        loop {
            let found = services.cache.borrow_mut().look_up(at, write, None);
            if let Some(translation) = found {
                count(&self.counts.hits, u64::from(!asked));
                return Ok(translation);
            }
            asked = true;
            count(&self.counts.asked, 1);
            let mut tag = None;
            let make = |endpoint: &mut Endpoint| {
                let mut cache = services.cache.borrow_mut();
                let request = cache.ask(endpoint, at, 1, !write, None);
                tag = Some(request.0);
                request
            };
            let answer = services.function.submit(make).await;
            let Some(tag) = tag else {
                return Err(Status::Refused);
            };
            let answer = answer.await;
            let fetched = services.cache.borrow_mut().answered(tag, &answer);
            let here = services.cache.borrow_mut().look_up(at, write, None);
            match (fetched, here) {
                (_, Some(translation)) => return Ok(translation),
                (Fetched::Stale, None) => count(&self.counts.stale, 1),
                (Fetched::Held | Fetched::NotPresent, None) => {
                    self.page_in(services, at, end, write).await?;
                }
                (Fetched::UntranslatedOnly | Fetched::Refused(_), None) => {
                    return Err(Status::Refused);
                }
            }
        }
    }

    /// Asks for the page of an address, and for those that come next.
    async fn page_in(
        &self,
        services: &Services,
        at: u64,
        end: u64,
        write: bool,
    ) -> Result<(), Status> {
        let first = at & !(PAGE - 1);
        let pages: Vec<_> = (0..GROUP_PAGES)
            .map(|n| first + n * PAGE)
            .take_while(|&page| page < end)
            .map(|address| WantedPage {
                address,
                write,
                read: !write,
            })
            .collect();
        let asked = services.pages.borrow_mut().ask(&pages, None);
        let (group, messages) = asked.ok_or(Status::Failed)?;
        count(&self.counts.pages, pages.len() as u64);
        let (sender, answer) = oneshot::channel();
        services.groups.borrow_mut().insert(group, sender);
        self.send(services, messages);
        match answer.await {
            Ok(PageAnswer::Granted) => Ok(()),
            Ok(PageAnswer::Invalid) => Err(Status::NoPage),
            Ok(PageAnswer::Failed) | Err(_) => Err(Status::Failed),
        }
    }

    fn send(&self, services: &Services, messages: Vec<Tlp>) {
        for message in &messages {
            services.function.send(message);
        }
    }

    /// Obeys what the IOMMU tells.
    async fn listen(&self, services: &Services) {
        let mut mailbox = services.function.messages();
        loop {
            let tlp = mailbox.next().await;
            let Body::Message(message) = tlp.body else {
                continue;
            };
            let answered = services.pages.borrow_mut().answered(&message);
            if let Some((group, answer)) = answered {
                let waiting = services.groups.borrow_mut().remove(&group);
                if let Some(sender) = waiting {
                    // The job may have ended.
                    let _ = sender.send(answer);
                }
                continue;
            }
            count(&self.counts.invalidations, 1);
            let due = services.cache.borrow_mut().invalidate(&message, tlp.pasid);
            self.send(services, due.into_iter().collect());
        }
    }

    fn set_status(&self, status: u32) {
        self.status.set(status);
        if let Some(bus) = self.bus.get() {
            if status == 0 {
                bus.lower(0);
            } else {
                bus.raise(0);
            }
        }
    }
}

/// How translated requests are made.
const TRANSLATED: Manner = Manner {
    address_type: AddressType::Translated,
    pasid: None,
};

fn write(services: &Services, translation: &Translation, bytes: &[u8]) {
    let function = &services.function;
    let endpoint = Endpoint::new(function.id(), function.limits());
    let write = endpoint.write(translation.address, bytes, TRANSLATED);
    function.send(&write.expect("it fits a packet"));
}

async fn read(
    services: &Services,
    translation: &Translation,
    bytes: usize,
) -> Result<Vec<u8>, Status> {
    let make = |endpoint: &mut Endpoint| {
        let read = endpoint.read(translation.address, bytes, TRANSLATED);
        read.expect("it fits a packet")
    };
    match services.function.submit(make).await.await {
        Answer::Data(data) => Ok(data),
        Answer::Translation(_) | Answer::Refused(_) => Err(Status::Refused),
    }
}

impl Device for AtsEngine {
    async fn run(&self, bus: DeviceBus) {
        // A device is attached once.
        let bus = self.bus.get_or_init(|| bus);
        // There is no ATS on other buses.
        let Some(function) = bus.dma().function() else {
            return;
        };
        let services = self.services.get_or_init(|| Services {
            function: function.clone(),
            cache: RefCell::new(TranslationCache::new(function.id(), CAPACITY)),
            pages: RefCell::new(PageRequester::new(function.id(), GROUPS)),
            groups: RefCell::default(),
        });
        let work = async {
            loop {
                self.go.notified().await;
                let fill = self.command.get() == GO_FILL;
                let status = match self.perform(bus, services, fill).await {
                    Ok(sum) => {
                        self.checksum.set(sum);
                        Status::Done
                    }
                    Err(status) => status,
                };
                self.set_status(status as u32);
            }
        };
        tokio::join!(work, self.listen(services));
    }

    async fn mmio_read(&self, offset: u64, _size: AccessSize) -> u64 {
        match offset {
            reg::ID => ID.into(),
            reg::STATUS => self.status.get().into(),
            reg::CHECKSUM => self.checksum.get().into(),
            reg::ADDRESS => self.address.get(),
            reg::LENGTH => self.length.get().into(),
            reg::PATTERN => self.pattern.get(),
            reg::HITS => self.counts.hits.get(),
            reg::ASKED => self.counts.asked.get(),
            reg::STALE => self.counts.stale.get(),
            reg::PAGES => self.counts.pages.get(),
            reg::INVALIDATIONS => self.counts.invalidations.get(),
            reg::CTRL => {
                let pages = self.services.get().map(|services| services.pages.borrow());
                u64::from(pages.is_some_and(|pages| !pages.is_stopped()))
            }
            _ => 0,
        }
    }

    async fn mmio_write(&self, offset: u64, _size: AccessSize, value: u64) {
        match offset {
            reg::GO => {
                self.set_status(0);
                self.command.set(value as u32);
                self.go.notify_one();
            }
            reg::ADDRESS => self.address.set(value),
            reg::LENGTH => self.length.set(value as u32),
            reg::PATTERN => self.pattern.set(value),
            reg::CTRL if value & 1 != 0 => {
                if let Some(services) = self.services.get() {
                    let fresh = PageRequester::new(services.function.id(), GROUPS);
                    *services.pages.borrow_mut() = fresh;
                }
            }
            _ => {}
        }
    }

    fn name(&self) -> String {
        "ATS engine".to_owned()
    }
}
