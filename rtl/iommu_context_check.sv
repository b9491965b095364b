// SPDX-License-Identifier: Apache-2.0
//
// Judges a device context: section "Device-context configuration checks".
// Combinational. `misconfigured_o` (cause 259) counts where `valid_o` is set.
//
// What `capabilities` does not offer may not be asked for: no second stage, no
// process directory, no MSI page table, no ATS, one byte order, no QoS ids.

module iommu_context_check
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault),
  localparam int unsigned Words = Cfg.MsiFlat ? 8 : 4
) (
  input  logic [Words-1:0][63:0] words_i,   // word 0 is tc
  output logic                   valid_o,
  output logic                   misconfigured_o,
  output device_context_t        context_o
);

  // Highest bit of an address that the MSI mask and pattern may name, plus one:
  // without a second stage that is the width of physical addresses.
  localparam int unsigned MsiPageBits = PaWidth - 12;

  logic [63:0] tc, iohgatp, ta, fsc;

  assign tc      = words_i[DC_TC_OFFSET / 8];
  assign iohgatp = words_i[DC_IOHGATP_OFFSET / 8];
  assign ta      = words_i[DC_TA_OFFSET / 8];
  assign fsc     = words_i[DC_FSC_OFFSET / 8];

  logic pdtv;
  logic [FSC_MODE_WIDTH-1:0] fsc_mode;

  assign pdtv     = tc[DC_TC_PDTV_BIT];
  assign fsc_mode = fsc[FSC_MODE_LSB +: FSC_MODE_WIDTH];

  logic tc_reserved, asks_ats, asks_update, default_process, asks_order, asks_width;
  logic asks_second_stage, ta_reserved, asks_qos, fsc_reserved, fsc_mode_legal, msi_bad;

  // tc[31:24] are for custom use and ignored.
  assign tc_reserved       = tc[23:12] != '0 || tc[63:32] != '0;
  assign asks_ats          = tc[DC_TC_EN_ATS_BIT] || tc[DC_TC_EN_PRI_BIT] ||
                             tc[DC_TC_T2GPA_BIT] || tc[DC_TC_PRPR_BIT];
  assign asks_update       = (tc[DC_TC_SADE_BIT] || tc[DC_TC_GADE_BIT]) && !Cfg.AmoHwad;
  assign default_process   = tc[DC_TC_DPE_BIT] && !pdtv;
  assign asks_order        = tc[DC_TC_SBE_BIT];
  assign asks_width        = tc[DC_TC_SXL_BIT];
  assign asks_second_stage = iohgatp[IOHGATP_MODE_LSB +: IOHGATP_MODE_WIDTH] !=
                             4'(IOHGATP_MODE_BARE);
  assign ta_reserved       = ta[11:0] != '0 || ta[39:32] != '0;
  assign asks_qos          = ta[DC_TA_RCID_LSB +: DC_TA_RCID_WIDTH] != '0 ||
                             ta[DC_TA_MCID_LSB +: DC_TA_MCID_WIDTH] != '0;
  assign fsc_reserved      = fsc[59:44] != '0;

  always_comb begin
    unique case (fsc_mode)
      4'(IOSATP_MODE_BARE): fsc_mode_legal = 1'b1;  // pdtp.MODE Bare is 0 as well
      4'(IOSATP_MODE_SV39): fsc_mode_legal = !pdtv && Cfg.Sv39;
      4'(IOSATP_MODE_SV48): fsc_mode_legal = !pdtv && Cfg.Sv48;
      4'(IOSATP_MODE_SV57): fsc_mode_legal = !pdtv && Cfg.Sv57;
      default:              fsc_mode_legal = 1'b0;
    endcase
  end

  // Without a second stage the MSI page table must be off.
  if (Cfg.MsiFlat) begin : gen_msi
    logic [63:0] msiptp, mask, pattern;
    assign msiptp  = words_i[DC_MSIPTP_OFFSET / 8];
    assign mask    = words_i[DC_MSI_ADDR_MASK_OFFSET / 8];
    assign pattern = words_i[DC_MSI_ADDR_PATTERN_OFFSET / 8];
    assign msi_bad = msiptp[MSIPTP_MODE_LSB +: MSIPTP_MODE_WIDTH] != 4'(MSIPTP_MODE_OFF) ||
                     msiptp[59:44] != '0 ||
                     mask[63:MsiPageBits] != '0 || pattern[63:MsiPageBits] != '0 ||
                     words_i[DC_RESERVED_OFFSET / 8] != '0;
  end else begin : gen_no_msi
    assign msi_bad = 1'b0;
  end

  assign valid_o         = tc[DC_TC_V_BIT];
  assign misconfigured_o = tc_reserved || asks_ats || asks_update || default_process ||
                           asks_order || asks_width || asks_second_stage || ta_reserved ||
                           asks_qos || fsc_reserved || !fsc_mode_legal || msi_bad;

  always_comb begin
    context_o          = '0;
    context_o.dtf      = tc[DC_TC_DTF_BIT];
    context_o.pdtv     = pdtv;
    context_o.dpe      = tc[DC_TC_DPE_BIT];
    context_o.sade     = tc[DC_TC_SADE_BIT];
    context_o.pscid    = ta[DC_TA_PSCID_LSB +: DC_TA_PSCID_WIDTH];
    context_o.fsc_mode = fsc_mode;
    context_o.fsc_ppn  = fsc[FSC_PPN_LSB +: FSC_PPN_WIDTH];
  end

endmodule
