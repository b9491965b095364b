// SPDX-License-Identifier: Apache-2.0
//! Captures of TLP ports for Wireshark: pcapng, one interface for each port,
//! time stamps in nanoseconds of the simulated clock.
//!
//! Each packet is recorded as its bytes (prefix, header, payload) behind a byte
//! for the direction and a byte for the segment, under link type USER0. The
//! dissector in `tb/wireshark` knows that. Timestamps start at 0, the reset.

use std::borrow::Cow;
use std::io::{BufWriter, Write};
use std::time::Duration;

use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness, PcapError};

/// Which way a packet went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a device to the IOMMU.
    Upstream,
    /// From the IOMMU to a device.
    Downstream,
}

/// Writes a capture as it happens.
pub struct CaptureWriter<W: Write> {
    writer: PcapNgWriter<BufWriter<W>>,
    packets: u64,
}

/// 10^-9 seconds a tick.
const NANOSECONDS: u8 = 9;

impl<W: Write> CaptureWriter<W> {
    /// Link type USER0, for which a dissector is chosen by hand or by ours.
    pub const LINK_TYPE: u32 = 147;

    /// A capture of these ports. The seed that repeats the run goes into the
    /// comment of the file.
    ///
    /// # Errors
    /// What writing meets.
    pub fn new(output: W, ports: &[&str], seed: u64) -> Result<Self, PcapError> {
        let section = SectionHeaderBlock {
            endianness: Endianness::Little,
            major_version: 1,
            minor_version: 0,
            section_length: -1,
            options: vec![
                SectionHeaderOption::Comment(Cow::Owned(format!("seed {seed:#x}"))),
                SectionHeaderOption::UserApplication(Cow::Borrowed("sallyport")),
            ],
        };
        let mut writer = PcapNgWriter::with_section_header(BufWriter::new(output), section)?;
        for port in ports {
            writer.write_pcapng_block(InterfaceDescriptionBlock {
                linktype: DataLink::from(Self::LINK_TYPE),
                snaplen: 0,
                options: vec![
                    InterfaceDescriptionOption::IfName(Cow::Owned((*port).to_owned())),
                    InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
                ],
            })?;
        }
        Ok(Self { writer, packets: 0 })
    }

    /// Records a packet, `nanoseconds` after the start.
    ///
    /// # Errors
    /// What writing meets, and a port that does not exist.
    pub fn packet(
        &mut self,
        port: u32,
        nanoseconds: u64,
        direction: Direction,
        segment: u8,
        bytes: &[u8],
    ) -> Result<(), PcapError> {
        let direction = match direction {
            Direction::Upstream => 0,
            Direction::Downstream => 1,
        };
        let mut data = vec![direction, segment];
        data.extend(bytes);
        self.packets += 1;
        self.writer.write_pcapng_block(EnhancedPacketBlock {
            interface_id: port,
            timestamp: Duration::from_nanos(nanoseconds),
            original_len: data.len() as u32,
            data: Cow::Owned(data),
            options: Vec::new(),
        })?;
        Ok(())
    }

    /// Packets recorded so far.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// The output, when everything has been written to it.
    ///
    /// # Errors
    /// What flushing meets.
    pub fn finish(self) -> Result<W, PcapError> {
        let output = self.writer.into_inner();
        let ended = output.into_inner().map_err(|error| error.into_error());
        let mut output = ended.map_err(PcapError::IoError)?;
        output.flush().map_err(PcapError::IoError)?;
        Ok(output)
    }
}
