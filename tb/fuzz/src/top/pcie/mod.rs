// SPDX-License-Identifier: Apache-2.0
//! The TLP ports: a request is a packet of any kind that expresses it, among others
//! that come to nothing; its data and its completions are followed there and back.

mod access;
mod bursts;
mod caches;
mod flights;
mod messages;
mod noise;
mod owed;

use self::access::Draft;
use self::caches::Caches;
use self::flights::{Breach, Flights, Got};
use self::messages::Messages;
use self::noise::Noise;
use super::{Reply, Top};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::SystemConfig;
use sallyport_bench::hardware::{Incoming, Outgoing, PcieSystem};
use sallyport_bus::{Attributes, Clock, ManagerTiming, Resp, SubordinateTiming, Width};
use sallyport_formats::{Command, DeviceId, Spa};
use sallyport_model::{PageRequestMessage, Request};
use sallyport_scoreboard::{Granted, PageResponse, Seen};
use sallyport_tlp::{
    Answer, Body, Completion, Endpoint, Limits, Message, Pasid, RoutingId, Status, Tag, Tlp,
    TranslationEntry,
};
use std::collections::{BTreeMap, BTreeSet};

/// `iommu_pcie`, whose devices read and write a memory of their own: what they
/// write changes no tables.
#[derive(Debug)]
pub struct PcieTop {
    system: PcieSystem,
    width: Width,
    rng: ChaCha8Rng,
    limits: Limits,
    endpoints: BTreeMap<DeviceId, Endpoint>,
    flights: Flights,
    messages: Messages,
    caches: Caches,
    /// Requests that nobody serves and that wait for UR.
    unserved: BTreeSet<(DeviceId, Tag)>,
    /// Packets that were malformed, unwanted, and poisoned.
    counted: [u16; 3],
    /// Data memory answers one line in so many with an error; 0 is none.
    broken: u32,
    /// Nothing is taken from the IOMMU before this clock.
    stalled_until: Option<Clock>,
}

/// Bytes of memory that are filled, or broken, at once.
const LINE: u64 = 64;

/// One packet in so many asks for nothing.
const NOISE: u32 = 40;

/// Once in so many clocks the port to devices stands still.
const STALL: u32 = 4000;

impl PcieTop {
    /// What passed in the last clock.
    fn look(&mut self, now: Clock) -> Breach {
        let (accepted, tag) = self.system.accepted();
        if accepted.valid {
            self.flights.accepted(accepted, tag, now)?;
        }
        let answer = *self.system.answer();
        if answer.valid {
            self.flights.answered(&answer, now)?;
        }
        for address in self.system.take_addresses() {
            self.flights.left(address.write, &address.ax)?;
            if !address.write {
                self.scribble(address.ax.addr, u64::from(address.ax.beats()));
            }
        }
        let seen = *self.system.seen();
        if let Some(beat) = seen.data_sent {
            self.flights.data_left(beat)?;
        }
        if seen.write_done {
            self.flights.write_done()?;
        }
        if let Some(beat) = seen.data_returned {
            self.flights.returned(beat)?;
        }
        while let Some(incoming) = self.system.link().receive() {
            self.incoming(&incoming, now)?;
        }
        while let Some((segment, tlp)) = self.caches.pop_answer(now) {
            let packet = Outgoing::new(segment, &tlp).map_err(|error| error.to_string())?;
            self.system.link().send(packet);
        }
        Ok(())
    }

    /// Something to be read, or an error.
    fn scribble(&mut self, at: u64, beats: u64) {
        let end = at + beats * u64::from(self.width.bytes());
        let Some(sink) = self.system.data_sink() else {
            return;
        };
        for line in at / LINE..=(end - 1) / LINE {
            let (line, next) = (Spa::new(line * LINE), Spa::new((line + 1) * LINE));
            let bytes: [u8; LINE as usize] = self.rng.random();
            sink.write(line, &bytes);
            if self.broken > 0 && self.rng.random_range(0..self.broken) == 0 {
                let resp = if self.rng.random() {
                    Resp::SlvErr
                } else {
                    Resp::DecErr
                };
                sink.set_attributes(line..next, Attributes::error(resp));
            }
        }
    }

