// SPDX-License-Identifier: Apache-2.0
//
// Byte order of a walk's words: section "Endianness of in-memory data structures".
// fctl.BE counts for the device directory, MSI page tables and the second stage,
// DC.tc.SBE for the process directory and the first stage; each doubleword has its
// order, and each entry of four bytes (`narrow_i`), which is half of a word: the
// other half is written as it was read. Combinational.

module iommu_walk_word
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic        be_i,          // fctl.BE
  input  logic        sbe_i,         // DC.tc.SBE
  input  walk_state_t state_i,
  input  logic [63:0] data_i,        // as it came
  input  logic        narrow_i,
  input  logic        upper_half_i,
  output logic [63:0] word_o,
  output logic [63:0] pte_o,
  input  logic [63:0] updated_i,     // pte_o with A or D
  output logic [63:0] write_data_o   // as it goes
);

  logic        big_endian;
  logic [31:0] half, updated_half;

  always_comb begin
    unique case (state_i.phase)
      PhaseDirectory, PhaseMsi: big_endian = be_i;
      PhaseProcess, PhaseOwner: big_endian = sbe_i;
      default:                  big_endian = state_i.second ? be_i : sbe_i;
    endcase
    if (!Cfg.BothEndian) big_endian = 1'b0;
  end

  assign half         = in_order_half(upper_half_i ? data_i[63:32] : data_i[31:0], big_endian);
  assign updated_half = in_order_half(updated_i[31:0], big_endian);

  assign word_o = in_order(data_i, big_endian);
  assign pte_o  = narrow_i ? 64'(half) : word_o;

  always_comb begin
    write_data_o = in_order(updated_i, big_endian);
    if (narrow_i) begin
      write_data_o = upper_half_i ? {updated_half, data_i[31:0]} : {data_i[63:32], updated_half};
    end
  end

endmodule
