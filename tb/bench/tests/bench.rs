// SPDX-License-Identifier: Apache-2.0
//! The bench as such: programs, devices, time-outs, determinism.

use sallyport_bench::{
    AccessSize, Bench, BenchError, Build, Device, DeviceBus, DmaError, Host, Seed, SystemConfig,
};
use sallyport_formats::{DeviceId, Iova, Spa, constants as c};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::Notify;

/// Clocks that are enough for everything here.
const LIMIT: u64 = 100_000;

fn bench(build: Build) -> Bench {
    Bench::new(&SystemConfig::new(build, Seed::new(1))).unwrap()
}

/// Lets all addresses pass as they are.
async fn bare(host: &Host) {
    let cpu = host.cpu();
    cpu.write64(c::REG_DDTP, c::DDTP_MODE_BARE).await.unwrap();
    while cpu.read64(c::REG_DDTP).await.unwrap() >> c::DDTP_BUSY_BIT & 1 == 1 {
        host.clocks(10).await;
    }
}

#[test]
fn bytes_go_to_memory_and_back() {
    for build in Build::ALL {
        bench(build)
            .run(LIMIT, async |host| {
                bare(&host).await;
                let bytes: Vec<u8> = (0..9000u32).map(|n| (n % 251) as u8).collect();
                let dma = host.dma(DeviceId::from(3));
                dma.write(Iova::new(0x1_0ff3), &bytes).await.unwrap();
                assert_eq!(host.load(Spa::new(0x1_0ff3), 9000), bytes);
                host.store(Spa::new(0x1_2000), b"changed");
                let read = dma.read(Iova::new(0x1_1ffe), 12).await.unwrap();
                assert_eq!(&read[2..9], b"changed");
                assert_eq!(read[0], bytes[0x1_1ffe - 0x1_0ff3]);
            })
            .unwrap();
    }
}

#[test]
fn a_refused_access_is_an_error() {
    bench(Build::Default)
        .run(LIMIT, async |host| {
            // ddtp.iommu_mode is Off after reset.
            let error: DmaError = host
                .dma(DeviceId::from(3))
                .read(Iova::new(0x5008), 8)
                .await
                .unwrap_err();
            assert_eq!(
                error.to_string(),
                "read of device 0x000003 at 0x5008 was answered with SLVERR"
            );
        })
        .unwrap();
}

#[test]
fn time_passes_only_while_programs_wait() {
    let mut bench = bench(Build::Small);
    let order = bench
        .run(LIMIT, async |host| {
            let start = host.now();
            let sleeper = |n: u64| {
                let host = host.clone();
                host.clone().spawn(format!("sleeper {n}"), async move {
                    host.clocks(n).await;
                    host.now()
                })
            };
            let (late, early) = (sleeper(500), sleeper(20));
            assert_eq!(host.now(), start);
            let early = early.join().await;
            assert_eq!(host.now(), early);
            (early.since(start), late.join().await.since(start))
        })
        .unwrap();
    assert_eq!(order, (20, 500));
}

#[test]
fn a_time_out_tells_what_is_under_way() {
    let error = bench(Build::Small)
        .run(300, async |host| {
            host.spawn("watcher", {
                let host = host.clone();
                async move { host.interrupt(1).await }
            });
            host.clocks(1_000).await;
        })
        .unwrap_err();
    assert!(matches!(error, BenchError::Timeout { limit: 300, .. }));
    let text = error.to_string();
    assert!(text.contains("sleeps until @"), "{text}");
    assert!(text.contains("interrupt of vectors 0x0001"), "{text}");
    assert!(text.contains("program \"watcher\" runs"), "{text}");
}

#[test]
fn a_panic_in_a_program_ends_the_run() {
    let mut bench = bench(Build::Small);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        bench.run(LIMIT, async |host| {
            host.spawn("culprit", async { panic!("by intention") });
            host.clocks(10).await;
        })
    }))
    .unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"by intention"));
}

/// Copies a word whenever its doorbell is rung.
#[derive(Default)]
struct Copier {
    from: Cell<u64>,
    to: Cell<u64>,
    go: Notify,
}

impl Device for Copier {
    async fn run(&self, bus: DeviceBus) {
        loop {
            self.go.notified().await;
            let word = bus.dma().read(Iova::new(self.from.get()), 8).await.unwrap();
            let to = Iova::new(self.to.get());
            bus.dma().write(to, &word).await.unwrap();
            bus.raise(1);
        }
    }

    async fn mmio_read(&self, offset: u64, _size: AccessSize) -> u64 {
        if offset == 0 { &self.from } else { &self.to }.get()
    }

    async fn mmio_write(&self, offset: u64, _size: AccessSize, value: u64) {
        match offset {
            0 => self.from.set(value),
            8 => self.to.set(value),
            _ => self.go.notify_one(),
        }
    }
}

#[test]
fn a_device_has_registers_dma_and_interrupts() {
    bench(Build::Default)
        .run(LIMIT, async |host| {
            bare(&host).await;
            let copier = host.attach(DeviceId::from(9), Copier::default());
            let mut doorbell = host.doorbell(Spa::new(0x9000)..Spa::new(0x9008));
            host.store(Spa::new(0x8000), b"a word! ");
            copier.write64(0, 0x8000).await;
            copier.write64(8, 0x9000).await;
            assert_eq!(copier.read64(8).await, 0x9000);
            copier.write32(16, 1).await;
            assert_eq!(copier.interrupt(0b11).await, 0b10);
            assert_eq!(host.load(Spa::new(0x9000), 8), b"a word! ");
            assert_eq!(doorbell.next().await.strb, 0xff);
            assert!(doorbell.try_next().is_none());
        })
        .unwrap();
}

#[test]
fn one_seed_gives_one_digest() {
    let run = |seed| {
        let mut bench = Bench::new(&SystemConfig::random(Build::Full, Seed::new(seed))).unwrap();
        bench
            .run(LIMIT, async |host| {
                bare(&host).await;
                let tasks: Vec<_> = (0..4u16)
                    .map(|n| {
                        let dma = host.dma(DeviceId::from(n));
                        host.spawn(format!("device {n}"), async move {
                            let at = Iova::new(0x1_0000 * u64::from(n));
                            dma.write(at, &[n as u8; 3000]).await.unwrap();
                            dma.read(at, 3000).await.unwrap()
                        })
                    })
                    .collect();
                for (n, task) in tasks.into_iter().enumerate() {
                    assert_eq!(task.join().await, [n as u8; 3000]);
                }
            })
            .unwrap();
        bench.with_system(|system| (system.digest(), system.now()))
    };
    let first = run(5);
    assert!(first.0.beats() > 1000);
    assert_eq!(first, run(5));
    assert_ne!(first.0, run(6).0);
}
