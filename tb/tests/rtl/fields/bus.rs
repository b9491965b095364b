// SPDX-License-Identifier: Apache-2.0
//! `iommu_axi`: all wires, and commands about messages, of which its bus has none.

use super::interrupts::VECTORS;
use super::messages::{CMD_TO, TIMEOUT, operands};
use crate::support::{Rig, builds};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed, System};
use sallyport_formats::regs::Icvec;
use sallyport_formats::{Command, constants as c};

const CIP: u32 = 1 << c::IPSR_CIP_BIT;
const CIE: u32 = 1 << c::CQCSR_CIE_BIT;

fn started(seed: u64) -> Rig<System> {
    let config = SystemConfig::new(Build::Full, Seed::new(seed));
    Rig::started(&config, 1)
}

fn restart(rig: &mut Rig<System>) {
    rig.write32(c::REG_CQCSR, 0);
    rig.poll32(c::REG_CQCSR, 1 << c::CQCSR_CQON_BIT, 0);
    rig.enable_commands(CIE);
}

#[test]
fn every_wire() {
    if builds(&[Build::Full]).is_empty() {
        return;
    }
    let mut rig = started(330);
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
    if builds(&[Build::Full]).is_empty() {
        return;
    }
    let mut rig = started(331);
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
        rig.run(TIMEOUT);
        let csr = rig.poll32(c::REG_CQCSR, CMD_TO, CMD_TO);
        assert_eq!(rig.read32(c::REG_CQH), fence, "round {round}");
        rig.write32(c::REG_CQCSR, csr);
        rig.drain();
    }
    rig.finish();
}
