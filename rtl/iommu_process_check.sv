// SPDX-License-Identifier: Apache-2.0
//
// Judges a process context: section "Process-context configuration checks".
// Combinational. `misconfigured_o` (cause 267) counts where `valid_o` is set.

module iommu_process_check
  import iommu_build_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic             sxl_i,     // DC.tc.SXL
  input  logic [63:0]      ta_i,      // both of the right byte order
  input  logic [63:0]      fsc_i,
  output logic             valid_o,
  output logic             misconfigured_o,
  output process_context_t context_o
);

  logic ta_reserved, fsc_reserved, fsc_wrong;
  logic [FSC_MODE_WIDTH-1:0] fsc_mode;

  assign fsc_mode     = fsc_i[FSC_MODE_LSB +: FSC_MODE_WIDTH];
  assign ta_reserved  = ta_i[11:3] != '0 || ta_i[63:32] != '0;
  assign fsc_reserved = fsc_i[59:44] != '0;
  assign fsc_wrong    = !is_first_stage_mode(Cfg, sxl_i, fsc_mode);

  assign valid_o         = ta_i[PC_TA_V_BIT];
  assign misconfigured_o = ta_reserved || fsc_reserved || fsc_wrong;

  assign context_o = '{
    ens:      ta_i[PC_TA_ENS_BIT],
    sum:      ta_i[PC_TA_SUM_BIT],
    pscid:    ta_i[PC_TA_PSCID_LSB +: PC_TA_PSCID_WIDTH],
    fsc_mode: fsc_mode,
    fsc_ppn:  fsc_i[FSC_PPN_LSB +: FSC_PPN_WIDTH]
  };

endmodule
