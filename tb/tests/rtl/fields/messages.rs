// SPDX-License-Identifier: Apache-2.0
//! Messages to devices and from them.

use super::rig;
use crate::support::ATS_TIMEOUT;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use sallyport_formats::command::Ats;
use sallyport_formats::context::Tc;
use sallyport_formats::regs::QueueBase;
use sallyport_formats::{
    Command, DeviceContext, DeviceId, PageRequest, ProcessId, Spa, constants as c,
};
use sallyport_sim::{CompletionPins, InvalidationPins, PageRequestPins, PageResponsePins};
use std::collections::BTreeMap;

/// Clocks that a message and what comes of it may take.
const PATIENCE: u64 = 5000;
pub const CMD_TO: u32 = 1 << c::CQCSR_CMD_TO_BIT;

/// What a command says of the device and the process.
pub fn operands(rng: &mut ChaCha8Rng, payload: u64) -> Ats {
    Ats {
        pid: ProcessId::truncate(rng.random()),
        pv: rng.random(),
        dsv: rng.random(),
        rid: rng.random(),
        dseg: rng.random(),
        payload,
    }
}

/// The device, the segment's validity, and the process, as the message has them.
fn named(operands: &Ats) -> (u32, bool, u32) {
    let segment = if operands.dsv { operands.dseg } else { 0 };
    let process = if operands.pv { operands.pid.raw() } else { 0 };
    (
        u32::from(segment) << 16 | u32::from(operands.rid),
        operands.dsv,
        process,
    )
}

#[test]
fn invalidations_and_their_completions() {
    let Some((mut rig, mut rng)) = rig(300) else {
        return;
    };
    let mut open = BTreeMap::new();
    for _ in 0..400 {
        let payload = rng.random();
        let asked = operands(&mut rng, payload);
        rig.command(Command::AtsInvalidate(asked));
        let mut sent = None;
        rig.until("invalidation", PATIENCE, |machine| {
            sent = machine.messages().pop_invalidation();
            sent.is_some()
        });
        let sent = sent.unwrap_or_default();
        let (device_id, segment_valid, process_id) = named(&asked);
        let expected = InvalidationPins {
            valid: true,
            device_id,
            segment_valid,
            pv: asked.pv,
            process_id,
            itag: sent.itag,
            payload: asked.payload,
        };
        assert_eq!(sent, expected);
        // A command without a segment means the device of any.
        let segment = rng.random::<u32>() & 0xff_0000;
        let from = if segment_valid {
            device_id
        } else {
            segment | device_id
        };
        let twice = open.insert(sent.itag, from);
        assert_eq!(twice, None, "a tag was used twice");
        // Now and then one completes, in any order.
        while open.len() > 24 || rng.random_ratio(1, 3) {
            let Some(nth) = open.len().checked_sub(1) else {
                break;
            };
            let nth = rng.random_range(0..=nth);
            let (&itag, &device_id) = open.iter().nth(nth).expect("it is one of them");
            open.remove(&itag);
            rig.machine.messages().complete(CompletionPins {
                device_id,
                itags: 1 << itag,
                count: 1,
                ..CompletionPins::default()
            });
        }
    }
    let fence = rig.command_tail;
    rig.command(Command::Fence(Default::default()));
    rig.run(500);
    assert_eq!(rig.read32(c::REG_CQH), fence, "{} are open", open.len());
    for (itag, device_id) in open {
        rig.machine.messages().complete(CompletionPins {
            device_id,
            itags: 1 << itag,
            count: 1,
            ..CompletionPins::default()
        });
    }
    rig.drain();
    assert_eq!(rig.read32(c::REG_CQCSR) & CMD_TO, 0);
    rig.finish();
}

/// All tags at once run into the time-out, and can be used again.
#[test]
fn every_tag_times_out() {
    let Some((mut rig, mut rng)) = rig(301) else {
        return;
    };
    for round in 0..2 {
        for _ in 0..32 {
            let asked = operands(&mut rng, 0);
            rig.command(Command::AtsInvalidate(asked));
        }
        rig.drain();
        rig.run(ATS_TIMEOUT);
        let tags = std::iter::from_fn(|| rig.machine.messages().pop_invalidation())
            .fold(0u32, |set, sent| set | 1 << sent.itag);
        assert_eq!(tags, u32::MAX, "round {round}");
        let fence = rig.command_tail;
        rig.command(Command::Fence(Default::default()));
        rig.poll32(c::REG_CQCSR, CMD_TO, CMD_TO);
        assert_eq!(rig.read32(c::REG_CQH), fence);
        let csr = rig.read32(c::REG_CQCSR);
        rig.write32(c::REG_CQCSR, csr);
        rig.drain();
    }
    rig.finish();
}

