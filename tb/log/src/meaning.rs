// SPDX-License-Identifier: Apache-2.0
//! What words of memory mean, in the specification's words.

use std::fmt::Write;

use sallyport_formats::command::{Command, Directory, Invalidation};
use sallyport_formats::directory::{DirectoryEntry, PdtpMode};
use sallyport_formats::{DeviceContext, FirstStage, Pbmt, Pte, SecondStage};

/// Bytes of a page of a leaf at each level.
const SIZES: [&str; 5] = ["4 KiB", "2 MiB", "1 GiB", "512 GiB", "256 TiB"];

/// A non-leaf entry of the device directory (section "Non-leaf DDT entry").
#[must_use]
pub fn directory_entry(level: u8, word: u64) -> String {
    let entry = DirectoryEntry::parse(word);
    let reserved = word & !DirectoryEntry::FIELDS;
    let place = format!("DDT level {level} entry");
    if !entry.v {
        format!("{place}: not valid")
    } else if reserved != 0 {
        format!("{place}: misconfigured, reserved bits {reserved:#x}")
    } else {
        format!("{place}: next level at {:#x}", entry.ppn << 12)
    }
}

/// A device context of four or eight doublewords (section "Device-context
/// fields").
#[must_use]
pub fn device_context(words: &[u64]) -> String {
    let context = parse_context(words);
    let tc = &context.tc;
    if !tc.v {
        return "device context: not valid".to_owned();
    }
    let mut text = "device context: V".to_owned();
    let flags = [
        (tc.en_ats, "EN_ATS"),
        (tc.en_pri, "EN_PRI"),
        (tc.t2gpa, "T2GPA"),
        (tc.dtf, "DTF"),
        (tc.pdtv, "PDTV"),
        (tc.prpr, "PRPR"),
        (tc.gade, "GADE"),
        (tc.sade, "SADE"),
        (tc.dpe, "DPE"),
        (tc.sbe, "SBE"),
        (tc.sxl, "SXL"),
    ];
    push_flags(&mut text, &flags);
    let fsc = &context.fsc;
    if tc.pdtv {
        let mode = match PdtpMode::from_code(fsc.mode) {
            PdtpMode::Other(code) => format!("reserved mode {code}"),
            mode => format!("{mode:?}"),
        };
        push(
            &mut text,
            format_args!(", pdtp {mode} at {:#x}", fsc.ppn << 12),
        );
    } else {
        match fsc.scheme(tc.sxl) {
            Some(FirstStage::Bare) => text.push_str(", iosatp Bare"),
            Some(scheme) => push(
                &mut text,
                format_args!(", iosatp {scheme:?} at {:#x}", fsc.ppn << 12),
            ),
            None => push(
                &mut text,
                format_args!(", iosatp of reserved mode {}", fsc.mode),
            ),
        }
        push(&mut text, format_args!(", PSCID {}", context.ta.pscid));
    }
    match context.iohgatp.scheme(false) {
        Some(SecondStage::Bare) => {}
        Some(scheme) => push(
            &mut text,
            format_args!(
                ", iohgatp {scheme:?} at {:#x}, GSCID {}",
                context.iohgatp.ppn << 12,
                context.iohgatp.gscid
            ),
        ),
        None => push(
            &mut text,
            format_args!(", iohgatp of mode {}", context.iohgatp.mode),
        ),
    }
    if context.msiptp.mode != 0 {
        push(
            &mut text,
            format_args!(", msiptp of mode {}", context.msiptp.mode),
        );
    }
    let reserved = words
        .iter()
        .zip(DeviceContext::FIELDS)
        .any(|(word, fields)| word & !fields != 0);
    if reserved {
        text.push_str(", reserved bits set");
    }
    text
}

/// The device context in these words; those of the extended format that are
/// not there are zero.
#[must_use]
pub fn parse_context(words: &[u64]) -> DeviceContext {
    let mut all = [0; DeviceContext::WORDS];
    for (to, from) in all.iter_mut().zip(words) {
        *to = *from;
    }
    DeviceContext::parse(all)
}

