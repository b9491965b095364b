// SPDX-License-Identifier: Apache-2.0
//! What software chooses when it starts the IOMMU.

use sallyport_formats::{Endian, Spa};

/// A message-signalled interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it is written to, a multiple of 4.
    pub addr: Spa,
    /// What is written.
    pub data: u32,
}

/// How the IOMMU signals its interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupts<'a> {
    /// Not at all: software polls.
    Polled,
    /// By wire; needs IGS WSI or BOTH.
    Wires,
    /// By message, vector n by the n-th; needs IGS MSI or BOTH.
    Messages(&'a [Message]),
}

/// Which vector each cause of an interrupt is to have (`icvec`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vectors {
    /// Of the command queue.
    pub command: u8,
    /// Of the fault queue.
    pub fault: u8,
    /// Of the performance monitor.
    pub monitor: u8,
    /// Of the page-request queue.
    pub page_request: u8,
}

/// What software chooses.
///
/// ```
/// use sallyport_driver::{Config, Interrupts};
///
/// let config = Config { device_id_bits: 16, interrupts: Interrupts::Wires, ..Config::default() };
/// assert_eq!(config.log2_commands, 8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config<'a> {
    /// Bits of the widest `device_id`, 1 to 24.
    pub device_id_bits: u32,
    /// Log2 of the command queue's entries, 1 to 20; an IOMMU that takes fewer
    /// gets fewer. A change of a device context takes up to 4 entries.
    pub log2_commands: u8,
    /// Log2 of the fault queue's entries, likewise.
    pub log2_faults: u8,
    /// Log2 of the page-request queue's entries, likewise; `None` for no queue.
    /// Needs `capabilities.ATS`.
    pub log2_page_requests: Option<u8>,
    /// Byte order of directories, queues, second stage and MSI page tables.
    pub endian: Endian,
    /// How interrupts are signalled.
    pub interrupts: Interrupts<'a>,
    /// Vector of each cause; cut to what the IOMMU has.
    pub vectors: Vectors,
    /// How often a register is looked at before [`Error::Timeout`], with
    /// [`Registers::pause`] in between.
    ///
    /// [`Error::Timeout`]: crate::Error::Timeout
    /// [`Registers::pause`]: crate::Registers::pause
    pub polls: u32,
}

impl Default for Config<'_> {
    /// 24-bit ids, queues of 256 entries but none of page requests,
    /// little-endian, polled, one vector a cause, 10000 polls.
    fn default() -> Self {
        Self {
            device_id_bits: 24,
            log2_commands: 8,
            log2_faults: 8,
            log2_page_requests: None,
            endian: Endian::Little,
            interrupts: Interrupts::Polled,
            vectors: Vectors {
                command: 0,
                fault: 1,
                monitor: 2,
                page_request: 3,
            },
            polls: 10_000,
        }
    }
}
