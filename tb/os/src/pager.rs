// SPDX-License-Identifier: Apache-2.0
//! Memory that is put in place when a device asks for it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sallyport_driver::PageResponse;
use sallyport_formats::regs::Ipsr;
use sallyport_formats::{DeviceId, Iova, PAGE_SIZE, PageRequest, Spa};

use crate::error::OsError;
use crate::os::Os;
use crate::ram::Policy;
use crate::registers::PAUSE;
use crate::space::AddressSpace;

/// What a pager has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PagerCounts {
    /// Page requests that came.
    pub asked: u64,
    /// Groups of them that were answered.
    pub groups: u64,
    /// Pages put in place.
    pub mapped: u64,
    /// Pages that were there already, or could not be put in place at once.
    pub present: u64,
    /// Groups with a page that is not to be had.
    pub refused: u64,
    /// Pages taken away.
    pub evicted: u64,
}

/// A range of a device's address space that is backed by a store, a file for
/// example: its pages are in memory from when the device asks for them until they are
/// taken away. Clones are handles to the same.
#[derive(Clone, Debug)]
pub struct Pager {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    space: AddressSpace,
    start: Iova,
    store: RefCell<Vec<u8>>,
    /// Pages in memory, by number.
    present: RefCell<BTreeMap<u64, Spa>>,
    /// Pages that are on their way back to the store.
    leaving: RefCell<BTreeSet<u64>>,
    /// The worst page of the group under way, by its index.
    groups: RefCell<BTreeMap<u16, PageResponse>>,
    counts: Cell<PagerCounts>,
}

/// The pagers of a system, by device.
#[derive(Debug, Default)]
pub(crate) struct Pagers(RefCell<BTreeMap<DeviceId, Pager>>);

impl Pager {
    /// Reserves a range as long as the store, and serves the page requests of the
    /// space's device from now on.
    ///
    /// # Errors
    /// [`OsError::AddressSpace`].
    pub fn start(space: &AddressSpace, store: Vec<u8>) -> Result<Self, OsError> {
        let start = space.reserve(store.len() as u64)?;
        let pager = Self {
            inner: Rc::new(Inner {
                space: space.clone(),
                start,
                store: RefCell::new(store),
                present: RefCell::default(),
                leaving: RefCell::default(),
                groups: RefCell::default(),
                counts: Cell::default(),
            }),
        };
        let mut pagers = space.os().pagers().0.borrow_mut();
        pagers.insert(space.device(), pager.clone());
        Ok(pager)
    }

    /// Where the range begins.
    #[must_use]
    pub fn iova(&self) -> Iova {
        self.inner.start
    }

    /// What it has done.
    #[must_use]
    pub fn counts(&self) -> PagerCounts {
        self.inner.counts.get()
    }

    /// The contents of the range, in memory or not.
    #[must_use]
    pub fn contents(&self) -> Vec<u8> {
        let mut contents = self.inner.store.borrow().clone();
        for (&number, &page) in &*self.inner.present.borrow() {
            let bytes = self.inner.space.os().ram().load(page, PAGE_SIZE as usize);
            contents[span(number)].copy_from_slice(&bytes);
        }
        contents
    }

    /// Pages in memory.
    #[must_use]
    pub fn resident(&self) -> u64 {
        self.inner.present.borrow().len() as u64
    }

    /// Takes a page out of memory, if it is there: when this is over, nothing of the
    /// device reaches it any more, and the store has what it held.
    ///
    /// # Errors
    /// [`OsError::Iommu`].
    pub async fn evict(&self, number: u64) -> Result<(), OsError> {
        let Some(page) = self.inner.present.borrow_mut().remove(&number) else {
            return Ok(());
        };
        let space = &self.inner.space;
        let at = Iova::new(self.inner.start.raw() + number * PAGE_SIZE);
        self.inner.leaving.borrow_mut().insert(number);
        space.take_page(at, page).await?;
        let ram = space.os().ram();
        let bytes = ram.load(page, PAGE_SIZE as usize);
        self.inner.store.borrow_mut()[span(number)].copy_from_slice(&bytes);
        ram.give_back(&[page]);
        self.inner.leaving.borrow_mut().remove(&number);
        self.count(|counts| counts.evicted += 1);
        Ok(())
    }

