// SPDX-License-Identifier: Apache-2.0
//! Scene 2: a device reaches for memory that it was not given.

mod attempts;

use crate::guard::{self, Guard};
use crate::jobs::Jobs;
use crate::machine::{Machine, Title};
use crate::meter::Meter;
use crate::report::{Attempt, Detail, Outcome, RogueControl, Scene};
use attempts::{Places, Plan, Trace, Way};
use sallyport_bench::{Attached, Host};
use sallyport_devices::rogue::{self, reg};
use sallyport_devices::{DmaEngine, Rogue};
use sallyport_formats::{DeviceId, FaultRecord, PAGE_SIZE, Spa};
use sallyport_os::{Buffer, FaultWatch, Os, OsConfig, OsError, Policy, Translation};
use std::collections::BTreeSet;

const TITLE: Title = Title {
    number: 2,
    name: "rogue",
    title: "a device reaches for memory that it was not given, while another one works",
};

/// The rogue's id.
const ROGUE: DeviceId = DeviceId::truncate(0x0200);
/// The DMA engine's id.
const ENGINE: DeviceId = DeviceId::truncate(0x0300);

/// What nobody but its owner should ever see, and repeat.
const SECRET: u64 = 0x5ec2_e700_5ec2_e700;
/// Pages of it.
const SECRET_PAGES: u64 = 4;
/// Clocks in which an attempt must end, and its record come: a few time-outs
/// of the IOMMU.
const PATIENCE: u64 = 40_000;
/// Clocks after which a read that nobody takes has arrived.
const ARRIVAL: u64 = 500;

pub fn play(machine: &mut Machine) -> (Scene, bool) {
    let progress = machine.progress();
    machine.play(TITLE, 2_000_000, async |host, scene| {
        let rogue = host.attach(ROGUE, Rogue::default());
        let engine = host.attach(ENGINE, DmaEngine::default());
        let control = control(&host, &rogue).await?;
        if control.before == control.after {
            let problem = "the control did not fail: memory is unchanged without translation";
            scene.problems.push(problem.to_owned());
        }

        let os = boot(&host, Translation::On, TITLE.name).await?;
        let world = World::build(&os, rogue).await?;
        let mut jobs = Jobs::new(&os, engine, ENGINE).await?;
        let guard = Guard::new(&host, world.others_may_change(&jobs).await);
        let before = guard.checksum();
        guard.watch();
        let mut faults = os.watch_faults(None);
        let meter = Meter::start(&os);
        let plans = Plan::with_translation(&world.places(), host.bus());
        let mut attempts = Vec::new();
        for (n, plan) in plans.iter().enumerate() {
            attempts.push(world.attempt(plan, &mut jobs, &mut faults).await?);
            if world.rogue.read64(reg::LOOT).await == SECRET {
                scene
                    .problems
                    .push(format!("{}: it read the secret", plan.what));
            }
            progress(TITLE.name, n as u64 + 1, plans.len() as u64);
        }
        scene.traffic = meter.stop(&os, 0, jobs.bytes());
        let after = guard.checksum();
        for attempt in attempts.iter().filter(|attempt| !attempt.as_expected) {
            scene.problems.push(format!(
                "{} at {}: {:?}, record {}",
                attempt.what,
                attempt.address,
                attempt.outcome,
                attempt.cause.as_deref().unwrap_or("none"),
            ));
        }
        if before != after {
            scene.problems.push("other memory has changed".to_owned());
        }
        let stray = guard.stray_bytes(&[ROGUE, attempts::FOREIGN], world.own.pages());
        if stray != 0 {
            scene
                .problems
                .push(format!("the rogue wrote {stray} bytes of others"));
        }
        if jobs.wrong != 0 {
            scene
                .problems
                .push(format!("{} jobs of the DMA engine went wrong", jobs.wrong));
        }
        scene.detail = Some(Detail::Rogue {
            control,
            attempts,
            pages: guard.pages(),
            before: format!("{before:08x}"),
            after: format!("{after:08x}"),
            jobs: jobs.done,
        });
        jobs.stop().await;
        os.shutdown().await
    })
}

async fn boot(host: &Host, translation: Translation, name: &'static str) -> Result<Os, OsError> {
    let config = OsConfig {
        translation,
        name,
        ..OsConfig::default()
    };
    Os::boot(host, config).await
}

/// Who has which memory.
struct World {
    os: Os,
    rogue: Attached<Rogue>,
    /// What the rogue was given.
    own: Buffer,
    /// What it was not.
    secret: Vec<Spa>,
}

impl World {
    async fn build(os: &Os, rogue: Attached<Rogue>) -> Result<Self, OsError> {
        let own = os.attach(ROGUE).await?.allocate(PAGE_SIZE).await?;
        let bytes = SECRET_PAGES * PAGE_SIZE;
        let secret = os.ram().pages(SECRET_PAGES, Policy::Scattered);
        let secret = secret.ok_or(OsError::OutOfMemory { bytes })?;
        let page = SECRET.to_le_bytes().repeat(PAGE_SIZE as usize / 8);
        // The page behind the rogue's belongs to somebody as well.
        let behind = Spa::new(own.pages()[0].raw() + PAGE_SIZE);
        for &at in secret.iter().chain([&behind]) {
            os.host().store(at, &page);
        }
        Ok(Self {
            os: os.clone(),
            rogue,
            own,
            secret,
        })
    }

    fn places(&self) -> Places {
        Places {
            own: self.own.iova(),
            own_physical: self.own.pages()[0],
            secret: self.secret[0],
        }
    }

