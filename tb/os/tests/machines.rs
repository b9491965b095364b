// SPDX-License-Identifier: Apache-2.0
//! Processors, processes and virtual machines beside the RTL, with random
//! latencies and order.

use sallyport_bench::{Bench, Build, Host, Seed, SystemConfig};
use sallyport_driver::{FirstStageTable, InterruptFile as MemoryFile, Memory};
use sallyport_formats::{
    Cause, DeviceId, FirstStage, Gscid, Iova, MsiPte, PAGE_SIZE, ProcessId, Pscid, Spa,
};
use sallyport_os::{
    InterruptFile, Mmu, Os, OsConfig, OsError, PageFault, Permissions, Satp, VirtualMachine,
    VmConfig,
};

const DEVICE: DeviceId = DeviceId::truncate(0x0123);
const AT: Iova = Iova::new(0x10_0000);

fn run(seed: u64, program: impl AsyncFnOnce(Host, Os) -> Result<(), OsError>) {
    let config = SystemConfig::random(Build::Full, Seed::new(seed));
    let mut bench = Bench::new(&config).expect("the model");
    let program = async |host: Host| {
        let os = Os::boot(&host, OsConfig::default()).await?;
        program(host, os).await
    };
    bench
        .run(1_000_000, program)
        .expect("no time-out, no breach")
        .expect("the system works");
}

fn machine(os: &Os, number: u16) -> Result<VirtualMachine, OsError> {
    let config = VmConfig {
        name: "guest",
        gscid: Gscid::from(number),
        second_stage: true,
        harts: 2,
        messages: true,
    };
    VirtualMachine::new(os, config)
}

#[test]
fn a_processor_translates_pages_of_all_sizes_and_remembers_them() {
    run(1, async |_, os| {
        let mut ram = os.ram().clone();
        let table = FirstStageTable::new(&mut ram, FirstStage::Sv48)?;
        let at = Iova::new(0xffff_8000_0020_0000);
        let to = Spa::new(0x8420_0000);
        table.map(&mut ram, at, to, 0x21_1000, Permissions::RW)?;
        table.map(&mut ram, Iova::new(0x1000), to, PAGE_SIZE, Permissions::R)?;
        let satp = |asid: u16| Satp {
            asid: Pscid::from(asid),
            scheme: FirstStage::Sv48,
            root: table.root(),
        };
        let (mmu, one) = (Mmu::new(&os), satp(1));
        for offset in [0x1, 0x1f_f123, 0x20_7008, 0x21_0ff8] {
            let at = Iova::new(at.raw() + offset);
            let place = Spa::new(to.raw() + offset);
            assert_eq!(mmu.translate(&one, at, true), Ok(place), "{at}");
        }
        let fault = |at, store| Err(PageFault { at, store });
        let low = Iova::new(0x1008);
        assert!(mmu.translate(&one, low, false).is_ok());
        assert_eq!(mmu.translate(&one, low, true), fault(low, true));
        let behind = Iova::new(at.raw() + 0x21_1000);
        assert_eq!(mmu.translate(&one, behind, false), fault(behind, false));
        let wide = Iova::new(0x8000_0000_1000);
        assert_eq!(mmu.translate(&one, wide, false), fault(wide, false));

        table.unmap(&mut ram, Iova::new(0x1000), PAGE_SIZE)?;
        let reads = mmu.counters().reads;
        assert!(mmu.translate(&one, low, false).is_ok(), "it remembers");
        assert_eq!(mmu.counters().reads, reads);
        assert!(mmu.translate(&satp(2), low, false).is_err());
        mmu.fence(Pscid::from(1u16));
        assert_eq!(mmu.translate(&one, low, false), fault(low, false));
        Ok(())
    });
}

