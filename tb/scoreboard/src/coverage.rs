// SPDX-License-Identifier: Apache-2.0
//! Which invalidation covers which entry.

use sallyport_formats::command::{Command, Directory, Invalidation};
use sallyport_formats::{DeviceId, Gscid, Iova, ProcessId, Pscid};

/// The address space that an entry of a page table was reached in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// The guest, where there is a second stage.
    pub gscid: Option<Gscid>,
    /// The process.
    pub pscid: Pscid,
}

impl Space {
    /// Whether the command's GV and GSCID, PSCV and PSCID mean this space.
    /// PSCV=1 leaves out what is global.
    fn is_meant(self, inval: &Invalidation, global: bool) -> bool {
        let guest = match self.gscid {
            Some(gscid) => inval.gv && inval.gscid == gscid,
            None => !inval.gv,
        };
        guest && (!inval.pscv || !global && inval.pscid == self.pscid)
    }
}

/// Whether the command covers a first-stage pointer.
pub fn covers_pointer(command: &Command, space: Space, global: bool) -> bool {
    match command {
        Command::InvalidateVma(inval) => !inval.av && space.is_meant(inval, global),
        _ => false,
    }
}

/// Whether the command covers a first-stage leaf of 2^`shift` bytes that
/// translates `iova`.
pub fn covers_leaf(command: &Command, space: Space, global: bool, iova: Iova, shift: u32) -> bool {
    match command {
        Command::InvalidateVma(inval) => {
            let here = (inval.address().raw() ^ iova.raw()) >> shift == 0;
            (!inval.av || here) && space.is_meant(inval, global)
        }
        _ => false,
    }
}

/// Whether the command covers second-stage or MSI entries of the guest.
pub fn covers_guest(command: &Command, gscid: Option<Gscid>) -> bool {
    match command {
        Command::InvalidateGvma(inval) => {
            !inval.av && (!inval.gv || gscid.is_some_and(|gscid| gscid == inval.gscid))
        }
        _ => false,
    }
}

/// Whether the command covers non-leaf entries of the device directory.
pub fn covers_directory(command: &Command) -> bool {
    matches!(command, Command::InvalidateDdt(Directory { dv: false, .. }))
}

/// Whether the command covers what is cached of this device's context.
pub fn covers_device(command: &Command, device: DeviceId) -> bool {
    match command {
        Command::InvalidateDdt(operands) => !operands.dv || operands.did == device,
        _ => false,
    }
}

/// Whether the command covers the process context.
pub fn covers_process(command: &Command, device: DeviceId, process: ProcessId) -> bool {
    match command {
        Command::InvalidatePdt(operands) => operands.did == device && operands.pid == process,
        _ => covers_device(command, device),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Space = Space {
        gscid: None,
        pscid: Pscid::truncate(5),
    };

    fn vma(pscid: Option<u16>, page: Option<u64>) -> Command {
        Command::invalidate_first_stage(None, pscid.map(Pscid::from), page.map(Iova::new))
    }

    #[test]
    fn process_and_global() {
        for (pscid, private, global) in [
            (None, true, true),
            (Some(5), true, false),
            (Some(6), false, false),
        ] {
            let command = vma(pscid, None);
            assert_eq!(covers_pointer(&command, HOST, false), private);
            assert_eq!(covers_pointer(&command, HOST, true), global);
            let guest = Space {
                gscid: Some(Gscid::from(0)),
                ..HOST
            };
            assert!(!covers_pointer(&command, guest, false));
        }
    }

    #[test]
    fn an_address_means_leaves_around_it() {
        let command = vma(None, Some(0x20_3000));
        assert!(!covers_pointer(&command, HOST, false));
        let leaf = |iova, shift| covers_leaf(&command, HOST, false, Iova::new(iova), shift);
        assert!(leaf(0x20_3fff, 12) && !leaf(0x20_4000, 12));
        assert!(leaf(0x3f_ffff, 21) && !leaf(0x40_0000, 21));
    }

    #[test]
    fn directories() {
        let device = DeviceId::from(3);
        let one = Command::invalidate_device(Some(device));
        let all = Command::invalidate_device(None);
        assert!(covers_directory(&all) && !covers_directory(&one));
        assert!(covers_device(&one, device) && !covers_device(&one, DeviceId::from(4)));
        let process = Command::invalidate_process(device, ProcessId::from(9));
        assert!(covers_process(&process, device, ProcessId::from(9)));
        assert!(!covers_process(&process, device, ProcessId::from(8)));
        assert!(covers_process(&one, device, ProcessId::from(8)));
    }
}
