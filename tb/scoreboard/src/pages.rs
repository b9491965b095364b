// SPDX-License-Identifier: Apache-2.0
//! Page requests, the page-request queue, and what devices are told ("PCIe ATS Page
//! Request handling", "Page-Request-Queue").

use sallyport_bus::Clock;
use sallyport_formats::constants as c;
use sallyport_formats::{DeviceId, ProcessId, Spa};
use sallyport_model::PageRequestMessage;

/// The page-request queue as software has set it up, for a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageQueueSetup {
    /// Its first byte.
    pub base: Spa,
    /// Log2 of its entries.
    pub log2_entries: u32,
    /// Whether `pqcsr.pqen` is 1.
    pub enabled: bool,
}

impl PageQueueSetup {
    const fn entries(&self) -> u64 {
        1 << self.log2_entries
    }
}

/// A "Page Request Group Response" message that the IOMMU sends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageResponse {
    /// Whom it goes to.
    pub device_id: DeviceId,
    /// The PASID, if it has one.
    pub process_id: Option<ProcessId>,
    /// Page request group index.
    pub prgi: u16,
    /// Response code.
    pub code: u8,
}

/// A page request, and what has come of it.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub message: PageRequestMessage,
    /// When the device sent it.
    pub sent: Clock,
    /// When its record was complete.
    pub queued: Option<Clock>,
    /// What the device was told, and when.
    pub told: Option<(PageResponse, Clock)>,
}

impl Page {
    /// When something of it was seen.
    pub fn seen(&self) -> Option<Clock> {
        self.queued.or(self.told.map(|(_, clock)| clock))
    }

    fn is_open(&self) -> bool {
        self.message.wants_response() && self.seen().is_none()
    }

    fn prgi(&self) -> u16 {
        self.message.record().prgi
    }
}

/// All of a run.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    setup: Option<PageQueueSetup>,
    pub all: Vec<Page>,
    /// Behind the last one that was queued.
    queued: usize,
    /// The record that comes next, and its first doubleword.
    tail: u64,
    first: Option<u64>,
    /// `pqh`, and what it may still be.
    head: u64,
    older: u64,
    /// When the queue may have been full, or its overflow not been cleared.
    full: Vec<(Clock, Clock)>,
}

impl Pages {
    pub fn set_up(&mut self, setup: PageQueueSetup) {
        self.setup = Some(setup);
    }

    pub fn is_enabled(&self) -> bool {
        self.setup.is_some_and(|setup| setup.enabled)
    }

    /// A device sends a message.
    pub fn send(&mut self, message: PageRequestMessage, sent: Clock) {
        self.all.push(Page {
            message,
            sent,
            queued: None,
            told: None,
        });
    }

    /// Messages that want an answer, of which nothing is known.
    pub fn open(&self) -> usize {
        self.all.iter().filter(|page| page.is_open()).count()
    }

    /// Whether any message has been queued.
    pub fn any_queued(&self) -> bool {
        self.queued > 0
    }

    /// A device is told something.
    ///
    /// # Errors
    /// Nobody has asked, or has been told already.
    pub fn tell(&mut self, response: PageResponse, clock: Clock) -> Result<(), String> {
        let mut all = self.all.iter_mut();
        let page = all.find(|page| {
            let asked = page.message.wants_response() && page.seen().is_none();
            asked && page.message.device_id == response.device_id && page.prgi() == response.prgi
        });
        let page = page.ok_or_else(|| format!("nobody waits for {response:x?}"))?;
        page.told = Some((response, clock));
        Ok(())
    }

    /// A doubleword was written; `None` if it is not in the queue.
    pub fn write(&mut self, address: Spa, value: u64, clock: Clock) -> Option<Result<(), String>> {
        let setup = self.setup?;
        let offset = address.checked_offset_from(setup.base)?;
        let (entry, word) = (offset / c::PQ_ENTRY_BYTES, offset % c::PQ_ENTRY_BYTES / 8);
        if entry >= setup.entries() {
            return None;
        }
        let next = (self.tail + 1) % setup.entries();
        let room = next != self.head || next != self.older;
        if entry != self.tail || word != u64::from(self.first.is_some()) || !room {
            return Some(Err(format!("a page request at {address}, the wrong place")));
        }
        let Some(first) = self.first.take() else {
            self.first = Some(value);
            return Some(Ok(()));
        };
        self.tail = next;
        self.look_at_room(clock);
        Some(self.recorded([first, value], clock))
    }

