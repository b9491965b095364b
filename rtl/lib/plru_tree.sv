// SPDX-License-Identifier: Apache-2.0
//
// Tree pseudo-LRU over N entries, N a power of two, at least 2. Each node points
// to the half used longer ago. `victim_o` comes from registers alone. A use and
// a fill in one clock both count; where they meet, the fill is the later one.

module plru_tree #(
  parameter int unsigned N = 2,
  localparam int unsigned IndexWidth = $clog2(N)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  use_valid_i,
  input  logic [IndexWidth-1:0] use_index_i,
  input  logic                  fill_valid_i,
  input  logic [IndexWidth-1:0] fill_index_i,
  output logic [IndexWidth-1:0] victim_o
);

  // Node n has the children 2n (lower half) and 2n+1; the root is node 1.
  logic [N-1:0] upper_q, upper_d;  // the victim is in the upper half

  logic [IndexWidth-1:0] victim [2*N];

  always_comb begin
    upper_d = upper_q;
    for (int unsigned depth = 0; depth < IndexWidth; depth++) begin
      for (int unsigned i = 0; i < (1 << depth); i++) begin
        if (use_valid_i && (use_index_i >> (IndexWidth - depth)) == IndexWidth'(i)) begin
          upper_d[(1<<depth)+i] = !use_index_i[IndexWidth-1-depth];
        end
        if (fill_valid_i && (fill_index_i >> (IndexWidth - depth)) == IndexWidth'(i)) begin
          upper_d[(1<<depth)+i] = !fill_index_i[IndexWidth-1-depth];
        end
      end
    end
  end

  always_comb begin
    for (int unsigned i = 0; i < N; i++) victim[N+i] = '0;
    victim[0] = '0;
    for (int unsigned depth = IndexWidth; depth > 0; depth--) begin
      for (int unsigned n = 1 << (depth - 1); n < (1 << depth); n++) begin
        victim[n] = upper_q[n] ? victim[2*n+1] : victim[2*n];
        victim[n][IndexWidth-depth] = upper_q[n];
      end
    end
  end

  assign victim_o = victim[1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) upper_q <= '0;
    else         upper_q <= upper_d;
  end

endmodule
