// SPDX-License-Identifier: Apache-2.0
//! The system and its drivers on the RTL, with random latencies and order.

use sallyport_bench::{Bench, Build, Host, Seed, SystemConfig};
use sallyport_devices::engine::{Job, Operation};
use sallyport_devices::nic::{Stamp, WireFrame};
use sallyport_devices::{DmaEngine, Nic};
use sallyport_formats::{Cause, DeviceId, FirstStage, PAGE_SIZE};
use sallyport_os::{EngineDriver, NicDriver, NicLayout, Os, OsConfig, OsError, Policy};

const DEVICE: DeviceId = DeviceId::truncate(0x12_3456);

fn run(seed: u64, program: impl AsyncFnOnce(Host) -> Result<(), OsError>) {
    let config = SystemConfig::random(Build::Default, Seed::new(seed));
    let mut bench = Bench::new(&config).expect("the model");
    bench
        .run(1_000_000, program)
        .expect("no time-out, no breach")
        .expect("the system works");
}

fn frame(len: usize) -> WireFrame {
    WireFrame {
        stamp: Stamp {
            wire_length: len as u32,
            ..Stamp::default()
        },
        data: (0..len).map(|n| (n * 5) as u8).collect(),
    }
}

#[test]
fn buffers_are_scattered_and_zeroed() {
    run(1, async |host| {
        let os = Os::boot(&host, OsConfig::default()).await?;
        let space = os.attach(DEVICE).await?;
        let buffer = space.allocate(64 * PAGE_SIZE).await?;
        let numbers: Vec<u64> = buffer
            .pages()
            .iter()
            .map(|page| page.page_number())
            .collect();
        assert!(numbers.windows(2).all(|pair| pair[0].abs_diff(pair[1]) > 1));
        let one = space.allocate_as(4 * PAGE_SIZE, Policy::Contiguous).await?;
        assert!(
            one.pages()
                .windows(2)
                .all(|p| p[1].raw() - p[0].raw() == PAGE_SIZE)
        );
        let too_much = space.allocate(1 << 30).await;
        assert!(matches!(too_much, Err(OsError::OutOfMemory { .. })));
        host.dma(DEVICE)
            .write(buffer.at(4090), &[7; 12])
            .await
            .expect("allowed");
        assert_eq!(
            os.read(&buffer, 4089, 14),
            [&[0][..], &[7; 12], &[0]].concat()
        );
        Ok(())
    });
}

#[test]
fn what_is_freed_is_out_of_reach() {
    run(2, async |host| {
        let config = OsConfig {
            scheme: FirstStage::Sv48,
            ..OsConfig::default()
        };
        let os = Os::boot(&host, config).await?;
        let space = os.attach(DEVICE).await?;
        let mut faults = os.watch_faults(Some(DEVICE));
        let buffer = space.allocate(3 * PAGE_SIZE).await?;
        let at = buffer.at(PAGE_SIZE);
        let dma = host.dma(DEVICE);
        dma.write(at, &[1; 64]).await.expect("allowed");
        space.free(buffer).await?;
        dma.write(at, &[2; 64]).await.expect_err("unmapped");
        let record = faults.next().await;
        assert_eq!(
            (record.cause, record.iotval),
            (Cause::WritePageFault, at.raw())
        );

        os.detach(space).await?;
        dma.read(at, 8).await.expect_err("detached");
        assert_eq!(faults.next().await.cause, Cause::DdtInvalid);
        assert_eq!((os.fault_count(), os.faults_lost()), (2, false));
        os.shutdown().await
    });
}

#[test]
fn a_nic_marks_the_frames_that_it_could_not_write() {
    run(3, async |host| {
        let os = Os::boot(&host, OsConfig::default()).await?;
        let space = os.attach(DEVICE).await?;
        let nic = host.attach(DEVICE, Nic::default());
        let layout = NicLayout {
            log2_ring: 3,
            buffer_bytes: 2048,
        };
        let mut driver = NicDriver::start(nic.clone(), &space, layout).await?;
        // Buffers 2 and 3, of 7.
        space.unmap(driver.area(), 1, 1).await?;
        for len in [100, 5000, 0, 200] {
            nic.device().wire().send(frame(len));
        }
        let mut seen = Vec::new();
        while seen.len() < 4 {
            driver.wait().await?;
            while let Some(received) = driver.receive() {
                let right = driver.read(&received) == frame(received.bytes() as usize).data;
                seen.push((received.bytes(), received.error, right));
            }
        }
        assert_eq!(
            seen,
            [
                (100, false, true),
                (5000, true, false),
                (0, false, true),
                (200, false, true)
            ]
        );
        driver.stop().await;
        Ok(())
    });
}

#[test]
fn a_frame_longer_than_the_ring_is_cut() {
    run(4, async |host| {
        let os = Os::boot(&host, OsConfig::default()).await?;
        let space = os.attach(DEVICE).await?;
        let nic = host.attach(DEVICE, Nic::default());
        let layout = NicLayout {
            log2_ring: 2,
            buffer_bytes: 512,
        };
        let mut driver = NicDriver::start(nic.clone(), &space, layout).await?;
        nic.device().wire().send(frame(2000));
        let received = loop {
            driver.wait().await?;
            if let Some(received) = driver.receive() {
                break received;
            }
        };
        assert_eq!((received.bytes(), received.error), (1536, true));
        Ok(())
    });
}

#[test]
fn a_nic_without_its_ring_stands_still() {
    run(5, async |host| {
        let os = Os::boot(&host, OsConfig::default()).await?;
        let space = os.attach(DEVICE).await?;
        let nic = host.attach(DEVICE, Nic::default());
        let driver = NicDriver::start(nic.clone(), &space, NicLayout::default()).await?;
        os.detach(space).await?;
        nic.device().wire().send(frame(64));
        let halted = driver.wait().await;
        assert!(matches!(halted, Err(OsError::Device { .. })));
        driver.stop().await;
        Ok(())
    });
}

#[test]
fn an_engine_goes_on_after_a_job_that_failed() {
    run(6, async |host| {
        let os = Os::boot(&host, OsConfig::default()).await?;
        let space = os.attach(DEVICE).await?;
        let engine = host.attach(DEVICE, DmaEngine::default());
        let mut driver = EngineDriver::start(engine, &space).await?;
        let buffer = space.allocate(2 * PAGE_SIZE).await?;
        let copy = |to, length| Job {
            operation: Operation::Copy(buffer.at(3)),
            destination: to,
            length,
            process: None,
        };
        os.write(&buffer, 3, &[9; 700]);
        for _ in 0..20 {
            let beyond = driver.run(&copy(buffer.at(4 * PAGE_SIZE), 700)).await?;
            assert!(beyond.error);
            let right = driver.run(&copy(buffer.at(PAGE_SIZE - 100), 700)).await?;
            assert_eq!(
                (right.error, right.checksum),
                (false, crc32fast::hash(&[9; 700]))
            );
        }
        assert_eq!(os.read(&buffer, PAGE_SIZE - 100, 700), [9; 700]);
        Ok(())
    });
}
