// SPDX-License-Identifier: Apache-2.0
//! The driver's way to the registers.

use super::cpu::{Cpu, RegisterError};
use sallyport_driver::Registers;

/// Clocks between two looks at a register.
const PAUSE: u64 = 16;

/// The driver knows no bus errors, as a processor would take an exception.
///
/// # Panics
/// If an access is answered with an error.
impl Registers for Cpu {
    async fn read32(&mut self, offset: u64) -> u32 {
        expect(Self::read32(self, offset).await)
    }

    async fn write32(&mut self, offset: u64, value: u32) {
        expect(Self::write32(self, offset, value).await);
    }

    async fn read64(&mut self, offset: u64) -> u64 {
        expect(Self::read64(self, offset).await)
    }

    async fn write64(&mut self, offset: u64, value: u64) {
        expect(Self::write64(self, offset, value).await);
    }

    async fn pause(&mut self) {
        self.host().clocks(PAUSE).await;
    }
}

fn expect<T>(result: Result<T, RegisterError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
