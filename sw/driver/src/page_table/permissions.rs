// SPDX-License-Identifier: Apache-2.0
//! What a page allows.

use sallyport_formats::{Pbmt, Pte};

use crate::Error;

/// What a page allows, and of what kind it is.
///
/// ```
/// use sallyport_driver::Permissions;
/// use sallyport_formats::Pbmt;
///
/// let doorbell = Permissions { pbmt: Pbmt::Io, ..Permissions::RW };
/// assert!(doorbell.write && doorbell.user);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// Devices may read.
    pub read: bool,
    /// Devices may write; wants `read`, too.
    pub write: bool,
    /// Devices may fetch instructions.
    pub execute: bool,
    /// U: the page of a user. Requests without `process_id` are a user's.
    pub user: bool,
    /// G: the mapping is in every process's table.
    pub global: bool,
    /// A. Where it is clear, the first access faults, or sets it if the device
    /// context lets hardware do so.
    pub accessed: bool,
    /// D, likewise for the first write.
    pub dirty: bool,
    /// Memory type; anything but PMA needs `capabilities.Svpbmt`.
    pub pbmt: Pbmt,
}

impl Permissions {
    /// Read only.
    pub const R: Self = Self {
        read: true,
        write: false,
        execute: false,
        user: true,
        global: false,
        accessed: true,
        dirty: true,
        pbmt: Pbmt::Pma,
    };
    /// Read and write.
    pub const RW: Self = Self {
        write: true,
        ..Self::R
    };
    /// Read and execute.
    pub const RX: Self = Self {
        execute: true,
        ..Self::R
    };

    /// The leaf of page number `ppn`.
    pub(crate) fn leaf(&self, ppn: u64) -> Result<Pte, Error> {
        let nothing = !self.read && !self.execute;
        let write_only = self.write && !self.read;
        if nothing || write_only {
            return Err(Error::Permissions);
        }
        Ok(Pte {
            v: true,
            r: self.read,
            w: self.write,
            x: self.execute,
            u: self.user,
            g: self.global,
            a: self.accessed,
            d: self.dirty,
            ppn,
            pbmt: self.pbmt,
            ..Pte::default()
        })
    }
}
