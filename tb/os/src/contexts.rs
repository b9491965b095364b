// SPDX-License-Identifier: Apache-2.0
//! What the system asks of the IOMMU: contexts, invalidations, fences.

use sallyport_driver::{Config, Error, FirstStageTable};
use sallyport_formats::{Command, DeviceContext, DeviceId, Iova, Pscid};

use crate::error::OsError;
use crate::os::Os;
use crate::registers::PAUSE;

impl Os {
    /// An empty page table, and the id of the address space that it is for.
    pub(crate) fn new_table(&self) -> Result<(FirstStageTable, Pscid), OsError> {
        let mut ram = self.ram().clone();
        let before = ram.block_bytes();
        let table = FirstStageTable::new(&mut ram, self.scheme())?;
        self.count_tables(before);
        Ok((table, self.next_pscid()))
    }

    /// Gives a device its context, and waits until nothing of an earlier one is
    /// in use.
    pub(crate) async fn set_context(
        &self,
        device: DeviceId,
        context: &DeviceContext,
    ) -> Result<(), OsError> {
        let mut ram = self.ram().clone();
        let before = ram.block_bytes();
        let mut slot = self.iommu().lock().await;
        let iommu = slot.as_mut().ok_or(OsError::Off)?;
        let ticket = iommu.attach(&mut ram, device, context).await?;
        self.count_tables(before);
        if let Some(ticket) = ticket {
            iommu.wait(ticket).await?;
        }
        Ok(())
    }

    /// Takes a device's context away, and waits until it is in use no longer.
    pub(crate) async fn clear_context(&self, device: DeviceId) -> Result<(), OsError> {
        let mut slot = self.iommu().lock().await;
        let iommu = slot.as_mut().ok_or(OsError::Off)?;
        if let Some(ticket) = iommu.detach(&mut self.ram().clone(), device).await? {
            iommu.wait(ticket).await?;
        }
        Ok(())
    }

    /// Has the IOMMU forget a range of an address space.
    pub(crate) async fn forget(
        &self,
        table: &FirstStageTable,
        pscid: Pscid,
        at: Iova,
        bytes: u64,
    ) -> Result<(), OsError> {
        match self.machine() {
            Some(machine) => machine.forget(table, pscid, at, bytes).await,
            None => {
                let commands = table.invalidations(None, Some(pscid), at, bytes);
                self.invalidate(commands).await
            }
        }
    }

    /// Waits until all that was commanded is done, and the requests before it.
    ///
    /// # Errors
    /// [`OsError::Iommu`], [`OsError::Off`].
    pub async fn fence(&self) -> Result<(), OsError> {
        self.invalidate([]).await
    }

    /// Queues commands and a fence behind them, and waits for the fence.
    pub(crate) async fn invalidate(
        &self,
        commands: impl IntoIterator<Item = Command, IntoIter: Clone> + Clone,
    ) -> Result<(), OsError> {
        let mut ram = self.ram().clone();
        let ticket = loop {
            let mut slot = self.iommu().lock().await;
            let iommu = slot.as_mut().ok_or(OsError::Off)?;
            match iommu.submit(&mut ram, commands.clone()).await {
                Err(Error::QueueFull) => {}
                other => {
                    other?;
                    break iommu.fence(&mut ram).await?;
                }
            }
            drop(slot);
            self.host().clocks(PAUSE).await;
        };
        for _ in 0..Config::default().polls {
            let mut slot = self.iommu().lock().await;
            let iommu = slot.as_mut().ok_or(OsError::Off)?;
            if iommu.completed(ticket).await? {
                return Ok(());
            }
            drop(slot);
            self.host().clocks(PAUSE).await;
        }
        Err(Error::Timeout { what: "a fence" }.into())
    }
}
