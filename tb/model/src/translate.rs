// SPDX-License-Identifier: Apache-2.0
//! "Process to translate an IOVA": the twenty steps, in their order.

use sallyport_formats::context::Fsc;
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::regs::DdtpMode;
use sallyport_formats::{
    Cause, DeviceContext, DeviceId, Endian, Gpa, Iova, Pbmt, ProcessId, Pscid, Spa,
};

use crate::answer::{Answer, Completion, Translated};
use crate::ats;
use crate::configuration::Configuration;
use crate::contexts::locate_device::locate_device_context;
use crate::contexts::locate_process::locate_process_context;
use crate::fault::{AtsResponse, Fault, SecondStagePurpose, access_fault, ats_response};
use crate::memory::Memory;
use crate::msi::{self, MsiTarget};
use crate::qos::QosIds;
use crate::request::{Access, Request, RequestKind};
use crate::tables::Wanted;
use crate::tables::first_stage::{FirstStage, FirstStagePage, stage_fault};
use crate::tables::scheme::Mode;
use crate::tables::second_stage::{SecondStage, SecondStagePage};
use crate::trace::{PteUpdate, SpaceIds, TableRead};
use crate::walk::{Walk, Walked};

/// The answer to one request, and all that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// What the device gets.
    pub answer: Answer,
    /// The fault that the process stopped with.
    pub fault: Option<Fault>,
    /// Whether that fault goes to the fault queue: neither `DC.tc.DTF` nor a
    /// successful ATS completion hides it.
    pub reported: bool,
    /// The reads made, in order.
    pub reads: Vec<TableRead>,
    /// The updates of A and D to apply, in order, before the device may use
    /// the answer. A request that faults may have some too.
    pub updates: Vec<PteUpdate>,
    /// The address space in which the address was looked up among cached
    /// translations, of which the model has none: a miss each time. `None`
    /// where the request passed or failed before.
    pub lookup: Option<SpaceIds>,
    /// The identifiers that go with the device's own access, and with that to
    /// an MRIF; mean nothing where the request is refused.
    pub qos: QosIds,
    /// `DC.tc.DTF`; false where no device context was located.
    pub dtf: bool,
}

/// How far the process came.
pub(crate) enum Outcome {
    /// Step 20 straight away: the address passes unchanged.
    Passed,
    /// A page, through both stages.
    Page(FirstStagePage, SecondStagePage),
    /// A virtual interrupt file.
    InterruptFile(FirstStagePage, MsiTarget),
}

/// Translates the address of one request. Nothing but the arguments decides
/// the answer, and nothing is changed.
#[must_use]
pub fn translate(
    configuration: &Configuration,
    memory: &dyn Memory,
    request: &Request,
) -> Translation {
    let pas = u32::from(configuration.design.capabilities.pas);
    let mut walk = Walk::new(memory, pas, configuration.qosid);
    let mut context = None;
    let outcome = process(&mut walk, configuration, request, &mut context)
        .and_then(|outcome| within_bus(outcome, pas, request));
    let Walked {
        reads,
        updates,
        lookup,
        qos,
    } = walk.finish();
    let (answer, fault, reported) = match outcome {
        Ok(outcome) => (answer(request, context.as_ref(), &outcome), None, false),
        Err(fault) => {
            let (answer, reported) = answer_to_fault(request, context.as_ref(), fault.cause);
            (answer, Some(fault), reported)
        }
    };
    Translation {
        answer,
        fault,
        reported,
        reads,
        updates,
        lookup,
        qos,
        dtf: context.is_some_and(|dc| dc.tc.dtf),
    }
}

/// Steps 1 to 20. `context` is set once step 6 has located it: what is done
/// with a fault depends on it.
fn process(
    walk: &mut Walk<'_>,
    configuration: &Configuration,
    request: &Request,
    context: &mut Option<DeviceContext>,
) -> Result<Outcome, Fault> {
    if check_mode(configuration, request)? {
        return Ok(Outcome::Passed);
    }
    let dc = locate_device_context(walk, configuration, request.device_id)?;
    *context = Some(dc);
    let second = second_stage(&dc, configuration);
    let gscid = (second.mode != Mode::Bare).then_some(dc.iohgatp.gscid);
    walk.enter(gscid, QosIds::of_context(&dc.ta));
    check_transaction_type(&dc, request)?;
    if request.kind == RequestKind::Translated && !dc.tc.t2gpa {
        return Ok(Outcome::Passed);
    }
    let (first, pscid) = first_stage(walk, &dc, second, request)?;
    walk.look_up(pscid.filter(|_| first.mode != Mode::Bare));
    let page = first.translate(walk, request.iova)?;
    finish(walk, configuration, &dc, &second, page, request)
}

