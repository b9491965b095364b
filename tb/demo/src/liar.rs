// SPDX-License-Identifier: Apache-2.0
//! Scene 9: a PCIe function lies about its name, about what it may do, about what
//! its packets hold, and about what it was asked.

mod lies;

use crate::guard::{self, Guard};
use crate::jobs::Jobs;
use crate::machine::{Machine, Title};
use crate::meter::Meter;
use crate::records::next_record;
use crate::report::{Detail, Lie as Line, Scene};
use lies::{Plan, plans};
use sallyport_bench::{Attached, Function, Host};
use sallyport_devices::liar::{Lie, Outcome, reg};
use sallyport_devices::{DmaEngine, Liar};
use sallyport_formats::{DeviceId, FaultRecord, PAGE_SIZE, Spa};
use sallyport_os::{FaultWatch, Os, OsConfig, OsError, Policy, Services};
use sallyport_tlp::{Body, Message, Tlp};
use std::cell::Cell;

const TITLE: Title = Title {
    number: 9,
    name: "liar",
    title: "a function lies about its name, its rights, its packets and what it was asked, and gets nowhere",
};

/// The liar's id.
const LIAR: DeviceId = DeviceId::truncate(0x0900);
/// A function that keeps translations, and is slow to forget them.
const HONEST: DeviceId = DeviceId::truncate(0x0901);
/// The DMA engine's id.
const ENGINE: DeviceId = DeviceId::truncate(0x0902);
/// A name that nobody has: that of the liar in another segment.
const NOBODY: DeviceId = DeviceId::truncate(0x07_0900);

/// What nobody but its owner should see, and repeat.
const SECRET: u64 = 0x5ec2_e700_0009_0009;
/// Clocks in which records come, and counts change.
const ARRIVAL: u64 = 500;
/// Clocks that the honest function takes to answer.
const HONEST_CLOCKS: u64 = 6_000;
/// Looks at OUTCOME, 32 clocks apart.
const LOOKS: u64 = 500;

pub fn play(machine: &mut Machine) -> (Scene, bool) {
    let progress = machine.progress();
    machine.play(TITLE, 2_000_000, async |host, scene| {
        let liar = host.attach(LIAR, Liar::default());
        let engine = host.attach(ENGINE, DmaEngine::default());
        let Some(honest) = host.function(HONEST) else {
            scene.problems.push("it needs PCI Express".to_owned());
            return Ok(());
        };
        let os = boot(&host).await?;
        let mut jobs = Jobs::new(&os, engine, ENGINE).await?;
        let own = os.attach(LIAR).await?.allocate(PAGE_SIZE).await?;
        let secret = secret_page(&os)?;
        let services = Services {
            translations: true,
            pages: false,
        };
        let space = os.attach_with(HONEST, services).await?;
        let cached = space.allocate(PAGE_SIZE).await?;

        let mut others = guard::queue_pages(&host).await;
        others.extend(own.pages().iter().copied().chain(jobs.pages()));
        let guard = Guard::new(&host, others);
        let before = guard.checksum();
        guard.watch();
        let mut world = World {
            faults: os.watch_faults(None),
            host: host.clone(),
            function: honest.clone(),
            liar,
        };
        let meter = Meter::start(&os);
        let plans = plans();
        let mut told = Vec::new();
        for (n, plan) in plans.iter().enumerate() {
            let (line, job) = tokio::join!(world.tell(plan, secret), jobs.run());
            job?;
            told.push(line);
            progress(TITLE.name, n as u64, plans.len() as u64);
        }
        let after = guard.checksum();
        let stray = guard.stray_bytes(&[LIAR, NOBODY], &[]);

        // A fence waits for the honest function, whatever the liar says.
        let start = host.now();
        let ended = Cell::new(false);
        let freed = async {
            let freed = space.free(cached).await;
            ended.set(true);
            freed
        };
        let answered = world.forge(&honest, &ended);
        let (freed, (line, waited)) = tokio::join!(freed, answered);
        freed?;
        told.push(line);
        let fence_clocks = host.now().0 - start.0;
        progress(TITLE.name, plans.len() as u64, plans.len() as u64);

        scene.traffic = meter.stop(&os, 0, jobs.bytes());
        for line in told.iter().filter(|line| !line.as_expected) {
            scene.problems.push(format!(
                "{}: {}, counted {}, record {}",
                line.what,
                line.answer,
                line.counted.unwrap_or("not"),
                line.cause.as_deref().unwrap_or("none"),
            ));
        }
        if before != after || stray != 0 {
            let problem = format!("other memory has changed, {stray} bytes of it by the liar");
            scene.problems.push(problem);
        }
        if !waited || fence_clocks < HONEST_CLOCKS {
            let problem = "the fence did not wait for the honest function".to_owned();
            scene.problems.push(problem);
        }
        if jobs.wrong != 0 {
            let problem = format!("{} jobs of the DMA engine went wrong", jobs.wrong);
            scene.problems.push(problem);
        }
        if os.faults_lost() {
            scene.problems.push("fault records were lost".to_owned());
        }
        scene.detail = Some(Detail::Liar {
            lies: told,
            pages: guard.pages(),
            before: format!("{before:08x}"),
            after: format!("{after:08x}"),
            jobs: jobs.done,
            fence_clocks,
        });
        jobs.stop().await;
        os.shutdown().await
    })
}

