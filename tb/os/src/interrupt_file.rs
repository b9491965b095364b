// SPDX-License-Identifier: Apache-2.0
//! Interrupt files of the machine's interrupt controller: pages that messages
//! are written to.

use sallyport_bench::{Doorbell, Host};
use sallyport_bus::WriteRecord;
use sallyport_formats::{PAGE_SIZE, Spa};

/// Where the files lie, one page each.
const FILES: u64 = 0x2900_0000;

/// An interrupt file. Who has it waits for the identities that are written to
/// its first word (`seteipnum_le`).
#[derive(Debug)]
pub struct InterruptFile {
    page: Spa,
    doorbell: Doorbell,
}

impl InterruptFile {
    /// The file of this number, from now on.
    #[must_use]
    pub fn new(host: &Host, number: u32) -> Self {
        let page = Spa::new(FILES + u64::from(number) * PAGE_SIZE);
        let end = Spa::new(page.raw() + PAGE_SIZE);
        Self {
            page,
            doorbell: host.doorbell(page..end),
        }
    }

    /// Its page, which messages have to be sent to.
    #[must_use]
    pub const fn page(&self) -> Spa {
        self.page
    }

    /// The next interrupt's identity, as soon as its message has arrived.
    pub async fn next(&mut self) -> u32 {
        loop {
            let record = self.doorbell.next().await;
            if let Some(identity) = self.identity(&record) {
                return identity;
            }
        }
    }

    /// The next interrupt's identity, if it has arrived already.
    pub fn try_next(&mut self) -> Option<u32> {
        loop {
            let record = self.doorbell.try_next()?;
            if let Some(identity) = self.identity(&record) {
                return Some(identity);
            }
        }
    }

    /// The identity in a write of four bytes to the first word.
    fn identity(&self, record: &WriteRecord) -> Option<u32> {
        let lane = record.strb.trailing_zeros();
        let at = record.word.raw() + u64::from(lane);
        let whole = at == self.page.raw() && record.strb >> lane == 0xf;
        whole.then_some((record.data >> (8 * lane)) as u32)
    }
}
