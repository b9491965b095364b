// SPDX-License-Identifier: Apache-2.0
//! Which invalidation covers which entry.

use sallyport_formats::command::{Command, Directory, Invalidation};
use sallyport_formats::{DeviceId, Gscid, ProcessId, Pscid};

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

/// What an entry of a page table is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// An address that the entry translates, or leads to the translation of.
    pub address: u64,
    /// Log2 of the bytes around it for which the entry serves.
    pub shift: u32,
    /// A pointer to a table, not a leaf.
    pub pointer: bool,
}

impl Span {
    /// Whether AV, NL, S and ADDR mean this entry.
    fn is_meant(self, inval: &Invalidation) -> bool {
        if !inval.av {
            return true;
        }
        let range = if inval.s {
            // Below the first 0 all bits are 1.
            13 + inval.page.trailing_ones()
        } else {
            12
        };
        let shift = self.shift.max(range).min(63);
        let overlaps = (inval.address().raw() ^ self.address) >> shift == 0;
        overlaps && (inval.nl || !self.pointer)
    }
}

/// Whether the command covers this first-stage entry.
pub fn covers_first_stage(command: &Command, space: Space, global: bool, span: Span) -> bool {
    match command {
        Command::InvalidateVma(inval) => span.is_meant(inval) && space.is_meant(inval, global),
        _ => false,
    }
}

/// Whether the command covers this second-stage or MSI entry of the guest.
pub fn covers_second_stage(command: &Command, gscid: Option<Gscid>, span: Span) -> bool {
    match command {
        Command::InvalidateGvma(inval) => {
            let guest = gscid.is_some_and(|gscid| gscid == inval.gscid);
            !inval.gv || guest && span.is_meant(inval)
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
    use sallyport_formats::Iova;

    const HOST: Space = Space {
        gscid: None,
        pscid: Pscid::truncate(5),
    };

    fn vma(pscid: Option<u16>, page: Option<u64>) -> Command {
        Command::invalidate_first_stage(None, pscid.map(Pscid::from), page.map(Iova::new))
    }

    const POINTER: Span = Span {
        address: 0x20_3000,
        shift: 21,
        pointer: true,
    };

    fn leaf(address: u64, shift: u32) -> Span {
        Span {
            address,
            shift,
            pointer: false,
        }
    }

    #[test]
    fn process_and_global() {
        for (pscid, private, global) in [
            (None, true, true),
            (Some(5), true, false),
            (Some(6), false, false),
        ] {
            let command = vma(pscid, None);
            assert_eq!(covers_first_stage(&command, HOST, false, POINTER), private);
            assert_eq!(covers_first_stage(&command, HOST, true, POINTER), global);
            let guest = Space {
                gscid: Some(Gscid::from(0)),
                ..HOST
            };
            assert!(!covers_first_stage(&command, guest, false, POINTER));
        }
    }

    #[test]
    fn an_address_means_leaves_around_it() {
        let command = vma(None, Some(0x20_3000));
        let covers = |span| covers_first_stage(&command, HOST, false, span);
        assert!(!covers(POINTER));
        assert!(covers(leaf(0x20_3fff, 12)) && !covers(leaf(0x20_4000, 12)));
        assert!(covers(leaf(0x3f_ffff, 21)) && !covers(leaf(0x40_0000, 21)));
    }

    #[test]
    fn pointers_and_ranges_where_the_command_says_so() {
        let Command::InvalidateVma(page) = vma(None, Some(0x20_3000)) else {
            panic!("it is that command");
        };
        let covers =
            |inval, span| covers_first_stage(&Command::InvalidateVma(inval), HOST, false, span);
        assert!(covers(page.with_pointers(), POINTER));
        // 64 KiB at 0x20_0000.
        let range = Invalidation {
            s: true,
            page: 0x207,
            ..page
        };
        assert!(covers(range, leaf(0x20_f000, 12)) && !covers(range, leaf(0x21_0000, 12)));
        assert!(covers(range, leaf(0x20_0000, 30)) && !covers(range, POINTER));
    }

    #[test]
    fn guests() {
        let one = Some(Gscid::from(1));
        let page = Command::invalidate_second_stage(one, Some(sallyport_formats::Gpa::new(0x5000)));
        let all = Command::invalidate_second_stage(one, None);
        let everybody = Command::invalidate_second_stage(None, None);
        for (command, here, there) in [(page, true, false), (all, true, true)] {
            assert_eq!(covers_second_stage(&command, one, leaf(0x5000, 12)), here);
            assert_eq!(covers_second_stage(&command, one, leaf(0x6000, 12)), there);
            assert!(!covers_second_stage(
                &command,
                Some(Gscid::from(2)),
                leaf(0x5000, 12)
            ));
        }
        assert!(!covers_second_stage(&page, one, POINTER));
        assert!(covers_second_stage(
            &everybody,
            Some(Gscid::from(2)),
            POINTER
        ));
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
