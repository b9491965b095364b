// SPDX-License-Identifier: Apache-2.0
//! Requests to the core, and their answers.

use crate::support::{Rig, core_request, granted, judge, sorted};
use sallyport_bench::hardware::{Answered, CoreSystem};
use sallyport_formats::{DeviceId, FaultRecord, Iova};
use sallyport_model::{Access, Request};

/// Clocks that a batch of requests may take.
const PATIENCE: u64 = 100_000;

/// An untranslated request of a device without processes.
pub fn ask(device: u32, access: Access, iova: u64) -> Request {
    Request::untranslated(
        DeviceId::truncate(device.into()),
        access,
        Iova::new(iova),
        4,
    )
}

impl Rig<CoreSystem> {
    /// Submits requests and waits for all answers, in the order of `requests`.
    pub fn answers(&mut self, requests: &[Request]) -> Vec<Answered> {
        for request in requests {
            self.machine.submit(core_request(request));
        }
        self.until("answers", PATIENCE, |machine| machine.in_flight() == 0);
        let mut answers: Vec<_> = std::iter::from_fn(|| self.machine.pop_answer()).collect();
        assert_eq!(answers.len(), requests.len());
        answers.sort_by_key(|answered| answered.ticket);
        answers
    }

    /// Where a request goes; `None` if it is refused.
    pub fn translate(&mut self, request: Request) -> Option<u64> {
        let answer = self.answers(&[request])[0].answer;
        (!answer.fault).then_some(answer.pa)
    }

    /// Submits requests and compares answers and fault records with the
    /// model's, over memory as it is now.
    pub fn check(&mut self, what: &str, requests: &[Request]) {
        self.fence();
        let left: Vec<FaultRecord> = self.faults();
        assert!(left.is_empty(), "{what}: unexpected {left:?}");
        let configuration = self.configuration();
        let memory = self.machine.memory().clone();
        let answers = self.answers(requests);
        self.fence();
        let mut records = Vec::new();
        for (request, answered) in requests.iter().zip(&answers) {
            let verdict = judge(&configuration, &memory, request);
            let answer = answered.answer;
            let got = granted(request, &answer);
            assert_eq!(
                got, verdict.target,
                "{what}: {request:x?}, the model says {verdict:x?}"
            );
            records.extend(verdict.record);
        }
        let got = sorted(self.faults());
        assert_eq!(
            got,
            sorted(records),
            "{what}: fault records (left: got, right: the model's)"
        );
    }
}
