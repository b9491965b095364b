// SPDX-License-Identifier: Apache-2.0
//! The exclusive monitor.

use crate::PortId;

/// Reservations that exclusive reads have made, one for each (port, id).
#[derive(Clone, Debug, Default)]
pub(super) struct Reservations {
    standing: Vec<Reservation>,
    /// Where the last one that was claimed began, and what its read had seen.
    claimed: Option<(u64, Vec<u8>)>,
}

#[derive(Clone, Debug)]
struct Reservation {
    port: PortId,
    id: u8,
    start: u64,
    end: u64,
    /// What the read has got, where it matters.
    seen: Vec<u8>,
}

impl Reservations {
    /// An exclusive read of `len` bytes: replaces the reservation of this id.
    pub fn make(&mut self, port: PortId, id: u8, start: u64, len: u64, seen: &[u8]) {
        self.standing.retain(|r| (r.port, r.id) != (port, id));
        let end = start.saturating_add(len);
        self.standing.push(Reservation {
            port,
            id,
            start,
            end,
            seen: seen.to_vec(),
        });
    }

    /// An exclusive write asks whether its reservation still stands, and uses
    /// it up.
    pub fn claim(&mut self, port: PortId, id: u8, start: u64, len: u64) -> bool {
        let end = start.saturating_add(len);
        let place = self
            .standing
            .iter()
            .position(|r| (r.port, r.id, r.start, r.end) == (port, id, start, end));
        self.claimed = place.map(|place| (start, self.standing.remove(place).seen));
        self.claimed.is_some()
    }

    /// What the read of the reservation that was claimed last had seen, and from where.
    pub const fn take_claimed(&mut self) -> Option<(u64, Vec<u8>)> {
        self.claimed.take()
    }

    /// A write to `len` bytes ends the reservations that it touches.
    pub fn break_at(&mut self, start: u64, len: u64) {
        if !self.standing.is_empty() {
            let end = start.saturating_add(len);
            self.standing.retain(|r| r.end <= start || r.start >= end);
        }
    }

    /// Ends all reservations.
    pub fn clear(&mut self) {
        self.standing.clear();
    }
}
