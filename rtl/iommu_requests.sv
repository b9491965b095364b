// SPDX-License-Identifier: Apache-2.0
//
// Requests in flight: the tag, the request, the colour, and the fair share of
// each. One request a clock; `lookup_*_o` shows it in the clock after, from
// registers. `req_tag_o` and `req_colour_o` do not depend on an input other than
// `colour_i`; `req_ready_o` and `req_refused_o` come from registers alone. A
// request of a device whose bucket is refused must not be offered.
//
// Tags never used since reset come first, from a counter; then freed ones, from
// a FIFO. A tag freed in one clock can be given two clocks later.
//
// The request of a tag is read combinationally on two ports, `intake` and
// `drain`, from the clock after acceptance until the tag is given again.
//
// Share: while no more than an eighth of the tags (at least one) is free, only
// a device that holds less than half of them gets one. Devices are counted in
// buckets of a hash, so that devices that collide share a share.
//
// The answer of a finished walk that waits behind hits (`hold_i`) makes one
// clock refuse every four: the bubble is in S3 three or, with Cfg.FastClock, five
// clocks later.
//
// `busy_o[c]`: a request of colour c was accepted and is not yet answered; from
// the clock after acceptance, to the clock after its answer inclusive.

module iommu_requests
  import iommu_build_pkg::*;
  import iommu_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       req_valid_i,
  output logic       req_ready_o,
  input  request_t   req_i,
  input  bucket_t    req_bucket_i,    // bucket_of its device_id
  output logic [Buckets-1:0] req_refused_o,
  output tag_t       req_tag_o,
  output logic       req_colour_o,

  input  logic       colour_i,
  input  logic       hold_i,

  output logic       lookup_valid_o,
  output tag_t       lookup_tag_o,
  output request_t   lookup_request_o,

  input  tag_t       intake_tag_i,
  output request_t   intake_request_o,
  input  tag_t       drain_tag_i,
  output request_t   drain_request_o,
  output logic       drain_colour_o,

  input  logic       answer_valid_i,
  input  tag_t       answer_tag_i,

  input  logic       free_valid_i,
  input  tag_t       free_tag_i,

  output logic [1:0] busy_o
);

  localparam int unsigned Tags       = Cfg.Requests;
  localparam int unsigned IndexWidth = $clog2(Tags);
  localparam int unsigned Reserve    = (Tags >= 8) ? Tags / 8 : 1;
  localparam int unsigned HoldClocks = 3;

  typedef logic [IndexWidth-1:0]  index_t;
  typedef logic [IndexWidth:0]    count_t;   // 0 to Tags

  // ---------------------------------------------------------------- tags
  logic   accept;
  count_t fresh_q;                 // tags given from the counter
  logic   fresh, freed, freed_ready;
  index_t freed_index, index;
  logic   free_valid_q;            // as of the clock before
  index_t free_index_q;

  assign accept = req_valid_i && req_ready_o;
  assign fresh  = !fresh_q[IndexWidth];
  assign index  = fresh ? fresh_q[IndexWidth-1:0] : freed_index;

  stream_fifo_registered #(.T(index_t), .Depth(Tags)) u_freed (
    .clk_i, .rst_ni,
    .valid_i (free_valid_q),
    .ready_o (freed_ready),
    .data_i  (free_index_q),
    .valid_o (freed),
    .ready_i (accept && !fresh),
    .data_o  (freed_index)
  );

  // --------------------------------------------------------------- share
  // Acceptance is known late: it counts in the clock after, and until then beside
  // the counts.
  count_t  held_d, held_q;         // tags given, and those freed in the last clock
  count_t  share_d [Buckets];      // of them, by bucket
  count_t  share_q [Buckets];
  bucket_t bucket, bucket_q, free_bucket;
  logic    scarce, available, lookup_valid_q;
  logic [Buckets-1:0] give, take, refused_d, refused_q;

  assign bucket = req_bucket_i;
  assign give   = lookup_valid_q ? Buckets'(1) << bucket_q : '0;
  assign take   = free_valid_q ? Buckets'(1) << free_bucket : '0;

  always_comb begin
    held_d = held_q;
    if (lookup_valid_q != free_valid_q) held_d = lookup_valid_q ? held_q + 1'b1 : held_q - 1'b1;
    for (int unsigned i = 0; i < Buckets; i++) begin
      share_d[i] = share_q[i];
      if (give[i] != take[i]) share_d[i] = give[i] ? share_q[i] + 1'b1 : share_q[i] - 1'b1;
    end
  end

  assign scarce = held_d >= count_t'(Tags - Reserve) ||
                  (accept && held_d == count_t'(Tags - Reserve - 1));

  for (genvar i = 0; i < int'(Buckets); i++) begin : gen_refused
    assign refused_d[i] = scarce && (share_d[i] >= count_t'(Tags / 2) ||
                                     (accept && bucket == bucket_t'(i) &&
                                      share_d[i] == count_t'(Tags / 2 - 1)));
  end

  assign req_refused_o = refused_q;

  // What belongs to a tag is written as soon as there is one to give, accepted
  // or not: nobody reads it before.
  lut_ram #(.T(bucket_t), .Depth(Tags)) u_buckets (
    .clk_i,
    .write_i       (available),
    .write_index_i (index),
    .write_data_i  (bucket),
    .read_index_i  (free_index_q),
    .read_data_o   (free_bucket)
  );

  // -------------------------------------------------------------- bubble
  logic [1:0] hold_q;
  logic       refuse;

  assign refuse      = hold_q == 2'(HoldClocks);
  assign available   = fresh || freed;
  assign req_ready_o = available && !refuse;

  // ------------------------------------------------------------ requests
  typedef struct packed {
    logic     colour;
    request_t request;
  } stored_t;

  stored_t stored, drain_stored;
  logic    answer_colour;

  assign stored = '{colour: colour_i, request: req_i};

  lut_ram #(.T(request_t), .Depth(Tags)) u_intake (
    .clk_i,
    .write_i       (available),
    .write_index_i (index),
    .write_data_i  (req_i),
    .read_index_i  (intake_tag_i[IndexWidth-1:0]),
    .read_data_o   (intake_request_o)
  );

  lut_ram #(.T(stored_t), .Depth(Tags)) u_drain (
    .clk_i,
    .write_i       (available),
    .write_index_i (index),
    .write_data_i  (stored),
    .read_index_i  (drain_tag_i[IndexWidth-1:0]),
    .read_data_o   (drain_stored)
  );

  assign drain_request_o = drain_stored.request;
  assign drain_colour_o  = drain_stored.colour;

  // -------------------------------------------------------------- colour
  count_t     open_q [2];          // accepted and not answered, by colour
  logic [1:0] opened, closed;
  logic       colour_q, answered_q, answer_colour_q;

  lut_ram #(.T(logic), .Depth(Tags)) u_colours (
    .clk_i,
    .write_i       (available),
    .write_index_i (index),
    .write_data_i  (colour_i),
    .read_index_i  (answer_tag_i[IndexWidth-1:0]),
    .read_data_o   (answer_colour)
  );

  always_comb begin
    for (int unsigned c = 0; c < 2; c++) begin
      opened[c] = lookup_valid_q && colour_q == 1'(c);
      closed[c] = answered_q && answer_colour_q == 1'(c);
      busy_o[c] = open_q[c] != '0 || opened[c];
    end
  end

  // -------------------------------------------------------------- lookup
  index_t   lookup_index_q;
  request_t lookup_request_q;

  assign req_tag_o        = tag_t'(index);
  assign req_colour_o     = colour_i;
  assign lookup_valid_o   = lookup_valid_q;
  assign lookup_tag_o     = tag_t'(lookup_index_q);
  assign lookup_request_o = lookup_request_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fresh_q        <= '0;
      held_q         <= '0;
      refused_q      <= '0;
      hold_q         <= '0;
      lookup_valid_q <= 1'b0;
      free_valid_q   <= 1'b0;
      answered_q     <= 1'b0;
      for (int unsigned i = 0; i < Buckets; i++) share_q[i] <= '0;
      for (int unsigned c = 0; c < 2; c++) open_q[c] <= '0;
    end else begin
      lookup_valid_q <= accept;
      held_q         <= held_d;
      refused_q      <= refused_d;
      free_valid_q   <= free_valid_i;
      answered_q     <= answer_valid_i;
      hold_q         <= (!hold_i || refuse) ? '0 : hold_q + 1'b1;
      if (accept && fresh) fresh_q <= fresh_q + 1'b1;
      for (int unsigned i = 0; i < Buckets; i++) share_q[i] <= share_d[i];
      for (int unsigned c = 0; c < 2; c++) begin
        if (opened[c] != closed[c]) open_q[c] <= opened[c] ? open_q[c] + 1'b1 : open_q[c] - 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    free_index_q     <= free_tag_i[IndexWidth-1:0];
    lookup_index_q   <= index;
    lookup_request_q <= req_i;
    bucket_q         <= bucket;
    colour_q         <= colour_i;
    answer_colour_q  <= answer_colour;
  end

