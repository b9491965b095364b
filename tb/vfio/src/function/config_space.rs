// SPDX-License-Identifier: Apache-2.0
//! PCI configuration space of a function with one register BAR and MSI-X.

/// Bytes of the configuration space.
pub(crate) const CONFIG_BYTES: usize = 256;

/// Bytes of BAR2: the MSI-X table in its first half, the pending bits in its second.
pub(crate) const TABLE_BAR_BYTES: u64 = 4096;

/// Where the pending bits begin.
const PENDING_OFFSET: u32 = 2048;

/// Where the only capability lies.
const MSIX_CAPABILITY: usize = 0x40;

const COMMAND: usize = 0x04;
const STATUS: usize = 0x06;
const BAR0: usize = 0x10;
const BAR2: usize = 0x18;

/// BAR0 and BAR2 tell by their index which BAR has the MSI-X table.
const TABLE_BAR: u32 = 2;

/// What a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Vendor and device.
    pub id: (u16, u16),
    /// Base class, sub-class, programming interface.
    pub class: (u8, u8, u8),
    /// Bytes of BAR0, a power of two: 64-bit memory, not prefetchable.
    pub register_bytes: u64,
    /// Entries of the MSI-X table, 1 to 128.
    pub vectors: u16,
}

/// The space of one function, as software last wrote it.
///
/// Type 0 header; BAR0 for registers, 64 bits wide; BAR2, 32 bits wide, for the MSI-X
/// table; the MSI-X capability; no wired interrupt. Of the command register all bits
/// can be written that a function without wires and I/O space has; they change nothing
/// here, as the client decodes addresses, and drivers enable bus mastering before they
/// enable a device. Everything else is read-only. An access may have any length; what
/// lies outside reads as ones and ignores writes.
#[derive(Clone, Debug)]
pub(crate) struct ConfigSpace {
    identity: Identity,
    bytes: [u8; CONFIG_BYTES],
    /// Bits that software can write.
    writable: [u8; CONFIG_BYTES],
}

impl ConfigSpace {
    /// The space after reset.
    pub fn new(identity: Identity) -> Self {
        let mut space = Self {
            identity,
            bytes: [0; CONFIG_BYTES],
            writable: [0; CONFIG_BYTES],
        };
        space.reset();
        space
    }

    /// Puts back what software has written.
    pub fn reset(&mut self) {
        let Identity {
            id: (vendor, device),
            class: (base, sub, interface),
            register_bytes,
            vectors,
        } = self.identity;
        self.bytes = [0; CONFIG_BYTES];
        self.writable = [0; CONFIG_BYTES];
        self.put(0x00, &vendor.to_le_bytes());
        self.put(0x02, &device.to_le_bytes());
        // Memory space, bus master, parity response, SERR#, no INTx.
        self.allow(COMMAND, &0x0546_u16.to_le_bytes());
        // There are capabilities.
        self.put(STATUS, &0x0010_u16.to_le_bytes());
        self.put(0x09, &[interface, sub, base]);
        // Memory, 64 bits wide.
        self.put(BAR0, &0x4_u32.to_le_bytes());
        self.allow(BAR0, &(!(register_bytes - 1)).to_le_bytes());
        self.allow(BAR2, &(!(TABLE_BAR_BYTES as u32 - 1)).to_le_bytes());
        self.put(0x2c, &vendor.to_le_bytes());
        self.put(0x2e, &device.to_le_bytes());
        self.put(0x34, &[MSIX_CAPABILITY as u8]);
        // Its id, nothing after it, its table's size, enable and function mask.
        self.put(MSIX_CAPABILITY, &[0x11, 0]);
        self.put(MSIX_CAPABILITY + 2, &(vectors - 1).to_le_bytes());
        self.allow(MSIX_CAPABILITY + 2, &0xc000_u16.to_le_bytes());
        self.put(MSIX_CAPABILITY + 4, &TABLE_BAR.to_le_bytes());
        let pending = PENDING_OFFSET | TABLE_BAR;
        self.put(MSIX_CAPABILITY + 8, &pending.to_le_bytes());
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn allow(&mut self, at: usize, bits: &[u8]) {
        self.writable[at..at + bits.len()].copy_from_slice(bits);
    }

    /// Reads; `false` if some of it lies outside.
    pub fn read(&self, offset: u64, bytes: &mut [u8]) -> bool {
        let mut inside = true;
        for (n, byte) in (0..).zip(bytes) {
            let known = place(offset, n).map(|at| &self.bytes[at]);
            inside &= known.is_some();
            *byte = known.copied().unwrap_or(0xff);
        }
        inside
    }

    /// Writes; `false` if some of it lies outside.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> bool {
        let mut inside = true;
        for (n, byte) in (0..).zip(bytes) {
            match place(offset, n) {
                Some(at) => {
                    let bits = self.writable[at];
                    self.bytes[at] = self.bytes[at] & !bits | byte & bits;
                }
                None => inside = false,
            }
        }
        inside
    }
}

