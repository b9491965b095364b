// SPDX-License-Identifier: Apache-2.0
//
// Sends translated reads on, in the order of iommu_axi_read_order, once there
// is room for all their data: `credit_return_i` gives a beat back. A refused
// read takes the room of one beat and blocks its queue until its marker has gone
// to the data buffer, behind the data of all earlier reads of that queue.
//
// A read that needs no waiting is on AR in the clock in which its answer counts. With more
// IDs than queues, reads of a queue are under way for one ID at a time, so that
// data comes back in the queue's order.

module iommu_axi_read_issue
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_axi_pkg::*;
#(
  parameter int unsigned QueueWidth = 4,
  parameter int unsigned IndexWidth = 7,
  parameter int unsigned IdWidth    = 4,
  parameter int unsigned Credits    = 511,
  localparam int unsigned Queues = 2 ** QueueWidth
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,

  input  logic                              tag_free_i,      // accept_tag_i is nobody's yet
  input  logic [IndexWidth-1:0]             accept_tag_i,
  input  burst_t                            accept_burst_i,

  input  logic                              direct_i,
  input  logic [QueueWidth-1:0]             direct_queue_i,
  input  logic [IndexWidth-1:0]             direct_tag_i,
  input  verdict_t                          direct_verdict_i,
  output logic                              direct_take_o,
  input  logic                              stage_valid_i,
  input  logic [IndexWidth-1:0]             stage_tag_i,
  input  logic [QueueWidth-1:0]             stage_queue_i,
  input  logic                              stage_fault_i,
  output logic                              stage_take_o,
  input  verdict_t                          stage_verdict_i,

  output logic                              ar_valid_o,
  input  logic                              ar_ready_i,
  output translated_t                       ar_o,

  input  logic                              credit_return_i,
  input  logic                              hold_i,          // let nothing out

  // What is under way, oldest first for each queue.
  output logic [Queues-1:0]                 under_way_o,
  output logic [Queues-1:0][IndexWidth-1:0] oldest_o,
  input  logic                              arrived_i,
  input  logic [QueueWidth-1:0]             arrived_queue_i,

  // Refused reads that wait for their marker.
  output logic [Queues-1:0]                 blocked_o,
  input  logic                              marker_done_i,
  input  logic [QueueWidth-1:0]             marker_queue_i,
  output logic [IndexWidth-1:0]             marker_tag_o,
  output axi_id_t                           marker_id_o,
  output logic [7:0]                        marker_len_o
);

  localparam int unsigned CreditWidth = $clog2(Credits + 1);

  typedef logic [QueueWidth-1:0] queue_t;
  typedef logic [IndexWidth-1:0] index_t;

  typedef struct packed {
    index_t     tag;
    axi_id_t    id;
    logic [7:0] len;
  } marker_t;

  logic [CreditWidth-1:0] credit_q, credit_d, beats;
  logic [Queues-1:0]      blocked_q, blocked_d;
  index_t                 remaining_unused;
  logic                   roomy, fits_q, room, alone, leaves, issue, refuse;
  index_t                 tag;
  queue_t                 queue;
  burst_t                 burst;
  logic [PaWidth-1:0]     pa;
  logic [1:0]             pbmt;
  qos_t                   ids;
  marker_t                marker, marker_stored;

  assign tag     = stage_valid_i ? stage_tag_i : direct_tag_i;
  assign queue   = stage_valid_i ? stage_queue_i : direct_queue_i;
  assign pa      = stage_valid_i ? stage_verdict_i.pa : direct_verdict_i.pa;
  assign pbmt    = stage_valid_i ? stage_verdict_i.pbmt : direct_verdict_i.pbmt;
  assign ids     = stage_valid_i ? stage_verdict_i.ids : direct_verdict_i.ids;
  assign beats   = CreditWidth'(burst.attributes.len) + 1'b1;

  lut_ram #(.T(burst_t), .Depth(2 ** IndexWidth)) u_bursts (
    .clk_i,
    .write_i       (tag_free_i),
    .write_index_i (accept_tag_i),
    .write_data_i  (accept_burst_i),
    .read_index_i  (tag),
    .read_data_o   (burst)
  );

  // With room for the longest burst nobody looks at the length. Otherwise a read
  // waits in the stage for a clock in which it is compared; what is there then
  // only grows until the read has left.
  assign roomy         = credit_q[CreditWidth-1];
  assign leaves        = room && (roomy || (stage_valid_i && fits_q)) && alone && !hold_i;
  assign issue         = leaves && ((stage_valid_i && !stage_fault_i) || direct_i);
  assign refuse        = stage_valid_i && stage_fault_i && credit_q != '0;
  assign direct_take_o = leaves;
  assign stage_take_o  = stage_fault_i ? credit_q != '0 : leaves;

  // Whether a read leaves is known late: both sums are made before. A burst
  // takes len + 1, hence adding the complement of len.
  logic [CreditWidth-1:0] given, taken;

  assign given = credit_q + CreditWidth'(credit_return_i);
  assign taken = credit_q + ~CreditWidth'(burst.attributes.len) +
                 CreditWidth'(credit_return_i);

  always_comb begin
    credit_d = given;
    if (issue)       credit_d = taken;
    else if (refuse) credit_d = credit_return_i ? credit_q : credit_q - 1'b1;
  end

  always_comb begin
    blocked_d = blocked_q;
    if (marker_done_i) blocked_d[marker_queue_i] = 1'b0;
    if (refuse)        blocked_d[queue] = 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      credit_q  <= CreditWidth'(Credits);
      blocked_q <= '0;
      fits_q    <= 1'b0;
    end else begin
      credit_q  <= credit_d;
      blocked_q <= blocked_d;
      fits_q    <= stage_valid_i && !stage_take_o && credit_q >= beats;
    end
  end

  assign blocked_o = blocked_q;

  iommu_axi_fall_through #(.T(translated_t)) u_out (
    .clk_i, .rst_ni,
    .valid_i (issue),
    .ready_o (room),
    .data_i  (translated(burst, pa, pbmt, ids)),
    .valid_o (ar_valid_o),
    .ready_i (ar_ready_i),
    .data_o  (ar_o)
  );

  iommu_axi_lists #(.QueueWidth(QueueWidth), .IndexWidth(IndexWidth)) u_under_way (
    .clk_i, .rst_ni,
    .push_i       (issue),
    .push_queue_i (queue),
    .push_tag_i   (tag),
    .pop_i        (arrived_i),
    .pop_queue_i  (arrived_queue_i),
    .pop_tag_i    (oldest_o[arrived_queue_i]),
    .valid_o      (under_way_o),
    .head_o       (oldest_o),
    .remaining_o  (remaining_unused)
  );

  assign marker.tag = tag;
  assign marker.id  = burst.attributes.id;
  assign marker.len = burst.attributes.len;

  lut_ram #(.T(marker_t), .Depth(Queues)) u_markers (
    .clk_i,
    .write_i       (refuse),
    .write_index_i (queue),
    .write_data_i  (marker),
    .read_index_i  (marker_queue_i),
    .read_data_o   (marker_stored)
  );

  logic unused;
  assign unused = ^{direct_verdict_i.fault, direct_verdict_i.is_mrif, direct_verdict_i.mrif};

  assign marker_tag_o = marker_stored.tag;
  assign marker_id_o  = marker_stored.id;
  assign marker_len_o = marker_stored.len;

  if (IdWidth <= QueueWidth) begin : gen_queue_per_id
    assign alone = 1'b1;
  end else begin : gen_shared_queues
    axi_id_t last_id;

    lut_ram #(.T(axi_id_t), .Depth(Queues)) u_last_id (
      .clk_i,
      .write_i       (issue),
      .write_index_i (queue),
      .write_data_i  (burst.attributes.id),
      .read_index_i  (queue),
      .read_data_o   (last_id)
    );

    assign alone = !under_way_o[queue] || last_id == burst.attributes.id;
  end

endmodule
