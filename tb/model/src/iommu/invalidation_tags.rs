// SPDX-License-Identifier: Apache-2.0
//! Tags of the ATS invalidations that are under way ("IOMMU PCIe ATS
//! commands"): ATS.INVAL is complete when the device has sent all its
//! completions, or when it has taken too long.

use crate::messages::{Destination, InvalidationCompletion};

/// An invalidation under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pending {
    to: Destination,
    /// Completions that have come, modulo 8.
    received: u8,
    /// Clocks since the request.
    age: u64,
}

/// All tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tags {
    pending: [Option<Pending>; 32],
    /// An invalidation has timed out since the last IOFENCE.C that told so.
    timed_out: bool,
}

impl Tags {
    /// Takes the lowest of the first `tags` tags that is free.
    pub fn allocate(&mut self, tags: u32, to: Destination) -> Option<u8> {
        let free = self.pending.iter().take(tags.clamp(1, 32) as usize);
        let itag = free.clone().position(Option::is_none)?;
        self.pending[itag] = Some(Pending {
            to,
            received: 0,
            age: 0,
        });
        Some(itag as u8)
    }

    /// Counts a completion for each tag it names. Returns those that were not
    /// expected: not under way, or with another device.
    pub fn complete(&mut self, completion: &InvalidationCompletion) -> u32 {
        let mut unexpected = 0;
        for (itag, slot) in self.pending.iter_mut().enumerate() {
            if completion.itags >> itag & 1 == 0 {
                continue;
            }
            match slot {
                Some(pending) if pending.to.is(completion.device_id) => {
                    pending.received = (pending.received + 1) & 7;
                    if pending.received == completion.count & 7 {
                        *slot = None;
                    }
                }
                _ => unexpected |= 1 << itag,
            }
        }
        unexpected
    }

    /// Lets time pass.
    pub fn advance(&mut self, clocks: u64, timeout: u64) {
        let mut late = 0;
        for (itag, slot) in self.pending.iter_mut().enumerate() {
            if let Some(pending) = slot {
                pending.age = pending.age.saturating_add(clocks);
                late |= u32::from(pending.age >= timeout) << itag;
            }
        }
        self.time_out(late);
    }

    /// The invalidations with these tags have taken too long.
    pub fn time_out(&mut self, itags: u32) {
        for (itag, slot) in self.pending.iter_mut().enumerate() {
            if itags >> itag & 1 == 1 && slot.take().is_some() {
                self.timed_out = true;
            }
        }
    }

    /// Bit n: tag n is under way.
    pub fn outstanding(&self) -> u32 {
        self.pending
            .iter()
            .enumerate()
            .fold(0, |set, (itag, slot)| {
                set | u32::from(slot.is_some()) << itag
            })
    }

    /// Whether an invalidation has timed out that nobody was told of.
    pub fn take_timed_out(&mut self) -> bool {
        std::mem::take(&mut self.timed_out)
    }
}

#[cfg(test)]
mod tests {
    use sallyport_formats::DeviceId;

    use super::*;

    const TO: Destination = Destination {
        rid: 5,
        segment: None,
    };

    fn completion(itags: u32, count: u8) -> InvalidationCompletion {
        InvalidationCompletion {
            device_id: DeviceId::truncate(5),
            itags,
            count,
        }
    }

    #[test]
    fn tags_are_taken_lowest_first_and_run_out() {
        let mut tags = Tags::default();
        assert_eq!(
            [(); 3].map(|()| tags.allocate(2, TO)),
            [Some(0), Some(1), None]
        );
        assert_eq!(tags.complete(&completion(1, 1)), 0);
        assert_eq!((tags.outstanding(), tags.allocate(2, TO)), (2, Some(0)));
    }

    #[test]
    fn all_completions_are_collected() {
        let mut tags = Tags::default();
        tags.allocate(32, TO);
        tags.allocate(32, TO);
        for _ in 0..7 {
            assert_eq!(tags.complete(&completion(0b11, 0)), 0);
            assert_eq!(tags.outstanding(), 0b11);
        }
        tags.complete(&completion(0b10, 0));
        assert_eq!(tags.outstanding(), 0b01, "eight of eight");
        tags.complete(&completion(0b01, 0));
        assert_eq!(tags.outstanding(), 0);
    }

    #[test]
    fn strangers_complete_nothing() {
        let mut tags = Tags::default();
        tags.allocate(32, TO);
        let other = InvalidationCompletion {
            device_id: DeviceId::truncate(6),
            ..completion(0b11, 1)
        };
        assert_eq!(tags.complete(&other), 0b11);
        assert_eq!(tags.complete(&completion(0b11, 1)), 0b10);
        assert_eq!(tags.outstanding(), 0);
    }

    #[test]
    fn time_is_up() {
        let mut tags = Tags::default();
        tags.allocate(32, TO);
        tags.advance(9, 10);
        tags.allocate(32, TO);
        tags.advance(1, 10);
        assert_eq!(tags.outstanding(), 0b10);
        assert!(tags.take_timed_out() && !tags.take_timed_out());
        tags.time_out(0b01);
        assert!(!tags.take_timed_out(), "that one was not under way");
    }
}
