// SPDX-License-Identifier: Apache-2.0
//! Driver of the NIC.

use std::collections::VecDeque;

use sallyport_bench::Attached;
use sallyport_devices::Nic;
use sallyport_devices::message;
use sallyport_devices::nic::{self, Descriptor, Stamp, reg};
use sallyport_formats::{Iova, PAGE_SIZE, Spa};

use crate::buffer::Buffer;
use crate::error::OsError;
use crate::registers::PAUSE;
use crate::ring::DriverRing;
use crate::space::AddressSpace;

/// How much memory the NIC gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NicLayout {
    /// Log2 of the descriptors of each ring.
    pub log2_ring: u32,
    /// Bytes of a buffer. Buffers lie one behind the other in one area, over
    /// the ends of pages.
    pub buffer_bytes: u32,
}

impl Default for NicLayout {
    /// 256 buffers of 1,536 bytes: a frame of Ethernet each, or together one of
    /// 262,144 bytes.
    fn default() -> Self {
        Self {
            log2_ring: 8,
            buffer_bytes: 1536,
        }
    }
}

/// A frame in the receive buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its parts: number of the buffer and bytes in it.
    parts: Vec<(u32, u32)>,
    /// What it has besides its bytes.
    pub stamp: Stamp,
    /// The NIC could not write all of it.
    pub error: bool,
}

impl Received {
    /// Its length in the buffers.
    #[must_use]
    pub fn bytes(&self) -> u32 {
        self.parts.iter().map(|&(_, length)| length).sum()
    }
}

/// Runs a NIC.
#[derive(Debug)]
pub struct NicDriver {
    space: AddressSpace,
    device: Attached<Nic>,
    rx: DriverRing,
    tx: DriverRing,
    area: Buffer,
    layout: NicLayout,
    /// Buffers that are with nobody.
    free: VecDeque<u32>,
    /// Buffers in the receive ring, oldest first.
    posted: VecDeque<u32>,
    /// Frames in the transmit ring, oldest first.
    sending: VecDeque<Received>,
}

impl NicDriver {
    /// Sets the NIC up with rings and buffers in `space`, and gives it all
    /// buffers.
    ///
    /// # Errors
    /// As from [`AddressSpace::allocate`].
    pub async fn start(
        device: Attached<Nic>,
        space: &AddressSpace,
        layout: NicLayout,
    ) -> Result<Self, OsError> {
        let rx = DriverRing::new(space, layout.log2_ring).await?;
        let tx = DriverRing::new(space, layout.log2_ring).await?;
        let buffers = (1 << layout.log2_ring) - 1;
        let bytes = u64::from(buffers) * u64::from(layout.buffer_bytes);
        let area = space.allocate(bytes).await?;
        for (registers, ring) in [(reg::RX, &rx), (reg::TX, &tx)] {
            let base = ring.buffer().iova().raw();
            device.write64(registers + reg::BASE, base).await;
            device
                .write32(registers + reg::SIZE, ring.log2_size())
                .await;
        }
        device.write32(reg::CTRL, nic::CTRL_RX | nic::CTRL_TX).await;
        let mut driver = Self {
            space: space.clone(),
            device,
            rx,
            tx,
            area,
            layout,
            free: (0..buffers).collect(),
            posted: VecDeque::new(),
            sending: VecDeque::new(),
        };
        driver.post().await;
        Ok(driver)
    }

    /// The device.
    #[must_use]
    pub const fn device(&self) -> &Attached<Nic> {
        &self.device
    }

    /// The receive buffers, as one.
    #[must_use]
    pub const fn area(&self) -> &Buffer {
        &self.area
    }

    /// The address space that everything of it lies in.
    #[must_use]
    pub const fn space(&self) -> &AddressSpace {
        &self.space
    }

    /// Pages of its two rings.
    pub fn ring_pages(&self) -> impl Iterator<Item = Spa> {
        let rings = [&self.rx, &self.tx];
        rings
            .into_iter()
            .flat_map(|ring| ring.buffer().pages().to_vec())
    }

    /// The page of the receive area that the NIC comes to next, by number.
    #[must_use]
    pub fn next_page(&self) -> Option<u64> {
        let buffer = self.posted.front()?;
        Some(self.offset(*buffer) / PAGE_SIZE)
    }

    /// Gives every free buffer to the NIC.
    pub async fn post(&mut self) {
        while self.rx.room() > 0
            && let Some(buffer) = self.free.pop_front()
        {
            let descriptor = Descriptor {
                address: self.area.at(self.offset(buffer)),
                length: self.layout.buffer_bytes,
                ..Descriptor::default()
            };
            self.rx.push(descriptor.emit());
            self.posted.push_back(buffer);
        }
        self.device
            .write32(reg::RX + reg::TAIL, self.rx.tail())
            .await;
    }

