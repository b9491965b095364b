// SPDX-License-Identifier: Apache-2.0
//! "Process to locate the Process-context" and "Process-context configuration
//! checks".

use sallyport_formats::constants as c;
use sallyport_formats::directory::PdtpMode;
use sallyport_formats::regs::Capabilities;
use sallyport_formats::{DeviceContext, Endian, Gpa, ProcessContext, ProcessId, Spa};

use super::PDT;
use crate::fault::{Fault, GuestFault, SecondStagePurpose, guest_page_fault};
use crate::request::Access;
use crate::tables::scheme::Mode;
use crate::tables::second_stage::SecondStage;
use crate::tables::{StageError, Wanted};
use crate::trace::Structure;
use crate::walk::Walk;

/// Walks the process directory of `dc`, whose mode is not Bare. `access` is
/// the original access, by which guest page faults are named.
pub(crate) fn locate_process_context(
    walk: &mut Walk<'_>,
    dc: &DeviceContext,
    second: &SecondStage,
    process_id: ProcessId,
    access: Access,
) -> Result<ProcessContext, Fault> {
    let endian = Endian::from_bit(dc.tc.sbe);
    let indices = process_id.directory_indices();
    let mut table = dc.fsc.ppn << 12;
    for level in (1..PdtpMode::from_code(dc.fsc.mode).levels()).rev() {
        let gpa = Gpa::new(table + u64::from(indices[level as usize]) * c::DDT_ENTRY_BYTES);
        let address = locate_entry(walk, second, gpa, access)?;
        let [entry] = walk
            .read(Structure::PdtEntry(level as u8), address, endian, 0)
            .map_err(|error| PDT.memory_fault(error))?;
        table = PDT.next_table(walk, entry)?;
    }
    let gpa = Gpa::new(table + u64::from(indices[0]) * c::PC_BYTES);
    let address = locate_entry(walk, second, gpa, access)?;
    let words = walk
        .read(Structure::ProcessContext, address, endian, 0)
        .map_err(|error| PDT.memory_fault(error))?;
    let pc = ProcessContext::parse(words);
    let misconfigured = is_misconfigured(words, dc.tc.sxl, &second.capabilities);
    PDT.check(walk, pc.ta.v, misconfigured)?;
    Ok(pc)
}

/// The second stage translates the address of an entry as an implicit read.
fn locate_entry(
    walk: &mut Walk<'_>,
    second: &SecondStage,
    gpa: Gpa,
    access: Access,
) -> Result<Spa, Fault> {
    match second.translate(walk, gpa, Wanted::READ) {
        Ok(page) => Ok(page.spa),
        Err(StageError::Memory(error)) => Err(PDT.memory_fault(error)),
        Err(StageError::NotPermitted) => Err(Fault {
            cause: guest_page_fault(access),
            guest: Some(GuestFault {
                address: gpa,
                purpose: SecondStagePurpose::ImplicitRead,
            }),
        }),
    }
}

/// Whether a process context with V=1 breaks a rule, under this `DC.tc.SXL`.
fn is_misconfigured(words: [u64; 2], sxl: bool, capabilities: &Capabilities) -> bool {
    let pc = ProcessContext::parse(words);
    words
        .iter()
        .zip(ProcessContext::FIELDS)
        .any(|(word, fields)| word & !fields != 0)
        || Mode::first_stage(pc.fsc, sxl, capabilities).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;

    #[test]
    fn process_contexts() {
        let wrong = |ta, fsc, sxl| is_misconfigured([ta, fsc], sxl, &Design::full().capabilities);
        assert!(!wrong(0xffff_f007, 8 << 60, false));
        assert!(wrong(1 | 1 << 3, 0, false));
        assert!(wrong(1 | 1 << 32, 0, false));
        assert!(wrong(1, 1 << 44, false));
        assert!(wrong(1, 11 << 60, false));
        assert!(!wrong(1, 8 << 60, true));
        assert!(wrong(1, 9 << 60, true));
    }
}
