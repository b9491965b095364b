// SPDX-License-Identifier: Apache-2.0
//! Malformed, poisoned and unwanted packets: dropped, counted, and never in the
//! way of those behind them.

use super::scene::{BASE, BUILDS, DEVICES, Scene};
use crate::support::builds;
use sallyport_bench::hardware::Outgoing;
use sallyport_tlp::{Answer, Manner, PortTlp};

impl Scene {
    /// Sends a packet as it is.
    pub fn raw(&mut self, device: u32, tlp: PortTlp) {
        let packet = Outgoing::raw((device >> 16) as u8, tlp);
        self.rig.machine.link().send(packet);
    }

    /// A write of eight bytes to the device's first page.
    fn write_of(&mut self, device: u32) -> PortTlp {
        let tlp = self
            .endpoint(device)
            .write(BASE, &[0xbb; 8], Manner::default());
        PortTlp::of_tlp(&tlp.expect("it fits")).expect("it fits")
    }

    /// Sends what is malformed, and then looks whether the port still works.
    fn survives(&mut self, what: &str, packet: Outgoing, counted: [u16; 3]) {
        let device = DEVICES[0];
        let before = self.rig.machine.refusals();
        self.rig.machine.link().send(packet);
        let found = self.read(device, BASE, 16);
        assert_eq!(found, Answer::Data(vec![0; 16]), "{what}");
        self.write(device, BASE + 0x100, &[7; 8], Manner::default());
        assert_eq!(
            self.read(device, BASE + 0x100, 8),
            Answer::Data(vec![7; 8]),
            "{what}"
        );
        let after = self.rig.machine.refusals();
        let difference = [0, 1, 2].map(|n| after[n] - before[n]);
        assert_eq!(difference, counted, "{what}");
    }
}

const MALFORMED: [u16; 3] = [1, 0, 0];
const UNWANTED: [u16; 3] = [0, 1, 0];
const POISONED: [u16; 3] = [0, 0, 1];

#[test]
fn headers_that_break_rules() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 540);
        let device = DEVICES[0];
        let good = scene.write_of(device);
        let second = good.header[1];
        let header = |first: u32, second: u32, third: u32, payload: usize| PortTlp {
            prefix: None,
            header: [first, second, third, 0],
            payload: vec![0xbb; payload],
        };
        let base = BASE as u32;
        let read = second & !0xff;
        let cases = [
            (
                "a read that leaves its page",
                header(2, read | 0xff, base + 0xffc, 0),
            ),
            (
                "a read of a page and more",
                header(0, read | 0xff, base + 4, 0),
            ),
            (
                "Last DW BE of one doubleword",
                header(1, read | 0x1f, base, 0),
            ),
            ("no First DW BE", header(3, read | 0xf0, base, 0)),
            ("no Last DW BE", header(3, read | 0x0f, base, 0)),
            ("gaps in First DW BE", header(3, read | 0xfb, base, 0)),
            ("gaps in Last DW BE", header(3, read | 0xdf, base, 0)),
            (
                "gaps of two words in two quadwords",
                header(2, read | 0xf5, base + 4, 0),
            ),
            ("half a translation", header(0x401, read | 0xff, base, 0)),
            (
                "a write that leaves its page",
                header(0x4000_0002, second, base + 0xffc, 8),
            ),
            (
                "a write of more than 512 bytes",
                header(0x4000_0081, second, base, 516),
            ),
            (
                "less payload than announced",
                header(0x4000_0004, second, base, 8),
            ),
            (
                "more payload than announced",
                header(0x4000_0002, second, base, 12),
            ),
            (
                "much more payload than announced",
                header(0x4000_0002, second, base, 400),
            ),
            ("no payload", header(0x4000_0002, second, base, 0)),
            ("payload of a read", header(0x0000_0002, second, base, 8)),
            ("a reserved type", header(0x1f00_0001, read | 0x0f, base, 0)),
            (
                "a reserved format",
                header(0xa000_0001, read | 0x0f, base, 0),
            ),
            (
                "a prefix as header",
                header(0x9100_0001, read | 0x0f, base, 0),
            ),
            (
                "an I/O request of four doublewords",
                header(0x2200_0001, read | 0xf, base, 0),
            ),
            (
                "an AtomicOp without operand",
                header(0x0c00_0001, read, base, 0),
            ),
            (
                "a message of three doublewords",
                header(0x1000_0000, read | 0x04, 0, 0),
            ),
            (
                "a page request with data",
                header(0x7000_0001, read | 0x04, 0, 4),
            ),
            (
                "an invalidate completion to the root",
                header(0x3000_0000, read | 0x02, 0, 0),
            ),
            (
                "a page request to a device",
                header(0x3200_0000, read | 0x04, 0, 0),
            ),
        ];
        for (what, tlp) in cases {
            scene.survives(
                &format!("{build}: {what}"),
                Outgoing::raw(0, tlp),
                MALFORMED,
            );
        }
        let mut prefix = good.clone();
        prefix.prefix = Some(0x9000_0000);
        let what = format!("{build}: a prefix that is no PASID");
        scene.survives(&what, Outgoing::raw(0, prefix), MALFORMED);
        assert_eq!(scene.rig.faults(), []);
        scene.finish();
    }
}

