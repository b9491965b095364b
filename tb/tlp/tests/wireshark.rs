// SPDX-License-Identifier: Apache-2.0
//! A capture of every kind of packet, as Wireshark sees it. Needs `tshark`, which
//! `make setup` installs.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use sallyport_formats::ProcessId;
use sallyport_tlp::{
    AddressType, AtomicOp, AtomicOperation, Body, CaptureWriter, Completion, Direction, MemoryRead,
    MemoryWrite, Message, PageRange, Pasid, ResponseCode, RoutingId, Status, Tag, Tlp,
    TranslationEntry, TranslationRequest,
};

const DEVICE: RoutingId = RoutingId::new(1, 0, 0);
const ROOT: RoutingId = RoutingId::new(0, 0, 0);

fn tag(raw: u16) -> Tag {
    Tag::new(raw).expect("ten bits")
}

fn pasid() -> Pasid {
    Pasid {
        process_id: ProcessId::truncate(0x42),
        privileged: true,
        execute: true,
    }
}

fn completion(number: u16, status: Status, payload: Vec<u8>) -> Body {
    Body::Completion(Completion {
        byte_count: payload.len().max(4) as u16,
        payload,
        ..Completion::refusal(ROOT, DEVICE, tag(number), status)
    })
}

/// Packets in the order of the capture; frame n is number n + 1.
fn packets() -> Vec<(Direction, Tlp)> {
    use Direction::{Downstream, Upstream};
    let read = MemoryRead::of_bytes(DEVICE, tag(0x301), AddressType::Untranslated, 0x1000, 8)
        .expect("it fits");
    let write = MemoryWrite::of_bytes(DEVICE, AddressType::Translated, 0x1_0000_0002, &[1, 2, 3])
        .expect("it fits");
    let entry = TranslationEntry {
        range: PageRange::new(0x4000_0000, 1 << 21).expect("2 MiB"),
        global: true,
        read: true,
        ..TranslationEntry::default()
    };
    let range = PageRange::new(0x1000, 1 << 12).expect("a page");
    let page = |last, read| Message::PageRequest {
        requester: DEVICE,
        page: 0x7000,
        group: 5,
        last,
        write: false,
        read,
    };
    let body = |body| Tlp::from(body);
    vec![
        (Upstream, body(Body::MemoryRead(read))),
        (
            Upstream,
            body(Body::MemoryWrite(write)).with_pasid(Some(pasid())),
        ),
        (
            Upstream,
            body(Body::TranslationRequest(TranslationRequest {
                requester: DEVICE,
                tag: tag(2),
                address: 0x5000,
                dwords: 2,
                no_write: true,
            })),
        ),
        (
            Downstream,
            body(completion(
                2,
                Status::Success,
                TranslationEntry::to_payload(&[entry]),
            )),
        ),
        (
            Downstream,
            body(completion(0x301, Status::Success, vec![9; 8])),
        ),
        (
            Upstream,
            body(Body::AtomicOp(AtomicOp {
                operation: AtomicOperation::FetchAdd,
                requester: DEVICE,
                tag: tag(3),
                address_type: AddressType::Untranslated,
                address: 0x2000,
                operands: vec![1, 0, 0, 0],
            })),
        ),
        (
            Downstream,
            body(completion(3, Status::UnsupportedRequest, Vec::new())),
        ),
        (
            Downstream,
            body(Body::Message(Message::InvalidateRequest {
                requester: ROOT,
                target: DEVICE,
                itag: 17,
                range,
                global: false,
            })),
        ),
        (
            Upstream,
            body(Body::Message(Message::InvalidateCompletion {
                requester: DEVICE,
                target: ROOT,
                count: 1,
                itags: 1 << 17,
            })),
        ),
        (Upstream, body(Body::Message(page(false, true)))),
        (Upstream, body(Body::Message(page(true, true)))),
        (
            Downstream,
            body(Body::Message(Message::PageGroupResponse {
                requester: ROOT,
                target: DEVICE,
                code: ResponseCode::SUCCESS,
                group: 5,
            })),
        ),
        (
            Upstream,
            body(Body::Message(page(true, false))).with_pasid(Some(pasid())),
        ),
    ]
}

