// SPDX-License-Identifier: Apache-2.0
//! Rules that a well-formed packet can still break; who receives one that does
//! treats it as malformed.

use crate::{Body, Tlp, ViolatedRule};

impl Tlp {
    /// Checks the rules of lengths, boundaries and byte enables.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), ViolatedRule> {
        match &self.body {
            Body::MemoryRead(read) => {
                crosses(read.address, usize::from(read.dwords) * 4)?;
                byte_enables(read.address, read.dwords, read.first_be, read.last_be)
            }
            Body::MemoryWrite(write) => {
                crosses(write.address, write.payload.len())?;
                let dwords = (write.payload.len() / 4) as u16;
                byte_enables(write.address, dwords, write.first_be, write.last_be)
            }
            Body::AtomicOp(atomic) => {
                let operand = atomic.operand_bytes().max(1) as u64;
                if !atomic.address.is_multiple_of(operand) {
                    return Err(ViolatedRule::AtomicAlignment);
                }
                Ok(())
            }
            Body::TranslationRequest(request) => {
                if !request.dwords.is_multiple_of(2) {
                    return Err(ViolatedRule::TranslationLength(request.dwords));
                }
                Ok(())
            }
            Body::Completion(completion) => {
                let held = completion.payload.len();
                let owed =
                    usize::from(completion.lower_address & 3) + usize::from(completion.byte_count);
                if held != 0 && held > owed.next_multiple_of(4) {
                    return Err(ViolatedRule::ByteCount {
                        dwords: (held / 4) as u16,
                        byte_count: completion.byte_count,
                    });
                }
                Ok(())
            }
            Body::Message(_) => Ok(()),
        }
    }
}

fn crosses(address: u64, bytes: usize) -> Result<(), ViolatedRule> {
    if (address & 0xfff) as usize + bytes > 0x1000 {
        Err(ViolatedRule::Crosses4KiB)
    } else {
        Ok(())
    }
}

/// Section "First/Last DW Byte Enables Rules".
fn byte_enables(address: u64, dwords: u16, first: u8, last: u8) -> Result<(), ViolatedRule> {
    let legal = match dwords {
        1 => last == 0,
        // Two doublewords of one quadword may have gaps.
        2 if address.is_multiple_of(8) => first != 0 && last != 0,
        _ => matches!(first, 0xf | 0xe | 0xc | 0x8) && matches!(last, 0xf | 0x7 | 0x3 | 0x1),
    };
    if legal {
        Ok(())
    } else {
        Err(ViolatedRule::ByteEnables {
            first,
            last,
            dwords,
        })
    }
}
