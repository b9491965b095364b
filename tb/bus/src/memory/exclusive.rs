// SPDX-License-Identifier: Apache-2.0
//! The exclusive monitor.

use crate::PortId;

/// Reservations that exclusive reads have made, one for each (port, id).
#[derive(Clone, Debug, Default)]
pub(super) struct Reservations(Vec<Reservation>);

#[derive(Clone, Copy, Debug)]
struct Reservation {
    port: PortId,
    id: u8,
    start: u64,
    end: u64,
}

impl Reservations {
    /// An exclusive read of `len` bytes: replaces the reservation of this id.
    pub fn make(&mut self, port: PortId, id: u8, start: u64, len: u64) {
        self.0.retain(|r| (r.port, r.id) != (port, id));
        let end = start.saturating_add(len);
        self.0.push(Reservation {
            port,
            id,
            start,
            end,
        });
    }

    /// An exclusive write asks whether its reservation still stands, and uses
    /// it up.
    pub fn claim(&mut self, port: PortId, id: u8, start: u64, len: u64) -> bool {
        let before = self.0.len();
        let end = start.saturating_add(len);
        self.0
            .retain(|r| (r.port, r.id, r.start, r.end) != (port, id, start, end));
        self.0.len() != before
    }

    /// A write to `len` bytes ends the reservations that it touches.
    pub fn break_at(&mut self, start: u64, len: u64) {
        if !self.0.is_empty() {
            let end = start.saturating_add(len);
            self.0.retain(|r| r.end <= start || r.start >= end);
        }
    }

    /// Ends all reservations.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
