// SPDX-License-Identifier: Apache-2.0
//! What came over the link, and for which function.

use crate::hardware::{Incoming, TlpPort};
use sallyport_formats::DeviceId;
use sallyport_tlp::{
    Answer, Body, Completion, Endpoint, Limits, Message, RoutingId, Tag, Tlp, UnexpectedCompletion,
};
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// What software has configured every function with.
pub const LIMITS: Limits = Limits {
    payload: 256,
    read: 512,
    boundary: 64,
    tags: 256,
};

/// A function, and who waits for its answers.
#[derive(Debug)]
pub struct Slot {
    pub endpoint: Endpoint,
    /// One permit for each tag that is free.
    pub tags: Rc<Semaphore>,
    answers: BTreeMap<Tag, oneshot::Sender<Answer>>,
    messages: Option<mpsc::UnboundedSender<Tlp>>,
    /// Completions that nobody was waiting for.
    pub unexpected: u64,
}

impl Slot {
    fn new(device: DeviceId) -> Self {
        let (id, _) = RoutingId::of_device(device);
        Self {
            endpoint: Endpoint::new(id, LIMITS),
            tags: Rc::new(Semaphore::new(LIMITS.tags.into())),
            answers: BTreeMap::new(),
            messages: None,
            unexpected: 0,
        }
    }

    /// Whoever wants to know what comes of a request.
    pub fn answer(&mut self, tag: Tag) -> oneshot::Receiver<Answer> {
        let (sender, receiver) = oneshot::channel();
        self.answers.insert(tag, sender);
        receiver
    }

    /// Messages to the function, from now on.
    pub fn messages(&mut self) -> mpsc::UnboundedReceiver<Tlp> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.messages = Some(sender);
        receiver
    }
}

/// All functions behind the root port, by device_id.
#[derive(Debug, Default)]
pub struct Functions {
    slots: BTreeMap<DeviceId, Slot>,
    complaints: Vec<String>,
    /// Packets to functions that there are none of, or that take no messages.
    strays: u64,
}

impl Functions {
    /// One of them; it is there from when it is first asked for.
    pub fn slot(&mut self, device: DeviceId) -> &mut Slot {
        self.slots
            .entry(device)
            .or_insert_with(|| Slot::new(device))
    }

    /// Rules of PCI Express that completions have broken, a line each.
    pub fn complaints(&self) -> impl Iterator<Item = String> {
        self.complaints.iter().cloned()
    }

    /// Packets that nobody wanted.
    pub const fn strays(&self) -> u64 {
        self.strays
    }

    /// Hands out what came in the clock that has just run.
    pub fn dispatch(&mut self, link: &mut TlpPort) {
        while let Some(incoming) = link.receive() {
            match &incoming.tlp.body {
                Body::Completion(completion) => self.complete(&incoming, completion),
                Body::Message(message) => {
                    let target = target(*message);
                    self.deliver(target.map(|id| id.device_id(incoming.segment)), incoming);
                }
                _ => self.strays += 1,
            }
        }
    }

    fn complete(&mut self, incoming: &Incoming, completion: &Completion) {
        let device = completion.requester.device_id(incoming.segment);
        let Some(slot) = self.slots.get_mut(&device) else {
            self.strays += 1;
            return;
        };
        match slot.endpoint.complete(completion) {
            Ok(Some((tag, answer))) => {
                slot.tags.add_permits(1);
                if let Some(sender) = slot.answers.remove(&tag) {
                    // Whoever asked may have lost patience.
                    let _ = sender.send(answer);
                }
            }
            Ok(None) => {}
            // Others can ask in its name.
            Err(UnexpectedCompletion::Unasked(_)) => slot.unexpected += 1,
            Err(error) => self.complaints.push(format!("{}: {error}", incoming.clock)),
        }
    }

    fn deliver(&mut self, device: Option<DeviceId>, incoming: Incoming) {
        let slot = device.and_then(|device| self.slots.get(&device));
        let sender = slot.and_then(|slot| slot.messages.as_ref());
        if sender.is_none_or(|sender| sender.send(incoming.tlp).is_err()) {
            self.strays += 1;
        }
    }
}

/// Whom a message is for.
const fn target(message: Message) -> Option<RoutingId> {
    match message {
        Message::InvalidateRequest { target, .. }
        | Message::InvalidateCompletion { target, .. }
        | Message::PageGroupResponse { target, .. } => Some(target),
        Message::PageRequest { .. } => None,
    }
}
