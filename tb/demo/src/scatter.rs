// SPDX-License-Identifier: Apache-2.0
//! Scene 1: the NIC receives every frame into buffers that are contiguous for
//! it only, and transmits them again.

use crate::machine::{Machine, Title};
use crate::meter::Meter;
use crate::report::{Detail, MapLine, ScatterControl, Scene};
use crate::wire::{from_wire, stamp, to_wire, traffic};
use sallyport_bench::hardware::DATA_PORT;
use sallyport_bench::{Attached, Host};
use sallyport_capture::{Frame, LONGEST_FRAME};
use sallyport_devices::Nic;
use sallyport_formats::{DeviceId, PAGE_SIZE, Spa};
use sallyport_os::{NicDriver, NicLayout, Os, OsConfig, OsError, Received, Translation};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

const TITLE: Title = Title {
    number: 1,
    name: "scatter",
    title: "a NIC receives and transmits through buffers that are contiguous for it and scattered in memory",
};

/// The NIC's id.
pub const NIC: DeviceId = DeviceId::truncate(0x0100);

/// Buffers that the control has filled.
const CONTROL_BUFFERS: usize = 128;

/// Lines of the map that are shown.
const MAP_LINES: usize = 8;

/// Frames that wait on the wire at most.
const BACKLOG: usize = 64;

/// What the control's buffers hold before.
const EMPTY: u8 = 0xa5;

pub fn play(
    machine: &mut Machine,
    frames: &Rc<Vec<Frame>>,
    transmitted: &mut Vec<Frame>,
) -> (Scene, bool) {
    let bytes: u64 = frames.iter().map(|frame| frame.data.len() as u64).sum();
    let limit = 5_000_000 + 1_000 * frames.len() as u64 + 4 * bytes;
    let progress = machine.progress();
    let frames = Rc::clone(frames);
    machine.play(TITLE, limit, async |host, scene| {
        let nic = host.attach(NIC, Nic::default());
        let control = control(&host, &nic, &frames).await?;
        if control.intact == control.frames {
            let problem = "the control did not fail: scattered buffers filled without translation";
            scene.problems.push(problem.to_owned());
        }
        let os = Os::boot(
            &host,
            OsConfig {
                name: TITLE.name,
                ..OsConfig::default()
            },
        )
        .await?;
        let space = os.attach(NIC).await?;
        let mut driver = NicDriver::start(nic, &space, NicLayout::default()).await?;
        let pages = driver.area().pages().to_vec();
        if neighbours(&pages) {
            scene
                .problems
                .push("the buffers are not scattered".to_owned());
        }
        let map = map(&driver);
        let meter = Meter::start(&os);
        let wait = async |driver: &NicDriver| driver.wait().await;
        let told = |done| progress(TITLE.name, done, frames.len() as u64);
        let received = forward(&mut driver, wait, &frames, transmitted, told).await?;
        scene.traffic = meter.stop(&os, frames.len() as u64, bytes);
        let same = |(sent, came): &(&Frame, &Frame)| sent == came;
        let came = frames.iter().zip(&*transmitted).filter(same).count();
        for (count, place) in [
            (received, "in the buffers"),
            (came as u64, "on the wire again"),
        ] {
            if count != frames.len() as u64 {
                scene.problems.push(format!(
                    "{count} of {} frames were the same {place}",
                    frames.len()
                ));
            }
        }
        if scene.traffic.faults != 0 {
            let faults = scene.traffic.faults;
            scene
                .problems
                .push(format!("{faults} faults in traffic that is allowed"));
        }
        scene.detail = Some(Detail::Scatter {
            control,
            pages: pages.len() as u64,
            map,
            received,
            transmitted: came as u64,
        });
        driver.stop().await;
        os.shutdown().await
    })
}

/// Whether two neighbouring pages of a buffer are neighbours in memory.
fn neighbours(pages: &[Spa]) -> bool {
    pages
        .windows(2)
        .any(|pair| pair[0].page_number().abs_diff(pair[1].page_number()) <= 1)
}