    /// A packet for a device.
    fn incoming(&mut self, incoming: &Incoming, now: Clock) -> Breach {
        let (segment, tlp) = (incoming.segment, &incoming.tlp);
        let Body::Completion(completion) = &tlp.body else {
            if let Some(invalidation) = self.messages.came(segment, tlp)? {
                self.caches.invalidate(&invalidation, now, &mut self.rng);
            }
            return Ok(());
        };
        let device = completion.requester.device_id(segment);
        let tag = completion.tag;
        let endpoint = self.endpoints.get_mut(&device);
        let endpoint = endpoint.ok_or_else(|| format!("{completion:x?} for no device"))?;
        let answer = endpoint.complete(completion).map_err(|e| e.to_string())?;
        if completion.completer != RoutingId::default() || tlp.pasid.is_some() {
            return Err(format!("{tlp:x?} comes from elsewhere"));
        }
        if self.unserved.remove(&(device, tag)) {
            return if completion.status == Status::UnsupportedRequest {
                Ok(())
            } else {
                Err(format!("{completion:x?} of what nobody serves"))
            };
        }
        let open = self.flights.open(device, tag)?;
        if tlp.traffic != open.traffic {
            return Err(format!("{tlp:x?} for a request with {:x?}", open.traffic));
        }
        if let Some((tag, answer)) = &answer {
            self.caches.over(device, *tag, answer, now, &mut self.rng);
        }
        if open.request.is_translation_request() {
            let at = open.request.iova.raw();
            let (_, answer) = answer.ok_or("a translation that is not complete")?;
            let seen = translated(&answer, at)?;
            return self.flights.over(device, tag, Some(seen));
        }
        self.flights.completed(device, tag, got(completion)?)?;
        match answer {
            Some(_) => self.flights.over(device, tag, None),
            None => Ok(()),
        }
    }

    /// Sends something that comes to nothing.
    fn make_noise(&mut self, device: DeviceId) {
        let (id, segment) = RoutingId::of_device(device);
        let limits = self.limits;
        let endpoint = self.endpoints.entry(device);
        let endpoint = endpoint.or_insert_with(|| Endpoint::new(id, limits));
        if !endpoint.has_tag() {
            return;
        }
        let Ok(noise) = Noise::new(endpoint, segment, &mut self.rng) else {
            return;
        };
        self.counted[noise.counted as usize] += 1;
        if let Some(tag) = noise.tag {
            self.unserved.insert((device, tag));
        }
        self.system.link().send(noise.packet);
    }

    /// Lets the port to devices stand still for a while now and then.
    fn stall(&mut self) {
        let now = self.system.now();
        match self.stalled_until {
            Some(until) if now < until => return,
            Some(_) => self.stalled_until = None,
            None if self.rng.random_range(0..STALL) == 0 => {
                self.stalled_until = Some(now.after(self.rng.random_range(1..400)));
            }
            None => return,
        }
        let stalled = self.stalled_until.is_some();
        self.system.link().stall(stalled);
    }
}

/// What a completion of a read says.
fn got(completion: &Completion) -> Breach<Got<'_>> {
    match completion.status {
        Status::Success => Ok(Got::Data(&completion.payload)),
        Status::UnsupportedRequest => Ok(Got::Refused),
        Status::CompleterAbort => Ok(Got::Aborted),
        Status::Retry => Err(format!("{completion:x?}")),
    }
}

/// What a translation of this address came to.
fn translated(answer: &Answer, at: u64) -> Breach<Seen> {
    match answer {
        Answer::Translation(entries) if entries.len() == 1 => {
            Ok(Seen::Granted(granted(&entries[0], at)))
        }
        Answer::Refused(Status::UnsupportedRequest) => Ok(Seen::Refused),
        Answer::Refused(Status::CompleterAbort) => Ok(Seen::Aborted),
        _ => Err(format!("a translation is answered with {answer:x?}")),
    }
}

/// Where nothing is granted, the address means nothing.
fn granted(entry: &TranslationEntry, at: u64) -> Granted {
    let any = entry.read || entry.write;
    let below = entry.range.last() - entry.range.start();
    Granted {
        r: entry.read,
        w: entry.write,
        x: entry.execute,
        privileged: entry.privileged,
        global: entry.global,
        untranslated: entry.untranslated_only,
        address: if any && !entry.untranslated_only {
            entry.range.start() | at & below
        } else {
            0
        },
        size: if any { below.wrapping_add(1) } else { 0 },
    }
}

impl Top for PcieTop {
    /// A read is a request for each completion, and what is behind one that failed may
    /// still be under way when the next packet comes.
    const ONE_AT_A_TIME: bool = false;

