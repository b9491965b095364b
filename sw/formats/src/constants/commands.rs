// SPDX-License-Identifier: Apache-2.0
//! Commands ("Command-Queue").

constants! {
    /// `opcode`: lowest bit.
    CMD_OPCODE_LSB = 0;
    /// `opcode`: bits.
    CMD_OPCODE_WIDTH = 7;
    /// `func3`: lowest bit.
    CMD_FUNC3_LSB = 7;
    /// `func3`: bits.
    CMD_FUNC3_WIDTH = 3;
    /// `opcode` of IOTINVAL.
    CMD_OPCODE_IOTINVAL = 1;
    /// `opcode` of IOFENCE.
    CMD_OPCODE_IOFENCE = 2;
    /// `opcode` of IODIR.
    CMD_OPCODE_IODIR = 3;
    /// `opcode` of ATS.
    CMD_OPCODE_ATS = 4;
    /// `func3` of IOTINVAL.VMA.
    CMD_FUNC3_IOTINVAL_VMA = 0;
    /// `func3` of IOTINVAL.GVMA.
    CMD_FUNC3_IOTINVAL_GVMA = 1;
    /// `func3` of IOFENCE.C.
    CMD_FUNC3_IOFENCE_C = 0;
    /// `func3` of IODIR.INVAL_DDT.
    CMD_FUNC3_IODIR_INVAL_DDT = 0;
    /// `func3` of IODIR.INVAL_PDT.
    CMD_FUNC3_IODIR_INVAL_PDT = 1;
    /// `func3` of ATS.INVAL.
    CMD_FUNC3_ATS_INVAL = 0;
    /// `func3` of ATS.PRGR.
    CMD_FUNC3_ATS_PRGR = 1;
    /// IOTINVAL `AV`.
    CMD_IOTINVAL_AV_BIT = 10;
    /// IOTINVAL `PSCID`: lowest bit.
    CMD_IOTINVAL_PSCID_LSB = 12;
    /// IOTINVAL `PSCID`: bits.
    CMD_IOTINVAL_PSCID_WIDTH = 20;
    /// IOTINVAL `PSCV`.
    CMD_IOTINVAL_PSCV_BIT = 32;
    /// IOTINVAL `GV`.
    CMD_IOTINVAL_GV_BIT = 33;
    /// IOTINVAL `NL`.
    CMD_IOTINVAL_NL_BIT = 34;
    /// IOTINVAL `GSCID`: lowest bit.
    CMD_IOTINVAL_GSCID_LSB = 44;
    /// IOTINVAL `GSCID`: bits.
    CMD_IOTINVAL_GSCID_WIDTH = 16;
    /// IOTINVAL `S` in the second doubleword.
    CMD_IOTINVAL_DW1_S_BIT = 9;
    /// IOTINVAL `ADDR[63:12]` in the second doubleword: lowest bit.
    CMD_IOTINVAL_DW1_ADDR_LSB = 10;
    /// IOTINVAL `ADDR[63:12]` in the second doubleword: bits.
    CMD_IOTINVAL_DW1_ADDR_WIDTH = 52;
    /// IOFENCE `AV`.
    CMD_IOFENCE_AV_BIT = 10;
    /// IOFENCE `WSI`.
    CMD_IOFENCE_WSI_BIT = 11;
    /// IOFENCE `PR`.
    CMD_IOFENCE_PR_BIT = 12;
    /// IOFENCE `PW`.
    CMD_IOFENCE_PW_BIT = 13;
    /// IOFENCE `DATA`: lowest bit.
    CMD_IOFENCE_DATA_LSB = 32;
    /// IOFENCE `DATA`: bits.
    CMD_IOFENCE_DATA_WIDTH = 32;
    /// IOFENCE `ADDR[63:2]` in the second doubleword: lowest bit.
    CMD_IOFENCE_DW1_ADDR_LSB = 0;
    /// IOFENCE `ADDR[63:2]` in the second doubleword: bits.
    CMD_IOFENCE_DW1_ADDR_WIDTH = 62;
    /// IODIR `PID`: lowest bit.
    CMD_IODIR_PID_LSB = 12;
    /// IODIR `PID`: bits.
    CMD_IODIR_PID_WIDTH = 20;
    /// IODIR `DV`.
    CMD_IODIR_DV_BIT = 33;
    /// IODIR `DID`: lowest bit.
    CMD_IODIR_DID_LSB = 40;
    /// IODIR `DID`: bits.
    CMD_IODIR_DID_WIDTH = 24;
    /// ATS `PID`: lowest bit.
    CMD_ATS_PID_LSB = 12;
    /// ATS `PID`: bits.
    CMD_ATS_PID_WIDTH = 20;
    /// ATS `PV`.
    CMD_ATS_PV_BIT = 32;
    /// ATS `DSV`.
    CMD_ATS_DSV_BIT = 33;
    /// ATS `RID`: lowest bit.
    CMD_ATS_RID_LSB = 40;
    /// ATS `RID`: bits.
    CMD_ATS_RID_WIDTH = 16;
    /// ATS `DSEG`: lowest bit.
    CMD_ATS_DSEG_LSB = 56;
    /// ATS `DSEG`: bits.
    CMD_ATS_DSEG_WIDTH = 8;
    /// ATS.INVAL payload: global.
    ATS_INVAL_PAYLOAD_G_BIT = 0;
    /// ATS.INVAL payload: size.
    ATS_INVAL_PAYLOAD_S_BIT = 11;
    /// ATS.INVAL payload: untranslated address: lowest bit.
    ATS_INVAL_PAYLOAD_ADDR_LSB = 12;
    /// ATS.INVAL payload: untranslated address: bits.
    ATS_INVAL_PAYLOAD_ADDR_WIDTH = 52;
    /// ATS.PRGR payload: page request group index: lowest bit.
    ATS_PRGR_PAYLOAD_PRGI_LSB = 32;
    /// ATS.PRGR payload: page request group index: bits.
    ATS_PRGR_PAYLOAD_PRGI_WIDTH = 9;
    /// ATS.PRGR payload: response code: lowest bit.
    ATS_PRGR_PAYLOAD_CODE_LSB = 44;
    /// ATS.PRGR payload: response code: bits.
    ATS_PRGR_PAYLOAD_CODE_WIDTH = 4;
    /// Page request group response: success.
    ATS_PRGR_SUCCESS = 0;
    /// Page request group response: invalid request.
    ATS_PRGR_INVALID = 1;
    /// Page request group response: response failure.
    ATS_PRGR_FAILURE = 15;
}
