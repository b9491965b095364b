// SPDX-License-Identifier: Apache-2.0
//
// Writes leave in the order of their arrival, each once it is translated and
// all of its data is buffered (`complete_*`, one for each write, in order). A
// write that needs no waiting is on AW in the clock of its answer, with FastClock in
// the clock after: then what becomes of it is read from the store of answers.
//
// A write is refused when its translation is, when its data was cut off, or when
// it is bad (it has no tag then). Its data is drained, and its B goes to the
// buffer of iommu_axi_responses when all earlier writes of its queue have theirs.
// With more IDs than queues, writes of a queue are under way for one ID at a time.

module iommu_axi_write_order
  import iommu_pkg::*;
  import iommu_axi_pkg::*;
#(
  parameter int unsigned QueueWidth = 4,
  parameter int unsigned IndexWidth = 7,
  parameter int unsigned IdWidth    = 4,
  parameter int unsigned Depth      = 64,   // writes that have not left
  parameter bit          Mrif       = 1'b0, // memory-resident interrupt files
  parameter bit          FastClock  = 1'b0,
  localparam int unsigned Queues = 2 ** QueueWidth
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,

  output logic                              space_o,
  input  logic                              accept_i,
  input  logic                              accept_bad_i,
  input  logic [IndexWidth-1:0]             accept_tag_i,
  input  burst_t                            accept_burst_i,
  input  logic                              accept_colour_i,

  input  logic                              answer_valid_i,
  input  answer_t                           answer_i,
  output logic [IndexWidth-1:0]             next_tag_o,       // question to the store
  input  logic                              next_answered_i,
  input  logic                              next_fault_i,     // if it is answered
  output logic [IndexWidth-1:0]             head_tag_o,
  input  verdict_t                          head_verdict_i,

  input  logic                              complete_valid_i,
  output logic                              complete_ready_o,
  input  logic                              complete_cut_i,

  output logic                              aw_valid_o,
  input  logic                              aw_ready_i,
  output translated_t                       aw_o,

  // What to do with the data of the write that leaves now.
  output logic                              data_valid_o,
  input  logic                              data_ready_i,
  output logic                              data_drain_o,
  output logic                              data_mrif_o,     // its data is for mrif_*

  // A write to a memory-resident interrupt file leaves alone.
  input  logic                              mrif_busy_i,
  output logic                              mrif_take_o,
  output verdict_t                          mrif_verdict_o,
  output logic                              mrif_single_o,
  output logic                              mrif_colour_o,

  output logic [Queues-1:0][IndexWidth-1:0] oldest_o,
  input  logic                              arrived_i,
  input  logic [QueueWidth-1:0]             arrived_queue_i,

  output logic                              refuse_valid_o,
  input  logic                              refuse_ready_i,
  output logic                              refuse_bad_o,
  output logic [IndexWidth-1:0]             refuse_tag_o,
  output axi_id_t                           refuse_id_o
);

  typedef struct packed {
    logic                  bad;
    logic [IndexWidth-1:0] tag;
    burst_t                burst;
    logic                  colour;
  } entry_t;

  entry_t                accepted, next, head_q;
  logic                  next_valid, load, head_valid_q, answered_q;
  logic                  match_next, answers_head, match_head, decided, refused, room, alone;
  logic                  may_go, issue, leave, behind;
  logic [QueueWidth-1:0] queue;
  logic [IndexWidth-1:0] answer_tag, remaining_unused;
  verdict_t              decision;
  logic                  mrif;
  logic [Queues-1:0]     under_way;

  assign accepted.bad   = accept_bad_i;
  assign accepted.tag   = accept_tag_i;
  assign accepted.burst = accept_burst_i;
  assign accepted.colour = accept_colour_i;

  stream_fifo #(.T(entry_t), .Depth(Depth)) u_waiting (
    .clk_i, .rst_ni,
    .valid_i (accept_i),
    .ready_o (space_o),
    .data_i  (accepted),
    .valid_o (next_valid),
    .ready_i (load),
    .data_o  (next)
  );

  assign answer_tag = answer_i.tag[IndexWidth-1:0];
  assign next_tag_o = next.tag;
  assign head_tag_o = head_q.tag;
  assign match_next = answer_valid_i && answer_tag == next.tag;
  assign answers_head = answer_valid_i && answer_tag == head_q.tag;
  assign match_head   = answers_head && !FastClock;

  // Whether it is a refusal, with FastClock, is known from a register.
  logic fault_q;

  always_comb begin
    decision = (answered_q || FastClock) ? head_verdict_i : verdict(answer_i);
    if (FastClock) decision.fault = fault_q;
  end

  always_ff @(posedge clk_i) begin
    if (load)              fault_q <= match_next ? answer_i.fault : next_fault_i;
    else if (answers_head) fault_q <= answer_i.fault;
  end

  assign queue   = head_q.burst.attributes.id[QueueWidth-1:0];
  assign decided = head_q.bad || answered_q || match_head;
  assign refused = head_q.bad || complete_cut_i || decision.fault;
  assign mrif    = Mrif && decision.is_mrif && !refused;
  assign may_go  = head_valid_q && decided && complete_valid_i && data_ready_i && !mrif_busy_i;
  assign issue   = may_go && !refused && !mrif && room && alone;

  assign mrif_take_o    = may_go && mrif && under_way == '0;
  assign mrif_verdict_o = decision;
  assign mrif_single_o  = head_q.burst.attributes.len == '0;
  assign mrif_colour_o  = head_q.colour;

  assign refuse_valid_o = may_go && refused && !behind;
  assign refuse_bad_o   = head_q.bad;
  assign refuse_tag_o   = head_q.tag;
  assign refuse_id_o    = head_q.burst.attributes.id;

  // As issue, mrif_take_o or refuse_*_o say: leave. Written so that an answer of
  // this clock, which is compared first, meets what it would mean.
  logic ready, known, if_passed, if_refused, if_mrif, late_passed;

  assign ready       = head_valid_q && complete_valid_i && data_ready_i && !mrif_busy_i;
  assign known       = head_q.bad || answered_q;
  assign if_passed   = room && alone;
  assign if_refused  = refuse_ready_i && !behind;
  assign if_mrif     = under_way == '0;
  assign late_passed = (Mrif && answer_i.is_mrif) ? if_mrif : if_passed;

  assign leave = (ready && known && (refused ? if_refused : mrif ? if_mrif : if_passed)) ||
                 (match_head && ready && !known &&
                  ((complete_cut_i || answer_i.fault) ? if_refused : late_passed));

  assign complete_ready_o = leave;
  assign data_valid_o     = leave;
  assign data_drain_o     = refused || mrif;
  assign data_mrif_o      = mrif;
  assign load             = !head_valid_q || leave;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_valid_q <= 1'b0;
      answered_q   <= 1'b0;
    end else if (load) begin
      head_valid_q <= next_valid;
      answered_q   <= next_answered_i || match_next;
    end else if (answers_head) begin
      answered_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) head_q <= next;
  end

  // Are others of its queue under way? With FastClock looked up in the clock before, so
  // that a B counts a clock later.
  if (FastClock) begin : gen_behind_before
    logic [QueueWidth-1:0] next_queue;
    logic                  behind_q;

    assign next_queue = next.burst.attributes.id[QueueWidth-1:0];

    always_ff @(posedge clk_i) begin
      if (load) behind_q <= under_way[next_queue] || (issue && queue == next_queue);
      else      behind_q <= under_way[queue];
    end

    assign behind = behind_q;
  end else begin : gen_behind
    assign behind = under_way[queue];
  end

  iommu_axi_fall_through #(.T(translated_t)) u_out (
    .clk_i, .rst_ni,
    .valid_i (issue),
    .ready_o (room),
    .data_i  (translated(head_q.burst, decision.pa, decision.pbmt, decision.ids)),
    .valid_o (aw_valid_o),
    .ready_i (aw_ready_i),
    .data_o  (aw_o)
  );

  iommu_axi_lists #(.QueueWidth(QueueWidth), .IndexWidth(IndexWidth)) u_under_way (
    .clk_i, .rst_ni,
    .push_i       (issue),
    .push_queue_i (queue),
    .push_tag_i   (head_q.tag),
    .pop_i        (arrived_i),
    .pop_queue_i  (arrived_queue_i),
    .pop_tag_i    (oldest_o[arrived_queue_i]),
    .valid_o      (under_way),
    .head_o       (oldest_o),
    .remaining_o  (remaining_unused)
  );

  if (IdWidth <= QueueWidth) begin : gen_queue_per_id
    assign alone = 1'b1;
  end else begin : gen_shared_queues
    axi_id_t last_id;

    lut_ram #(.T(axi_id_t), .Depth(Queues)) u_last_id (
      .clk_i,
      .write_i       (issue),
      .write_index_i (queue),
      .write_data_i  (head_q.burst.attributes.id),
      .read_index_i  (queue),
      .read_data_o   (last_id)
    );

    assign alone = !behind || last_id == head_q.burst.attributes.id;
  end

  logic unused;
  assign unused = ^{answer_i.status, answer_i.msi, answer_i.grant, answer_i.prpr};

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (leave == (issue || mrif_take_o || (refuse_valid_o && refuse_ready_i)));
    end
  end
`endif

endmodule
