// SPDX-License-Identifier: Apache-2.0
//! What a recorder tells of the RTL itself.

use std::fs::File;
use std::io::BufWriter;

use sallyport_bench::hardware::{CoreRequest, CoreSystem};
use sallyport_bench::{Bench, Build, Host, Seed, SystemConfig};
use sallyport_formats::{DeviceId, Iova, Spa};
use sallyport_log::{
    Answer, Found, Line, LogReader, MemoryType, Outcome, Recorder, Transaction, find, table, tree,
};

/// Offsets of registers: `capabilities`, `ddtp`, `cqb`, `cqt`, `fqb`, `fqh`, `cqcsr`, `fqcsr`.
const CAPABILITIES: u64 = 0x00;
const DDTP: u64 = 0x10;
const CQB: u64 = 0x18;
const CQT: u64 = 0x24;
const FQB: u64 = 0x28;
const FQH: u64 = 0x30;
const CQCSR: u64 = 0x48;
const FQCSR: u64 = 0x4c;

const DEVICE: u16 = 5;
const DIRECTORY: u64 = 0x8_0000;
const ROOT: u64 = 0x9_0000;
const LEVEL_1: u64 = 0xa_0000;
const LEVEL_0: u64 = 0xb_0000;
const COMMANDS: u64 = 0xc_0000;
const FAULTS: u64 = 0xd_0000;
const FENCE: u64 = 0xe_0000;

fn store(host: &Host, at: u64, words: &[u64]) {
    for (n, word) in (0..).zip(words) {
        host.store(Spa::new(at + 8 * n), &word.to_le_bytes());
    }
}

fn pointer(to: u64) -> u64 {
    to >> 2 | 1
}

/// Tables for the device: page 1 for all accesses, page 2 not valid, page 3
/// clean; contexts are found over one level of directory.
async fn set_up(host: &Host) {
    let cpu = host.cpu();
    let amo_hwad = cpu.read64(CAPABILITIES).await.unwrap() >> 24 & 1;
    let context = [amo_hwad << 8 | 1, 0, 0, 8 << 60 | ROOT >> 12];
    // capabilities.MSI_FLAT: contexts of 64 bytes.
    let bytes = match cpu.read64(CAPABILITIES).await.unwrap() >> 22 & 1 {
        1 => 64,
        _ => 32,
    };
    store(host, DIRECTORY + bytes * u64::from(DEVICE), &context);
    store(host, ROOT, &[pointer(LEVEL_1)]);
    store(host, LEVEL_1, &[pointer(LEVEL_0)]);
    let (page_1, page_3) = (0x10_0000 >> 2 | 0xd7, 0x30_0000 >> 2 | 0x17);
    store(host, LEVEL_0, &[0, page_1, 0, page_3]);
    for n in 16..48 {
        store(host, LEVEL_0 + 8 * n, &[(2 * n) << 20 >> 2 | 0xd7]);
    }
    cpu.write64(FQB, FAULTS >> 2 | 6).await.unwrap();
    cpu.write32(FQH, 0).await.unwrap();
    cpu.write32(FQCSR, 1).await.unwrap();
    cpu.write64(CQB, COMMANDS >> 2 | 6).await.unwrap();
    cpu.write32(CQT, 0).await.unwrap();
    cpu.write32(CQCSR, 1).await.unwrap();
    cpu.write64(DDTP, DIRECTORY >> 2 | 2).await.unwrap();
    host.clocks(50).await;
}

