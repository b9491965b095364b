// SPDX-License-Identifier: Apache-2.0
//! What is emitted is parsed as it was, what is parsed is emitted as it was, and
//! no bytes are too strange.

use proptest::collection::vec;
use proptest::prelude::*;
use sallyport_formats::ProcessId;
use sallyport_tlp::{
    AddressType, AtomicOp, AtomicOperation, Body, Completion, MemoryRead, MemoryWrite, Message,
    PageRange, Pasid, PortTlp, ResponseCode, RoutingId, Status, Tag, Tlp, Traffic,
    TranslationEntry, TranslationRequest,
};

fn routing_id() -> impl Strategy<Value = RoutingId> {
    any::<u16>().prop_map(RoutingId::from_raw)
}

fn tag() -> impl Strategy<Value = Tag> {
    (0..Tag::COUNT).prop_map(|raw| Tag::new(raw).expect("below the count"))
}

fn address_type() -> impl Strategy<Value = AddressType> {
    prop_oneof![
        Just(AddressType::Untranslated),
        Just(AddressType::Translated)
    ]
}

/// Addresses on both sides of 4 GiB.
fn address(align: u64) -> impl Strategy<Value = u64> {
    prop_oneof![any::<u32>().prop_map(u64::from), any::<u64>()].prop_map(move |a| a & !(align - 1))
}

fn payload(dwords: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    dwords.prop_flat_map(|n| vec(any::<u8>(), n * 4))
}

fn page_range() -> impl Strategy<Value = PageRange> {
    (any::<u64>(), 12_u32..64)
        .prop_map(|(a, bits)| PageRange::new(a, 1 << bits).expect("a power of two"))
}

fn operation() -> impl Strategy<Value = (AtomicOperation, usize)> {
    prop_oneof![
        (1_usize..3).prop_map(|n| (AtomicOperation::FetchAdd, n)),
        (1_usize..3).prop_map(|n| (AtomicOperation::Swap, n)),
        (1_u32..4).prop_map(|n| (AtomicOperation::CompareAndSwap, 1 << n)),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        (
            routing_id(),
            routing_id(),
            0_u8..32,
            page_range(),
            any::<bool>()
        )
            .prop_map(|(requester, target, itag, range, global)| {
                Message::InvalidateRequest {
                    requester,
                    target,
                    itag,
                    range,
                    global,
                }
            }),
        (routing_id(), routing_id(), 1_u8..9, any::<u32>()).prop_map(
            |(requester, target, count, itags)| Message::InvalidateCompletion {
                requester,
                target,
                count,
                itags
            }
        ),
        (routing_id(), address(4096), 0_u16..512, any::<[bool; 3]>()).prop_map(
            |(requester, page, group, [last, write, read])| Message::PageRequest {
                requester,
                page,
                group,
                last,
                write,
                read
            }
        ),
        (routing_id(), routing_id(), 0_u8..16, 0_u16..512).prop_map(
            |(requester, target, code, group)| Message::PageGroupResponse {
                requester,
                target,
                code: ResponseCode::new(code).expect("four bits"),
                group
            }
        ),
    ]
}

fn body() -> impl Strategy<Value = Body> {
    let status = prop_oneof![
        Just(Status::Success),
        Just(Status::UnsupportedRequest),
        Just(Status::Retry),
        Just(Status::CompleterAbort)
    ];
    prop_oneof![
        (
            routing_id(),
            tag(),
            address_type(),
            address(4),
            1_u16..=1024,
            0_u8..16,
            0_u8..16
        )
            .prop_map(
                |(requester, tag, address_type, address, dwords, first_be, last_be)| {
                    Body::MemoryRead(MemoryRead {
                        requester,
                        tag,
                        address_type,
                        address,
                        dwords,
                        first_be,
                        last_be,
                    })
                }
            ),
        (
            routing_id(),
            tag(),
            address_type(),
            address(4),
            0_u8..16,
            0_u8..16,
            payload(1..129)
        )
            .prop_map(
                |(requester, tag, address_type, address, first_be, last_be, payload)| {
                    Body::MemoryWrite(MemoryWrite {
                        requester,
                        tag,
                        address_type,
                        address,
                        first_be,
                        last_be,
                        payload,
                    })
                }
            ),
        (operation(), routing_id(), tag(), address_type(), address(4)).prop_flat_map(
            |((operation, dwords), requester, tag, address_type, address)| {
                payload(dwords..dwords + 1).prop_map(move |operands| {
                    Body::AtomicOp(AtomicOp {
                        operation,
                        requester,
                        tag,
                        address_type,
                        address,
                        operands,
                    })
                })
            }
        ),
        (routing_id(), tag(), address(4), 1_u16..=1024, any::<bool>()).prop_map(
            |(requester, tag, address, dwords, no_write)| {
                Body::TranslationRequest(TranslationRequest {
                    requester,
                    tag,
                    address,
                    dwords,
                    no_write,
                })
            }
        ),
        (
            routing_id(),
            routing_id(),
            tag(),
            status,
            1_u16..=4096,
            0_u8..128,
            payload(0..65)
        )
            .prop_map(
                |(completer, requester, tag, status, byte_count, lower_address, payload)| {
                    Body::Completion(Completion {
                        completer,
                        requester,
                        tag,
                        status,
                        byte_count,
                        lower_address,
                        payload,
                    })
                }
            ),
        message().prop_map(Body::Message),
    ]
}

