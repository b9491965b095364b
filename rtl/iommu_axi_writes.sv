// SPDX-License-Identifier: Apache-2.0
//
// Writes of the AXI4 front end, from acceptance to B. They leave in the order of
// arrival, with all their data buffered, W after AW; a refused or bad one drains
// its W and is answered with SLVERR. An MSI for a memory-resident interrupt file
// does not leave: its data goes to the core, and while that stores it no other
// write leaves. A tag is free when its B has left.

module iommu_axi_writes
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_axi_pkg::*;
#(
  parameter cfg_t        Cfg        = build_cfg(BuildDefault),
  parameter int unsigned IdWidth    = 4,
  parameter int unsigned QueueWidth = 4,
  parameter type         index_t    = logic
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  // From acceptance. `tag_free_i`: the tag that is offered next is one.
  input  logic                       tag_free_i,
  output logic                       space_o,
  input  logic                       accept_i,
  input  logic                       accept_bad_i,
  input  index_t                     accept_tag_i,
  input  burst_t                     accept_burst_i,
  input  logic                       accept_colour_i,

  // Answers, and what became of them, by tag.
  input  logic                       answer_valid_i,
  input  answer_t                    answer_i,
  output index_t                     next_tag_o,
  input  logic                       next_answered_i,
  input  logic                       next_fault_i,
  output index_t                     head_tag_o,
  input  verdict_t                   head_verdict_i,

  input  logic                       s_valid_i,         // W
  output logic                       s_ready_o,
  input  logic [Cfg.DataWidth-1:0]   s_data_i,
  input  logic [Cfg.DataWidth/8-1:0] s_strb_i,
  output logic                       aw_valid_o,
  input  logic                       aw_ready_i,
  output translated_t                aw_o,
  output logic                       m_valid_o,
  input  logic                       m_ready_i,
  output logic [Cfg.DataWidth-1:0]   m_data_o,
  output logic [Cfg.DataWidth/8-1:0] m_strb_o,
  output logic                       m_last_o,
  input  logic                       b_valid_i,         // B of memory, always taken
  input  axi_id_t                    b_id_i,
  input  logic [1:0]                 b_resp_i,
  output logic                       b_valid_o,
  input  logic                       b_ready_i,
  output axi_id_t                    b_id_o,
  output logic [1:0]                 b_resp_o,

  output logic                       mrif_valid_o,
  input  logic                       mrif_ready_i,
  output mrif_store_t                mrif_o,
  input  logic                       mrif_done_i,
  input  logic [11:0]                mrif_cause_i,

  output logic                       free_valid_o,
  output index_t                     free_tag_o,
  output logic [1:0]                 busy_o,            // by colour

  // Devices that stalled, at W and at B, and stores that failed.
  output logic [2:0]                 cut_valid_o,
  input  logic [2:0]                 cut_ready_i,
  output index_t [2:0]               cut_tag_o,
  output logic [11:0]                store_cause_o
);

  localparam int unsigned IndexWidth  = $bits(index_t);
  localparam int unsigned Queues      = 2 ** QueueWidth;
  localparam int unsigned BufferDepth = 512;
  localparam int unsigned Writes      = Cfg.Requests / 2;

  typedef logic [QueueWidth-1:0] queue_t;

  logic                order_space, data_space;
  logic                complete_valid, complete_ready, complete_cut;
  logic                command_valid, command_ready, command_drain, command_mrif;
  logic                b_arrived, refuse_valid, refuse_ready, refuse_bad;
  queue_t              b_arrived_queue;
  index_t              refuse_tag;
  axi_id_t             refuse_id;
  logic                mrif_busy, mrif_take, mrif_single, mrif_colour, mrif_data;
  verdict_t            mrif_verdict;
  logic                respond_valid, respond_error;
  index_t              respond_tag;
  axi_id_t             respond_id;
  index_t [Queues-1:0] oldest;
  logic                done;
  index_t              done_tag;

  assign space_o = order_space && data_space;

  iommu_axi_write_order #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .IdWidth(IdWidth), .Depth(Writes),
    .Mrif(Cfg.MsiMrif), .FastClock(Cfg.FastClock)
  ) u_order (
    .clk_i, .rst_ni,
    .space_o          (order_space),
    .accept_i, .accept_bad_i, .accept_tag_i, .accept_burst_i, .accept_colour_i,
    .answer_valid_i, .answer_i,
    .next_tag_o, .next_answered_i, .next_fault_i,
    .head_tag_o, .head_verdict_i,
    .complete_valid_i (complete_valid),
    .complete_ready_o (complete_ready),
    .complete_cut_i   (complete_cut),
    .aw_valid_o, .aw_ready_i, .aw_o,
    .data_valid_o     (command_valid),
    .data_ready_i     (command_ready),
    .data_drain_o     (command_drain),
    .data_mrif_o      (command_mrif),
    .mrif_busy_i      (mrif_busy),
    .mrif_take_o      (mrif_take),
    .mrif_verdict_o   (mrif_verdict),
    .mrif_single_o    (mrif_single),
    .mrif_colour_o    (mrif_colour),
    .oldest_o         (oldest),
    .arrived_i        (b_arrived),
    .arrived_queue_i  (b_arrived_queue),
    .refuse_valid_o   (refuse_valid),
    .refuse_ready_i   (refuse_ready),
    .refuse_bad_o     (refuse_bad),
    .refuse_tag_o     (refuse_tag),
    .refuse_id_o      (refuse_id)
  );

  iommu_axi_write_data #(
    .IndexWidth(IndexWidth), .DataWidth(Cfg.DataWidth), .Depth(BufferDepth), .Writes(Writes),
    .StallTimeout(Cfg.StallTimeout)
  ) u_data (
    .clk_i, .rst_ni,
    .space_o          (data_space),
    .accept_i, .accept_bad_i, .accept_tag_i,
    .accept_len_i     (accept_burst_i.attributes.len),
    .s_valid_i, .s_ready_o, .s_data_i, .s_strb_i,
    .complete_valid_o (complete_valid),
    .complete_ready_i (complete_ready),
    .complete_cut_o   (complete_cut),
    .command_valid_i  (command_valid),
    .command_ready_o  (command_ready),
    .command_drain_i  (command_drain),
    .command_mrif_i   (command_mrif),
    .mrif_valid_o     (mrif_data),
    .m_valid_o, .m_ready_i, .m_data_o, .m_strb_o, .m_last_o,
    .cut_valid_o      (cut_valid_o[0]),
    .cut_ready_i      (cut_ready_i[0]),
    .cut_tag_o        (cut_tag_o[0])
  );

  // While it is busy no other write leaves, refused or not.
  if (Cfg.MsiMrif) begin : gen_mrif
    iommu_axi_mrif #(.IndexWidth(IndexWidth), .DataWidth(Cfg.DataWidth)) u_mrif (
      .clk_i, .rst_ni,
      .busy_o          (mrif_busy),
      .take_i          (mrif_take),
      .tag_i           (head_tag_o),
      .id_i            (refuse_id),
      .single_i        (mrif_single),
      .verdict_i       (mrif_verdict),
      .colour_i        (mrif_colour),
      .data_valid_i    (mrif_data),
      .data_i          (m_data_o),
      .strb_i          (m_strb_o),
      .store_valid_o   (mrif_valid_o),
      .store_ready_i   (mrif_ready_i),
      .store_o         (mrif_o),
      .store_done_i    (mrif_done_i),
      .store_cause_i   (mrif_cause_i),
      .fault_valid_o   (cut_valid_o[2]),
      .fault_ready_i   (cut_ready_i[2]),
      .fault_tag_o     (cut_tag_o[2]),
      .fault_cause_o   (store_cause_o),
      .respond_valid_o (respond_valid),
      .respond_ready_i (refuse_ready),
      .respond_tag_o   (respond_tag),
      .respond_id_o    (respond_id),
      .respond_error_o (respond_error)
    );
  end else begin : gen_no_mrif
    assign mrif_busy      = 1'b0;
    assign mrif_valid_o   = 1'b0;
    assign mrif_o         = '0;
    assign cut_valid_o[2] = 1'b0;
    assign cut_tag_o[2]   = '0;
    assign store_cause_o  = '0;
    assign respond_valid  = 1'b0;
    assign respond_tag    = '0;
    assign respond_id     = '0;
    assign respond_error  = 1'b0;

    logic unused;
    assign unused = ^{mrif_take, mrif_single, mrif_verdict, mrif_colour, mrif_data, mrif_ready_i,
                      mrif_done_i, mrif_cause_i, cut_ready_i[2]};
  end

  iommu_axi_responses #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .StallTimeout(Cfg.StallTimeout)
  ) u_responses (
    .clk_i, .rst_ni,
    .m_valid_i       (b_valid_i),
    .m_id_i          (b_id_i),
    .m_resp_i        (b_resp_i),
    .s_valid_o       (b_valid_o),
    .s_ready_i       (b_ready_i),
    .s_id_o          (b_id_o),
    .s_resp_o        (b_resp_o),
    .arrived_o       (b_arrived),
    .arrived_queue_o (b_arrived_queue),
    .oldest_i        (oldest),
    .refuse_valid_i  (refuse_valid || respond_valid),
    .refuse_ready_o  (refuse_ready),
    .refuse_error_i  (!respond_valid || respond_error),
    .refuse_bad_i    (!respond_valid && refuse_bad),
    .refuse_tag_i    (respond_valid ? respond_tag : refuse_tag),
    .refuse_id_i     (respond_valid ? respond_id : refuse_id),
    .done_valid_o    (done),
    .done_tag_o      (done_tag),
    .free_valid_o, .free_tag_o,
    .cut_valid_o     (cut_valid_o[1]),
    .cut_ready_i     (cut_ready_i[1]),
    .cut_tag_o       (cut_tag_o[1])
  );

  iommu_axi_busy #(.IndexWidth(IndexWidth)) u_busy (
    .clk_i, .rst_ni,
    .tag_free_i,
    .accept_i     (accept_i && !accept_bad_i),
    .accept_tag_i, .accept_colour_i,
    .done_valid_i (done),
    .done_tag_i   (done_tag),
    .busy_o
  );

endmodule
