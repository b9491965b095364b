// SPDX-License-Identifier: Apache-2.0
//! Commands that were fetched and have not taken effect.

use std::collections::VecDeque;

use sallyport_formats::Spa;
use sallyport_formats::command::Command;

use crate::line::{Fence, Invalidation};
use crate::meaning;

/// A command in the order of the queue.
#[derive(Debug)]
struct Fetched {
    address: u64,
    words: [u64; 2],
}

/// What the command queue read, and fences whose write is under way.
#[derive(Debug, Default)]
pub(super) struct Commands {
    fetched: VecDeque<Fetched>,
    /// The first word of a command, and its address.
    half: Option<(u64, u64)>,
    /// Fences with a write, in order.
    fences: VecDeque<Fence>,
}

/// Bytes of a command.
const COMMAND: u64 = 16;

/// Commands that are kept at most: the IOMMU fetches far fewer ahead.
const MOST: usize = 256;

impl Commands {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// A word that was read at `address`; `None` if it cannot be used. Fences
    /// without a write are returned: nothing more will be seen of them.
    pub(super) fn fetched(&mut self, now: u64, address: Spa, word: Option<u64>) -> Vec<Fence> {
        let address = address.raw();
        let half = self.half.take();
        match (word, half) {
            (Some(word), None) if address.is_multiple_of(COMMAND) => {
                self.half = Some((address, word));
                Vec::new()
            }
            (Some(word), Some((start, first))) if start + COMMAND / 2 == address => {
                self.command(now, start, [first, word])
            }
            _ => Vec::new(),
        }
    }

    fn command(&mut self, now: u64, address: u64, words: [u64; 2]) -> Vec<Fence> {
        let mut done = Vec::new();
        // A command that is read again was dropped, with all behind it.
        if let Some(again) = self.fetched.iter().position(|f| f.address == address) {
            self.fetched.truncate(again);
        }
        match Command::parse(words) {
            Ok(Command::Fence(fence)) => {
                let line = Fence {
                    fetched: now,
                    command: meaning::command(words),
                    written: None,
                };
                if fence.av {
                    self.fences.push_back(line);
                } else {
                    done.push(line);
                }
            }
            Ok(
                Command::InvalidateVma(_)
                | Command::InvalidateGvma(_)
                | Command::InvalidateDdt(_)
                | Command::InvalidatePdt(_),
            ) => self.fetched.push_back(Fetched { address, words }),
            _ => {}
        }
        while self.fetched.len() > MOST {
            self.fetched.pop_front();
        }
        while self.fences.len() > MOST {
            done.extend(self.fences.pop_front());
        }
        done
    }

    /// The oldest invalidation took effect.
    pub(super) fn invalidated(&mut self, now: u64) -> Invalidation {
        let command = match self.fetched.pop_front() {
            Some(fetched) => meaning::command(fetched.words),
            None => "of unknown origin".to_owned(),
        };
        Invalidation {
            clock: now,
            command,
        }
    }

    /// The oldest fence's write was acknowledged.
    pub(super) fn written(&mut self, now: u64) -> Option<Fence> {
        let mut fence = self.fences.pop_front()?;
        fence.written = Some(now);
        Some(fence)
    }

    /// Fences that have not completed.
    pub(super) fn take_fences(&mut self) -> impl Iterator<Item = Fence> {
        std::mem::take(&mut self.fences).into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_formats::command::Fence as Operands;

    #[test]
    fn invalidations_take_effect_in_order_and_fences_with_their_write() {
        let mut commands = Commands::default();
        let read = |commands: &mut Commands, now, at: u64, words: &[u64]| -> Vec<Fence> {
            (0_u64..)
                .zip(words)
                .flat_map(|(n, &word)| commands.fetched(now, Spa::new(at + 8 * n), Some(word)))
                .collect()
        };
        let one = Command::invalidate_device(Some(1_u16.into())).emit();
        let two = Command::invalidate_device(Some(2_u16.into())).emit();
        let fence = Command::Fence(Operands::default().writing(0x40.into(), 1)).emit();
        let plain = Command::Fence(Operands::default()).emit();
        let all = [one, plain, two, fence].concat();
        let done = read(&mut commands, 5, 0x1000, &all);
        assert_eq!(done.len(), 1);
        assert_eq!(done[0].command, "IOFENCE.C");
        assert_eq!(
            commands.invalidated(9).command,
            "IODIR.INVAL_DDT DID 0x000001"
        );
        // Fetched again after an error.
        assert_eq!(read(&mut commands, 10, 0x1020, &two), []);
        assert_eq!(
            commands.invalidated(11).command,
            "IODIR.INVAL_DDT DID 0x000002"
        );
        assert_eq!(commands.invalidated(12).command, "of unknown origin");
        assert_eq!(commands.fetched(13, 0x1030.into(), Some(one[0])), []);
        assert_eq!(commands.fetched(14, 0x1038.into(), None), []);
        assert_eq!(commands.invalidated(15).command, "of unknown origin");
        let fence = commands.written(20).unwrap();
        assert_eq!((fence.fetched, fence.written), (5, Some(20)));
        assert_eq!(commands.written(21), None);
    }
}
