// SPDX-License-Identifier: Apache-2.0
//! Where the data of a command lies (NVM Express 1.4, "Physical Region Page Entry and
//! List").

use super::command::Command;
use super::port::Port;
use super::status::Status;

/// Bytes of a page: CC.MPS is 0.
const PAGE: u64 = 4096;

/// Bytes of an entry of a list.
const ENTRY: u64 = 8;

/// A piece of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub at: u64,
    pub bytes: usize,
}

/// The data of a command, in order; pieces that touch are one.
#[derive(Debug, Default)]
struct Segments {
    all: Vec<Segment>,
    /// Bytes that no piece holds yet.
    rest: u64,
}

impl Segments {
    fn add(&mut self, at: u64, most: u64) {
        let bytes = self.rest.min(most);
        self.rest -= bytes;
        match self.all.last_mut() {
            Some(last) if last.at.checked_add(last.bytes as u64) == Some(at) => {
                last.bytes += bytes as usize;
            }
            _ => self.all.push(Segment {
                at,
                bytes: bytes as usize,
            }),
        }
    }

    fn add_page(&mut self, at: u64) -> Result<(), Status> {
        if !at.is_multiple_of(PAGE) {
            return Err(Status::INVALID_PRP_OFFSET);
        }
        self.add(at, PAGE);
        Ok(())
    }
}

/// Finds where `bytes` bytes of data lie; lists are read from memory.
pub(super) async fn segments(
    port: &Port,
    command: &Command,
    bytes: u64,
) -> Result<Vec<Segment>, Status> {
    let mut segments = Segments {
        all: Vec::new(),
        rest: bytes,
    };
    if !command.prp1.is_multiple_of(4) {
        return Err(Status::INVALID_PRP_OFFSET);
    }
    segments.add(command.prp1, PAGE - command.prp1 % PAGE);
    if (1..=PAGE).contains(&segments.rest) {
        segments.add_page(command.prp2)?;
    }
    let mut list = command.prp2;
    while segments.rest > 0 {
        if !list.is_multiple_of(ENTRY) {
            return Err(Status::INVALID_PRP_OFFSET);
        }
        let pages = segments.rest.div_ceil(PAGE);
        let room = (PAGE - list % PAGE) / ENTRY;
        let count = pages.min(room);
        let bytes = port.read(list, (count * ENTRY) as usize).await?;
        let entries = bytes.chunks_exact(ENTRY as usize).map(|entry| {
            let mut word = [0; ENTRY as usize];
            word.copy_from_slice(entry);
            u64::from_le_bytes(word)
        });
        for (n, entry) in (1..).zip(entries) {
            // The last place of a page has the next list, if there is more to come.
            if n == room && pages > room {
                // Only the first list may begin within a page: a chain of lists of one
                // entry, each leading to itself, would have no end.
                if !entry.is_multiple_of(PAGE) {
                    return Err(Status::INVALID_PRP_OFFSET);
                }
                list = entry;
            } else {
                segments.add_page(entry)?;
            }
        }
    }
    Ok(segments.all)
}

/// Reads the data of a command.
pub(super) async fn gather(port: &Port, command: &Command, bytes: u64) -> Result<Vec<u8>, Status> {
    let mut data = Vec::with_capacity(bytes as usize);
    for segment in segments(port, command, bytes).await? {
        data.extend(port.read(segment.at, segment.bytes).await?);
    }
    Ok(data)
}

/// Writes the data of a command.
pub(super) async fn scatter(port: &Port, command: &Command, data: &[u8]) -> Result<(), Status> {
    let mut rest = data;
    for segment in segments(port, command, data.len() as u64).await? {
        let (now, later) = rest.split_at(segment.bytes);
        port.write(segment.at, now).await?;
        rest = later;
    }
    Ok(())
}