fn write_capture(path: &Path, change: impl Fn(usize, &mut Vec<u8>)) {
    let file = File::create(path).expect("the folder is writable");
    let mut capture =
        CaptureWriter::new(file, &["up", "down"], 0x5eed).expect("the file is writable");
    for (number, (direction, tlp)) in packets().into_iter().enumerate() {
        let mut bytes = tlp.emit().expect("all fields fit");
        change(number, &mut bytes);
        let port = u32::from(direction == Direction::Downstream);
        capture
            .packet(port, 1000 + number as u64 * 10, direction, 2, &bytes)
            .expect("the file is writable");
    }
    assert_eq!(capture.packets(), 13);
    capture.finish().expect("the file is writable");
}

/// The values of these fields, a line for each frame that passes the filter.
fn tshark(capture: &Path, filter: &str, fields: &[&str]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wireshark/sallyport_tlp.lua");
    let mut command = Command::new("tshark");
    command
        .arg("-X")
        .arg(format!("lua_script:{}", script.display()))
        .args(["-2", "-n", "-Y", filter, "-T", "fields", "-r"])
        .arg(capture);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("tshark does not start ({error}): type `make setup`"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tshark failed: {errors}");
    assert!(!errors.contains("Lua:"), "the dissector failed: {errors}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[test]
fn every_kind_of_packet_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("all.pcapng");
    write_capture(&path, |_, _| {});
    assert_eq!(
        tshark(&path, "sallyport_tlp", &["_ws.col.Info"]),
        [
            "MRd 0x0000000000001000, 8 bytes, tag 0x301",
            "MWr 0x0000000100000000, 8 bytes, translated, PASID 0x42",
            "Translation Request 0x0000000000005000, no write, tag 0x2",
            "CplD to 01:00.0, tag 0x2: R-- 2 MiB",
            "CplD to 01:00.0, tag 0x301, 8 of 8 bytes",
            "FetchAdd 0x0000000000002000, 4 bytes, tag 0x3",
            "Cpl to 01:00.0, tag 0x3: unsupported request",
            "Invalidate Request to 01:00.0, ITag 17, 4 KiB",
            "Invalidate Completion, ITags 17 of 1",
            "Page Request 0x0000000000007000, group 5",
            "Page Request 0x0000000000007000, group 5, last",
            "PRG Response to 01:00.0, group 5: success",
            "Stop Marker, PASID 0x42",
        ]
    );
    assert_eq!(
        tshark(
            &path,
            "_ws.malformed or _ws.lua.error or sallyport_tlp.malformed or sallyport_tlp.unasked",
            &["frame.number"]
        ),
        [""; 0]
    );
    assert_eq!(
        tshark(
            &path,
            "sallyport_tlp.pasid",
            &[
                "frame.number",
                "sallyport_tlp.pasid.privileged",
                "sallyport_tlp.pasid.execute"
            ]
        ),
        ["2\t1\t1", "13\t1\t1"]
    );
    assert_eq!(
        tshark(
            &path,
            "frame.number == 2",
            &["frame.time_epoch", "sallyport_tlp.segment"]
        ),
        ["0.000001010\t0x02"]
    );
}

#[test]
fn requests_and_answers_are_linked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("links.pcapng");
    write_capture(&path, |_, _| {});
    assert_eq!(
        tshark(
            &path,
            "sallyport_tlp.answer_to",
            &[
                "frame.number",
                "sallyport_tlp.answer_to",
                "sallyport_tlp.time"
            ]
        ),
        [
            "4\t3\t0.000000010",
            "5\t1\t0.000000040",
            "7\t6\t0.000000010",
            "9\t8\t0.000000010",
            "12\t11\t0.000000010"
        ]
    );
    assert_eq!(
        tshark(
            &path,
            "sallyport_tlp.answered_in",
            &["frame.number", "sallyport_tlp.answered_in"]
        ),
        ["1\t5", "3\t4", "6\t7", "8\t9", "11\t12"]
    );
}

#[test]
fn malformed_packets_are_marked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("bad.pcapng");
    write_capture(&path, |number, bytes| match number {
        // A write that lost its last doubleword, a read that leaves its page, and
        // a header that is cut.
        1 => bytes.truncate(bytes.len() - 4),
        0 => bytes[10] |= 0x0f,
        5 => bytes.truncate(11),
        _ => {}
    });
    let marked = tshark(&path, "sallyport_tlp.malformed", &["frame.number"]);
    assert_eq!(marked, ["2", "6"]);
    let undecodable = tshark(&path, "_ws.malformed", &["frame.number"]);
    assert_eq!(undecodable, ["6"]);
    let info = tshark(&path, "frame.number == 1", &["_ws.col.Info"]);
    assert_eq!(info, ["MRd 0x0000000000001f00, 8 bytes, tag 0x301"]);
}