#[test]
fn packets_that_come_badly() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 541);
        let good = Outgoing::raw(0, scene.write_of(DEVICES[0]));
        let bad = Outgoing {
            error: true,
            ..good.clone()
        };
        scene.survives(&format!("{build}: marked by the port"), bad, MALFORMED);
        let torn = Outgoing {
            endless: true,
            ..good.clone()
        };
        scene.survives(&format!("{build}: no last beat"), torn, MALFORMED);
        let stray = Outgoing {
            headless: true,
            ..good.clone()
        };
        scene.survives(&format!("{build}: no first beat"), stray, MALFORMED);
        // As long as the header says, but for the place of its doublewords.
        for payload in [64, 512] {
            let mut gap = good.clone();
            gap.tlp.header[0] = 0x4000_0000 | (payload / 4 - 1);
            gap.tlp.header[1] |= 0xff;
            gap.tlp.payload = vec![0xbb; payload as usize];
            gap.gap = true;
            let what = format!("{build}: a first beat with a gap, of {payload} bytes");
            scene.survives(&what, gap, MALFORMED);
        }
        let mut long = good;
        long.tlp.header[0] = 0x4000_0080;
        long.tlp.payload = vec![0xbb; 512];
        long.endless = true;
        scene.survives(&format!("{build}: no last beat of many"), long, MALFORMED);
        scene.finish();
    }
}

#[test]
fn poisoned_writes_change_nothing() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 542);
        let mut tlp = scene.write_of(DEVICES[0]);
        tlp.header[0] |= 1 << 14;
        let what = format!("{build}: poisoned");
        scene.survives(&what, Outgoing::raw(0, tlp), POISONED);
        scene.finish();
    }
}

/// Messages that concern nobody here, answers to nobody, and writes with an
/// address type that writes cannot have.
#[test]
fn unwanted_packets_are_dropped() {
    for build in builds(&BUILDS) {
        let mut scene = Scene::fixed(build, 543);
        let base = BASE as u32;
        let cases = [
            ("a vendor's message", [0x3400_0000, 0x0100_007f, 0, 0], 0),
            ("a message with data", [0x7400_0002, 0x0100_007e, 0, 0], 8),
            ("an interrupt pin", [0x3400_0000, 0x0100_0020, 0, 0], 0),
            (
                "a completion",
                [0x0a00_0000, 0x0100_0004, 0x0100_0000, 0],
                0,
            ),
            (
                "a completion with data",
                [0x4a00_0001, 0x0100_0004, 0x0100_0000, 0],
                4,
            ),
            (
                "a write with AT = 1",
                [0x4000_0401, 0x0100_000f, base, 0],
                4,
            ),
            (
                "a write with AT = 3",
                [0x4000_0c01, 0x0100_000f, base, 0],
                4,
            ),
        ];
        for (what, header, payload) in cases {
            let tlp = PortTlp {
                prefix: None,
                header,
                payload: vec![0xbb; payload],
            };
            scene.survives(&format!("{build}: {what}"), Outgoing::raw(0, tlp), UNWANTED);
        }
        assert_eq!(scene.rig.faults(), []);
        scene.finish();
    }
}
