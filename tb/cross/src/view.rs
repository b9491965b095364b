// SPDX-License-Identifier: Apache-2.0
//! The bench's memory as the golden model sees it.

use sallyport_bus::Memory as BusMemory;
use sallyport_formats::Spa;
use sallyport_model::{Memory, MemoryError};

/// Memory with its errors, and no time passing.
pub struct View<'a>(pub &'a BusMemory);

impl Memory for View<'_> {
    fn read(&self, address: Spa, data: &mut [u8]) -> Result<(), MemoryError> {
        let words = (0..data.len() as u64).step_by(8);
        let mut poison = false;
        for n in words {
            let attributes = self.0.attributes(Spa::new(address.raw().wrapping_add(n)));
            if attributes.read.is_error() {
                return Err(MemoryError::AccessFault(address));
            }
            poison |= attributes.poison;
        }
        if poison {
            return Err(MemoryError::Poison(address));
        }
        self.0.read(address, data);
        Ok(())
    }

    fn supports_atomic_update(&self, address: Spa) -> bool {
        let attributes = self.0.attributes(address);
        attributes.exclusive && !attributes.write.is_error()
    }
}
