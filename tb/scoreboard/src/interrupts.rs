// SPDX-License-Identifier: Apache-2.0
//! Interrupts when nothing is under way ("Interrupt pending status register",
//! "Interrupt-cause-to-vector register", "IOMMU MSI configuration table").

use crate::journal::Message;
use crate::mismatch::What;
use sallyport_formats::Spa;
use sallyport_formats::regs::{Cqcsr, Fqcsr, Ipsr};
use std::collections::BTreeSet;

/// How interrupts are set up, for a whole run.
#[derive(Clone, Copy, Debug, Default)]
pub struct InterruptSetup {
    /// `cqcsr.cie`.
    pub cie: bool,
    /// `fqcsr.fie`.
    pub fie: bool,
    /// `icvec.civ`.
    pub civ: u8,
    /// `icvec.fiv`.
    pub fiv: u8,
    /// `icvec.pmiv`.
    pub pmiv: u8,
    /// A counter may overflow.
    pub counts: bool,
    /// `fctl.WSI`.
    pub wsi: bool,
    /// Where messages go: vector n to this address plus 4n, with data n plus
    /// this. Used where WSI is 0.
    pub message_base: Spa,
    /// Data of vector 0.
    pub data_base: u32,
}

/// What software reads when nothing is under way.
#[derive(Clone, Copy, Debug, Default)]
pub struct InterruptState {
    /// `ipsr`.
    pub ipsr: u32,
    /// `cqcsr`.
    pub cqcsr: u32,
    /// `fqcsr`.
    pub fqcsr: u32,
    /// The wires, by vector.
    pub wires: u16,
}

impl InterruptSetup {
    /// The message of a vector.
    pub(crate) fn message(&self, vector: u8) -> Message {
        Message {
            address: Spa::new(self.message_base.raw() + 4 * u64::from(vector)),
            data: self.data_base + u32::from(vector),
        }
    }

    /// Whether this is a message of one of the vectors in use.
    pub(crate) fn sends(&self, message: Message) -> bool {
        let used = [
            (self.cie, self.civ),
            (self.fie, self.fiv),
            (self.counts, self.pmiv),
        ];
        let mine = |(on, vector)| on && self.message(vector) == message;
        !self.wsi && used.into_iter().any(mine)
    }

    /// Compares. Whether a fence asked for an interrupt, a command was illegal,
    /// a fault was recorded, a counter has overflowed.
    pub(crate) fn check(
        &self,
        state: &InterruptState,
        [fenced, illegal, recorded, overflowed]: [bool; 4],
        messages: &BTreeSet<Message>,
    ) -> Vec<What> {
        let ipsr = Ipsr::parse(state.ipsr);
        let cqcsr = Cqcsr::parse(state.cqcsr);
        let fqcsr = Fqcsr::parse(state.fqcsr);
        let cip = self.cie && (fenced || illegal || cqcsr.cqmf || cqcsr.cmd_to || cqcsr.cmd_ill);
        let fip = self.fie && (recorded || fqcsr.fqof || fqcsr.fqmf);
        let pending = [(cip, self.civ), (fip, self.fiv), (overflowed, self.pmiv)];
        let vectors = pending
            .into_iter()
            .filter_map(|(pending, vector)| pending.then_some(vector));
        let wires = vectors
            .clone()
            .filter(|_| self.wsi)
            .fold(0u16, |wires, vector| wires | 1 << vector);
        let expected: BTreeSet<Message> = vectors
            .filter(|_| !self.wsi)
            .map(|vector| self.message(vector))
            .collect();
        let mut differences = Vec::new();
        let mut compare = |subject, expected: u64, got: u64| {
            if expected != got {
                differences.push(What::Interrupt {
                    subject,
                    expected,
                    got,
                });
            }
        };
        compare("cqcsr.fence_w_ip", fenced.into(), cqcsr.fence_w_ip.into());
        compare("ipsr.cip", cip.into(), ipsr.cip.into());
        compare("ipsr.fip", fip.into(), ipsr.fip.into());
        compare("ipsr.pmip", overflowed.into(), ipsr.pmip.into());
        compare("the interrupt wires", wires.into(), state.wires.into());
        let (got, expected) = (messages.len(), expected.len());
        compare(
            "the number of vectors signaled",
            expected as u64,
            got as u64,
        );
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETUP: InterruptSetup = InterruptSetup {
        cie: true,
        fie: true,
        civ: 1,
        fiv: 2,
        pmiv: 3,
        counts: false,
        wsi: true,
        message_base: Spa::new(0x1000),
        data_base: 7,
    };

    #[test]
    fn wires_follow_what_is_pending() {
        let state = InterruptState {
            ipsr: 2,
            wires: 4,
            ..InterruptState::default()
        };
        assert_eq!(
            SETUP.check(&state, [false, false, true, false], &BTreeSet::new()),
            []
        );
        assert_eq!(SETUP.check(&state, [false; 4], &BTreeSet::new()).len(), 2);
        let overflowed = [false, false, true, true];
        assert_eq!(
            SETUP.check(&state, overflowed, &BTreeSet::new()).len(),
            2,
            "ipsr.pmip and its wire"
        );
        assert!(!SETUP.sends(SETUP.message(1)));
        let by_message = InterruptSetup {
            wsi: false,
            ..SETUP
        };
        assert!(by_message.sends(SETUP.message(1)) && !by_message.sends(SETUP.message(3)));
    }
}
