// SPDX-License-Identifier: Apache-2.0
//! Virtual interrupt files ("MSI address mask and pattern", "Process to
//! translate addresses of MSIs"; the table's format is that of the Advanced
//! Interrupt Architecture).

use sallyport_formats::constants as c;
use sallyport_formats::msi::{MsiPteBasic, MsiPteMrif};
use sallyport_formats::{Cause, DeviceContext, Gpa, MsiPte, Spa};

use crate::answer::Mrif;
use crate::configuration::Configuration;
use crate::fault::Fault;
use crate::memory::MemoryError;
use crate::trace::{Meaning, Structure};
use crate::walk::Walk;

/// What an MSI PTE maps its page to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MsiTarget {
    /// Basic translate mode: the address in an interrupt file.
    Page(Spa),
    /// MRIF mode.
    Mrif(Mrif),
}

/// Packs the bits of `value` whose bits in `mask` are ones at the low end.
fn extract(value: u64, mask: u64) -> u64 {
    let mut packed = 0;
    let mut at = 0;
    for number in 0..u64::BITS {
        if mask >> number & 1 == 1 {
            packed |= (value >> number & 1) << at;
            at += 1;
        }
    }
    packed
}

/// Whether any page of the naturally aligned range of 2^`page_bits` pages
/// around this guest-physical address is a virtual interrupt file.
fn touches_window(dc: &DeviceContext, gpa: Gpa, page_bits: u32) -> bool {
    let compared = !(dc.msi_addr_mask | ((1 << page_bits) - 1));
    u64::from(dc.msiptp.mode) != c::MSIPTP_MODE_OFF
        && (gpa.page_number() ^ dc.msi_addr_pattern) & compared == 0
}

/// Whether `gpa` is in a virtual interrupt file. Only a device context of
/// extended format, with its `msiptp` not Off, has any.
pub(crate) fn is_interrupt_file(dc: &DeviceContext, gpa: Gpa) -> bool {
    touches_window(dc, gpa, 0)
}

/// The largest part of a page of `size` bytes around `gpa`, which is not in
/// an interrupt file, that has no interrupt file in it either: a translation
/// must not cover one.
pub(crate) fn clip_to_window(dc: &DeviceContext, gpa: Gpa, size: Option<u64>) -> Option<u64> {
    let page_bits = size.map_or(u64::BITS - 12, |size| size.trailing_zeros() - 12);
    let clipped = (0..=page_bits.min(51))
        .rev()
        .find(|&bits| !touches_window(dc, gpa, bits));
    match clipped {
        Some(bits) if bits < page_bits.min(51) => Some(1 << (12 + bits)),
        _ => size,
    }
}

/// Reads and checks the MSI PTE of the interrupt file that `gpa` is in, and
/// translates the address.
pub(crate) fn translate(
    walk: &mut Walk<'_>,
    configuration: &Configuration,
    dc: &DeviceContext,
    gpa: Gpa,
) -> Result<MsiTarget, Fault> {
    let file = extract(gpa.page_number(), dc.msi_addr_mask);
    let address = Spa::new((dc.msiptp.ppn << 12) | (file * c::MSIPTE_BYTES));
    let words: [u64; 2] = walk
        .read(
            Structure::MsiPte,
            address,
            configuration.endian(),
            gpa.raw(),
        )
        .map_err(|error| {
            Fault::new(match error {
                MemoryError::AccessFault(_) => Cause::MsiPteAccessFault,
                MemoryError::Poison(_) => Cause::MsiPtCorrupted,
            })
        })?;
    let has_mrif = configuration.design.capabilities.msi_mrif;
    match MsiPte::parse(words) {
        MsiPte::Invalid => {
            walk.note(Meaning::NotValid);
            Err(Fault::new(Cause::MsiPteInvalid))
        }
        // The second doubleword is ignored in basic translate mode.
        MsiPte::Basic { ppn } if words[0] & !MsiPteBasic::FIELDS == 0 => {
            let page = ppn << 12;
            Ok(MsiTarget::Page(Spa::new(page | gpa.page_offset())))
        }
        MsiPte::Mrif {
            file,
            nid,
            notice_ppn,
        } if has_mrif && !mrif_has_reserved_bits(words) => Ok(MsiTarget::Mrif(Mrif {
            address: file,
            nid,
            notice: Spa::new(notice_ppn << 12),
        })),
        // A reserved bit or mode, or C=1: the model defines no custom use.
        _ => {
            walk.note(Meaning::Refused);
            Err(Fault::new(Cause::MsiPteMisconfigured))
        }
    }
}

fn mrif_has_reserved_bits(words: [u64; 2]) -> bool {
    let [first, second] = MsiPteMrif::FIELDS;
    words[0] & !first != 0 || words[1] & !second != 0
}

#[cfg(test)]
mod tests {
    use sallyport_formats::context::Msiptp;

    use super::*;

    #[test]
    fn extract_packs_the_bits_under_the_mask() {
        // The example of the text: 1 0 1 0 0 1 1 0 keeps a, c, f and g.
        assert_eq!(extract(0b1010_0110, 0b1010_0110), 0b1111);
        assert_eq!(extract(0b1000_0010, 0b1010_0110), 0b1001);
        assert_eq!(extract(!0, 0), 0);
    }

    #[test]
    fn pages_are_clipped_to_what_the_window_leaves() {
        let dc = DeviceContext {
            msiptp: Msiptp {
                mode: c::MSIPTP_MODE_FLAT as u8,
                ppn: 0,
            },
            msi_addr_mask: 0b11,
            msi_addr_pattern: 0x108,
            ..DeviceContext::default()
        };
        assert!(is_interrupt_file(&dc, Gpa::new(0x10_b000)));
        assert!(!is_interrupt_file(&dc, Gpa::new(0x10_c000)));
        let clip = |gpa, size| clip_to_window(&dc, Gpa::new(gpa), size);
        assert_eq!(clip(0x10_c000, Some(0x1000)), Some(0x1000));
        assert_eq!(clip(0x10_c000, Some(0x20_0000)), Some(0x4000));
        assert_eq!(clip(0x20_0000, Some(0x20_0000)), Some(0x20_0000));
        assert_eq!(clip(0x20_0000, None), Some(0x20_0000));
    }
}
