// SPDX-License-Identifier: Apache-2.0
//! Fault records, from the IOMMU's queue to whoever asked for them.

use sallyport_driver::Iommu;
use sallyport_formats::regs::Ipsr;
use sallyport_formats::{DeviceId, FaultRecord};
use std::cell::{Cell, RefCell};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::os::Os;
use crate::ram::Ram;
use crate::registers::HostRegisters;

/// All records so far, and who wants to hear of which device.
#[derive(Debug, Default)]
pub(crate) struct FaultLog {
    count: Cell<u64>,
    lost: Cell<bool>,
    watchers: RefCell<Vec<(Option<DeviceId>, UnboundedSender<FaultRecord>)>>,
}

/// Fault records as they come in.
#[derive(Debug)]
pub struct FaultWatch(UnboundedReceiver<FaultRecord>);

impl FaultWatch {
    /// The next record.
    pub async fn next(&mut self) -> FaultRecord {
        match self.0.recv().await {
            Some(record) => record,
            // The system is gone: there will be none.
            None => std::future::pending().await,
        }
    }

    /// The next record, if it is there already.
    pub fn try_next(&mut self) -> Option<FaultRecord> {
        self.0.try_recv().ok()
    }
}

impl FaultLog {
    /// Hears of the faults of a device (`None`: of all) from now on.
    pub fn watch(&self, device: Option<DeviceId>) -> FaultWatch {
        let (sender, receiver) = unbounded_channel();
        self.watchers.borrow_mut().push((device, sender));
        FaultWatch(receiver)
    }

    /// Records so far.
    pub fn count(&self) -> u64 {
        self.count.get()
    }

    /// Whether the IOMMU had to drop records.
    pub fn lost(&self) -> bool {
        self.lost.get()
    }

    fn report(&self, record: FaultRecord) {
        self.count.set(self.count.get() + 1);
        self.watchers.borrow_mut().retain(|(device, sender)| {
            let wanted = device.is_none_or(|device| device == record.did);
            !wanted || sender.send(record).is_ok()
        });
    }
}

/// Records that are taken at a time, so that others get at the IOMMU under a
/// storm of faults.
const BATCH: usize = 16;

/// The interrupt handler: sleeps until the fault queue's wire is high, empties
/// the queue and hands the records on.
pub(crate) async fn handle_interrupts(os: Os, vector: u8) {
    let mut more = false;
    loop {
        if !more {
            os.host().interrupt(1 << vector).await;
        }
        let mut iommu = os.iommu().lock().await;
        let Some(iommu) = iommu.as_mut() else {
            return;
        };
        more = take(iommu, os.ram(), os.fault_log()).await;
    }
}

/// Takes every record that is there.
pub(crate) async fn drain(iommu: &mut Iommu<HostRegisters>, ram: &Ram, log: &FaultLog) {
    while take(iommu, ram, log).await {}
}

/// Takes some records; tells whether there may be more.
async fn take(iommu: &mut Iommu<HostRegisters>, ram: &Ram, log: &FaultLog) -> bool {
    let faults = Ipsr {
        fip: true,
        ..Ipsr::default()
    };
    iommu.acknowledge(faults).await;
    for _ in 0..BATCH {
        let Some(record) = iommu.next_fault(ram).await else {
            let lost = iommu.take_fault_loss().await.is_some();
            if lost {
                log.lost.set(true);
            }
            // Pending again while the error bit was up.
            return lost;
        };
        log.report(record);
    }
    true
}
