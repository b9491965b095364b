// SPDX-License-Identifier: Apache-2.0
//! Scene 6: a virtual machine owns a NIC. Its guest runs it without the
//! hypervisor, and reaches nothing but its own memory.

mod reach;

use crate::guard::{Guard, queue_pages};
use crate::guest::{self, Guest};
use crate::machine::{Machine, Title};
use crate::meter::Meter;
use crate::report::{Detail, GuestControl, Outcome, Reach, Scene};
use crate::scatter::forward;
use crate::wire::traffic;
use reach::{Reacher, Targets};
use sallyport_bench::{Attached, Host};
use sallyport_capture::{Frame, LONGEST_FRAME};
use sallyport_devices::{DmaEngine, Nic};
use sallyport_formats::{DeviceId, Gscid, MsiPte, PAGE_SIZE, Spa};
use sallyport_os::{
    InterruptFile, NicDriver, Os, OsConfig, OsError, Policy, VirtualMachine, VmConfig,
};
use std::collections::BTreeSet;

const TITLE: Title = Title {
    number: 6,
    name: "pass-through",
    title: "a virtual machine runs a NIC without its hypervisor, and reaches nothing but its own memory",
};

/// The guest's NIC.
const NIC: DeviceId = DeviceId::truncate(0x0600);
/// The guest's DMA engine.
const ENGINE: DeviceId = DeviceId::truncate(0x0601);
/// Frames that are used at most.
const FRAMES: usize = 4_000;
/// What nobody but its owner should see, and repeat.
const SECRET: u64 = 0x5ec2_e700_0006_0006;

pub fn play(machine: &mut Machine, frames: &[Frame]) -> (Scene, bool) {
    let progress = machine.progress();
    let mut frames = traffic(frames, LONGEST_FRAME);
    frames.truncate(FRAMES);
    let bytes: u64 = frames.iter().map(|frame| frame.data.len() as u64).sum();
    let limit = 5_000_000 + 1_000 * frames.len() as u64 + 8 * bytes;
    machine.play(TITLE, limit, async |host, scene| {
        let nic = host.attach(NIC, Nic::default());
        let engine = host.attach(ENGINE, DmaEngine::default());
        let control = control(&host, &engine).await?;
        if control.passed == 0 || !control.secret_read || control.before == control.after {
            let problem =
                "the control did not fail: without second stage the guest reached nothing";
            scene.problems.push(problem.to_owned());
        }

        let os = boot(&host, TITLE.name).await?;
        let config = guest::config("the guest with the NIC", Gscid::from(1));
        let targets = Targets::new(&os)?;
        let mut guest = Guest::start(&os, &nic, NIC, config, [0, 0]).await?;
        let mut file = InterruptFile::new(&host, 1);
        let ppn = file.page().page_number();
        guest.machine.set_file(0, MsiPte::Basic { ppn }).await?;
        guest.machine.give(ENGINE).await?;
        let space = guest.os.attach(ENGINE).await?;
        let mut reacher = Reacher::new(engine, &space).await?;

        let entries_before = guest.machine.entries();
        let meter = Meter::start(&os);
        let before_traffic = host.counters();
        let mut interrupts = 0;
        let wait = async |driver: &NicDriver| {
            file.next().await;
            interrupts += 1;
            driver.acknowledge().await
        };
        let mut sent = Vec::new();
        let told = |done| progress(TITLE.name, done, frames.len() as u64);
        let received = forward(&mut guest.driver, wait, &frames, &mut sent, told).await?;
        let entries_during = guest.machine.entries() - entries_before;
        let commands = host.counters().queue_reads - before_traffic.queue_reads;
        if commands != 0 {
            let problem = format!("{commands} commands to the IOMMU while packets flowed");
            scene.problems.push(problem);
        }
        let same = |(sent, came): &(&Frame, &Frame)| sent == came;
        let transmitted = frames.iter().zip(&sent).filter(same).count() as u64;
        if os.fault_count() != 0 {
            let problem = "faults in traffic that is allowed".to_owned();
            scene.problems.push(problem);
        }

        let guard = Guard::new(&host, others(&host, &guest.machine).await);
        let before = guard.checksum();
        let mut faults = os.watch_faults(Some(ENGINE));
        let attempts = reacher.try_all(&targets, Some(&mut faults)).await?;
        let after = guard.checksum();
        scene.traffic = meter.stop(&os, frames.len() as u64, bytes);
        scene.traffic.table_bytes += guest.os.table_bytes();

        for (what, count) in [("received", received), ("transmitted", transmitted)] {
            let all = frames.len() as u64;
            if count != all {
                let problem = format!("{count} of {all} frames were the same when {what}");
                scene.problems.push(problem);
            }
        }
        if entries_during != 0 {
            let problem = format!("{entries_during} entries into the hypervisor");
            scene.problems.push(problem);
        }
        if before != after {
            scene.problems.push("other memory has changed".to_owned());
        }
        for attempt in attempts.iter().filter(|attempt| !attempt.as_expected) {
            scene.problems.push(format!(
                "{}: {:?}, record {}",
                attempt.what,
                attempt.outcome,
                attempt.cause.as_deref().unwrap_or("none"),
            ));
        }
        scene.detail = Some(Detail::PassThrough {
            control,
            entries_before,
            entries_during,
            interrupts,
            received,
            transmitted,
            attempts,
            pages: guard.pages(),
            before: format!("{before:08x}"),
            after: format!("{after:08x}"),
        });
        guest.driver.stop().await;
        reacher.stop().await;
        os.shutdown().await
    })
}

