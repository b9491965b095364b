// SPDX-License-Identifier: Apache-2.0
//! A PCI function over vfio-user: configuration space, BARs, interrupts.

mod backend;
mod config_space;
mod regions;
mod socket;
mod vectors;

pub(crate) use backend::Backend;
pub(crate) use config_space::Identity;
pub(crate) use socket::Socket;
pub(crate) use vectors::Vectors;