`ifndef SYNTHESIS
  logic [Tags-1:0] given_q, open_tags_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      given_q     <= '0;
      open_tags_q <= '0;
    end else begin
      if (free_valid_i)   given_q[free_tag_i[IndexWidth-1:0]] <= 1'b0;
      if (answer_valid_i) open_tags_q[answer_tag_i[IndexWidth-1:0]] <= 1'b0;
      if (accept) begin
        given_q[index]     <= 1'b1;
        open_tags_q[index] <= 1'b1;
      end

      assert (!accept || bucket == bucket_of(req_i.device_id)) else $error("wrong bucket");
      assert (!accept || !req_refused_o[bucket]) else $error("offered though refused");
      assert (!accept || !given_q[index]) else $error("a tag was given twice");
      assert (!free_valid_i || given_q[free_tag_i[IndexWidth-1:0]])
        else $error("a tag was freed twice");
      assert (!free_valid_q || freed_ready) else $error("more tags were freed than given");
      assert (!free_valid_i || !open_tags_q[free_tag_i[IndexWidth-1:0]] ||
              (answer_valid_i && answer_tag_i == free_tag_i))
        else $error("a tag was freed before its answer");
      assert (!answer_valid_i || open_tags_q[answer_tag_i[IndexWidth-1:0]])
        else $error("a tag was answered twice");
      for (int unsigned c = 0; c < 2; c++) begin
        assert (!closed[c] || open_q[c] != '0) else $error("a colour's count ran below zero");
      end
    end
  end
`endif

endmodule
