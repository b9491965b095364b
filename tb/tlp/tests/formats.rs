// SPDX-License-Identifier: Apache-2.0
//! Packets byte for byte, and the rules that packets can break.

use sallyport_formats::ProcessId;
use sallyport_tlp::{
    AddressType, AtomicOp, AtomicOperation, Body, Completion, MemoryRead, MemoryWrite, Message,
    PageRange, Pasid, ResponseCode, RoutingId, Status, Tag, Tlp, TlpError, TranslationEntry,
    TranslationRequest, ViolatedRule,
};

fn rid() -> RoutingId {
    RoutingId::new(0x12, 3, 4)
}

fn tag(raw: u16) -> Tag {
    Tag::new(raw).expect("ten bits")
}

fn bytes(body: Body) -> Vec<u8> {
    Tlp::from(body).emit().expect("all fields fit")
}

fn read(address: u64, dwords: u16, first_be: u8, last_be: u8) -> MemoryRead {
    MemoryRead {
        requester: rid(),
        tag: tag(0x2a5),
        address_type: AddressType::Translated,
        address,
        dwords,
        first_be,
        last_be,
    }
}

#[test]
fn reads_have_short_and_long_addresses() {
    let short = bytes(Body::MemoryRead(read(0x8000_1004, 1024, 0xc, 0x3)));
    // T9 of the tag, AT = 2, a length of 0 for 1,024.
    assert_eq!(
        short,
        [
            0x00, 0x80, 0x08, 0x00, 0x12, 0x1c, 0xa5, 0x3c, 0x80, 0x00, 0x10, 0x04
        ]
    );
    let long = bytes(Body::MemoryRead(read(0x1_0000_0008, 2, 0xf, 0xf)));
    assert_eq!(long[..4], [0x20, 0x80, 0x08, 0x02]);
    assert_eq!(long[8..], [0, 0, 0, 1, 0, 0, 0, 8]);
}

#[test]
fn a_prefix_goes_before_the_header() {
    let tlp = Tlp::from(Body::MemoryRead(read(0, 1, 0xf, 0))).with_pasid(Some(Pasid {
        process_id: ProcessId::truncate(0x12345),
        privileged: true,
        execute: false,
    }));
    let bytes = tlp.emit().expect("all fields fit");
    assert_eq!(bytes[..5], [0x91, 0x81, 0x23, 0x45, 0x00]);
    let execute = Pasid::of_word(0x9140_0001).expect("a PASID prefix");
    assert!(execute.execute && !execute.privileged);
    assert_eq!(Pasid::of_word(0x9000_0000), Err(TlpError::Prefix(0x90)));
}

#[test]
fn writes_and_atomics_carry_data() {
    let write = MemoryWrite::of_bytes(rid(), AddressType::Untranslated, 0x1003, &[1, 2, 3])
        .expect("it fits");
    let found = bytes(Body::MemoryWrite(write));
    assert_eq!(found[..8], [0x40, 0, 0, 2, 0x12, 0x1c, 0, 0x38]);
    assert_eq!(found[12..], [0, 0, 0, 1, 2, 3, 0, 0]);
    let swap = AtomicOp {
        operation: AtomicOperation::CompareAndSwap,
        requester: rid(),
        tag: tag(1),
        address_type: AddressType::Untranslated,
        address: 0x2000,
        operands: vec![7; 8],
    };
    assert_eq!(bytes(Body::AtomicOp(swap.clone()))[..4], [0x4e, 0, 0, 2]);
    let odd = AtomicOp {
        operands: vec![0; 12],
        ..swap
    };
    assert_eq!(
        Tlp::from(Body::AtomicOp(odd)).emit(),
        Err(TlpError::Length(3))
    );
}

#[test]
fn translations_are_asked_for_and_answered() {
    let request = TranslationRequest {
        requester: rid(),
        tag: tag(9),
        address: 0x4_5678_9000,
        dwords: 2,
        no_write: true,
    };
    let found = bytes(Body::TranslationRequest(request));
    assert_eq!(found[..8], [0x20, 0, 0x04, 2, 0x12, 0x1c, 9, 0xff]);
    assert_eq!(found[8..], [0, 0, 0, 4, 0x56, 0x78, 0x90, 0x01]);
    let entry = TranslationEntry {
        range: PageRange::new(0x80_0000_0000, 1 << 21).expect("2 MiB"),
        global: true,
        read: true,
        write: true,
        ..TranslationEntry::default()
    };
    assert_eq!(entry.word(), 0x80_000f_f823);
    let completion = Completion {
        completer: RoutingId::default(),
        requester: rid(),
        tag: tag(9),
        status: Status::Success,
        byte_count: 8,
        lower_address: 0x38,
        payload: TranslationEntry::to_payload(&[entry]),
    };
    let found = bytes(Body::Completion(completion));
    assert_eq!(found[..8], [0x4a, 0, 0, 2, 0, 0, 0, 8]);
    assert_eq!(found[8..12], [0x12, 0x1c, 9, 0x38]);
    assert_eq!(found[12..], [0, 0, 0, 0x80, 0x00, 0x0f, 0xf8, 0x23]);
}

#[test]
fn refusals_have_a_status_and_no_data() {
    let refusal = Completion::refusal(rid(), rid(), tag(0x1ff), Status::CompleterAbort);
    assert!(refusal.is_last());
    let found = bytes(Body::Completion(refusal));
    assert_eq!(found[..8], [0x0a, 0x08, 0, 0, 0x12, 0x1c, 0x80, 4]);
}