async fn traffic(host: Host) {
    set_up(&host).await;
    let dma = host.dma(DeviceId::from(DEVICE));
    // Two at once: one walk.
    let other = host.dma(DeviceId::from(DEVICE)).axi_id(3);
    let merging = host.spawn("merging", async move {
        other.read(Iova::new(0x1100), 8).await.unwrap();
    });
    dma.read(Iova::new(0x1040), 8).await.unwrap();
    merging.join().await;
    // A hit.
    dma.write(Iova::new(0x1080), &[7; 8]).await.unwrap();
    // A fault.
    assert!(dma.read(Iova::new(0x2000), 8).await.is_err());
    // A and D are set.
    dma.write(Iova::new(0x3000), &[7; 8]).await.unwrap();
    // IOTINVAL.VMA of everything, and a fence that writes.
    let fence = 1 << 32 | 3 << 12 | 1 << 10 | 2;
    store(&host, COMMANDS, &[1, 0, fence, FENCE >> 2]);
    host.cpu().write32(CQT, 2).await.unwrap();
    host.clocks(200).await;
}

fn run(recorder: Recorder) -> Recorder {
    let mut bench = Bench::new(&SystemConfig::new(Build::Default, Seed::new(1))).unwrap();
    bench.with_system(|system| system.record(recorder));
    bench.run(20_000, traffic).unwrap();
    let mut recorder = bench.with_system(|system| system.take_recorder().unwrap());
    recorder.finish().unwrap();
    recorder
}

#[test]
fn a_log_tells_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let writer = BufWriter::new(File::create(&path).unwrap());
    let kept = run(Recorder::new(Build::Default).writing(writer).keeping(2));
    let all = find(&path, |_| true, usize::MAX).unwrap();
    assert_eq!(all.len(), 5);
    assert_eq!(kept.transactions().count(), 2);

    let accesses = |t: &Transaction| t.walks.iter().map(|w| w.accesses.len()).sum::<usize>();
    let lead = all.iter().find(|t| accesses(t) == 4).unwrap();
    let merged = all.iter().find(|t| t.walks[0].merged_into.is_some());
    let merged = merged.unwrap();
    assert_eq!(merged.walks[0].merged_into, Some(lead.id));
    let text = Found::new(&path, merged.id).unwrap().text();
    let walk = format!("the walk of transaction {}:\n", lead.id);
    let (_, accesses) = text.split_once(&walk).unwrap();
    let meanings: Vec<_> = accesses
        .lines()
        .map(|line| line.split_once(": ").unwrap().1)
        .collect();
    let expected = [
        "device context: V SADE, iosatp Sv39 at 0x90000, PSCID 0x00000",
        "PTE level 2: pointer to 0xa0000",
        "PTE level 1: pointer to 0xb0000",
        "PTE level 0: leaf, R W U A D, page 4 KiB at 0x100000",
    ];
    assert_eq!(meanings, expected);

    let [hit, refused, dirty] = &all[2..] else {
        panic!("{}", table(&all));
    };
    assert!(hit.caches.unwrap().hit && hit.walks.is_empty());
    let clocks = hit.clocks;
    assert_eq!(clocks.answered.unwrap() - clocks.accepted, 4);
    assert!(tree(hit).contains("translated to 0x100080, PMA\n"));

    assert_eq!(refused.outcome, Outcome::Refused);
    let text = tree(refused);
    assert!(text.contains("walk cache hit: begins with the table of level 0\n"));
    assert!(text.contains(": PTE level 0: not valid\n"));
    assert!(text.contains("last beat SLVERR\n"));
    assert!(
        text.contains("fault record written: cause 13 (read page fault), TTYP 2, iotval 0x2000\n")
    );

    let text = tree(dirty);
    assert!(text.contains("exclusive read 0xb0018"), "{text}");
    assert!(text.contains(" EXOKAY: PTE level 0: leaf, R W U A D,"));
}

#[test]
fn commands_stand_between_the_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    run(Recorder::new(Build::Default).writing(File::create(&path).unwrap()));
    let mut commands = Vec::new();
    for line in LogReader::open(&path).unwrap() {
        match line.unwrap() {
            Line::Invalidation(line) => commands.push(line.command),
            Line::Fence(line) => {
                assert!(line.written.unwrap() > line.fetched);
                commands.push(line.command);
            }
            _ => {}
        }
    }
    let expected = [
        "write of ddtp",
        "IOTINVAL.VMA all addresses",
        "IOFENCE.C PR PW, DATA 0x1 to 0xe0000",
    ];
    assert_eq!(commands, expected);
}

