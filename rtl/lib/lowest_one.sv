// SPDX-License-Identifier: Apache-2.0
//
// Index of the lowest bit that is set, as a tree: depth grows with log2(N).
// Combinational. `index_o` means nothing without `any_o`. N is a power of two.

module lowest_one #(
  parameter int unsigned N = 2,
  localparam int unsigned IndexWidth = (N > 1) ? $clog2(N) : 1
) (
  input  logic [N-1:0]          bits_i,
  output logic                  any_o,
  output logic [IndexWidth-1:0] index_o
);

  // Node n has the children 2n (lower half) and 2n+1; the leaves are N to 2N-1.
  logic                  any   [2*N];
  logic [IndexWidth-1:0] index [2*N];

  always_comb begin
    any[0]   = 1'b0;
    index[0] = '0;
    for (int unsigned i = 0; i < N; i++) begin
      any[N+i]   = bits_i[i];
      index[N+i] = '0;
    end
    for (int unsigned depth = IndexWidth; depth > 0; depth--) begin
      for (int unsigned n = 1 << (depth - 1); n < (1 << depth) && n < N; n++) begin
        any[n]   = any[2*n] || any[2*n+1];
        index[n] = any[2*n] ? index[2*n] : index[2*n+1];
        index[n][IndexWidth-depth] = !any[2*n];
      end
    end
  end

  assign any_o   = any[1];
  assign index_o = index[1];

endmodule
