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
use sallyport_bus::{Clock, MemoryUser, WriteRecord};
use sallyport_capture::Frame;
use sallyport_devices::engine::{Job, Operation};
use sallyport_devices::nic::reg;
use sallyport_devices::{DmaEngine, Nic};
use sallyport_formats::{Cause, DeviceId, PAGE_SIZE, Spa};
use sallyport_os::{
    AddressSpace, Buffer, EngineDriver, FaultWatch, NicDriver, NicLayout, Os, OsConfig, OsError,
};
use std::cell::Cell;
use std::ops::Range;

const TITLE: Title = Title {
    number: 4,
    name: "unmap-under-fire",
    title: "pages are taken from the NIC and given to somebody else while it keeps writing",
};

/// Times that pages are taken away.
const ROUNDS: usize = 8;
/// Pages each time.
const PAGES: usize = 4;
/// Clocks between two times, in which all is well.
const PEACE: u64 = 2_000;
/// Clocks that the new owner watches its pages, at least.
const WATCH: u64 = 4_000;
/// Clocks within which the NIC comes by again.
const PATIENCE: u64 = 400_000;
/// The new owner, a DMA engine.
const OWNER: DeviceId = DeviceId::truncate(0x0300);
/// What it writes.
const PATTERN: u64 = 0x0e0e_0e0e_c0de_c0de;
/// Few buffers, so that the NIC comes by often.
const LAYOUT: NicLayout = NicLayout {
    log2_ring: 5,
    buffer_bytes: 1536,
};
/// Bytes of the longest frames that are used: jumbo frames.
const LONGEST: usize = 9216;
/// Frames that wait on the wire at least.
const BACKLOG: usize = 16;

pub fn play(machine: &mut Machine, frames: &[Frame]) -> (Scene, bool) {
    let useful = traffic(frames, LONGEST);
    let progress = machine.progress();
    machine.play(TITLE, 20_000_000, async |host, scene| {
        let nic = host.attach(NIC, Nic::default());
        let config = OsConfig {
            name: TITLE.name,
            ..OsConfig::default()
        };
        let os = Os::boot(&host, config).await?;
        let space = os.attach(NIC).await?;
        let mut driver = NicDriver::start(nic, &space, LAYOUT).await?;
        let engine = host.attach(OWNER, DmaEngine::default());
        let owner = os.attach(OWNER).await?;
        let engine = EngineDriver::start(engine, &owner).await?;
        let mut taker = Taker {
            host: host.clone(),
            faults: os.watch_faults(Some(NIC)),
            space,
            area: driver.area().clone(),
            owner,
            engine,
        };
        let next = Cell::new(0);
        let meter = Meter::start(&os);
        let stop = Cell::new(false);
        let take = async {
            let rounds = taker.take_pages(&next, &progress).await;
            stop.set(true);
            rounds
        };
        let (pumped, rounds) = tokio::join!(pump(&mut driver, &useful, &stop, &next), take);
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
        if !round.owner_right {
            scene
                .problems
                .push(format!("round {n}: the new owner's data changed"));
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

/// Takes pages away, gives them to the DMA engine and watches over them.
struct Taker {
    host: Host,
    faults: FaultWatch,
    space: AddressSpace,
    area: Buffer,
    owner: AddressSpace,
    engine: EngineDriver,
}

impl Taker {
    async fn take_pages(
        &mut self,
        next: &Cell<u64>,
        progress: &crate::Progress,
    ) -> Result<Vec<Round>, OsError> {
        let mut rounds = Vec::new();
        for n in 0..ROUNDS {
            self.host.clocks(PEACE).await;
            let all = self.area.pages().len();
            let count = PAGES.min(all);
            let first = (next.get() as usize).min(all - count);
            rounds.push(self.round(first, count).await?);
            progress(TITLE.name, n as u64 + 1, ROUNDS as u64);
        }
        Ok(rounds)
    }

    async fn round(&mut self, first: usize, count: usize) -> Result<Round, OsError> {
        let old: Vec<Spa> = self.area.pages()[first..first + count].to_vec();
        let iova = self.area.at(first as u64 * PAGE_SIZE);
        let end = self.area.at((first + count) as u64 * PAGE_SIZE);
        let range = iova.raw()..end.raw();
        while self.faults.try_next().is_some() {}
        self.host.with_system(|system| {
            for page in &old {
                let end = Spa::new(page.raw() + PAGE_SIZE);
                system.memory_mut().watch(*page..end);
            }
        });
        let start = self.host.now();
        self.space.unmap(&self.area, first, count).await?;
        let fenced = self.host.now();

        let buffer = self.owner.adopt(old)?;
        let (owner_right, refused) = self.use_pages(&buffer, &range).await?;
        let (writes_before, writes_after) = self.nic_writes(fenced, &buffer);
        let watched_clocks = self.host.now().0 - fenced.0;
        self.owner.free(buffer).await?;
        self.space.refill(&mut self.area, first, count)?;
        Ok(Round {
            iova: iova.to_string(),
            pages: count as u64,
            fence_clocks: fenced.0 - start.0,
            writes_before,
            writes_after,
            refused,
            owner_right,
            watched_clocks,
        })
    }

    /// The new owner fills the pages and looks at them again and again, until
    /// the NIC has come by. Whether they kept what was written, and how many
    /// writes of the NIC were refused.
    async fn use_pages(
        &mut self,
        buffer: &Buffer,
        range: &Range<u64>,
    ) -> Result<(bool, u64), OsError> {
        let length = buffer.bytes() as u32;
        let job = |operation| Job {
            operation,
            destination: buffer.iova(),
            length,
            process: None,
        };
        let contents = PATTERN.to_le_bytes().repeat(length as usize / 8);
        let expected = crc32fast::hash(&contents);
        let mut right = !self.engine.run(&job(Operation::Fill(PATTERN))).await?.error;
        let start = self.host.now().0;
        let mut refused = 0;
        loop {
            let sum = self
                .engine
                .run(&job(Operation::Checksum(buffer.iova())))
                .await?;
            right &= !sum.error && sum.checksum == expected;
            refused += count_refused(&mut self.faults, range);
            let watched = self.host.now().0 - start;
            if watched >= WATCH && refused > 0 || watched >= PATIENCE {
                break;
            }
        }
        let os = self.owner.os();
        right &= os.read(buffer, 0, contents.len()) == contents;
        Ok((right, refused))
    }

    /// Writes of the NIC to the watched pages, before the fence was done and
    /// after it. The watch is coarse: words around the pages are left out.
    fn nic_writes(&self, fenced: Clock, watched: &Buffer) -> (u64, u64) {
        self.host.with_system(|system| {
            let memory = system.memory_mut();
            memory.unwatch();
            let nic = |write: &WriteRecord| {
                write.port == DATA_PORT
                    && MemoryUser::from_bits(write.user).device == NIC
                    && watched.pages().contains(&write.word.page_base())
            };
            let writes: Vec<_> = memory.drain_journal().filter(nic).collect();
            let before = writes.iter().filter(|write| write.clock < fenced).count();
            (before as u64, (writes.len() - before) as u64)
        })
    }
}

/// Takes the records that are there; how many are of writes in this range.
fn count_refused(faults: &mut FaultWatch, range: &Range<u64>) -> u64 {
    let mut count = 0;
    while let Some(record) = faults.try_next() {
        let page_fault = record.cause == Cause::WritePageFault;
        count += u64::from(page_fault && range.contains(&record.iotval));
    }
    count
}
