// SPDX-License-Identifier: Apache-2.0
//
// The answer port: one registered answer a clock, never refused. A hit comes
// out of a pipeline that cannot stall and always goes first; a finished walk
// waits (`done_ready_o` is combinational from `hit_valid_i`). That it does not
// wait forever is the work of iommu_requests, which lets a bubble pass.

module iommu_answer
  import iommu_pkg::*;
(
  input  logic    clk_i,
  input  logic    rst_ni,

  input  logic    hit_valid_i,
  input  answer_t hit_i,

  input  logic    done_valid_i,
  output logic    done_ready_o,
  input  answer_t done_i,

  output logic    answer_valid_o,
  output answer_t answer_o
);

  logic    valid_q;
  answer_t answer_q;

  assign done_ready_o   = !hit_valid_i;
  assign answer_valid_o = valid_q;
  assign answer_o       = answer_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else         valid_q <= hit_valid_i || done_valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (hit_valid_i || done_valid_i) answer_q <= hit_valid_i ? hit_i : done_i;
  end

endmodule
