// SPDX-License-Identifier: Apache-2.0
//! Entries of submission and completion queues.

use super::status::Status;

/// Bytes of a submission queue entry.
pub(super) const COMMAND_BYTES: u64 = 64;

/// Bytes of a completion queue entry.
pub(super) const COMPLETION_BYTES: u64 = 16;

/// A command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub opcode: u8,
    /// FUSE and PSDT.
    pub flags: u8,
    pub id: u16,
    pub namespace: u32,
    pub prp1: u64,
    pub prp2: u64,
    /// Command dwords 10 to 15.
    pub words: [u32; 6],
}

impl Command {
    /// The command in a submission queue entry; what is missing at its end is zero.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut all = [0; COMMAND_BYTES as usize];
        for (to, from) in all.iter_mut().zip(bytes) {
            *to = *from;
        }
        let word = |at: usize| u32::from_le_bytes([all[at], all[at + 1], all[at + 2], all[at + 3]]);
        let double = |at| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        Self {
            opcode: all[0],
            flags: all[1],
            id: (word(0) >> 16) as u16,
            namespace: word(4),
            prp1: double(24),
            prp2: double(32),
            words: [40, 44, 48, 52, 56, 60].map(word),
        }
    }

    /// Neither part of a fused operation nor with an SGL, of which there are none.
    pub const fn is_plain(&self) -> bool {
        self.flags & 0xc3 == 0
    }

    /// Command dwords 10 and 11 as one number.
    pub fn address(&self) -> u64 {
        u64::from(self.words[0]) | u64::from(self.words[1]) << 32
    }
}

/// What a command comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub status: Status,
    /// Dword 0 of the completion.
    pub result: u32,
}

impl From<Status> for Ending {
    fn from(status: Status) -> Self {
        Self { status, result: 0 }
    }
}

impl Ending {
    /// Success, with a result.
    pub const fn of(result: u32) -> Self {
        Self {
            status: Status::SUCCESS,
            result,
        }
    }

    /// The completion queue entry for command `id` of a submission queue.
    pub fn entry(self, id: u16, queue: u16, head: u16, phase: bool) -> [u8; 16] {
        let mut bytes = [0; COMPLETION_BYTES as usize];
        bytes[..4].copy_from_slice(&self.result.to_le_bytes());
        bytes[8..10].copy_from_slice(&head.to_le_bytes());
        bytes[10..12].copy_from_slice(&queue.to_le_bytes());
        bytes[12..14].copy_from_slice(&id.to_le_bytes());
        bytes[14..].copy_from_slice(&self.status.field(phase).to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_taken_apart() {
        let bytes: Vec<u8> = (0..64).collect();
        let command = Command::parse(&bytes);
        assert_eq!((command.opcode, command.id), (0, 0x0302));
        assert_eq!(command.namespace, 0x0706_0504);
        assert_eq!(command.prp1, 0x1f1e_1d1c_1b1a_1918);
        assert_eq!(command.prp2, 0x2726_2524_2322_2120);
        assert_eq!(command.address(), 0x2f2e_2d2c_2b2a_2928);
        assert_eq!(command.words[5], 0x3f3e_3d3c);
        assert!(!command.is_plain());
    }

    #[test]
    fn an_ending_is_put_together() {
        let entry = Ending::of(0x11).entry(0x22, 1, 3, true);
        let expected = [0x11, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0x22, 0, 1, 0];
        assert_eq!(entry, expected);
    }
}
