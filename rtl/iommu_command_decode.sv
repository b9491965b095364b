// SPDX-License-Identifier: Apache-2.0
//
// Decodes one command: section "Command-Queue (CQ)". Combinational. Reserved
// bits are checked whether or not the operand beside them counts. A DID wider
// than ddtp.iommu_mode allows, which software must not use, is no encoding error:
// such a command finds nothing to invalidate.

module iommu_command_decode
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_registers_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic [127:0] command_i,
  input  logic         wsi_i,       // fctl.WSI

  output logic         illegal_o,   // a reserved encoding or bit, or not supported
  output logic         is_fence_o,  // IOFENCE.C
  output logic         is_ats_o,    // ATS.INVAL or ATS.PRGR; otherwise an invalidation
  output fence_t       fence_o,
  output inval_t       inval_o,
  output ats_command_t ats_o
);

  // Without a process directory the specification names no width for PID. The
  // narrowest that it knows is accepted.
  localparam int unsigned PidWidth = Cfg.Pd20 ? 20 : Cfg.Pd17 ? 17 : 8;

  logic [63:0] dw0, dw1;
  logic [CMD_FUNC3_WIDTH-1:0] func3;
  logic [DeviceIdWidth-1:0]   did;
  logic [ProcessIdWidth-1:0]  pid;
  logic iotinval_reserved, iofence_reserved, iodir_reserved, ats_reserved, range;

  assign {dw1, dw0} = command_i;
  assign func3      = dw0[CMD_FUNC3_LSB+:CMD_FUNC3_WIDTH];
  assign did        = dw0[CMD_IODIR_DID_LSB+:CMD_IODIR_DID_WIDTH];
  assign pid        = dw0[CMD_IODIR_PID_LSB+:CMD_IODIR_PID_WIDTH];

  // Without their extensions NL and S are reserved.
  assign iotinval_reserved = dw0[11] || dw0[43:35] != '0 || dw0[63:60] != '0 ||
                             dw1[8:0] != '0 || dw1[63:62] != '0 ||
                             (dw0[CMD_IOTINVAL_NL_BIT] && !Cfg.NonLeafInval) ||
                             (dw1[CMD_IOTINVAL_DW1_S_BIT] && !Cfg.RangeInval);
  assign iofence_reserved  = dw0[31:14] != '0 || dw1[63:62] != '0 ||
                             (dw0[CMD_IOFENCE_WSI_BIT] && !wsi_i);
  assign ats_reserved      = dw0[11:10] != '0 || dw0[39:34] != '0;
  assign iodir_reserved    = dw0[11:10] != '0 || dw0[32] || dw0[39:34] != '0 || dw1 != '0;

  // Section "Address range invalidation": the page number of a range ends in a 0
  // and X ones, for 2**(X+1) pages. Part n of what the IOTLB compares is left out
  // when the range reaches into it, all bits below being ones.
  assign range = Cfg.RangeInval && dw1[CMD_IOTINVAL_DW1_S_BIT];

  function automatic logic [5:0] spanned(logic [35:0] page);
    return {&page, &page[26:0], &page[17:0], &page[8:0], &page[3:0], 1'b1};
  endfunction

  always_comb begin
    fence_o.av   = dw0[CMD_IOFENCE_AV_BIT];
    fence_o.wsi  = dw0[CMD_IOFENCE_WSI_BIT];
    fence_o.pr   = dw0[CMD_IOFENCE_PR_BIT];
    fence_o.pw   = dw0[CMD_IOFENCE_PW_BIT];
    fence_o.data = dw0[CMD_IOFENCE_DATA_LSB+:CMD_IOFENCE_DATA_WIDTH];
    fence_o.addr = dw1[CMD_IOFENCE_DW1_ADDR_LSB+:CMD_IOFENCE_DW1_ADDR_WIDTH];

    inval_o            = '0;
    inval_o.kind       = InvalVma;
    inval_o.av         = dw0[CMD_IOTINVAL_AV_BIT];
    inval_o.nl         = dw0[CMD_IOTINVAL_NL_BIT] && Cfg.NonLeafInval;
    inval_o.pscv       = dw0[CMD_IOTINVAL_PSCV_BIT];
    inval_o.gv         = dw0[CMD_IOTINVAL_GV_BIT];
    inval_o.dv         = dw0[CMD_IODIR_DV_BIT];
    inval_o.pscid      = dw0[CMD_IOTINVAL_PSCID_LSB+:CMD_IOTINVAL_PSCID_WIDTH];
    inval_o.gscid      = dw0[CMD_IOTINVAL_GSCID_LSB+:CMD_IOTINVAL_GSCID_WIDTH];
    inval_o.addr       = dw1[CMD_IOTINVAL_DW1_ADDR_LSB+:CMD_IOTINVAL_DW1_ADDR_WIDTH];
    inval_o.wide       = range ? spanned(inval_o.addr[35:0]) : '0;
    inval_o.device_id  = did;
    inval_o.process_id = pid;

    ats_o.response      = func3 == CMD_FUNC3_WIDTH'(CMD_FUNC3_ATS_PRGR);
    ats_o.segment_valid = dw0[CMD_ATS_DSV_BIT];
    ats_o.device_id     = {ats_o.segment_valid ? dw0[CMD_ATS_DSEG_LSB+:CMD_ATS_DSEG_WIDTH] : 8'd0,
                           dw0[CMD_ATS_RID_LSB+:CMD_ATS_RID_WIDTH]};
    ats_o.pv            = dw0[CMD_ATS_PV_BIT];
    ats_o.process_id    = ats_o.pv ? dw0[CMD_ATS_PID_LSB+:CMD_ATS_PID_WIDTH] : '0;
    ats_o.payload       = dw1;

    illegal_o  = 1'b1;
    is_fence_o = 1'b0;
    is_ats_o   = 1'b0;
    unique case (dw0[CMD_OPCODE_LSB+:CMD_OPCODE_WIDTH])
      CMD_OPCODE_WIDTH'(CMD_OPCODE_IOTINVAL):
        unique case (func3)
          CMD_FUNC3_WIDTH'(CMD_FUNC3_IOTINVAL_VMA): illegal_o = iotinval_reserved;
          CMD_FUNC3_WIDTH'(CMD_FUNC3_IOTINVAL_GVMA): begin
            inval_o.kind = InvalGvma;
            if (!inval_o.gv) inval_o.av = 1'b0;  // ignored
            illegal_o    = iotinval_reserved || dw0[CMD_IOTINVAL_PSCV_BIT];
          end
          default: illegal_o = 1'b1;
        endcase
      CMD_OPCODE_WIDTH'(CMD_OPCODE_IOFENCE): begin
        is_fence_o = 1'b1;
        illegal_o  = func3 != CMD_FUNC3_WIDTH'(CMD_FUNC3_IOFENCE_C) || iofence_reserved;
      end
      CMD_OPCODE_WIDTH'(CMD_OPCODE_IODIR):
        unique case (func3)
          CMD_FUNC3_WIDTH'(CMD_FUNC3_IODIR_INVAL_DDT): begin
            inval_o.kind = InvalDdt;
            illegal_o    = iodir_reserved || pid != '0;
          end
          CMD_FUNC3_WIDTH'(CMD_FUNC3_IODIR_INVAL_PDT): begin
            inval_o.kind = InvalPdt;
            illegal_o    = iodir_reserved || !inval_o.dv || (pid >> PidWidth) != '0;
          end
          default: illegal_o = 1'b1;
        endcase
      CMD_OPCODE_WIDTH'(CMD_OPCODE_ATS): begin
        is_ats_o  = 1'b1;
        illegal_o = !Cfg.Ats || ats_reserved ||
                    (!ats_o.response && func3 != CMD_FUNC3_WIDTH'(CMD_FUNC3_ATS_INVAL));
      end
      default: illegal_o = 1'b1;
    endcase
  end

endmodule
