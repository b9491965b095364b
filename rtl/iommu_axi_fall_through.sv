// SPDX-License-Identifier: Apache-2.0
//
// Buffer of two elements that adds no clock: what is pushed while it is empty
// is on its output in the same clock. `ready_o` is a register, so nothing of
// the output's handshake reaches the input's. `data_o` is stable from the first
// clock of `valid_o` to the handshake. One element a clock.

module iommu_axi_fall_through #(
  parameter type T = logic
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic valid_i,
  output logic ready_o,
  input  T     data_i,
  output logic valid_o,
  input  logic ready_i,
  output T     data_o
);

  T           first_q, second_q;
  logic [1:0] count_q, count_d;
  logic       push, pop;

  assign ready_o = !count_q[1];
  assign valid_o = count_q != '0 || valid_i;
  assign data_o  = (count_q != '0) ? first_q : data_i;
  assign push    = valid_i && ready_o;
  assign pop     = valid_o && ready_i;

  always_comb begin
    count_d = count_q;
    if (push && !pop) count_d = count_q + 2'd1;
    if (pop && !push) count_d = count_q - 2'd1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else         count_q <= count_d;
  end

  always_ff @(posedge clk_i) begin
    if (pop && count_q[1])                       first_q <= second_q;
    else if (push && (count_q == '0 || pop))     first_q <= data_i;
    if (push)                                    second_q <= data_i;
  end

endmodule
