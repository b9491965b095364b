// SPDX-License-Identifier: Apache-2.0
//! "Fault/Event-Queue (FQ)": reporting faults.

use sallyport_formats::constants as c;
use sallyport_formats::endian::words_to_bytes;
use sallyport_formats::regs::Fqcsr;
use sallyport_formats::{Cause, FaultRecord, Spa, TransactionType};

use super::Iommu;
use crate::memory::MemoryMut;

impl<M: MemoryMut> Iommu<M> {
    /// A write to `fqcsr`: enable, interrupt enable, and two bits that
    /// writing 1 clears. Enabling the queue clears `fqt` and those two.
    pub(super) fn write_fqcsr(&mut self, value: Fqcsr) {
        let csr = &mut self.fqcsr;
        let enabled = value.fqen && !csr.fqen;
        csr.fqen = value.fqen;
        csr.fqon = value.fqen;
        csr.fie = value.fie;
        csr.fqmf &= !value.fqmf && !enabled;
        csr.fqof &= !value.fqof && !enabled;
        if enabled {
            self.fault_queue.tail = 0;
        }
    }

    /// Reports that an interrupt message did not get through ("MSI
    /// configuration table").
    pub(super) fn report_msi_write_fault(&mut self, address: Spa) {
        self.push_record(&FaultRecord {
            cause: Cause::MsiWriteAccessFault,
            ttyp: TransactionType::None,
            iotval: address.raw(),
            ..FaultRecord::default()
        });
    }

    /// Puts a record into the queue. It is dropped silently while the queue is
    /// off or stopped; where the queue is full or memory does not take it, it
    /// is dropped and stops the queue.
    pub(super) fn push_record(&mut self, record: &FaultRecord) {
        if !self.fqcsr.fqon || self.fqcsr.fqof || self.fqcsr.fqmf {
            return;
        }
        let queue = &self.fault_queue;
        if queue.is_full() {
            self.fqcsr.fqof = true;
        } else {
            let entry = queue.entry(queue.tail, c::FQ_ENTRY_BYTES);
            let mut bytes = [0; FaultRecord::BYTES];
            let fits = words_to_bytes(&record.emit(), &mut bytes, self.endian());
            debug_assert_eq!(fits, Ok(()));
            if self.write_memory(entry, &bytes).is_ok() {
                self.fault_queue.tail = self.fault_queue.next(self.fault_queue.tail);
                self.new_fault_record();
            } else {
                self.fqcsr.fqmf = true;
            }
        }
        self.update_interrupts();
    }
}
