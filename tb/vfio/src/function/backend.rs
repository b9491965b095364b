// SPDX-License-Identifier: Apache-2.0
//! What a function does when its client asks.

use super::config_space::{ConfigSpace, Identity, TABLE_BAR_BYTES};
use super::vectors::Vectors;
use crate::counters::Tally;
use crate::ram::Ram;
use crate::simulation::{Access, Function, Link, Request};
use sallyport_bench::AccessSize;
use std::fs::File;
use std::io;
use std::sync::Arc;
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_DATA_EVENTFD, VFIO_IRQ_SET_DATA_NONE,
    VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_BAR2_REGION_INDEX, VFIO_PCI_CONFIG_REGION_INDEX,
    VFIO_PCI_MSIX_IRQ_INDEX,
};
use vfio_user::{DmaMapFlags, DmaUnmapFlags, ServerBackend};

/// Bytes that a client may read at a time: what vfio-user has where nothing else was
/// agreed on.
const MOST_READ: usize = 1 << 20;

/// One function, as its socket's thread has it.
///
/// BAR0 is the registers' and lies in the simulation: accesses of 4 or 8 bytes,
/// naturally aligned, go there, and all others read as ones and write nothing, as on a
/// bus where nobody answers. BAR2 is memory: the client keeps the MSI-X table itself.
#[derive(Debug)]
pub(crate) struct Backend {
    function: Function,
    identity: Identity,
    config: ConfigSpace,
    table: Vec<u8>,
    vectors: Arc<Vectors>,
    link: Link,
    tally: Arc<Tally>,
    /// Bits that read as zero in the first doubleword of BAR0.
    masked: u64,
    /// Writes of registers are not waited for.
    posts: bool,
}

impl Backend {
    /// The function after reset. The controller's register writes are posted: its
    /// client does not wait for them.
    pub fn new(
        function: Function,
        identity: Identity,
        vectors: Arc<Vectors>,
        link: Link,
        tally: Arc<Tally>,
    ) -> Self {
        Self {
            function,
            identity,
            config: ConfigSpace::new(identity),
            table: vec![0; TABLE_BAR_BYTES as usize],
            vectors,
            link,
            tally,
            masked: 0,
            posts: function == Function::Nvme,
        }
    }

    /// These bits of the first doubleword of BAR0 read as zero.
    pub const fn masking(mut self, bits: u64) -> Self {
        self.masked = bits;
        self
    }

    /// What the function is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The client has gone: its memory and its events with it.
    pub fn release(&mut self) {
        self.vectors.clear();
        self.config.reset();
        // If the simulation has ended there is nothing left to release.
        let _ = self
            .link
            .ask(|reply| Request::Unmap(self.function, 0, u64::MAX, reply));
        let _ = self.link.ask(|reply| Request::Reset(self.function, reply));
    }

    /// The access to BAR0, if it is one.
    fn access(&self, offset: u64, len: usize, write: Option<u64>) -> Option<Access> {
        let size = match len {
            4 => AccessSize::Four,
            8 => AccessSize::Eight,
            _ => return None,
        };
        let inside = offset < self.identity.register_bytes;
        (inside && offset.is_multiple_of(size.bytes())).then_some(Access {
            offset,
            size,
            write,
        })
    }

    fn read_table(&self, offset: u64, data: &mut [u8]) -> bool {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = start
            .checked_add(data.len())
            .and_then(|end| self.table.get(start..end));
        bytes.map(|bytes| data.copy_from_slice(bytes)).is_some()
    }

    fn write_table(&mut self, offset: u64, data: &[u8]) -> bool {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = start
            .checked_add(data.len())
            .and_then(|end| self.table.get_mut(start..end));
        bytes.map(|bytes| bytes.copy_from_slice(data)).is_some()
    }

    fn ask(&self, access: Access) -> Option<u64> {
        self.tally.register(self.function, access.write.is_some());
        let function = self.function;
        if self.posts && access.write.is_some() {
            let posted = self.link.post(Request::Posted(function, access));
            return posted.is_ok().then_some(0);
        }
        self.link
            .ask(|reply| Request::Access(function, access, reply))
            .ok()
    }

    fn read_registers(&self, offset: u64, data: &mut [u8]) -> bool {
        let Some(access) = self.access(offset, data.len(), None) else {
            return false;
        };
        let value = self.ask(access);
        if let Some(value) = value {
            let value = match offset {
                0 => value & !self.masked,
                4 => value & !(self.masked >> 32),
                _ => value,
            };
            data.copy_from_slice(&value.to_le_bytes()[..data.len()]);
        }
        value.is_some()
    }