/// The specification does not say what becomes of an address that passes
/// unchanged, be it in Bare mode, as a Translated request or through two Bare
/// stages, and has more bits than `capabilities.PAS`. No bus carries it: here it is
/// an access fault.
fn within_bus(outcome: Outcome, pas: u32, request: &Request) -> Result<Outcome, Fault> {
    let address = match &outcome {
        Outcome::Passed => request.iova.as_gpa().as_spa(),
        Outcome::Page(_, page) => page.spa,
        Outcome::InterruptFile(..) => return Ok(outcome),
    };
    if address.raw() >> pas == 0 {
        Ok(outcome)
    } else {
        Err(Fault::new(access_fault(request.access)))
    }
}

/// Steps 1 to 5: what `ddtp.iommu_mode` allows. True where the request passes
/// without translation.
fn check_mode(configuration: &Configuration, request: &Request) -> Result<bool, Fault> {
    match configuration.ddtp.mode {
        DdtpMode::Bare if request.kind == RequestKind::Untranslated => Ok(true),
        mode => check_directory(configuration, mode, request.device_id).map(|()| false),
    }
}

/// Whether a device directory is in use that has room for this device.
pub(crate) fn check_directory(
    configuration: &Configuration,
    mode: DdtpMode,
    device_id: DeviceId,
) -> Result<(), Fault> {
    match mode {
        DdtpMode::OneLevel | DdtpMode::TwoLevel | DdtpMode::ThreeLevel
            if device_id.fits_levels(mode.levels(), configuration.extended_contexts()) =>
        {
            Ok(())
        }
        DdtpMode::Bare | DdtpMode::OneLevel | DdtpMode::TwoLevel | DdtpMode::ThreeLevel => {
            Err(Fault::new(Cause::TtypeDisallowed))
        }
        DdtpMode::Off | DdtpMode::Other(_) => Err(Fault::new(Cause::AllInboundDisallowed)),
    }
}

/// Step 7: what the device context allows. A `process_id` is checked for
/// Translated requests too.
fn check_transaction_type(dc: &DeviceContext, request: &Request) -> Result<(), Fault> {
    let needs_ats = request.kind != RequestKind::Untranslated;
    let process_is_refused = request
        .process_id
        .is_some_and(|process_id| !dc.tc.pdtv || is_too_wide(process_id, dc.fsc.mode));
    if needs_ats && !dc.tc.en_ats || process_is_refused {
        return Err(Fault::new(Cause::TtypeDisallowed));
    }
    Ok(())
}

/// Whether `process_id` is wider than `pdtp.MODE` supports. Bare mode has no
/// directory to index, so every width will do.
fn is_too_wide(process_id: ProcessId, pdtp_mode: u8) -> bool {
    let mode = PdtpMode::from_code(pdtp_mode);
    mode != PdtpMode::Bare && process_id.raw() >> mode.process_id_bits() != 0
}

/// The second stage that a checked device context describes.
fn second_stage(dc: &DeviceContext, configuration: &Configuration) -> SecondStage {
    let capabilities = configuration.design.capabilities;
    SecondStage {
        mode: Mode::second_stage(dc.iohgatp, configuration.fctl.gxl, &capabilities)
            .unwrap_or(Mode::Bare),
        root: Spa::new(dc.iohgatp.ppn << 12),
        update_accessed_dirty: dc.tc.gade,
        endian: configuration.endian(),
        sxl: dc.tc.sxl,
        capabilities,
    }
}

