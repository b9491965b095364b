// SPDX-License-Identifier: Apache-2.0
//! Scene 8: a device with an address translation cache touches memory that is not
//! there. It asks, the operating system puts the page in place and answers, and the
//! device goes on.

use crate::machine::{Machine, Title};
use crate::meter::Meter;
use crate::report::{Detail, PagingControl, PagingStep, Scene};
use sallyport_bench::{Attached, Host};
use sallyport_devices::AtsEngine;
use sallyport_devices::ats::{GO_FILL, GO_SUM, Status, reg};
use sallyport_formats::{DeviceId, Iova, PAGE_SIZE};
use sallyport_os::{Os, OsConfig, OsError, Pager, PagerCounts, Services};

const TITLE: Title = Title {
    number: 8,
    name: "demand-paging",
    title: "a device touches memory that is not there, asks for it, and goes on when the operating system has put it in place",
};

/// The device's id.
const DEVICE: DeviceId = DeviceId::truncate(0x0800);
/// Pages of the store.
const PAGES: u64 = 48;
/// Pages that are taken away while the device reads.
const EVICTIONS: u64 = 24;
/// Clocks between two of them.
const PAUSE: u64 = 400;
/// What the device fills memory with.
const PATTERN: u64 = 0x8888_0000_1111_da7a;
/// What it may use.
const SERVICES: Services = Services {
    translations: true,
    pages: true,
};

pub fn play(machine: &mut Machine) -> (Scene, bool) {
    let progress = machine.progress();
    machine.play(TITLE, 3_000_000, async |host, scene| {
        let engine = host.attach(DEVICE, AtsEngine::default());
        let control = control(&host, &engine).await?;
        if control.stopped != "failed" || control.present != 0 {
            let problem = "the control did not fail: the device went on although nobody served it";
            scene.problems.push(problem.to_owned());
        }

        let os = boot(&host, Some(6), TITLE.name).await?;
        let space = os.attach_with(DEVICE, SERVICES).await?;
        let pager = Pager::start(&space, contents())?;
        engine.write32(reg::CTRL, 1).await;
        let meter = Meter::start(&os);
        let mut device = Device {
            engine,
            pager: pager.clone(),
        };
        let all = PAGES * PAGE_SIZE;
        let store = crc32fast::hash(&contents());
        let mut steps = Vec::new();
        let start = pager.iova();

        steps.push(
            device
                .step("reads all of it", GO_SUM, start, all, Some(store))
                .await,
        );
        progress(TITLE.name, 1, 4);
        let patterned = PATTERN.to_le_bytes().repeat(all as usize / 8);
        let mut filled = device
            .step("fills a half", GO_FILL, start, all / 2, None)
            .await;
        let mut expected = contents();
        expected[..all as usize / 2].copy_from_slice(&patterned[..all as usize / 2]);
        filled.intact = pager.contents() == expected;
        steps.push(filled);
        progress(TITLE.name, 2, 4);
        let sum = crc32fast::hash(&expected);
        let what = "reads all while pages are taken away";
        let reading = device.step(what, GO_SUM, start, all, Some(sum));
        let (reading, evicted) = tokio::join!(reading, evict(&host, &pager));
        evicted?;
        steps.push(reading);
        progress(TITLE.name, 3, 4);
        let behind = Iova::new(start.raw() + all);
        let mut beyond = device
            .step("reads behind it", GO_SUM, behind, 64, None)
            .await;
        beyond.intact = pager.contents() == expected;
        steps.push(beyond);
        progress(TITLE.name, 4, 4);

        scene.traffic = meter.stop(&os, 0, 2 * all + all / 2);
        judge(scene, &steps);
        scene.detail = Some(Detail::DemandPaging {
            control,
            pages: PAGES,
            evicted: pager.counts().evicted,
            steps,
        });
        if os.fault_count() != 0 {
            let problem = "fault records, although asking for translations makes none".to_owned();
            scene.problems.push(problem);
        }
        os.shutdown().await
    })
}

/// What the store holds.
fn contents() -> Vec<u8> {
    let byte = |n: u64| (n.wrapping_mul(0x9e37_79b9) >> 13) as u8;
    (0..PAGES * PAGE_SIZE).map(byte).collect()
}

async fn boot(
    host: &Host,
    log2_page_requests: Option<u8>,
    name: &'static str,
) -> Result<Os, OsError> {
    let config = OsConfig {
        log2_page_requests,
        name,
        ..OsConfig::default()
    };
    Os::boot(host, config).await
}

