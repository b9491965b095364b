// SPDX-License-Identifier: Apache-2.0
//
// Virtual interrupt files: section "MSI address mask and pattern". Tells whether
// the page of a guest-physical address is one, how big a page around it may be
// without holding one, and where its MSI PTE lies.
//
// `is_msi_o` and `limit_o` are combinational. The number of the file, the bits of
// the page under the mask packed together, takes clocks: `start_i` with `is_msi_o`
// begins, `busy_o` holds while it goes on, and in the last of those clocks
// `done_o` says that `address_o` is right. `stop_i` forgets it all. The inputs have
// to stay as they are for so long.

module iommu_msi_window
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  device_context_t    context_i,
  input  logic [46:0]        page_i,      // GPA[58:12]
  output logic               is_msi_o,
  output page_e              limit_o,

  input  logic               start_i,
  input  logic               stop_i,
  output logic               busy_o,
  output logic               done_o,
  output logic [PaWidth-1:0] address_o
);

  localparam int unsigned Width  = 47;
  localparam int unsigned Step   = 8;
  localparam int unsigned Clocks = (msi_page_width(Cfg) + Step - 1) / Step;

  typedef logic [Width-1:0] page_t;

  // Bits that tell the page from all interrupt files.
  page_t others;

  assign others   = (page_i ^ context_i.msi_pattern) & ~context_i.msi_mask;
  assign is_msi_o = is_msi_page(context_i, page_i);

  // Pages that are bigger leave out bits that might tell.
  always_comb begin
    limit_o = Page256T;
    for (int unsigned size = 5; size > 0; size--) begin
      if (context_i.msi && (others & {3'b111, page_mask(page_e'(size))}) == '0) begin
        limit_o = page_e'(size - 1);
      end
    end
  end

  // The highest bits first, a few a clock.
  logic [$clog2(Clocks+1)-1:0] left_q;
  logic  [Clocks*Step-1:0]     value_q, mask_q;
  page_t index_q, index;

  always_comb begin
    index = index_q;
    for (int unsigned n = 0; n < Step; n++) begin
      if (mask_q[Clocks*Step-1-n]) index = {index[Width-2:0], value_q[Clocks*Step-1-n]};
    end
  end

  assign busy_o    = left_q != '0;
  assign done_o    = left_q == 1;
  assign address_o = {context_i.msi_ppn, 12'd0} | PaWidth'({index, 4'd0});

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                   left_q <= '0;
    else if (stop_i)               left_q <= '0;
    else if (busy_o)               left_q <= left_q - 1'b1;
    else if (start_i && is_msi_o)  left_q <= ($clog2(Clocks+1))'(Clocks);
  end

  always_ff @(posedge clk_i) begin
    if (busy_o) begin
      index_q <= index;
      value_q <= value_q << Step;
      mask_q  <= mask_q << Step;
    end else begin
      index_q <= '0;
      value_q <= (Clocks*Step)'(page_i);
      mask_q  <= (Clocks*Step)'(context_i.msi_mask);
    end
  end

endmodule
