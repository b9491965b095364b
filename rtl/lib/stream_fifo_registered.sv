// SPDX-License-Identifier: Apache-2.0
//
// As stream_fifo, with its head in a register: for who does much with `data_o` in
// one clock. Latency one clock, one element a clock. Holds Depth + 1 elements.

module stream_fifo_registered #(
  parameter type         T     = logic,
  parameter int unsigned Depth = 2
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

  logic waiting_valid, load, valid_q;
  T     waiting, data_q;

  assign load    = !valid_q || ready_i;
  assign valid_o = valid_q;
  assign data_o  = data_q;

  // What finds the register free and nothing before it goes there at once.
  stream_fifo #(.T(T), .Depth(Depth)) u_waiting (
    .clk_i, .rst_ni,
    .valid_i (valid_i && (waiting_valid || !load)),
    .ready_o,
    .data_i,
    .valid_o (waiting_valid),
    .ready_i (load),
    .data_o  (waiting)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)   valid_q <= 1'b0;
    else if (load) valid_q <= waiting_valid || (valid_i && ready_o);
  end

  always_ff @(posedge clk_i) begin
    if (load) data_q <= waiting_valid ? waiting : data_i;
  end

endmodule