async fn boot(host: &Host, name: &'static str) -> Result<Os, OsError> {
    let config = OsConfig {
        name,
        ..OsConfig::default()
    };
    Os::boot(host, config).await
}

/// Pages that may change: the guest's own, and the IOMMU's queues.
async fn others(host: &Host, machine: &VirtualMachine) -> BTreeSet<Spa> {
    let mut pages = queue_pages(host).await;
    pages.extend(machine.host_pages());
    pages
}

/// What the guest reaches for without second stage.
async fn control(host: &Host, engine: &Attached<DmaEngine>) -> Result<GuestControl, OsError> {
    let os = boot(host, "pass-through without second stage").await?;
    let config = VmConfig {
        second_stage: false,
        messages: false,
        ..guest::config("the guest without second stage", Gscid::from(1))
    };
    let targets = Targets::new(&os)?;
    let machine = VirtualMachine::new(&os, config)?;
    machine.give(ENGINE).await?;
    let space = machine.boot().attach(ENGINE).await?;
    let mut reacher = Reacher::new(engine.clone(), &space).await?;
    let guard = Guard::new(host, others(host, &machine).await);
    let before = guard.checksum();
    let attempts = reacher.try_all(&targets, None).await?;
    let after = guard.checksum();
    let secret_read = reacher.has_secret;
    reacher.stop().await;
    os.shutdown().await?;
    let passed = |attempt: &&Reach| attempt.outcome == Outcome::Passed;
    Ok(GuestControl {
        attempts: attempts.len() as u64,
        passed: attempts.iter().filter(passed).count() as u64,
        secret_read,
        before: format!("{before:08x}"),
        after: format!("{after:08x}"),
    })
}

/// A page of the host's with the secret in it.
fn secret_page(os: &Os) -> Result<Spa, OsError> {
    let page = os.ram().pages(1, Policy::Scattered);
    let page = page.ok_or(OsError::OutOfMemory { bytes: PAGE_SIZE })?[0];
    write_secret(os, page);
    Ok(page)
}

fn write_secret(os: &Os, page: Spa) {
    let bytes = SECRET.to_le_bytes().repeat(PAGE_SIZE as usize / 8);
    os.host().store(page, &bytes);
}
