// SPDX-License-Identifier: Apache-2.0
//! I/O commands (NVM Express 1.4, "NVM Command Set").

use super::command::Command;
use super::controller::Controller;
use super::disk::BLOCK;
use super::status::Status;
use super::{MOST_BYTES, NAMESPACE, prp};
use std::ops::Range;

const FLUSH: u8 = 0x00;
const WRITE: u8 = 0x01;
const READ: u8 = 0x02;
const WRITE_ZEROES: u8 = 0x08;

/// All namespaces.
const EVERY_NAMESPACE: u32 = 0xffff_ffff;

/// The command's name, for the counters.
pub(super) const fn name(opcode: u8) -> &'static str {
    match opcode {
        FLUSH => "Flush",
        WRITE => "Write",
        READ => "Read",
        WRITE_ZEROES => "Write Zeroes",
        _ => "other",
    }
}

/// Carries out an I/O command.
pub(super) async fn execute(controller: &Controller, command: &Command) -> Result<(), Status> {
    let Controller {
        disk, port, tally, ..
    } = controller;
    match command.opcode {
        // Nothing is ever cached.
        FLUSH if command.namespace == EVERY_NAMESPACE => Ok(()),
        FLUSH => namespace(command),
        READ => {
            let range = blocks(controller, command, MOST_BYTES)?;
            let data = disk.read(range);
            prp::scatter(port, command, &data).await?;
            tally.nvme(|counters| counters.bytes_read += data.len() as u64);
            Ok(())
        }
        WRITE => {
            let range = blocks(controller, command, MOST_BYTES)?;
            let data = prp::gather(port, command, range.len() as u64).await?;
            disk.write(range.start, &data);
            tally.nvme(|counters| counters.bytes_written += data.len() as u64);
            Ok(())
        }
        WRITE_ZEROES => {
            let range = blocks(controller, command, u64::MAX)?;
            disk.write(range.start, &vec![0; range.len()]);
            Ok(())
        }
        _ => Err(Status::INVALID_OPCODE),
    }
}

fn namespace(command: &Command) -> Result<(), Status> {
    if command.namespace == NAMESPACE {
        Ok(())
    } else {
        Err(Status::INVALID_NAMESPACE)
    }
}

/// The bytes of the disk that the command is about.
fn blocks(controller: &Controller, command: &Command, most: u64) -> Result<Range<usize>, Status> {
    namespace(command)?;
    let count = u64::from(command.words[2] & 0xffff) + 1;
    if count * BLOCK > most {
        return Err(Status::INVALID_FIELD);
    }
    controller
        .disk
        .range(command.address(), count)
        .ok_or(Status::LBA_OUT_OF_RANGE)
}
