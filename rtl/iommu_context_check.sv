// SPDX-License-Identifier: Apache-2.0
//
// Judges a device context: section "Device-context configuration checks".
// Combinational. `misconfigured_o` (cause 259) counts where `valid_o` is set.
//
// What `capabilities` does not offer may not be asked for. Addresses are not
// judged here: one beyond the physical ones ends in an access fault where it is
// used. Fields of the context that a build cannot use are zero, so that no cache
// keeps them; ids are zero where they name nothing.

module iommu_context_check
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault),
  localparam int unsigned Words = Cfg.MsiFlat ? 8 : 4
) (
  input  fctl_t                  fctl_i,
  input  logic [Words-1:0][63:0] words_i,   // word 0 is tc; of the right byte order
  output logic                   valid_o,
  output logic                   misconfigured_o,
  output device_context_t        context_o
);

  logic [63:0] tc, iohgatp, ta, fsc;

  assign tc      = words_i[DC_TC_OFFSET / 8];
  assign iohgatp = words_i[DC_IOHGATP_OFFSET / 8];
  assign ta      = words_i[DC_TA_OFFSET / 8];
  assign fsc     = words_i[DC_FSC_OFFSET / 8];

  logic en_ats, en_pri, t2gpa, pdtv, prpr, sbe, sxl, stage_bare;
  logic [FSC_MODE_WIDTH-1:0]     fsc_mode;
  logic [IOHGATP_MODE_WIDTH-1:0] gatp_mode;

  assign en_ats     = tc[DC_TC_EN_ATS_BIT];
  assign en_pri     = tc[DC_TC_EN_PRI_BIT];
  assign t2gpa      = tc[DC_TC_T2GPA_BIT];
  assign pdtv       = tc[DC_TC_PDTV_BIT];
  assign prpr       = tc[DC_TC_PRPR_BIT];
  assign sbe        = tc[DC_TC_SBE_BIT];
  assign sxl        = tc[DC_TC_SXL_BIT];
  assign fsc_mode   = fsc[FSC_MODE_LSB +: FSC_MODE_WIDTH];
  assign gatp_mode  = iohgatp[IOHGATP_MODE_LSB +: IOHGATP_MODE_WIDTH];
  assign stage_bare = gatp_mode == 4'(IOHGATP_MODE_BARE);

  // --------------------------------------------------- one line, one rule
  logic tc_reserved, ta_reserved, fsc_reserved;
  logic asks_ats, pri_without_ats, t2gpa_without_ats, prpr_without_pri, asks_t2gpa;
  logic t2gpa_bare, dpe_without_pdtv, asks_update, wrong_order, wrong_width, asks_qos;
  logic gatp_reserved, gatp_unaligned, fsc_wrong, msi_wrong;

  // tc[31:24] are for custom use and ignored.
  assign tc_reserved       = tc[23:12] != '0 || tc[63:32] != '0;
  assign ta_reserved       = ta[11:0] != '0 || ta[39:32] != '0;
  assign fsc_reserved      = fsc[59:44] != '0;
  assign asks_ats          = (en_ats || en_pri || prpr) && !Cfg.Ats;
  assign pri_without_ats   = en_pri && !en_ats;
  assign t2gpa_without_ats = t2gpa && !en_ats;
  assign prpr_without_pri  = prpr && !en_pri;
  assign asks_t2gpa        = t2gpa && !Cfg.T2gpa;
  assign t2gpa_bare        = t2gpa && stage_bare;
  assign dpe_without_pdtv  = tc[DC_TC_DPE_BIT] && !pdtv;
  assign asks_update       = (tc[DC_TC_SADE_BIT] || tc[DC_TC_GADE_BIT]) && !Cfg.AmoHwad;
  assign wrong_order       = sbe != fctl_i.be && !Cfg.BothEndian;
  assign wrong_width       = Cfg.Gxl ? fctl_i.gxl && !sxl : sxl;
  assign asks_qos          = (ta[DC_TA_RCID_LSB +: DC_TA_RCID_WIDTH] != '0 ||
                              ta[DC_TA_MCID_LSB +: DC_TA_MCID_WIDTH] != '0) && !Cfg.QosId;
  assign gatp_reserved     = !is_second_stage_mode(Cfg, fctl_i.gxl, gatp_mode);
  assign gatp_unaligned    = !stage_bare && iohgatp[IOHGATP_PPN_LSB +: 2] != '0;
  assign fsc_wrong         = pdtv ? !is_directory_mode(Cfg, fsc_mode)
                                  : !is_first_stage_mode(Cfg, sxl, fsc_mode);

  assign valid_o         = tc[DC_TC_V_BIT];
  assign misconfigured_o = tc_reserved || ta_reserved || fsc_reserved || asks_ats ||
                           pri_without_ats || t2gpa_without_ats || prpr_without_pri ||
                           asks_t2gpa || t2gpa_bare || dpe_without_pdtv || asks_update ||
                           wrong_order || wrong_width || asks_qos || gatp_reserved ||
                           gatp_unaligned || fsc_wrong || msi_wrong;

  // -------------------------------------------------------- MSI page table
  logic                has_msi;
  logic [PpnWidth-1:0] msi_ppn;
  logic [46:0]         msi_mask, msi_pattern;

  // Mask and pattern name pages of what addresses the second stage has, and are
  // reserved above; without one in use the MSI page table must be off.
  if (Cfg.MsiFlat) begin : gen_msi
    localparam int unsigned PageBits = msi_page_width(Cfg);
    logic [63:0] msiptp, mask, pattern;
    logic mode_wrong, bare_wrong, msiptp_reserved, mask_reserved, pattern_reserved, last_reserved;

    assign msiptp  = words_i[DC_MSIPTP_OFFSET / 8];
    assign mask    = words_i[DC_MSI_ADDR_MASK_OFFSET / 8];
    assign pattern = words_i[DC_MSI_ADDR_PATTERN_OFFSET / 8];
    assign has_msi = msiptp[MSIPTP_MODE_LSB +: MSIPTP_MODE_WIDTH] != 4'(MSIPTP_MODE_OFF);

    assign mode_wrong       = has_msi && msiptp[MSIPTP_MODE_LSB +: MSIPTP_MODE_WIDTH] !=
                                         4'(MSIPTP_MODE_FLAT);
    assign bare_wrong       = has_msi && stage_bare;
    assign msiptp_reserved  = msiptp[59:44] != '0;
    assign mask_reserved    = mask[63:PageBits] != '0;
    assign pattern_reserved = pattern[63:PageBits] != '0;
    assign last_reserved    = words_i[DC_RESERVED_OFFSET / 8] != '0;

    assign msi_wrong   = mode_wrong || bare_wrong || msiptp_reserved || mask_reserved ||
                         pattern_reserved || last_reserved;
    assign msi_ppn     = msiptp[MSIPTP_PPN_LSB +: MSIPTP_PPN_WIDTH];
    assign msi_mask    = 47'(mask[PageBits-1:0]);
    assign msi_pattern = 47'(pattern[PageBits-1:0]);
  end else begin : gen_no_msi
    assign has_msi     = 1'b0;
    assign msi_wrong   = 1'b0;
    assign msi_ppn     = '0;
    assign msi_mask    = '0;
    assign msi_pattern = '0;
  end

  // ------------------------------------------------------ what is kept of it
  always_comb begin
    context_o          = '0;
    context_o.dtf      = tc[DC_TC_DTF_BIT];
    context_o.pdtv     = pdtv;
    context_o.fsc_mode = fsc_mode;
    context_o.fsc_ppn  = fsc[FSC_PPN_LSB +: FSC_PPN_WIDTH];
    if (!pdtv) context_o.pscid = ta[DC_TA_PSCID_LSB +: DC_TA_PSCID_WIDTH];

    if (Cfg.Ats) begin
      context_o.en_ats = en_ats;
      context_o.en_pri = en_pri;
      context_o.prpr   = prpr;
    end
    if (Cfg.T2gpa)                  context_o.t2gpa = t2gpa;
    if (Cfg.AmoHwad)                context_o.sade  = tc[DC_TC_SADE_BIT];
    if (has_process_directory(Cfg)) context_o.dpe   = tc[DC_TC_DPE_BIT];
    if (Cfg.BothEndian)             context_o.sbe   = sbe;
    if (Cfg.Gxl)                    context_o.sxl   = sxl;

    if (has_second_stage(Cfg)) begin
      if (Cfg.AmoHwad) context_o.gade = tc[DC_TC_GADE_BIT];
      context_o.gatp_mode = gatp_mode;
      context_o.gatp_ppn  = iohgatp[IOHGATP_PPN_LSB +: IOHGATP_PPN_WIDTH];
      if (!stage_bare) context_o.gscid = iohgatp[IOHGATP_GSCID_LSB +: IOHGATP_GSCID_WIDTH];
      context_o.msi         = has_msi;
      context_o.msi_ppn     = msi_ppn;
      context_o.msi_mask    = msi_mask;
      context_o.msi_pattern = msi_pattern;
    end

    if (Cfg.QosId) begin
      context_o.qos.rcid = ta[DC_TA_RCID_LSB +: DC_TA_RCID_WIDTH];
      context_o.qos.mcid = ta[DC_TA_MCID_LSB +: DC_TA_MCID_WIDTH];
    end
  end

endmodule
