// SPDX-License-Identifier: Apache-2.0
//! The commands that software submitted, and the fences that have completed.

use sallyport_bus::Clock;
use sallyport_formats::Spa;
use sallyport_formats::command::{Command, Fence};
use std::collections::BTreeMap;

/// A command in the queue.
#[derive(Clone, Copy, Debug)]
struct Submitted {
    command: Command,
    clock: Clock,
}

/// A fence that stored its DATA.
#[derive(Clone, Copy, Debug)]
pub struct Completed {
    /// When software submitted it.
    pub submitted: Clock,
    /// When it stored.
    pub stored: Clock,
    /// Commands in the queue before it.
    position: usize,
}

/// All commands of a run, in order.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    submitted: Vec<Submitted>,
    completed: Vec<Completed>,
    /// The first command that is not known to have completed.
    open: usize,
    /// When devices had answered the n-th ATS.INVAL.
    answered: BTreeMap<u64, Clock>,
}

impl Commands {
    /// Software submits a command.
    pub fn submit(&mut self, command: Command, clock: Clock) {
        self.submitted.push(Submitted { command, clock });
    }

    /// A write of four bytes that may be a fence's. False if it is not that of
    /// the next fence which has one.
    pub fn store(&mut self, address: Spa, data: u32, clock: Clock) -> bool {
        let next = self.open_stores().next();
        match next {
            Some((position, fence, submitted))
                if fence.address() == address && fence.data == data =>
            {
                self.completed.push(Completed {
                    submitted,
                    stored: clock,
                    position,
                });
                self.open = position + 1;
                true
            }
            _ => false,
        }
    }

    fn open_stores(&self) -> impl Iterator<Item = (usize, Fence, Clock)> {
        let commands = self.submitted.iter().enumerate().skip(self.open);
        commands.filter_map(|(n, s)| match s.command {
            Command::Fence(fence) if fence.av => Some((n, fence, s.clock)),
            _ => None,
        })
    }

    /// Whether a fence still owes its store.
    pub fn owes_store(&self) -> bool {
        self.open_stores().next().is_some()
    }

    /// The fences that have stored, oldest first.
    pub fn completed(&self) -> &[Completed] {
        &self.completed
    }

    /// The last submission before `at` completed of a command that `covers`
    /// says yes to; the beginning of time if there is none.
    pub fn last_effective(&self, at: Clock, covers: impl Fn(&Command) -> bool) -> Clock {
        let fences = self.completed.partition_point(|f| f.stored < at);
        let Some(fence) = fences.checked_sub(1).map(|n| self.completed[n]) else {
            return Clock::ZERO;
        };
        self.submitted[..fence.position]
            .iter()
            .rev()
            .find(|s| covers(&s.command))
            .map_or(Clock::ZERO, |s| s.clock)
    }

    /// A device has answered the n-th ATS.INVAL, from 0.
    pub fn answered(&mut self, number: u64, clock: Clock) {
        self.answered.insert(number, clock);
    }

    /// Fences that stored before a device had answered an ATS.INVAL before them: when
    /// each was submitted, and stored.
    pub fn hasty(&self) -> impl Iterator<Item = (Clock, Clock)> {
        self.completed.iter().filter_map(|fence| {
            let before = &self.submitted[..fence.position];
            let invalidations = before
                .iter()
                .filter(|s| matches!(s.command, Command::AtsInvalidate(_)))
                .count();
            let answered = |number: u64| {
                let clock = self.answered.get(&number);
                clock.is_some_and(|clock| *clock < fence.stored)
            };
            let all = (0..invalidations as u64).all(answered);
            (!all).then_some((fence.submitted, fence.stored))
        })
    }

    /// Fences that ask for an interrupt and have completed for sure.
    pub fn wired(&self) -> bool {
        let wsi = |s: &Submitted| matches!(s.command, Command::Fence(fence) if fence.wsi);
        self.submitted[..self.open].iter().any(wsi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalidation_counts_once_a_later_fence_has_stored() {
        let mut commands = Commands::default();
        let at = Spa::new(0x100);
        commands.submit(Command::invalidate_device(None), Clock(5));
        commands.submit(Command::Fence(Fence::default().writing(at, 7)), Clock(6));
        commands.submit(Command::invalidate_device(None), Clock(8));
        let any = |_: &Command| true;
        assert_eq!(commands.last_effective(Clock(100), any), Clock(0));
        assert!(!commands.store(at, 8, Clock(20)));
        assert!(commands.owes_store());
        assert!(commands.store(at, 7, Clock(20)));
        assert!(!commands.owes_store());
        assert_eq!(commands.last_effective(Clock(20), any), Clock(0));
        assert_eq!(commands.last_effective(Clock(21), any), Clock(5));
    }
}
