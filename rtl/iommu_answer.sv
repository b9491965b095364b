// SPDX-License-Identifier: Apache-2.0
//
// The answer port: one registered answer a clock, never refused. A hit comes
// out of a pipeline that cannot stall and always goes first; the answer of a
// finished walk that meets one is kept here for the first clock without
// (`done_ready_o`, from a register, is low for as long). That it does not wait
// forever is the work of iommu_requests, which lets a bubble pass.
//
// Answers to the tags of `own_i` are for the core itself: `own_o` says so, in
// place of `answer_valid_o`. `answered_o` is set with every answer.

module iommu_answer
  import iommu_build_pkg::*;
  import iommu_pkg::*;
#(
  parameter int unsigned N = 2
) (
  input  logic    clk_i,
  input  logic    rst_ni,

  input  logic    hit_valid_i,
  input  answer_t hit_i,

  input  logic    done_valid_i,
  output logic    done_ready_o,
  input  answer_t done_i,

  input  logic [N-1:0] own_i,
  input  tag_t [N-1:0] own_tag_i,
  output logic [N-1:0] own_o,

  output logic    answered_o,
  output logic    answer_valid_o,
  output answer_t answer_o
);

  logic [N-1:0] hit_own, other_own, own, own_q;
  logic         answered, answered_q, valid_q, held_valid_q;
  answer_t      answer_q, held_q, other;

  assign other = held_valid_q ? held_q : done_i;

  always_comb begin
    for (int unsigned i = 0; i < N; i++) begin
      hit_own[i]   = own_i[i] && hit_i.tag == own_tag_i[i];
      other_own[i] = own_i[i] && other.tag == own_tag_i[i];
    end
  end

  assign answered       = hit_valid_i || held_valid_q || done_valid_i;
  assign own            = (hit_valid_i ? hit_own : other_own) & {N{answered}};
  assign done_ready_o   = !held_valid_q;
  assign own_o          = own_q;
  assign answered_o     = answered_q;
  assign answer_valid_o = valid_q;
  assign answer_o       = answer_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      own_q        <= '0;
      answered_q   <= 1'b0;
      valid_q      <= 1'b0;
      held_valid_q <= 1'b0;
    end else begin
      own_q        <= own;
      answered_q   <= answered;
      valid_q      <= answered && own == '0;
      held_valid_q <= hit_valid_i && (held_valid_q || done_valid_i);
    end
  end

  always_ff @(posedge clk_i) begin
    answer_q <= hit_valid_i ? hit_i : other;
    if (!held_valid_q) held_q <= done_i;
  end

endmodule