/// Byte `n` from `offset` on, if it lies inside.
fn place(offset: u64, n: u64) -> Option<usize> {
    let at = usize::try_from(offset.checked_add(n)?).ok()?;
    (at < CONFIG_BYTES).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> ConfigSpace {
        ConfigSpace::new(Identity {
            id: (0x1b36, 0x0014),
            class: (0x08, 0x06, 0x00),
            register_bytes: 4096,
            vectors: 16,
        })
    }

    fn word(space: &ConfigSpace, at: u64) -> u32 {
        let mut bytes = [0; 4];
        assert!(space.read(at, &mut bytes));
        u32::from_le_bytes(bytes)
    }

    #[test]
    fn the_header_names_the_function() {
        let space = space();
        assert_eq!(word(&space, 0x00), 0x0014_1b36);
        assert_eq!(word(&space, 0x08), 0x0806_0000);
        assert_eq!(word(&space, 0x0c), 0, "a type 0 header, one function");
        assert_eq!(word(&space, 0x3c), 0, "no interrupt pin");
    }

    #[test]
    fn bars_tell_their_sizes() {
        let mut space = space();
        for bar in [0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x30] {
            assert!(space.write(bar, &[0xff; 4]));
        }
        assert_eq!(word(&space, 0x10), 0xffff_f004, "64 bits wide");
        assert_eq!(word(&space, 0x14), 0xffff_ffff);
        assert_eq!(word(&space, 0x18), 0xffff_f000);
        for bar in [0x1c, 0x20, 0x24, 0x30] {
            assert_eq!(word(&space, bar), 0, "nothing at {bar:#x}");
        }
    }

    #[test]
    fn msix_is_the_only_capability() {
        let mut space = space();
        assert_eq!(word(&space, 0x04) >> 20 & 1, 1);
        let at = u64::from(word(&space, 0x34));
        assert!(space.write(at, &[0xff; 12]));
        assert_eq!(word(&space, at), 0xc00f_0011);
        assert_eq!(word(&space, at + 4), 2);
        assert_eq!(word(&space, at + 8), 0x802);
        space.reset();
        assert_eq!(word(&space, at), 0x000f_0011);
    }

    #[test]
    fn identity_and_reserved_bits_stay() {
        let mut space = space();
        assert!(space.write(0, &[0xff; 16]));
        assert_eq!(word(&space, 0), 0x0014_1b36);
        assert_eq!(word(&space, 4), 0x0010_0546);
        assert_eq!(word(&space, 8), 0x0806_0000);
    }

    #[test]
    fn outside_there_are_ones() {
        let mut space = space();
        let mut bytes = [0; 4];
        assert!(!space.read(254, &mut bytes));
        assert_eq!(bytes, [0, 0, 0xff, 0xff]);
        assert!(!space.read(u64::MAX - 1, &mut bytes[..1]));
        assert!(!space.write(256, &[1]));
        // Nor does what begins at the end of all addresses go on at 0.
        assert!(!space.read(u64::MAX, &mut bytes));
        assert_eq!(bytes, [0xff; 4]);
        assert!(!space.write(u64::MAX - 4, &[0xff; 10]));
        assert_eq!(word(&space, 4), 0x0010_0000);
    }
}
