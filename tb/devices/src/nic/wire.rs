// SPDX-License-Identifier: Apache-2.0
//! The wire's end.

use super::Stamp;
use std::cell::RefCell;
use std::collections::VecDeque;
use tokio::sync::Notify;

/// A frame on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireFrame {
    /// When it was seen, and its length and link type.
    pub stamp: Stamp,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// Two lossless queues: a frame waits until the NIC has descriptors for it.
#[derive(Debug, Default)]
pub struct Wire {
    incoming: RefCell<VecDeque<WireFrame>>,
    arrived: Notify,
    outgoing: RefCell<VecDeque<WireFrame>>,
}

impl Wire {
    /// Sends a frame to the NIC.
    pub fn send(&self, frame: WireFrame) {
        self.incoming.borrow_mut().push_back(frame);
        self.arrived.notify_one();
    }

    /// Frames that the NIC has not begun to receive.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.incoming.borrow().len()
    }

    /// Takes the oldest frame that the NIC has transmitted.
    pub fn take_transmitted(&self) -> Option<WireFrame> {
        self.outgoing.borrow_mut().pop_front()
    }

    pub(super) async fn receive(&self) -> WireFrame {
        loop {
            if let Some(frame) = self.incoming.borrow_mut().pop_front() {
                return frame;
            }
            self.arrived.notified().await;
        }
    }

    pub(super) fn transmit(&self, frame: WireFrame) {
        self.outgoing.borrow_mut().push_back(frame);
    }
}