/// An entry of a first-stage page table at `level`, 0 holding the smallest
/// pages; `None` where the level is not known.
#[must_use]
pub fn pte(level: Option<u8>, word: u64) -> String {
    let entry = Pte::parse(word);
    let mut text = match level {
        Some(level) => format!("PTE level {level}: "),
        None => "PTE: ".to_owned(),
    };
    let address = entry.ppn << 12;
    if !entry.v {
        text.push_str("not valid");
    } else if entry.w && !entry.r {
        text.push_str("reserved: W without R");
    } else if !entry.is_leaf() {
        push(&mut text, format_args!("pointer to {address:#x}"));
        if level == Some(0) {
            text.push_str(", where only a leaf may stand");
        }
        push_flags(&mut text, &[(entry.g, "G")]);
        let flags = [
            (entry.u, "U"),
            (entry.a, "A"),
            (entry.d, "D"),
            (entry.n, "N"),
        ];
        if flags.iter().any(|f| f.0) || entry.pbmt != Pbmt::Pma {
            text.push_str(", with bits that are reserved in a pointer");
        }
    } else {
        text.push_str("leaf,");
        let flags = [
            (entry.r, "R"),
            (entry.w, "W"),
            (entry.x, "X"),
            (entry.u, "U"),
            (entry.g, "G"),
            (entry.a, "A"),
            (entry.d, "D"),
        ];
        push_flags(&mut text, &flags);
        push_page(&mut text, level, &entry);
        match entry.pbmt {
            Pbmt::Pma => {}
            Pbmt::Nc => text.push_str(", NC"),
            Pbmt::Io => text.push_str(", IO"),
            Pbmt::Other(code) => push(&mut text, format_args!(", reserved PBMT {code}")),
        }
    }
    text
}

fn push_page(text: &mut String, level: Option<u8>, entry: &Pte) {
    let address = entry.ppn << 12;
    let Some(level) = level else {
        push(text, format_args!(", page at {address:#x}"));
        return;
    };
    if entry.n {
        if level == 0 && entry.is_napot_64k() {
            let base = address & !0xffff;
            push(text, format_args!(", page 64 KiB at {base:#x}"));
        } else {
            text.push_str(", reserved NAPOT encoding");
        }
        return;
    }
    let size = SIZES.get(usize::from(level)).copied().unwrap_or("?");
    push(text, format_args!(", page {size} at {address:#x}"));
    if entry.ppn & ((1 << (9 * u32::from(level))) - 1) != 0 {
        text.push_str(", misaligned");
    }
}

/// A command (section "Command-Queue (CQ)").
#[must_use]
pub fn command(words: [u64; 2]) -> String {
    match Command::parse(words) {
        Ok(Command::InvalidateVma(operands)) => invalidation("IOTINVAL.VMA", &operands),
        Ok(Command::InvalidateGvma(operands)) => invalidation("IOTINVAL.GVMA", &operands),
        Ok(Command::InvalidateDdt(operands)) => directory("IODIR.INVAL_DDT", &operands, false),
        Ok(Command::InvalidatePdt(operands)) => directory("IODIR.INVAL_PDT", &operands, true),
        Ok(Command::Fence(fence)) => {
            let mut text = "IOFENCE.C".to_owned();
            push_flags(&mut text, &[(fence.pr, "PR"), (fence.pw, "PW")]);
            push_flags(&mut text, &[(fence.wsi, "WSI")]);
            if fence.av {
                push(
                    &mut text,
                    format_args!(", DATA {:#x} to {}", fence.data, fence.address()),
                );
            }
            text
        }
        Ok(Command::AtsInvalidate(_)) => "ATS.INVAL".to_owned(),
        Ok(Command::AtsPageResponse(_)) => "ATS.PRGR".to_owned(),
        Err(unknown) => format!("illegal command: {unknown}"),
    }
}

fn invalidation(name: &str, operands: &Invalidation) -> String {
    let mut text = name.to_owned();
    if operands.gv {
        push(&mut text, format_args!(" GSCID {}", operands.gscid));
    }
    if operands.pscv {
        push(&mut text, format_args!(" PSCID {}", operands.pscid));
    }
    if operands.av {
        push(&mut text, format_args!(" ADDR {}", operands.address()));
    } else {
        text.push_str(" all addresses");
    }
    push_flags(&mut text, &[(operands.s, "S"), (operands.nl, "NL")]);
    text
}

fn directory(name: &str, operands: &Directory, process: bool) -> String {
    let mut text = name.to_owned();
    if operands.dv {
        push(&mut text, format_args!(" DID {}", operands.did));
    } else {
        text.push_str(" all devices");
    }
    if process {
        push(&mut text, format_args!(" PID {}", operands.pid));
    }
    text
}

