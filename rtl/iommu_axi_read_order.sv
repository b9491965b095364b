// SPDX-License-Identifier: Apache-2.0
//
// Reads between acceptance and departure: a queue for each ID (or each residue
// of IDs), left in order, all queues independently. Queues whose first read is
// answered take turns; one read a clock, from one queue or from many.
//
// Two ways out. Directly, combinational from the answer, when nothing that may
// leave waits (`direct_o`; it is out if `direct_take_i`). Otherwise through
// `stage_*`, two clocks later at the earliest, with FastClock four, kept until
// `stage_take_i`.
// With FastClock an answer is compared in its clock and counts in the next,
// directly or not: `direct_tag_o` is the one that counts.
//
// `blocked_i` stops a queue: behind a refused read, until that was answered.
// Refused reads leave through the stage only.

module iommu_axi_read_order #(
  parameter int unsigned QueueWidth = 4,
  parameter int unsigned IndexWidth = 7,
  parameter bit          FastClock  = 1'b0,
  localparam int unsigned Queues = 2 ** QueueWidth
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  tag_free_i,      // accept_tag_i is nobody's yet
  input  logic                  accept_i,
  input  logic [QueueWidth-1:0] accept_queue_i,
  input  logic [IndexWidth-1:0] accept_tag_i,

  input  logic                  answer_valid_i,
  input  logic [IndexWidth-1:0] answer_tag_i,
  input  logic                  answer_fault_i,

  // Questions to the store of answers, answered in the same clock.
  output logic [IndexWidth-1:0] next_tag_o,
  input  logic                  next_answered_i,
  output logic [IndexWidth-1:0] fault_tag_o,
  input  logic                  fault_i,
  output logic [IndexWidth-1:0] check_tag_o,
  input  logic                  check_answered_i,

  input  logic [Queues-1:0]     blocked_i,
  output logic [Queues-1:0]     waiting_o,      // reads that have not left the queue
  output logic                  direct_o,
  output logic [QueueWidth-1:0] direct_queue_o,
  output logic [IndexWidth-1:0] direct_tag_o,
  input  logic                  direct_take_i,
  output logic                  stage_valid_o,
  output logic [IndexWidth-1:0] stage_tag_o,
  output logic [QueueWidth-1:0] stage_queue_o,
  output logic                  stage_fault_o,
  input  logic                  stage_take_i
);

  typedef logic [QueueWidth-1:0] queue_t;
  typedef logic [IndexWidth-1:0] index_t;

  logic   [Queues-1:0] valid, ready_q, ready_d, answers, match, candidates, popping, turning,
                       check;
  index_t [Queues-1:0] head;
  logic                pop;
  queue_t              pop_queue;
  index_t              pop_tag, remaining;

  // Whether a burst is accepted is known late: with FastClock its tag is pushed in the
  // clock after, long before the answer.
  logic   push;
  queue_t push_queue;
  index_t push_tag;

  if (FastClock) begin : gen_push_late
    logic   push_q;
    queue_t queue_q;
    index_t tag_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) push_q <= 1'b0;
      else         push_q <= accept_i;
    end

    always_ff @(posedge clk_i) begin
      queue_q <= accept_queue_i;
      tag_q   <= accept_tag_i;
    end

    assign push       = push_q;
    assign push_queue = queue_q;
    assign push_tag   = tag_q;

