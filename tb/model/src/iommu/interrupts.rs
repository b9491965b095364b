// SPDX-License-Identifier: Apache-2.0
//! "Interrupt pending status register", "Interrupt-cause-to-vector register"
//! and "MSI configuration table".

use sallyport_formats::regs::{Icvec, InterruptSupport, Ipsr, MsiAddr, MsiVecCtl};

use super::Iommu;
use crate::memory::MemoryMut;

/// An entry of `msi_cfg_tbl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MsiEntry {
    pub addr: MsiAddr,
    pub data: u32,
    pub vec_ctl: MsiVecCtl,
    /// A message became due while the vector was masked.
    pub due: bool,
}

/// Interrupt registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Interrupts {
    pub ipsr: Ipsr,
    pub icvec: Icvec,
    pub table: [MsiEntry; 16],
}

impl<M: MemoryMut> Iommu<M> {
    /// The interrupt wires, bit x for vector x: with `fctl.WSI`=1 each is the
    /// OR of the `ipsr` bits that `icvec` maps to it.
    pub fn wires(&self) -> u16 {
        if !self.fctl.wsi {
            return 0;
        }
        let Interrupts { ipsr, icvec, .. } = self.interrupts;
        u16::from(ipsr.cip) << icvec.civ
            | u16::from(ipsr.fip) << icvec.fiv
            | u16::from(ipsr.pmip) << icvec.pmiv
            | u16::from(ipsr.pip) << icvec.piv
    }

    /// A write to `ipsr`: ones clear. What still holds sets its bit again at
    /// once, which is a new edge.
    pub(super) fn write_ipsr(&mut self, value: Ipsr) {
        let ipsr = &mut self.interrupts.ipsr;
        ipsr.cip &= !value.cip;
        ipsr.fip &= !value.fip;
        ipsr.pmip &= !value.pmip;
        ipsr.pip &= !value.pip;
    }

    /// A record was put into the fault queue. An event, not a condition: with
    /// `fie`=0 it is forgotten.
    pub(super) fn new_fault_record(&mut self) {
        if self.fqcsr.fie && !self.interrupts.ipsr.fip {
            self.interrupts.ipsr.fip = true;
            self.signal(self.interrupts.icvec.fiv);
        }
    }

    /// A message was put into the page-request queue, likewise.
    pub(super) fn new_page_request(&mut self) {
        if self.pqcsr.pie && !self.interrupts.ipsr.pip {
            self.interrupts.ipsr.pip = true;
            self.signal(self.interrupts.icvec.piv);
        }
    }

    /// A counter wrapped whose `OF` was 0, which is an event, too.
    pub(super) fn counter_overflowed(&mut self) {
        if !self.interrupts.ipsr.pmip {
            self.interrupts.ipsr.pmip = true;
            self.signal(self.interrupts.icvec.pmiv);
        }
    }

    /// Sets the `ipsr` bits whose conditions hold.
    pub(super) fn update_interrupts(&mut self) {
        let csr = &self.cqcsr;
        let command = csr.cie && (csr.fence_w_ip || csr.cmd_ill || csr.cmd_to || csr.cqmf);
        if command && !self.interrupts.ipsr.cip {
            self.interrupts.ipsr.cip = true;
            self.signal(self.interrupts.icvec.civ);
        }
        let fault = self.fqcsr.fie && (self.fqcsr.fqof || self.fqcsr.fqmf);
        if fault && !self.interrupts.ipsr.fip {
            self.interrupts.ipsr.fip = true;
            self.signal(self.interrupts.icvec.fiv);
        }
        let page_request = self.pqcsr.pie && (self.pqcsr.pqof || self.pqcsr.pqmf);
        if page_request && !self.interrupts.ipsr.pip {
            self.interrupts.ipsr.pip = true;
            self.signal(self.interrupts.icvec.piv);
        }
    }

    /// An `ipsr` bit went from 0 to 1. Wires follow by themselves; a message
    /// is sent, or kept until its vector is unmasked.
    fn signal(&mut self, vector: u8) {
        if self.fctl.wsi || self.design.capabilities.igs == InterruptSupport::Wsi {
            return;
        }
        let entry = &mut self.interrupts.table[usize::from(vector)];
        if entry.vec_ctl.masked {
            entry.due = true;
        } else {
            self.send_message(vector);
        }
    }

    fn send_message(&mut self, vector: u8) {
        let entry = self.interrupts.table[usize::from(vector)];
        let data = self.endian().u32_bytes(entry.data);
        if self.write_memory(entry.addr.addr(), &data).is_err() {
            self.report_msi_write_fault(entry.addr.addr());
        }
    }

    /// A write to `msi_vec_ctl_x`: unmasking sends the message that is due.
    pub(super) fn write_vec_ctl(&mut self, vector: u8, value: MsiVecCtl) {
        let entry = &mut self.interrupts.table[usize::from(vector)];
        entry.vec_ctl = value;
        if entry.due && !value.masked {
            entry.due = false;
            self.send_message(vector);
        }
    }
}
