// SPDX-License-Identifier: Apache-2.0
//! Single bursts of devices.

use sallyport_bus::{AxBeat, Burst, DeviceUser, Transaction, WBeat, Width};
use sallyport_formats::DeviceId;

/// An INCR burst of full-width beats.
pub fn transaction(device: u32, id: u8, iova: u64, beats: u16, width: Width) -> AxBeat {
    AxBeat {
        id,
        addr: iova,
        len: (beats - 1) as u8,
        size: width.size(),
        burst: Burst::Incr.bits(),
        user: DeviceUser::device(DeviceId::truncate(device.into())).bits(),
        ..AxBeat::default()
    }
}

/// A read of one beat.
pub fn read(device: u32, id: u8, iova: u64, width: Width) -> Transaction {
    Transaction::read(transaction(device, id, iova, 1, width))
}

/// A write of one beat.
pub fn write(device: u32, id: u8, iova: u64, width: Width) -> Transaction {
    let beat = WBeat {
        data: u128::from(iova),
        strb: u16::MAX >> (16 - width.bytes()),
        last: true,
    };
    Transaction::write(transaction(device, id, iova, 1, width), vec![beat])
}
