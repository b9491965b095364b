// SPDX-License-Identifier: Apache-2.0
//! What can go wrong.

use sallyport_formats::regs::Cqcsr;
use sallyport_formats::{DeviceId, OutOfRange, ProcessId};

/// An operation of the driver failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `capabilities.version` is not 1.x.
    #[error("version {0:#x} of the IOMMU is not supported")]
    Version(u8),
    /// Something that the caller wants is not in `capabilities` or cannot be
    /// set.
    #[error("the IOMMU does not support {0}")]
    Unsupported(&'static str),
    /// Memory for a table or a queue could not be had.
    #[error("no memory for {bytes} bytes")]
    OutOfMemory {
        /// What was asked for.
        bytes: u64,
    },
    /// A register did not take an address, which is too wide for it.
    #[error("{register} does not hold the address it was given")]
    Address {
        /// The register.
        register: &'static str,
    },
    /// The IOMMU has not done within the bound what it must.
    #[error("{what} took too long")]
    Timeout {
        /// What was waited for.
        what: &'static str,
    },
    /// The command queue has no room for the commands; nothing was queued.
    #[error("the command queue is full")]
    QueueFull,
    /// The command queue stopped; see [`Iommu::recover`](crate::Iommu::recover).
    #[error("the command queue stopped at entry {head}: {error}")]
    Command {
        /// The first of the error bits, in the order of [`CommandError`].
        error: CommandError,
        /// Index of the command, `cqh`.
        head: u32,
    },
    /// The device's id is wider than the device directory can hold.
    #[error("device {0} is beyond the device directory")]
    DeviceRange(DeviceId),
    /// The process's id is wider than the process directory can hold.
    #[error("process {0} is beyond the process directory")]
    ProcessRange(ProcessId),
    /// The address is not one that the page table can translate, or the range
    /// goes past the last.
    #[error("address {0:#x} is beyond the page table")]
    AddressRange(u64),
    /// An address or a length is not a multiple of the page.
    #[error("{0:#x} is not aligned to the page")]
    Unaligned(u64),
    /// The page is mapped already; nothing was changed.
    #[error("{0:#x} is mapped already")]
    AlreadyMapped(u64),
    /// The page is not mapped, or belongs to a larger page of which only a part
    /// was named; nothing was changed.
    #[error("{0:#x} is not mapped as a page of its own")]
    NotMapped(u64),
    /// Permissions that no page can have: write without read, or none at all.
    #[error("a page cannot have these permissions")]
    Permissions,
    /// A number does not fit its field.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

/// Why the command queue stopped ("Command-queue CSR").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// `cqmf`: a command could not be fetched, or the write of an IOFENCE.C
    /// failed.
    #[error("memory fault")]
    MemoryFault,
    /// `cmd_ill`: the command is illegal or unsupported.
    #[error("illegal command")]
    Illegal,
    /// `cmd_to`: an ATS invalidation before this IOFENCE.C timed out.
    #[error("time-out")]
    Timeout,
}

impl CommandError {
    /// The error that `cqcsr` shows.
    #[must_use]
    pub const fn from_csr(csr: &Cqcsr) -> Option<Self> {
        if csr.cqmf {
            Some(Self::MemoryFault)
        } else if csr.cmd_ill {
            Some(Self::Illegal)
        } else if csr.cmd_to {
            Some(Self::Timeout)
        } else {
            None
        }
    }
}