    fn write_registers(&self, offset: u64, data: &[u8]) -> bool {
        let mut bytes = [0; 8];
        if data.len() > bytes.len() {
            return false;
        }
        bytes[..data.len()].copy_from_slice(data);
        self.access(offset, data.len(), Some(u64::from_le_bytes(bytes)))
            .and_then(|access| self.ask(access))
            .is_some()
    }
}

impl ServerBackend for Backend {
    fn region_read(&mut self, region: u32, offset: u64, data: &mut [u8]) -> io::Result<()> {
        if data.len() > MOST_READ {
            self.tally.malformed();
            return Err(io::ErrorKind::InvalidInput.into());
        }
        data.fill(0xff);
        let answered = match region {
            VFIO_PCI_BAR0_REGION_INDEX => self.read_registers(offset, data),
            VFIO_PCI_BAR2_REGION_INDEX => self.read_table(offset, data),
            VFIO_PCI_CONFIG_REGION_INDEX => self.config.read(offset, data),
            _ => false,
        };
        if !answered {
            self.tally.malformed();
        }
        Ok(())
    }

    fn region_write(&mut self, region: u32, offset: u64, data: &[u8]) -> io::Result<()> {
        let taken = match region {
            VFIO_PCI_BAR0_REGION_INDEX => self.write_registers(offset, data),
            VFIO_PCI_BAR2_REGION_INDEX => self.write_table(offset, data),
            VFIO_PCI_CONFIG_REGION_INDEX => self.config.write(offset, data),
            _ => false,
        };
        if !taken {
            self.tally.malformed();
        }
        Ok(())
    }

    fn dma_map(
        &mut self,
        _flags: DmaMapFlags,
        offset: u64,
        address: u64,
        size: u64,
        fd: Option<File>,
    ) -> io::Result<()> {
        // What comes without a descriptor (read-only memory, in QEMU) cannot be reached.
        let Some(file) = fd else {
            return Ok(());
        };
        let ram = Arc::new(Ram::new(file, offset, address, size)?);
        self.link
            .ask(|reply| Request::Map(self.function, address, ram, reply))
            .map_err(io::Error::other)
    }

    fn dma_unmap(&mut self, flags: DmaUnmapFlags, address: u64, size: u64) -> io::Result<()> {
        let (address, size) = if flags.contains(DmaUnmapFlags::UNMAP_ALL) {
            (0, u64::MAX)
        } else {
            (address, size)
        };
        self.link
            .ask(|reply| Request::Unmap(self.function, address, size, reply))
            .map_err(io::Error::other)
    }

    fn reset(&mut self) -> io::Result<()> {
        self.config.reset();
        self.vectors.forget();
        self.table.fill(0);
        self.link
            .ask(|reply| Request::Reset(self.function, reply))
            .map_err(io::Error::other)
    }

    fn set_irqs(
        &mut self,
        index: u32,
        flags: u32,
        start: u32,
        count: u32,
        fds: Vec<File>,
    ) -> io::Result<()> {
        let (start, count) = (start as usize, count as usize);
        let end = start.checked_add(count);
        if index != VFIO_PCI_MSIX_IRQ_INDEX {
            // There are no others: to switch those off is no mistake.
            return if count == 0 || fds.is_empty() {
                Ok(())
            } else {
                Err(io::ErrorKind::InvalidInput.into())
            };
        }
        // Vectors are masked in the table, which the client plays: not here.
        let triggers = flags & VFIO_IRQ_SET_ACTION_TRIGGER != 0;
        let known = end.is_some_and(|end| end <= self.vectors.count());
        if !triggers || !known || fds.len() > count {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if flags & VFIO_IRQ_SET_DATA_EVENTFD != 0 {
            // Without descriptors the vectors lose theirs.
            let mut fds = fds.into_iter();
            let events = std::iter::from_fn(|| Some(fds.next())).take(count);
            self.vectors.assign(start, events);
        } else if flags & VFIO_IRQ_SET_DATA_NONE != 0 && count == 0 {
            self.vectors.clear();
        } else if flags & VFIO_IRQ_SET_DATA_NONE != 0 {
            (start..start + count).for_each(|vector| self.vectors.fire(vector));
        }
        Ok(())
    }
}
