// SPDX-License-Identifier: Apache-2.0
//! The contents of AxUSER.

use sallyport_formats::{DeviceId, ProcessId};

/// AxUSER of a device port, 47 bits: {type\[1:0\], PV, process_id, device_id}.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct DeviceUser {
    /// The address type of the request, 2 bits.
    pub kind: u8,
    /// The process id, if the request has one (PV = 1).
    pub process: Option<ProcessId>,
    /// Who asks.
    pub device: DeviceId,
}

impl DeviceUser {
    /// Width in bits.
    pub const BITS: u32 = 47;

    /// An untranslated request of `device` without a process.
    #[must_use]
    pub const fn device(device: DeviceId) -> Self {
        Self {
            kind: 0,
            process: None,
            device,
        }
    }

    /// The wire format.
    #[must_use]
    pub fn bits(self) -> u64 {
        let process = self.process.map_or(0, |p| 1 << 44 | u64::from(p) << 24);
        u64::from(self.kind & 3) << 45 | process | u64::from(self.device)
    }

    /// Reads the wire format; bits above 46 are ignored.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self {
            kind: (bits >> 45 & 3) as u8,
            process: (bits >> 44 & 1 == 1).then(|| ProcessId::truncate(bits >> 24)),
            device: DeviceId::truncate(bits),
        }
    }
}

/// AxUSER of translated traffic, 48 bits: {MCID, RCID, device_id}.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct MemoryUser {
    /// Monitoring counter id, 12 bits.
    pub mcid: u16,
    /// Resource control id, 12 bits.
    pub rcid: u16,
    /// The device on whose behalf.
    pub device: DeviceId,
}

impl MemoryUser {
    /// Width in bits.
    pub const BITS: u32 = 48;

    /// The wire format.
    #[must_use]
    pub fn bits(self) -> u64 {
        u64::from(self.mcid & 0xfff) << 36
            | u64::from(self.rcid & 0xfff) << 24
            | u64::from(self.device)
    }

    /// Reads the wire format; bits above 47 are ignored.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self {
            mcid: (bits >> 36 & 0xfff) as u16,
            rcid: (bits >> 24 & 0xfff) as u16,
            device: DeviceId::truncate(bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_go_there_and_back() {
        let user = DeviceUser {
            kind: 2,
            process: Some(ProcessId::truncate(0xa_bcde)),
            device: DeviceId::truncate(0x12_3456),
        };
        assert_eq!(user.bits(), 0b101 << 44 | 0xa_bcde << 24 | 0x12_3456);
        assert_eq!(DeviceUser::from_bits(user.bits()), user);
        let plain = DeviceUser::device(DeviceId::MAX);
        assert_eq!(DeviceUser::from_bits(plain.bits()), plain);

        let out = MemoryUser {
            mcid: 0xabc,
            rcid: 0xdef,
            device: DeviceId::truncate(0x65_4321),
        };
        assert_eq!(out.bits(), 0xabcd_ef65_4321);
        assert_eq!(MemoryUser::from_bits(out.bits()), out);
    }
}
