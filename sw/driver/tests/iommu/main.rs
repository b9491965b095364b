// SPDX-License-Identifier: Apache-2.0
//! The driver against a register file that only plays along.

mod queues;
mod start;
mod tables;

use sallyport_driver::fake::{FakeMemory, FakeRegisters};
use sallyport_driver::{Config, Error, Immediate, Iommu, now};

type Fake = Immediate<FakeRegisters>;

fn start(regs: FakeRegisters, mem: &FakeMemory, config: &Config<'_>) -> Result<Iommu<Fake>, Error> {
    now(Iommu::start(
        Immediate(regs.with_memory(mem)),
        &mut mem.clone(),
        config,
    ))
    .expect("the fake is never pending")
}

fn started(mem: &FakeMemory) -> Iommu<Fake> {
    start(FakeRegisters::new(), mem, &Config::default()).expect("it starts")
}
