// SPDX-License-Identifier: Apache-2.0
//! Memory-resident interrupt files: stores and notices that the IOMMU makes for
//! devices, what it refuses and what it reports ("MSI page table entry, MRIF
//! mode"; causes 264, 271 and 273).

use crate::support::{Rig, builds, transaction};
use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sallyport_bench::hardware::SystemConfig;
use sallyport_bench::{Build, Seed, System};
use sallyport_bus::{Attributes, AxBeat, Resp, Transaction};
use sallyport_formats::context::{Iohgatp, Msiptp, Tc};
use sallyport_formats::{
    Cause, DeviceContext, DeviceId, FaultRecord, MsiPte, SecondStage, Spa, TransactionType,
    constants as c,
};

const DEVICE: u32 = 5;
/// Page of the guest's interrupt file.
const PAGE: u64 = 0x10_1000;

/// Where a file is, and what its notice is.
#[derive(Clone, Copy, Debug)]
struct File {
    file: u64,
    nid: u16,
    notice: u64,
}

const FILE: File = File {
    file: 0xa0_0200,
    nid: 0x7fe,
    notice: 0xb0_0000,
};

struct Scene {
    rig: Rig<System>,
    table: Spa,
}

impl Scene {
    fn new(config: &SystemConfig, tc: Tc) -> Self {
        let mut rig: Rig<System> = Rig::started(config, 1);
        let table = rig.pages(1);
        let root = rig.pages(4);
        let dc = DeviceContext {
            tc: Tc { v: true, ..tc },
            iohgatp: Iohgatp {
                mode: SecondStage::Sv39x4.code(),
                ppn: root.page_number(),
                ..Iohgatp::default()
            },
            msiptp: Msiptp {
                mode: c::MSIPTP_MODE_FLAT as u8,
                ppn: table.page_number(),
            },
            msi_addr_mask: 1,
            msi_addr_pattern: PAGE >> 12 & !1,
            ..DeviceContext::default()
        };
        rig.put_context(DEVICE, dc.emit());
        let mut scene = Self { rig, table };
        scene.place(FILE);
        scene
    }

    fn plain(seed: u64) -> Self {
        let config = SystemConfig::new(Build::Full, Seed::new(seed));
        Self::new(&config, Tc::default())
    }

    /// Writes the MSI page-table entry.
    fn place(&mut self, file: File) {
        let words = MsiPte::Mrif {
            file: Spa::new(file.file),
            nid: file.nid,
            notice_ppn: file.notice >> 12,
        };
        for (n, word) in (0..).zip(words.emit()) {
            let at = Spa::new(self.table.raw() + 16 + 8 * n);
            self.rig.machine.memory_mut().write_u64(at, word);
        }
    }

    fn burst(&self, offset: u64, size: u8) -> AxBeat {
        let width = self.rig.machine.width();
        // Every ID has its turn.
        let id = (self.rig.machine.now().0 % 16) as u8;
        AxBeat {
            size,
            ..transaction(DEVICE, id, PAGE + offset, 1, width)
        }
    }

    /// The device writes bytes; the response.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> Resp {
        let ax = self.burst(offset, bytes.len().ilog2() as u8);
        self.submit(ax, bytes)
    }

    fn submit(&mut self, ax: AxBeat, bytes: &[u8]) -> Resp {
        let width = self.rig.machine.width();
        let transaction = Transaction::write_bytes(ax, bytes, width);
        let handle = self.rig.machine.devices().submit(transaction);
        self.rig
            .until("B", 20_000, |machine| machine.devices().is_idle());
        let done = self.rig.machine.devices().pop_completion();
        let done = done.expect("it has ended");
        assert_eq!(done.handle, handle);
        done.resp
    }

    fn word(&self, at: u64) -> u64 {
        self.rig.machine.memory().read_u64(Spa::new(at))
    }

    fn spoil(&mut self, at: u64, how: Attributes) {
        let range = Spa::new(at)..Spa::new(at + 0x200);
        self.rig.machine.memory_mut().set_attributes(range, how);
    }

    fn records(&mut self) -> Vec<FaultRecord> {
        self.rig.fence();
        self.rig.faults()
    }
}

