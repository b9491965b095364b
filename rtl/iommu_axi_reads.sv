// SPDX-License-Identifier: Apache-2.0
//
// Reads of the AXI4 front end, from acceptance to the last R. Order: those of one
// of the 2**QueueWidth queues of IDs stay in order, all others pass each other.
// Every R has its place in a buffer before its AR leaves, so that `m_axi` never
// waits for a device. A tag is free when its last R has left.
//
// A bad read, one that AXI4 or this port does not allow, is never a request: it
// waits here for the reads before it, one at a time, and is answered with SLVERR.

module iommu_axi_reads
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_axi_pkg::*;
#(
  parameter cfg_t        Cfg        = build_cfg(BuildDefault),
  parameter int unsigned IdWidth    = 4,
  parameter int unsigned QueueWidth = 4,
  parameter type         index_t    = logic
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  // From acceptance. `tag_free_i`: the tag that is offered next is one.
  input  logic                     tag_free_i,
  input  logic                     accept_i,
  input  logic                     accept_bad_i,
  input  logic [QueueWidth-1:0]    accept_queue_i,
  input  index_t                   accept_tag_i,
  input  burst_t                   accept_burst_i,
  input  logic                     accept_colour_i,
  output logic                     bad_busy_o,        // a bad read waits
  output logic [QueueWidth-1:0]    bad_queue_o,

  // Answers, and what became of them, by tag.
  input  logic                     answer_valid_i,
  input  answer_t                  answer_i,
  output index_t                   next_tag_o,
  input  logic                     next_answered_i,
  output index_t                   fault_tag_o,
  input  logic                     fault_i,
  output index_t                   check_tag_o,
  input  logic                     check_answered_i,
  output index_t                   stage_tag_o,
  input  verdict_t                 stage_verdict_i,

  output logic                     ar_valid_o,
  input  logic                     ar_ready_i,
  output translated_t              ar_o,
  input  logic                     m_valid_i,         // R, always taken
  input  axi_id_t                  m_id_i,
  input  logic [Cfg.DataWidth-1:0] m_data_i,
  input  logic [1:0]               m_resp_i,
  input  logic                     m_last_i,
  output logic                     s_valid_o,
  input  logic                     s_ready_i,
  output axi_id_t                  s_id_o,
  output logic [Cfg.DataWidth-1:0] s_data_o,
  output logic [1:0]               s_resp_o,
  output logic                     s_last_o,

  output logic                     free_valid_o,
  output index_t                   free_tag_o,
  output logic [1:0]               busy_o,            // by colour
  output logic                     cut_valid_o,       // a device that stalled
  input  logic                     cut_ready_i,
  output index_t                   cut_tag_o
);

  localparam int unsigned IndexWidth  = $bits(index_t);
  localparam int unsigned Queues      = 2 ** QueueWidth;
  localparam int unsigned BufferDepth = 512;

  typedef logic [QueueWidth-1:0] queue_t;

  logic accept_good, accept_bad;

  assign accept_good = accept_i && !accept_bad_i;
  assign accept_bad  = accept_i && accept_bad_i;

  // ---------------------------------------------------------- the bad read
  logic       bad_q, bad_sent_q, bad_taken, bad_done, bad_ready;
  axi_id_t    bad_id_q;
  logic [7:0] bad_len_q;
  queue_t     bad_queue;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      bad_q      <= 1'b0;
      bad_sent_q <= 1'b0;
    end else begin
      bad_q      <= (bad_q && !bad_done) || accept_bad;
      bad_sent_q <= bad_q && !bad_done && (bad_sent_q || bad_taken);
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept_bad) begin
      bad_id_q  <= accept_burst_i.attributes.id;
      bad_len_q <= accept_burst_i.attributes.len;
    end
  end

  assign bad_busy_o  = bad_q;
  assign bad_queue   = bad_id_q[QueueWidth-1:0];
  assign bad_queue_o = bad_queue;

  // ---------------------------------------------------- order, issue, data
  logic [Queues-1:0]   waiting, blocked, under_way;
  index_t [Queues-1:0] oldest;
  logic                direct, direct_take, stage_valid, stage_fault, stage_take;
  queue_t              direct_queue, stage_queue, arrived_queue, marker_queue;
  logic                arrived, marker_done, hold, credit_return;
  index_t              direct_tag, marker_tag;
  verdict_t            direct_verdict;
  axi_id_t             marker_id;
  logic [7:0]          marker_len;
  logic                done;
  index_t              done_tag;

  assign bad_ready = bad_q && !bad_sent_q && !waiting[bad_queue] && !under_way[bad_queue] &&
                     !blocked[bad_queue] && !(stage_valid && stage_queue == bad_queue);

  iommu_axi_read_order #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .FastClock(Cfg.FastClock)
  ) u_order (
    .clk_i, .rst_ni,
    .tag_free_i,
    .accept_i         (accept_good),
    .accept_queue_i,
    .accept_tag_i,
    .answer_valid_i,
    .answer_tag_i     (answer_i.tag[IndexWidth-1:0]),
    .answer_fault_i   (answer_i.fault || answer_i.is_mrif),
    .next_tag_o, .next_answered_i,
    .fault_tag_o, .fault_i,
    .check_tag_o, .check_answered_i,
    .blocked_i        (blocked),
    .waiting_o        (waiting),
    .direct_o         (direct),
    .direct_queue_o   (direct_queue),
    .direct_tag_o     (direct_tag),
    .direct_take_i    (direct_take),
    .stage_valid_o    (stage_valid),
    .stage_tag_o,
    .stage_queue_o    (stage_queue),
    .stage_fault_o    (stage_fault),
    .stage_take_i     (stage_take)
  );

  // The answer that direct_tag tells of.
  if (Cfg.FastClock) begin : gen_late
    verdict_t verdict_q;

    always_ff @(posedge clk_i) verdict_q <= verdict(answer_i);

    assign direct_verdict = verdict_q;
  end else begin : gen_at_once
    assign direct_verdict = verdict(answer_i);
  end

  // One place less than the buffer has: that one is the bad read's.
  iommu_axi_read_issue #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .IdWidth(IdWidth), .Credits(BufferDepth - 1)
  ) u_issue (
    .clk_i, .rst_ni,
    .tag_free_i, .accept_tag_i, .accept_burst_i,
    .direct_i        (direct),
    .direct_queue_i  (direct_queue),
    .direct_tag_i    (direct_tag),
    .direct_verdict_i (direct_verdict),
    .direct_take_o   (direct_take),
    .stage_valid_i   (stage_valid),
    .stage_tag_i     (stage_tag_o),
    .stage_queue_i   (stage_queue),
    .stage_fault_i   (stage_fault),
    .stage_take_o    (stage_take),
    .stage_verdict_i,
    .ar_valid_o, .ar_ready_i, .ar_o,
    .credit_return_i (credit_return),
    .hold_i          (hold),
    .under_way_o     (under_way),
    .oldest_o        (oldest),
    .arrived_i       (arrived),
    .arrived_queue_i (arrived_queue),
    .blocked_o       (blocked),
    .marker_done_i   (marker_done),
    .marker_queue_i  (marker_queue),
    .marker_tag_o    (marker_tag),
    .marker_id_o     (marker_id),
    .marker_len_o    (marker_len)
  );

  iommu_axi_read_data #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .DataWidth(Cfg.DataWidth),
    .Depth(BufferDepth), .StallTimeout(Cfg.StallTimeout)
  ) u_data (
    .clk_i, .rst_ni,
    .m_valid_i, .m_id_i, .m_data_i, .m_resp_i, .m_last_i,
    .s_valid_o, .s_ready_i, .s_id_o, .s_data_o, .s_resp_o, .s_last_o,
    .arrived_o       (arrived),
    .arrived_queue_o (arrived_queue),
    .under_way_i     (under_way),
    .oldest_i        (oldest),
    .blocked_i       (blocked),
    .marker_done_o   (marker_done),
    .marker_queue_o  (marker_queue),
    .marker_tag_i    (marker_tag),
    .marker_id_i     (marker_id),
    .marker_len_i    (marker_len),
    .hold_o          (hold),
    .bad_ready_i     (bad_ready),
    .bad_id_i        (bad_id_q),
    .bad_len_i       (bad_len_q),
    .bad_taken_o     (bad_taken),
    .bad_done_o      (bad_done),
    .credit_return_o (credit_return),
    .done_valid_o    (done),
    .done_tag_o      (done_tag),
    .free_valid_o, .free_tag_o,
    .cut_valid_o, .cut_ready_i, .cut_tag_o
  );

  iommu_axi_busy #(.IndexWidth(IndexWidth)) u_busy (
    .clk_i, .rst_ni,
    .tag_free_i,
    .accept_i     (accept_good),
    .accept_tag_i, .accept_colour_i,
    .done_valid_i (done),
    .done_tag_i   (done_tag),
    .busy_o
  );

endmodule
