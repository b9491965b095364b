// SPDX-License-Identifier: Apache-2.0
//! What the controller tells of itself (NVM Express 1.4, "Identify command").

use super::command::Command;
use super::disk::{BLOCK, Disk};
use super::registers::VERSION;
use super::status::Status;
use super::{IDENTITY, LOG2_TRANSFER_PAGES, NAMESPACE};

/// Bytes of every structure.
const BYTES: usize = 4096;

/// The namespace's EUI-64: locally assigned.
const EUI64: [u8; 8] = [0x02, 0x53, 0x41, 0x4c, 0x4c, 0x59, 0x00, 0x01];

/// Broadcast and the number before it name no namespace.
const NOT_A_NAMESPACE: u32 = 0xffff_fffe;

/// Asynchronous event requests that may be outstanding.
pub(super) const EVENT_REQUESTS: usize = 4;

/// The structure that is asked for.
pub(super) fn identify(command: &Command, disk: &Disk) -> Result<Vec<u8>, Status> {
    let structure = command.words[0] as u8;
    let namespace = command.namespace;
    match structure {
        0x00 if namespace == NAMESPACE => Ok(of_namespace(disk)),
        0x01 => Ok(of_controller()),
        // Active namespaces with a greater number.
        0x02 if namespace < NOT_A_NAMESPACE => {
            let mut page = Page::new();
            if namespace < NAMESPACE {
                page.put(0, &NAMESPACE.to_le_bytes());
            }
            Ok(page.0)
        }
        0x03 if namespace == NAMESPACE => {
            // A descriptor of type EUI-64, and the end.
            let mut page = Page::new();
            page.put(0, &[1, EUI64.len() as u8]);
            page.put(4, &EUI64);
            Ok(page.0)
        }
        0x00 | 0x02 | 0x03 => Err(Status::INVALID_NAMESPACE),
        _ => Err(Status::INVALID_FIELD),
    }
}

struct Page(Vec<u8>);

impl Page {
    fn new() -> Self {
        Self(vec![0; BYTES])
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Text, padded with spaces.
    fn text(&mut self, at: usize, bytes: usize, text: &str) {
        self.0[at..at + bytes].fill(b' ');
        self.put(at, text.as_bytes());
    }
}

fn of_controller() -> Vec<u8> {
    let mut page = Page::new();
    let (vendor, _) = IDENTITY.id;
    page.put(0, &vendor.to_le_bytes());
    page.put(2, &vendor.to_le_bytes());
    page.text(4, 20, "1");
    page.text(24, 40, "Sallyport NVMe");
    page.text(64, 8, env!("CARGO_PKG_VERSION"));
    // MDTS, in pages of 4 KiB.
    page.put(77, &[LOG2_TRANSFER_PAGES]);
    page.put(80, &VERSION.to_le_bytes());
    // CNTRLTYPE: an I/O controller.
    page.put(111, &[1]);
    // AERL, counted from 0; FRMW: one slot of firmware that cannot be changed.
    page.put(259, &[EVENT_REQUESTS as u8 - 1, 0x03]);
    // WCTEMP and CCTEMP in kelvin.
    page.put(266, &343_u16.to_le_bytes());
    page.put(268, &373_u16.to_le_bytes());
    // SQES and CQES: 64 and 16 bytes.
    page.put(512, &[0x66, 0x44]);
    // NN.
    page.put(516, &NAMESPACE.to_le_bytes());
    // ONCS: Write Zeroes.
    page.put(520, &(1_u16 << 3).to_le_bytes());
    // VWC: there is a cache, and Flush.
    page.put(525, &[1]);
    let name = b"nqn.2014-08.org.nvmexpress:uuid:53414c4c-5950-4f52-8000-000000000001";
    page.put(768, name);
    // Power state 0: 25 W, in hundredths.
    page.put(2048, &2500_u16.to_le_bytes());
    page.0
}

fn of_namespace(disk: &Disk) -> Vec<u8> {
    let mut page = Page::new();
    // NSZE, NCAP, NUSE.
    for at in [0, 8, 16] {
        page.put(at, &disk.blocks().to_le_bytes());
    }
    page.put(120, &EUI64);
    // LBAF0: blocks without metadata.
    page.put(130, &[BLOCK.trailing_zeros() as u8]);
    page.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_bench::Seed;

    fn ask(structure: u32, namespace: u32) -> Result<Vec<u8>, Status> {
        let disk = Disk::new(1 << 20, Seed::new(1)).unwrap();
        let command = Command {
            namespace,
            words: [structure, 0, 0, 0, 0, 0],
            ..Command::default()
        };
        identify(&command, &disk)
    }

    #[test]
    fn one_namespace_is_active() {
        assert_eq!(ask(2, 0).unwrap()[..8], [1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(ask(2, 1).unwrap()[..4], [0; 4]);
        assert_eq!(ask(2, 0xffff_ffff), Err(Status::INVALID_NAMESPACE));
        let page = ask(0, 1).unwrap();
        assert_eq!(page[..8], 2048_u64.to_le_bytes());
        assert_eq!(page[130], 9);
        assert_eq!(ask(3, 1).unwrap()[..2], [1, 8]);
    }

    #[test]
    fn what_there_is_not_is_an_invalid_field() {
        assert_eq!(ask(0, 2), Err(Status::INVALID_NAMESPACE));
        assert_eq!(ask(6, 0), Err(Status::INVALID_FIELD));
    }

    #[test]
    fn the_controller_says_what_it_can() {
        let page = ask(1, 0).unwrap();
        assert_eq!(page[512..514], [0x66, 0x44]);
        assert_eq!(page[77], 5);
        assert_eq!(&page[24..39], b"Sallyport NVMe ");
    }
}
