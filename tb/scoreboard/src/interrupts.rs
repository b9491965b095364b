// SPDX-License-Identifier: Apache-2.0
//! Interrupts when nothing is under way ("Interrupt pending status register",
//! "Interrupt-cause-to-vector register", "IOMMU MSI configuration table").

use crate::journal::Message;
use crate::mismatch::What;
use sallyport_formats::Spa;
use sallyport_formats::regs::{Cqcsr, Fqcsr, Ipsr, Pqcsr};
use std::collections::BTreeSet;

/// How interrupts are set up, for a whole run.
#[derive(Clone, Copy, Debug, Default)]
pub struct InterruptSetup {
    /// `cqcsr.cie`.
    pub cie: bool,
    /// `fqcsr.fie`.
    pub fie: bool,
    /// `pqcsr.pie`.
    pub pie: bool,
    /// `icvec.civ`.
    pub civ: u8,
    /// `icvec.fiv`.
    pub fiv: u8,
    /// `icvec.pmiv`.
    pub pmiv: u8,
    /// A counter may overflow.
    pub counts: bool,
    /// `icvec.piv`.
    pub piv: u8,
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
    /// `pqcsr`, where there is a page-request queue.
    pub pqcsr: u32,
    /// The wires, by vector.
    pub wires: u16,
}

/// What has happened that calls for interrupts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pending {
    /// A fence has asked for one.
    pub fenced: bool,
    /// A command was illegal.
    pub illegal: bool,
    /// A fault was recorded.
    pub recorded: bool,
    /// A page request was queued.
    pub asked: bool,
    /// A counter has overflowed.
    pub overflowed: bool,
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
            (self.pie, self.piv),
        ];
        let mine = |(on, vector)| on && self.message(vector) == message;
        !self.wsi && used.into_iter().any(mine)
    }

    /// Compares.
    pub(crate) fn check(
        &self,
        state: &InterruptState,
        happened: Pending,
        messages: &BTreeSet<Message>,
    ) -> Vec<What> {
        let Pending {
            fenced,
            illegal,
            recorded,
            asked,
            overflowed,
        } = happened;
        let ipsr = Ipsr::parse(state.ipsr);
        let pqcsr = Pqcsr::parse(state.pqcsr);
        let cqcsr = Cqcsr::parse(state.cqcsr);
        let fqcsr = Fqcsr::parse(state.fqcsr);
        let cip = self.cie && (fenced || illegal || cqcsr.cqmf || cqcsr.cmd_to || cqcsr.cmd_ill);
        let fip = self.fie && (recorded || fqcsr.fqof || fqcsr.fqmf);
        let pip = self.pie && (asked || pqcsr.pqof || pqcsr.pqmf);
        let pending = [
            (cip, self.civ),
            (fip, self.fiv),
            (pip, self.piv),
            (overflowed, self.pmiv),
        ];
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
        compare("ipsr.pip", pip.into(), ipsr.pip.into());
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
        pie: false,
        civ: 1,
        fiv: 2,
        pmiv: 3,
        counts: false,
        piv: 4,
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
        let recorded = Pending {
            recorded: true,
            ..Pending::default()
        };
        let check = |happened| SETUP.check(&state, happened, &BTreeSet::new());
        assert_eq!(check(recorded), []);
        assert_eq!(check(Pending::default()).len(), 2);
        let overflowed = Pending {
            overflowed: true,
            ..recorded
        };
        assert_eq!(check(overflowed).len(), 2, "ipsr.pmip and its wire");
        assert!(!SETUP.sends(SETUP.message(1)));
        let by_message = InterruptSetup {
            wsi: false,
            ..SETUP
        };
        assert!(by_message.sends(SETUP.message(1)) && !by_message.sends(SETUP.message(3)));
    }
}