fn push_flags(text: &mut String, flags: &[(bool, &str)]) {
    for (_, name) in flags.iter().filter(|flag| flag.0) {
        text.push(' ');
        text.push_str(name);
    }
}

/// Writing to a string cannot fail.
fn push(text: &mut String, args: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(args);
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_formats::Iova;
    use sallyport_formats::command::Fence;

    #[test]
    fn directory_entries() {
        assert_eq!(directory_entry(2, 0), "DDT level 2 entry: not valid");
        assert_eq!(
            directory_entry(1, 0x80 << 10 | 1),
            "DDT level 1 entry: next level at 0x80000"
        );
        assert_eq!(
            directory_entry(1, 0x80 << 10 | 3),
            "DDT level 1 entry: misconfigured, reserved bits 0x2"
        );
    }

    #[test]
    fn contexts() {
        assert_eq!(device_context(&[0; 8]), "device context: not valid");
        let fsc = 8 << 60 | 0x8_1000;
        assert_eq!(
            device_context(&[0x101, 0, 5 << 12, fsc]),
            "device context: V SADE, iosatp Sv39 at 0x81000000, PSCID 0x00005"
        );
        assert_eq!(
            device_context(&[0x21, 0, 0, 1 << 60 | 2]),
            "device context: V PDTV, pdtp Pd8 at 0x2000"
        );
        assert_eq!(
            device_context(&[1, 0, 0, 3 << 60, 1 << 60, 0, 0, 1]),
            "device context: V, iosatp of reserved mode 3, PSCID 0x00000, msiptp of mode 1, \
             reserved bits set"
        );
    }

    #[test]
    fn page_table_entries() {
        let ppn = 0x80 << 10;
        let cases = [
            (Some(1), 0, "PTE level 1: not valid"),
            (Some(1), ppn | 0x01, "PTE level 1: pointer to 0x80000"),
            (
                Some(0),
                ppn | 0x01,
                "PTE level 0: pointer to 0x80000, where only a leaf may stand",
            ),
            (
                Some(0),
                ppn | 0xd7,
                "PTE level 0: leaf, R W U A D, page 4 KiB at 0x80000",
            ),
            (
                Some(1),
                ppn | 0x53,
                "PTE level 1: leaf, R U A, page 2 MiB at 0x80000, misaligned",
            ),
            (
                Some(2),
                1 << 61 | 0x53,
                "PTE level 2: leaf, R U A, page 1 GiB at 0x0, NC",
            ),
            (
                Some(0),
                1 << 63 | 0x88 << 10 | 0x53,
                "PTE level 0: leaf, R U A, page 64 KiB at 0x80000",
            ),
            (None, ppn | 0x05, "PTE: reserved: W without R"),
            (None, ppn | 0x43, "PTE: leaf, R A, page at 0x80000"),
            (
                Some(2),
                ppn | 0x41,
                "PTE level 2: pointer to 0x80000, with bits that are reserved in a pointer",
            ),
        ];
        for (level, word, text) in cases {
            assert_eq!(pte(level, word), text);
        }
    }

    #[test]
    fn commands() {
        let page =
            Command::invalidate_first_stage(None, Some(7_u16.into()), Some(Iova::new(0x5000)));
        assert_eq!(
            command(page.emit()),
            "IOTINVAL.VMA PSCID 0x00007 ADDR 0x5000"
        );
        let range = Command::InvalidateVma(Invalidation {
            av: true,
            s: true,
            nl: true,
            page: 0x5f,
            ..Invalidation::default()
        });
        assert_eq!(command(range.emit()), "IOTINVAL.VMA ADDR 0x5f000 S NL");
        let all = Command::invalidate_device(None);
        assert_eq!(command(all.emit()), "IODIR.INVAL_DDT all devices");
        let fence = Fence {
            pr: true,
            pw: true,
            ..Fence::default()
        };
        let fence = Command::Fence(fence.writing(0x9000.into(), 3));
        assert_eq!(command(fence.emit()), "IOFENCE.C PR PW, DATA 0x3 to 0x9000");
        assert_eq!(
            command([0x7f, 0]),
            "illegal command: no command has opcode 127 and func3 0"
        );
    }
}
