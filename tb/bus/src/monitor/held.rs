// SPDX-License-Identifier: Apache-2.0
//! Valid holds, with a stable payload, until ready.

use super::Rule;

/// What a channel owes: the payload that was offered and not accepted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<T>(Option<T>);

/// What a channel does in a clock.
pub(super) struct Seen {
    /// A payload is offered for the first time.
    pub fresh: bool,
    /// It is accepted.
    pub handshake: bool,
    /// The breach of stability.
    pub broken: Option<Rule>,
}

impl<T: Copy + PartialEq> Held<T> {
    pub const fn new() -> Self {
        Self(None)
    }

    pub const fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// The channel owes nothing any more.
    pub const fn release(&mut self) {
        self.0 = None;
    }

    pub fn see(&mut self, valid: bool, ready: bool, payload: &T) -> Seen {
        let before = self.0.take();
        let broken = match before {
            Some(_) if !valid => Some(Rule::ValidDropped),
            Some(old) if old != *payload => Some(Rule::PayloadChanged),
            _ => None,
        };
        self.0 = (valid && !ready).then_some(*payload);
        Seen {
            fresh: valid && (before.is_none() || broken.is_some()),
            handshake: valid && ready,
            broken,
        }
    }
}
