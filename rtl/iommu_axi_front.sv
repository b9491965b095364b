// SPDX-License-Identifier: Apache-2.0
//
// AXI4 front end: bursts of devices become translation requests, and leave
// translated, or are answered with SLVERR.
//
// Latency: a hit offered in clock 0 is on `m_axi` in clock 4. Throughput: one
// burst a clock over AR and AW together, with one ID or many.
// Order: reads of an ID stay in order (IDs share 16 queues when IdWidth > 4),
// otherwise they pass each other and writes; writes leave in arrival order,
// with all their data buffered, W after AW. Every R has its place in a buffer
// before its AR leaves, so `m_axi` never waits for a device.
// A tag is kept until the last R or the B has left; reads and writes each may
// hold three quarters of all tags, writes that have not left one half.

module iommu_axi_front
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_axi_pkg::*;
#(
  parameter cfg_t        Cfg     = build_cfg(BuildDefault),
  parameter int unsigned IdWidth = 4
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  // Devices
  input  logic [IdWidth-1:0]         s_axi_awid_i,
  input  logic [63:0]                s_axi_awaddr_i,
  input  logic [7:0]                 s_axi_awlen_i,
  input  logic [2:0]                 s_axi_awsize_i,
  input  logic [1:0]                 s_axi_awburst_i,
  input  logic                       s_axi_awlock_i,
  input  logic [3:0]                 s_axi_awcache_i,
  input  logic [2:0]                 s_axi_awprot_i,
  input  logic [3:0]                 s_axi_awqos_i,
  input  logic [46:0]                s_axi_awuser_i,
  input  logic                       s_axi_awvalid_i,
  output logic                       s_axi_awready_o,
  input  logic [Cfg.DataWidth-1:0]   s_axi_wdata_i,
  input  logic [Cfg.DataWidth/8-1:0] s_axi_wstrb_i,
  input  logic                       s_axi_wlast_i,
  input  logic                       s_axi_wvalid_i,
  output logic                       s_axi_wready_o,
  output logic [IdWidth-1:0]         s_axi_bid_o,
  output logic [1:0]                 s_axi_bresp_o,
  output logic                       s_axi_bvalid_o,
  input  logic                       s_axi_bready_i,
  input  logic [IdWidth-1:0]         s_axi_arid_i,
  input  logic [63:0]                s_axi_araddr_i,
  input  logic [7:0]                 s_axi_arlen_i,
  input  logic [2:0]                 s_axi_arsize_i,
  input  logic [1:0]                 s_axi_arburst_i,
  input  logic                       s_axi_arlock_i,
  input  logic [3:0]                 s_axi_arcache_i,
  input  logic [2:0]                 s_axi_arprot_i,
  input  logic [3:0]                 s_axi_arqos_i,
  input  logic [46:0]                s_axi_aruser_i,
  input  logic                       s_axi_arvalid_i,
  output logic                       s_axi_arready_o,
  output logic [IdWidth-1:0]         s_axi_rid_o,
  output logic [Cfg.DataWidth-1:0]   s_axi_rdata_o,
  output logic [1:0]                 s_axi_rresp_o,
  output logic                       s_axi_rlast_o,
  output logic                       s_axi_rvalid_o,
  input  logic                       s_axi_rready_i,

  // Translated traffic
  output logic [IdWidth-1:0]         m_axi_awid_o,
  output logic [PaWidth-1:0]         m_axi_awaddr_o,
  output logic [7:0]                 m_axi_awlen_o,
  output logic [2:0]                 m_axi_awsize_o,
  output logic [1:0]                 m_axi_awburst_o,
  output logic                       m_axi_awlock_o,
  output logic [3:0]                 m_axi_awcache_o,
  output logic [2:0]                 m_axi_awprot_o,
  output logic [3:0]                 m_axi_awqos_o,
  output logic [47:0]                m_axi_awuser_o,
  output logic                       m_axi_awvalid_o,
  input  logic                       m_axi_awready_i,
  output logic [Cfg.DataWidth-1:0]   m_axi_wdata_o,
  output logic [Cfg.DataWidth/8-1:0] m_axi_wstrb_o,
  output logic                       m_axi_wlast_o,
  output logic                       m_axi_wvalid_o,
  input  logic                       m_axi_wready_i,
  input  logic [IdWidth-1:0]         m_axi_bid_i,
  input  logic [1:0]                 m_axi_bresp_i,
  input  logic                       m_axi_bvalid_i,
  output logic                       m_axi_bready_o,
  output logic [IdWidth-1:0]         m_axi_arid_o,
  output logic [PaWidth-1:0]         m_axi_araddr_o,
  output logic [7:0]                 m_axi_arlen_o,
  output logic [2:0]                 m_axi_arsize_o,
  output logic [1:0]                 m_axi_arburst_o,
  output logic                       m_axi_arlock_o,
  output logic [3:0]                 m_axi_arcache_o,
  output logic [2:0]                 m_axi_arprot_o,
  output logic [3:0]                 m_axi_arqos_o,
  output logic [47:0]                m_axi_aruser_o,
  output logic                       m_axi_arvalid_o,
  input  logic                       m_axi_arready_i,
  input  logic [IdWidth-1:0]         m_axi_rid_i,
  input  logic [Cfg.DataWidth-1:0]   m_axi_rdata_i,
  input  logic [1:0]                 m_axi_rresp_i,
  input  logic                       m_axi_rlast_i,
  input  logic                       m_axi_rvalid_i,
  output logic                       m_axi_rready_o,

  // The core: requests, answers, fences, records.
  output logic                       req_valid_o,
  input  logic                       req_ready_i,
  output request_t                   req_o,
  output bucket_t                    req_bucket_o,
  input  logic [Buckets-1:0]         req_refused_i,
  input  tag_t                       req_tag_i,
  input  logic                       req_colour_i,
  input  logic                       answer_valid_i,
  input  answer_t                    answer_i,
  output logic                       free_valid_o,
  output tag_t                       free_tag_o,
  output logic [1:0]                 reads_busy_o,
  output logic [1:0]                 writes_busy_o,
  output logic                       fault_valid_o,
  input  logic                       fault_ready_i,
  output fault_t                     fault_o,

  // MSIs for memory-resident interrupt files.
  output logic                       mrif_valid_o,
  input  logic                       mrif_ready_i,
  output mrif_store_t                mrif_o,
  input  logic                       mrif_done_i,
  input  logic [11:0]                mrif_cause_i
);

  localparam int unsigned IndexWidth  = $clog2(Cfg.Requests);
  localparam int unsigned QueueWidth  = (IdWidth > 4) ? 4 : IdWidth;
  localparam int unsigned Queues      = 2 ** QueueWidth;
  localparam int unsigned BufferDepth = 512;
  localparam int unsigned Share       = Cfg.Requests * 3 / 4;
  localparam int unsigned Writes      = Cfg.Requests / 2;

  typedef logic [IndexWidth-1:0] index_t;
  typedef logic [QueueWidth-1:0] queue_t;

  // ------------------------------------------------------------ acceptance
  attributes_t ar_attributes, aw_attributes;
  logic        read_space, write_space, order_space, data_space;
  logic        accept_read, accept_write, accept_bad, bad_report_ready;
  index_t      accept_tag;
  burst_t      accept_burst;
  logic [7:0]  accept_len;

  assign ar_attributes = '{
    id: axi_id_t'(s_axi_arid_i), len: s_axi_arlen_i, size: s_axi_arsize_i,
    burst: s_axi_arburst_i, lock: s_axi_arlock_i, cache: s_axi_arcache_i,
    prot: s_axi_arprot_i, qos: s_axi_arqos_i
  };
  assign aw_attributes = '{
    id: axi_id_t'(s_axi_awid_i), len: s_axi_awlen_i, size: s_axi_awsize_i,
    burst: s_axi_awburst_i, lock: s_axi_awlock_i, cache: s_axi_awcache_i,
    prot: s_axi_awprot_i, qos: s_axi_awqos_i
  };

  // The bad read that waits for the reads before it.
  logic        bad_read_q, bad_read_sent_q, bad_read_taken, bad_read_done;
  axi_id_t     bad_read_id_q;
  logic [7:0]  bad_read_len_q;

  iommu_axi_accept #(.DataWidth(Cfg.DataWidth), .QueueWidth(QueueWidth)) u_accept (
    .clk_i, .rst_ni,
    .ar_valid_i       (s_axi_arvalid_i),
    .ar_ready_o       (s_axi_arready_o),
    .ar_i             (offer(ar_attributes, s_axi_araddr_i, s_axi_aruser_i)),
    .aw_valid_i       (s_axi_awvalid_i),
    .aw_ready_o       (s_axi_awready_o),
    .aw_i             (offer(aw_attributes, s_axi_awaddr_i, s_axi_awuser_i)),
    .read_space_i     (read_space),
    .write_space_i    (write_space && order_space && data_space),
    .bad_read_busy_i  (bad_read_q),
    .bad_read_queue_i (bad_read_id_q[QueueWidth-1:0]),
    .report_ready_i   (bad_report_ready),
    .req_valid_o, .req_ready_i, .req_o, .req_bucket_o,
    .req_refused_i,
    .accept_read_o    (accept_read),
    .accept_write_o   (accept_write),
    .accept_bad_o     (accept_bad),
    .accept_burst_o   (accept_burst)
  );

  assign accept_tag  = req_tag_i[IndexWidth-1:0];
  assign accept_len  = accept_burst.attributes.len;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      bad_read_q      <= 1'b0;
      bad_read_sent_q <= 1'b0;
    end else begin
      bad_read_q      <= (bad_read_q && !bad_read_done) || (accept_read && accept_bad);
      bad_read_sent_q <= bad_read_q && !bad_read_done && (bad_read_sent_q || bad_read_taken);
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept_read && accept_bad) begin
      bad_read_id_q  <= accept_burst.attributes.id;
      bad_read_len_q <= accept_len;
    end
  end

  // ----------------------------------------------------------------- tags
  logic                  read_free, write_free, freed_valid, freed_space_unused;
  index_t                read_free_tag, write_free_tag, freed_tag;
  logic [IndexWidth:0]   reads_q, writes_q;

  assign read_space  = reads_q < (IndexWidth + 1)'(Share);
  assign write_space = writes_q < (IndexWidth + 1)'(Share);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reads_q  <= '0;
      writes_q <= '0;
    end else begin
      if ((accept_read && !accept_bad) != read_free) begin
        reads_q <= read_free ? reads_q - 1'b1 : reads_q + 1'b1;
      end
      if ((accept_write && !accept_bad) != write_free) begin
        writes_q <= write_free ? writes_q - 1'b1 : writes_q + 1'b1;
      end
    end
  end

  // A read's tag goes back at once, a write's when no read's does.
  stream_fifo #(.T(index_t), .Depth(Cfg.Requests)) u_freed (
    .clk_i, .rst_ni,
    .valid_i (write_free),
    .ready_o (freed_space_unused),   // a place for every tag
    .data_i  (write_free_tag),
    .valid_o (freed_valid),
    .ready_i (!read_free),
    .data_o  (freed_tag)
  );

  assign free_valid_o = read_free || freed_valid;
  assign free_tag_o   = read_free ? tag_t'(read_free_tag) : tag_t'(freed_tag);

  // -------------------------------------------------------------- answers
  index_t   answer_tag, read_next_tag, read_fault_tag, read_check_tag, read_stage_tag;
  index_t   write_next_tag, write_head_tag;
  logic     read_next_answered, read_fault, read_check_answered, write_next_answered;
  verdict_t read_stage_verdict, write_head_verdict;

  assign answer_tag = answer_i.tag[IndexWidth-1:0];

  iommu_axi_verdicts #(.IndexWidth(IndexWidth), .QosId(Cfg.QosId), .Mrif(Cfg.MsiMrif)) u_verdicts (
    .clk_i,
    .tag_free_i            (req_ready_i),
    .accept_tag_i          (accept_tag),
    .answer_valid_i,
    .answer_i,
    .next_read_tag_i       (read_next_tag),
    .next_read_answered_o  (read_next_answered),
    .fault_read_tag_i      (read_fault_tag),
    .fault_read_o          (read_fault),
    .check_tag_i           (read_check_tag),
    .check_answered_o      (read_check_answered),
    .next_write_tag_i      (write_next_tag),
    .next_write_answered_o (write_next_answered),
    .read_tag_i            (read_stage_tag),
    .read_o                (read_stage_verdict),
    .write_tag_i           (write_head_tag),
    .write_o               (write_head_verdict)
  );

  // ----------------------------------------------------------------- reads
  logic [Queues-1:0]   waiting, blocked, reads_under_way;
  index_t [Queues-1:0] oldest_read;
  logic                direct, direct_take, stage_valid, stage_fault, stage_take;
  queue_t              direct_queue, stage_queue, arrived_queue, marker_queue;
  logic                arrived, marker_done, hold, credit_return, bad_read_ready;
  index_t              marker_tag;
  axi_id_t             marker_id;
  logic [7:0]          marker_len;
  translated_t         ar, aw;
  logic                read_done, write_done;
  index_t              read_done_tag, write_done_tag;
  logic [3:0]          cut_valid, cut_ready;
  index_t [3:0]        cut_tag;
  logic [11:0]         cut_cause;
  axi_id_t             s_rid, s_bid;
  queue_t              bad_queue;

  assign bad_queue      = bad_read_id_q[QueueWidth-1:0];
  assign bad_read_ready = bad_read_q && !bad_read_sent_q && !waiting[bad_queue] &&
                          !reads_under_way[bad_queue] && !blocked[bad_queue] &&
                          !(stage_valid && stage_queue == bad_queue);

  iommu_axi_read_order #(.QueueWidth(QueueWidth), .IndexWidth(IndexWidth)) u_read_order (
    .clk_i, .rst_ni,
    .tag_free_i       (req_ready_i),
    .accept_i         (accept_read && !accept_bad),
    .accept_queue_i   (s_axi_arid_i[QueueWidth-1:0]),
    .accept_tag_i     (accept_tag),
    .answer_valid_i,
    .answer_tag_i     (answer_tag),
    .answer_fault_i   (answer_i.fault || answer_i.is_mrif),
    .next_tag_o       (read_next_tag),
    .next_answered_i  (read_next_answered),
    .fault_tag_o      (read_fault_tag),
    .fault_i          (read_fault),
    .check_tag_o      (read_check_tag),
    .check_answered_i (read_check_answered),
    .blocked_i        (blocked),
    .waiting_o        (waiting),
    .direct_o         (direct),
    .direct_queue_o   (direct_queue),
    .direct_take_i    (direct_take),
    .stage_valid_o    (stage_valid),
    .stage_tag_o      (read_stage_tag),
    .stage_queue_o    (stage_queue),
    .stage_fault_o    (stage_fault),
    .stage_take_i     (stage_take)
  );

  // One place less than the buffer has: that one is the bad read's.
  iommu_axi_read_issue #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .IdWidth(IdWidth), .Credits(BufferDepth - 1)
  ) u_read_issue (
    .clk_i, .rst_ni,
    .tag_free_i      (req_ready_i),
    .accept_tag_i    (accept_tag),
    .accept_burst_i  (accept_burst),
    .direct_i        (direct),
    .direct_queue_i  (direct_queue),
    .direct_take_o   (direct_take),
    .stage_valid_i   (stage_valid),
    .stage_tag_i     (read_stage_tag),
    .stage_queue_i   (stage_queue),
    .stage_fault_i   (stage_fault),
    .stage_take_o    (stage_take),
    .answer_i,
    .stage_verdict_i (read_stage_verdict),
    .ar_valid_o      (m_axi_arvalid_o),
    .ar_ready_i      (m_axi_arready_i),
    .ar_o            (ar),
    .credit_return_i (credit_return),
    .hold_i          (hold),
    .under_way_o     (reads_under_way),
    .oldest_o        (oldest_read),
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
  ) u_read_data (
    .clk_i, .rst_ni,
    .m_valid_i       (m_axi_rvalid_i),
    .m_id_i          (axi_id_t'(m_axi_rid_i)),
    .m_data_i        (m_axi_rdata_i),
    .m_resp_i        (m_axi_rresp_i),
    .m_last_i        (m_axi_rlast_i),
    .s_valid_o       (s_axi_rvalid_o),
    .s_ready_i       (s_axi_rready_i),
    .s_id_o          (s_rid),
    .s_data_o        (s_axi_rdata_o),
    .s_resp_o        (s_axi_rresp_o),
    .s_last_o        (s_axi_rlast_o),
    .arrived_o       (arrived),
    .arrived_queue_o (arrived_queue),
    .under_way_i     (reads_under_way),
    .oldest_i        (oldest_read),
    .blocked_i       (blocked),
    .marker_done_o   (marker_done),
    .marker_queue_o  (marker_queue),
    .marker_tag_i    (marker_tag),
    .marker_id_i     (marker_id),
    .marker_len_i    (marker_len),
    .hold_o          (hold),
    .bad_ready_i     (bad_read_ready),
    .bad_id_i        (bad_read_id_q),
    .bad_len_i       (bad_read_len_q),
    .bad_taken_o     (bad_read_taken),
    .bad_done_o      (bad_read_done),
    .credit_return_o (credit_return),
    .done_valid_o    (read_done),
    .done_tag_o      (read_done_tag),
    .free_valid_o    (read_free),
    .free_tag_o      (read_free_tag),
    .cut_valid_o     (cut_valid[0]),
    .cut_ready_i     (cut_ready[0]),
    .cut_tag_o       (cut_tag[0])
  );

  assign m_axi_rready_o = 1'b1;
  assign s_axi_rid_o    = s_rid[IdWidth-1:0];

  iommu_axi_busy #(.IndexWidth(IndexWidth)) u_reads_busy (
    .clk_i, .rst_ni,
    .tag_free_i      (req_ready_i),
    .accept_i        (accept_read && !accept_bad),
    .accept_tag_i    (accept_tag),
    .accept_colour_i (req_colour_i),
    .done_valid_i    (read_done),
    .done_tag_i      (read_done_tag),
    .busy_o          (reads_busy_o)
  );

  // ---------------------------------------------------------------- writes
  logic                complete_valid, complete_ready, complete_cut;
  logic                command_valid, command_ready, command_drain;
  logic                b_arrived, refuse_valid, refuse_ready, refuse_bad;
  queue_t              b_arrived_queue;
  index_t              refuse_tag;
  axi_id_t             refuse_id;
  logic                command_mrif, mrif_busy, mrif_take, mrif_single, mrif_colour, mrif_data;
  verdict_t            mrif_verdict;
  logic                respond_valid, respond_error;
  index_t              respond_tag;
  axi_id_t             respond_id;
  index_t [Queues-1:0] oldest_write;

  iommu_axi_write_order #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .IdWidth(IdWidth), .Depth(Writes),
    .Mrif(Cfg.MsiMrif)
  ) u_write_order (
    .clk_i, .rst_ni,
    .space_o          (order_space),
    .accept_i         (accept_write),
    .accept_bad_i     (accept_bad),
    .accept_tag_i     (accept_tag),
    .accept_burst_i   (accept_burst),
    .accept_colour_i  (req_colour_i),
    .answer_valid_i,
    .answer_i,
    .next_tag_o       (write_next_tag),
    .next_answered_i  (write_next_answered),
    .head_tag_o       (write_head_tag),
    .head_verdict_i   (write_head_verdict),
    .complete_valid_i (complete_valid),
    .complete_ready_o (complete_ready),
    .complete_cut_i   (complete_cut),
    .aw_valid_o       (m_axi_awvalid_o),
    .aw_ready_i       (m_axi_awready_i),
    .aw_o             (aw),
    .data_valid_o     (command_valid),
    .data_ready_i     (command_ready),
    .data_drain_o     (command_drain),
    .data_mrif_o      (command_mrif),
    .mrif_busy_i      (mrif_busy),
    .mrif_take_o      (mrif_take),
    .mrif_verdict_o   (mrif_verdict),
    .mrif_single_o    (mrif_single),
    .mrif_colour_o    (mrif_colour),
    .oldest_o         (oldest_write),
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
  ) u_write_data (
    .clk_i, .rst_ni,
    .space_o          (data_space),
    .accept_i         (accept_write),
    .accept_bad_i     (accept_bad),
    .accept_tag_i     (accept_tag),
    .accept_len_i     (accept_len),
    .s_valid_i        (s_axi_wvalid_i),
    .s_ready_o        (s_axi_wready_o),
    .s_data_i         (s_axi_wdata_i),
    .s_strb_i         (s_axi_wstrb_i),
    .complete_valid_o (complete_valid),
    .complete_ready_i (complete_ready),
    .complete_cut_o   (complete_cut),
    .command_valid_i  (command_valid),
    .command_ready_o  (command_ready),
    .command_drain_i  (command_drain),
    .command_mrif_i   (command_mrif),
    .mrif_valid_o     (mrif_data),
    .m_valid_o        (m_axi_wvalid_o),
    .m_ready_i        (m_axi_wready_i),
    .m_data_o         (m_axi_wdata_o),
    .m_strb_o         (m_axi_wstrb_o),
    .m_last_o         (m_axi_wlast_o),
    .cut_valid_o      (cut_valid[1]),
    .cut_ready_i      (cut_ready[1]),
    .cut_tag_o        (cut_tag[1])
  );

  // While it is busy no other write leaves, refused or not.
  if (Cfg.MsiMrif) begin : gen_mrif
    iommu_axi_mrif #(.IndexWidth(IndexWidth), .DataWidth(Cfg.DataWidth)) u_mrif (
      .clk_i, .rst_ni,
      .busy_o          (mrif_busy),
      .take_i          (mrif_take),
      .tag_i           (write_head_tag),
      .id_i            (refuse_id),
      .single_i        (mrif_single),
      .verdict_i       (mrif_verdict),
      .colour_i        (mrif_colour),
      .data_valid_i    (mrif_data),
      .data_i          (m_axi_wdata_o),
      .strb_i          (m_axi_wstrb_o),
      .store_valid_o   (mrif_valid_o),
      .store_ready_i   (mrif_ready_i),
      .store_o         (mrif_o),
      .store_done_i    (mrif_done_i),
      .store_cause_i   (mrif_cause_i),
      .fault_valid_o   (cut_valid[3]),
      .fault_ready_i   (cut_ready[3]),
      .fault_tag_o     (cut_tag[3]),
      .fault_cause_o   (cut_cause),
      .respond_valid_o (respond_valid),
      .respond_ready_i (refuse_ready),
      .respond_tag_o   (respond_tag),
      .respond_id_o    (respond_id),
      .respond_error_o (respond_error)
    );
  end else begin : gen_no_mrif
    assign mrif_busy     = 1'b0;
    assign mrif_valid_o  = 1'b0;
    assign mrif_o        = '0;
    assign cut_valid[3]  = 1'b0;
    assign cut_tag[3]    = '0;
    assign cut_cause     = '0;
    assign respond_valid = 1'b0;
    assign respond_tag   = '0;
    assign respond_id    = '0;
    assign respond_error = 1'b0;

    logic unused;
    assign unused = ^{mrif_take, mrif_single, mrif_verdict, mrif_colour, mrif_data, mrif_ready_i,
                      mrif_done_i, mrif_cause_i, cut_ready[3]};
  end

  iommu_axi_responses #(
    .QueueWidth(QueueWidth), .IndexWidth(IndexWidth), .StallTimeout(Cfg.StallTimeout)
  ) u_responses (
    .clk_i, .rst_ni,
    .m_valid_i       (m_axi_bvalid_i),
    .m_id_i          (axi_id_t'(m_axi_bid_i)),
    .m_resp_i        (m_axi_bresp_i),
    .s_valid_o       (s_axi_bvalid_o),
    .s_ready_i       (s_axi_bready_i),
    .s_id_o          (s_bid),
    .s_resp_o        (s_axi_bresp_o),
    .arrived_o       (b_arrived),
    .arrived_queue_o (b_arrived_queue),
    .oldest_i        (oldest_write),
    .refuse_valid_i  (refuse_valid || respond_valid),
    .refuse_ready_o  (refuse_ready),
    .refuse_error_i  (!respond_valid || respond_error),
    .refuse_bad_i    (!respond_valid && refuse_bad),
    .refuse_tag_i    (respond_valid ? respond_tag : refuse_tag),
    .refuse_id_i     (respond_valid ? respond_id : refuse_id),
    .done_valid_o    (write_done),
    .done_tag_o      (write_done_tag),
    .free_valid_o    (write_free),
    .free_tag_o      (write_free_tag),
    .cut_valid_o     (cut_valid[2]),
    .cut_ready_i     (cut_ready[2]),
    .cut_tag_o       (cut_tag[2])
  );

  assign m_axi_bready_o = 1'b1;
  assign s_axi_bid_o    = s_bid[IdWidth-1:0];

  iommu_axi_busy #(.IndexWidth(IndexWidth)) u_writes_busy (
    .clk_i, .rst_ni,
    .tag_free_i      (req_ready_i),
    .accept_i        (accept_write && !accept_bad),
    .accept_tag_i    (accept_tag),
    .accept_colour_i (req_colour_i),
    .done_valid_i    (write_done),
    .done_tag_i      (write_done_tag),
    .busy_o          (writes_busy_o)
  );

  // AxLEN alone says which beat of W is the last one.
  logic wlast_unused;
  assign wlast_unused = s_axi_wlast_i;

  // --------------------------------------------------------------- records
  iommu_axi_report #(.IndexWidth(IndexWidth)) u_report (
    .clk_i, .rst_ni,
    .tag_free_i       (req_ready_i),
    .accept_tag_i     (accept_tag),
    .accept_request_i (req_o),
    .accept_colour_i  (req_colour_i),
    .bad_valid_i      (accept_bad),
    .bad_ready_o      (bad_report_ready),
    .cut_valid_i      (cut_valid),
    .cut_ready_o      (cut_ready),
    .cut_tag_i        (cut_tag),
    .cut_cause_i      (cut_cause),
    .fault_valid_o, .fault_ready_i, .fault_o
  );

  // -------------------------------------------------------------- AR and AW
  assign m_axi_arid_o    = ar.attributes.id[IdWidth-1:0];
  assign m_axi_araddr_o  = ar.addr;
  assign m_axi_arlen_o   = ar.attributes.len;
  assign m_axi_arsize_o  = ar.attributes.size;
  assign m_axi_arburst_o = ar.attributes.burst;
  assign m_axi_arlock_o  = ar.attributes.lock;
  assign m_axi_arcache_o = ar.attributes.cache;
  assign m_axi_arprot_o  = ar.attributes.prot;
  assign m_axi_arqos_o   = ar.attributes.qos;
  assign m_axi_aruser_o  = {ar.ids, ar.device_id};

  assign m_axi_awid_o    = aw.attributes.id[IdWidth-1:0];
  assign m_axi_awaddr_o  = aw.addr;
  assign m_axi_awlen_o   = aw.attributes.len;
  assign m_axi_awsize_o  = aw.attributes.size;
  assign m_axi_awburst_o = aw.attributes.burst;
  assign m_axi_awlock_o  = aw.attributes.lock;
  assign m_axi_awcache_o = aw.attributes.cache;
  assign m_axi_awprot_o  = aw.attributes.prot;
  assign m_axi_awqos_o   = aw.attributes.qos;
  assign m_axi_awuser_o  = {aw.ids, aw.device_id};

endmodule
