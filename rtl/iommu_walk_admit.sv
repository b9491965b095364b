// SPDX-License-Identifier: Apache-2.0
//
// W2: decides on a request, one decision a clock. It joins an open walk of the
// same key, or begins a walk in a free row, or takes another turn. With Cfg.FastClock the
// request's second clock in W2 is the first in which contexts and walks to join are known and
// it is decided on, and every third clock has a decision at most. The request
// comes from W1 (`next_o`), where it was compared with the open walks and the
// device contexts. A walk that begins is in the register of W3 in the next clock;
// when that is still taken, the request waits.
//
// A walk that has brought its context (`resume_*`) goes there at once, before all
// others: what the register held is kept aside for the time. `resume_may_i` tells
// early of the clock; W3 does nothing in it. While one of process contexts is there
// no other comes.
//
// A walk whose device context is not cached goes through the device directory,
// and only one does at a time: it holds the buffer of the context from here
// until the context is complete or the walk has ended. Others take a turn, and
// find the context cached then; so does a request that was compared before that
// and is here after it. A device that had the directory leaves it to the
// first request of another device that had to turn away from it.

module iommu_walk_admit
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_walk_pkg::*;
  import iommu_walk_used_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            head_valid_i,
  input  tag_t            head_tag_i,
  input  request_t        head_request_i,
  output logic            next_o,        // the head goes on to W2
  output logic            empty_o,       // W2 is, and takes any head
  output tag_t            tag_o,         // of W2
  output request_t        request_o,
  output logic            turn_o,
  input  logic            turn_ready_i,

  input  logic            match_i,
  input  logic            free_i,
  input  row_t            free_row_i,
  input  logic            device_hit_i,
  input  walk_context_t   context_i,        // with device_hit_i
  input  logic            process_known_i,  // its pc counts

  output logic            append_o,      // to the matching row
  output logic            allocate_o,    // the free row
  output walk_origin_t    origin_o,      // of W2

  input  logic            leave_i,       // this row has left the directory, or ended
  input  row_t            leave_row_i,

  input  logic            resume_next_i,    // resume_may_i a clock ahead
  input  logic            resume_may_i,
  input  logic            resume_i,
  input  row_t            resume_row_i,
  input  walk_origin_t    resume_origin_i,
  input  walk_context_t   resume_context_i,
  input  logic            resume_process_known_i,

  output logic            look_o,        // W3 gets what W2 decides on
  output logic            keep_o,        // W3 keeps what it has; neither counts with resume_may_i
  output logic            start_valid_o,
  input  logic            start_ready_i,
  output logic            start_aged_o,  // what W3 has was there in the clock before
  output logic            start_resumed_o,
  output row_t            start_row_o,
  output walk_origin_t    start_origin_o,
  output logic            start_context_valid_o,
  output walk_context_t   start_context_o,
  output logic            start_process_known_o
);

  logic     valid_q, aged_q, take, decides, leaves_w2, known;
  tag_t     tag_q;
  request_t request_q;

  typedef struct packed {
    logic            resumed;
    row_t            row;
    walk_origin_t    origin;
    logic            context_valid;
    walk_context_t   known;
    logic            process_known;
  } start_t;

  logic   start_valid_q, aside_valid_q, directory_busy_q, stale_q;
  row_t   directory_row_q;
  start_t start_q, start_d, aside_q, resumed, begun;
  logic   may_start, start_free, start_load;

  // What chooses the register's content has many loads: shut_q says for all of that
  // that W2 gives it nothing.
  logic   aside_valid_d, shut_q;

  logic [DeviceIdWidth-1:0] owner_q;      // of the last walk through the directory
  logic                     other_waits_q;
  tag_t                     other_q;
  logic                     is_owner_q, leaves;   // is_owner_q: the device of W2 is
  logic                     went_off;             // its context may not have been cached

  // With a fast clock a context is in the cache a clock later, too.
  if (Cfg.FastClock) begin : gen_known
    logic known_q, left_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        known_q <= 1'b0;
        left_q  <= 1'b0;
      end else begin
        known_q <= valid_q && !leaves_w2;
        left_q  <= leaves;
      end
    end

    assign known    = known_q;
    assign went_off = leaves || left_q;
  end else begin : gen_no_known
    assign known    = 1'b1;
    assign went_off = leaves;
  end

  assign decides    = valid_q && known;

  // As take or turn_o say.
  assign leaves_w2  = known && (match_i || (may_start ? start_free : turn_ready_i));
  assign next_o     = head_valid_i && (!valid_q || (leaves_w2 && !Cfg.FastClock));
  assign empty_o    = !valid_q;
  assign tag_o      = tag_q;
  assign request_o  = request_q;
  assign leaves     = directory_busy_q && leave_i && leave_row_i == directory_row_q;
  assign start_load = !start_valid_q || start_ready_i;
  assign start_free = start_load && !shut_q;

  assign aside_valid_d = resume_may_i ? start_valid_q || aside_valid_q
                                      : aside_valid_q && !start_load;
  assign may_start  = free_i && (device_hit_i ||
                                 (!directory_busy_q && !stale_q && !(other_waits_q && is_owner_q)));

  assign append_o   = decides && match_i;
  assign allocate_o = decides && !match_i && may_start && start_free;
  assign take       = append_o || allocate_o;
  assign turn_o     = decides && !match_i && !may_start && turn_ready_i;
  assign origin_o   = '{tag: tag_q, request: request_q};

  assign look_o = start_load && !shut_q;
  assign keep_o = !start_load;

  assign start_valid_o         = start_valid_q;
  assign start_aged_o          = aged_q;
  assign start_resumed_o       = start_q.resumed;
  assign start_row_o           = start_q.row;
  assign start_origin_o        = start_q.origin;
  assign start_context_valid_o = start_q.context_valid;
  assign start_context_o       = used_context(Cfg, start_q.known);
  assign start_process_known_o = start_q.process_known;

  assign begun   = '{resumed: 1'b0, row: free_row_i, origin: origin_o,
                     context_valid: device_hit_i, known: context_i,
                     process_known: process_known_i};
  assign resumed = '{resumed: 1'b1, row: resume_row_i, origin: resume_origin_i,
                     context_valid: 1'b1, known: resume_context_i,
                     process_known: resume_process_known_i};

  always_comb begin
    start_d       = resume_may_i ? resumed : aside_valid_q ? aside_q : begun;
    start_d.known = used_context(Cfg, start_d.known);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q          <= 1'b0;
      aged_q           <= 1'b0;
      start_valid_q    <= 1'b0;
      aside_valid_q    <= 1'b0;
      shut_q           <= 1'b0;
      directory_busy_q <= 1'b0;
      stale_q          <= 1'b0;
      other_waits_q    <= 1'b0;
    end else begin
      valid_q <= (head_valid_i && !(Cfg.FastClock && valid_q)) || (valid_q && !leaves_w2);
      aged_q  <= !resume_may_i && !start_load;
      // Falls for certain: the tag stays in the intake until it is taken, and the
      // owner cannot become its device without a start that lowers it as well.
      if ((take && tag_q == other_q) || (allocate_o && !device_hit_i && !is_owner_q)) begin
        other_waits_q <= 1'b0;
      end else if (turn_o && !device_hit_i && !is_owner_q) begin
        other_waits_q <= 1'b1;
      end
      if (resume_may_i)    start_valid_q <= resume_i;
      else if (start_load) start_valid_q <= aside_valid_q || allocate_o;
      aside_valid_q <= aside_valid_d;
      shut_q        <= aside_valid_d || resume_next_i;
      if (allocate_o && !device_hit_i) directory_busy_q <= 1'b1;
      else if (leaves)                 directory_busy_q <= 1'b0;
      if (went_off)    stale_q <= 1'b1;
      else if (next_o) stale_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (next_o) begin
      tag_q     <= head_tag_i;
      request_q <= head_request_i;
      is_owner_q <= (allocate_o && !device_hit_i) ? head_request_i.device_id == request_q.device_id
                                                  : head_request_i.device_id == owner_q;
    end
    if (resume_may_i && start_valid_q) aside_q <= start_q;
    if (resume_may_i || start_load) start_q <= start_d;
    if (turn_o && !device_hit_i && !is_owner_q && !other_waits_q) other_q <= tag_q;
    if (allocate_o && !device_hit_i) begin
      directory_row_q <= free_row_i;
      owner_q         <= request_q.device_id;
    end
  end

`ifndef SYNTHESIS
  // One context is under way at a time, and the clocks of its other words empty
  // what is aside.
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_aside:  assert (!(resume_may_i && start_valid_q && aside_valid_q));
      a_resume: assert (!(resume_may_i && start_ready_i));
    end
  end
`endif

endmodule
