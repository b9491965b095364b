// SPDX-License-Identifier: Apache-2.0
//! Queues by transaction id.

use std::collections::VecDeque;

/// One first-in first-out queue for each of the 256 ids, which is how AXI
/// orders transactions. Empty queues cost neither memory nor time.
#[derive(Clone, Debug)]
pub(crate) struct IdQueues<T> {
    queues: Vec<VecDeque<T>>,
    occupied: [u64; 4],
    len: usize,
}

impl<T> IdQueues<T> {
    pub fn new() -> Self {
        Self {
            queues: (0..256).map(|_| VecDeque::new()).collect(),
            occupied: [0; 4],
            len: 0,
        }
    }

    /// Entries in all queues.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn push(&mut self, id: u8, item: T) {
        self.queues[usize::from(id)].push_back(item);
        self.occupied[usize::from(id >> 6)] |= 1 << (id & 63);
        self.len += 1;
    }

    pub fn front(&self, id: u8) -> Option<&T> {
        self.queues[usize::from(id)].front()
    }

    pub fn front_mut(&mut self, id: u8) -> Option<&mut T> {
        self.queues[usize::from(id)].front_mut()
    }

    pub fn queue(&self, id: u8) -> &VecDeque<T> {
        &self.queues[usize::from(id)]
    }

    pub fn queue_mut(&mut self, id: u8) -> impl Iterator<Item = &mut T> {
        self.queues[usize::from(id)].iter_mut()
    }

    pub fn pop(&mut self, id: u8) -> Option<T> {
        let item = self.queues[usize::from(id)].pop_front()?;
        self.taken(id);
        Some(item)
    }

    /// Takes entry `index` out of the queue of `id`.
    pub fn remove(&mut self, id: u8, index: usize) -> Option<T> {
        let item = self.queues[usize::from(id)].remove(index)?;
        self.taken(id);
        Some(item)
    }

    fn taken(&mut self, id: u8) {
        if self.queues[usize::from(id)].is_empty() {
            self.occupied[usize::from(id >> 6)] &= !(1 << (id & 63));
        }
        self.len -= 1;
    }

    pub fn clear(&mut self) {
        for id in self.ids() {
            self.queues[usize::from(id)].clear();
        }
        self.occupied = [0; 4];
        self.len = 0;
    }

    /// The ids that have entries, in ascending order.
    pub fn ids(&self) -> impl Iterator<Item = u8> + use<T> {
        let words = self.occupied;
        (0u8..4).flat_map(move |word| {
            let mut bits = words[usize::from(word)];
            std::iter::from_fn(move || {
                let bit = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (bit < 64).then_some(word << 6 | bit as u8)
            })
        })
    }

    /// All entries with their ids, by id and then by age.
    pub fn iter(&self) -> impl Iterator<Item = (u8, &T)> {
        self.ids().flat_map(|id| {
            self.queues[usize::from(id)]
                .iter()
                .map(move |item| (id, item))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_independent_and_each_in_order() {
        let mut queues = IdQueues::new();
        for (id, item) in [(255, 1), (0, 2), (64, 3), (255, 4)] {
            queues.push(id, item);
        }
        assert_eq!(queues.ids().collect::<Vec<_>>(), [0, 64, 255]);
        assert_eq!(queues.pop(255), Some(1));
        assert_eq!(queues.front(255), Some(&4));
        assert_eq!(queues.pop(0), Some(2));
        assert_eq!(queues.pop(0), None);
        assert_eq!(queues.iter().collect::<Vec<_>>(), [(64, &3), (255, &4)]);
        queues.clear();
        assert!(queues.is_empty());
        assert_eq!(queues.ids().count(), 0);
    }
}
