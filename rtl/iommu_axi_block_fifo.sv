// SPDX-License-Identifier: Apache-2.0
//
// First-in first-out buffer in block RAM, valid/ready on both sides. Latency
// three clocks, one element a clock. Holds Depth elements and a few more on
// their way out; cuts every path between its sides.

module iommu_axi_block_fifo #(
  parameter int unsigned Width = 64,
  parameter int unsigned Depth = 512    // a power of two
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  output logic             ready_o,
  input  logic [Width-1:0] data_i,
  output logic             valid_o,
  input  logic             ready_i,
  output logic [Width-1:0] data_o
);

  localparam int unsigned IndexWidth = $clog2(Depth);
  localparam int unsigned SkidDepth  = 4;
  localparam int unsigned SkidWidth  = $clog2(SkidDepth + 1);

  logic [Width-1:0]      ram [Depth];
  logic [Width-1:0]      read_data_q;
  logic [IndexWidth-1:0] read_q, write_q;
  logic [IndexWidth:0]   count_q;
  logic                  reading_q;
  logic [SkidWidth-1:0]  room_q;      // places on the way out not spoken for
  logic                  push, read, pop, skid_ready_unused;

  assign ready_o = !count_q[IndexWidth];
  assign push    = valid_i && ready_o;
  assign read    = count_q != '0 && room_q != '0;
  assign pop     = valid_o && ready_i;

  stream_fifo_registered #(.T(logic [Width-1:0]), .Depth(SkidDepth - 1)) u_skid (
    .clk_i, .rst_ni,
    .valid_i (reading_q),
    .ready_o (skid_ready_unused),
    .data_i  (read_data_q),
    .valid_o,
    .ready_i,
    .data_o
  );

  always_ff @(posedge clk_i) begin
    if (push) ram[write_q] <= data_i;
  end

  always_ff @(posedge clk_i) begin
    if (read) read_data_q <= ram[read_q];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q    <= '0;
      write_q   <= '0;
      count_q   <= '0;
      reading_q <= 1'b0;
      room_q    <= SkidWidth'(SkidDepth);
    end else begin
      reading_q <= read;
      if (push) write_q <= write_q + 1'b1;
      if (read) read_q  <= read_q + 1'b1;
      if (push != read) count_q <= push ? count_q + 1'b1 : count_q - 1'b1;
      if (pop != read)  room_q  <= pop ? room_q + 1'b1 : room_q - 1'b1;
    end
  end

endmodule
