// SPDX-License-Identifier: Apache-2.0
//! How a command ends (NVM Express 1.4, "Status Field Definition").

/// A status: its type and code, and its name in the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    kind: u8,
    code: u8,
    pub name: &'static str,
}

/// Whether sending the command again cannot help: DNR.
const DO_NOT_RETRY: u16 = 1 << 15;

impl Status {
    pub const SUCCESS: Self = Self::generic(0x00, "Successful Completion");
    pub const INVALID_OPCODE: Self = Self::generic(0x01, "Invalid Command Opcode");
    pub const INVALID_FIELD: Self = Self::generic(0x02, "Invalid Field in Command");
    pub const DATA_TRANSFER: Self = Self::generic(0x04, "Data Transfer Error");
    pub const ABORTED: Self = Self::generic(0x07, "Command Abort Requested");
    pub const INVALID_NAMESPACE: Self = Self::generic(0x0b, "Invalid Namespace or Format");
    pub const INVALID_PRP_OFFSET: Self = Self::generic(0x13, "PRP Offset Invalid");
    pub const LBA_OUT_OF_RANGE: Self = Self::generic(0x80, "LBA Out of Range");
    pub const INVALID_COMPLETION_QUEUE: Self = Self::specific(0x00, "Completion Queue Invalid");
    pub const INVALID_QUEUE_ID: Self = Self::specific(0x01, "Invalid Queue Identifier");
    pub const INVALID_QUEUE_SIZE: Self = Self::specific(0x02, "Invalid Queue Size");
    pub const TOO_MANY_EVENTS: Self =
        Self::specific(0x05, "Asynchronous Event Request Limit Exceeded");
    pub const INVALID_VECTOR: Self = Self::specific(0x08, "Invalid Interrupt Vector");
    pub const INVALID_LOG_PAGE: Self = Self::specific(0x09, "Invalid Log Page");
    pub const INVALID_QUEUE_DELETION: Self = Self::specific(0x0c, "Invalid Queue Deletion");
    pub const NOT_SAVEABLE: Self = Self::specific(0x0d, "Feature Identifier Not Saveable");
    pub const NOT_CHANGEABLE: Self = Self::specific(0x0e, "Feature Not Changeable");

    const fn generic(code: u8, name: &'static str) -> Self {
        Self {
            kind: 0,
            code,
            name,
        }
    }

    const fn specific(code: u8, name: &'static str) -> Self {
        Self {
            kind: 1,
            code,
            name,
        }
    }

    /// Bits 15:1 of the status field, with the phase in bit 0. Only a failed transfer
    /// is worth another try.
    pub fn field(self, phase: bool) -> u16 {
        let retry = self == Self::SUCCESS || self == Self::DATA_TRANSFER || self == Self::ABORTED;
        let more = if retry { 0 } else { DO_NOT_RETRY };
        more | u16::from(self.kind) << 9 | u16::from(self.code) << 1 | u16::from(phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_where_the_standard_has_them() {
        assert_eq!(Status::SUCCESS.field(true), 0x0001);
        assert_eq!(Status::DATA_TRANSFER.field(false), 0x0008);
        assert_eq!(Status::INVALID_LOG_PAGE.field(false), 0x8212);
        assert_eq!(Status::LBA_OUT_OF_RANGE.field(true), 0x8101);
    }
}
