// SPDX-License-Identifier: Apache-2.0
//! Devices' translation caches: what they hold and use, and what they answer when it
//! is taken from them, each by one message or several and in some time. A device
//! without a cache answers as well.

use super::messages::Invalidation;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bus::Clock;
use sallyport_formats::{DeviceId, Iova};
use sallyport_model::{Access, Request, RequestKind};
use sallyport_tlp::{Answer, Body, Message, Pasid, RoutingId, Tag, Tlp, TranslationCache, Usage};
use std::collections::{BTreeMap, VecDeque};

/// Translations that a device holds.
const CAPACITY: usize = 8;
/// Addresses that it remembers to have asked for.
const REMEMBERED: usize = 16;

/// Packets in flight beside which a read is over soon.
const FEW: usize = 6;

/// Most clocks until a device says that it has forgotten.
const SLOWEST: u64 = 300;

/// A device.
#[derive(Debug)]
struct Device {
    cache: TranslationCache,
    asked: VecDeque<(u64, Option<Pasid>)>,
    /// Reads under way that use a translation.
    used: BTreeMap<Tag, Usage>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Caches {
    /// Whether there are any.
    on: bool,
    devices: BTreeMap<DeviceId, Device>,
    /// Invalidations that wait for what uses the translation, by device and tag.
    owed: BTreeMap<(DeviceId, u8), u64>,
    /// What devices will say, by clock and place, and for which invalidation.
    answers: BTreeMap<(Clock, u64), (u8, Tlp, u64)>,
    place: u64,
    /// Messages that invalidations are answered by, and have not been sent.
    left: BTreeMap<u64, u8>,
    /// Invalidations that have been answered.
    answered: VecDeque<u64>,
    /// Translations that were used.
    pub uses: u64,
}

impl Caches {
    /// No translations yet; none ever, if they are not `on`.
    pub fn new(on: bool) -> Self {
        Self {
            on,
            ..Self::default()
        }
    }

    /// Invalidations that are not answered.
    pub fn len(&self) -> usize {
        self.owed.len() + self.left.len()
    }

    /// The oldest invalidation that has been answered.
    pub fn pop_answered(&mut self) -> Option<u64> {
        self.answered.pop_front()
    }

    /// A translated request becomes one with a translation that the device holds, if
    /// it has a fitting one; the use of it. With many packets in flight a read takes
    /// longer than an invalidation may.
    pub fn use_one(
        &mut self,
        request: &Request,
        in_flight: usize,
        rng: &mut ChaCha8Rng,
    ) -> Option<(Request, Usage)> {
        let device = self.devices.get_mut(&request.device_id)?;
        let translated = request.kind == RequestKind::Translated;
        if !translated || device.asked.is_empty() || rng.random_range(0..4) == 0 {
            return None;
        }
        let (at, pasid) = device.asked[rng.random_range(0..device.asked.len())];
        let write = request.access == Access::Write;
        if !write && in_flight > FEW {
            return None;
        }
        let found = device.cache.look_up(at, write, pasid)?;
        self.uses += 1;
        let request = Request {
            iova: Iova::new(found.address),
            ..*request
        };
        Some((request, found.usage))
    }

    /// A packet that uses a translation has been sent: a read is over later, under
    /// this tag, a write is now.
    pub fn sent(
        &mut self,
        device: DeviceId,
        usage: Usage,
        tag: Option<Tag>,
        now: Clock,
        rng: &mut ChaCha8Rng,
    ) {
        match (tag, self.devices.get_mut(&device)) {
            (Some(tag), Some(at)) => {
                at.used.insert(tag, usage);
            }
            _ => self.done(device, usage, now, rng),
        }
    }

    /// A device asks for a translation.
    pub fn asks(&mut self, request: &Request, tag: Tag, pasid: Option<Pasid>) {
        if !self.on {
            return;
        }
        let (id, _) = RoutingId::of_device(request.device_id);
        let device = self.devices.entry(request.device_id);
        let device = device.or_insert_with(|| Device {
            cache: TranslationCache::new(id, CAPACITY),
            asked: VecDeque::new(),
            used: BTreeMap::new(),
        });
        let at = request.iova.raw();
        device.cache.asks(tag, at, pasid);
        if device.asked.len() == REMEMBERED {
            device.asked.pop_front();
        }
        device.asked.push_back((at, pasid));
    }

    /// A request with this tag is over.
    pub fn over(
        &mut self,
        device: DeviceId,
        tag: Tag,
        answer: &Answer,
        now: Clock,
        rng: &mut ChaCha8Rng,
    ) {
        let Some(at) = self.devices.get_mut(&device) else {
            return;
        };
        if let Some(usage) = at.used.remove(&tag) {
            self.done(device, usage, now, rng);
        } else {
            at.cache.answered(tag, answer);
        }
    }

    fn done(&mut self, device: DeviceId, usage: Usage, now: Clock, rng: &mut ChaCha8Rng) {
        let at = self.devices.get_mut(&device);
        let due = at.map_or_else(Vec::new, |at| at.cache.done(usage));
        for tlp in due {
            let Body::Message(message) = tlp.body else {
                continue;
            };
            if let Message::InvalidateCompletion { itags, .. } = message
                && let Some(number) = self.owed.remove(&(device, itags.trailing_zeros() as u8))
            {
                self.answer(number, device, message, now, rng);
            }
        }
    }

    /// An invalidate request has come.
    pub fn invalidate(&mut self, invalidation: &Invalidation, now: Clock, rng: &mut ChaCha8Rng) {
        let Invalidation {
            number,
            device,
            message,
            pasid,
        } = *invalidation;
        let Message::InvalidateRequest {
            requester,
            target,
            itag,
            ..
        } = message
        else {
            return;
        };
        if let Some(at) = self.devices.get_mut(&device)
            && at.cache.invalidate(&message, pasid).is_none()
        {
            self.owed.insert((device, itag), number);
            return;
        }
        let completion = Message::InvalidateCompletion {
            requester: target,
            target: requester,
            count: 1,
            itags: 1 << itag,
        };
        self.answer(number, device, completion, now, rng);
    }

    /// The device says so in some time, by one message or several.
    fn answer(
        &mut self,
        number: u64,
        device: DeviceId,
        completion: Message,
        now: Clock,
        rng: &mut ChaCha8Rng,
    ) {
        let Message::InvalidateCompletion {
            requester,
            target,
            itags,
            ..
        } = completion
        else {
            return;
        };
        let count = if rng.random() {
            1
        } else {
            rng.random_range(1..=8)
        };
        let message = Message::InvalidateCompletion {
            requester,
            target,
            count,
            itags,
        };
        let (_, segment) = RoutingId::of_device(device);
        self.left.insert(number, count);
        for _ in 0..count {
            let at = now.after(rng.random_range(1..SLOWEST));
            self.place += 1;
            let answer = (segment, Tlp::from(Body::Message(message)), number);
            self.answers.insert((at, self.place), answer);
        }
    }

    /// What a device says in this clock, and its segment.
    pub fn pop_answer(&mut self, now: Clock) -> Option<(u8, Tlp)> {
        let first = self.answers.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let (segment, tlp, number) = first.remove();
        let left = self.left.entry(number).or_insert(1);
        *left -= 1;
        if *left == 0 {
            self.left.remove(&number);
            self.answered.push_back(number);
        }
        Some((segment, tlp))
    }
}
