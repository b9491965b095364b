// SPDX-License-Identifier: Apache-2.0
//! What the harness says of tests that fail.

use sallyport_harness::SEED_VARIABLE;
use sallyport_harness::prelude::*;
use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

const DEVICE: u16 = 0x123;

/// Lines that every report holds, and files that can be read.
fn check(failure: &Failure, name: &str, seed: u64) {
    // Whoever runs the tests may have chosen another one.
    let seed = match std::env::var(SEED_VARIABLE) {
        Ok(_) => failure.seed().value(),
        Err(_) => seed,
    };
    let report = failure.to_string();
    let again = format!("SALLYPORT_SEED={seed} cargo test -p sallyport-harness {name} -- --exact");
    assert_eq!(failure.rerun(), again);
    assert_eq!(failure.seed(), Seed::new(seed));
    let clock = format!("clock:    {}", failure.clock().0);
    let waveform = failure.waveform().expect("a waveform");
    let log = failure.log().expect("a log");
    for line in [
        &again,
        &clock,
        &failure.message(),
        &waveform.display().to_string(),
        &log.display().to_string(),
    ] {
        assert!(report.contains(line), "{line:?} is not in\n{report}");
    }
    assert!(!failure.is_nondeterministic(), "{report}");
    assert!(
        fs::read_to_string(log)
            .unwrap()
            .starts_with("{\"line\":\"log\"")
    );
    let (first, last) = window(waveform);
    let failed = failure.clock().0;
    assert!(last < failed && last + 5 > failed, "{last} of {failed}");
    assert!(first <= failed.saturating_sub(20_000) + 1, "from {first}");
    assert!(first + 1 >= failed.saturating_sub(20_000), "from {first}");
}

/// The first and the last clock of a waveform.
fn window(path: &Path) -> (u64, u64) {
    let waveform = wellen::simple::read(path).expect("a readable waveform");
    let times = waveform.time_table();
    let scale = waveform.hierarchy().timescale().expect("a time scale");
    let exponent = scale.unit.to_exponent().expect("a known unit");
    // A clock takes 10^-8 seconds.
    let ticks = 10u64.pow((-8 - i32::from(exponent)).unsigned_abs());
    let clock = |time: Option<&u64>| time.unwrap() * u64::from(scale.factor) / ticks;
    (clock(times.first()), clock(times.last()))
}

#[test]
fn an_assertion_fails_with_the_last_refused_request() {
    let failure = system_test!()
        .seed(5)
        .check(async |ctx| {
            let os = ctx.boot().await;
            let device = DeviceId::from(DEVICE);
            let buffer = os.attach(device).await?.allocate(PAGE_SIZE).await?;
            let dma = ctx.dma(device);
            dma.write(buffer.iova(), b"fine").await.unwrap();
            let beyond = dma.read(buffer.at(PAGE_SIZE), 4).await;
            // Long enough for the waveform to begin later than the system.
            ctx.clocks(25_000).await;
            assert!(beyond.is_ok(), "read behind the buffer: {beyond:?}");
            Ok::<(), OsError>(())
        })
        .unwrap_err();
    let name = "an_assertion_fails_with_the_last_refused_request";
    check(&failure, name, 5);
    assert!(failure.message().starts_with("read behind the buffer: Err"));
    let tree = failure.tree().unwrap();
    assert!(tree.contains("read by device 0x000123"), "{tree}");
    assert!(tree.contains("fault record written: cause 13"), "{tree}");
    let why = "the last request that was refused:";
    assert!(failure.to_string().contains(why));
}

