// SPDX-License-Identifier: Apache-2.0
//! "Device-context configuration checks".

use sallyport_formats::DeviceContext;
use sallyport_formats::constants as c;
use sallyport_formats::directory::PdtpMode;

use crate::configuration::Configuration;
use crate::qos::QosIds;
use crate::tables::scheme::Mode;

/// Whether a device context with V=1 breaks any of the rules, the
/// recommended one on `msiptp` without a second stage included. `words` is
/// the context as it lies in memory, with zeros for what the base format
/// lacks. Addresses are not checked here but where they are used.
pub(crate) fn is_misconfigured(words: [u64; 8], configuration: &Configuration) -> bool {
    let dc = &DeviceContext::parse(words);
    has_reserved_bits(words, dc, configuration)
        || ats_is_inconsistent(dc, configuration)
        || first_stage_is_wrong(dc, configuration)
        || second_stage_is_wrong(dc, configuration)
        || msi_is_wrong(dc, configuration)
        || endianness_or_sxl_is_wrong(dc, configuration)
        || accessed_dirty_is_wrong(dc, configuration)
}

/// Bits reserved for future standard use; the QoS identifiers are among them
/// where `capabilities.QOSID` is 0, and those bits of them that the design does
/// not have where it is 1. Those for custom use do not count: the section
/// "Device-context configuration checks" speaks of the former alone.
fn has_reserved_bits(words: [u64; 8], dc: &DeviceContext, configuration: &Configuration) -> bool {
    words
        .iter()
        .zip(DeviceContext::FIELDS)
        .any(|(word, fields)| word & !fields != 0)
        || !QosIds::of_context(&dc.ta).fit(&configuration.design)
}

fn ats_is_inconsistent(dc: &DeviceContext, configuration: &Configuration) -> bool {
    let tc = &dc.tc;
    let capabilities = &configuration.design.capabilities;
    let has_second_stage = u64::from(dc.iohgatp.mode) != c::IOHGATP_MODE_BARE;
    !capabilities.ats && (tc.en_ats || tc.en_pri || tc.prpr)
        || !tc.en_ats && (tc.t2gpa || tc.en_pri)
        || !tc.en_pri && tc.prpr
        || tc.t2gpa && !(capabilities.t2gpa && has_second_stage)
}

fn first_stage_is_wrong(dc: &DeviceContext, configuration: &Configuration) -> bool {
    let capabilities = &configuration.design.capabilities;
    if dc.tc.pdtv {
        return !match PdtpMode::from_code(dc.fsc.mode) {
            PdtpMode::Bare => true,
            PdtpMode::Pd8 => capabilities.pd8,
            PdtpMode::Pd17 => capabilities.pd17,
            PdtpMode::Pd20 => capabilities.pd20,
            PdtpMode::Other(_) => false,
        };
    }
    dc.tc.dpe || Mode::first_stage(dc.fsc, dc.tc.sxl, capabilities).is_none()
}

/// The mode must exist, and its root table lie on a 16 KiB boundary.
fn second_stage_is_wrong(dc: &DeviceContext, configuration: &Configuration) -> bool {
    let gxl = configuration.fctl.gxl;
    match Mode::second_stage(dc.iohgatp, gxl, &configuration.design.capabilities) {
        None => true,
        Some(Mode::Bare) => false,
        Some(Mode::Paged(_)) => dc.iohgatp.ppn & 3 != 0,
    }
}

/// The mode, and the bits of mask and pattern that no guest-physical address
/// reaches ("MSI address mask and pattern").
fn msi_is_wrong(dc: &DeviceContext, configuration: &Configuration) -> bool {
    let page_bits = configuration.design.msi_address_width().saturating_sub(12);
    (dc.msi_addr_mask | dc.msi_addr_pattern) >> page_bits != 0
        || match u64::from(dc.msiptp.mode) {
            c::MSIPTP_MODE_OFF => false,
            c::MSIPTP_MODE_FLAT => u64::from(dc.iohgatp.mode) == c::IOHGATP_MODE_BARE,
            _ => true,
        }
}

fn endianness_or_sxl_is_wrong(dc: &DeviceContext, configuration: &Configuration) -> bool {
    let sxl_is_legal = if configuration.fctl.gxl {
        dc.tc.sxl
    } else {
        !dc.tc.sxl || configuration.design.gxl_writable
    };
    let one_endianness = !configuration.design.capabilities.end;
    dc.tc.sbe != configuration.fctl.be && one_endianness || !sxl_is_legal
}

