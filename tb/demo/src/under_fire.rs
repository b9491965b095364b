// SPDX-License-Identifier: Apache-2.0
//! Scene 4: pages are taken away from the NIC and given to somebody else while
//! it keeps writing.

use crate::machine::{Machine, Title};
use crate::meter::Meter;
use crate::report::{Detail, Round, Scene, Traffic};
use crate::scatter::NIC;
use crate::wire::{to_wire, traffic};
use sallyport_bench::Host;
use sallyport_bench::hardware::DATA_PORT;
use sallyport_capture::Frame;
use sallyport_devices::Nic;
use sallyport_devices::nic::reg;
use sallyport_formats::{Cause, PAGE_SIZE, Spa};
use sallyport_os::{AddressSpace, Buffer, FaultWatch, NicDriver, NicLayout, Os, OsConfig, OsError};
use std::cell::Cell;

const TITLE: Title = Title {
    number: 4,
    name: "unmap-under-fire",
    title: "pages are taken from the NIC and given to somebody else while it keeps writing",
};

/// Times that pages are taken away.
const ROUNDS: usize = 6;
/// Pages each time.
const PAGES: usize = 4;
/// Clocks between two times, in which all is well.
const PEACE: u64 = 2_000;
/// Clocks that the new owner watches its pages, at least.
const WATCH: u64 = 4_000;
/// Clocks within which the NIC comes by again.
const PATIENCE: u64 = 400_000;
/// What the new owner writes.
const OWNER: u8 = 0x0e;
/// Frames that wait on the wire at least.
const BACKLOG: usize = 16;

pub fn play(machine: &mut Machine, frames: &[Frame]) -> (Scene, bool) {
    let useful = traffic(frames);
    let progress = machine.progress();
    machine.play(TITLE, 20_000_000, async |host, scene| {
        let nic = host.attach(NIC, Nic::default());
        let config = OsConfig {
            name: TITLE.name,
            ..OsConfig::default()
        };
        let os = Os::boot(&host, config).await?;
        let space = os.attach(NIC).await?;
        let mut driver = NicDriver::start(nic, &space, layout(&useful)).await?;
        let taker = Taker {
            next: Cell::new(0),
            host: host.clone(),
            faults: Cell::new(Some(os.watch_faults(Some(NIC)))),
            space,
            area: driver.area().clone(),
        };
        let meter = Meter::start(&os);
        let stop = Cell::new(false);
        let next = &taker.next;
        let take = async {
            let rounds = taker.take_pages(&progress).await;
            stop.set(true);
            rounds
        };
        let (pumped, rounds) = tokio::join!(pump(&mut driver, &useful, &stop, next), take);
        let (frames, bytes, frames_hit) = pumped?;
        let rounds = rounds?;
        scene.traffic = meter.stop(&os, frames, bytes);
        judge(scene, &rounds);
        let refused = driver.device().read64(reg::RX_ERRORS).await;
        scene.detail = Some(Detail::UnderFire {
            rounds,
            refused,
            frames_hit,
        });
        if os.faults_lost() {
            scene.problems.push("fault records were lost".to_owned());
        }
        driver.stop().await;
        os.shutdown().await
    })
}

fn judge(scene: &mut Scene, rounds: &[Round]) {
    for (n, round) in rounds.iter().enumerate() {
        let n = n + 1;
        if round.writes_after != 0 {
            let count = round.writes_after;
            scene
                .problems
                .push(format!("round {n}: {count} writes after the fence"));
        }
        if round.refused == 0 {
            scene
                .problems
                .push(format!("round {n}: the NIC did not come by"));
        }
    }
    let Traffic { frames, .. } = scene.traffic;
    if frames == 0 {
        scene
            .problems
            .push("the NIC did not receive anything".to_owned());
    }
}

/// As few buffers as hold the longest frame, so that the NIC comes by often.
fn layout(frames: &[Frame]) -> NicLayout {
    let layout = NicLayout::default();
    let longest = frames.iter().map(|frame| frame.data.len()).max();
    let parts = longest.unwrap_or(1).div_ceil(layout.buffer_bytes as usize);
    NicLayout {
        log2_ring: (parts + 1).next_power_of_two().trailing_zeros().max(5),
        ..layout
    }
}

