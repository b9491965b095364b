// SPDX-License-Identifier: Apache-2.0
//! What is read comes back, from every variant of the two formats; what is
//! broken is named with its place.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sallyport_capture::{Capture, CaptureError, DataLink, LONGEST_FRAME, Resolution};

/// Header and one frame of `data`, in the byte order and resolution asked for.
fn pcap(big_endian: bool, nanoseconds: bool, original: u32, data: &[u8]) -> Vec<u8> {
    let word = |value: u32| {
        if big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let half = |value: u16| {
        if big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let magic: u32 = if nanoseconds {
        0xa1b2_3c4d
    } else {
        0xa1b2_c3d4
    };
    let mut bytes = word(magic).to_vec();
    bytes.extend(half(2));
    bytes.extend(half(4));
    for value in [0, 0, 64, 113] {
        bytes.extend(word(value));
    }
    for value in [
        1_700_000_000,
        123_456,
        u32::try_from(data.len()).unwrap(),
        original,
    ] {
        bytes.extend(word(value));
    }
    bytes.extend(data);
    bytes
}

/// A block of the pcapng format, little-endian.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = u32::try_from(padded + 12).unwrap().to_le_bytes();
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend(length);
    bytes.extend(body);
    bytes.resize(8 + padded, 0);
    bytes.extend(length);
    bytes
}

fn section() -> Vec<u8> {
    let mut body = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    body.extend([1, 0, 0, 0]);
    body.extend([0xff; 8]);
    block(0x0a0d_0d0a, &body)
}

fn interface(link_type: u16, resolution: Option<u8>) -> Vec<u8> {
    let mut body = link_type.to_le_bytes().to_vec();
    body.extend([0; 6]);
    if let Some(unit) = resolution {
        body.extend([9, 0, 1, 0, unit, 0, 0, 0]);
        body.extend([0; 4]);
    }
    block(1, &body)
}

fn enhanced(id: u32, ticks: u64, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap();
    let mut body = Vec::new();
    let [high, low] = [(ticks >> 32) as u32, ticks as u32];
    for value in [id, high, low, length, length] {
        body.extend(value.to_le_bytes());
    }
    body.extend(data);
    block(6, &body)
}

fn file(folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join("capture");
    fs::write(&path, bytes).unwrap();
    path
}

fn read(bytes: &[u8]) -> Result<Capture, CaptureError> {
    let folder = tempfile::tempdir().unwrap();
    Capture::read(&file(folder.path(), bytes), None)
}

#[test]
fn every_pcap_variant_survives_a_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    for big_endian in [false, true] {
        for nanoseconds in [false, true] {
            let data = [7; 64];
            let capture = read(&pcap(big_endian, nanoseconds, 1500, &data)).unwrap();
            let unit = if nanoseconds { 1 } else { 1000 };
            assert_eq!(capture.frames.len(), 1);
            assert_eq!(
                capture.frames[0].timestamp,
                Duration::new(1_700_000_000, 123_456 * unit)
            );
            assert_eq!(capture.frames[0].original_length, 1500);
            assert_eq!(u32::from(capture.link_type), 113);
            assert_eq!(capture.frames[0].data, data);

            let out = folder.path().join("out.pcap");
            capture.check_writable(&out).unwrap();
            capture.write(&out).unwrap();
            assert_eq!(Capture::read(&out, None).unwrap(), capture);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}

#[test]
fn pcapng_clocks_are_those_of_the_interface() {
    let ticks = 1_700_000_000_123_456;
    let mut bytes = section();
    bytes.extend(interface(1, None));
    bytes.extend(enhanced(0, ticks, &[1, 2, 3]));
    let capture = read(&bytes).unwrap();
    assert_eq!(capture.resolution, Resolution::Microseconds);
    assert_eq!(capture.frames[0].timestamp, Duration::from_micros(ticks));
    assert_eq!(capture.frames[0].data, [1, 2, 3]);

    bytes.extend(interface(1, Some(9)));
    bytes.extend(enhanced(1, ticks, &[4]));
    let capture = read(&bytes).unwrap();
    assert_eq!(capture.resolution, Resolution::Nanoseconds);
    assert_eq!(capture.frames[1].timestamp, Duration::from_nanos(ticks));
}

#[test]
fn a_limit_stops_before_what_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = pcap(false, false, 4, &[1, 2, 3, 4]);
    let whole = bytes.len();
    bytes.extend([0; 7]);
    let path = file(folder.path(), &bytes);
    assert_eq!(Capture::read(&path, Some(1)).unwrap().frames.len(), 1);
    match Capture::read(&path, None) {
        Err(CaptureError::Malformed { offset, .. }) => assert_eq!(offset, whole),
        other => panic!("a truncated file was taken: {other:?}"),
    }
}

#[test]
fn foreign_and_empty_files_are_named() {
    for bytes in [&b""[..], b"GIF89a", &[0xa1]] {
        let message = read(bytes).unwrap_err().to_string();
        assert!(
            message.contains("capture: offset 0: not a capture"),
            "{message}"
        );
    }
    let missing = Capture::read(Path::new("no-such-capture"), None).unwrap_err();
    assert!(missing.to_string().starts_with("no-such-capture: "));
}

#[test]
fn frames_longer_than_the_limit_are_refused() {
    let longest = vec![0; LONGEST_FRAME];
    let length = u32::try_from(LONGEST_FRAME).unwrap();
    assert!(read(&pcap(false, false, length, &longest)).is_ok());
    let over = vec![0; LONGEST_FRAME + 1];
    assert!(matches!(
        read(&pcap(false, false, length + 1, &over)),
        Err(CaptureError::Malformed { offset: 24, .. })
    ));
    assert!(matches!(
        read(&pcap(false, false, 3, &[0; 4])),
        Err(CaptureError::Malformed { offset: 24, .. })
    ));
}

#[test]
fn pcapng_frames_need_their_interface() {
    let mut bytes = section();
    let offset_of_frame = bytes.len();
    bytes.extend(enhanced(0, 0, &[1]));
    match read(&bytes) {
        Err(CaptureError::Malformed { offset, what, .. }) => {
            assert_eq!(offset, offset_of_frame);
            assert!(what.contains("interface 0"), "{what}");
        }
        other => panic!("a frame of no interface was taken: {other:?}"),
    }
}

#[test]
fn one_pcap_has_one_link_type() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = section();
    bytes.extend(interface(1, None));
    bytes.extend(interface(113, None));
    bytes.extend(enhanced(0, 0, &[1]));
    bytes.extend(enhanced(1, 0, &[2]));
    let capture = read(&bytes).unwrap();
    assert_eq!(capture.link_type, DataLink::ETHERNET);
    let out = folder.path().join("out.pcap");
    let message = capture.write(&out).unwrap_err().to_string();
    assert!(message.contains("frame 2"), "{message}");
    assert!(!out.exists());
}

#[test]
fn only_plain_files_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let capture = read(&pcap(false, false, 1, &[1])).unwrap();
    let message = capture.write(folder.path()).unwrap_err().to_string();
    assert!(message.contains("not a plain file"), "{message}");
    let nowhere = folder.path().join("absent/out.pcap");
    assert!(capture.check_writable(&nowhere).is_err());
}
