// SPDX-License-Identifier: Apache-2.0
//! Commands that send messages of ATS and PRI to devices, between what else happens:
//! for a port that has devices to take them.

use crate::plan::{Action, Plan};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bus::Seed;
use sallyport_formats::command::{Ats, AtsInvalidation, Command, PageResponse};
use sallyport_formats::{DeviceId, ProcessId};

/// How many of 1000 actions get one in front of them.
const OFTEN: u32 = 15;

/// Adds them to a plan of this seed.
pub fn add(plan: &mut Plan, seed: Seed) {
    let mut rng = seed.fork_nth("messages", plan.number).rng();
    let devices: Vec<DeviceId> = plan
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::Request(request) => Some(request.device_id),
            _ => None,
        })
        .collect();
    if devices.is_empty() || rng.random_range(0..3) == 0 {
        return;
    }
    let actions = std::mem::take(&mut plan.actions);
    for action in actions {
        if rng.random_range(0..1000) < OFTEN {
            let device = devices[rng.random_range(0..devices.len())];
            plan.actions
                .push(Action::Message(message(device, &mut rng)));
        }
        plan.actions.push(action);
    }
}

fn message(device: DeviceId, rng: &mut ChaCha8Rng) -> Command {
    let process = ProcessId::truncate(rng.random());
    let ats = Ats {
        dsv: rng.random_range(0..4) > 0,
        ..Ats::to(device, rng.random::<bool>().then_some(process))
    };
    if rng.random() {
        let response = PageResponse {
            prgi: rng.random_range(0..512),
            code: rng.random_range(0..16),
        };
        return Command::AtsPageResponse(Ats {
            payload: response.emit(),
            ..ats
        });
    }
    let range = AtsInvalidation {
        g: rng.random(),
        s: rng.random(),
        page: rng.random::<u64>() >> 12,
    };
    Command::AtsInvalidate(Ats {
        payload: range.emit(),
        ..ats
    })
}
