// SPDX-License-Identifier: Apache-2.0
//! Interrupts: a vector is an event that the client waits for.

use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The MSI-X vectors of a function.
///
/// The client plays the MSI-X table: it gives an eventfd for each vector that software
/// has set up and not masked. A vector that fires without one is pending, and fires
/// when it gets one.
#[derive(Debug)]
pub(crate) struct Vectors(Mutex<Vec<Vector>>);

#[derive(Debug, Default)]
struct Vector {
    event: Option<File>,
    pending: bool,
    fired: u64,
}

impl Vectors {
    pub fn new(count: u16) -> Self {
        Self(Mutex::new((0..count).map(|_| Vector::default()).collect()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vector>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// The vector fires. One that does not exist does not.
    pub fn fire(&self, number: usize) {
        if let Some(vector) = self.lock().get_mut(number) {
            vector.fired += 1;
            vector.pending = true;
            vector.signal();
        }
    }

    /// Gives vectors from `start` on their events, or takes them away.
    pub fn assign(&self, start: usize, events: impl Iterator<Item = Option<File>>) {
        for (vector, event) in self.lock().iter_mut().skip(start).zip(events) {
            vector.event = event;
            vector.signal();
        }
    }

    /// Takes all events away, and forgets what is pending.
    pub fn clear(&self) {
        self.forget();
        for vector in self.lock().iter_mut() {
            vector.event = None;
        }
    }

    /// Forgets what is pending. Events are the client's, and stay in a reset.
    pub fn forget(&self) {
        for vector in self.lock().iter_mut() {
            vector.pending = false;
        }
    }

    /// How often each has fired.
    pub fn fired(&self) -> Vec<u64> {
        self.lock().iter().map(|vector| vector.fired).collect()
    }
}

impl Vector {
    fn signal(&mut self) {
        if self.pending
            && let Some(event) = &mut self.event
        {
            // A client that has gone does not mind.
            let _ = event.write_all(&1_u64.to_ne_bytes());
            self.pending = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek};

    #[test]
    fn a_vector_without_event_waits_for_one() {
        let vectors = Vectors::new(2);
        let mut file = tempfile::tempfile().unwrap();
        vectors.fire(1);
        vectors.fire(7);
        vectors.assign(1, [Some(file.try_clone().unwrap())].into_iter());
        vectors.fire(0);
        assert_eq!(vectors.fired(), [1, 1]);
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, 1_u64.to_ne_bytes());

        vectors.clear();
        vectors.assign(0, [Some(file.try_clone().unwrap())].into_iter());
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 16, "the same again");
    }
}