#[test]
fn looking_on_changes_nothing() {
    let digest = |recorder: Option<Recorder>| {
        let mut bench = Bench::new(&SystemConfig::new(Build::Default, Seed::new(1))).unwrap();
        if let Some(recorder) = recorder {
            bench.with_system(|system| system.record(recorder));
        }
        bench.run(20_000, traffic).unwrap();
        bench.with_system(|system| system.digest())
    };
    assert_eq!(digest(Some(Recorder::new(Build::Default))), digest(None));
}

#[test]
fn under_random_traffic_every_transaction_is_told_right() {
    for build in [Build::Small, Build::Full] {
        let mut bench = Bench::new(&SystemConfig::random(build, Seed::new(3))).unwrap();
        bench.with_system(|system| system.record(Recorder::new(build).keeping(1_000)));
        bench.run(200_000, many).unwrap();
        let mut recorder = bench.with_system(|system| system.take_recorder().unwrap());
        recorder.finish().unwrap();
        let mut count = 0;
        for transaction in recorder.transactions() {
            let Transaction {
                request, answer, ..
            } = transaction;
            let (page, offset) = (request.iova.page_number(), request.iova.page_offset());
            if page == 2 {
                assert_eq!(transaction.outcome, Outcome::Refused);
                let record = transaction.record.as_ref().unwrap();
                assert_eq!(record.iotval, request.iova);
            } else {
                assert_eq!(transaction.outcome, Outcome::Translated);
                let address = Some(Spa::new(((2 * page) << 20) + offset));
                let pbmt = MemoryType::Pma;
                assert_eq!(*answer, Some(Answer::Translated { address, pbmt }));
            }
            let accesses = transaction.walks.iter().flat_map(|walk| &walk.accesses);
            for access in accesses {
                assert!(!access.meaning.starts_with("PTE:"), "{}", tree(transaction));
            }
            count += 1;
        }
        assert_eq!(count, 8 * 64, "build {build}");
    }
}

/// Eight programs, each with an AXI ID of its own, that read and write pages 16
/// to 47, and now and then page 2.
async fn many(host: Host) {
    set_up(&host).await;
    let tasks: Vec<_> = (0..8_u64)
        .map(|id| {
            let dma = host.dma(DeviceId::from(DEVICE)).axi_id(id as u8);
            host.spawn(format!("program {id}"), async move {
                for n in 0..64 {
                    let page = match (7 * id + 11 * n) % 41 {
                        32.. => 2,
                        page => 16 + page,
                    };
                    let at = Iova::new((page << 12) + 128 * id);
                    let done = if n % 3 == 0 {
                        dma.write(at, &[n as u8; 24]).await.is_ok()
                    } else {
                        dma.read(at, 32).await.is_ok()
                    };
                    assert_eq!(done, page != 2);
                }
            })
        })
        .collect();
    for task in tasks {
        task.join().await;
    }
    host.clocks(3_000).await;
}

#[test]
fn the_core_by_itself_has_requests_and_answers() {
    let config = SystemConfig::new(Build::Default, Seed::new(1));
    let mut system = CoreSystem::new(&config).unwrap();
    system.record(Recorder::new(Build::Default));
    // ddtp is Off: everything is refused, cause 256, but no queue is on.
    system.submit(CoreRequest {
        device_id: 5,
        pv: true,
        process_id: 9,
        access: 2,
        iova: 0x1234,
        ..CoreRequest::default()
    });
    for _ in 0..100 {
        system.step().unwrap();
    }
    let mut recorder = system.take_recorder().unwrap();
    recorder.finish().unwrap();
    let transaction = recorder.transactions().next().unwrap();
    let text = tree(transaction);
    let first = "transaction 1: execute by device 0x000005, process 0x00009 (user) at 0x1234\n";
    assert!(text.starts_with(first), "{text}");
    assert!(text.contains("refused\n"));
    assert!(text.ends_with("no fault record was seen\n"));
}
