// SPDX-License-Identifier: Apache-2.0
//! Clients that come and go, and servers that cannot start.

use crate::controller::Controller;
use crate::machine::{RAM, Ram, Rig};
use sallyport_formats::constants as c;
use sallyport_formats::{DeviceId, Iova, Spa};
use sallyport_vfio::{Error, Options, Outcome, Server, Waveform};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

/// Bytes of a message's header, and the version's message as a client sends it.
fn hello() -> Vec<u8> {
    let text = b"{\"capabilities\":{}}\0";
    let mut message = Vec::new();
    message.extend(1_u16.to_le_bytes());
    message.extend(1_u16.to_le_bytes());
    message.extend((20 + text.len() as u32).to_le_bytes());
    message.extend([0; 8]);
    message.extend([0, 0, 1, 0]);
    message.extend(text);
    message
}

#[test]
fn a_client_that_leaves_takes_its_memory_along_and_the_next_finds_a_fresh_function() {
    let rig = Rig::start(|_| ());
    let ram = Ram::new();
    let mut iommu = rig.iommu(&ram);
    iommu.put64(c::REG_DDTP, 1);
    let write = || {
        let at = Iova::new(RAM);
        rig.server
            .rogue_write(DeviceId::from(1_u16), at, &[1])
            .unwrap()
    };
    assert_eq!(write(), Outcome::Done(()));
    drop(iommu);
    // Connecting waits until the earlier client has been seen off.
    let mut iommu = rig.iommu(&ram);
    assert_eq!(iommu.get64(c::REG_DDTP), 0);
    assert!(matches!(write(), Outcome::Refused(_)), "translation is off");
}

#[test]
fn garbage_ends_the_connection_and_no_more() {
    let rig = Rig::start(|_| ());
    let path = rig.folder().join("iommu.sock");
    // A version's message that is shorter than it can be.
    let mut short = hello();
    short[4..8].copy_from_slice(&4_u32.to_le_bytes());
    for message in [vec![0xff; 16], short, vec![1]] {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all(&message).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // Whatever is answered, it ends.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let mut iommu = rig.iommu(&Ram::new());
    assert_ne!(iommu.get64(c::REG_CAPABILITIES), u64::MAX);
}

#[test]
fn a_read_of_too_many_bytes_is_refused() {
    let rig = Rig::start(|_| ());
    let mut stream = UnixStream::connect(rig.folder().join("iommu.sock")).unwrap();
    let mut message = Vec::new();
    // REGION_READ of 4 GiB of BAR0.
    message.extend(1_u16.to_le_bytes());
    message.extend(9_u16.to_le_bytes());
    message.extend([32, 0, 0, 0].iter().chain(&[0; 20]));
    message.extend(u32::MAX.to_le_bytes());
    stream.write_all(&message).unwrap();
    let mut reply = [0; 16];
    stream.read_exact(&mut reply).unwrap();
    assert_eq!(reply[..4], message[..4]);
    assert_eq!(
        reply[8..12],
        [0x21, 0, 0, 0],
        "a reply that tells of an error"
    );
    assert_eq!(rig.server.counters().malformed_accesses, 1);
}

#[test]
fn stopping_ends_connections_and_leaves_no_socket() {
    let rig = Rig::start(|_| ());
    let ram = Ram::new();
    let mut iommu = rig.iommu(&ram);
    let nvme = rig.nvme(&ram);
    iommu.put64(c::REG_DDTP, 1);
    let mut controller = Controller::enable(nvme, Spa::new(RAM), 0);
    let folder = rig.folder().to_owned();
    let Rig { server, .. } = rig;
    server.stop().unwrap();
    assert!(!folder.join("iommu.sock").exists());
    assert!(!folder.join("nvme.sock").exists());
    let mut bytes = [0; 4];
    assert!(iommu.client.region_read(0, 0, &mut bytes).is_err());
    let nvme = &mut controller.function.client;
    assert!(nvme.region_read(0, 0, &mut bytes).is_err());
}

#[test]
fn a_server_says_why_it_cannot_start() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name);
    std::fs::write(of("taken"), b"").unwrap();
    let error = Server::start(Options::new(of("a"), of("taken"))).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::Socket { .. }) && text.contains("remove what is there"));
    assert!(!of("a").exists(), "the other one is gone again");

    let mut options = Options::new(of("a"), of("b"));
    options.log = Some(of("no/such/folder"));
    let error = Server::start(options.clone()).unwrap_err();
    assert!(matches!(error, Error::Log { .. }), "{error}");
    options.disk_bytes = 100;
    let error = Server::start(options).unwrap_err();
    assert!(matches!(error, Error::Disk { bytes: 100 }), "{error}");
}

#[test]
fn log_and_waveform_are_complete_when_it_has_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (log, wave) = (folder.path().join("log"), folder.path().join("wave.fst"));
    let rig = Rig::start(|options| {
        options.log = Some(log.clone());
        options.wave = Some(Waveform::whole(&wave));
    });
    let device = DeviceId::from(1_u16);
    let refused = rig.server.rogue_read(device, Iova::new(RAM), 4).unwrap();
    assert!(matches!(refused, Outcome::Refused(_)));
    rig.server.stop().unwrap();
    let lines = std::fs::read_to_string(log).unwrap();
    assert!(lines.lines().count() >= 2 && lines.ends_with('\n'));
    assert!(lines.contains("\"outcome\":\"refused\""));
    assert!(std::fs::metadata(wave).unwrap().len() > 0);
}
