// SPDX-License-Identifier: Apache-2.0
//
// Requests that the core makes itself, beside those of the front end: N sources,
// one request of each at a time.
//
// The front end's request passes combinationally. A source that has one takes a
// turn: a clock or more in which the front end is refused, until a tag is to be
// had; after it the front end has a clock at least. Whose turn it is comes from a
// register, so `req_ready_o` depends on no more than before. A source whose
// device has had its share of the tags gives its turn away.
//
// `own_*_o` name the tags of sources that wait for an answer: `answered_i` says
// that it came. The tag is then freed in a clock in which the front end frees
// none; to make such a clock, turns are taken too.

module iommu_inject
  import iommu_build_pkg::*;
  import iommu_pkg::*;
#(
  parameter int unsigned N = 2
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // Front end
  input  logic               req_valid_i,
  output logic               req_ready_o,
  input  request_t           req_i,
  input  bucket_t            req_bucket_i,
  input  logic               free_valid_i,
  input  tag_t               free_tag_i,

  // Sources
  input  logic [N-1:0]       valid_i,
  output logic [N-1:0]       ready_o,
  input  request_t [N-1:0]   request_i,
  output logic [N-1:0]       own_o,
  output tag_t [N-1:0]       own_tag_o,
  input  logic [N-1:0]       answered_i,

  // Requests in flight
  output logic               req_valid_o,
  input  logic               req_ready_i,
  output request_t           req_o,
  output bucket_t            req_bucket_o,
  input  logic [Buckets-1:0] refused_i,
  input  tag_t               tag_i,
  output logic               free_valid_o,
  output tag_t               free_tag_o
);

  localparam int unsigned IndexWidth = (N > 1) ? $clog2(N) : 1;

  logic                  turn_d, turn_q;
  logic                  offer_d, offer_q;        // the turn is for a request
  logic [N-1:0]          open_q, freeing_q;
  tag_t [N-1:0]          tag_q;
  logic [N-1:0]          wanted, unused_grant, free_one;
  logic [IndexWidth-1:0] index, index_q;
  request_t              own;
  bucket_t               own_bucket;
  logic                  offered, accepted;

  assign wanted     = valid_i & ~open_q & ~freeing_q;
  assign own        = request_i[index_q];
  assign own_bucket = bucket_of(own.device_id);
  assign offered    = offer_q && !refused_i[own_bucket];
  assign accepted   = offered && req_ready_i;

  round_robin_arbiter #(.N(N)) u_arbiter (
    .clk_i, .rst_ni,
    .request_i (wanted),
    .advance_i (!turn_q),
    .grant_o   (unused_grant),
    .index_o   (index)
  );

  always_comb begin
    if (turn_q) begin
      turn_d  = offered && !accepted;
      offer_d = turn_d;
    end else begin
      offer_d = wanted != '0;
      turn_d  = offer_d || freeing_q != '0;
    end
  end

  assign req_valid_o  = turn_q ? offered : req_valid_i;
  assign req_o        = turn_q ? own : req_i;
  assign req_bucket_o = turn_q ? own_bucket : req_bucket_i;
  assign req_ready_o  = req_ready_i && !turn_q;

  always_comb begin
    ready_o          = '0;
    ready_o[index_q] = accepted;
  end

  // The lowest tag that waits to be freed.
  assign free_one     = free_valid_i ? '0 : freeing_q & (~freeing_q + 1'b1);
  assign free_valid_o = free_valid_i || freeing_q != '0;

  always_comb begin
    free_tag_o = free_tag_i;
    for (int unsigned i = 0; i < N; i++) begin
      if (free_one[i]) free_tag_o = tag_q[i];
    end
  end

  assign own_o     = open_q;
  assign own_tag_o = tag_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      turn_q    <= 1'b0;
      offer_q   <= 1'b0;
      open_q    <= '0;
      freeing_q <= '0;
    end else begin
      turn_q    <= turn_d;
      offer_q   <= offer_d;
      open_q    <= (open_q & ~answered_i) | ready_o;
      freeing_q <= (freeing_q & ~free_one) | answered_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!turn_q) index_q <= index;
    for (int unsigned i = 0; i < N; i++) begin
      if (ready_o[i]) tag_q[i] <= tag_i;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_awaited: assert ((answered_i & ~open_q) == '0);
      a_held:    assert (!offered || valid_i[index_q]);
    end
  end
`endif

endmodule