/// Takes pages away, one after the other, from everywhere.
async fn evict(host: &Host, pager: &Pager) -> Result<(), OsError> {
    for n in 0..EVICTIONS {
        host.clocks(PAUSE).await;
        pager.evict(n * 29 % PAGES).await?;
    }
    Ok(())
}

/// The device, and who serves it.
struct Device {
    engine: Attached<AtsEngine>,
    pager: Pager,
}

/// What the device has counted.
#[derive(Clone, Copy, Debug)]
struct Counts {
    hits: u64,
    translations: u64,
    stale: u64,
    pages: u64,
    invalidations: u64,
}

impl Device {
    async fn counts(&self) -> Counts {
        let engine = &self.engine;
        Counts {
            hits: engine.read64(reg::HITS).await,
            translations: engine.read64(reg::ASKED).await,
            stale: engine.read64(reg::STALE).await,
            pages: engine.read64(reg::PAGES).await,
            invalidations: engine.read64(reg::INVALIDATIONS).await,
        }
    }

    /// Has the device do a job; of a sum tells whether it is `expected`.
    async fn step(
        &mut self,
        what: &'static str,
        go: u32,
        at: Iova,
        bytes: u64,
        expected: Option<u32>,
    ) -> PagingStep {
        let before = self.counts().await;
        let served: PagerCounts = self.pager.counts();
        let status = start(&self.engine, go, at, bytes).await;
        let after = self.counts().await;
        let serves = self.pager.counts();
        let sum = self.engine.read32(reg::CHECKSUM).await;
        PagingStep {
            what,
            ended: ending(status),
            hits: after.hits - before.hits,
            translations: after.translations - before.translations,
            discarded: after.stale - before.stale,
            asked: after.pages - before.pages,
            mapped: serves.mapped - served.mapped,
            answers: serves.groups - served.groups,
            refused: serves.refused - served.refused,
            invalidations: after.invalidations - before.invalidations,
            intact: expected.is_some_and(|expected| expected == sum),
        }
    }
}

/// Has the engine do a job; how it ended.
async fn start(engine: &Attached<AtsEngine>, go: u32, at: Iova, bytes: u64) -> Option<Status> {
    engine.write64(reg::ADDRESS, at.raw()).await;
    engine.write32(reg::LENGTH, bytes as u32).await;
    engine.write64(reg::PATTERN, PATTERN).await;
    engine.write32(reg::GO, go).await;
    engine.interrupt(1).await;
    Status::from_code(engine.read32(reg::STATUS).await)
}

const fn ending(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Done) => "done",
        Some(Status::Refused) => "refused",
        Some(Status::NoPage) => "no page",
        Some(Status::Failed) => "failed",
        None => "never",
    }
}

fn judge(scene: &mut Scene, steps: &[PagingStep]) {
    for (n, step) in steps.iter().enumerate() {
        let beyond = n + 1 == steps.len();
        let what = step.what;
        let (ended, refused) = if beyond { ("no page", 1) } else { ("done", 0) };
        if step.ended != ended || step.refused != refused {
            let problem = format!("{what}: {}, {} groups refused", step.ended, step.refused);
            scene.problems.push(problem);
        }
        if !step.intact {
            scene
                .problems
                .push(format!("{what}: the data is not the same"));
        }
    }
    let mapped = steps.first().map_or(0, |step| step.mapped);
    if mapped != PAGES {
        let problem = format!("{mapped} of {PAGES} pages were asked for");
        scene.problems.push(problem);
    }
    if let Some(taken) = steps.get(2)
        && (taken.invalidations == 0 || taken.mapped == 0)
    {
        let problem = "pages were taken away, and the device has not noticed".to_owned();
        scene.problems.push(problem);
    }
}

/// The same without page-request queue: the IOMMU itself answers that nobody serves
/// the device, which gives up.
async fn control(host: &Host, engine: &Attached<AtsEngine>) -> Result<PagingControl, OsError> {
    let os = boot(host, None, "demand paging that nobody serves").await?;
    let space = os.attach_with(DEVICE, SERVICES).await?;
    let pager = Pager::start(&space, contents())?;
    let status = start(engine, GO_SUM, pager.iova(), PAGES * PAGE_SIZE).await;
    let asked = engine.read64(reg::PAGES).await;
    os.shutdown().await?;
    Ok(PagingControl {
        asked,
        stopped: ending(status),
        present: pager.resident(),
    })
}
