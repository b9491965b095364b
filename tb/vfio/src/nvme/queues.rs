// SPDX-License-Identifier: Apache-2.0
//! Submission and completion queues.

use super::command::{COMMAND_BYTES, COMPLETION_BYTES};
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::{Mutex, Notify};

/// A submission queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Submission {
    base: u64,
    entries: u32,
    /// The next command to be fetched.
    pub head: u32,
    tail: u32,
    /// Where its commands are completed.
    pub completion: u16,
    /// Commands that were fetched and have not ended.
    pub under_way: u32,
}

impl Submission {
    pub const fn new(base: u64, entries: u32, completion: u16) -> Self {
        Self {
            base,
            entries,
            head: 0,
            tail: 0,
            completion,
            under_way: 0,
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.head == self.tail
    }

    /// Takes the next command: its address.
    pub fn take(&mut self) -> u64 {
        let at = self.base.wrapping_add(u64::from(self.head) * COMMAND_BYTES);
        self.head = (self.head + 1) % self.entries;
        self.under_way += 1;
        at
    }

    /// No more commands are taken.
    pub const fn close(&mut self) {
        self.tail = self.head;
    }

    /// The doorbell: `false` if there is no such entry.
    pub fn ring(&mut self, tail: u32) -> bool {
        let known = tail < self.entries;
        if known {
            self.tail = tail;
        }
        known
    }
}

/// A completion queue.
#[derive(Clone, Debug)]
pub(super) struct Completion {
    base: u64,
    entries: u32,
    head: u32,
    tail: u32,
    /// The phase of entries written now.
    phase: bool,
    /// The vector that fires, if any.
    pub vector: Option<u16>,
    /// Entries are written one after the other.
    pub turn: Rc<Mutex<()>>,
    /// Rung when there is room again.
    pub room: Rc<Notify>,
}

impl Completion {
    pub fn new(base: u64, entries: u32, vector: Option<u16>) -> Self {
        Self {
            base,
            entries,
            head: 0,
            tail: 0,
            phase: true,
            vector,
            turn: Rc::default(),
            room: Rc::default(),
        }
    }

    /// The next free entry: its address and phase; `None` if the queue is full.
    pub fn give(&mut self) -> Option<(u64, bool)> {
        let next = (self.tail + 1) % self.entries;
        if next == self.head {
            return None;
        }
        let at = self
            .base
            .wrapping_add(u64::from(self.tail) * COMPLETION_BYTES);
        let phase = self.phase;
        self.tail = next;
        self.phase ^= next == 0;
        Some((at, phase))
    }

    /// The doorbell: `false` if there is no such entry.
    pub fn ring(&mut self, head: u32) -> bool {
        let known = head < self.entries;
        if known {
            self.head = head;
            self.room.notify_waiters();
        }
        known
    }
}

/// All queues, by number; 0 is that of admin commands.
#[derive(Debug, Default)]
pub(super) struct Queues {
    pub submissions: BTreeMap<u16, Submission>,
    pub completions: BTreeMap<u16, Completion>,
    /// The submission queue that had its turn last.
    last: u16,
}

impl Queues {
    /// The next command in turn: its queue and its address.
    pub fn next(&mut self) -> Option<(u16, u64)> {
        let after = self.last;
        let waiting = |(number, queue): (&u16, &Submission)| (!queue.is_empty()).then_some(*number);
        let number = self
            .submissions
            .range(after.saturating_add(1)..)
            .find_map(waiting)
            .or_else(|| self.submissions.iter().find_map(waiting))?;
        self.last = number;
        let queue = self.submissions.get_mut(&number)?;
        Some((number, queue.take()))
    }

    /// Everything goes; those who wait for room are told.
    pub fn clear(&mut self) {
        for queue in self.completions.values() {
            queue.room.notify_waiters();
        }
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_take_turns() {
        let mut queues = Queues::default();
        for number in 0..3 {
            let mut queue = Submission::new(0x1000 * u64::from(number), 4, 0);
            assert!(queue.ring(2));
            assert!(!queue.ring(4), "there is no entry 4");
            queues.submissions.insert(number, queue);
        }
        let order: Vec<_> = std::iter::from_fn(|| queues.next()).collect();
        let expected = [
            (1, 0x1000),
            (2, 0x2000),
            (0, 0x0000),
            (1, 0x1040),
            (2, 0x2040),
            (0, 0x0040),
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn a_completion_queue_turns_its_phase_and_fills() {
        let mut queue = Completion::new(0x8000, 3, None);
        assert_eq!(queue.give(), Some((0x8000, true)));
        assert_eq!(queue.give(), Some((0x8010, true)));
        assert_eq!(queue.give(), None);
        assert!(queue.ring(2));
        assert_eq!(queue.give(), Some((0x8020, true)));
        assert_eq!(queue.give(), Some((0x8000, false)));
        assert!(!queue.ring(3));
    }
}
