// SPDX-License-Identifier: Apache-2.0
//! What ATS and PRI add to a plan, between what else happens: commands that send
//! messages to devices, and devices that ask for pages.

use crate::page_requests::{Askers, FIRST_GROUP, set_up};
use crate::plan::{Action, Plan};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bus::Seed;
use sallyport_formats::command::{Ats, AtsInvalidation, Command, PageResponse};
use sallyport_formats::{DeviceId, ProcessId};
use sallyport_model::{Design, Request};

/// How many of 1000 actions get a command in front of them, or page requests.
const OFTEN: u32 = 15;

/// Packets in flight at most where devices are to answer invalidations in time: what a
/// device says is behind the writes that wait.
const IN_FLIGHT: usize = 64;

/// Adds them to a plan of this seed.
pub fn add(plan: &mut Plan, seed: Seed, design: &Design) {
    let mut rng = seed.fork_nth("messages", plan.number).rng();
    let requests: Vec<Request> = plan
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::Request(request) => Some(*request),
            _ => None,
        })
        .collect();
    if requests.is_empty() || rng.random_range(0..3) == 0 {
        return;
    }
    plan.in_flight = plan.in_flight.min(IN_FLIGHT);
    let devices: Vec<DeviceId> = requests.iter().map(|request| request.device_id).collect();
    let mut askers = (rng.random_range(0..4) > 0).then(Askers::default);
    if askers.is_some() {
        set_up(plan, design, &mut rng);
    }
    let actions = std::mem::take(&mut plan.actions);
    for action in actions {
        if rng.random_range(0..1000) < OFTEN {
            let near = &requests[rng.random_range(0..requests.len())];
            plan.actions.push(Action::Message(message(near, &mut rng)));
        }
        if let Some(askers) = &mut askers
            && rng.random_range(0..1000) < OFTEN
        {
            plan.actions.extend(askers.act(&devices, &mut rng));
        }
        plan.actions.push(action);
    }
    if let Some(askers) = &mut askers {
        plan.actions.push(askers.last(&devices, &mut rng));
    }
}

/// A message to the device of a request, about its page or anything else.
fn message(near: &Request, rng: &mut ChaCha8Rng) -> Command {
    let process = match rng.random_range(0..4) {
        0 => Some(ProcessId::truncate(rng.random())),
        1 => None,
        _ => near.process_id,
    };
    let ats = Ats {
        dsv: rng.random_range(0..4) > 0,
        ..Ats::to(near.device_id, process)
    };
    if rng.random() {
        let response = PageResponse {
            prgi: rng.random_range(0..FIRST_GROUP),
            code: rng.random_range(0..16),
        };
        return Command::AtsPageResponse(Ats {
            payload: response.emit(),
            ..ats
        });
    }
    let page = near.iova.raw() >> 12;
    let range = AtsInvalidation {
        g: rng.random(),
        s: rng.random(),
        page: match rng.random_range(0..4) {
            0 => rng.random::<u64>() >> 12,
            1 => page | 0xff,
            _ => page,
        },
    };
    Command::AtsInvalidate(Ats {
        payload: range.emit(),
        ..ats
    })
}
