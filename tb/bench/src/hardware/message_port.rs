// SPDX-License-Identifier: Apache-2.0
//! The message ports of the core: devices with page requests and translation
//! caches, without a bus.

use super::Digest;
use sallyport_bus::Clock;
use sallyport_sim::{
    CompletionPins, CoreInputs, CoreOutputs, InvalidationPins, PageRequestPins, PageResponsePins,
};
use std::collections::VecDeque;

/// Places in the digest.
const PAGE_PLACE: u64 = 0x52;
const RESPONSE_PLACE: u64 = 0x53;
const INVALIDATION_PLACE: u64 = 0x54;
const COMPLETION_PLACE: u64 = 0x55;

/// Offers messages to the IOMMU in order, and keeps those that it sends.
#[derive(Debug, Default)]
pub struct MessagePort {
    pages: VecDeque<PageRequestPins>,
    completions: VecDeque<CompletionPins>,
    responses: VecDeque<PageResponsePins>,
    invalidations: VecDeque<InvalidationPins>,
    stalled: bool,
}

impl MessagePort {
    /// Appends a page request to those to be offered. `valid` is the port's
    /// business.
    pub fn request_page(&mut self, page: PageRequestPins) {
        self.pages.push_back(PageRequestPins {
            valid: true,
            ..page
        });
    }

    /// Appends a completion to those to be offered.
    pub fn complete(&mut self, completion: CompletionPins) {
        self.completions.push_back(CompletionPins {
            valid: true,
            ..completion
        });
    }

    /// The oldest response that has not been looked at.
    pub fn pop_response(&mut self) -> Option<PageResponsePins> {
        self.responses.pop_front()
    }

    /// The oldest invalidation request that has not been looked at.
    pub fn pop_invalidation(&mut self) -> Option<InvalidationPins> {
        self.invalidations.pop_front()
    }

    /// Messages to the IOMMU that it has not taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pages.len() + self.completions.len()
    }

    /// From now on the devices take no message, or do again.
    pub const fn stall(&mut self, stalled: bool) {
        self.stalled = stalled;
    }

    pub(super) fn drive(&self, inputs: &mut CoreInputs) {
        inputs.page = self.pages.front().copied().unwrap_or_default();
        inputs.completion = self.completions.front().copied().unwrap_or_default();
        inputs.response_ready = !self.stalled;
        inputs.invalidation_ready = !self.stalled;
    }

    pub(super) fn tick(
        &mut self,
        inputs: &CoreInputs,
        outputs: &CoreOutputs,
        now: Clock,
        digest: &mut Digest,
    ) {
        if outputs.page_ready
            && let Some(page) = self.pages.pop_front()
        {
            let control = u64::from(page.device_id)
                | u64::from(page.process_id) << 24
                | u64::from(page.pv) << 44
                | u64::from(page.privileged) << 45
                | u64::from(page.exec) << 46;
            digest.beat(now, PAGE_PLACE, &[control, page.payload]);
        }
        if outputs.completion_ready
            && let Some(completion) = self.completions.pop_front()
        {
            let control = u64::from(completion.device_id) | u64::from(completion.count) << 24;
            let words = [control, completion.itags.into()];
            digest.beat(now, COMPLETION_PLACE, &words);
        }
        let response = outputs.response;
        if response.valid && inputs.response_ready {
            let control = u64::from(response.device_id)
                | u64::from(response.process_id) << 24
                | u64::from(response.pv) << 44
                | u64::from(response.segment_valid) << 45;
            let body = u64::from(response.prgi) | u64::from(response.code) << 16;
            digest.beat(now, RESPONSE_PLACE, &[control, body]);
            self.responses.push_back(response);
        }
        let invalidation = outputs.invalidation;
        if invalidation.valid && inputs.invalidation_ready {
            let control = u64::from(invalidation.device_id)
                | u64::from(invalidation.process_id) << 24
                | u64::from(invalidation.pv) << 44
                | u64::from(invalidation.segment_valid) << 45
                | u64::from(invalidation.itag) << 46;
            digest.beat(now, INVALIDATION_PLACE, &[control, invalidation.payload]);
            self.invalidations.push_back(invalidation);
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}