/// Those of `full`: it alone has such files.
fn full(test: impl FnOnce()) {
    if !builds(&[Build::Full]).is_empty() {
        test();
    }
}

#[test]
fn every_identity_has_its_bit() {
    full(|| {
        let mut scene = Scene::plain(140);
        let mut pending = [0u64; 32];
        for identity in (0..2048u32).step_by(37).chain([1, 63, 64, 2047]) {
            assert_eq!(scene.write(0, &identity.to_le_bytes()), Resp::Okay);
            pending[identity as usize / 64] |= 1 << (identity % 64);
            assert_eq!(scene.word(FILE.notice), u64::from(FILE.nid));
            scene
                .rig
                .machine
                .memory_mut()
                .write_u64(Spa::new(FILE.notice), 0);
        }
        for (n, bits) in (0..).zip(pending) {
            assert_eq!(scene.word(FILE.file + 16 * n), bits);
            assert_eq!(scene.word(FILE.file + 16 * n + 8), 0, "enabled bits stay");
        }
        assert!(scene.records().is_empty());
        scene.rig.finish();
    });
}

#[test]
fn files_and_notices_anywhere() {
    full(|| {
        let mut rng = ChaCha8Rng::seed_from_u64(141);
        let config = SystemConfig::random(Build::Full, Seed::new(141));
        let mut scene = Scene::new(&config, Tc::default());
        for _ in 0..60 {
            let file = File {
                file: rng.random::<u64>() >> 8 & !0x1ff,
                nid: rng.random::<u16>() & 0x7ff,
                notice: rng.random::<u64>() >> 8 & !0xfff,
            };
            scene.place(file);
            scene.rig.forget();
            let identity = rng.random_range(0..2048u32);
            let at = file.file + u64::from(identity / 64) * 16;
            let pending = rng.random();
            let memory = scene.rig.machine.memory_mut();
            memory.write_u64(Spa::new(at), pending);
            // Big-endian at offset 4, little-endian at 0.
            let resp = if rng.random() {
                scene.write(0, &identity.to_le_bytes())
            } else {
                scene.write(4, &identity.to_be_bytes())
            };
            assert_eq!(resp, Resp::Okay);
            let bit = 1 << (identity % 64);
            assert_eq!(scene.word(at), pending | bit, "{file:x?}");
            assert_eq!(scene.word(file.notice), u64::from(file.nid), "{file:x?}");
        }
        scene.rig.finish();
    });
}

#[test]
fn a_bit_that_others_touch_is_set_in_the_end() {
    full(|| {
        let mut config = SystemConfig::new(Build::Full, Seed::new(142));
        config.table_memory.exclusive_loss = 900;
        let mut scene = Scene::new(&config, Tc::default());
        for identity in 0..20u32 {
            assert_eq!(scene.write(0, &identity.to_le_bytes()), Resp::Okay);
        }
        assert_eq!(scene.word(FILE.file), (1 << 20) - 1);
        scene.rig.finish();
    });
}

#[test]
fn what_is_no_message_is_discarded() {
    full(|| {
        let mut scene = Scene::plain(143);
        let far = [(8, 1u32), (12, 1), (0xffc, 1)];
        let large = (11..32).map(|bit| (0, 1 << bit | 5));
        for (offset, data) in far.into_iter().chain(large) {
            let resp = scene.write(offset, &data.to_le_bytes());
            assert_eq!(resp, Resp::Okay, "{offset:#x} {data:#x}");
        }
        assert_eq!((scene.word(FILE.file), scene.word(FILE.notice)), (0, 0));
        assert!(scene.records().is_empty());
        scene.rig.finish();
    });
}

/// More at once than half of the tags.
#[test]
fn many_at_once() {
    full(|| {
        let mut scene = Scene::plain(149);
        let width = scene.rig.machine.width();
        for identity in 0..128u32 {
            let ax = AxBeat {
                id: (identity % 16) as u8,
                ..scene.burst(0, 2)
            };
            let bytes = identity.to_le_bytes();
            let transaction = Transaction::write_bytes(ax, &bytes, width);
            scene.rig.machine.devices().submit(transaction);
        }
        scene
            .rig
            .until("B", 100_000, |machine| machine.devices().is_idle());
        while let Some(done) = scene.rig.machine.devices().pop_completion() {
            assert_eq!(done.resp, Resp::Okay);
        }
        assert_eq!(scene.word(FILE.file), u64::MAX);
        assert_eq!(scene.word(FILE.file + 16), u64::MAX);
        scene.rig.finish();
    });
}