fn map(driver: &NicDriver) -> Vec<MapLine> {
    let area = driver.area();
    (0u64..)
        .zip(area.pages())
        .take(MAP_LINES)
        .map(|(n, page)| MapLine {
            iova: area.at(n * PAGE_SIZE).to_string(),
            physical: page.to_string(),
        })
        .collect()
}

/// Receives and transmits all frames, looking for what is new whenever `wait`
/// is over; tells how many were right in memory.
pub async fn forward(
    driver: &mut NicDriver,
    mut wait: impl AsyncFnMut(&NicDriver) -> Result<(), OsError>,
    frames: &[Frame],
    transmitted: &mut Vec<Frame>,
    progress: impl Fn(u64),
) -> Result<u64, OsError> {
    let total = frames.len();
    let nic = driver.device().clone();
    let mut coming = frames.iter();
    let mut seen = 0;
    let mut right = 0;
    let mut done = 0;
    let mut waiting: VecDeque<Received> = VecDeque::new();
    while done < total {
        while nic.device().wire().waiting() < BACKLOG
            && let Some(frame) = coming.next()
        {
            nic.device().wire().send(to_wire(frame));
        }
        wait(driver).await?;
        while let Some(frame) = driver.receive() {
            let same = frames.get(seen).is_some_and(|sent| {
                !frame.error && frame.stamp == stamp(sent) && driver.read(&frame) == sent.data
            });
            right += u64::from(same);
            seen += 1;
            waiting.push_back(frame);
        }
        while let Some(frame) = waiting.pop_front() {
            if let Err(frame) = driver.transmit(frame).await {
                waiting.push_front(frame);
                break;
            }
        }
        while let Some(frame) = driver.transmitted() {
            driver.recycle(frame);
            done += 1;
        }
        while let Some(frame) = nic.device().wire().take_transmitted() {
            transmitted.push(from_wire(frame));
        }
        driver.post().await;
        progress(done as u64);
    }
    Ok(right)
}

/// Receives frames without translation: the NIC is told where the first page
/// is, and takes the rest to follow it.
async fn control(
    host: &Host,
    nic: &Attached<Nic>,
    frames: &[Frame],
) -> Result<ScatterControl, OsError> {
    let config = OsConfig {
        translation: Translation::Off,
        name: "scatter without translation",
        ..OsConfig::default()
    };
    let os = Os::boot(host, config).await?;
    let space = os.attach(NIC).await?;
    let mut driver = NicDriver::start(nic.clone(), &space, NicLayout::default()).await?;
    let area = driver.area().clone();
    os.write(&area, 0, &vec![EMPTY; area.bytes() as usize]);
    host.with_system(|system| system.memory_mut().watch_all());

    let useful = traffic(frames, LONGEST_FRAME);
    let mut sent = Vec::new();
    let mut buffers = 0;
    for frame in useful.iter().cycle() {
        if buffers >= CONTROL_BUFFERS {
            break;
        }
        buffers += frame
            .data
            .len()
            .div_ceil(NicLayout::default().buffer_bytes as usize);
        nic.device().wire().send(to_wire(frame));
        sent.push(frame);
    }
    let mut seen = 0;
    let mut intact = 0;
    while seen < sent.len() {
        driver.wait().await?;
        while let Some(frame) = driver.receive() {
            intact += u64::from(driver.read(&frame) == sent[seen].data);
            seen += 1;
            driver.recycle(frame);
        }
        driver.post().await;
    }

    let own: BTreeSet<Spa> = area
        .pages()
        .iter()
        .copied()
        .chain(driver.ring_pages())
        .collect();
    let stray_bytes = host.with_system(|system| {
        let memory = system.memory_mut();
        memory.unwatch();
        memory
            .drain_journal()
            .filter(|write| write.port == DATA_PORT && !own.contains(&write.word.page_base()))
            .map(|write| u64::from(write.strb.count_ones()))
            .sum()
    });
    driver.stop().await;
    os.shutdown().await?;
    Ok(ScatterControl {
        frames: sent.len() as u64,
        intact,
        stray_bytes,
    })
}
