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

  T     waiting;
  logic occupied;

  stream_fifo #(.T(T), .Depth(2)) u_waiting (
    .clk_i, .rst_ni,
    .valid_i (valid_i && (occupied || !ready_i)),
    .ready_o,
    .data_i,
    .valid_o (occupied),
    .ready_i,
    .data_o  (waiting)
  );

  assign valid_o = occupied || valid_i;
  assign data_o  = occupied ? waiting : data_i;

endmodule
