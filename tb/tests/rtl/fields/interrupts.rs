// SPDX-License-Identifier: Apache-2.0
//! All sixteen vectors of each source of interrupts, and messages to anywhere.

use super::rig;
use crate::support::Rig;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::CoreSystem;
use sallyport_bus::{Attributes, Resp};
use sallyport_formats::context::Tc;
use sallyport_formats::regs::{Icvec, QueueBase, msi_cfg_tbl};
use sallyport_formats::{Cause, DeviceContext, FaultRecord, Spa, constants as c};
use sallyport_sim::PageRequestPins;

pub const VECTORS: u8 = 16;

/// Who interrupts: each is asked to do so by what it would meet in use.
#[derive(Clone, Copy, Debug)]
enum Source {
    Commands,
    Faults,
    Pages,
    Counters,
}

const SOURCES: [Source; 4] = [
    Source::Commands,
    Source::Faults,
    Source::Pages,
    Source::Counters,
];

impl Source {
    /// Its bit in `ipsr`.
    const fn pending(self) -> u32 {
        match self {
            Self::Commands => 1 << c::IPSR_CIP_BIT,
            Self::Faults => 1 << c::IPSR_FIP_BIT,
            Self::Pages => 1 << c::IPSR_PIP_BIT,
            Self::Counters => 1 << c::IPSR_PMIP_BIT,
        }
    }

    /// `icvec` with its vector; the others have the next ones.
    fn vector(self, vector: u8) -> u64 {
        let of = |source: Self| (vector + (source as u8 + 4 - self as u8) % 4) % VECTORS;
        let icvec = Icvec {
            civ: of(Self::Commands),
            fiv: of(Self::Faults),
            piv: of(Self::Pages),
            pmiv: of(Self::Counters),
            ..Icvec::default()
        };
        icvec.emit()
    }

    fn interrupt(self, rig: &mut Rig<CoreSystem>) {
        let page = PageRequestPins {
            payload: 0b101,
            ..PageRequestPins::default()
        };
        match self {
            Self::Commands => {
                rig.put([0x7f, 0]);
                rig.ring();
            }
            // No context: a fault record, and a response.
            Self::Faults => rig.machine.messages().request_page(page),
            // The queue has no room.
            Self::Pages => {
                rig.write32(c::REG_PQCSR, 1 | 1 << c::PQCSR_PIE_BIT);
                rig.machine.messages().request_page(PageRequestPins {
                    device_id: DEVICE,
                    ..page
                });
            }
            Self::Counters => rig.write64(c::REG_IOHPMCYCLES, (1 << 63) - 1),
        }
        rig.poll32(c::REG_IPSR, self.pending(), self.pending());
        rig.run(50);
    }

    /// The cause goes, then the bit.
    fn acknowledge(self, rig: &mut Rig<CoreSystem>) {
        match self {
            Self::Commands => {
                rig.disable_commands();
                rig.enable_commands(1 << c::CQCSR_CIE_BIT);
            }
            Self::Faults => {
                rig.faults();
            }
            Self::Pages => {
                let tail = rig.read32(c::REG_PQT);
                rig.write32(c::REG_PQH, tail);
            }
            Self::Counters => rig.write64(c::REG_IOHPMCYCLES, 0),
        }
        rig.write32(c::REG_IPSR, self.pending());
        rig.run(20);
        assert_eq!(rig.read32(c::REG_IPSR), 0, "{self:?}");
    }
}

const DEVICE: u32 = 5;

