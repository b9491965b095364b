// SPDX-License-Identifier: Apache-2.0
//! Performance monitor, debug interface, QoS: fields and codes.

constants! {
    /// `iocountovf.CY`.
    IOCOUNTOVF_CY_BIT = 0;
    /// `iocountovf.HPM`: lowest bit.
    IOCOUNTOVF_HPM_LSB = 1;
    /// `iocountovf.HPM`: bits.
    IOCOUNTOVF_HPM_WIDTH = 31;
    /// `iocountinh.CY`.
    IOCOUNTINH_CY_BIT = 0;
    /// `iocountinh.HPM`: lowest bit.
    IOCOUNTINH_HPM_LSB = 1;
    /// `iocountinh.HPM`: bits.
    IOCOUNTINH_HPM_WIDTH = 31;
    /// `iohpmcycles.counter`: lowest bit.
    IOHPMCYCLES_COUNTER_LSB = 0;
    /// `iohpmcycles.counter`: bits.
    IOHPMCYCLES_COUNTER_WIDTH = 63;
    /// `iohpmcycles.OF`.
    IOHPMCYCLES_OF_BIT = 63;
    /// `iohpmevt.eventID`: lowest bit.
    IOHPMEVT_EVENT_ID_LSB = 0;
    /// `iohpmevt.eventID`: bits.
    IOHPMEVT_EVENT_ID_WIDTH = 15;
    /// `iohpmevt.DMASK`.
    IOHPMEVT_DMASK_BIT = 15;
    /// `iohpmevt.PID_PSCID`: lowest bit.
    IOHPMEVT_PID_PSCID_LSB = 16;
    /// `iohpmevt.PID_PSCID`: bits.
    IOHPMEVT_PID_PSCID_WIDTH = 20;
    /// `iohpmevt.DID_GSCID`: lowest bit.
    IOHPMEVT_DID_GSCID_LSB = 36;
    /// `iohpmevt.DID_GSCID`: bits.
    IOHPMEVT_DID_GSCID_WIDTH = 24;
    /// `iohpmevt.PV_PSCV`.
    IOHPMEVT_PV_PSCV_BIT = 60;
    /// `iohpmevt.DV_GSCV`.
    IOHPMEVT_DV_GSCV_BIT = 61;
    /// `iohpmevt.IDT`.
    IOHPMEVT_IDT_BIT = 62;
    /// `iohpmevt.OF`.
    IOHPMEVT_OF_BIT = 63;
    /// `iohpmevt.eventID`: counts nothing.
    HPM_EVENT_NONE = 0;
    /// `iohpmevt.eventID`: counts untranslated requests.
    HPM_EVENT_UNTRANSLATED = 1;
    /// `iohpmevt.eventID`: counts translated requests.
    HPM_EVENT_TRANSLATED = 2;
    /// `iohpmevt.eventID`: counts ATS translation requests.
    HPM_EVENT_ATS_REQUEST = 3;
    /// `iohpmevt.eventID`: counts TLB misses.
    HPM_EVENT_TLB_MISS = 4;
    /// `iohpmevt.eventID`: counts device-directory entries loaded.
    HPM_EVENT_DDT_WALK = 5;
    /// `iohpmevt.eventID`: counts process-directory entries loaded.
    HPM_EVENT_PDT_WALK = 6;
    /// `iohpmevt.eventID`: counts first-stage entries loaded.
    HPM_EVENT_FIRST_STAGE_WALK = 7;
    /// `iohpmevt.eventID`: counts second-stage entries loaded.
    HPM_EVENT_SECOND_STAGE_WALK = 8;
    /// `tr_req_iova.vpn`: lowest bit.
    TR_REQ_IOVA_VPN_LSB = 12;
    /// `tr_req_iova.vpn`: bits.
    TR_REQ_IOVA_VPN_WIDTH = 52;
    /// `tr_req_ctl.Go/Busy`.
    TR_REQ_CTL_GO_BUSY_BIT = 0;
    /// `tr_req_ctl.Priv`.
    TR_REQ_CTL_PRIV_BIT = 1;
    /// `tr_req_ctl.Exe`.
    TR_REQ_CTL_EXE_BIT = 2;
    /// `tr_req_ctl.NW`.
    TR_REQ_CTL_NW_BIT = 3;
    /// `tr_req_ctl.PID`: lowest bit.
    TR_REQ_CTL_PID_LSB = 12;
    /// `tr_req_ctl.PID`: bits.
    TR_REQ_CTL_PID_WIDTH = 20;
    /// `tr_req_ctl.PV`.
    TR_REQ_CTL_PV_BIT = 32;
    /// `tr_req_ctl` bits for custom use: lowest bit.
    TR_REQ_CTL_CUSTOM_LSB = 36;
    /// `tr_req_ctl` bits for custom use: bits.
    TR_REQ_CTL_CUSTOM_WIDTH = 4;
    /// `tr_req_ctl.DID`: lowest bit.
    TR_REQ_CTL_DID_LSB = 40;
    /// `tr_req_ctl.DID`: bits.
    TR_REQ_CTL_DID_WIDTH = 24;
    /// `tr_response.fault`.
    TR_RESPONSE_FAULT_BIT = 0;
    /// `tr_response.PBMT`: lowest bit.
    TR_RESPONSE_PBMT_LSB = 7;
    /// `tr_response.PBMT`: bits.
    TR_RESPONSE_PBMT_WIDTH = 2;
    /// `tr_response.S`.
    TR_RESPONSE_S_BIT = 9;
    /// `tr_response.PPN`: lowest bit.
    TR_RESPONSE_PPN_LSB = 10;
    /// `tr_response.PPN`: bits.
    TR_RESPONSE_PPN_WIDTH = 44;
    /// `tr_response` bits for custom use: lowest bit.
    TR_RESPONSE_CUSTOM_LSB = 60;
    /// `tr_response` bits for custom use: bits.
    TR_RESPONSE_CUSTOM_WIDTH = 4;
    /// `iommu_qosid.RCID`: lowest bit.
    IOMMU_QOSID_RCID_LSB = 0;
    /// `iommu_qosid.RCID`: bits.
    IOMMU_QOSID_RCID_WIDTH = 12;
    /// `iommu_qosid.MCID`: lowest bit.
    IOMMU_QOSID_MCID_LSB = 16;
    /// `iommu_qosid.MCID`: bits.
    IOMMU_QOSID_MCID_WIDTH = 12;
}