    /// Serves a request; the answer for its group, if it is the last of it.
    fn serve(&self, request: &PageRequest) -> Option<PageResponse> {
        self.count(|counts| counts.asked += 1);
        let response = self.put(request.page << 12);
        let mut groups = self.inner.groups.borrow_mut();
        let worst = groups.entry(request.prgi).or_insert(PageResponse::Success);
        if response != PageResponse::Success {
            *worst = response;
        }
        if !request.last {
            return None;
        }
        let response = groups.remove(&request.prgi);
        self.count(|counts| {
            counts.groups += 1;
            counts.refused += u64::from(response != Some(PageResponse::Success));
        });
        response
    }

    /// Puts the page of an address in place.
    fn put(&self, at: u64) -> PageResponse {
        let Inner {
            space,
            start,
            store,
            present,
            ..
        } = &*self.inner;
        let store = store.borrow();
        let Some(number) = at.checked_sub(start.raw()).map(|offset| offset / PAGE_SIZE) else {
            return PageResponse::InvalidRequest;
        };
        if number * PAGE_SIZE >= store.len() as u64 {
            return PageResponse::InvalidRequest;
        }
        // What is leaving is not in the store yet: the device is to ask again.
        let leaves = self.inner.leaving.borrow().contains(&number);
        if leaves || present.borrow().contains_key(&number) {
            self.count(|counts| counts.present += 1);
            return PageResponse::Success;
        }
        let ram = space.os().ram();
        let Some(&[page]) = ram.pages(1, Policy::Scattered).as_deref() else {
            return PageResponse::Failure;
        };
        ram.store(page, &store[span(number)]);
        if space
            .put_page(Iova::new(at & !(PAGE_SIZE - 1)), page)
            .is_err()
        {
            return PageResponse::Failure;
        }
        present.borrow_mut().insert(number, page);
        self.count(|counts| counts.mapped += 1);
        PageResponse::Success
    }

    fn count(&self, change: impl FnOnce(&mut PagerCounts)) {
        let mut counts = self.inner.counts.get();
        change(&mut counts);
        self.inner.counts.set(counts);
    }
}

/// The bytes of a page of the store.
fn span(number: u64) -> std::ops::Range<usize> {
    let start = (number * PAGE_SIZE) as usize;
    start..start + PAGE_SIZE as usize
}

/// The interrupt handler: sleeps until the wire of the page-request queue is high,
/// and serves what is there.
pub(crate) async fn handle_page_requests(os: Os, vector: u8) {
    loop {
        os.host().interrupt(1 << vector).await;
        let mut slot = os.iommu().lock().await;
        let Some(iommu) = slot.as_mut() else {
            return;
        };
        let pending = Ipsr {
            pip: true,
            ..Ipsr::default()
        };
        iommu.acknowledge(pending).await;
        let mut ram = os.ram().clone();
        while let Some(request) = iommu.next_page_request(&ram).await {
            let pager = os.pagers().0.borrow().get(&request.did).cloned();
            let response = match pager {
                _ if request.is_stop_marker() => None,
                Some(pager) => pager.serve(&request),
                None => request.last.then_some(PageResponse::InvalidRequest),
            };
            if let Some(response) = response {
                while iommu
                    .answer_page_requests(&mut ram, &request, response, false)
                    .await
                    .is_err()
                {
                    // The queue is full of commands that are on their way.
                    os.host().clocks(PAUSE).await;
                }
            }
        }
        // The devices were answered by the IOMMU, and ask again.
        let _ = iommu.take_page_request_loss().await;
    }
}
