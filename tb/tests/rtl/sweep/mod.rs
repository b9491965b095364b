// SPDX-License-Identifier: Apache-2.0
//! Every combination of stage, mode, level, access and cause that the
//! specification knows: a world is made for each, in which a request meets just
//! that. The RTL answers and reports as the model does, and the model meets what
//! the world was made for.

mod directories;
mod interrupt_files;
mod pages;
mod radix;

use crate::support::Rig;
use sallyport_bench::hardware::CoreSystem;
use sallyport_cross::{Access, Bin, Mode, Stage, View, attribute, can_happen};
use sallyport_formats::{DeviceId, Iova, ProcessId};
use sallyport_model::{Configuration, Request, RequestKind, translate};

/// Worlds that are asked at a time; the fault queue has room for all.
const BATCH: usize = 100;

/// The combinations of a stage in a mode.
fn bins(stage: Stage, mode: Mode) -> Vec<Bin> {
    let mut bins = can_happen();
    bins.retain(|bin| bin.stage == stage && bin.mode == mode);
    assert!(!bins.is_empty(), "{stage} {mode}");
    bins
}

/// Makes a world for each combination and asks in all of them. `place` gets
/// a number of its own for each, from 1.
fn sweep(
    rig: &mut Rig<CoreSystem>,
    bins: &[Bin],
    mut place: impl FnMut(&mut Rig<CoreSystem>, u32, &Bin) -> Request,
) {
    let mut number = 0;
    for batch in bins.chunks(BATCH) {
        let mut requests = Vec::new();
        for bin in batch {
            number += 1;
            requests.push(place(rig, number, bin));
        }
        let configuration = rig.configuration();
        for (bin, request) in batch.iter().zip(&requests) {
            meets(rig, &configuration, bin, request);
        }
        let first = batch[0].to_string().replace('\t', ", ");
        rig.check(&format!("from {first}"), &requests);
    }
}

/// The request goes through the combination.
fn meets(rig: &Rig<CoreSystem>, configuration: &Configuration, bin: &Bin, request: &Request) {
    let memory = View(rig.machine.memory());
    let translation = translate(configuration, &memory, request);
    let samples = attribute(configuration, &memory, request, &translation);
    assert!(
        samples.iter().any(|sample| sample.bin == *bin),
        "{request:x?} was to meet {bin:?}\nand met {samples:#?}\n{translation:x?}"
    );
}

/// A request of this access by a device, for a process where one is named.
fn ask(access: Access, device: u32, process: Option<u32>, iova: u64) -> Request {
    let kind = if access.is_translated() {
        RequestKind::Translated
    } else if access.is_ats() {
        RequestKind::TranslationRequest
    } else {
        RequestKind::Untranslated
    };
    Request {
        device_id: DeviceId::truncate(device.into()),
        process_id: process.map(|id| ProcessId::truncate(id.into())),
        privileged: access.is_privileged(),
        access: access.operation(),
        kind,
        no_write: access.plain() == Access::AtsRead,
        iova: Iova::new(iova),
        len: 4,
    }
}
