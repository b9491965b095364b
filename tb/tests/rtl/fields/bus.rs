// SPDX-License-Identifier: Apache-2.0
//! `iommu_axi`: all wires, rows, tags and lengths, and commands about messages, of
//! which its bus has none.

use super::interrupts::VECTORS;
use super::messages::{CMD_TO, operands};
use crate::axi::scene::{BASE, Scene};
use crate::support::{ATS_TIMEOUT, PageTable, Rig, builds, context, leaf, read, write};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed, System};
use sallyport_bus::Resp;
use sallyport_formats::regs::Icvec;
use sallyport_formats::{Command, FirstStage, Pte, constants as c};

const CIP: u32 = 1 << c::IPSR_CIP_BIT;
const CIE: u32 = 1 << c::CQCSR_CIE_BIT;

/// A rig of `full`, if that is to be tested.
fn started(seed: u64) -> Option<Rig<System>> {
    let build = builds(&[Build::Full]).pop()?;
    let config = SystemConfig::new(build, Seed::new(seed));
    Some(Rig::started(&config, 1))
}

fn restart(rig: &mut Rig<System>) {
    rig.disable_commands();
    rig.enable_commands(CIE);
}

#[test]
fn every_wire() {
    let Some(mut rig) = started(330) else { return };
    rig.write32(c::REG_FCTL, 1 << c::FCTL_WSI_BIT);
    for vector in 0..VECTORS {
        restart(&mut rig);
        let icvec = Icvec {
            civ: vector,
            ..Icvec::default()
        };
        rig.write64(c::REG_ICVEC, icvec.emit());
        assert_eq!(rig.machine.irq(), 0);
        rig.put([0x7f, 0]);
        rig.ring();
        rig.poll32(c::REG_IPSR, CIP, CIP);
        assert_eq!(rig.machine.irq(), 1 << vector);
        restart(&mut rig);
        rig.write32(c::REG_IPSR, CIP);
        rig.run(10);
    }
    rig.finish();
}

/// Invalidations run into the time-out, responses are lost: nobody is held up.
#[test]
fn messages_go_nowhere() {
    let Some(mut rig) = started(331) else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(331);
    for round in 0..2 {
        for _ in 0..32 {
            let payload = rng.random();
            let asked = operands(&mut rng, payload);
            rig.command(Command::AtsInvalidate(asked));
            let payload = u64::from(rng.random::<u16>()) << c::ATS_PRGR_PAYLOAD_PRGI_LSB
                & (0x1ff << c::ATS_PRGR_PAYLOAD_PRGI_LSB | 0xf << c::ATS_PRGR_PAYLOAD_CODE_LSB);
            let asked = operands(&mut rng, payload);
            rig.command(Command::AtsPageResponse(asked));
            rig.drain();
        }
        let fence = rig.command_tail;
        rig.command(Command::Fence(Default::default()));
        rig.run(ATS_TIMEOUT);
        let csr = rig.poll32(c::REG_CQCSR, CMD_TO, CMD_TO);
        assert_eq!(rig.read32(c::REG_CQH), fence, "round {round}");
        rig.write32(c::REG_CQCSR, csr);
        rig.drain();
    }
    rig.finish();
}

/// As many walks as there are rows, each of which sets A of its page.
#[test]
fn every_row_updates() {
    const PAGES: u64 = 64;
    let Some(mut rig) = started(332) else { return };
    let width = rig.machine.width();
    let table = PageTable::new(&mut rig, FirstStage::Sv39);
    let untouched = |page: u64| Pte {
        a: false,
        d: false,
        ..leaf(0x1_0000_0000 + 0x1000 * page)
    };
    for page in 0..PAGES {
        table.set(&mut rig, BASE + 0x1000 * page, 0, untouched(page).emit());
    }
    for device in 0..2 {
        let mut dc = context(&table, 7);
        dc.tc.sade = true;
        rig.put_context(device, dc.emit());
    }
    for page in 0..PAGES {
        let ax = read((page % 2) as u32, 0, BASE + 0x1000 * page, width);
        rig.machine.devices().submit(ax);
    }
    rig.until("R", 20_000, |machine| machine.devices().is_idle());
    for page in 0..PAGES {
        let at = table.slot(&mut rig, BASE + 0x1000 * page, 0);
        let pte = Pte::parse(rig.machine.memory().read_u64(at));
        let expected = Pte {
            a: true,
            ..untouched(page)
        };
        assert_eq!(pte, expected, "page {page}");
    }
    while let Some(done) = rig.machine.devices().pop_completion() {
        assert_eq!(done.resp, Resp::Okay);
    }
    rig.finish();
}

/// Bursts up to a whole page.
#[test]
fn every_length() {
    if builds(&[Build::Full]).is_empty() {
        return;
    }
    let config = SystemConfig::new(Build::Full, Seed::new(333));
    let mut scene = Scene::new(&config, 1);
    for beats in [1, 63, 64, 100, 128, 200, 255, 256] {
        let bytes: Vec<u8> = (0..16 * u32::from(beats)).map(|n| (n * 7) as u8).collect();
        let ax = scene.burst(0, 1, BASE, beats);
        scene.write(ax, &bytes);
        scene.settle(5_000);
        let back = scene.read(ax);
        let done = scene.settle(5_000);
        let data: Vec<u8> = done[&back]
            .beats
            .iter()
            .flat_map(|beat| beat.data.to_le_bytes())
            .collect();
        assert_eq!(data, bytes, "{beats} beats");
    }
    scene.rig.finish();
}

/// Writes that nobody takes the responses of leave tags to reads.
#[test]
fn writes_of_many_leave_room_for_a_read() {
    if builds(&[Build::Full]).is_empty() {
        return;
    }
    let config = SystemConfig::new(Build::Full, Seed::new(334));
    let mut scene = Scene::new(&config, 5);
    let width = scene.rig.machine.width();
    scene.rig.machine.devices().hold_b(true);
    for n in 0..120u32 {
        let iova = BASE + 0x1000 * u64::from(n % 16);
        let ax = write(n % 4, (n % 8) as u8, iova, width);
        scene.rig.machine.devices().submit(ax);
    }
    scene.rig.run(1_500);
    let reading = read(4, 9, BASE, width);
    let reading = scene.rig.machine.devices().submit(reading);
    scene.rig.run(200);
    let done = scene.taken();
    assert_eq!(done[&reading].resp, Resp::Okay);
    scene.rig.machine.devices().hold_b(false);
    let done = scene.settle(20_000);
    assert_eq!(done.len(), 120);
    assert!(done.values().all(|done| done.resp == Resp::Okay));
    scene.rig.finish();
}
