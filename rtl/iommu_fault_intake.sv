// SPDX-License-Identifier: Apache-2.0
//
// Collects fault records from N sources, which take turns, into one bounded
// FIFO, and says for each colour whether a record is on its way: offered by a
// source, in the FIFO, or not yet settled by the writer (`settled_i`). Not
// what source 0 offers, the walker: its request is open until the record is in.
// One record a clock; a source waits only for the FIFO, which waits only for
// memory.

module iommu_fault_intake
  import iommu_pkg::*;
#(
  parameter int unsigned N     = 3,
  parameter int unsigned Depth = 8,
  parameter int unsigned Late  = 4      // records the writer may hold besides
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  logic [N-1:0]  valid_i,
  output logic [N-1:0]  ready_o,
  input  fault_t [N-1:0] fault_i,

  output logic          valid_o,
  input  logic          ready_i,
  output fault_t        fault_o,

  // Records that ended in this clock: dropped from the FIFO, and written.
  input  logic          drop_i,         // its colour is that of fault_o
  input  logic          written_i,
  input  logic          written_colour_i,
  output logic [1:0]    busy_o
);

  localparam int unsigned IndexWidth = (N > 1) ? $clog2(N) : 1;
  localparam int unsigned CountWidth = $clog2(Depth + Late + 1);

  typedef logic [CountWidth-1:0] count_t;

  logic [N-1:0]          grant;
  logic [IndexWidth-1:0] index;
  logic                  push, room;
  fault_t                chosen;
  count_t                count_d [2];
  count_t                count_q [2];
  logic [1:0]            offered, offered_q;

  round_robin_arbiter #(.N(N)) u_arbiter (
    .clk_i, .rst_ni,
    .request_i (valid_i),
    .advance_i (room),
    .grant_o   (grant),
    .index_o   (index)
  );

  assign chosen  = fault_i[index];
  assign push    = room && valid_i != '0;
  assign ready_o = room ? grant : '0;

  stream_fifo #(.T(fault_t), .Depth(Depth)) u_fifo (
    .clk_i, .rst_ni,
    .valid_i (valid_i != '0),
    .ready_o (room),
    .data_i  (chosen),
    .valid_o, .ready_i,
    .data_o  (fault_o)
  );

  // What is chosen is known late: it counts in the clock after.
  logic push_q, push_colour_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) push_q <= 1'b0;
    else         push_q <= push;
  end

  always_ff @(posedge clk_i) push_colour_q <= chosen.colour;

  always_comb begin
    for (int unsigned c = 0; c < 2; c++) begin
      count_d[c] = count_q[c] +
                   count_t'(push_q && push_colour_q == 1'(c)) -
                   count_t'(drop_i && fault_o.colour == 1'(c)) -
                   count_t'(written_i && written_colour_i == 1'(c));
      busy_o[c]  = count_q[c] != '0 || (push_q && push_colour_q == 1'(c));
      if (offered_q[c]) busy_o[c] = 1'b1;
    end
  end

  always_comb begin
    offered = '0;
    for (int unsigned c = 0; c < 2; c++) begin
      for (int unsigned i = 1; i < N; i++) begin
        if (valid_i[i] && fault_i[i].colour == 1'(c)) offered[c] = 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) offered_q <= '0;
    else         offered_q <= offered;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q[0] <= '0;
      count_q[1] <= '0;
    end else begin
      count_q[0] <= count_d[0];
      count_q[1] <= count_d[1];
    end
  end

endmodule