async fn boot(host: &Host) -> Result<Os, OsError> {
    let config = OsConfig {
        // Page requests are served, but not this function's.
        log2_page_requests: Some(4),
        name: TITLE.name,
        ..OsConfig::default()
    };
    Os::boot(host, config).await
}

/// A page with the secret in it.
fn secret_page(os: &Os) -> Result<Spa, OsError> {
    let page = os.ram().pages(1, Policy::Scattered);
    let page = page.ok_or(OsError::OutOfMemory { bytes: PAGE_SIZE })?[0];
    let bytes = SECRET.to_le_bytes().repeat(PAGE_SIZE as usize / 8);
    os.host().store(page, &bytes);
    Ok(page)
}

/// The liar, and what is seen of its lies.
struct World {
    host: Host,
    liar: Attached<Liar>,
    faults: FaultWatch,
    /// Any function: what the IOMMU counts, it counts of all.
    function: Function,
}

impl World {
    /// Has the liar tell a lie, and looks what becomes of it.
    async fn tell(&mut self, plan: &Plan, target: Spa) -> Line {
        let counted = self.function.refusals();
        let outcome = self.send(plan.lie, target.raw()).await;
        let record = match plan.record {
            Some(_) => next_record(&self.host, &mut self.faults).await,
            None => None,
        };
        self.host.clocks(ARRIVAL).await;
        let record = record.or_else(|| self.faults.try_next());
        let now = self.function.refusals();
        let more = [0, 1, 2].map(|n| now[n] - counted[n]);
        let surplus = self.faults.try_next().is_some();
        let answer = answer(outcome);
        let counted = match more {
            [0, 0, 0] => None,
            [1, 0, 0] => Some("malformed"),
            [0, 1, 0] => Some("unsupported"),
            [0, 0, 1] => Some("poisoned"),
            _ => Some("several"),
        };
        let named = record.map(|record| (record.cause, record.did));
        let as_expected =
            !surplus && answer == plan.answer && counted == plan.counted && named == plan.record;
        line(plan, answer, counted, record, as_expected)
    }

    async fn send(&self, lie: Lie, target: u64) -> Option<Outcome> {
        self.liar.write64(reg::ADDRESS, target).await;
        self.liar.write32(reg::NAME, NOBODY.raw()).await;
        self.liar.write32(reg::GO, lie as u32).await;
        for _ in 0..LOOKS {
            let outcome = Outcome::from_code(self.liar.read32(reg::OUTCOME).await);
            if outcome.is_some() {
                return outcome;
            }
            self.host.clocks(32).await;
        }
        None
    }

    /// The honest function is asked to forget and takes its time; meanwhile the liar
    /// answers, with the right tag and with all others. Also tells whether anybody
    /// was still waiting when the honest answer went.
    async fn forge(&mut self, honest: &Function, ended: &Cell<bool>) -> (Line, bool) {
        let mut mailbox = honest.messages();
        let (requester, itag) = loop {
            let tlp = mailbox.next().await;
            if let Body::Message(Message::InvalidateRequest {
                requester, itag, ..
            }) = tlp.body
            {
                break (requester, itag);
            }
        };
        let start = self.host.now();
        let plan = Plan {
            what: "an answer to what another function was asked, by every tag",
            lie: Lie::InvalidateCompletion,
            answer: "nothing",
            counted: None,
            record: None,
        };
        let mut line = self.forged(&plan, itag).await;
        for tag in (0..32).filter(|&tag| tag != itag) {
            let other = self.forged(&plan, tag).await;
            line.as_expected &= other.as_expected;
        }
        let passed = self.host.now().0 - start.0;
        self.host.clocks(HONEST_CLOCKS.saturating_sub(passed)).await;
        let waited = !ended.get();
        honest.send(&Tlp::from(Body::Message(Message::InvalidateCompletion {
            requester: honest.id(),
            target: requester,
            count: 1,
            itags: 1 << itag,
        })));
        (line, waited)
    }

    async fn forged(&mut self, plan: &Plan, tag: u8) -> Line {
        self.liar.write32(reg::TAG, tag.into()).await;
        let counted = self.function.refusals();
        let outcome = self.send(plan.lie, 0).await;
        self.host.clocks(32).await;
        let record = self.faults.try_next();
        let as_expected = record.is_none()
            && outcome == Some(Outcome::Nothing)
            && self.function.refusals() == counted;
        line(plan, answer(outcome), None, record, as_expected)
    }
}

/// What is told of a lie.
fn line(
    plan: &Plan,
    answer: &'static str,
    counted: Option<&'static str>,
    record: Option<FaultRecord>,
    as_expected: bool,
) -> Line {
    Line {
        what: plan.what,
        answer,
        counted,
        device: record.map(|record| record.did.to_string()),
        cause: record.map(|record| record.cause.description().to_owned()),
        cause_code: record.map(|record| record.cause.code()),
        as_expected,
    }
}

const fn answer(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Nothing) => "nothing",
        Some(Outcome::Unsupported) => "UR",
        Some(Outcome::Abort) => "CA",
        Some(Outcome::Data) => "DATA",
        Some(Outcome::Message) => "a refusal",
        None => "HUNG",
    }
}