#[test]
fn a_hang_is_a_time_out_with_what_is_outstanding() {
    let failure = system_test!()
        .build(Build::Small)
        .clocks(3_000)
        .check(async |ctx| {
            let os = ctx.boot().await;
            let device = DeviceId::from(DEVICE);
            let buffer = os.attach(device).await.unwrap().allocate(64).await.unwrap();
            // Memory forgets to answer.
            let mut slow = sallyport_bus::SubordinateTiming::fixed(1_000_000);
            slow.max_reads = 1;
            ctx.with_system(|system| system.data_memory().set_timing(slow));
            let reader = ctx.spawn("reader", {
                let dma = ctx.dma(device);
                async move { dma.read(buffer.iova(), 16).await }
            });
            let _ = reader.join().await;
        })
        .unwrap_err();
    check(&failure, "a_hang_is_a_time_out_with_what_is_outstanding", 1);
    let report = failure.to_string();
    for part in [
        "3000 clocks were not enough",
        "m_axi AR",
        "program \"reader\" runs",
        "without an answer, oldest first:",
        "the oldest request without an answer:",
        "address accepted by memory",
    ] {
        assert!(report.contains(part), "{part:?} is not in\n{report}");
    }
}

#[test]
fn an_error_of_the_body_fails_the_test() {
    let failure = system_test!()
        .check(async |ctx| {
            // ddtp.iommu_mode is Off after reset: all is refused.
            ctx.dma(DeviceId::from(DEVICE))
                .read(Iova::new(0x5000), 8)
                .await
                .map(|_| ())
        })
        .unwrap_err();
    check(&failure, "an_error_of_the_body_fails_the_test", 1);
    assert_eq!(
        failure.message(),
        "read of device 0x000123 at 0x5000 was answered with SLVERR"
    );
    assert!(failure.tree().unwrap().contains("refused"));
}

#[test]
fn the_test_can_name_the_request() {
    let failure = system_test!()
        .check(async |ctx| {
            let os = ctx.boot().await;
            let device = DeviceId::from(DEVICE);
            let buffer = os.attach(device).await.unwrap().allocate(64).await.unwrap();
            ctx.explain(device, buffer.at(4));
            let dma = ctx.dma(device);
            dma.write(buffer.iova(), b"all right").await.unwrap();
            dma.read(Iova::new(0x10), 1).await.unwrap();
        })
        .unwrap_err();
    let tree = failure.tree().unwrap();
    assert!(tree.contains("write by device 0x000123"), "{tree}");
    assert!(tree.contains("translated to"), "{tree}");
}

#[test]
fn what_is_left_under_way_is_looked_at() {
    let failure = system_test!()
        .check(async |ctx| {
            let host = ctx.host().clone();
            ctx.spawn("straggler", async move {
                host.clocks(20).await;
                panic!("after the end");
            });
        })
        .unwrap_err();
    assert_eq!(failure.message(), "after the end");
    assert_eq!(failure.tree(), None);
}

#[test]
fn a_test_that_depends_on_more_than_its_seed_is_told_so() {
    let runs = Cell::new(0);
    let failure = system_test!()
        .check(async |ctx| {
            runs.set(runs.get() + 1);
            ctx.clocks(runs.get()).await;
            assert_eq!(runs.get(), 0, "at some clock");
        })
        .unwrap_err();
    assert_eq!(runs.get(), 2);
    assert!(failure.is_nondeterministic());
    assert!(failure.to_string().contains("more than its seed"));
}

#[test]
fn the_test_fails_with_the_panic_of_its_first_run() {
    let test = system_test!();
    let payload = catch_unwind(AssertUnwindSafe(|| {
        test.run(async |ctx| assert!(ctx.now().0 == 0, "at clock {}", ctx.now().0));
    }))
    .unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"at clock 4".to_owned()));
    let payload = catch_unwind(AssertUnwindSafe(|| {
        test.clocks(10).run(async |ctx| ctx.clocks(11).await);
    }))
    .unwrap_err();
    let message = payload.downcast_ref::<String>().unwrap();
    assert!(
        message.starts_with("10 clocks were not enough"),
        "{message}"
    );
}

#[test]
fn a_test_that_passes_runs_once() {
    let runs = Cell::new(0);
    system_test!().run(async |ctx| {
        runs.set(runs.get() + 1);
        ctx.clocks(5).await;
    });
    assert_eq!(runs.get(), 1);
}
