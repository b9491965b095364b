// SPDX-License-Identifier: Apache-2.0
//
// Judges an MSI page-table entry: "Process to translate addresses of MSIs", with
// the formats of the Advanced Interrupt Architecture. Combinational. `cause_o` is 0
// for an entry that leads on. With `mrif_o` it names a memory-resident interrupt
// file, otherwise the page `ppn_o` of one in hardware, whose entry's second word
// means nothing.

module iommu_msi_check
  import iommu_build_pkg::*;
  import iommu_constants_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic [63:0]         first_i,     // both of the right byte order
  input  logic [63:0]         second_i,
  input  logic                error_i,     // of either word
  input  logic                poison_i,
  output logic [11:0]         cause_o,
  output logic                is_mrif_o,
  output logic [PpnWidth-1:0] ppn_o,       // of the interrupt file
  output logic [2:0]          low_o,       // bits 11:9 of a memory-resident file's address
  output logic [10:0]         nid_o,
  output logic [PpnWidth-1:0] notice_ppn_o
);

  logic [MSIPTE_M_WIDTH-1:0] mode;
  logic basic, basic_reserved, mrif_reserved;

  assign mode  = first_i[MSIPTE_M_LSB +: MSIPTE_M_WIDTH];
  assign basic = mode == MSIPTE_M_WIDTH'(MSIPTE_M_BASIC);

  // C asks for a format of one's own, of which there is none.
  assign basic_reserved = first_i[9:3] != '0 || first_i[62:54] != '0 || first_i[MSIPTE_C_BIT];
  assign mrif_reserved  = first_i[6:3] != '0 || first_i[62:54] != '0 || first_i[MSIPTE_C_BIT] ||
                          second_i[59:54] != '0 || second_i[63:61] != '0;

  if (Cfg.MsiMrif) begin : gen_mrif
    assign is_mrif_o = mode == MSIPTE_M_WIDTH'(MSIPTE_M_MRIF);
    assign ppn_o     = is_mrif_o ? first_i[MSIPTE_MRIF_ADDR_LSB + 3 +: PpnWidth]
                                 : first_i[MSIPTE_PPN_LSB +: MSIPTE_PPN_WIDTH];
    assign low_o     = first_i[MSIPTE_MRIF_ADDR_LSB +: 3];
    assign nid_o     = {second_i[MSIPTE_DW1_NID_HIGH_BIT],
                        second_i[MSIPTE_DW1_NID_LOW_LSB +: MSIPTE_DW1_NID_LOW_WIDTH]};

    assign notice_ppn_o = second_i[MSIPTE_DW1_NPPN_LSB +: MSIPTE_DW1_NPPN_WIDTH];
  end else begin : gen_no_mrif
    assign is_mrif_o = 1'b0;
    assign ppn_o     = first_i[MSIPTE_PPN_LSB +: MSIPTE_PPN_WIDTH];
    assign low_o     = '0;
    assign nid_o     = '0;

    assign notice_ppn_o = '0;
  end

  always_comb begin
    if (error_i)                           cause_o = 12'(CAUSE_MSI_PTE_ACCESS_FAULT);
    else if (poison_i)                     cause_o = 12'(CAUSE_MSI_PT_CORRUPTED);
    else if (!first_i[MSIPTE_V_BIT])       cause_o = 12'(CAUSE_MSI_PTE_INVALID);
    else if (is_mrif_o ? mrif_reserved
                       : !basic || basic_reserved) cause_o = 12'(CAUSE_MSI_PTE_MISCONFIGURED);
    else                                   cause_o = '0;
  end

endmodule
