// SPDX-License-Identifier: Apache-2.0
//! Scene 7: a NIC interrupts the virtual processors of a guest. One has an
//! interrupt file of the machine's; the other one is asleep at first, and its
//! interrupts are kept in memory, with a notice to the hypervisor.

mod harts;

use crate::guest::{self, Guest, RECEIVED, TRANSMITTED};
use crate::machine::{Machine, Title};
use crate::meter::Meter;
use crate::report::{Detail, FileLine, MessageControl, Scene};
use crate::wire::{to_wire, traffic};
use harts::{Harts, Heard};
use sallyport_bench::{Attached, Host};
use sallyport_capture::{Frame, LONGEST_FRAME};
use sallyport_devices::Nic;
use sallyport_driver::{InterruptFile as MemoryFile, Memory};
use sallyport_formats::{DeviceId, Gscid, MsiPte, PAGE_SIZE};
use sallyport_os::{InterruptFile, Os, OsConfig, OsError, VmConfig};
use std::rc::Rc;

const TITLE: Title = Title {
    number: 7,
    name: "guest-interrupts",
    title: "a NIC interrupts the virtual processors of a guest, one of which is asleep at first",
};

/// The guest's NIC.
const NIC: DeviceId = DeviceId::truncate(0x0700);
/// Frames that are used at most: half of them while a processor sleeps.
const FRAMES: usize = 1_000;
/// Frames of the control.
const CONTROL_FRAMES: usize = 8;
/// Identity of the notice.
const NOTICE: u16 = 7;
/// Clocks in which the messages of the control must be sent and answered.
const PATIENCE: u64 = 100_000;
/// Clocks between two looks.
const PAUSE: u64 = 64;

pub fn play(machine: &mut Machine, frames: &[Frame]) -> (Scene, bool) {
    let progress = machine.progress();
    let useful = traffic(frames, LONGEST_FRAME);
    // Both halves want a frame.
    let count = useful.len().clamp(2, FRAMES);
    let frames: Vec<Frame> = useful.into_iter().cycle().take(count).collect();
    let bytes: u64 = frames.iter().map(|frame| frame.data.len() as u64).sum();
    let limit = 5_000_000 + 8 * bytes;
    machine.play(TITLE, limit, async |host, scene| {
        let nic = host.attach(NIC, Nic::default());
        let control = control(&host, &nic, &frames).await?;
        if control.arrived == control.sent {
            let problem = "the control did not fail: without MSI page table all interrupts arrived";
            scene.problems.push(problem.to_owned());
        }

        let os = boot(&host, TITLE.name).await?;
        let config = guest::config("the guest with two processors", Gscid::from(1));
        let guest = Guest::start(&os, &nic, NIC, config, [0, 1]).await?;
        let files = [1, 2].map(|number| InterruptFile::new(&host, number));
        let notices = InterruptFile::new(&host, 0);
        let in_memory = memory_file(&os)?;
        let machine = guest.machine.clone();
        let basic = |file: &InterruptFile| MsiPte::Basic {
            ppn: file.page().page_number(),
        };
        let entry = in_memory
            .entry(NOTICE, notices.page())
            .map_err(OsError::Iommu)?;
        machine.set_file(0, basic(&files[0])).await?;
        machine.set_file(1, entry).await?;
        let places = [&files[0], &files[1]].map(|file| file.page().to_string());
        let second = basic(&files[1]);

        let meter = Meter::start(&os);
        let harts = Rc::new(Harts::new(guest, Rc::new(frames.clone()), in_memory));
        harts.listen(&host, files, notices);
        let (first_half, second_half) = frames.split_at(frames.len() / 2);
        let asleep = send(&harts, &nic, first_half).await;
        progress(TITLE.name, 1, 2);
        machine.set_file(1, second).await?;
        let running = send(&harts, &nic, second_half).await;
        progress(TITLE.name, 2, 2);
        harts.check().await?;
        scene.traffic = meter.stop(&os, frames.len() as u64, bytes);

        let line =
            |hart: u32, file: &'static str, place: String, sent: usize, heard: Heard| FileLine {
                hart,
                running: file == "hardware",
                address: machine.file_address(hart).to_string(),
                file,
                place,
                sent: sent as u64,
                arrived: heard.arrived,
                data_there: heard.data_there,
                notices: heard.notices,
            };
        let [place, second_place] = places;
        let memory = in_memory.address().to_string();
        let lines = vec![
            line(0, "hardware", place, frames.len(), running[0]),
            line(1, "memory", memory, first_half.len(), asleep[1]),
            line(
                1,
                "hardware",
                second_place,
                second_half.len(),
                running[1] - asleep[1],
            ),
        ];
        judge(scene, &lines);
        scene.detail = Some(Detail::GuestInterrupts {
            control,
            files: lines,
        });
        if os.fault_count() != 0 {
            let problem = "faults in traffic that is allowed".to_owned();
            scene.problems.push(problem);
        }
        harts.stop().await;
        os.shutdown().await
    })
}

