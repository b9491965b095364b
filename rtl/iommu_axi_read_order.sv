// SPDX-License-Identifier: Apache-2.0
//
// Reads between acceptance and departure: a queue for each ID (or each residue
// of IDs), left in order, all queues independently. Queues whose first read is
// answered take turns; one read a clock, from one queue or from many.
//
// Two ways out. Directly, combinational from the answer, when nothing that may
// leave waits (`direct_o`; it is out if `direct_take_i`). Otherwise through
// `stage_*`, two clocks later at the earliest, kept until `stage_take_i`.
//
// `blocked_i` stops a queue: behind a refused read, until that was answered.
// Refused reads leave through the stage only.

module iommu_axi_read_order

#(
  parameter int unsigned QueueWidth = 4,
  parameter int unsigned IndexWidth = 7,
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
  input  logic                  direct_take_i,
  output logic                  stage_valid_o,
  output logic [IndexWidth-1:0] stage_tag_o,
  output logic [QueueWidth-1:0] stage_queue_o,
  output logic                  stage_fault_o,
  input  logic                  stage_take_i
);

  typedef logic [QueueWidth-1:0] queue_t;
  typedef logic [IndexWidth-1:0] index_t;

  logic   [Queues-1:0] valid, ready_q, ready_d, match, candidates, popping, turning, check;
  index_t [Queues-1:0] head;
  logic                pop;
  queue_t              pop_queue;
  index_t              pop_tag, remaining;

  iommu_axi_lists #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .LatePop(1'b1)
  ) u_lists (
    .clk_i, .rst_ni,
    .push_i       (accept_i),
    .push_queue_i (accept_queue_i),
    .push_tag_i   (accept_tag_i),
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
      match[i] = answer_valid_i && valid[i] && head[i] == answer_tag_i;
    end
  end

  // The queue of a read that matches, without waiting for the comparison.
  lut_ram #(.T(queue_t), .Depth(2 ** IndexWidth)) u_queues (
    .clk_i,
    .write_i       (tag_free_i),
    .write_index_i (accept_tag_i),
    .write_data_i  (accept_queue_i),
    .read_index_i  (answer_tag_i),
    .read_data_o   (direct_queue_o)
  );

  // The queue whose turn it is. It was chosen because its first read is answered
  // (`turn_new_q`), or on the chance that the read behind the one that just left,
  // `turn_tag_q`, is answered too. The first read of a queue that was chosen does not
  // change: it leaves by its turn only.
  logic   turn_valid_q, turn_fits, turn_pop, turn_done;
  queue_t turn_q, next_turn;
  index_t turn_tag_q, turn_tag;
  logic   turn_new_q;
  logic   any;
  logic [Queues-1:0] grant_unused;

  logic   stage_valid_q, stage_fault_q;
  index_t stage_tag_q;
  queue_t stage_queue_q;

  assign turn_tag   = turn_new_q ? head[turn_q] : turn_tag_q;
  assign next_tag_o = turn_tag_q;
  assign fault_tag_o = turn_tag;
  assign turn_fits  = (turn_new_q || (valid[turn_q] && next_answered_i)) && !blocked_i[turn_q] &&
                      !(stage_valid_q && stage_fault_q && stage_queue_q == turn_q);
  assign turn_pop   = turn_valid_q && turn_fits && (!stage_valid_q || stage_take_i);
  assign turn_done  = !turn_valid_q || !turn_fits || turn_pop;

  assign direct_o = (match & ~blocked_i) != '0 && !answer_fault_i && !turn_valid_q &&
                    !stage_valid_q && (ready_q & ~blocked_i) == '0;

  assign pop       = turn_pop || (direct_o && direct_take_i);
  assign pop_queue = turn_valid_q ? turn_q : direct_queue_o;
  assign pop_tag   = turn_valid_q ? turn_tag : answer_tag_i;

  always_comb begin
    popping = '0;
    popping[pop_queue] = pop;
  end

  // Whether the new first read of a queue has its answer is looked up in the
  // clock after the old one left.
  logic   check_valid_q;
  queue_t check_queue_q;

  assign check_tag_o = head[check_queue_q];

  always_comb begin
    check = '0;
    check[check_queue_q] = check_valid_q && valid[check_queue_q] && check_answered_i;
  end

  // Whose turn it is, is not asked again: whether that one leaves is known late.
  always_comb begin
    turning = '0;
    turning[turn_q] = turn_valid_q;
  end

  assign ready_d    = (ready_q | match | check) & ~popping;
  assign candidates = ready_q & ~blocked_i & ~turning;
  assign any        = candidates != '0;

  round_robin_arbiter #(.N(Queues)) u_turns (
    .clk_i, .rst_ni,
    .request_i (candidates),
    .advance_i (turn_done),
    .grant_o   (grant_unused),
    .index_o   (next_turn)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ready_q       <= '0;
      turn_valid_q  <= 1'b0;
      turn_q        <= '0;
      check_valid_q <= 1'b0;
      stage_valid_q <= 1'b0;
    end else begin
      ready_q       <= ready_d;
      check_valid_q <= pop;
      if (turn_done) begin
        turn_valid_q <= any || turn_pop;
        if (any) turn_q <= next_turn;
      end
      if (turn_pop)          stage_valid_q <= 1'b1;
      else if (stage_take_i) stage_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    check_queue_q <= pop_queue;
    turn_new_q <= turn_done ? any : turn_new_q;
    if (turn_done) turn_tag_q <= remaining;
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
