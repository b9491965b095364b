// SPDX-License-Identifier: Apache-2.0
//! A capture of both TLP ports, as tshark tells it. Needs `tshark`, which `make
//! setup` installs.

use super::scene::{BASE, BUILDS, DEVICES, Scene, UNMAPPED};
use crate::support::builds;
use sallyport_bench::Seed;
use sallyport_bench::hardware::SystemConfig;
use sallyport_formats::Command;
use sallyport_formats::command::Ats;
use sallyport_formats::context::Tc;
use sallyport_tlp::{Body, Manner, Message, RoutingId, Tlp};
use std::path::Path;
use std::process::Command as Program;

/// The values of these fields, a line for each packet that passes the filter.
fn tshark(capture: &Path, filter: &str, fields: &[&str]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wireshark/sallyport_tlp.lua");
    let mut program = Program::new("tshark");
    program
        .arg("-X")
        .arg(format!("lua_script:{}", script.display()))
        .args(["-2", "-n", "-Y", filter, "-T", "fields", "-r"])
        .arg(capture);
    for field in fields {
        program.args(["-e", field]);
    }
    let output = program
        .output()
        .unwrap_or_else(|error| panic!("tshark does not start ({error}): type `make setup`"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tshark failed: {errors}");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_whole_run_is_told() {
    for build in builds(&BUILDS) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run.pcapng");
        let tc = Tc {
            en_ats: true,
            en_pri: true,
            ..Tc::default()
        };
        let mut scene = Scene::with(&SystemConfig::random(build, Seed::new(580)), tc);
        let begun = scene.rig.machine.link().begin_capture(&path, 580);
        begun.expect("the folder is writable");

        for (n, device) in (0_u64..).zip(DEVICES) {
            scene.write(
                device,
                BASE + 0x1000 * n + 13,
                &[0x42; 1500],
                Manner::default(),
            );
            scene.ask(device, BASE + 0x1000 * n, 2000, Manner::default());
            scene.ask_translation(device, BASE + 0x2000, n % 2 == 0);
            scene.ask(device, UNMAPPED, 64, Manner::default());
        }
        scene.settle();
        let device = DEVICES[3];
        scene.rig.command(Command::AtsInvalidate(Ats {
            rid: device as u16,
            dsv: true,
            dseg: 3,
            payload: BASE,
            ..Ats::default()
        }));
        let (_, tlp) = scene.message();
        let Body::Message(Message::InvalidateRequest { itag, .. }) = tlp.body else {
            panic!("{build}: {tlp:?}");
        };
        let requester = RoutingId::from_raw(device as u16);
        let done = Message::InvalidateCompletion {
            requester,
            target: RoutingId::default(),
            count: 1,
            itags: 1 << itag,
        };
        scene.send(device, &Tlp::from(Body::Message(done)));
        let wish = Message::PageRequest {
            requester,
            page: UNMAPPED,
            group: 7,
            last: true,
            write: false,
            read: true,
        };
        scene.send(device, &Tlp::from(Body::Message(wish)));
        scene.message();
        scene.settle();
        let packets = scene.rig.machine.link().end_capture().expect("writable");

        let told = tshark(&path, "sallyport_tlp", &["frame.time_epoch"]);
        assert_eq!(told.len() as u64, packets, "{build}");
        assert!(packets > 60, "{build}");
        let seconds = |line: &String| line.trim().parse::<f64>().expect("a number");
        let times: Vec<f64> = told.iter().map(seconds).collect();
        assert!(
            times.iter().all(|&time| time < 0.01),
            "{build}: simulated time"
        );
        let odd =
            "_ws.malformed or _ws.lua.error or sallyport_tlp.malformed or sallyport_tlp.unasked";
        assert_eq!(
            tshark(&path, odd, &["frame.number", "_ws.col.Info"]),
            [""; 0],
            "{build}"
        );
        // Four reads, four translations and four refusals; an invalidation, a group.
        let linked = tshark(&path, "sallyport_tlp.answered_in", &["frame.number"]);
        assert_eq!(linked.len(), 14, "{build}");
        let refused = tshark(&path, "sallyport_tlp.status == 1", &["frame.number"]);
        assert_eq!(refused.len(), 4, "{build}");
        scene.finish();
    }
}
