// SPDX-License-Identifier: Apache-2.0
//! The golden model as a target.

use std::ops::Range;

use sallyport_formats::Spa;
use sallyport_model::{AccessSize, Iommu, Request, SparseMemory};

use crate::target::{Reply, Target, TargetError};

impl Target for Iommu<SparseMemory> {
    fn reset(&mut self) -> Result<(), TargetError> {
        *self = Iommu::new(*self.design(), SparseMemory::new());
        Ok(())
    }

    fn can_express(&self, _request: &Request) -> bool {
        true
    }

    fn set_error_ranges(
        &mut self,
        access_fault: &[Range<Spa>],
        poison: &[Range<Spa>],
    ) -> Result<(), TargetError> {
        self.memory_mut().set_access_faults(access_fault);
        self.memory_mut().set_poison(poison);
        Ok(())
    }

    fn read_memory(&mut self, address: Spa, data: &mut [u8]) -> Result<(), TargetError> {
        self.memory().peek(address, data);
        Ok(())
    }

    fn write_memory(&mut self, address: Spa, data: &[u8]) -> Result<(), TargetError> {
        self.memory_mut().poke(address, data);
        Ok(())
    }

    fn read_register(&mut self, offset: u64, size: AccessSize) -> Result<u64, TargetError> {
        Ok(Iommu::read_register(self, offset, size))
    }

    fn write_register(
        &mut self,
        offset: u64,
        size: AccessSize,
        value: u64,
    ) -> Result<(), TargetError> {
        Iommu::write_register(self, offset, size, value);
        Ok(())
    }

    fn translate(&mut self, request: &Request) -> Result<Reply, TargetError> {
        Ok(Reply::Answer(self.request(request).answer.into()))
    }

    fn idle(&mut self) -> Result<(), TargetError> {
        Ok(())
    }
}
