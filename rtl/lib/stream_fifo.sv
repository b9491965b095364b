// SPDX-License-Identifier: Apache-2.0
//
// First-in first-out buffer in LUT RAM, valid/ready on both sides.
// Latency one clock, one element a clock. Cuts every path between its sides:
// no output depends on an input of the same clock. Any Depth of 1 or more;
// `valid_o` holds with a stable `data_o` until `ready_i`. Both handshakes
// come straight from registers, and `valid_i` is not on the way into the RAM:
// while there is room, the free place is written in every clock.

module stream_fifo #(
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

  localparam int unsigned IndexWidth = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned CountWidth = $clog2(Depth + 1);
  localparam int unsigned ElementWidth = $bits(T);

  typedef logic [IndexWidth-1:0] index_t;

  // Plain vectors, so that synthesis finds a memory in it.
  logic [ElementWidth-1:0] ram [Depth];

  index_t                read_q, write_q;
  logic [CountWidth-1:0] count_q;
  logic                  room_q, some_q;
  logic                  push, pop;

  assign ready_o = room_q;
  assign valid_o = some_q;
  assign data_o  = T'(ram[read_q]);
  assign push    = valid_i && ready_o;
  assign pop     = valid_o && ready_i;

  function automatic index_t successor(index_t index);
    return (index == index_t'(Depth - 1)) ? '0 : index_t'(index + 1'b1);
  endfunction

  always_ff @(posedge clk_i) begin
    if (room_q) ram[write_q] <= data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q  <= '0;
      write_q <= '0;
      count_q <= '0;
      room_q  <= 1'b1;
      some_q  <= 1'b0;
    end else begin
      if (push) write_q <= successor(write_q);
      if (pop)  read_q  <= successor(read_q);
      if (push != pop) begin
        count_q <= push ? count_q + 1'b1 : count_q - 1'b1;
        room_q  <= pop || count_q != CountWidth'(Depth - 1);
        some_q  <= push || count_q != CountWidth'(1);
      end
    end
  end

endmodule
