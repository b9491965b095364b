// SPDX-License-Identifier: Apache-2.0
//! Which parts of physical memory are the client's.

use super::Function;
use crate::ram::Ram;
use sallyport_bench::Host;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::Spa;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was mapped, by function and address. Both functions reach the same memory, so
/// it is enough that one of them has it.
#[derive(Debug, Default)]
pub(super) struct Windows(BTreeMap<(Function, u64), Arc<Ram>>);

impl Windows {
    pub fn map(&mut self, function: Function, address: u64, ram: Arc<Ram>) {
        self.0.insert((function, address), ram);
    }

    /// Forgets what lies in the range.
    pub fn unmap(&mut self, function: Function, start: u64, bytes: u64) {
        let end = start.saturating_add(bytes);
        self.0.retain(|(owner, address), ram| {
            *owner != function || *address < start || address.saturating_add(ram.len()) > end
        });
    }

    /// Lays the windows anew; where there is none, the bus answers with DECERR.
    pub fn lay(&self, host: &Host) {
        host.with_system(|system| {
            let memory = system.memory_mut();
            memory.clear_windows();
            let nothing = Attributes::error(Resp::DecErr);
            memory.set_attributes(Spa::new(0)..Spa::new(u64::MAX), nothing);
            for ((_, address), ram) in &self.0 {
                let end = address.saturating_add(ram.len());
                let range = Spa::new(*address)..Spa::new(end);
                // The other function has brought it before.
                if memory.lay_window(range.clone(), ram.clone()).is_ok() {
                    memory.set_attributes(range, Attributes::NORMAL);
                }
            }
        });
        super::interrupts::open(host);
    }
}
