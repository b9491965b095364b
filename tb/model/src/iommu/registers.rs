// SPDX-License-Identifier: Apache-2.0
//! "Memory-mapped register interface": reads and writes.
//!
//! Registers are handled in words of 4 bytes. An access of 8 bytes is two:
//! the high half first, so that what a write sets off, which hangs on the low
//! half, sees both.

use sallyport_formats::constants as c;
use sallyport_formats::regs::{
    Cqcsr, Ddtp, DdtpMode, Fctl, Fqcsr, Icvec, InterruptSupport, Ipsr, MsiAddr, MsiVecCtl, Pqcsr,
    Qosid, QueueBase, TrReqCtl, TrReqIova,
};

use super::Iommu;
use super::queue::Queue;
use crate::design::Design;
use crate::memory::MemoryMut;
use crate::qos::QosIds;

/// Bytes of a register access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessSize {
    /// 4 bytes.
    Word,
    /// 8 bytes.
    Doubleword,
}

/// Half of a doubleword: `offset` says which.
fn half(value: u64, offset: u64) -> u32 {
    (value >> (8 * (offset & 4))) as u32
}

/// `old` with the half that `offset` says replaced.
fn with_half(old: u64, offset: u64, half: u32) -> u64 {
    let shift = 8 * (offset & 4);
    old & !(0xffff_ffff << shift) | u64::from(half) << shift
}

impl<M: MemoryMut> Iommu<M> {
    /// Reads a register. `offset` is a multiple of the size; what is not
    /// there reads as 0.
    pub fn read_register(&self, offset: u64, size: AccessSize) -> u64 {
        match size {
            AccessSize::Word => u64::from(self.read_word(offset)),
            AccessSize::Doubleword => {
                u64::from(self.read_word(offset)) | u64::from(self.read_word(offset + 4)) << 32
            }
        }
    }

    /// Writes a register, and does all that the write sets off. `offset` is a
    /// multiple of the size; writes to what is not there are ignored.
    pub fn write_register(&mut self, offset: u64, size: AccessSize, value: u64) {
        if size == AccessSize::Doubleword {
            self.write_word(offset + 4, (value >> 32) as u32);
        }
        self.write_word(offset, value as u32);
        self.run_commands();
        self.update_interrupts();
        self.run_debug_request();
    }

    fn read_word(&self, offset: u64) -> u32 {
        let interrupts = &self.interrupts;
        match offset & !7 {
            c::REG_CAPABILITIES => return half(self.design.capabilities.emit(), offset),
            c::REG_DDTP => return half(self.ddtp.emit(), offset),
            c::REG_CQB => return half(self.command_queue.base.emit(), offset),
            c::REG_FQB => return half(self.fault_queue.base.emit(), offset),
            c::REG_PQB => return half(self.page_request_queue.base.emit(), offset),
            c::REG_TR_REQ_IOVA => return half(self.debug.iova.emit(), offset),
            c::REG_TR_REQ_CTL => return half(self.debug.control.emit(), offset),
            c::REG_TR_RESPONSE => return half(self.debug.response.emit(), offset),
            c::REG_ICVEC => return half(interrupts.icvec.emit(), offset),
            c::REG_IOHPMCYCLES => return half(self.monitor.cycles(), offset),
            at @ c::REG_IOHPMCTR_BASE..c::REG_TR_REQ_IOVA => {
                return half(self.monitor.read(&self.design, at), offset);
            }
            _ => {}
        }
        match offset {
            c::REG_FCTL => self.fctl.emit(),
            c::REG_CQH => self.command_queue.head,
            c::REG_CQT => self.command_queue.tail,
            c::REG_FQH => self.fault_queue.head,
            c::REG_FQT => self.fault_queue.tail,
            c::REG_PQH => self.page_request_queue.head,
            c::REG_PQT => self.page_request_queue.tail,
            c::REG_CQCSR => self.cqcsr.emit(),
            c::REG_FQCSR => self.fqcsr.emit(),
            c::REG_PQCSR => self.pqcsr.emit(),
            c::REG_IPSR => interrupts.ipsr.emit(),
            c::REG_IOCOUNTOVF => self.monitor.overflows(),
            c::REG_IOCOUNTINH => self.monitor.inhibits(),
            c::REG_IOMMU_QOSID => self.qosid.register().emit(),
            _ => self.read_msi_table(offset),
        }
    }

    fn write_word(&mut self, offset: u64, value: u32) {
        let capabilities = self.design.capabilities;
        match offset {
            c::REG_FCTL => self.write_fctl(Fctl::parse(value)),
            c::REG_CQT => self.command_queue.tail = value & self.command_queue.index_mask(),
            c::REG_FQH => self.fault_queue.head = value & self.fault_queue.index_mask(),
            c::REG_PQH if capabilities.ats => {
                self.page_request_queue.head = value & self.page_request_queue.index_mask();
            }
            c::REG_CQCSR => self.write_cqcsr(Cqcsr::parse(value)),
            c::REG_FQCSR => self.write_fqcsr(Fqcsr::parse(value)),
            c::REG_PQCSR if capabilities.ats => self.write_pqcsr(Pqcsr::parse(value)),
            c::REG_IPSR => self.write_ipsr(Ipsr::parse(value)),
            c::REG_IOCOUNTINH => self.monitor.write_inhibits(&self.design, value),
            c::REG_IOMMU_QOSID => {
                self.qosid = QosIds::of_register(Qosid::parse(value), &self.design);
            }
            _ => self.write_half(offset, value),
        }
    }

