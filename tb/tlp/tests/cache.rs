// SPDX-License-Identifier: Apache-2.0
//! Address translation caches, and what they owe.

use sallyport_formats::ProcessId;
use sallyport_tlp::{
    Answer, Body, Endpoint, Fetched, Limits, Message, PageAnswer, PageRange, PageRequester, Pasid,
    ResponseCode, RoutingId, Status, Tag, Tlp, TranslationCache, TranslationEntry, WantedPage,
};

const DEVICE: RoutingId = RoutingId::new(3, 0, 0);
const ROOT: RoutingId = RoutingId::new(0, 0, 0);

struct World {
    cache: TranslationCache,
    endpoint: Endpoint,
}

fn world(capacity: usize) -> World {
    World {
        cache: TranslationCache::new(DEVICE, capacity),
        endpoint: Endpoint::new(DEVICE, Limits::default()),
    }
}

fn pasid(raw: u64) -> Option<Pasid> {
    Some(Pasid {
        process_id: ProcessId::truncate(raw),
        privileged: false,
        execute: false,
    })
}

fn entry(address: u64, bytes: u64) -> TranslationEntry {
    TranslationEntry {
        range: PageRange::new(address, bytes).expect("a power of two"),
        read: true,
        write: true,
        ..TranslationEntry::default()
    }
}

fn invalidate(itag: u8, address: u64, bytes: u64, global: bool) -> Message {
    Message::InvalidateRequest {
        requester: ROOT,
        target: DEVICE,
        itag,
        range: PageRange::new(address, bytes).expect("a power of two"),
        global,
    }
}

/// The tags that an invalidate completion is for.
fn itags(tlp: Option<Tlp>) -> u32 {
    match tlp.map(|tlp| tlp.body) {
        Some(Body::Message(Message::InvalidateCompletion {
            requester,
            target,
            count: 1,
            itags,
        })) => {
            assert_eq!((requester, target), (DEVICE, ROOT));
            itags
        }
        None => 0,
        other => panic!("{other:?}"),
    }
}

impl World {
    fn ask(&mut self, address: u64, pasid: Option<Pasid>) -> Tag {
        self.cache
            .ask(&mut self.endpoint, address, 1, false, pasid)
            .0
    }

    fn learn(&mut self, address: u64, pasid: Option<Pasid>, entry: TranslationEntry) -> Fetched {
        let tag = self.ask(address, pasid);
        self.cache.answered(tag, &Answer::Translation(vec![entry]))
    }

    /// Where an address leads, in an access that is over at once.
    fn find(&mut self, address: u64, pasid: Option<Pasid>) -> Option<u64> {
        let found = self.cache.look_up(address, false, pasid)?;
        assert_eq!(self.cache.done(found.usage), []);
        Some(found.address)
    }
}

#[test]
fn ranges_are_kept_and_found() {
    let mut world = world(4);
    assert_eq!(world.find(0x20_1234, None), None);
    let large = entry(0x80_0000, 0x20_0000);
    assert_eq!(world.learn(0x21_1000, None, large), Fetched::Held);
    assert_eq!(world.find(0x20_1234, None), Some(0x80_1234));
    assert_eq!(world.find(0x3f_ffff, None), Some(0x9f_ffff));
    assert_eq!(world.find(0x40_0000, None), None);
    assert_eq!(world.find(0x20_1234, pasid(5)), None);
    let found = world.cache.look_up(0x3f_f000, true, None).expect("held");
    assert_eq!(found.bytes, 0x1000);
    // A smaller one takes its place.
    assert_eq!(
        world.learn(0x20_1000, None, entry(0x7000, 0x1000)),
        Fetched::Held
    );
    assert_eq!(world.find(0x20_1234, None), Some(0x7234));
    assert_eq!(world.find(0x20_2000, None), None);
    assert_eq!(world.cache.len(), 1);
}

#[test]
fn several_translations_come_at_once() {
    let mut world = world(4);
    let (tag, _) = world.cache.ask(&mut world.endpoint, 0x4000, 3, false, None);
    let nothing = TranslationEntry::default();
    let entries = vec![entry(0x9000, 0x1000), entry(0x3000, 0x1000), nothing];
    let fetched = world.cache.answered(tag, &Answer::Translation(entries));
    assert_eq!(fetched, Fetched::Held);
    assert_eq!(world.find(0x4010, None), Some(0x9010));
    assert_eq!(world.find(0x5010, None), Some(0x3010));
    assert_eq!(world.find(0x6010, None), None);
}

#[test]
fn the_least_recently_used_makes_room() {
    let mut world = world(2);
    world.learn(0x1000, None, entry(0xa000, 0x1000));
    world.learn(0x2000, None, entry(0xb000, 0x1000));
    assert!(world.find(0x1000, None).is_some());
    world.learn(0x3000, None, entry(0xc000, 0x1000));
    assert_eq!(world.find(0x2000, None), None);
    assert!(world.find(0x1000, None).is_some() && world.find(0x3000, None).is_some());
}

#[test]
fn rights_are_respected() {
    let mut world = world(4);
    let read_only = TranslationEntry {
        write: false,
        ..entry(0xa000, 0x1000)
    };
    assert_eq!(world.learn(0x1000, None, read_only), Fetched::Held);
    assert!(world.find(0x1000, None).is_some());
    assert_eq!(world.cache.look_up(0x1000, true, None), None);
    let nothing = TranslationEntry::default();
    assert_eq!(world.learn(0x2000, None, nothing), Fetched::NotPresent);
    let untranslated = TranslationEntry {
        untranslated_only: true,
        ..entry(0xa000, 0x1000)
    };
    assert_eq!(
        world.learn(0x3000, None, untranslated),
        Fetched::UntranslatedOnly
    );
    assert_eq!(world.find(0x3000, None), None);
    let tag = world.ask(0x4000, None);
    let refused = Answer::Refused(Status::UnsupportedRequest);
    assert_eq!(
        world.cache.answered(tag, &refused),
        Fetched::Refused(Status::UnsupportedRequest)
    );
}

