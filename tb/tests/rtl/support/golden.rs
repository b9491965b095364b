// SPDX-License-Identifier: Apache-2.0
//! What the golden model says about a request.

use super::{Machine, Rig};
use sallyport_bus::Memory as BusMemory;
use sallyport_cross::View;
use sallyport_formats::regs::{Ddtp, Fctl};
use sallyport_formats::{FaultRecord, constants as c};
use sallyport_model::{
    Answer, CompletionTarget, Configuration, Design, QosIds, Request, Translation, translate,
};
use sallyport_sim::AnswerPins;

/// What a request comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Where it goes, and the memory type; `None` if it is refused.
    pub target: Option<(u64, u8)>,
    /// The fault record, if there is one.
    pub record: Option<FaultRecord>,
}

impl<M: Machine> Rig<M> {
    /// What the registers say now.
    pub fn configuration(&mut self) -> Configuration {
        Configuration {
            design: Design::with_capabilities(self.capabilities),
            fctl: Fctl::parse(self.read32(c::REG_FCTL)),
            ddtp: Ddtp::parse(self.read64(c::REG_DDTP)),
            qosid: QosIds::default(),
        }
    }
}

/// The model's answer. Updates of A and D bits are not applied.
pub fn judge(configuration: &Configuration, memory: &BusMemory, request: &Request) -> Verdict {
    verdict(request, &translate(configuration, &View(memory), request))
}

/// The model's answer; updates of A and D bits are applied to `memory`.
pub fn serve(configuration: &Configuration, memory: &mut BusMemory, request: &Request) -> Verdict {
    let translation = translate(configuration, &View(memory), request);
    for update in &translation.updates {
        memory.write(update.address, &update.bytes());
    }
    verdict(request, &translation)
}

/// Where the core lets a request go, as [`Verdict::target`]: a translation
/// request that is granted nothing, or only untranslated requests, goes nowhere.
pub fn granted(request: &Request, answer: &AnswerPins) -> Option<(u64, u8)> {
    let asks = request.is_translation_request();
    let granted = !answer.fault && (!asks || (answer.r || answer.w) && !answer.untranslated);
    granted.then_some((answer.pa, answer.pbmt))
}

fn verdict(request: &Request, translation: &Translation) -> Verdict {
    let target = match &translation.answer {
        Answer::Translated(to) => Some((to.address.raw(), to.pbmt.code())),
        Answer::Mrif(mrif) => Some((mrif.address.raw(), 0)),
        Answer::Completion(done) => match done.target {
            CompletionTarget::Spa(address) => Some((address.raw(), done.pbmt.code())),
            CompletionTarget::Gpa(address) => Some((address.raw(), done.pbmt.code())),
            CompletionTarget::None | CompletionTarget::UntranslatedOnly => None,
        },
        _ => None,
    };
    let record = translation.fault.as_ref().filter(|_| translation.reported);
    Verdict {
        target,
        record: record.map(|fault| fault.record(request)),
    }
}

/// Sorts records, to compare two sets of them.
pub fn sorted(records: impl IntoIterator<Item = FaultRecord>) -> Vec<String> {
    let mut lines: Vec<String> = records
        .into_iter()
        .map(|record| format!("{record} {:x?}", record.emit()))
        .collect();
    lines.sort();
    lines
}