fn tlp() -> impl Strategy<Value = Tlp> {
    let pasid = (any::<u32>(), any::<[bool; 2]>()).prop_map(|(id, [privileged, execute])| Pasid {
        process_id: ProcessId::truncate(id.into()),
        privileged,
        execute,
    });
    let traffic = (0_u8..8, any::<[bool; 4]>()).prop_map(|(class, [a, b, c, d])| Traffic {
        class,
        relaxed: a,
        no_snoop: b,
        id_ordered: c,
        poisoned: d,
    });
    (proptest::option::of(pasid), traffic, body()).prop_map(|(pasid, traffic, body)| Tlp {
        pasid,
        traffic,
        body,
    })
}

proptest! {
    #[test]
    fn a_packet_survives_its_bytes(tlp in tlp()) {
        let bytes = tlp.emit().expect("all fields fit");
        prop_assert_eq!(Tlp::parse(&bytes), Ok(tlp.clone()));
        let port = PortTlp::of_tlp(&tlp).expect("all fields fit");
        prop_assert_eq!(port.to_bytes(), bytes);
    }

    #[test]
    fn strange_bytes_are_refused_or_kept(mut bytes in vec(any::<u8>(), 0..40), kind in any::<u8>()) {
        // Half of all first bytes would be prefixes.
        if let Some(first) = bytes.first_mut() {
            *first = kind & 0x7f;
        }
        if let Ok(tlp) = Tlp::parse(&bytes) {
            let again = tlp.emit().expect("what was parsed fits");
            prop_assert_eq!(Tlp::parse(&again), Ok(tlp));
        }
    }

    #[test]
    fn every_cut_is_noticed(tlp in tlp(), cut in 1_usize..20) {
        let bytes = tlp.emit().expect("all fields fit");
        let short = &bytes[..bytes.len().saturating_sub(cut)];
        prop_assert!(Tlp::parse(short).is_err());
        let mut long = bytes.clone();
        long.resize(bytes.len() + cut, 0);
        prop_assert!(Tlp::parse(&long).is_err());
    }

    #[test]
    fn beats_hold_the_payload_in_order(tlp in tlp(), wide in any::<bool>()) {
        let width = if wide { 32 } else { 16 };
        let port = PortTlp::of_tlp(&tlp).expect("all fields fit");
        let beats = port.beats(width);
        prop_assert!(beats[0].sop && beats[beats.len() - 1].eop);
        prop_assert_eq!(beats.iter().filter(|b| b.sop || b.eop).count(), beats.len().min(2));
        let mut data: Vec<u8> = Vec::new();
        for beat in &beats {
            prop_assert_eq!(beat.data.len(), width);
            let dwords = beat.strobe.count_ones() as usize;
            prop_assert_eq!(u16::from(beat.strobe), (1 << dwords) - 1);
            data.extend(&beat.data[..dwords * 4]);
        }
        prop_assert_eq!(data, port.payload);
    }

    #[test]
    fn ranges_know_their_pages(address in any::<u64>(), bits in 12_u32..64, other in any::<u64>()) {
        let range = PageRange::new(address, 1 << bits).expect("a power of two");
        let mask = (1_u64 << bits) - 1;
        prop_assert_eq!((range.start(), range.last()), (address & !mask, address | mask));
        prop_assert_eq!(range.contains(other), other & !mask == address & !mask);
        prop_assert_eq!(PageRange::of_word(range.word()), range);
        let page = PageRange::new(other, 1 << 12).expect("one page");
        prop_assert_eq!(range.overlaps(page), range.contains(other));
    }

    #[test]
    fn entries_survive_their_payload(range in page_range(), bits in any::<[bool; 7]>()) {
        let [non_snooped, global, privileged, execute, untranslated_only, write, read] = bits;
        let entry = TranslationEntry {
            range, non_snooped, global, privileged, execute, untranslated_only, write, read,
        };
        let payload = TranslationEntry::to_payload(&[entry, TranslationEntry::default()]);
        let parsed = TranslationEntry::of_payload(&payload);
        prop_assert_eq!(parsed, Ok(vec![entry, TranslationEntry::default()]));
    }

    #[test]
    fn accesses_to_bytes_break_no_rule(first in address(1), length in 1_usize..512) {
        let length = length.min(0x1000 - (first & 0xfff) as usize);
        let rid = RoutingId::new(1, 2, 3);
        let read = MemoryRead::of_bytes(rid, Tag::default(), AddressType::Untranslated, first, length)
            .expect("it fits");
        let span = read.span();
        prop_assert_eq!((span.first, usize::from(span.byte_count)), (first, length));
        prop_assert_eq!(Tlp::from(Body::MemoryRead(read)).check(), Ok(()));
        let bytes: Vec<u8> = (0..length).map(|i| i as u8).collect();
        let write = MemoryWrite::of_bytes(rid, AddressType::Untranslated, first, &bytes).expect("it fits");
        let offset = (first & 3) as usize;
        prop_assert_eq!(&write.payload[offset..offset + length], &bytes[..]);
        prop_assert_eq!(Tlp::from(Body::MemoryWrite(write)).check(), Ok(()));
    }
}
