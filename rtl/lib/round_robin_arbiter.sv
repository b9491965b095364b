// SPDX-License-Identifier: Apache-2.0
//
// Grants one of N requests a clock, combinationally, taking turns: after a
// grant that was used (`advance_i`), the granted request is the last in line.
// No request waits for more than N-1 grants.

module round_robin_arbiter #(
  parameter int unsigned N = 2,
  localparam int unsigned IndexWidth = (N > 1) ? $clog2(N) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic [N-1:0]          request_i,
  input  logic                  advance_i,
  output logic [N-1:0]          grant_o,     // one-hot, or zero without a request
  output logic [IndexWidth-1:0] index_o
);

  // Requests above the last one granted come first.
  logic [N-1:0] above_q;
  logic [N-1:0] preferred, candidates, above;

  // Is there one below? As a tree: a carry would take the longer, the wider.
  function automatic logic [N-1:0] below(logic [N-1:0] bits);
    logic [N-1:0] any;
    any = bits;
    for (int unsigned step = 1; step < N; step *= 2) any = any | (any << step);
    return any << 1;
  endfunction

  assign preferred  = request_i & above_q;
  assign candidates = (preferred != '0) ? preferred : request_i;
  assign above      = (preferred != '0) ? below(preferred) : below(request_i);
  assign grant_o    = candidates & ~above;

  always_comb begin
    index_o = '0;
    for (int unsigned i = 0; i < N; i++) begin
      if (grant_o[i]) index_o = index_o | IndexWidth'(i);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) above_q <= '0;
    else if (advance_i && grant_o != '0) above_q <= above;
  end

endmodule
