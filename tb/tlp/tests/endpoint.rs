// SPDX-License-Identifier: Apache-2.0
//! Requests of accesses, and what completions make of them.

use sallyport_tlp::{
    Answer, Body, Completion, Endpoint, Limits, Manner, RoutingId, Status, Tag, Tlp,
    TranslationEntry, UnexpectedCompletion,
};

const DEVICE: RoutingId = RoutingId::new(3, 0, 0);

fn endpoint() -> Endpoint {
    Endpoint::new(DEVICE, Limits::default())
}

/// The completion of `bytes` from `at` on, with so many owed.
fn part(tag: Tag, at: u64, owed: u16, bytes: usize) -> Completion {
    let offset = (at & 3) as usize;
    Completion {
        byte_count: owed,
        lower_address: (at & 0x7f) as u8,
        payload: vec![at as u8; (offset + bytes).next_multiple_of(4)],
        ..Completion::refusal(RoutingId::default(), DEVICE, tag, Status::Success)
    }
}

#[test]
fn a_read_is_put_together() {
    let mut device = endpoint();
    let (tag, tlp) = device.read(0x1031, 100, Manner::default()).expect("short");
    assert!(matches!(tlp.body, Body::MemoryRead(ref read) if read.tag == tag));
    assert_eq!(tlp.check(), Ok(()));
    assert_eq!(device.complete(&part(tag, 0x1031, 100, 15)), Ok(None));
    assert_eq!(device.complete(&part(tag, 0x1040, 85, 64)), Ok(None));
    let mut wanted = vec![0x31; 15];
    wanted.extend([0x40; 64]);
    wanted.extend([0x80; 21]);
    assert_eq!(
        device.complete(&part(tag, 0x1080, 21, 21)),
        Ok(Some((tag, Answer::Data(wanted))))
    );
    assert_eq!(device.outstanding(), 0);
}

#[test]
fn wrong_completions_are_noticed() {
    let mut device = endpoint();
    let (tag, _) = device.read(0x1000, 256, Manner::default()).expect("short");
    let first = part(tag, 0x1000, 256, 64);
    let misplaced = |completion: &Completion| {
        matches!(
            endpoint_with(0x1000, 256).complete(completion),
            Err(UnexpectedCompletion::Misplaced { .. })
        )
    };
    assert!(misplaced(&part(tag, 0x1000, 255, 64)), "byte count");
    assert!(misplaced(&part(tag, 0x1040, 256, 64)), "lower address");
    assert!(misplaced(&part(tag, 0x1000, 256, 0)), "no data");
    assert!(matches!(
        device.complete(&part(tag, 0x1000, 256, 68)),
        Err(UnexpectedCompletion::Boundary(_))
    ));
    let foreign = Completion {
        requester: RoutingId::new(4, 0, 0),
        ..first
    };
    assert!(matches!(
        device.complete(&foreign),
        Err(UnexpectedCompletion::Unasked(_))
    ));
}

fn endpoint_with(at: u64, length: usize) -> Endpoint {
    let mut device = endpoint();
    device.read(at, length, Manner::default()).expect("short");
    device
}

#[test]
fn refusals_end_requests() {
    let mut device = endpoint();
    let (tag, _) = device.read(0x1000, 128, Manner::default()).expect("short");
    assert_eq!(device.complete(&part(tag, 0x1000, 128, 64)), Ok(None));
    let refusal = Completion {
        byte_count: 64,
        lower_address: 0x40,
        ..Completion::refusal(RoutingId::default(), DEVICE, tag, Status::CompleterAbort)
    };
    let answer = Answer::Refused(Status::CompleterAbort);
    assert_eq!(device.complete(&refusal), Ok(Some((tag, answer))));
    assert!(device.complete(&refusal).is_err(), "once only");
    let tag = device.other();
    let refusal = Completion::refusal(
        RoutingId::default(),
        DEVICE,
        tag,
        Status::UnsupportedRequest,
    );
    let answer = Answer::Refused(Status::UnsupportedRequest);
    assert_eq!(device.complete(&refusal), Ok(Some((tag, answer))));
}

#[test]
fn translations_come_back() {
    let mut device = endpoint();
    let (tag, tlp) = device.translate(0x7123, 1, true, None);
    assert!(matches!(tlp, Tlp { body: Body::TranslationRequest(r), .. } if r.address == 0x7120));
    let entry = TranslationEntry {
        read: true,
        ..TranslationEntry::default()
    };
    let completion = Completion {
        byte_count: 8,
        lower_address: 56,
        payload: TranslationEntry::to_payload(&[entry]),
        ..Completion::refusal(RoutingId::default(), DEVICE, tag, Status::Success)
    };
    let odd = Completion {
        lower_address: 0,
        ..completion.clone()
    };
    assert!(device.complete(&odd).is_err());
    let answer = Answer::Translation(vec![entry]);
    assert_eq!(device.complete(&completion), Ok(Some((tag, answer))));
}

#[test]
fn requests_end_at_boundaries() {
    let device = endpoint();
    assert_eq!(device.longest(0x1ffd, false), 3);
    assert_eq!(device.longest(0x1010, false), 0xff0);
    assert_eq!(device.longest(0x1010, true), 0x1f0);
    let few = Limits {
        tags: 2,
        ..Limits::default()
    };
    let mut device = Endpoint::new(DEVICE, few);
    let first = device.other();
    let second = device.other();
    assert_ne!(first, second);
    assert!(!device.has_tag());
}
