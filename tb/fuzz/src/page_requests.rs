// SPDX-License-Identifier: Apache-2.0
//! Devices that ask for pages, and the queue that software takes them out of: for a
//! port that has devices to do so.

use crate::image::Reader;
use crate::plan::{Action, Plan};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_formats::constants as c;
use sallyport_formats::{DeviceId, PAGE_SIZE, ProcessId, Spa};
use sallyport_model::{Design, PageRequestMessage};
use sallyport_scoreboard::PageQueueSetup;
use std::collections::BTreeMap;

/// The first group index of page requests; those below are of what software answers
/// by command.
pub const FIRST_GROUP: u16 = 256;
/// Group indices from there on.
const GROUPS: u64 = 256;

/// Bits of a page number.
const PPN_BITS: u32 = 44;

/// Bytes between two contexts at least: what base format contexts have.
const CONTEXT: u64 = 32;

/// Sets up a queue, and lets devices ask for pages in their contexts.
pub fn set_up(plan: &mut Plan, design: &Design, rng: &mut ChaCha8Rng) {
    let free = |page: &u64| !plan.readers.contains_key(page);
    let page = std::iter::repeat_with(|| rng.random_range(0..1_u64 << PPN_BITS)).find(free);
    plan.pages = Some(PageQueueSetup {
        base: Spa::new(page.unwrap_or_default() * PAGE_SIZE),
        log2_entries: rng.random_range(1..=8),
        enabled: rng.random_range(0..12) > 0,
    });
    plan.interrupts.pie = rng.random_range(0..5) > 0;
    plan.interrupts.piv = rng.random_range(0..1 << design.vector_bits);

    let mut contexts = Contexts {
        big: plan.fctl.be,
        bits: BTreeMap::new(),
    };
    let memory = plan.memory.iter_mut().map(|(at, word)| (*at, word));
    let stores = plan.actions.iter_mut().flat_map(|action| match action {
        Action::Store(stores) => stores.as_mut_slice(),
        _ => &mut [],
    });
    let stores = stores.map(|(at, word)| (*at, word));
    for (at, word) in memory.chain(stores) {
        let reader = plan.readers.get(&(at.raw() / PAGE_SIZE));
        if reader == Some(&Reader::Devices) && at.raw().is_multiple_of(CONTEXT) {
            contexts.allow(at, word, rng);
        }
    }
}

/// First doublewords of device contexts.
struct Contexts {
    /// The order of their bytes.
    big: bool,
    /// What each has more, by its place.
    bits: BTreeMap<Spa, u64>,
}

impl Contexts {
    /// The device may ask for pages, if this is a context of one that has ATS.
    fn allow(&mut self, at: Spa, word: &mut u64, rng: &mut ChaCha8Rng) {
        const HAS_ATS: u64 = 1 << c::DC_TC_V_BIT | 1 << c::DC_TC_EN_ATS_BIT;
        let turn = |word: u64| if self.big { word.swap_bytes() } else { word };
        let tc = turn(*word);
        // A pointer to a table has a page number above.
        if tc & HAS_ATS != HAS_ATS || tc >> 12 != 0 {
            return;
        }
        let draw = |rng: &mut ChaCha8Rng| {
            let may = u64::from(rng.random_range(0..5) > 0);
            let pasid = may & u64::from(rng.random::<bool>());
            may << c::DC_TC_EN_PRI_BIT | pasid << c::DC_TC_PRPR_BIT
        };
        let now = *self.bits.entry(at).or_insert_with(|| draw(rng));
        let bits = if rng.random_range(0..6) == 0 {
            draw(rng)
        } else {
            now
        };
        *word = turn(tc | bits);
    }
}

/// What devices send, one after the other.
#[derive(Default)]
pub struct Askers {
    count: u64,
}

impl Askers {
    /// Some requests of devices, or software's look at the queue.
    pub fn act(&mut self, devices: &[DeviceId], rng: &mut ChaCha8Rng) -> Vec<Action> {
        if rng.random_range(0..6) == 0 {
            return vec![Action::TakePages];
        }
        let most = [1, 1, 4, 12][rng.random_range(0..4)];
        let count = rng.random_range(1..=most);
        let asks = (0..count).map(|_| {
            let device = match rng.random_range(0..20) {
                0 => DeviceId::truncate(rng.random()),
                _ => devices[rng.random_range(0..devices.len())],
            };
            let kind = rng.random_range(0..8);
            Action::PageRequest(self.message(device, kind, rng))
        });
        asks.collect()
    }

    /// One that is answered, or queued, when all before it have been.
    pub fn last(&mut self, devices: &[DeviceId], rng: &mut ChaCha8Rng) -> Action {
        Action::PageRequest(self.message(devices[0], LAST_READ, rng))
    }

    /// `kind` has L, W and R.
    fn message(&mut self, device: DeviceId, kind: u64, rng: &mut ChaCha8Rng) -> PageRequestMessage {
        let group = u64::from(FIRST_GROUP) + self.count % GROUPS;
        self.count += 1;
        let page = rng.random::<u64>() & !(PAGE_SIZE - 1);
        PageRequestMessage {
            device_id: device,
            process_id: rng
                .random::<bool>()
                .then(|| ProcessId::truncate(rng.random())),
            privileged: rng.random(),
            exec: rng.random(),
            payload: page | group << c::PQ_PAYLOAD_PRGI_LSB | kind,
        }
    }
}

/// L and R.
const LAST_READ: u64 = 1 << c::PQ_PAYLOAD_L_BIT | 1 << c::PQ_PAYLOAD_R_BIT;
