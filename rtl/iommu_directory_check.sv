// SPDX-License-Identifier: Apache-2.0
//
// Judges a non-leaf entry of a directory: "Non-leaf DDT entry", and the process
// directory's, which has the same format. Combinational. `cause_o` is 0 for an
// entry that leads on, to the page `ppn_o`; what the read met counts before what
// it brought.

module iommu_directory_check
  import iommu_build_pkg::*;
  import iommu_constants_pkg::*;
(
  input  logic [63:0]         word_i,
  input  logic                error_i,     // bus error
  input  logic                poison_i,
  input  logic                process_i,   // of a process directory
  output logic [11:0]         cause_o,
  output logic [PpnWidth-1:0] ppn_o
);

  logic reserved;

  assign ppn_o    = word_i[DIR_ENTRY_PPN_LSB +: DIR_ENTRY_PPN_WIDTH];
  assign reserved = word_i[9:1] != '0 || word_i[63:54] != '0;

  always_comb begin
    if (error_i)                       cause_o = 12'(CAUSE_DDT_ACCESS_FAULT);
    else if (poison_i)                 cause_o = 12'(CAUSE_DDT_CORRUPTED);
    else if (!word_i[DIR_ENTRY_V_BIT]) cause_o = 12'(CAUSE_DDT_INVALID);
    else if (reserved)                 cause_o = 12'(CAUSE_DDT_MISCONFIGURED);
    else                               cause_o = '0;
    if (process_i) begin
      if (error_i)                       cause_o = 12'(CAUSE_PDT_ACCESS_FAULT);
      else if (poison_i)                 cause_o = 12'(CAUSE_PDT_CORRUPTED);
      else if (!word_i[DIR_ENTRY_V_BIT]) cause_o = 12'(CAUSE_PDT_INVALID);
      else if (reserved)                 cause_o = 12'(CAUSE_PDT_MISCONFIGURED);
      else                               cause_o = '0;
    end
  end

endmodule