/// All sources enabled, by wire or by message.
fn started(seed: u64, wires: bool) -> Option<(Rig<CoreSystem>, ChaCha8Rng)> {
    let (mut rig, rng) = rig(seed)?;
    rig.disable_commands();
    rig.write32(c::REG_FCTL, u32::from(wires) << c::FCTL_WSI_BIT);
    rig.enable_commands(1 << c::CQCSR_CIE_BIT);
    rig.write32(c::REG_FQCSR, 1 | 1 << c::FQCSR_FIE_BIT);
    let queue = QueueBase {
        log2sz_minus_1: 7,
        ppn: rig.pages(1).page_number(),
    };
    rig.enable_page_requests(queue, 1 << c::PQCSR_PIE_BIT);
    let context = DeviceContext {
        tc: Tc {
            v: true,
            en_ats: true,
            en_pri: true,
            ..Tc::default()
        },
        ..DeviceContext::default()
    };
    rig.put_context(DEVICE, context.emit());
    Some((rig, rng))
}

#[test]
fn every_wire() {
    let Some((mut rig, _)) = started(320, true) else {
        return;
    };
    for source in SOURCES {
        for vector in 0..VECTORS {
            rig.write64(c::REG_ICVEC, source.vector(vector));
            assert_eq!(rig.machine.irq(), 0);
            source.interrupt(&mut rig);
            assert_eq!(rig.machine.irq(), 1 << vector, "{source:?}");
            source.acknowledge(&mut rig);
        }
    }
    rig.finish();
}

/// Address and data of a vector's message.
fn aim(rig: &mut Rig<CoreSystem>, vector: u8, at: u64, data: u32, masked: bool) {
    let entry = msi_cfg_tbl(vector.into());
    rig.write64(entry, at);
    rig.write32(entry + c::MSI_CFG_TBL_DATA_OFFSET, data);
    rig.write32(entry + c::MSI_CFG_TBL_VEC_CTL_OFFSET, masked.into());
}

#[test]
fn every_message() {
    let Some((mut rig, mut rng)) = started(321, false) else {
        return;
    };
    for source in SOURCES {
        for vector in 0..VECTORS {
            let at = rng.random::<u64>() >> 8 & !3;
            let (data, masked) = (rng.random::<u32>() | 1, rng.random());
            aim(&mut rig, vector, at, data, masked);
            assert_eq!(rig.read64(msi_cfg_tbl(vector.into())), at);
            rig.write64(c::REG_ICVEC, source.vector(vector));
            source.interrupt(&mut rig);
            let place = Spa::new(at);
            if masked {
                assert_eq!(
                    rig.machine.memory().read_u32(place),
                    0,
                    "{source:?} {vector}"
                );
                aim(&mut rig, vector, at, data, false);
                rig.run(100);
            }
            assert_eq!(
                rig.machine.memory().read_u32(place),
                data,
                "{source:?} {vector}"
            );
            assert_eq!(rig.machine.irq(), 0, "{source:?} {vector}");
            source.acknowledge(&mut rig);
        }
    }
    rig.finish();
}

/// Messages that wait for all vectors at once, and then are refused by memory.
#[test]
fn every_message_refused() {
    let Some((mut rig, mut rng)) = started(322, false) else {
        return;
    };
    rig.write32(c::REG_FQCSR, 1);
    let mut aims = Vec::new();
    for vector in 0..VECTORS {
        let at = rng.random::<u64>() >> 8 & !3;
        aim(&mut rig, vector, at, 0, true);
        rig.write64(c::REG_ICVEC, Source::Counters.vector(vector));
        Source::Counters.interrupt(&mut rig);
        Source::Counters.acknowledge(&mut rig);
        let refuse = Attributes::error(Resp::SlvErr);
        let range = Spa::new(at)..Spa::new(at + 4);
        rig.machine.memory_mut().set_attributes(range, refuse);
        aims.push(at);
    }
    rig.fence();
    assert!(rig.faults().is_empty());
    for (vector, at) in (0..VECTORS).zip(aims) {
        aim(&mut rig, vector, at, 0, false);
        rig.run(200);
        let expected = FaultRecord {
            cause: Cause::MsiWriteAccessFault,
            iotval: at,
            ..FaultRecord::default()
        };
        assert_eq!(rig.faults(), [expected], "vector {vector}");
    }
    rig.finish();
}
