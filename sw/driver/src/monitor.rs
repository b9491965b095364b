// SPDX-License-Identifier: Apache-2.0
//! The performance monitor ("Performance-monitoring event counters").

use sallyport_formats::constants as c;
use sallyport_formats::regs::{Iocount, Iohpmcycles, Iohpmevt, iohpmctr, iohpmevt};

use crate::Error;
use crate::iommu::Iommu;
use crate::registers::Registers;

impl<R: Registers> Iommu<R> {
    /// How many event counters there are, 0 to 31. All counters stand still
    /// while that is found out, and go on as before.
    pub async fn counters(&mut self) -> u32 {
        if !self.caps.hpm {
            return 0;
        }
        let before = self.regs.read32(c::REG_IOCOUNTINH).await;
        self.regs.write32(c::REG_IOCOUNTINH, u32::MAX).await;
        let all = Iocount::parse(self.regs.read32(c::REG_IOCOUNTINH).await);
        self.regs.write32(c::REG_IOCOUNTINH, before).await;
        all.hpm.trailing_ones()
    }

    /// Has counter `n` (1 to 31) count an event from `start` on. It stands
    /// still while it is set up; an overflow of before is forgotten, and the
    /// next one gives an interrupt unless `selector.of` is set.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is no such counter or event.
    pub async fn count(&mut self, n: u32, selector: Iohpmevt, start: u64) -> Result<(), Error> {
        if n == 0 || n > self.counters().await {
            return Err(Error::Unsupported("this event counter"));
        }
        let (counter, event) = (iohpmctr(n.into()), iohpmevt(n.into()));
        let running = self.regs.read32(c::REG_IOCOUNTINH).await & !(1 << n);
        self.regs.write32(c::REG_IOCOUNTINH, running | 1 << n).await;
        self.regs.write64(counter, start).await;
        self.regs.write64(event, selector.emit()).await;
        let taken = Iohpmevt::parse(self.regs.read64(event).await);
        if taken.event_id != selector.event_id {
            return Err(Error::Unsupported("this event"));
        }
        self.regs.write32(c::REG_IOCOUNTINH, running).await;
        Ok(())
    }

    /// What counter `n` (1 to 31) has counted.
    pub async fn counted(&mut self, n: u32) -> u64 {
        self.regs.read64(iohpmctr(n.clamp(1, 31).into())).await
    }

    /// The clocks that the IOMMU has counted, 63 bits, and whether they have
    /// overflowed.
    pub async fn cycles(&mut self) -> Iohpmcycles {
        Iohpmcycles::parse(self.regs.read64(c::REG_IOHPMCYCLES).await)
    }

    /// Sets the cycles counter; with `value.of` it overflows without an
    /// interrupt.
    pub async fn set_cycles(&mut self, value: Iohpmcycles) {
        self.regs.write64(c::REG_IOHPMCYCLES, value.emit()).await;
    }

    /// Stops the counters whose bit is set, and lets the others count: one
    /// write, so that they can be read as of one moment.
    pub async fn inhibit(&mut self, counters: Iocount) {
        self.regs.write32(c::REG_IOCOUNTINH, counters.emit()).await;
    }

    /// The counters that have overflowed, for whoever handles
    /// `ipsr.pmip`.
    pub async fn overflowed(&mut self) -> Iocount {
        Iocount::parse(self.regs.read32(c::REG_IOCOUNTOVF).await)
    }
}