#[test]
fn responses() {
    let Some((mut rig, mut rng)) = rig(302) else {
        return;
    };
    for _ in 0..100 {
        let (prgi, code) = (rng.random::<u16>() & 0x1ff, rng.random::<u8>() & 0xf);
        let payload = u64::from(prgi) << c::ATS_PRGR_PAYLOAD_PRGI_LSB
            | u64::from(code) << c::ATS_PRGR_PAYLOAD_CODE_LSB;
        let asked = operands(&mut rng, payload);
        rig.command(Command::AtsPageResponse(asked));
        rig.fence();
        let (device_id, segment_valid, process_id) = named(&asked);
        let expected = PageResponsePins {
            valid: true,
            device_id,
            segment_valid,
            pv: asked.pv,
            process_id,
            prgi,
            code,
        };
        assert_eq!(rig.machine.messages().pop_response(), Some(expected));
    }
    rig.finish();
}

/// A queue of 2^16 entries at the end of memory, gone through more than once;
/// requests of devices that have no context are answered by the IOMMU.
#[test]
fn page_requests() {
    const ENTRIES: u32 = 1 << 16;
    let Some((mut rig, mut rng)) = rig(303) else {
        return;
    };
    let base = 0xff_ffff_fff0_0000;
    let queue = QueueBase {
        log2sz_minus_1: 15,
        ppn: base >> 12,
    };
    rig.enable_page_requests(queue, 0);
    assert_eq!(rig.read64(c::REG_PQB), queue.emit());
    let context = DeviceContext {
        tc: Tc {
            v: true,
            en_ats: true,
            en_pri: true,
            prpr: true,
            ..Tc::default()
        },
        ..DeviceContext::default()
    };
    let devices: Vec<u32> = (0..24)
        .map(|_| rng.random::<u32>() & 0xff_ffff)
        .inspect(|&device| rig.put_context(device, context.emit()))
        .collect();
    let mut at = 0;
    let mut batch = Vec::new();
    for n in 0..ENTRIES + 2000 {
        // A stranger now and then; most are of one device, whose context is cached.
        let device = match n % 16 {
            0 if n < 4000 => rng.random::<u32>() & 0xff_ffff,
            3 => devices[rng.random_range(0..devices.len())],
            _ => devices[0],
        };
        let page = PageRequestPins {
            valid: true,
            device_id: device,
            pv: rng.random(),
            process_id: rng.random::<u32>() & 0xf_ffff,
            privileged: rng.random(),
            exec: rng.random(),
            payload: rng.random::<u64>() | 0b101,
        };
        rig.machine.messages().request_page(page);
        batch.push(page);
        if batch.len() < 1000 {
            continue;
        }
        let mut quiet = 0;
        rig.until("end of the messages", 1_000_000, |machine| {
            quiet = match machine.messages().waiting() {
                0 => quiet + 1,
                _ => 0,
            };
            quiet > 600
        });
        for page in batch.drain(..) {
            if devices.contains(&page.device_id) {
                let place = base + 16 * u64::from(at % ENTRIES);
                let got = [0, 8].map(|n| rig.machine.memory().read_u64(Spa::new(place + n)));
                let process = if page.pv { page.process_id } else { 0 };
                let expected = PageRequest {
                    pid: ProcessId::truncate(process.into()),
                    pv: page.pv,
                    privileged: page.pv && page.privileged,
                    exec: page.pv && page.exec,
                    did: DeviceId::truncate(page.device_id.into()),
                    ..PageRequest::parse([0, page.payload])
                };
                assert_eq!(got, expected.emit(), "record {at}");
                at += 1;
            } else {
                let expected = PageResponsePins {
                    valid: true,
                    device_id: page.device_id,
                    segment_valid: true,
                    pv: page.pv,
                    process_id: if page.pv { page.process_id } else { 0 },
                    prgi: (page.payload >> c::PQ_PAYLOAD_PRGI_LSB & 0x1ff) as u16,
                    code: c::ATS_PRGR_FAILURE as u8,
                };
                assert_eq!(rig.machine.messages().pop_response(), Some(expected));
            }
        }
        assert_eq!(rig.read32(c::REG_PQT), at % ENTRIES);
        rig.write32(c::REG_PQH, at % ENTRIES);
        rig.fence();
        rig.faults();
    }
    assert!(at > ENTRIES, "{at} records");
    assert_eq!(rig.machine.messages().pop_response(), None);
    rig.finish();
}