fn accessed_dirty_is_wrong(dc: &DeviceContext, configuration: &Configuration) -> bool {
    (dc.tc.sade || dc.tc.gade) && !configuration.design.capabilities.amo_hwad
}

#[cfg(test)]
mod tests {
    use sallyport_formats::regs::{Ddtp, Fctl};

    use super::*;
    use crate::design::Design;

    const FLAT: u64 = c::MSIPTP_MODE_FLAT << c::MSIPTP_MODE_LSB;
    const SV39X4: u64 = c::IOHGATP_MODE_SV39X4 << c::IOHGATP_MODE_LSB;

    fn is_wrong_in(design: Design, words: [u64; 8]) -> bool {
        let configuration = Configuration {
            design,
            fctl: Fctl::default(),
            ddtp: Ddtp::default(),
            qosid: QosIds::default(),
        };
        is_misconfigured(words, &configuration)
    }

    fn is_wrong(words: [u64; 8]) -> bool {
        is_wrong_in(Design::full(), words)
    }

    #[test]
    fn reserved_bits() {
        assert!(!is_wrong([1, 0, 0, 0, 0, 0, 0, 0]));
        assert!(is_wrong([1 | 1 << 12, 0, 0, 0, 0, 0, 0, 0]));
        assert!(is_wrong([1, 0, 1, 0, 0, 0, 0, 0]));
        assert!(is_wrong([1, 0, 1 << 40, 0, 0, 0, 0, 0]), "RCID");
        assert!(is_wrong([1, 0, 1 << 52, 0, 0, 0, 0, 0]), "MCID");
        assert!(is_wrong([1, 0, 0, 1 << 44, 0, 0, 0, 0]));
        assert!(is_wrong([1, 0, 0, 0, 0, 0, 0, 1]));
    }

    #[test]
    fn quality_of_service_identifiers() {
        let narrow = Design {
            rcid_bits: 6,
            mcid_bits: 8,
            ..Design::full_qos()
        };
        let wrong = |ta| is_wrong_in(narrow, [1, 0, ta, 0, 0, 0, 0, 0]);
        assert!(!wrong(0x3f << 40) && wrong(0x40 << 40));
        assert!(!wrong(0xff << 52) && wrong(0x100 << 52));
        assert!(!is_wrong_in(
            Design::full_qos(),
            [1, 0, !0 << 40, 0, 0, 0, 0, 0]
        ));
    }

    #[test]
    fn bits_that_need_another() {
        let tc = |bits: &[u64]| [bits.iter().fold(1, |tc, bit| tc | 1 << bit), SV39X4];
        let check = |bits: &[u64]| {
            let [tc, iohgatp] = tc(bits);
            is_wrong([tc, iohgatp, 0, 0, 0, 0, 0, 0])
        };
        assert!(check(&[c::DC_TC_EN_PRI_BIT]));
        assert!(check(&[c::DC_TC_EN_ATS_BIT, c::DC_TC_PRPR_BIT]));
        assert!(check(&[c::DC_TC_T2GPA_BIT]));
        assert!(!check(&[c::DC_TC_EN_ATS_BIT, c::DC_TC_T2GPA_BIT]));
        assert!(check(&[c::DC_TC_DPE_BIT]));
        assert!(!check(&[c::DC_TC_DPE_BIT, c::DC_TC_PDTV_BIT]));
    }

    #[test]
    fn msi_tables_need_a_second_stage() {
        assert!(is_wrong([1, 0, 0, 0, FLAT, 0, 0, 0]));
        assert!(!is_wrong([1, SV39X4, 0, 0, FLAT, 0, 0, 0]));
        assert!(!is_wrong([1, SV39X4, 0, 0, FLAT, 1 << 46, 0, 0]));
        assert!(is_wrong([1, SV39X4, 0, 0, FLAT, 0, 1 << 47, 0]));
    }

    #[test]
    fn what_a_small_design_lacks() {
        let small = |words| is_wrong_in(Design::small(), words);
        assert!(!small([1, SV39X4, 0, 8 << 60, 0, 0, 0, 0]));
        assert!(small([1, SV39X4 | 1, 0, 0, 0, 0, 0, 0]), "root of 16 KiB");
        assert!(small([1, 0, 0, 9 << 60, 0, 0, 0, 0]), "Sv48");
        assert!(small([1 | 1 << c::DC_TC_SADE_BIT, 0, 0, 0, 0, 0, 0, 0]));
        assert!(small([1 | 1 << c::DC_TC_SBE_BIT, 0, 0, 0, 0, 0, 0, 0]));
        assert!(small([1 | 1 << c::DC_TC_SXL_BIT, 0, 0, 0, 0, 0, 0, 0]));
    }
}