fn judge(scene: &mut Scene, lines: &[FileLine]) {
    for line in lines {
        let FileLine { hart, file, .. } = line;
        let expected = if line.running { 0 } else { line.sent };
        if line.arrived != line.sent {
            scene.problems.push(format!(
                "processor {hart}, file in {file}: {} of {} interrupts arrived",
                line.arrived, line.sent
            ));
        }
        if line.data_there != line.arrived {
            scene.problems.push(format!(
                "processor {hart}, file in {file}: {} interrupts came before their data",
                line.arrived - line.data_there
            ));
        }
        if line.notices != expected {
            scene.problems.push(format!(
                "processor {hart}, file in {file}: {} notices",
                line.notices
            ));
        }
    }
}

async fn boot(host: &Host, name: &'static str) -> Result<Os, OsError> {
    let config = OsConfig {
        name,
        ..OsConfig::default()
    };
    Os::boot(host, config).await
}

/// A memory-resident interrupt file with both interrupts enabled.
fn memory_file(os: &Os) -> Result<MemoryFile, OsError> {
    let mut ram = os.ram().clone();
    let bytes = PAGE_SIZE;
    let page = ram.allocate(bytes).ok_or(OsError::OutOfMemory { bytes })?;
    let file = MemoryFile::at(page).map_err(OsError::Iommu)?;
    for identity in [RECEIVED, TRANSMITTED] {
        file.enable(&mut ram, identity, true);
    }
    Ok(file)
}

/// Sends frames to the NIC, and waits until the guest has heard of all that were
/// sent so far; gives what each processor heard since the beginning.
async fn send(harts: &Harts, nic: &Attached<Nic>, frames: &[Frame]) -> [Heard; 2] {
    for frame in frames {
        nic.device().wire().send(to_wire(frame));
    }
    harts.finish(frames.len() as u64).await
}

/// The same without MSI page table: what the guest takes for an interrupt file
/// is guest-physical memory that it was not given.
async fn control(
    host: &Host,
    nic: &Attached<Nic>,
    frames: &[Frame],
) -> Result<MessageControl, OsError> {
    let os = boot(host, "guest interrupts without MSI page table").await?;
    let config = VmConfig {
        messages: false,
        ..guest::config("the guest without MSI page table", Gscid::from(1))
    };
    let guest = Guest::start(&os, nic, NIC, config, [0, 1]).await?;
    let mut files = [1, 2].map(|number| InterruptFile::new(host, number));
    let mut faults = os.watch_faults(Some(NIC));
    let mut sent = 0;
    for frame in frames.iter().take(CONTROL_FRAMES) {
        nic.device().wire().send(to_wire(frame));
        sent += 1;
    }
    let mut refused = 0;
    for _ in 0..PATIENCE / PAUSE {
        host.clocks(PAUSE).await;
        while faults.try_next().is_some() {
            refused += 1;
        }
        if refused == sent {
            break;
        }
    }
    let arrived = files.iter_mut().map(|file| {
        let mut count = 0;
        while file.try_next().is_some() {
            count += 1;
        }
        count
    });
    let arrived = arrived.sum();
    guest.driver.stop().await;
    os.shutdown().await?;
    Ok(MessageControl {
        sent,
        arrived,
        refused,
    })
}