#[test]
fn invalidations_take_what_they_cover() {
    let mut world = world(8);
    world.learn(0x1000, None, entry(0xa000, 0x1000));
    world.learn(0x2000, None, entry(0xb000, 0x1000));
    world.learn(0x1000, pasid(5), entry(0xc000, 0x1000));
    world.learn(0x1000, pasid(6), entry(0xd000, 0x1000));
    world.learn(0x20_0000, None, entry(0x40_0000, 0x20_0000));
    let none = world
        .cache
        .invalidate(&invalidate(1, 0x1000, 0x1000, false), None);
    assert_eq!(itags(none), 1 << 1);
    assert_eq!(world.find(0x1000, None), None);
    assert!(world.find(0x2000, None).is_some() && world.find(0x1000, pasid(5)).is_some());
    // One page of a larger range takes all of it.
    let part = world
        .cache
        .invalidate(&invalidate(2, 0x31_0000, 0x1000, false), None);
    assert_eq!(itags(part), 1 << 2);
    assert_eq!(world.find(0x20_0000, None), None);
    let five = world
        .cache
        .invalidate(&invalidate(3, 0, 1 << 63, false), pasid(5));
    assert_eq!(itags(five), 1 << 3);
    assert_eq!(world.find(0x1000, pasid(5)), None);
    assert!(world.find(0x1000, pasid(6)).is_some());
    let all = world
        .cache
        .invalidate(&invalidate(31, 0, 1 << 63, true), pasid(5));
    assert_eq!(itags(all), 1 << 31);
    assert!(world.cache.is_empty());
}

#[test]
fn answers_from_before_an_invalidation_are_not_kept() {
    let mut world = world(8);
    let tag = world.ask(0x1000, None);
    let other = world.ask(0x8000, None);
    let done = world
        .cache
        .invalidate(&invalidate(0, 0x3000, 0x1000, false), None);
    assert_eq!(itags(done), 1, "nothing is in use");
    // The page that was asked for is not covered, but what is told of it is.
    let wide = Answer::Translation(vec![entry(0x2_0000, 0x4000)]);
    assert_eq!(world.cache.answered(tag, &wide), Fetched::Stale);
    let page = Answer::Translation(vec![entry(0x9000, 0x1000)]);
    assert_eq!(world.cache.answered(other, &page), Fetched::Held);
    assert_eq!(world.find(0x1000, None), None);
    let again = world.ask(0x1000, None);
    assert_eq!(world.cache.answered(again, &wide), Fetched::Held);
}

#[test]
fn completions_wait_for_earlier_uses() {
    let mut world = world(8);
    world.learn(0x1000, None, entry(0xa000, 0x1000));
    world.learn(0x2000, None, entry(0xb000, 0x1000));
    let first = world.cache.look_up(0x1000, false, None).expect("held");
    let second = world.cache.look_up(0x1800, false, None).expect("held");
    let other = world.cache.look_up(0x2000, false, None).expect("held");
    let done = world
        .cache
        .invalidate(&invalidate(4, 0x1000, 0x1000, false), None);
    assert_eq!(itags(done), 0);
    assert_eq!(world.cache.look_up(0x1000, false, None), None);
    assert_eq!(world.cache.done(first.usage), []);
    assert_eq!(world.cache.done(other.usage), []);
    let due = world.cache.done(second.usage);
    assert_eq!(due.len(), 1);
    assert_eq!(itags(due.into_iter().next()), 1 << 4);
}

#[test]
fn groups_of_pages_are_asked_for_and_answered() {
    let mut pages = PageRequester::new(DEVICE, 2);
    let wanted = [0x5123, 0x6000].map(|address| WantedPage {
        address,
        write: true,
        read: true,
    });
    let (group, messages) = pages.ask(&wanted, pasid(9)).expect("two may be open");
    let found: Vec<_> = messages
        .iter()
        .map(|tlp| match tlp.body {
            Body::Message(Message::PageRequest { page, last, .. }) => (page, last, tlp.pasid),
            _ => panic!("{tlp:?}"),
        })
        .collect();
    assert_eq!(found, [(0x5000, false, pasid(9)), (0x6000, true, pasid(9))]);
    let (other, _) = pages.ask(&wanted[..1], None).expect("two may be open");
    assert_ne!(group, other);
    assert_eq!(pages.ask(&wanted, None), None);
    let response = |group, code| Message::PageGroupResponse {
        requester: ROOT,
        target: DEVICE,
        code,
        group,
    };
    let success = response(group, ResponseCode::SUCCESS);
    assert_eq!(pages.answered(&success), Some((group, PageAnswer::Granted)));
    assert_eq!(pages.answered(&success), None, "nobody waits");
    let (third, _) = pages.ask(&wanted, None).expect("one is open");
    let invalid = response(other, ResponseCode::INVALID_REQUEST);
    assert_eq!(pages.answered(&invalid), Some((other, PageAnswer::Invalid)));
    let failure = response(third, ResponseCode::FAILURE);
    assert_eq!(pages.answered(&failure), Some((third, PageAnswer::Failed)));
    assert!(pages.is_stopped() && !pages.may_ask());
    assert_eq!(pages.outstanding(), 0);
}
