// SPDX-License-Identifier: Apache-2.0
//! Descriptors of the NIC.

use sallyport_formats::Iova;

const LAST: u64 = 1 << 32;
const DONE: u64 = 1 << 33;
const ERROR: u64 = 1 << 34;

/// Bits of the nanoseconds of a time stamp.
const NANOSECOND_BITS: u32 = 30;

/// What a frame has besides its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Seconds of the time stamp, 34 bits.
    pub seconds: u64,
    /// Nanoseconds, below 1,000,000,000.
    pub nanoseconds: u32,
    /// Bytes on the wire.
    pub wire_length: u32,
    /// The link type's number, as captures have it.
    pub link_type: u32,
}

/// A descriptor of either ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Descriptor {
    /// The buffer.
    pub address: Iova,
    /// Bytes of the buffer, or in it.
    pub length: u32,
    /// The frame ends here.
    pub last: bool,
    /// Written back.
    pub done: bool,
    /// The buffer could not be accessed.
    pub error: bool,
    /// Of the frame.
    pub stamp: Stamp,
}

impl Descriptor {
    /// Takes the fields out of the doublewords.
    #[must_use]
    pub const fn parse(words: [u64; 4]) -> Self {
        let [address, control, time, wire] = words;
        Self {
            address: Iova::new(address),
            length: control as u32,
            last: control & LAST != 0,
            done: control & DONE != 0,
            error: control & ERROR != 0,
            stamp: Stamp {
                seconds: time >> NANOSECOND_BITS,
                nanoseconds: time as u32 & ((1 << NANOSECOND_BITS) - 1),
                wire_length: wire as u32,
                link_type: (wire >> 32) as u32,
            },
        }
    }

    /// The doublewords.
    #[must_use]
    pub fn emit(&self) -> [u64; 4] {
        let flag = |set: bool, bit: u64| if set { bit } else { 0 };
        let stamp = &self.stamp;
        [
            self.address.raw(),
            u64::from(self.length)
                | flag(self.last, LAST)
                | flag(self.done, DONE)
                | flag(self.error, ERROR),
            stamp.seconds << NANOSECOND_BITS | u64::from(stamp.nanoseconds),
            u64::from(stamp.link_type) << 32 | u64::from(stamp.wire_length),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_go_there_and_back() {
        let descriptor = Descriptor {
            address: Iova::new(0xdead_b000),
            length: 1536,
            last: true,
            done: true,
            error: false,
            stamp: Stamp {
                seconds: (1 << 34) - 1,
                nanoseconds: 999_999_999,
                wire_length: 262_144,
                link_type: 1,
            },
        };
        assert_eq!(Descriptor::parse(descriptor.emit()), descriptor);
    }
}
