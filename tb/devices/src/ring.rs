// SPDX-License-Identifier: Apache-2.0
//! A ring of descriptors in memory, from the device's side.
//!
//! Software puts descriptors at TAIL and moves TAIL on; the device takes them,
//! writes them back and moves HEAD on. The ring is empty when both are equal,
//! so that one descriptor fewer than its size can be with the device.

use sallyport_bench::{Dma, DmaError};
use sallyport_formats::Iova;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use tokio::sync::Notify;

/// Bytes of a descriptor, of all devices here.
pub const DESCRIPTOR_BYTES: u64 = 32;

/// Descriptors that are fetched with one read at most.
const FETCH: u32 = 8;

/// A descriptor's doublewords.
pub(crate) type Words = [u64; 4];

/// The device's side of a ring.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    base: Cell<u64>,
    log2_size: Cell<u32>,
    tail: Cell<u32>,
    head: Cell<u32>,
    enabled: Cell<bool>,
    /// Index of the next descriptor to fetch.
    fetch: Cell<u32>,
    /// Fetched and not taken yet.
    fetched: RefCell<VecDeque<(u32, Words)>>,
    changed: Notify,
}

impl Ring {
    pub fn base(&self) -> u64 {
        self.base.get()
    }

    pub fn set_base(&self, base: u64) {
        self.base.set(base);
    }

    pub fn log2_size(&self) -> u32 {
        self.log2_size.get()
    }

    pub fn set_log2_size(&self, log2_size: u64) {
        self.log2_size.set(log2_size.min(16) as u32);
    }

    /// Number of descriptors.
    pub fn size(&self) -> u32 {
        1 << self.log2_size.get()
    }

    pub fn head(&self) -> u32 {
        self.head.get()
    }

    pub fn tail(&self) -> u32 {
        self.tail.get()
    }

    pub fn set_tail(&self, tail: u64) {
        self.tail.set(tail as u32 & (self.size() - 1));
        self.changed.notify_one();
    }

    pub fn is_enabled(&self) -> bool {
        self.enabled.get()
    }

    /// Starts the ring with all indices at zero, or stops it.
    pub fn enable(&self, enable: bool) {
        if enable && !self.enabled.get() {
            self.head.set(0);
            self.tail.set(0);
            self.fetch.set(0);
        }
        if !enable {
            self.fetched.borrow_mut().clear();
        }
        self.enabled.set(enable);
        self.changed.notify_one();
    }

    fn at(&self, index: u32) -> Iova {
        Iova::new(
            self.base
                .get()
                .wrapping_add(u64::from(index) * DESCRIPTOR_BYTES),
        )
    }

    /// The next descriptor and its index, as soon as software has put one
    /// there; `None` if the ring stands still, unless `wait` says to wait until
    /// it is started.
    pub async fn next(&self, dma: &Dma, wait: bool) -> Result<Option<(u32, Words)>, DmaError> {
        loop {
            if !self.enabled.get() && !wait {
                return Ok(None);
            }
            if let Some(next) = self.fetched.borrow_mut().pop_front() {
                return Ok(Some(next));
            }
            let (first, tail) = (self.fetch.get(), self.tail.get());
            if !self.enabled.get() || first == tail {
                self.changed.notified().await;
                continue;
            }
            let end = if tail > first { tail } else { self.size() };
            let count = (end - first).min(FETCH);
            let len = (u64::from(count) * DESCRIPTOR_BYTES) as usize;
            let bytes = dma.read(self.at(first), len).await?;
            let words = bytes.chunks_exact(DESCRIPTOR_BYTES as usize).map(words);
            if self.enabled.get() {
                self.fetched.borrow_mut().extend((first..).zip(words));
                self.fetch.set((first + count) & (self.size() - 1));
            }
        }
    }

    /// Writes descriptors from index `first` on back, the last one last, and
    /// moves HEAD behind them when memory has them. The writes are on their way when this is first
    /// polled.
    pub async fn write_back(&self, dma: &Dma, first: u32, back: &[Words]) -> Result<(), DmaError> {
        let until_end = ((self.size() - first) as usize).min(back.len());
        let (now, wrapped) = back.split_at(until_end);
        let (now, wrapped) = (bytes(now), bytes(wrapped));
        let (now, wrapped) = tokio::join!(dma.write(self.at(first), &now), async {
            if wrapped.is_empty() {
                return Ok(());
            }
            dma.write(self.at(0), &wrapped).await
        });
        now.and(wrapped)?;
        dma.flush(self.at(first)).await?;
        self.head
            .set((first + back.len() as u32) & (self.size() - 1));
        Ok(())
    }
}

fn words(bytes: &[u8]) -> Words {
    std::array::from_fn(|n| {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[8 * n..8 * n + 8]);
        u64::from_le_bytes(word)
    })
}

fn bytes(descriptors: &[Words]) -> Vec<u8> {
    descriptors
        .iter()
        .flatten()
        .flat_map(|word| word.to_le_bytes())
        .collect()
}