#[test]
fn messages_have_their_codes_and_routes() {
    let message = |message| bytes(Body::Message(message));
    let range = PageRange::new(0x10_0000, 1 << 12).expect("a page");
    let request = message(Message::InvalidateRequest {
        requester: RoutingId::default(),
        target: rid(),
        itag: 0x15,
        range,
        global: true,
    });
    assert_eq!(request[..8], [0x72, 0, 0, 2, 0, 0, 0x15, 1]);
    assert_eq!(request[8..12], [0x12, 0x1c, 0, 0]);
    assert_eq!(request[16..], [0, 0, 0, 0, 0, 0x10, 0, 1]);
    let completion = message(Message::InvalidateCompletion {
        requester: rid(),
        target: RoutingId::default(),
        count: 8,
        itags: 0x8000_0001,
    });
    assert_eq!(completion[..8], [0x32, 0, 0, 0, 0x12, 0x1c, 0, 2]);
    assert_eq!(completion[8..], [0, 0, 0, 0, 0x80, 0, 0, 1]);
    let page = message(Message::PageRequest {
        requester: rid(),
        page: 0x1_2345_6000,
        group: 0x101,
        last: true,
        write: false,
        read: true,
    });
    assert_eq!(page[..8], [0x30, 0, 0, 0, 0x12, 0x1c, 0, 4]);
    assert_eq!(page[8..], [0, 0, 0, 1, 0x23, 0x45, 0x68, 0x0d]);
    let response = message(Message::PageGroupResponse {
        requester: RoutingId::default(),
        target: rid(),
        code: ResponseCode::FAILURE,
        group: 0x101,
    });
    assert_eq!(response[..8], [0x32, 0, 0, 0, 0, 0, 0, 5]);
    assert_eq!(response[8..12], [0x12, 0x1c, 0xf1, 0x01]);
}

#[test]
fn what_is_no_packet_says_why() {
    let parse = Tlp::parse;
    assert_eq!(
        parse(&[0; 3]),
        Err(TlpError::Truncated {
            needed: 4,
            found: 3
        })
    );
    let kind = |fmt, kind| Err(TlpError::Kind { fmt, kind });
    // A configuration read, a write of 3 doublewords of header with type 1.
    assert_eq!(parse(&[4, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), kind(0, 4));
    assert_eq!(parse(&[0xa0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), kind(5, 0));
    let mut digest = bytes(Body::MemoryRead(read(0, 1, 0xf, 0)));
    digest[2] |= 0x80;
    assert_eq!(parse(&digest), Err(TlpError::Digest));
    let mut reserved = bytes(Body::MemoryRead(read(0, 1, 0xf, 0)));
    reserved[2] |= 0x0c;
    assert_eq!(parse(&reserved), Err(TlpError::AddressType(3)));
    let mut message = [0; 16];
    message[0] = 0x34;
    message[7] = 0x20;
    assert_eq!(parse(&message), Err(TlpError::MessageCode(0x20)));
}

#[test]
fn broken_rules_are_named() {
    let check = |read| Tlp::from(Body::MemoryRead(read)).check();
    let enables = |first, last, dwords| {
        Err(ViolatedRule::ByteEnables {
            first,
            last,
            dwords,
        })
    };
    assert_eq!(check(read(0xffc, 1, 0xf, 0)), Ok(()));
    assert_eq!(
        check(read(0xffc, 2, 0xf, 0xf)),
        Err(ViolatedRule::Crosses4KiB)
    );
    assert_eq!(check(read(0, 1, 0, 0)), Ok(()), "a read of nothing");
    assert_eq!(check(read(0, 1, 0x5, 0)), Ok(()), "one may have gaps");
    assert_eq!(check(read(0, 1, 0xf, 1)), enables(0xf, 1, 1));
    assert_eq!(check(read(8, 2, 0x5, 0xa)), Ok(()), "one quadword");
    assert_eq!(check(read(4, 2, 0x5, 0xf)), enables(0x5, 0xf, 2));
    assert_eq!(check(read(0, 3, 0x7, 0xf)), enables(0x7, 0xf, 3));
    assert_eq!(check(read(0, 3, 0xf, 0x0)), enables(0xf, 0, 3));
}

#[test]
fn completions_owe_what_was_asked_for() {
    let count = |dwords, first, last| {
        let span = read(0x100, dwords, first, last).span();
        (span.first, span.byte_count)
    };
    // The table of byte counts, row by row.
    assert_eq!(count(1, 0b1001, 0), (0x100, 4));
    assert_eq!(count(1, 0b0101, 0), (0x100, 3));
    assert_eq!(count(1, 0b1010, 0), (0x101, 3));
    assert_eq!(count(1, 0b0011, 0), (0x100, 2));
    assert_eq!(count(1, 0b0110, 0), (0x101, 2));
    assert_eq!(count(1, 0b1100, 0), (0x102, 2));
    assert_eq!(count(1, 0b1000, 0), (0x103, 1));
    assert_eq!(count(1, 0b0000, 0), (0x100, 1));
    assert_eq!(count(4, 0b1111, 0b1111), (0x100, 16));
    assert_eq!(count(4, 0b1000, 0b0001), (0x103, 10));
    assert_eq!(count(1024, 0b1110, 0b0111), (0x101, 4094));
}
