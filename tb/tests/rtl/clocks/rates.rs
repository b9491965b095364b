// SPDX-License-Identifier: Apache-2.0
//! Throughput of misses.

use super::setup::{Setup, physical};
use sallyport_bench::Build;
use sallyport_formats::Command;
use sallyport_formats::constants as c;

/// The generator of random pages: xorshift.
pub struct Draw(u64);

impl Draw {
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) % below
    }
}

/// Runs reads of (device, ID, page) from cold caches; every address is compared.
/// Gives translations per 1,000 clocks, from the first ARVALID to the last R.
pub fn rate(setup: &mut Setup, requests: &[(u32, u8, u64)]) -> u64 {
    setup.rig.forget();
    setup.rig.machine.take_addresses();
    for &(device, id, page) in requests {
        setup.read(device, id, page);
    }
    let done = setup.settle(1_000 * requests.len() as u64);
    let mut out: Vec<u64> = setup
        .rig
        .machine
        .take_addresses()
        .iter()
        .map(|a| a.ax.addr)
        .collect();
    let mut expected: Vec<u64> = requests
        .iter()
        .map(|&(d, _, page)| physical(d, page))
        .collect();
    out.sort_unstable();
    expected.sort_unstable();
    assert!(out == expected, "translated addresses differ");
    let first = done
        .values()
        .filter_map(|d| d.times.valid)
        .min()
        .expect("some");
    let last = done
        .values()
        .filter_map(|d| d.times.last_response)
        .max()
        .expect("some");
    requests.len() as u64 * 1_000 / last.since(first).max(1)
}

pub fn check(name: &str, latency: u32, rate: u64, least: u64) {
    println!("{name}, L={latency}: {rate} per 1,000 clocks");
    assert!(
        rate >= least,
        "{name}, L={latency}: {rate} per 1,000 clocks, less than {least}"
    );
}

/// For each L: random, random with one ID, many devices, sequential with 16
/// requests a page and with one.
const LEAST: [(u32, [u64; 5]); 2] = [
    (20, [640, 640, 612, 985, 590]),
    (100, [157, 150, 152, 805, 137]),
];

#[test]
fn random_pages_and_devices() {
    for (latency, least) in LEAST {
        let mut pages = [64; 16];
        pages[0] = 1_024;
        let mut setup = Setup::new(Build::Default, latency, &pages);

        let mut draw = Draw::new();
        let random: Vec<_> = (0..4_000)
            .map(|n| (0, (n % 16) as u8, draw.next(1_024)))
            .collect();
        check(
            "random 1,024 pages",
            latency,
            rate(&mut setup, &random),
            least[0],
        );
        let one: Vec<_> = random
            .iter()
            .map(|&(device, _, page)| (device, 0, page))
            .collect();
        check(
            "random 1,024 pages, one ID",
            latency,
            rate(&mut setup, &one),
            least[1],
        );

        let mut draw = Draw::new();
        let many: Vec<_> = (0..4_000)
            .map(|_| {
                let device = draw.next(16) as u32;
                (device, device as u8, draw.next(64))
            })
            .collect();
        check(
            "16 devices, 64 pages",
            latency,
            rate(&mut setup, &many),
            least[2],
        );

        let sequential =
            |k: u64| -> Vec<_> { (0..1_024 * k).map(|n| (0, (n % 16) as u8, n / k)).collect() };
        check(
            "sequential, 16 requests a page",
            latency,
            rate(&mut setup, &sequential(16)),
            least[3],
        );
        check(
            "sequential, 1 request a page",
            latency,
            rate(&mut setup, &sequential(1)),
            least[4],
        );
        setup.finish();
    }
}

#[test]
fn a_batch_of_invalidations() {
    for (latency, most) in [(20, 12), (100, 25)] {
        let mut setup = Setup::new(Build::Default, latency, &[4]);
        setup.warm(0, 0..4);
        for page in 0..8u64 {
            let page = Some(sallyport_formats::Iova::new(0x1_0000_0000 + page * 0x1000));
            setup
                .rig
                .put(Command::invalidate_first_stage(None, None, page).emit());
        }
        for n in 0..400 {
            setup.read(0, (n % 16) as u8, n % 4);
        }
        let before = setup.rig.machine.counters().invalidations;
        let tail = setup.rig.command_tail;
        let ring = sallyport_bus::LiteAccess::write(
            c::REG_CQT as u32,
            sallyport_bus::LiteSize::Four,
            tail.into(),
        );
        setup.rig.machine.registers().submit(ring);
        let start = setup.rig.machine.now();
        setup.rig.until("invalidations", 5_000, |machine| {
            machine.counters().invalidations == before + 8
        });
        let clocks = setup.rig.machine.now().since(start);
        println!(
            "8 IOTINVAL.VMA, L={latency}: {clocks} clocks, {} each",
            clocks.div_ceil(8)
        );
        assert!(
            clocks <= most * 8,
            "L={latency}: {clocks} clocks for 8 commands"
        );
        setup.settle(5_000);
        setup.finish();
    }
}