    fn create(config: &SystemConfig) -> Result<Self, String> {
        let mut rng = config.seed.fork("packets").rng();
        let mut config = config.clone();
        if rng.random_range(0..3) > 0 {
            config.devices = ManagerTiming::RANDOM;
        }
        if rng.random_range(0..3) > 0 {
            let latency = [4, 40, 200][rng.random_range(0..3)];
            config.data_memory = SubordinateTiming::random(latency);
        }
        let tags = [4, 32, 256, Tag::COUNT][rng.random_range(0..4)];
        let broken = [0, 0, 200, 20][rng.random_range(0..4)];
        let caches = rng.random_range(0..4) > 0;
        let mut system = PcieSystem::new(&config).map_err(|error| error.to_string())?;
        system.absorb_data();
        let width = config.width();
        Ok(Self {
            system,
            width,
            rng,
            limits: Limits {
                tags,
                ..Limits::default()
            },
            endpoints: BTreeMap::new(),
            flights: Flights::new(width.bytes().into()),
            messages: Messages::default(),
            caches: Caches::new(caches),
            unserved: BTreeSet::new(),
            counted: [0; 3],
            broken,
            stalled_until: None,
        })
    }

    fn submit(&mut self, request: &Request) -> bool {
        let device = request.device_id;
        if self.rng.random_range(0..NOISE) == 0 {
            self.make_noise(device);
        }
        let (id, segment) = RoutingId::of_device(device);
        let limits = self.limits;
        let endpoint = self.endpoints.entry(device);
        let endpoint = endpoint.or_insert_with(|| Endpoint::new(id, limits));
        let now = self.system.now();
        let in_flight = self.flights.len();
        let held = self.caches.use_one(request, in_flight, &mut self.rng);
        let (request, usage) = match held {
            Some((request, usage)) => (request, Some(usage)),
            None => (*request, None),
        };
        let draft = Draft::new(&request, self.width, &mut self.rng);
        let no_tag = draft.is_answered() && !endpoint.has_tag();
        if no_tag || self.flights.is_ambiguous(&draft) {
            if let Some(usage) = usage {
                self.caches.sent(device, usage, None, now, &mut self.rng);
            }
            return false;
        }
        let packet = draft.packet(endpoint, &mut self.rng);
        let Ok(outgoing) = Outgoing::new(segment, &packet.tlp) else {
            return false;
        };
        self.flights.submitted(&packet);
        self.system.link().send(outgoing);
        if let (true, Some(tag)) = (request.is_translation_request(), packet.tag) {
            self.caches.asks(&request, tag, packet.tlp.pasid);
        }
        if let Some(usage) = usage {
            let tag = packet.tag;
            self.caches.sent(device, usage, tag, now, &mut self.rng);
        }
        true
    }

    fn request_page(&mut self, message: &PageRequestMessage) {
        let (requester, segment) = RoutingId::of_device(message.device_id);
        let record = message.record();
        let body = Body::Message(Message::PageRequest {
            requester,
            page: message.payload & !0xfff,
            group: record.prgi,
            last: record.last,
            write: record.write,
            read: record.read,
        });
        let pasid = message.process_id.map(|process_id| Pasid {
            process_id,
            privileged: message.privileged,
            execute: message.exec,
        });
        let tlp = Tlp::from(body).with_pasid(pasid);
        if let Ok(packet) = Outgoing::new(segment, &tlp) {
            self.system.link().send(packet);
        }
    }

    fn pop_page_response(&mut self) -> Option<PageResponse> {
        self.messages.pop_told()
    }

    fn held(&self) -> u64 {
        self.caches.uses
    }

    fn pop_invalidated(&mut self) -> Option<u64> {
        self.caches.pop_answered()
    }

    fn commanded(&mut self, command: &Command) {
        self.messages.commanded(command);
    }

    fn in_flight(&self) -> usize {
        let messages = self.messages.len() + self.caches.len();
        self.flights.len() + self.unserved.len() + messages
    }

    fn step(&mut self) -> Result<(), String> {
        let now = self.system.now();
        self.stall();
        self.system.step().map_err(|error| error.to_string())?;
        self.look(now)
    }

    fn pop_reply(&mut self) -> Option<Reply> {
        self.flights.pop_reply()
    }

    of_system!();

    fn complaint(&mut self) -> Option<String> {
        let refusals = self.system.refusals();
        let counted = self.counted;
        let over = self.in_flight() == 0 && self.system.link().waiting() == 0;
        let wrong = (over && refusals != counted)
            .then(|| format!("{counted:?} packets came to nothing; {refusals:?} were counted"));
        self.system.violations().next().or(wrong)
    }
}