    /// Records come in the order of the messages.
    fn recorded(&mut self, record: [u64; 2], clock: Clock) -> Result<(), String> {
        let mut rest = self.all.iter_mut().enumerate().skip(self.queued);
        let found =
            rest.find(|(_, page)| page.told.is_none() && page.message.record().emit() == record);
        let (n, page) =
            found.ok_or_else(|| format!("nobody has asked for the page {record:x?}"))?;
        page.queued = Some(clock);
        self.queued = n + 1;
        Ok(())
    }

    /// Software begins to write `pqh`, and then to clear what it has missed.
    pub fn take_out(&mut self, head: u64) {
        self.older = self.head;
        self.head = head;
    }

    /// Both are done.
    pub fn taken(&mut self, clock: Clock) {
        self.older = self.head;
        if let Some(last) = self.full.last_mut() {
            last.1 = last.1.min(clock);
        }
        self.look_at_room(clock);
    }

    /// The queue may be full from now on.
    fn look_at_room(&mut self, clock: Clock) {
        let Some(setup) = self.setup else {
            return;
        };
        let next = (self.tail + 1) % setup.entries();
        let is_open = self.full.last().is_some_and(|last| last.1 > clock);
        if (next == self.head || next == self.older) && !is_open {
            self.full.push((clock, Clock(u64::MAX)));
        }
    }

    /// Whether a message that came and was dealt with in these clocks may have met a
    /// queue that is full, or has been.
    pub fn may_overflow(&self, from: Clock, to: Clock) -> bool {
        let overlaps = |(since, until): &(Clock, Clock)| *since <= to && *until >= from;
        self.full.iter().any(overlaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(n: u64) -> PageRequestMessage {
        PageRequestMessage {
            device_id: DeviceId::from(7),
            process_id: None,
            privileged: false,
            exec: false,
            payload: n << 12 | n << 3 | 0b101,
        }
    }

    fn put(pages: &mut Pages, n: u64, at: u64, clock: u64) -> Result<(), String> {
        let words = message(n).record().emit();
        for (word, offset) in words.into_iter().zip([0, 8]) {
            let at = Spa::new(0x1000 + 16 * at + offset);
            pages.write(at, word, Clock(clock)).expect("in the queue")?;
        }
        Ok(())
    }

    #[test]
    fn each_message_once_and_in_order() {
        let mut pages = Pages::default();
        pages.set_up(PageQueueSetup {
            base: Spa::new(0x1000),
            log2_entries: 1,
            enabled: true,
        });
        for n in 0..3 {
            pages.send(message(n), Clock(n));
        }
        assert_eq!(pages.write(Spa::new(0x1020), 1, Clock(5)), None);
        assert!(!pages.may_overflow(Clock(0), Clock(9)));
        assert_eq!(put(&mut pages, 1, 0, 10), Ok(()));
        assert!(put(&mut pages, 2, 1, 11).is_err(), "it is full");
        assert!(pages.may_overflow(Clock(0), Clock(10)));
        assert_eq!(pages.open(), 2);

        pages.first = None;
        pages.take_out(1);
        pages.taken(Clock(20));
        assert!(!pages.may_overflow(Clock(21), Clock(30)));
        assert!(put(&mut pages, 0, 1, 30).is_err(), "it passes another one");
        let response = PageResponse {
            device_id: DeviceId::from(7),
            process_id: None,
            prgi: 0,
            code: 0,
        };
        assert_eq!(pages.tell(response, Clock(40)), Ok(()));
        assert!(pages.tell(response, Clock(41)).is_err(), "told twice");
    }
}
