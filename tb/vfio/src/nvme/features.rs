// SPDX-License-Identifier: Apache-2.0
//! Features (NVM Express 1.4, "Get Features command", "Set Features command").

use super::QUEUES;
use super::command::{Command, Ending};
use super::status::Status;
use std::collections::BTreeMap;

const TEMPERATURE: u8 = 0x04;
const CACHE: u8 = 0x06;
const NUMBER_OF_QUEUES: u8 = 0x07;

/// What the features are after reset; those that are not here do not exist.
const DEFAULTS: [(u8, u32); 10] = [
    // Arbitration.
    (0x01, 0),
    // Power management: state 0, the only one.
    (0x02, 0),
    (TEMPERATURE, 343),
    // Error recovery.
    (0x05, 0),
    (CACHE, 1),
    (
        NUMBER_OF_QUEUES,
        (QUEUES as u32 - 1) << 16 | (QUEUES as u32 - 1),
    ),
    // Interrupt coalescing, and its exceptions by vector.
    (0x08, 0),
    (0x09, 0),
    // Write atomicity.
    (0x0a, 0),
    // Which asynchronous events are told.
    (0x0b, 0),
];

/// What software has set.
#[derive(Clone, Debug)]
pub(super) struct Features(BTreeMap<u8, u32>);

impl Default for Features {
    fn default() -> Self {
        Self(DEFAULTS.into_iter().collect())
    }
}

impl Features {
    /// Get Features.
    pub fn get(&self, command: &Command) -> Ending {
        let feature = command.words[0] as u8;
        let known = |values: &Self| values.0.get(&feature).copied();
        let value = match command.words[0] >> 8 & 7 {
            0 => known(self),
            // Default, and saved where nothing can be.
            1 | 2 => known(&Self::default()),
            // Changeable, but for the number of queues; neither saved nor by namespace.
            3 => known(self).map(|_| u32::from(feature != NUMBER_OF_QUEUES) << 2),
            _ => None,
        };
        value.map_or(Status::INVALID_FIELD.into(), Ending::of)
    }

    /// Set Features.
    pub fn set(&mut self, command: &Command) -> Ending {
        let feature = command.words[0] as u8;
        let value = command.words[1];
        let Some(place) = self.0.get_mut(&feature) else {
            return Status::INVALID_FIELD.into();
        };
        if command.words[0] >> 31 == 1 {
            return Status::NOT_SAVEABLE.into();
        }
        match feature {
            // As many as there are, whatever is asked; 65536 cannot be.
            NUMBER_OF_QUEUES if value & 0xffff == 0xffff || value >> 16 == 0xffff => {
                Status::INVALID_FIELD.into()
            }
            NUMBER_OF_QUEUES => Ending::of(*place),
            0x02 if value & 0x1f != 0 => Status::INVALID_FIELD.into(),
            0x09 => Status::NOT_CHANGEABLE.into(),
            _ => {
                *place = value;
                Status::SUCCESS.into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(word: u32, value: u32) -> Command {
        Command {
            words: [word, value, 0, 0, 0, 0],
            ..Command::default()
        }
    }

    #[test]
    fn the_number_of_queues_is_what_it_is() {
        let mut features = Features::default();
        let granted = Ending::of(0x0007_0007);
        assert_eq!(features.set(&command(7, 0x0001_0001)), granted);
        assert_eq!(features.get(&command(7, 0)), granted);
        let ending = features.set(&command(7, 0xffff));
        assert_eq!(ending.status, Status::INVALID_FIELD);
    }

    #[test]
    fn a_feature_keeps_what_is_set_and_knows_its_default() {
        let mut features = Features::default();
        assert_eq!(features.set(&command(6, 0)), Ending::of(0));
        assert_eq!(features.get(&command(6, 0)), Ending::of(0));
        assert_eq!(features.get(&command(0x106, 0)), Ending::of(1));
        assert_eq!(features.get(&command(0x306, 0)), Ending::of(4));
    }

    #[test]
    fn what_cannot_be_set_says_why() {
        let mut features = Features::default();
        let mut status = |word, value| features.set(&command(word, value)).status;
        assert_eq!(status(0x8000_0006, 1), Status::NOT_SAVEABLE);
        assert_eq!(status(0x0d, 1), Status::INVALID_FIELD);
        assert_eq!(status(0x09, 1), Status::NOT_CHANGEABLE);
        assert_eq!(status(0x02, 1), Status::INVALID_FIELD);
        assert_eq!(
            features.get(&command(0x0d, 0)).status,
            Status::INVALID_FIELD
        );
        assert_eq!(
            features.get(&command(0x706, 0)).status,
            Status::INVALID_FIELD
        );
    }
}
