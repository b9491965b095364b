// SPDX-License-Identifier: Apache-2.0
//! What happens in a world: traffic, and software that changes things while it
//! runs.

use crate::draw::Draw;
use crate::plan::Action;
use crate::traffic::Target;
use crate::world::World;
use sallyport_formats::Spa;

/// Writes scripts.
pub struct Author<'a> {
    pub(crate) draw: &'a mut Draw,
    pub(crate) world: &'a mut World,
    pub(crate) actions: Vec<Action>,
    /// What was asked for of late.
    pub(crate) recent: Vec<Target>,
    changes: bool,
}

/// How many of 1000 steps are what.
const STEPS: [u64; 10] = [783, 75, 30, 20, 15, 40, 4, 6, 2, 25];

impl<'a> Author<'a> {
    /// A script of about `steps` steps.
    pub fn write(draw: &'a mut Draw, world: &'a mut World, steps: u64) -> Vec<Action> {
        let changes = draw.chance(90);
        let mut author = Self {
            draw,
            world,
            actions: Vec::new(),
            recent: Vec::new(),
            changes,
        };
        for _ in 0..steps {
            author.step();
        }
        author.actions
    }

    fn step(&mut self) {
        match self.draw.weighted(&STEPS) {
            1 if self.changes => self.change(),
            2 => {
                let command = self.any_invalidation();
                self.actions.push(Action::Command(command));
            }
            3 => self.fence(),
            4 => self.actions.push(Action::TakeRecords),
            5 => {
                let most = *self.draw.pick(&[4, 20, 200]);
                let clocks = 1 + self.draw.below(most);
                self.actions.push(Action::Pause(clocks));
            }
            6 if self.changes => self.other_directory(),
            7 => self.actions.push(Action::AwaitFences),
            8 => {
                let words = crate::commands::illegal(self.draw);
                self.actions.push(Action::Illegal(words));
            }
            9 if self.changes => self.ambush(),
            _ => self.requests(),
        }
    }

    /// A request, or many for one page or a few, which caches answer clock by
    /// clock.
    fn requests(&mut self) {
        let target = self.next_target();
        let count = if self.draw.chance(20) {
            *self.draw.pick(&[8, 40, 120, 300])
        } else {
            1
        };
        let mixed = self.draw.chance(35);
        for _ in 0..count {
            let target = if mixed {
                *self.draw.pick(&self.recent)
            } else {
                target
            };
            let request = self.request_for(target);
            self.actions.push(Action::Request(request));
        }
    }

    /// Another `ddtp` for a while.
    fn other_directory(&mut self) {
        let ddtp = *self.draw.pick(&self.world.ddtp);
        self.actions.push(Action::Ddtp(ddtp));
        for _ in 0..self.draw.below(12) {
            self.requests();
        }
        if self.draw.chance(85) {
            self.actions.push(Action::Ddtp(self.world.ddtp[0]));
        }
    }

    pub(crate) fn fence(&mut self) {
        let wsi = self.draw.chance(3);
        self.actions.push(Action::Fence { wsi });
    }

    /// Software stores a doubleword, as its readers understand it.
    pub(crate) fn store(&mut self, address: u64, value: u64) {
        let store = self.world.image.stored(address, value);
        self.push_store(vec![store]);
    }

    pub(crate) fn push_store(&mut self, stores: Vec<(Spa, u64)>) {
        self.actions.push(Action::Store(stores));
    }
}
