// SPDX-License-Identifier: Apache-2.0
//! Which transaction a beat of `s_axi` or `m_axi` belongs to.

use std::collections::{BTreeMap, VecDeque};

use sallyport_bus::{DeviceUser, Resp};
use sallyport_formats::{DeviceId, Iova, ProcessId};
use sallyport_sim::{AxPins, ManagerPins, RequestPins, SubordinatePins};

use crate::transaction::{Access, Kind, Request};

/// Transactions that wait for a response, by ID, oldest first.
pub(super) type Waiting = BTreeMap<u8, VecDeque<u64>>;

/// A transaction is over as far as its device is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over {
    pub(super) transaction: u64,
    pub(super) response: Resp,
}

/// The devices' port.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// When the address that is offered now was first.
    ar_since: Option<u64>,
    aw_since: Option<u64>,
    /// When the request that is offered now was first, on the core's port.
    request_since: Option<u64>,
    pub(super) reads: Waiting,
    pub(super) writes: Waiting,
    /// Writes that have not left, in the order of their arrival.
    pub(super) leaving: VecDeque<u64>,
}

impl Ports {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Accepted addresses: when first offered, whether a write, and the pins.
    pub(super) fn accepted(
        &mut self,
        now: u64,
        m: &ManagerPins,
        s: &SubordinatePins,
    ) -> impl Iterator<Item = (u64, bool, AxPins)> + use<> {
        let read = handshake(&mut self.ar_since, now, m.ar.valid, s.ar_ready);
        let write = handshake(&mut self.aw_since, now, m.aw.valid, s.aw_ready);
        let (ar, aw) = (m.ar, m.aw);
        read.map(|since| (since, false, ar))
            .into_iter()
            .chain(write.map(|since| (since, true, aw)))
    }

    /// The request of the core's port, if it is accepted: when first offered.
    pub(super) fn request(&mut self, now: u64, request: &RequestPins, ready: bool) -> Option<u64> {
        handshake(&mut self.request_since, now, request.valid, ready)
    }

    /// Responses that ended a transaction in this clock.
    pub(super) fn responses(&mut self, m: &ManagerPins, s: &SubordinatePins) -> Vec<Over> {
        let mut over = Vec::new();
        if s.r.valid && m.r_ready && s.r.last {
            over.extend(end(&mut self.reads, s.r.id, s.r.resp));
        }
        if s.b.valid && m.b_ready {
            over.extend(end(&mut self.writes, s.b.id, s.b.resp));
        }
        over
    }
}

fn end(waiting: &mut Waiting, id: u8, resp: u8) -> Option<Over> {
    let transaction = waiting.get_mut(&id)?.pop_front()?;
    Some(Over {
        transaction,
        response: Resp::from_bits(resp),
    })
}

/// When the payload that is accepted now was first offered.
fn handshake(since: &mut Option<u64>, now: u64, valid: bool, ready: bool) -> Option<u64> {
    if !valid {
        *since = None;
        return None;
    }
    let first = *since.get_or_insert(now);
    if ready {
        *since = None;
        return Some(first);
    }
    None
}

/// The request that a burst makes.
pub(super) fn burst_request(write: bool, ax: &AxPins) -> Request {
    let user = DeviceUser::from_bits(ax.user);
    let access = match (write, ax.prot & 4 != 0) {
        (true, _) => Access::Write,
        (false, true) => Access::Execute,
        (false, false) => Access::Read,
    };
    Request {
        device_id: user.device,
        process_id: user.process,
        privileged: ax.prot & 1 != 0,
        kind: Kind::from_code(user.kind),
        access,
        iova: Iova::new(ax.addr),
        length: Some((u32::from(ax.len) + 1) << (ax.size & 7)),
        axi_id: Some(ax.id),
    }
}

/// The request on the core's port.
pub(super) fn core_request(pins: &RequestPins) -> Request {
    Request {
        device_id: DeviceId::truncate(pins.device_id.into()),
        process_id: pins.pv.then(|| ProcessId::truncate(pins.process_id.into())),
        privileged: pins.privileged,
        kind: Kind::from_code(pins.ttype),
        access: match pins.access {
            0 => Access::Read,
            2 => Access::Execute,
            _ => Access::Write,
        },
        iova: Iova::new(pins.iova),
        length: None,
        axi_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_sim::RPins;

    #[test]
    fn the_last_beat_ends_a_read_when_it_is_taken() {
        let mut ports = Ports::default();
        ports.reads.insert(2, [10].into());
        let r = RPins {
            valid: true,
            id: 2,
            last: true,
            resp: 2,
            ..RPins::default()
        };
        let offered = SubordinatePins {
            r,
            ..SubordinatePins::default()
        };
        let ready = ManagerPins {
            r_ready: true,
            ..ManagerPins::default()
        };
        assert_eq!(ports.responses(&ManagerPins::default(), &offered), []);
        let taken = Over {
            transaction: 10,
            response: Resp::SlvErr,
        };
        assert_eq!(ports.responses(&ready, &offered), [taken]);
        assert_eq!(ports.responses(&ready, &offered), []);
    }

    #[test]
    fn an_offer_counts_from_its_first_clock() {
        let mut ports = Ports::default();
        let request = RequestPins {
            valid: true,
            ..RequestPins::default()
        };
        assert_eq!(ports.request(3, &request, false), None);
        assert_eq!(ports.request(5, &request, true), Some(3));
        assert_eq!(ports.request(6, &request, true), Some(6));
    }
}
