// SPDX-License-Identifier: Apache-2.0
//
// Memory with one write port and one asynchronous read port, for LUT RAM.
// A write is seen by reads from the next clock on. Contents are undefined
// until written.

module lut_ram #(
  parameter type         T     = logic,
  parameter int unsigned Depth = 16,
  localparam int unsigned IndexWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                  clk_i,
  input  logic                  write_i,
  input  logic [IndexWidth-1:0] write_index_i,
  input  T                      write_data_i,
  input  logic [IndexWidth-1:0] read_index_i,
  output T                      read_data_o
);

  localparam int unsigned ElementWidth = $bits(T);

  logic [ElementWidth-1:0] ram [Depth];

  always_ff @(posedge clk_i) begin
    if (write_i) ram[write_index_i] <= write_data_i;
  end

  assign read_data_o = T'(ram[read_index_i]);

endmodule
