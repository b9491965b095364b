// SPDX-License-Identifier: Apache-2.0
//! PCIe functions, for devices that care for packets.

use super::host::Host;
use crate::hardware::{Bus, Outgoing, PcieSystem};
use sallyport_formats::DeviceId;
use sallyport_tlp::{Answer, Endpoint, Limits, RoutingId, Tag, Tlp};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::sync::{mpsc, oneshot};

/// A PCIe function behind the root port; clones are handles to the same.
///
/// All functions share the link. Packets are sent in the order in which they were
/// submitted, but that those which want an answer wait while the IOMMU has no room,
/// and writes and messages then go ahead of them.
#[derive(Clone, Debug)]
pub struct Function {
    host: Host,
    device: DeviceId,
}

/// Messages to a function, as they come.
#[derive(Debug)]
pub struct Mailbox(mpsc::UnboundedReceiver<Tlp>);

impl Mailbox {
    /// The next message.
    pub async fn next(&mut self) -> Tlp {
        match self.0.recv().await {
            Some(tlp) => tlp,
            // Somebody else reads them now, or the bench is gone.
            None => std::future::pending().await,
        }
    }

    /// The next message, if it is there already.
    pub fn try_next(&mut self) -> Option<Tlp> {
        self.0.try_recv().ok()
    }
}

/// A request under way: to be awaited for its answer.
#[derive(Debug)]
pub struct Pending(oneshot::Receiver<Answer>);

impl Future for Pending {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        match Pin::new(&mut self.0).poll(context) {
            Poll::Ready(Ok(answer)) => Poll::Ready(answer),
            // If the bench is gone, there will be none.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl Function {
    pub(super) fn of(host: &Host, device: DeviceId) -> Option<Self> {
        (host.bus() == Bus::Pcie).then(|| Self {
            host: host.clone(),
            device,
        })
    }

    /// Bus, device and function.
    #[must_use]
    pub fn id(&self) -> RoutingId {
        RoutingId::of_device(self.device).0
    }

    /// The segment that it is in.
    #[must_use]
    pub fn segment(&self) -> u8 {
        RoutingId::of_device(self.device).1
    }

    /// The device_id that the IOMMU knows it by.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// The rest of the system.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// What software has configured it with.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        super::functions::LIMITS
    }

    /// Sends a packet that nobody answers, in its segment.
    ///
    /// # Panics
    /// If a value does not fit its field: see [`Tlp::emit`].
    pub fn send(&self, tlp: &Tlp) {
        self.send_raw(self.packet(tlp));
    }

    /// Sends whatever it is.
    pub fn send_raw(&self, packet: Outgoing) {
        self.with_link(|system| system.link().send(packet));
    }

    /// The packet as it crosses the port.
    ///
    /// # Panics
    /// As [`Self::send`].
    #[must_use]
    pub fn packet(&self, tlp: &Tlp) -> Outgoing {
        Outgoing::new(self.segment(), tlp)
            .unwrap_or_else(|error| panic!("{}: {error}", self.device))
    }

    /// Sends a request, as soon as a tag is free, and gives what to await for its
    /// answer.
    ///
    /// # Panics
    /// As [`Self::send`].
    pub async fn submit(&self, make: impl FnOnce(&mut Endpoint) -> (Tag, Tlp)) -> Pending {
        self.submit_raw(|endpoint| {
            let (tag, tlp) = make(endpoint);
            (tag, self.packet(&tlp))
        })
        .await
    }

    /// The same with whatever one makes of the packet.
    pub async fn submit_raw(&self, make: impl FnOnce(&mut Endpoint) -> (Tag, Outgoing)) -> Pending {
        let tags = {
            let mut events = self.host.shared().events.borrow_mut();
            events.functions.slot(self.device).tags.clone()
        };
        if let Ok(permit) = tags.acquire().await {
            // It is given back when the answer comes.
            permit.forget();
        }
        let (done, packet) = {
            let mut events = self.host.shared().events.borrow_mut();
            let slot = events.functions.slot(self.device);
            let (tag, packet) = make(&mut slot.endpoint);
            (slot.answer(tag), packet)
        };
        self.send_raw(packet);
        Pending(done)
    }

    /// What `answer` is, if it comes within so many clocks: the completion time-out
    /// of a function.
    pub async fn within(&self, clocks: u64, mut answer: Pending) -> Option<Answer> {
        let mut late = pin!(self.host.clocks(clocks));
        poll_fn(move |context| {
            if let Poll::Ready(answer) = Pin::new(&mut answer).poll(context) {
                return Poll::Ready(Some(answer));
            }
            late.as_mut().poll(context).map(|()| None)
        })
        .await
    }

    /// Messages to this function from now on; whoever had them no longer gets any.
    #[must_use]
    pub fn messages(&self) -> Mailbox {
        let mut events = self.host.shared().events.borrow_mut();
        Mailbox(events.functions.slot(self.device).messages())
    }

    /// Completions that came to it and that it had not asked for.
    #[must_use]
    pub fn unexpected(&self) -> u64 {
        let mut events = self.host.shared().events.borrow_mut();
        events.functions.slot(self.device).unexpected
    }

    /// Packets so far that came down the link to functions that do not exist.
    #[must_use]
    pub fn strays(&self) -> u64 {
        self.host.shared().events.borrow().functions.strays()
    }

    /// From now on nothing that comes down the link is taken, or it is again.
    pub fn hold_link(&self, hold: bool) {
        self.with_link(|system| system.link().stall(hold));
    }

    /// Malformed packets, packets that the IOMMU does not serve, and poisoned
    /// writes, since reset; of all functions.
    #[must_use]
    pub fn refusals(&self) -> [u16; 3] {
        self.with_link(|system| system.refusals())
    }

    fn with_link<T>(&self, look: impl FnOnce(&mut PcieSystem) -> T) -> T {
        self.host
            .with_system(|system| system.pcie().map(look))
            .expect("a function is on PCI Express")
    }
}