    fn offset(&self, buffer: u32) -> u64 {
        u64::from(buffer) * u64::from(self.layout.buffer_bytes)
    }

    /// Has the NIC send messages for frames received and frames transmitted,
    /// instead of raising its wire: to these addresses of the address space,
    /// with these data.
    pub async fn use_messages(&self, received: (Iova, u32), transmitted: (Iova, u32)) {
        for (registers, (address, data)) in [(reg::RX_MSI, received), (reg::TX_MSI, transmitted)] {
            let device = &self.device;
            device
                .write64(registers + message::reg::ADDR, address.raw())
                .await;
            device.write32(registers + message::reg::DATA, data).await;
            device.write32(registers + message::reg::CTRL, 1).await;
        }
    }

    /// Sleeps until the NIC has raised its wire, and acknowledges that.
    ///
    /// # Errors
    /// [`OsError::Device`] if one of its rings stands still.
    pub async fn wait(&self) -> Result<(), OsError> {
        self.device.interrupt(1).await;
        self.acknowledge().await
    }

    /// Acknowledges what the NIC has to say besides messages.
    ///
    /// # Errors
    /// [`OsError::Device`] if one of its rings stands still.
    pub async fn acknowledge(&self) -> Result<(), OsError> {
        let status = self.device.read32(reg::STATUS).await;
        self.device.write32(reg::STATUS, status).await;
        if status & (nic::STATUS_RX_HALT | nic::STATUS_TX_HALT) != 0 {
            return Err(OsError::Device {
                device: "the NIC",
                what: "cannot access its rings",
            });
        }
        Ok(())
    }

    /// The next frame, if one is complete.
    pub fn receive(&mut self) -> Option<Received> {
        let mut parts = Vec::new();
        let mut error = false;
        loop {
            let descriptor = Descriptor::parse(self.rx.peek(parts.len() as u32)?);
            if !descriptor.done {
                return None;
            }
            let buffer = *self.posted.get(parts.len())?;
            parts.push((buffer, descriptor.length));
            error |= descriptor.error;
            if descriptor.last {
                self.posted.drain(..parts.len());
                self.rx.retire(parts.len() as u32);
                return Some(Received {
                    parts,
                    stamp: descriptor.stamp,
                    error,
                });
            }
        }
    }

    /// The bytes of a frame, as software sees them.
    #[must_use]
    pub fn read(&self, frame: &Received) -> Vec<u8> {
        let os = self.space.os();
        frame
            .parts
            .iter()
            .flat_map(|&(buffer, length)| os.read(&self.area, self.offset(buffer), length as usize))
            .collect()
    }

    /// Has the NIC transmit a frame from the buffers it was received in; gives
    /// it back if the ring is full.
    ///
    /// # Errors
    /// The frame.
    pub async fn transmit(&mut self, frame: Received) -> Result<(), Received> {
        if (self.tx.room() as usize) < frame.parts.len() {
            return Err(frame);
        }
        let last = frame.parts.len() - 1;
        for (n, &(buffer, length)) in frame.parts.iter().enumerate() {
            let descriptor = Descriptor {
                address: self.area.at(self.offset(buffer)),
                length,
                last: n == last,
                stamp: frame.stamp,
                ..Descriptor::default()
            };
            self.tx.push(descriptor.emit());
        }
        self.sending.push_back(frame);
        self.device
            .write32(reg::TX + reg::TAIL, self.tx.tail())
            .await;
        Ok(())
    }

    /// The oldest frame of those to be transmitted, if it is done; `error` then
    /// tells about the transmission.
    pub fn transmitted(&mut self) -> Option<Received> {
        let parts = self.sending.front()?.parts.len() as u32;
        let mut error = false;
        for n in 0..parts {
            let descriptor = Descriptor::parse(self.tx.peek(n)?);
            if !descriptor.done {
                return None;
            }
            error |= descriptor.error;
        }
        self.tx.retire(parts);
        let mut frame = self.sending.pop_front()?;
        frame.error = error;
        Some(frame)
    }

    /// Takes the buffers of a frame back; [`Self::post`] gives them to the NIC
    /// again.
    pub fn recycle(&mut self, frame: Received) {
        self.free
            .extend(frame.parts.iter().map(|&(buffer, _)| buffer));
    }

    /// Stops the NIC, and waits until it has ended what it was about.
    pub async fn stop(&self) {
        self.device.write32(reg::CTRL, 0).await;
        while self.device.read32(reg::CTRL).await & nic::CTRL_BUSY != 0 {
            self.space.os().host().clocks(PAUSE).await;
        }
    }
}
