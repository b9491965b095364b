// SPDX-License-Identifier: Apache-2.0
//
// N streams into one, taking turns. Combinational both ways: no clock is lost.
// `valid_o` never waits for `ready_i`; once it is raised, stream and payload
// hold until `ready_i`, provided that the winner holds its own: a grant that
// was not taken is locked.

module stream_arbiter #(
  parameter type         T = logic,
  parameter int unsigned N = 2
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic [N-1:0] valid_i,
  output logic [N-1:0] ready_o,
  input  T     [N-1:0] data_i,

  output logic         valid_o,
  input  logic         ready_i,
  output T             data_o
);

  localparam int unsigned IndexWidth = (N > 1) ? $clog2(N) : 1;

  logic [N-1:0]          locked_q, request, grant;
  logic [IndexWidth-1:0] index;

  assign request = (locked_q != '0) ? locked_q : valid_i;

  round_robin_arbiter #(.N(N)) u_arbiter (
    .clk_i, .rst_ni,
    .request_i (request),
    .advance_i (ready_i),
    .grant_o   (grant),
    .index_o   (index)
  );

  assign valid_o = grant != '0;
  assign ready_o = ready_i ? grant : '0;

  always_comb begin
    data_o = data_i[0];
    for (int unsigned i = 1; i < N; i++) begin
      if (index == IndexWidth'(i)) data_o = data_i[i];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) locked_q <= '0;
    else         locked_q <= ready_i ? '0 : grant;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) assert ((locked_q & ~valid_i) == '0) else $error("valid was withdrawn");
  end
`endif

endmodule