/// Steps 9 to 16: which first stage translates the request, and the soft
/// context that it belongs to.
fn first_stage(
    walk: &mut Walk<'_>,
    dc: &DeviceContext,
    second: SecondStage,
    request: &Request,
) -> Result<(FirstStage, Option<Pscid>), Fault> {
    let stage = |fsc: Fsc, sum| FirstStage {
        mode: Mode::first_stage(fsc, dc.tc.sxl, &second.capabilities).unwrap_or(Mode::Bare),
        root: Gpa::new(fsc.ppn << 12),
        update_accessed_dirty: dc.tc.sade,
        endian: Endian::from_bit(dc.tc.sbe),
        privileged: request.is_privileged(),
        sum,
        wanted: wanted(request),
        access: request.access,
        second,
    };
    let bare = (stage(Fsc::default(), false), None);
    if request.kind == RequestKind::Translated {
        return Ok(bare);
    }
    if !dc.tc.pdtv {
        return Ok((stage(dc.fsc, false), Some(dc.ta.pscid)));
    }
    let default = dc.tc.dpe.then_some(ProcessId::default());
    let Some(process_id) = request.process_id.or(default) else {
        return Ok(bare);
    };
    if PdtpMode::from_code(dc.fsc.mode) == PdtpMode::Bare {
        return Ok(bare);
    }
    let pc = locate_process_context(walk, dc, &second, process_id, request.access)?;
    if request.is_privileged() && !pc.ta.ens {
        return Err(Fault::new(Cause::TtypeDisallowed));
    }
    Ok((stage(pc.fsc, pc.ta.sum), Some(pc.ta.pscid)))
}

fn wanted(request: &Request) -> Wanted {
    Wanted {
        read: request.wants_read(),
        write: request.wants_write(),
        execute: request.wants_execute(),
        enforced: !request.is_translation_request(),
    }
}

/// Steps 18 and 19: interrupt files, else the second stage.
fn finish(
    walk: &mut Walk<'_>,
    configuration: &Configuration,
    dc: &DeviceContext,
    second: &SecondStage,
    first: FirstStagePage,
    request: &Request,
) -> Result<Outcome, Fault> {
    if msi::is_interrupt_file(dc, first.gpa) {
        let target = msi::translate(walk, configuration, dc, first.gpa)?;
        if request.access == Access::Execute && !request.is_translation_request() {
            return Err(Fault::new(Cause::InstructionAccessFault));
        }
        return Ok(Outcome::InterruptFile(first, target));
    }
    let mut page = second
        .translate(walk, first.gpa, wanted(request))
        .map_err(|error| {
            let purpose = SecondStagePurpose::Explicit;
            stage_fault(error, request.access, first.gpa, purpose)
        })?;
    page.size = msi::clip_to_window(dc, first.gpa, smaller(first.size, page.size));
    Ok(Outcome::Page(first, page))
}

/// The smaller of two sizes, where `None` is no limit.
fn smaller(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.into_iter().chain(b).min()
}

/// The memory type of both stages: the first decides unless it is PMA.
pub(crate) fn combine_pbmt(first: Pbmt, second: Pbmt) -> Pbmt {
    if first == Pbmt::Pma { second } else { first }
}

/// Step 20.
fn answer(request: &Request, dc: Option<&DeviceContext>, outcome: &Outcome) -> Answer {
    if request.is_translation_request() {
        let t2gpa = dc.is_some_and(|dc| dc.tc.t2gpa);
        return Answer::Completion(ats::completion(request, t2gpa, outcome));
    }
    match *outcome {
        Outcome::Passed => Answer::Translated(pass(request.iova)),
        Outcome::Page(first, second) => Answer::Translated(Translated {
            address: second.spa,
            pbmt: combine_pbmt(first.pbmt, second.pbmt),
            msi: false,
            size: second.size,
        }),
        Outcome::InterruptFile(first, MsiTarget::Page(address)) => Answer::Translated(Translated {
            address,
            pbmt: first.pbmt,
            msi: true,
            size: Some(1 << 12),
        }),
        Outcome::InterruptFile(_, MsiTarget::Mrif(mrif)) => Answer::Mrif(mrif),
    }
}

fn pass(iova: Iova) -> Translated {
    Translated {
        address: iova.as_gpa().as_spa(),
        pbmt: Pbmt::Pma,
        msi: false,
        size: None,
    }
}

/// What a request gets that met a fault, and whether the fault is reported.
/// `DTF` counts as 0 where no device context was located.
fn answer_to_fault(request: &Request, dc: Option<&DeviceContext>, cause: Cause) -> (Answer, bool) {
    let hidden = dc.is_some_and(|dc| dc.tc.dtf) && !cause.reported_despite_dtf();
    if !request.is_translation_request() {
        return (Answer::UnsupportedRequest, !hidden);
    }
    match ats_response(cause) {
        AtsResponse::SuccessWithoutAccess => {
            let completion = Completion::no_access(request.is_privileged());
            (Answer::Completion(completion), false)
        }
        AtsResponse::UnsupportedRequest => (Answer::UnsupportedRequest, !hidden),
        AtsResponse::CompleterAbort => (Answer::CompleterAbort, !hidden),
    }
}
