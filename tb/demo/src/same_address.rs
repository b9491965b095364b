// SPDX-License-Identifier: Apache-2.0
//! Scene 3: two devices use the same address, and each gets its own memory.

use crate::machine::{Machine, Title};
use crate::meter::Meter;
use crate::report::{Detail, SameControl, Scene, Share};
use sallyport_bench::{Attached, Host};
use sallyport_devices::DmaEngine;
use sallyport_devices::engine::{Job, Operation};
use sallyport_formats::{DeviceId, Iova};
use sallyport_os::{Buffer, EngineDriver, Os, OsConfig, OsError, Translation};

const TITLE: Title = Title {
    number: 3,
    name: "same-address",
    title: "two devices use the same address, and each gets its own memory",
};

/// The address that both use.
const ADDRESS: Iova = Iova::new(0x10_0000);
/// Bytes from there.
const BYTES: u32 = 16 << 10;
/// The devices and what they write.
const DEVICES: [(DeviceId, u64); 2] = [
    (DeviceId::truncate(0x0301), 0x1111_1111_aaaa_aaaa),
    (DeviceId::truncate(0x0302), 0x2222_2222_bbbb_bbbb),
];

pub fn play(machine: &mut Machine) -> (Scene, bool) {
    machine.play(TITLE, 1_000_000, async |host, scene| {
        let engines = DEVICES.map(|(id, _)| host.attach(id, DmaEngine::default()));
        let translation = Translation::Off;
        let found = share(
            &host,
            &engines,
            translation,
            "same address without translation",
        )
        .await?;
        let (control, _) = found;
        let count = |what: fn(&Share) -> bool| control.iter().filter(|s| what(s)).count() as u64;
        let control = SameControl {
            intact: count(|share| share.reads_own),
            filled: count(|share| share.pages_right),
        };
        if control.intact == 2 {
            let problem =
                "the control did not fail: without translation each device has its own memory";
            scene.problems.push(problem.to_owned());
        }

        let (devices, traffic) = share(&host, &engines, Translation::On, TITLE.name).await?;
        for share in &devices {
            if !share.reads_own || !share.pages_right {
                let device = &share.device;
                scene
                    .problems
                    .push(format!("device {device} did not get its own memory"));
            }
        }
        scene.traffic = traffic;
        scene.detail = Some(Detail::SameAddress { control, devices });
        Ok(())
    })
}

/// A device and its memory.
struct Party {
    id: DeviceId,
    pattern: u64,
    engine: EngineDriver,
    buffer: Buffer,
}

impl Party {
    async fn new(
        os: &Os,
        engine: &Attached<DmaEngine>,
        (id, pattern): (DeviceId, u64),
    ) -> Result<Self, OsError> {
        let space = os.attach(id).await?;
        let buffer = space.allocate_at(ADDRESS, BYTES.into()).await?;
        Ok(Self {
            id,
            pattern,
            engine: EngineDriver::start(engine.clone(), &space).await?,
            buffer,
        })
    }

    async fn fill(&mut self) -> Result<(), OsError> {
        let job = Job {
            operation: Operation::Fill(self.pattern),
            destination: ADDRESS,
            length: BYTES,
            process: None,
        };
        self.engine.run(&job).await.map(drop)
    }

    /// What the device finds, and what software does.
    async fn check(&mut self, os: &Os) -> Result<Share, OsError> {
        let job = Job {
            operation: Operation::Checksum(ADDRESS),
            destination: ADDRESS,
            length: BYTES,
            process: None,
        };
        let result = self.engine.run(&job).await?;
        let expected = self.pattern.to_le_bytes().repeat(BYTES as usize / 8);
        Ok(Share {
            device: self.id.to_string(),
            iova: ADDRESS.to_string(),
            physical: self.buffer.pages()[0].to_string(),
            pattern: format!("{:016x}", self.pattern),
            reads_own: !result.error && result.checksum == crc32fast::hash(&expected),
            pages_right: os.read(&self.buffer, 0, BYTES as usize) == expected,
        })
    }
}

/// Has both devices fill and read what is at the address, at the same time.
async fn share(
    host: &Host,
    engines: &[Attached<DmaEngine>; 2],
    translation: Translation,
    name: &'static str,
) -> Result<(Vec<Share>, crate::report::Traffic), OsError> {
    let config = OsConfig {
        translation,
        name,
        ..OsConfig::default()
    };
    let os = Os::boot(host, config).await?;
    let mut one = Party::new(&os, &engines[0], DEVICES[0]).await?;
    let mut other = Party::new(&os, &engines[1], DEVICES[1]).await?;
    let meter = Meter::start(&os);
    let (first, second) = tokio::join!(one.fill(), other.fill());
    first.and(second)?;
    let (first, second) = tokio::join!(one.check(&os), other.check(&os));
    let shares = vec![first?, second?];
    let traffic = meter.stop(&os, 0, 4 * u64::from(BYTES));
    one.engine.stop().await;
    other.engine.stop().await;
    os.shutdown().await?;
    Ok((shares, traffic))
}
