// SPDX-License-Identifier: Apache-2.0
//! Registers as the driver needs them.
//!
//! Accesses are futures, because a register may be on the far side of a
//! simulator. Where it is a plain load or store, implement [`Mmio`], wrap it in
//! [`Immediate`], and run each operation with [`now`]: nothing is ever pending
//! then, and no executor is needed.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

/// The register page of one IOMMU, access by access. A read is done before any
/// later access to memory: a queue's index is read before its entries.
pub trait Registers {
    /// Reads 4 bytes at a multiple of 4.
    fn read32(&mut self, offset: u64) -> impl Future<Output = u32>;
    /// Writes 4 bytes at a multiple of 4.
    fn write32(&mut self, offset: u64, value: u32) -> impl Future<Output = ()>;
    /// Awaited between two looks at a register that is about to change: lets
    /// time pass, or waits for the IOMMU's interrupt.
    fn pause(&mut self) -> impl Future<Output = ()>;

    /// Reads 8 bytes at a multiple of 8. Split into halves unless overridden.
    fn read64(&mut self, offset: u64) -> impl Future<Output = u64> {
        async move {
            let low = self.read32(offset).await;
            let high = self.read32(offset + 4).await;
            u64::from(high) << 32 | u64::from(low)
        }
    }

    /// Writes 8 bytes at a multiple of 8. Split into halves unless overridden,
    /// the high one first: what has side effects is in the low half.
    fn write64(&mut self, offset: u64, value: u64) -> impl Future<Output = ()> {
        async move {
            self.write32(offset + 4, (value >> 32) as u32).await;
            self.write32(offset, value as u32).await;
        }
    }
}

impl<R: Registers> Registers for &mut R {
    fn read32(&mut self, offset: u64) -> impl Future<Output = u32> {
        (**self).read32(offset)
    }
    fn write32(&mut self, offset: u64, value: u32) -> impl Future<Output = ()> {
        (**self).write32(offset, value)
    }
    fn pause(&mut self) -> impl Future<Output = ()> {
        (**self).pause()
    }
    fn read64(&mut self, offset: u64) -> impl Future<Output = u64> {
        (**self).read64(offset)
    }
    fn write64(&mut self, offset: u64, value: u64) -> impl Future<Output = ()> {
        (**self).write64(offset, value)
    }
}

/// Registers that answer at once, as memory-mapped ones do on metal.
pub trait Mmio {
    /// Reads 4 bytes at a multiple of 4.
    fn read32(&mut self, offset: u64) -> u32;
    /// Writes 4 bytes at a multiple of 4.
    fn write32(&mut self, offset: u64, value: u32);
}

/// Makes [`Registers`] of [`Mmio`].
///
/// ```
/// use sallyport_driver::{Immediate, Mmio, Registers, now};
///
/// struct Page([u32; 1024]);
/// impl Mmio for Page {
///     fn read32(&mut self, offset: u64) -> u32 {
///         self.0[offset as usize / 4]
///     }
///     fn write32(&mut self, offset: u64, value: u32) {
///         self.0[offset as usize / 4] = value;
///     }
/// }
///
/// let mut regs = Immediate(Page([0; 1024]));
/// now(regs.write64(0x10, 0x1_0000_0002)).unwrap();
/// assert_eq!(now(regs.read32(0x14)), Some(1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Immediate<T>(
    /// The registers.
    pub T,
);

impl<T: Mmio> Registers for Immediate<T> {
    async fn read32(&mut self, offset: u64) -> u32 {
        self.0.read32(offset)
    }
    async fn write32(&mut self, offset: u64, value: u32) {
        self.0.write32(offset, value);
    }
    async fn pause(&mut self) {
        core::hint::spin_loop();
    }
}

/// Runs a future that is ready at once, as those over [`Immediate`] registers
/// are; `None` if it is pending, in which case it is dropped.
pub fn now<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Looks at `register` until `done` holds, at most `polls` times.
pub(crate) async fn poll32<R: Registers>(
    regs: &mut R,
    register: u64,
    polls: u32,
    done: impl Fn(u32) -> bool,
) -> Option<u32> {
    for _ in 0..polls {
        let value = regs.read32(register).await;
        if done(value) {
            return Some(value);
        }
        regs.pause().await;
    }
    None
}