`ifndef SYNTHESIS
    always_ff @(posedge clk_i) begin
      if (rst_ni) a_pushed_first: assert (!(answer_valid_i && push_q && answer_tag_i == tag_q));
    end
`endif
  end else begin : gen_push
    assign push       = accept_i;
    assign push_queue = accept_queue_i;
    assign push_tag   = accept_tag_i;
  end

  iommu_axi_lists #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .LatePop(1'b1)
  ) u_lists (
    .clk_i, .rst_ni,
    .push_i       (push),
    .push_queue_i (push_queue),
    .push_tag_i   (push_tag),
    .pop_i        (pop),
    .pop_queue_i  (pop_queue),
    .pop_tag_i    (pop_tag),
    .valid_o      (valid),
    .head_o       (head),
    .remaining_o  (remaining)
  );

  assign waiting_o = valid;

  // The answer may be for the first read of a queue.
  always_comb begin
    for (int unsigned i = 0; i < Queues; i++) begin
      answers[i] = answer_valid_i && valid[i] && head[i] == answer_tag_i;
    end
  end

  // The queue of a read that matches, without waiting for the comparison.
  queue_t answer_queue;

  lut_ram #(.T(queue_t), .Depth(2 ** IndexWidth)) u_queues (
    .clk_i,
    .write_i       (tag_free_i),
    .write_index_i (accept_tag_i),
    .write_data_i  (accept_queue_i),
    .read_index_i  (answer_tag_i),
    .read_data_o   (answer_queue)
  );

  // The first read of a queue stays that until it is ready. A read that becomes the
  // first in the clock of its answer is found by the look at those (`check`).
  logic direct_fault;

  if (FastClock) begin : gen_late
    logic [Queues-1:0] answers_q;
    logic              fault_q;
    queue_t            queue_q;
    index_t            tag_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) answers_q <= '0;
      else         answers_q <= answers;
    end

    always_ff @(posedge clk_i) begin
      fault_q <= answer_fault_i;
      queue_q <= answer_queue;
      tag_q   <= answer_tag_i;
    end

    assign match          = answers_q;
    assign direct_fault   = fault_q;
    assign direct_queue_o = queue_q;
    assign direct_tag_o   = tag_q;
  end else begin : gen_at_once
    assign match          = answers;
    assign direct_fault   = answer_fault_i;
    assign direct_queue_o = answer_queue;
    assign direct_tag_o   = answer_tag_i;
  end

  // The queue whose turn it is. It was chosen because its first read is answered
  // (`turn_new_q`), or on the chance that the read behind the one that just left,
  // `turn_tag_q`, is answered too. The first read of a queue that was chosen does not
  // change: it leaves by its turn only.
  logic   turn_valid_q, turn_fits, turn_pop, turn_done;
  queue_t turn_q, next_turn;
  index_t turn_tag_q, turn_tag;
  logic   turn_new_q;
  logic   any;
  logic [Queues-1:0] grant, next_mask;
  logic   choose, new_turn;
  queue_t chosen;
  index_t new_tag;

  logic   stage_valid_q, stage_fault_q;
  index_t stage_tag_q;
  queue_t stage_queue_q;

  // The bit of the queue whose turn it is: a choice by number has the longer way.
  logic [Queues-1:0] turn_mask_q, ahead_mask;
  logic              turn_waits, turn_blocked;

  assign turn_waits   = (valid & turn_mask_q) != '0;
  assign turn_blocked = (blocked_i & turn_mask_q) != '0;
  assign turn_tag   = (turn_new_q && !FastClock) ? head[turn_q] : turn_tag_q;
  assign next_tag_o = turn_tag_q;
  assign fault_tag_o = turn_tag;
  assign turn_fits  = (turn_new_q || (turn_waits && next_answered_i)) && !turn_blocked &&
                      !(stage_valid_q && stage_fault_q && stage_queue_q == turn_q);
  assign turn_pop   = turn_valid_q && turn_fits && (!stage_valid_q || stage_take_i);
  assign turn_done  = !turn_valid_q || !turn_fits || turn_pop;

  assign direct_o = (match & ~blocked_i) != '0 && !direct_fault && !turn_valid_q &&
                    !stage_valid_q && (ready_q & ~blocked_i) == '0;

  assign pop       = turn_pop || (direct_o && direct_take_i);
  assign pop_queue = turn_valid_q ? turn_q : direct_queue_o;
  assign pop_tag   = turn_valid_q ? turn_tag : direct_tag_o;

  always_comb begin
    popping = '0;
    popping[pop_queue] = pop;
  end

  // Whether the new first read of a queue has its answer is looked up in the
  // clock after the old one left.
  logic   check_valid_q;
  queue_t check_queue_q;
  index_t new_head;

  assign new_head = head[check_queue_q];

  // With FastClock in the clock after that one, unless it has left as well by then.
  if (FastClock) begin : gen_check_clock
    logic              valid_q;
    queue_t            queue_q;
    index_t            tag_q;
    logic [Queues-1:0] popped_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= 1'b0;
      else         valid_q <= check_valid_q && valid[check_queue_q];
    end

    always_ff @(posedge clk_i) begin
      queue_q  <= check_queue_q;
      tag_q    <= new_head;
      popped_q <= popping;
    end

    assign check_tag_o = tag_q;

    always_comb begin
      check = '0;
      check[queue_q] = valid_q && !popped_q[queue_q] && check_answered_i;
    end
  end else begin : gen_check
    assign check_tag_o = new_head;

    always_comb begin
      check = '0;
      check[check_queue_q] = check_valid_q && valid[check_queue_q] && check_answered_i;
    end
  end

  // Whose turn it is, or is next, is not asked again: whether that one leaves is known
  // late.
  assign turning = (turn_mask_q & {Queues{turn_valid_q}}) | ahead_mask;

  assign ready_d    = (ready_q | match | check) & ~popping;
  assign candidates = ready_q & ~blocked_i & ~turning;
  assign any        = candidates != '0;

  round_robin_arbiter #(.N(Queues)) u_turns (
    .clk_i, .rst_ni,
    .request_i (candidates),
    .advance_i (choose),
    .grant_o   (grant),
    .index_o   (chosen)
  );

  // With FastClock the queue that is chosen waits a clock for its turn, in which its first
  // read is looked up.
  if (FastClock) begin : gen_ahead
    logic              ahead_valid_q;
    logic [Queues-1:0] ahead_mask_q;   // 0 without one
    queue_t            ahead;
    index_t            ahead_head;

    always_comb begin
      ahead      = '0;
      ahead_head = '0;
      for (int unsigned i = 0; i < Queues; i++) begin
        if (ahead_mask_q[i]) ahead      = ahead | queue_t'(i);
        if (ahead_mask_q[i]) ahead_head = ahead_head | head[i];
      end
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        ahead_valid_q <= 1'b0;
        ahead_mask_q  <= '0;
      end else if (choose) begin
        ahead_valid_q <= any;
        ahead_mask_q  <= grant;
      end
    end

    assign choose      = turn_done || !ahead_valid_q;
    assign ahead_mask  = ahead_mask_q;
    assign new_turn    = ahead_valid_q;
    assign next_turn   = ahead;

    logic unused;
    assign unused = ^chosen;
    assign next_mask   = ahead_mask_q;
    assign new_tag     = ahead_valid_q ? ahead_head : remaining;
  end else begin : gen_no_ahead
    assign choose      = turn_done;
    assign ahead_mask  = '0;
    assign new_turn    = any;
    assign next_turn   = chosen;
    assign next_mask   = grant;
    assign new_tag     = remaining;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ready_q       <= '0;
      turn_valid_q  <= 1'b0;
      turn_q        <= '0;
      turn_mask_q   <= Queues'(1);
      check_valid_q <= 1'b0;
      stage_valid_q <= 1'b0;
    end else begin
      ready_q       <= ready_d;
      check_valid_q <= pop;
      if (turn_done) begin
        turn_valid_q <= new_turn || turn_pop;
        if (new_turn) turn_q <= next_turn;
        if (new_turn) turn_mask_q <= next_mask;
      end
      if (turn_pop)          stage_valid_q <= 1'b1;
      else if (stage_take_i) stage_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    check_queue_q <= pop_queue;
    turn_new_q <= turn_done ? new_turn : turn_new_q;
    if (turn_done) turn_tag_q <= new_tag;
    if (turn_pop) begin
      stage_tag_q   <= turn_tag;
      stage_queue_q <= turn_q;
      stage_fault_q <= fault_i;
    end
  end

  assign stage_valid_o = stage_valid_q;
  assign stage_tag_o   = stage_tag_q;
  assign stage_queue_o = stage_queue_q;
  assign stage_fault_o = stage_fault_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && turn_valid_q && valid[turn_q]) assert (head[turn_q] == turn_tag);
  end
`endif

endmodule
