// SPDX-License-Identifier: Apache-2.0
//
// Which writes a request has to wait for: those that its requester sent before
// it. Writes are counted as they are taken, and again as memory answers them, in
// the same order. For each group of requesters the last write is remembered; the
// answer is the count that has to be reached. Requesters share eight groups by
// their hash, so that one waits for a few others at times.

module iommu_pcie_order
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
(
  input  logic      clk_i,
  input  logic      rst_ni,
  input  logic      write_i,       // taken, of this group
  input  bucket_t   bucket_i,
  input  logic      done_i,        // memory has answered the oldest
  output sequence_t after_o,       // a request of this group that is taken now
  output sequence_t done_o
);

  sequence_t          taken_q, done_q;
  logic [Buckets-1:0] open_q;
  sequence_t          last_q [Buckets];

  assign done_o  = done_q;
  assign after_o = open_q[bucket_i] ? last_q[bucket_i] : done_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taken_q <= '0;
      done_q  <= '0;
      open_q  <= '0;
    end else begin
      if (write_i) taken_q <= taken_q + 1'b1;
      if (done_i)  done_q  <= done_q + 1'b1;
      for (int unsigned i = 0; i < Buckets; i++) begin
        if (last_q[i] == done_q) open_q[i] <= 1'b0;
      end
      if (write_i) open_q[bucket_i] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (write_i) last_q[bucket_i] <= taken_q + 1'b1;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) a_asked: assert (!done_i || done_q != taken_q);
  end
`endif

endmodule