#[test]
fn processes_of_a_device_are_kept_apart() {
    run(2, async |host, os| {
        let processes = os.attach_processes(DEVICE).await?;
        let mut spaces = Vec::new();
        for id in [3, 0x1_0003] {
            let process = ProcessId::truncate(id);
            let space = processes.add(process)?;
            let buffer = space.allocate_at(AT, 2 * PAGE_SIZE).await?;
            let dma = host.dma(DEVICE).process(process);
            dma.write(AT, &[id as u8; 0x1800]).await.expect("allowed");
            spaces.push((space, buffer, dma));
        }
        let own = processes.driver().allocate_at(AT, PAGE_SIZE).await?;
        host.dma(DEVICE).write(AT, &[9; 16]).await.expect("allowed");
        assert_eq!(os.read(&own, 0, 16), [9; 16]);
        let (space, buffer, dma) = &spaces[0];
        assert_eq!(os.read(buffer, 0x17ff, 2), [3, 0]);
        space.unmap(buffer, 1, 1).await?;
        let mut faults = os.watch_faults(Some(DEVICE));
        assert!(dma.read(buffer.at(PAGE_SIZE), 8).await.is_err());
        let record = faults.next().await;
        assert_eq!(record.cause, Cause::ReadPageFault);
        assert_eq!(record.process(), space.process());
        assert_eq!(dma.read(AT, 8).await.expect("still mapped"), [3; 8]);
        let other = spaces[1].2.read(spaces[1].1.at(PAGE_SIZE), 8).await;
        assert_eq!(other.expect("another's"), [3; 8]);
        let far = processes.add(ProcessId::truncate(0x2_0000));
        assert!(matches!(far, Err(OsError::Iommu(_))));
        Ok(())
    });
}

#[test]
fn a_guest_unmaps_with_a_call_and_gives_its_device_up() {
    run(3, async |host, os| {
        let machine = machine(&os, 7)?;
        machine.give(DEVICE).await?;
        let guest = machine.boot();
        let space = guest.attach(DEVICE).await?;
        let buffer = space.allocate_at(AT, 3 * PAGE_SIZE).await?;
        let dma = host.dma(DEVICE);
        dma.write(AT, &[5; 0x2800]).await.expect("allowed");
        assert_eq!(guest.read(&buffer, 0x27f8, 16), [[5; 8], [0; 8]].concat());
        let entries = machine.entries();
        space.unmap(&buffer, 1, 1).await?;
        assert_eq!(machine.entries(), entries + 1);
        let mut faults = os.watch_faults(Some(DEVICE));
        assert!(dma.read(buffer.at(PAGE_SIZE), 8).await.is_err());
        assert_eq!(faults.next().await.cause, Cause::ReadPageFault);
        assert!(dma.read(AT, 8).await.is_ok());
        assert_eq!(machine.host_pages().count(), 2048);
        guest.detach(space).await?;
        assert!(dma.read(AT, 8).await.is_err());
        assert_eq!(faults.next().await.cause, Cause::DdtInvalid);
        guest.shutdown().await
    });
}

#[test]
fn messages_go_to_the_file_that_the_hypervisor_says() {
    run(4, async |host, os| {
        let machine = machine(&os, 7)?;
        machine.give(DEVICE).await?;
        let space = machine.boot().attach(DEVICE).await?;
        let window = Spa::new(machine.file_address(1).raw());
        let at = space.adopt(vec![window])?.iova();
        let (mut file, mut notices) = (InterruptFile::new(&host, 1), InterruptFile::new(&host, 0));
        let dma = host.dma(DEVICE);
        assert!(dma.message(at, 1).await.is_err(), "no entry yet");

        let mut ram = os.ram().clone();
        let memory = MemoryFile::at(ram.allocate(PAGE_SIZE).expect("a page"))?;
        memory.enable(&mut ram, 700, true);
        machine
            .set_file(1, memory.entry(5, notices.page())?)
            .await?;
        dma.message(at, 700).await.expect("stored");
        assert_eq!(notices.next().await, 5);
        assert_eq!(memory.next(&ram, 0), Some(700));
        assert!(memory.take(&mut ram, 700));

        let ppn = file.page().page_number();
        machine.set_file(1, MsiPte::Basic { ppn }).await?;
        dma.message(at, 701).await.expect("it arrives");
        assert_eq!(file.next().await, 701);
        assert_eq!((file.try_next(), notices.try_next()), (None, None));
        assert_eq!(memory.next(&ram, 0), None);
        Ok(())
    });
}
