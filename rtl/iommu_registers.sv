// SPDX-License-Identifier: Apache-2.0
//
// Register file: chapter "Memory-mapped register interface". The whole map is
// decoded here, once for reads and once for writes; what hardware owns (heads,
// tails, status bits, `ipsr`, the MSI table) lives with its owner and passes
// through. Groups of optional registers are decoded by their owners, from the
// same bus: what they read joins in at `other_rdata_i`.
//
// A request is answered in the next clock, one a clock. A write takes effect at
// the edge that ends the clock of its request. Only whole halves are written:
// byte enables that fill neither half of the doubleword change nothing.
// Registers that are absent, and reserved fields, read zero.
//
// `…_clear_o` and `msi_write_o` are combinational from the request.
// `ddtp_written_o` and `cqb_written_o` are pulses of one clock, with the new
// value already there.

module iommu_registers
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_registers_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            reg_valid_i,
  input  logic            reg_write_i,
  input  logic [11:0]     reg_addr_i,
  input  logic [7:0]      reg_strb_i,
  input  logic [63:0]     reg_wdata_i,
  output logic            reg_ack_o,
  output logic [63:0]     reg_rdata_o,

  output fctl_t           fctl_o,
  output ddtp_t           ddtp_o,
  output logic            ddtp_written_o,
  input  logic            ddtp_busy_i,

  output queue_base_t     cqb_o,
  output logic            cqb_written_o,
  output queue_index_t    cqt_o,
  output logic            cqen_o,
  output logic            cie_o,
  output command_status_t cq_clear_o,
  input  queue_index_t    cqh_i,
  input  logic            cqon_i,
  input  command_status_t cq_status_i,

  output queue_base_t     fqb_o,
  output queue_index_t    fqh_o,
  output logic            fqen_o,
  output logic            fie_o,
  output fault_status_t   fq_clear_o,
  input  queue_index_t    fqt_i,
  input  logic            fqon_i,
  input  fault_status_t   fq_status_i,

  output vector_t         civ_o,
  output vector_t         fiv_o,
  output interrupt_t      ip_clear_o,
  output vector_t         pmiv_o,
  output vector_t         piv_o,
  input  interrupt_t      ip_i,

  output logic [1:0]      halves_o,         // halves of the doubleword that are written
  input  logic [63:0]     other_rdata_i,    // combinational from reg_addr_i, 0 if not theirs

  output logic            msi_access_o,     // the request is for the MSI table
  output logic [1:0]      msi_write_o,      // halves written
  input  logic [63:0]     msi_rdata_i       // combinational from reg_addr_i
);

  localparam vector_t VectorMask = vector_t'(Cfg.InterruptVectors - 1);
  localparam vector_t PmivMask   = (Cfg.HpmCounters != 0) ? VectorMask : '0;
  localparam vector_t PivMask    = Cfg.Ats ? VectorMask : '0;

  fctl_t        fctl_d, fctl_q;
  ddtp_mode_e   mode_d, mode_q;
  logic [PpnWidth-1:0] ppn_d, ppn_q;
  queue_base_t  cqb_d, cqb_q, fqb_d, fqb_q;
  queue_index_t cqt_d, cqt_q, fqh_d, fqh_q;
  logic         cqen_d, cqen_q, cie_d, cie_q, fqen_d, fqen_q, fie_d, fie_q;
  vector_t      civ_d, civ_q, fiv_d, fiv_q, pmiv_d, pmiv_q, piv_d, piv_q;
  logic         ddtp_written_q, cqb_written_q;
  logic         ack_q;
  logic [63:0]  rdata_d, rdata_q;
  logic [1:0]   halves;
  logic [8:0]   word;
  logic [31:0]  low, high;

  assign halves = {2{reg_valid_i && reg_write_i}} & {&reg_strb_i[7:4], &reg_strb_i[3:0]};
  assign word   = reg_addr_i[11:3];
  assign low    = reg_wdata_i[31:0];
  assign high   = reg_wdata_i[63:32];

  // What this build is made of: section "IOMMU capabilities".
  function automatic logic [63:0] capabilities();
    logic [63:0] value;
    value = '0;
    value[CAPABILITIES_VERSION_LSB+:CAPABILITIES_VERSION_WIDTH] =
        CAPABILITIES_VERSION_WIDTH'(CAPABILITIES_VERSION_1_0);
    value[CAPABILITIES_SV32_BIT]     = Cfg.Sv32;
    value[CAPABILITIES_SV39_BIT]     = Cfg.Sv39;
    value[CAPABILITIES_SV48_BIT]     = Cfg.Sv48;
    value[CAPABILITIES_SV57_BIT]     = Cfg.Sv57;
    value[CAPABILITIES_SVPBMT_BIT]   = Cfg.Svpbmt;
    value[CAPABILITIES_SV32X4_BIT]   = Cfg.Sv32x4;
    value[CAPABILITIES_SV39X4_BIT]   = Cfg.Sv39x4;
    value[CAPABILITIES_SV48X4_BIT]   = Cfg.Sv48x4;
    value[CAPABILITIES_SV57X4_BIT]   = Cfg.Sv57x4;
    value[CAPABILITIES_AMO_MRIF_BIT] = Cfg.AmoMrif;
    value[CAPABILITIES_MSI_FLAT_BIT] = Cfg.MsiFlat;
    value[CAPABILITIES_MSI_MRIF_BIT] = Cfg.MsiMrif;
    value[CAPABILITIES_AMO_HWAD_BIT] = Cfg.AmoHwad;
    value[CAPABILITIES_ATS_BIT]      = Cfg.Ats;
    value[CAPABILITIES_T2GPA_BIT]    = Cfg.T2gpa;
    value[CAPABILITIES_END_BIT]      = Cfg.BothEndian;
    value[CAPABILITIES_HPM_BIT]      = Cfg.HpmCounters != 0;
    value[CAPABILITIES_DBG_BIT]      = Cfg.Debug;
    value[CAPABILITIES_PD8_BIT]      = Cfg.Pd8;
    value[CAPABILITIES_PD17_BIT]     = Cfg.Pd17;
    value[CAPABILITIES_PD20_BIT]     = Cfg.Pd20;
    value[CAPABILITIES_QOSID_BIT]    = Cfg.QosId;
    value[CAPABILITIES_NL_BIT]       = Cfg.NonLeafInval;
    value[CAPABILITIES_S_BIT]        = Cfg.RangeInval;
    value[CAPABILITIES_IGS_LSB+:CAPABILITIES_IGS_WIDTH] =
        CAPABILITIES_IGS_WIDTH'(Cfg.InterruptMsi ? IGS_BOTH : IGS_WSI);
    value[CAPABILITIES_PAS_LSB+:CAPABILITIES_PAS_WIDTH] = CAPABILITIES_PAS_WIDTH'(PaWidth);
    return value;
  endfunction

  localparam logic [63:0] Capabilities = capabilities();

  // Is the 4-byte register at `offset` written?
  function automatic logic written(logic [1:0] strobes, logic [8:0] index, int unsigned offset);
    return strobes[1'(offset >> 2)] && index == 9'(offset >> 3);
  endfunction

  function automatic logic [QueueSizeWidth-1:0] legal_size(logic [4:0] log2sz_1);
    return log2sz_1[4] ? '1 : log2sz_1[3:0];
  endfunction

  assign msi_access_o = reg_valid_i && Cfg.InterruptMsi && reg_addr_i[11:8] == 4'(REG_MSI_CFG_TBL >> 8);
  assign msi_write_o  = msi_access_o ? halves : '0;

  // ------------------------------------------------------------------ reads
  always_comb begin
    rdata_d = '0;
    unique case ({word, 3'b000})
      12'(REG_CAPABILITIES): rdata_d = Capabilities;
      12'(REG_FCTL): begin
        rdata_d[FCTL_BE_BIT]  = fctl_q.be;
        rdata_d[FCTL_WSI_BIT] = fctl_q.wsi;
        rdata_d[FCTL_GXL_BIT] = fctl_q.gxl;
      end
      12'(REG_DDTP): begin
        rdata_d[DDTP_MODE_LSB+:DDTP_MODE_WIDTH] = mode_q;
        rdata_d[DDTP_BUSY_BIT]                  = ddtp_busy_i;
        rdata_d[DDTP_PPN_LSB+:DDTP_PPN_WIDTH]   = ppn_q;
      end
      12'(REG_CQB):          rdata_d = {10'b0, cqb_q.ppn, 6'b0, cqb_q.log2sz_1};
      12'(REG_CQH):          rdata_d = {32'(cqt_q), 32'(cqh_i)};
      12'(REG_FQB):          rdata_d = {10'b0, fqb_q.ppn, 6'b0, fqb_q.log2sz_1};
      12'(REG_FQH):          rdata_d = {32'(fqt_i), 32'(fqh_q)};
      12'(REG_CQCSR): begin  // and fqcsr
        rdata_d[CQCSR_CQEN_BIT]        = cqen_q;
        rdata_d[CQCSR_CIE_BIT]         = cie_q;
        rdata_d[CQCSR_CQMF_BIT]        = cq_status_i.cqmf;
        rdata_d[CQCSR_CMD_TO_BIT]      = cq_status_i.cmd_to;
        rdata_d[CQCSR_CMD_ILL_BIT]     = cq_status_i.cmd_ill;
        rdata_d[CQCSR_FENCE_W_IP_BIT]  = cq_status_i.fence_w_ip;
        rdata_d[CQCSR_CQON_BIT]        = cqon_i;
        rdata_d[CQCSR_BUSY_BIT]        = cqon_i != cqen_q;
        rdata_d[32 + FQCSR_FQEN_BIT]   = fqen_q;
        rdata_d[32 + FQCSR_FIE_BIT]    = fie_q;
        rdata_d[32 + FQCSR_FQMF_BIT]   = fq_status_i.fqmf;
        rdata_d[32 + FQCSR_FQOF_BIT]   = fq_status_i.fqof;
        rdata_d[32 + FQCSR_FQON_BIT]   = fqon_i;
        rdata_d[32 + FQCSR_BUSY_BIT]   = fqon_i != fqen_q;
      end
      12'(REG_PQCSR): begin  // ipsr
        rdata_d[32 + IPSR_CIP_BIT]  = ip_i.cip;
        rdata_d[32 + IPSR_FIP_BIT]  = ip_i.fip;
        rdata_d[32 + IPSR_PMIP_BIT] = ip_i.pmip;
        rdata_d[32 + IPSR_PIP_BIT]  = ip_i.pip;
      end
      12'(REG_ICVEC): begin
        rdata_d[ICVEC_CIV_LSB+:ICVEC_CIV_WIDTH]   = civ_q;
        rdata_d[ICVEC_FIV_LSB+:ICVEC_FIV_WIDTH]   = fiv_q;
        rdata_d[ICVEC_PMIV_LSB+:ICVEC_PMIV_WIDTH] = pmiv_q;
        rdata_d[ICVEC_PIV_LSB+:ICVEC_PIV_WIDTH]   = piv_q;
      end
      default: if (msi_access_o) rdata_d = msi_rdata_i;
    endcase
    rdata_d |= other_rdata_i;
  end

  // ----------------------------------------------------------------- writes
  // Fields are independent: an illegal iommu_mode keeps the old mode, and the
  // PPN beside it is written all the same.
  always_comb begin
    fctl_d     = fctl_q;
    mode_d     = mode_q;
    ppn_d      = ppn_q;
    cqb_d      = cqb_q;
    cqt_d      = cqt_q;
    fqb_d      = fqb_q;
    fqh_d      = fqh_q;
    cqen_d     = cqen_q;
    cie_d      = cie_q;
    fqen_d     = fqen_q;
    fie_d      = fie_q;
    civ_d      = civ_q;
    fiv_d      = fiv_q;
    pmiv_d     = pmiv_q;
    piv_d      = piv_q;
    cq_clear_o = '0;
    fq_clear_o = '0;
    ip_clear_o = '0;

    if (written(halves, word, REG_FCTL)) begin
      if (Cfg.BothEndian)   fctl_d.be  = low[FCTL_BE_BIT];
      if (Cfg.InterruptMsi) fctl_d.wsi = low[FCTL_WSI_BIT];
      if (Cfg.Gxl)          fctl_d.gxl = low[FCTL_GXL_BIT];
    end

    if (written(halves, word, REG_DDTP)) begin
      unique case (low[DDTP_MODE_LSB+:DDTP_MODE_WIDTH])
        DdtpOff:  mode_d = DdtpOff;
        DdtpBare: mode_d = DdtpBare;
        Ddtp1Lvl: mode_d = Ddtp1Lvl;
        Ddtp2Lvl: mode_d = Ddtp2Lvl;
        Ddtp3Lvl: mode_d = Ddtp3Lvl;
        default:  mode_d = mode_q;
      endcase
      ppn_d[21:0] = low[31:10];
    end
    if (written(halves, word, REG_DDTP + 4)) ppn_d[43:22] = high[21:0];

    if (written(halves, word, REG_CQB)) begin
      cqb_d.log2sz_1  = legal_size(low[4:0]);
      cqb_d.ppn[21:0] = low[31:10];
    end
    if (written(halves, word, REG_CQB + 4)) cqb_d.ppn[43:22] = high[21:0];
    if (written(halves, word, REG_CQT)) cqt_d = high[QueueIndexWidth-1:0];
    cqt_d &= index_mask(cqb_q.log2sz_1);

    // Records may be on their way to memory while the queue is on: their
    // addresses must not move.
    if (!fqon_i) begin
      if (written(halves, word, REG_FQB)) begin
        fqb_d.log2sz_1  = legal_size(low[4:0]);
        fqb_d.ppn[21:0] = low[31:10];
      end
      if (written(halves, word, REG_FQB + 4)) fqb_d.ppn[43:22] = high[21:0];
    end
    if (written(halves, word, REG_FQH)) fqh_d = low[QueueIndexWidth-1:0];
    fqh_d &= index_mask(fqb_q.log2sz_1);

    if (written(halves, word, REG_CQCSR)) begin
      cqen_d                = low[CQCSR_CQEN_BIT];
      cie_d                 = low[CQCSR_CIE_BIT];
      cq_clear_o.cqmf       = low[CQCSR_CQMF_BIT];
      cq_clear_o.cmd_to     = low[CQCSR_CMD_TO_BIT];
      cq_clear_o.cmd_ill    = low[CQCSR_CMD_ILL_BIT];
      cq_clear_o.fence_w_ip = low[CQCSR_FENCE_W_IP_BIT];
    end
    if (written(halves, word, REG_FQCSR)) begin
      fqen_d          = high[FQCSR_FQEN_BIT];
      fie_d           = high[FQCSR_FIE_BIT];
      fq_clear_o.fqmf = high[FQCSR_FQMF_BIT];
      fq_clear_o.fqof = high[FQCSR_FQOF_BIT];
    end
    if (written(halves, word, REG_IPSR)) begin
      ip_clear_o.cip  = high[IPSR_CIP_BIT];
      ip_clear_o.fip  = high[IPSR_FIP_BIT];
      ip_clear_o.pmip = high[IPSR_PMIP_BIT];
      ip_clear_o.pip  = high[IPSR_PIP_BIT];
    end
    if (written(halves, word, REG_ICVEC)) begin
      civ_d  = low[ICVEC_CIV_LSB+:ICVEC_CIV_WIDTH] & VectorMask;
      fiv_d  = low[ICVEC_FIV_LSB+:ICVEC_FIV_WIDTH] & VectorMask;
      pmiv_d = low[ICVEC_PMIV_LSB+:ICVEC_PMIV_WIDTH] & PmivMask;
      piv_d  = low[ICVEC_PIV_LSB+:ICVEC_PIV_WIDTH] & PivMask;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fctl_q         <= '{be: 1'b0, wsi: !Cfg.InterruptMsi, gxl: 1'b0};
      mode_q         <= DdtpOff;
      cqen_q         <= 1'b0;
      cie_q          <= 1'b0;
      fqen_q         <= 1'b0;
      fie_q          <= 1'b0;
      civ_q          <= '0;
      fiv_q          <= '0;
      pmiv_q         <= '0;
      piv_q          <= '0;
      ddtp_written_q <= 1'b0;
      cqb_written_q  <= 1'b0;
      ack_q          <= 1'b0;
    end else begin
      fctl_q         <= fctl_d;
      mode_q         <= mode_d;
      cqen_q         <= cqen_d;
      cie_q          <= cie_d;
      fqen_q         <= fqen_d;
      fie_q          <= fie_d;
      civ_q          <= civ_d;
      fiv_q          <= fiv_d;
      pmiv_q         <= pmiv_d;
      piv_q          <= piv_d;
      ddtp_written_q <= written(halves, word, REG_DDTP);
      cqb_written_q  <= written(halves, word, REG_CQB) ||
                        written(halves, word, REG_CQB + 4);
      ack_q          <= reg_valid_i;
    end
  end

  always_ff @(posedge clk_i) begin
    ppn_q <= ppn_d;
    cqb_q <= cqb_d;
    cqt_q <= cqt_d;
    fqb_q <= fqb_d;
    fqh_q <= fqh_d;
    if (reg_valid_i) rdata_q <= rdata_d;
  end

  assign reg_ack_o      = ack_q;
  assign reg_rdata_o    = rdata_q;
  assign fctl_o         = fctl_q;
  assign ddtp_o.mode    = mode_q;
  assign ddtp_o.ppn     = ppn_q;
  assign ddtp_written_o = ddtp_written_q;
  assign cqb_o          = cqb_q;
  assign cqb_written_o  = cqb_written_q;
  assign cqt_o          = cqt_q;
  assign cqen_o         = cqen_q;
  assign cie_o          = cie_q;
  assign fqb_o          = fqb_q;
  assign fqh_o          = fqh_q;
  assign fqen_o         = fqen_q;
  assign fie_o          = fie_q;
  assign civ_o          = civ_q;
  assign fiv_o          = fiv_q;
  assign pmiv_o         = pmiv_q;
  assign piv_o          = piv_q;
  assign halves_o       = halves;

  logic unused;
  assign unused = ^{reg_addr_i[2:0], reg_wdata_i[63:54]};

endmodule
