// SPDX-License-Identifier: Apache-2.0
//! What tests and devices need, in one `use`.
//!
//! ```
//! use sallyport_harness::prelude::*;
//! ```

pub use crate::{Ctx, Failure, Test, system_test};
pub use sallyport_bench::{
    AccessSize, Attached, Build, Bus, Counters, Device, DeviceBus, Dma, DmaError, Doorbell,
    Function, Host, Refusal, Seed, SystemConfig, Task,
};
pub use sallyport_bus::{Clock, Resp};
pub use sallyport_formats::{DeviceId, FaultRecord, Iova, PAGE_SIZE, ProcessId, Spa, constants};
pub use sallyport_os::{AddressSpace, Buffer, FaultWatch, Os, OsConfig, OsError, Policy};
