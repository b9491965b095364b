// SPDX-License-Identifier: Apache-2.0
//! Scene 5: two programs use the same address, and so does a device that works
//! for both. Loads and stores of the programs go through a processor's memory
//! management unit, which walks the same tables as the IOMMU.

mod accesses;
mod program;

use crate::machine::{Machine, Title};
use crate::meter::Meter;
use crate::report::{Detail, ProgramControl, Scene};
use accesses::Accesses;
use program::{BYTES, Party};
use sallyport_bench::{Attached, Host};
use sallyport_devices::DmaEngine;
use sallyport_formats::{DeviceId, Iova, ProcessId};
use sallyport_os::{EngineDriver, Mmu, Os, OsConfig, OsError};

const TITLE: Title = Title {
    number: 5,
    name: "two-programs",
    title: "two programs and a device that works for both use the same address",
};

/// The device, a DMA engine.
const DEVICE: DeviceId = DeviceId::truncate(0x0500);
/// Somebody whose address space the second program has in the control.
const NOBODY: DeviceId = DeviceId::truncate(0x05ff);
/// The address that all use.
const ADDRESS: Iova = Iova::new(0x10_0000);
/// The programs, and what the device writes for them.
const PROGRAMS: [(&str, ProcessId, u64); 2] = [
    ("A", ProcessId::truncate(0x11), 0xaaaa_aaaa_0000_0011),
    ("B", ProcessId::truncate(0x12), 0xbbbb_bbbb_0000_0012),
];

pub fn play(machine: &mut Machine) -> (Scene, bool) {
    machine.play(TITLE, 1_000_000, async |host, scene| {
        let engine = host.attach(DEVICE, DmaEngine::default());
        let control = control(&host, &engine).await?;
        if control.intact == 2 {
            let problem = "the control did not fail: without process ids each program has its own";
            scene.problems.push(problem.to_owned());
        }

        let os = boot(&host, TITLE.name).await?;
        let processes = os.attach_processes(DEVICE).await?;
        let mut driver = EngineDriver::start(engine.clone(), processes.driver()).await?;
        let mmu = Mmu::new(&os);
        let mut parties = Vec::new();
        for (name, process, pattern) in PROGRAMS {
            let space = processes.add(process)?;
            parties.push(Party::new(name, pattern, space)?);
        }
        let accesses = Accesses::prepare(&parties)?;
        let meter = Meter::start(&os);
        share(&mut parties, &mut driver, &mmu).await?;
        let mut programs = Vec::new();
        for party in &parties {
            programs.push(party.report(&mut driver, &mmu).await?);
        }
        let accesses = accesses.try_all(&parties, &mut driver, &mmu).await?;
        scene.traffic = meter.stop(&os, 0, 2 * 2 * u64::from(BYTES));

        for program in &programs {
            let name = program.name;
            if !program.device_reads_own || !program.program_loads_own {
                scene.problems.push(format!(
                    "program {name} and the device did not share memory"
                ));
            }
            for page in &program.pages {
                let same = page.device.as_ref() == Some(&page.processor);
                if !same || !page.accessed || !page.dirty {
                    let address = &page.address;
                    scene
                        .problems
                        .push(format!("program {name}: two views of {address}"));
                }
            }
        }
        let [a, b] = &programs[..] else {
            return Ok(());
        };
        if a.pages
            .iter()
            .zip(&b.pages)
            .any(|(a, b)| a.processor == b.processor)
        {
            scene.problems.push("the programs share a page".to_owned());
        }
        for access in accesses.iter().filter(|access| !access.as_expected) {
            scene.problems.push(format!(
                "{} at {}: processor {:?}, device {:?}",
                access.what, access.address, access.processor_code, access.device_code
            ));
        }
        scene.detail = Some(Detail::TwoPrograms {
            control,
            programs,
            accesses,
        });
        driver.stop().await;
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

/// Both programs store, have the device write, and are asked later.
async fn share(parties: &mut [Party], driver: &mut EngineDriver, mmu: &Mmu) -> Result<(), OsError> {
    for party in &mut *parties {
        party.store(mmu);
    }
    for party in &mut *parties {
        party.have_written(driver).await?;
    }
    for party in &mut *parties {
        party.look(driver, mmu).await?;
    }
    Ok(())
}

/// The same with one context for both: the programs have page tables of their
/// own, but the device has the first one's only, and names no process.
async fn control(host: &Host, engine: &Attached<DmaEngine>) -> Result<ProgramControl, OsError> {
    let os = boot(host, "two programs without process ids").await?;
    let first = os.attach(DEVICE).await?;
    let second = os.attach(NOBODY).await?;
    let mmu = Mmu::new(&os);
    let mut parties = Vec::new();
    for ((name, _, pattern), space) in PROGRAMS.into_iter().zip([first.clone(), second]) {
        parties.push(Party::new(name, pattern, space)?);
    }
    let mut driver = EngineDriver::start(engine.clone(), &first).await?;
    share(&mut parties, &mut driver, &mmu).await?;
    driver.stop().await;
    os.shutdown().await?;
    let intact = parties.iter().filter(|party| party.is_intact()).count();
    Ok(ProgramControl {
        intact: intact as u64,
    })
}