/// Keeps the NIC receiving until told to stop, and tells which page comes next.
/// Gives frames and their bytes, and frames that were hit.
async fn pump(
    driver: &mut NicDriver,
    frames: &[Frame],
    stop: &Cell<bool>,
    next_page: &Cell<u64>,
) -> Result<(u64, u64, u64), OsError> {
    let nic = driver.device().clone();
    let mut next = frames.iter().cycle();
    let (mut count, mut bytes, mut hit) = (0, 0, 0);
    while !stop.get() {
        while nic.device().wire().waiting() < BACKLOG
            && let Some(frame) = next.next()
        {
            nic.device().wire().send(to_wire(frame));
        }
        driver.wait().await?;
        while let Some(frame) = driver.receive() {
            count += 1;
            bytes += u64::from(frame.bytes());
            hit += u64::from(frame.error);
            driver.recycle(frame);
        }
        driver.post().await;
        next_page.set(driver.next_page().unwrap_or(0));
    }
    Ok((count, bytes, hit))
}

/// Takes pages away and watches over them.
struct Taker {
    /// The page that the NIC comes to next.
    next: Cell<u64>,
    host: Host,
    faults: Cell<Option<FaultWatch>>,
    space: AddressSpace,
    area: Buffer,
}

impl Taker {
    async fn take_pages(&self, progress: &crate::Progress) -> Result<Vec<Round>, OsError> {
        let mut area = self.area.clone();
        let mut faults = self.faults.take().ok_or(OsError::Off)?;
        let mut rounds = Vec::new();
        for n in 0..ROUNDS {
            self.host.clocks(PEACE).await;
            let count = PAGES.min(area.pages().len());
            let first = (self.next.get() as usize).min(area.pages().len() - count);
            rounds.push(self.round(&mut area, first, count, &mut faults).await?);
            progress(TITLE.name, n as u64 + 1, ROUNDS as u64);
        }
        Ok(rounds)
    }

    async fn round(
        &self,
        area: &mut Buffer,
        first: usize,
        count: usize,
        faults: &mut FaultWatch,
    ) -> Result<Round, OsError> {
        let old: Vec<Spa> = area.pages()[first..first + count].to_vec();
        let iova = area.at(first as u64 * PAGE_SIZE);
        let end = area.at((first + count) as u64 * PAGE_SIZE);
        while faults.try_next().is_some() {}
        self.host.with_system(|system| {
            for page in &old {
                let end = Spa::new(page.raw() + PAGE_SIZE);
                system.memory_mut().watch(*page..end);
            }
        });
        let start = self.host.now();
        self.space.unmap(area, first, count).await?;
        let fenced = self.host.now();

        // From here on the pages are somebody else's.
        let contents = vec![OWNER; PAGE_SIZE as usize];
        for &page in &old {
            self.host.store(page, &contents);
        }
        let mut refused = 0;
        let mut watched = 0;
        while watched < WATCH || refused == 0 && watched < PATIENCE {
            self.host.clocks(100).await;
            watched += 100;
            refused += count_refused(faults, iova.raw()..end.raw());
        }
        let mut writes_before = 0;
        let mut writes_after = 0;
        self.host.with_system(|system| {
            let memory = system.memory_mut();
            memory.unwatch();
            for write in memory
                .drain_journal()
                .filter(|write| write.port == DATA_PORT)
            {
                if write.clock < fenced {
                    writes_before += 1;
                } else {
                    writes_after += 1;
                }
            }
        });
        let kept = old
            .iter()
            .all(|&page| self.host.load(page, PAGE_SIZE as usize) == contents);
        if !kept && writes_after == 0 {
            // Something else than a bus has written.
            writes_after = 1;
        }
        self.space.refill(area, first, count)?;
        Ok(Round {
            iova: iova.to_string(),
            pages: count as u64,
            fence_clocks: fenced.0 - start.0,
            writes_before,
            writes_after,
            refused,
            watched_clocks: watched,
        })
    }
}

/// Takes the records that are there; how many are of writes in this range.
fn count_refused(faults: &mut FaultWatch, range: std::ops::Range<u64>) -> u64 {
    let mut count = 0;
    while let Some(record) = faults.try_next() {
        let page_fault = record.cause == Cause::WritePageFault;
        count += u64::from(page_fault && range.contains(&record.iotval));
    }
    count
}