    /// Writes half of a register of 8 bytes.
    fn write_half(&mut self, offset: u64, value: u32) {
        let capabilities = self.design.capabilities;
        let design = self.design;
        match offset & !7 {
            c::REG_DDTP => {
                let raw = with_half(self.ddtp.emit(), offset, value);
                self.write_ddtp(Ddtp::parse(raw));
            }
            c::REG_CQB => write_base(&mut self.command_queue, &design, offset, value),
            c::REG_FQB => write_base(&mut self.fault_queue, &design, offset, value),
            c::REG_PQB if capabilities.ats => {
                write_base(&mut self.page_request_queue, &design, offset, value);
            }
            c::REG_TR_REQ_IOVA if capabilities.dbg => {
                let raw = with_half(self.debug.iova.emit(), offset, value);
                self.debug.iova = TrReqIova::parse(raw);
            }
            c::REG_TR_REQ_CTL if capabilities.dbg => {
                let raw = with_half(self.debug.control.emit(), offset, value);
                self.debug.control = TrReqCtl {
                    custom: 0,
                    ..TrReqCtl::parse(raw)
                };
            }
            c::REG_ICVEC => {
                let raw = with_half(self.interrupts.icvec.emit(), offset, value);
                self.interrupts.icvec = legal_icvec(Icvec::parse(raw), &design);
            }
            c::REG_IOHPMCYCLES => {
                let raw = with_half(self.monitor.cycles(), offset, value);
                self.monitor.write_cycles(&design, raw);
            }
            at @ c::REG_IOHPMCTR_BASE..c::REG_TR_REQ_IOVA => {
                let raw = with_half(self.monitor.read(&design, at), offset, value);
                self.monitor.write(&design, at, raw);
            }
            _ => self.write_msi_table(offset, value),
        }
    }

    /// `fctl`: fields that the design fixes keep their value.
    fn write_fctl(&mut self, value: Fctl) {
        let capabilities = &self.design.capabilities;
        self.fctl = Fctl {
            be: value.be && capabilities.end,
            wsi: match capabilities.igs {
                InterruptSupport::Msi => false,
                InterruptSupport::Wsi => true,
                _ => value.wsi,
            },
            gxl: value.gxl && self.design.gxl_writable,
            custom: 0,
        };
    }

    /// `ddtp`: a mode that the design lacks leaves the mode as it was.
    fn write_ddtp(&mut self, value: Ddtp) {
        let is_legal = match value.mode {
            DdtpMode::Off | DdtpMode::Bare => true,
            DdtpMode::OneLevel | DdtpMode::TwoLevel | DdtpMode::ThreeLevel => {
                self.design.directory_levels[value.mode.levels() as usize - 1]
            }
            DdtpMode::Other(_) => false,
        };
        self.ddtp = Ddtp {
            mode: if is_legal { value.mode } else { self.ddtp.mode },
            busy: false,
            ppn: value.ppn & ppn_mask(&self.design),
        };
    }

    /// The entry of `msi_cfg_tbl` that `offset` is in, if the design has it,
    /// and the offset in that entry.
    fn msi_entry(&self, offset: u64) -> Option<(u8, u64)> {
        let at = offset.checked_sub(c::REG_MSI_CFG_TBL)?;
        let vector = at / c::MSI_CFG_TBL_STRIDE;
        let exists = self.design.capabilities.igs != InterruptSupport::Wsi
            && vector < 1 << self.design.vector_bits;
        exists.then_some((vector as u8, at % c::MSI_CFG_TBL_STRIDE))
    }

    fn read_msi_table(&self, offset: u64) -> u32 {
        let Some((vector, at)) = self.msi_entry(offset) else {
            return 0;
        };
        let entry = &self.interrupts.table[usize::from(vector)];
        match at {
            c::MSI_CFG_TBL_DATA_OFFSET => entry.data,
            c::MSI_CFG_TBL_VEC_CTL_OFFSET => entry.vec_ctl.emit(),
            _ => half(entry.addr.emit(), offset),
        }
    }

    fn write_msi_table(&mut self, offset: u64, value: u32) {
        let Some((vector, at)) = self.msi_entry(offset) else {
            return;
        };
        let entry = &mut self.interrupts.table[usize::from(vector)];
        match at {
            c::MSI_CFG_TBL_DATA_OFFSET => entry.data = value,
            c::MSI_CFG_TBL_VEC_CTL_OFFSET => self.write_vec_ctl(vector, MsiVecCtl::parse(value)),
            _ => entry.addr = MsiAddr::parse(with_half(entry.addr.emit(), offset, value)),
        }
    }
}

/// The bits of a page number that the design's physical addresses have.
fn ppn_mask(design: &Design) -> u64 {
    (1 << design.capabilities.pas.saturating_sub(12)) - 1
}

fn write_base(queue: &mut Queue, design: &Design, offset: u64, value: u32) {
    let base = QueueBase::parse(with_half(queue.base.emit(), offset, value));
    queue.set_base(QueueBase {
        ppn: base.ppn & ppn_mask(design),
        ..base
    });
}

/// A cause that the design does not have, and vectors that it does not have,
/// are fixed at 0.
fn legal_icvec(value: Icvec, design: &Design) -> Icvec {
    let vectors = (1 << design.vector_bits) - 1;
    let vectors_if = |exists| if exists { vectors } else { 0 };
    Icvec {
        civ: value.civ & vectors,
        fiv: value.fiv & vectors,
        pmiv: value.pmiv & vectors_if(design.capabilities.hpm),
        piv: value.piv & vectors_if(design.capabilities.ats),
        custom: 0,
    }
}
