// SPDX-License-Identifier: Apache-2.0
//! A kernel without processor and QEMU: what a client of vfio-user does when it boots,
//! step by step, with the project's own driver.

mod clients;
mod controller;
mod iommu;
mod machine;
mod nvme;
mod paging;
