// SPDX-License-Identifier: Apache-2.0
//! Registers by name.

use sallyport_formats::constants as c;

const NAMES: [(u64, &str); 28] = [
    (c::REG_CAPABILITIES, "capabilities"),
    (c::REG_FCTL, "fctl"),
    (c::REG_CUSTOM0, "custom"),
    (c::REG_DDTP, "ddtp"),
    (c::REG_CQB, "cqb"),
    (c::REG_CQH, "cqh"),
    (c::REG_CQT, "cqt"),
    (c::REG_FQB, "fqb"),
    (c::REG_FQH, "fqh"),
    (c::REG_FQT, "fqt"),
    (c::REG_PQB, "pqb"),
    (c::REG_PQH, "pqh"),
    (c::REG_PQT, "pqt"),
    (c::REG_CQCSR, "cqcsr"),
    (c::REG_FQCSR, "fqcsr"),
    (c::REG_PQCSR, "pqcsr"),
    (c::REG_IPSR, "ipsr"),
    (c::REG_IOCOUNTOVF, "iocountovf"),
    (c::REG_IOCOUNTINH, "iocountinh"),
    (c::REG_IOHPMCYCLES, "iohpmcycles"),
    (c::REG_TR_REQ_IOVA, "tr_req_iova"),
    (c::REG_TR_REQ_CTL, "tr_req_ctl"),
    (c::REG_TR_RESPONSE, "tr_response"),
    (c::REG_IOMMU_QOSID, "iommu_qosid"),
    (c::REG_RESERVED0, "reserved"),
    (c::REG_CUSTOM1, "custom"),
    (c::REG_ICVEC, "icvec"),
    (c::REG_RESERVED1, "reserved"),
];

/// The name of the register at this offset ("Register layout").
#[must_use]
pub fn register_name(offset: u64) -> String {
    let numbered = |name: &str, base, first| {
        let number = first + (offset - base) / c::IOHPM_STRIDE;
        format!("{name}{number}{}", part(offset % 8))
    };
    match offset {
        c::REG_IOHPMCTR_BASE..c::REG_IOHPMEVT_BASE => numbered("iohpmctr", c::REG_IOHPMCTR_BASE, 1),
        c::REG_IOHPMEVT_BASE..c::REG_TR_REQ_IOVA => numbered("iohpmevt", c::REG_IOHPMEVT_BASE, 1),
        c::REG_MSI_CFG_TBL..c::REG_RESERVED1 => {
            let at = offset - c::REG_MSI_CFG_TBL;
            let vector = at / c::MSI_CFG_TBL_STRIDE;
            match at % c::MSI_CFG_TBL_STRIDE {
                c::MSI_CFG_TBL_DATA_OFFSET => format!("msi_data_{vector}"),
                c::MSI_CFG_TBL_VEC_CTL_OFFSET => format!("msi_vec_ctl_{vector}"),
                at => format!("msi_addr_{vector}{}", part(at)),
            }
        }
        _ => NAMES
            .iter()
            .rfind(|(base, _)| *base <= offset)
            .map_or_else(String::new, |(base, name)| {
                format!("{name}{}", part(offset - base))
            }),
    }
}

fn part(offset: u64) -> String {
    if offset == 0 {
        String::new()
    } else {
        format!("+{offset:#x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(register_name(0x10), "ddtp");
        assert_eq!(register_name(0x14), "ddtp+0x4");
        assert_eq!(register_name(0x70), "iohpmctr2");
        assert_eq!(register_name(0x160), "iohpmevt1");
        assert_eq!(register_name(0x31c), "msi_vec_ctl_1");
        assert_eq!(register_name(0x404), "reserved+0x4");
    }
}