    /// Pages that change although the rogue does nothing to them.
    async fn others_may_change(&self, jobs: &Jobs) -> BTreeSet<Spa> {
        let mut pages = guard::queue_pages(self.os.host()).await;
        pages.extend(self.own.pages());
        pages.extend(jobs.pages());
        pages
    }

    /// Starts an attempt.
    async fn begin(&self, plan: &Plan) {
        let claim = plan.claim.map_or(0, |id| rogue::CLAIM_ENABLE | id.raw());
        self.rogue.write32(reg::CLAIM, claim).await;
        self.rogue.write64(reg::ADDRESS, plan.address.raw()).await;
        self.rogue.write32(reg::LENGTH, plan.length).await;
        self.rogue.write32(reg::GO, plan.attempt as u32).await;
    }

    /// What the device says came of it, if it says so in time.
    async fn outcome(&self) -> Option<rogue::Outcome> {
        for _ in 0..PATIENCE / 32 {
            let outcome = rogue::Outcome::from_code(self.rogue.read32(reg::OUTCOME).await);
            if outcome.is_some() {
                return outcome;
            }
            self.os.host().clocks(32).await;
        }
        None
    }

    /// The next fault record, if it comes in time.
    async fn record(&self, faults: &mut FaultWatch) -> Option<FaultRecord> {
        for _ in 0..PATIENCE / 32 {
            if let Some(record) = faults.try_next() {
                return Some(record);
            }
            self.os.host().clocks(32).await;
        }
        None
    }

    /// Makes an attempt while the DMA engine does a job.
    async fn attempt(
        &self,
        plan: &Plan,
        jobs: &mut Jobs,
        faults: &mut FaultWatch,
    ) -> Result<Attempt, OsError> {
        let malformed_before = self.malformed();
        let attempt = async {
            self.begin(plan).await;
            let mut record = None;
            if matches!(plan.trace, Trace::Record(..)) {
                record = self.record(faults).await;
            }
            if plan.way == Way::HoldReady {
                if plan.trace == Trace::Nothing {
                    // The system can go on meanwhile.
                    self.os.host().clocks(ARRIVAL).await;
                    self.os.fence().await?;
                }
                // Who is named is reset.
                let release = rogue::Attempt::Release as u32;
                self.rogue.write32(reg::GO, release).await;
            }
            let outcome = self.outcome().await;
            if record.is_none() {
                self.os.host().clocks(ARRIVAL).await;
                record = faults.try_next();
            }
            Ok::<_, OsError>((record, outcome))
        };
        let job = async {
            if plan.way != Way::Plain {
                // The engine's requests are behind the one that stalls.
                self.os.host().clocks(ARRIVAL).await;
            }
            jobs.run().await
        };
        let (attempt, job) = tokio::join!(attempt, job);
        let (record, outcome) = attempt?;
        job?;
        let malformed = self.malformed() - malformed_before;
        attempts::forgive(self.os.host(), plan.breaks);
        let outcome = match outcome {
            Some(rogue::Outcome::Passed) if plan.way == Way::HoldReady => Outcome::Delayed,
            Some(rogue::Outcome::Passed) => Outcome::Passed,
            Some(rogue::Outcome::Unanswered) if record.is_some() || malformed > 0 => {
                Outcome::Dropped
            }
            Some(rogue::Outcome::Unanswered) => Outcome::Passed,
            Some(rogue::Outcome::Refused) => Outcome::Refused,
            Some(rogue::Outcome::CutOff) => Outcome::CutOff,
            None => Outcome::Hung,
        };
        Ok(Attempt {
            what: plan.what,
            address: plan.address.to_string(),
            outcome,
            device: record.map(|record| record.did.to_string()),
            cause: record
                .map(|record| record.cause.description())
                .or((malformed > 0).then_some("malformed TLP"))
                .map(str::to_owned),
            cause_code: record.map(|record| record.cause.code()),
            iotval: record.map(|record| format!("{:#x}", record.iotval)),
            as_expected: outcome == plan.outcome
                && match (plan.trace, record) {
                    (Trace::Record(..), Some(record)) => {
                        malformed == 0 && plan.expects(&record, ROGUE)
                    }
                    (Trace::Malformed, None) => malformed == 1,
                    (Trace::Nothing, None) => malformed == 0,
                    _ => false,
                },
        })
    }

    /// TLPs so far that the IOMMU has dropped as malformed.
    fn malformed(&self) -> u16 {
        let function = self.os.host().function(ROGUE);
        function.map_or(0, |function| function.refusals()[0])
    }
}

/// The same without translation.
async fn control(host: &Host, rogue: &Attached<Rogue>) -> Result<RogueControl, OsError> {
    let os = boot(host, Translation::Off, "rogue without translation").await?;
    let world = World::build(&os, rogue.clone()).await?;
    let guard = Guard::new(host, world.own.pages().iter().copied().collect());
    let before = guard.checksum();
    let plans = Plan::without_translation(&world.places());
    let mut passed = 0;
    let mut secret_read = false;
    for plan in &plans {
        world.begin(plan).await;
        let outcome = world.outcome().await;
        passed += u64::from(match outcome {
            Some(rogue::Outcome::Passed) => true,
            // Of a posted write memory tells.
            Some(rogue::Outcome::Unanswered) => {
                host.clocks(ARRIVAL).await;
                let place = Spa::new(plan.address.raw());
                host.load(place, 8) == [rogue::GRAFFITI; 8]
            }
            _ => false,
        });
        secret_read |= world.rogue.read64(reg::LOOT).await == SECRET;
    }
    let after = guard.checksum();
    os.shutdown().await?;
    Ok(RogueControl {
        attempts: plans.len() as u64,
        passed,
        before: format!("{before:08x}"),
        after: format!("{after:08x}"),
        secret_read,
    })
}