#[test]
fn other_sizes_are_aborted_without_a_record() {
    full(|| {
        let mut scene = Scene::plain(144);
        for (offset, data) in [(0, &[1u8, 0][..]), (0, &[1; 8]), (2, &[1; 2]), (1, &[1])] {
            let resp = scene.write(offset, data);
            assert_eq!(resp, Resp::SlvErr, "{offset} {data:?}");
        }
        let two = AxBeat {
            len: 1,
            ..scene.burst(0, 2)
        };
        assert_eq!(scene.submit(two, &[1; 8]), Resp::SlvErr);
        assert_eq!((scene.word(FILE.file), scene.word(FILE.notice)), (0, 0));
        assert!(scene.records().is_empty());
        scene.rig.finish();
    });
}

#[test]
fn files_that_memory_refuses_are_causes_264_and_271() {
    full(|| {
        for (how, cause) in [
            (Attributes::error(Resp::SlvErr), Cause::MrifAccessFault),
            (Attributes::error(Resp::DecErr), Cause::MrifAccessFault),
            (Attributes::NO_EXCLUSIVE, Cause::MrifAccessFault),
            (
                Attributes {
                    write: Resp::SlvErr,
                    ..Attributes::NORMAL
                },
                Cause::MrifAccessFault,
            ),
            (Attributes::POISON, Cause::MrifCorrupted),
        ] {
            let mut scene = Scene::plain(145);
            scene.spoil(FILE.file, how);
            assert_eq!(
                scene.write(0, &7u32.to_le_bytes()),
                Resp::SlvErr,
                "{cause:?}"
            );
            assert_eq!(
                scene.word(FILE.notice),
                0,
                "no notice of what is not stored"
            );
            let [record] = scene.records()[..] else {
                panic!("{cause:?}: one record");
            };
            let device = DeviceId::truncate(DEVICE.into());
            assert_eq!((record.cause, record.did), (cause, device));
            assert_eq!(record.ttyp, TransactionType::UntranslatedWrite);
            assert_eq!((record.iotval, record.iotval2), (PAGE, 0));

            // What comes after it finds its way.
            scene.spoil(FILE.file, Attributes::NORMAL);
            assert_eq!(scene.write(0, &7u32.to_le_bytes()), Resp::Okay);
            assert_eq!(scene.word(FILE.file), 1 << 7);
            assert!(scene.records().is_empty());
            scene.rig.finish();
        }
    });
}

#[test]
fn dtf_hides_what_memory_refuses() {
    full(|| {
        let config = SystemConfig::new(Build::Full, Seed::new(146));
        let tc = Tc {
            dtf: true,
            ..Tc::default()
        };
        let mut scene = Scene::new(&config, tc);
        scene.spoil(FILE.file, Attributes::error(Resp::SlvErr));
        assert_eq!(scene.write(0, &7u32.to_le_bytes()), Resp::SlvErr);
        assert!(scene.records().is_empty());
        scene.rig.finish();
    });
}

#[test]
fn a_notice_that_memory_refuses_is_cause_273_without_a_device() {
    full(|| {
        let config = SystemConfig::new(Build::Full, Seed::new(147));
        // Whatever DTF says: it is not the device's fault.
        let tc = Tc {
            dtf: true,
            ..Tc::default()
        };
        let mut scene = Scene::new(&config, tc);
        scene.spoil(FILE.notice, Attributes::error(Resp::SlvErr));
        assert_eq!(scene.write(0, &7u32.to_le_bytes()), Resp::Okay);
        assert_eq!(scene.word(FILE.file), 1 << 7);
        let [record] = scene.records()[..] else {
            panic!("one record");
        };
        assert_eq!(record.cause, Cause::MsiWriteAccessFault);
        assert_eq!(record.ttyp, TransactionType::None);
        assert_eq!((record.did.raw(), record.iotval), (0, FILE.notice));
        scene.rig.finish();
    });
}
