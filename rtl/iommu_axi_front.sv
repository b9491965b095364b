// SPDX-License-Identifier: Apache-2.0
//
// AXI4 front end: bursts of devices become translation requests, and leave
// translated, or are answered with SLVERR.
//
// Latency: a hit offered in clock 0 is on `m_axi` in clock 4; with Cfg.FastClock in
// clock 7, or 8 if it has more than one beat. Throughput: one burst a clock over AR
// and AW together, with one ID or many.
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

  localparam int unsigned IndexWidth = $clog2(Cfg.Requests);
  localparam int unsigned QueueWidth = (IdWidth > 4) ? 4 : IdWidth;

  typedef logic [IndexWidth-1:0] index_t;
  typedef logic [QueueWidth-1:0] queue_t;

  // ------------------------------------------------------------ acceptance
  attributes_t ar_attributes, aw_attributes;
  logic        read_space, write_space, data_space, bad_read, bad_report_ready;
  queue_t      bad_read_queue;
  logic        accept_read, accept_write, accept_bad;
  index_t      accept_tag;
  burst_t      accept_burst;

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

  iommu_axi_accept #(
    .DataWidth(Cfg.DataWidth), .QueueWidth(QueueWidth), .FastClock(Cfg.FastClock)
  ) u_accept (
    .clk_i, .rst_ni,
    .ar_valid_i       (s_axi_arvalid_i),
    .ar_ready_o       (s_axi_arready_o),
    .ar_i             (offer(ar_attributes, s_axi_araddr_i, s_axi_aruser_i)),
    .aw_valid_i       (s_axi_awvalid_i),
    .aw_ready_o       (s_axi_awready_o),
    .aw_i             (offer(aw_attributes, s_axi_awaddr_i, s_axi_awuser_i)),
    .read_space_i     (read_space),
    .write_space_i    (write_space && data_space),
    .bad_read_busy_i  (bad_read),
    .bad_read_queue_i (bad_read_queue),
    .report_ready_i   (bad_report_ready),
    .req_valid_o, .req_ready_i, .req_o, .req_bucket_o,
    .req_refused_i,
    .accept_read_o    (accept_read),
    .accept_write_o   (accept_write),
    .accept_bad_o     (accept_bad),
    .accept_burst_o   (accept_burst)
  );

  assign accept_tag = req_tag_i[IndexWidth-1:0];

  // ------------------------------------------------------ tags and answers
  logic     read_free, write_free;
  index_t   read_free_tag, write_free_tag;
  index_t   read_next_tag, read_fault_tag, read_check_tag, read_stage_tag;
  index_t   write_next_tag, write_head_tag;
  logic     read_next_answered, read_fault, read_check_answered, write_next_answered,
            write_next_fault;
  verdict_t read_stage_verdict, write_head_verdict;

  iommu_axi_tags #(.Requests(Cfg.Requests), .index_t(index_t)) u_tags (
    .clk_i, .rst_ni,
    .read_space_o  (read_space),
    .read_take_i   (accept_read && !accept_bad),
    .read_free_i   (read_free),
    .read_tag_i    (read_free_tag),
    .write_space_o (write_space),
    .write_take_i  (accept_write && !accept_bad),
    .write_free_i  (write_free),
    .write_tag_i   (write_free_tag),
    .free_valid_o, .free_tag_o
  );

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
    .next_write_fault_o    (write_next_fault),
    .read_tag_i            (read_stage_tag),
    .read_o                (read_stage_verdict),
    .write_tag_i           (write_head_tag),
    .write_o               (write_head_verdict)
  );

  // ------------------------------------------------------ reads and writes
  translated_t  ar, aw;
  axi_id_t      s_rid, s_bid;
  logic [3:0]   cut_valid, cut_ready;
  index_t [3:0] cut_tag;
  logic [11:0]  cut_cause;

  iommu_axi_reads #(
    .Cfg(Cfg), .IdWidth(IdWidth), .QueueWidth(QueueWidth), .index_t(index_t)
  ) u_reads (
    .clk_i, .rst_ni,
    .tag_free_i       (req_ready_i),
    .accept_i         (accept_read),
    .accept_bad_i     (accept_bad),
    .accept_queue_i   (s_axi_arid_i[QueueWidth-1:0]),
    .accept_tag_i     (accept_tag),
    .accept_burst_i   (accept_burst),
    .accept_colour_i  (req_colour_i),
    .bad_busy_o       (bad_read),
    .bad_queue_o      (bad_read_queue),
    .answer_valid_i, .answer_i,
    .next_tag_o       (read_next_tag),
    .next_answered_i  (read_next_answered),
    .fault_tag_o      (read_fault_tag),
    .fault_i          (read_fault),
    .check_tag_o      (read_check_tag),
    .check_answered_i (read_check_answered),
    .stage_tag_o      (read_stage_tag),
    .stage_verdict_i  (read_stage_verdict),
    .ar_valid_o       (m_axi_arvalid_o),
    .ar_ready_i       (m_axi_arready_i),
    .ar_o             (ar),
    .m_valid_i        (m_axi_rvalid_i),
    .m_id_i           (axi_id_t'(m_axi_rid_i)),
    .m_data_i         (m_axi_rdata_i),
    .m_resp_i         (m_axi_rresp_i),
    .m_last_i         (m_axi_rlast_i),
    .s_valid_o        (s_axi_rvalid_o),
    .s_ready_i        (s_axi_rready_i),
    .s_id_o           (s_rid),
    .s_data_o         (s_axi_rdata_o),
    .s_resp_o         (s_axi_rresp_o),
    .s_last_o         (s_axi_rlast_o),
    .free_valid_o     (read_free),
    .free_tag_o       (read_free_tag),
    .busy_o           (reads_busy_o),
    .cut_valid_o      (cut_valid[0]),
    .cut_ready_i      (cut_ready[0]),
    .cut_tag_o        (cut_tag[0])
  );

  iommu_axi_writes #(
    .Cfg(Cfg), .IdWidth(IdWidth), .QueueWidth(QueueWidth), .index_t(index_t)
  ) u_writes (
    .clk_i, .rst_ni,
    .tag_free_i      (req_ready_i),
    .space_o         (data_space),
    .accept_i        (accept_write),
    .accept_bad_i    (accept_bad),
    .accept_tag_i    (accept_tag),
    .accept_burst_i  (accept_burst),
    .accept_colour_i (req_colour_i),
    .answer_valid_i, .answer_i,
    .next_tag_o      (write_next_tag),
    .next_answered_i (write_next_answered),
    .next_fault_i    (write_next_fault),
    .head_tag_o      (write_head_tag),
    .head_verdict_i  (write_head_verdict),
    .s_valid_i       (s_axi_wvalid_i),
    .s_ready_o       (s_axi_wready_o),
    .s_data_i        (s_axi_wdata_i),
    .s_strb_i        (s_axi_wstrb_i),
    .aw_valid_o      (m_axi_awvalid_o),
    .aw_ready_i      (m_axi_awready_i),
    .aw_o            (aw),
    .m_valid_o       (m_axi_wvalid_o),
    .m_ready_i       (m_axi_wready_i),
    .m_data_o        (m_axi_wdata_o),
    .m_strb_o        (m_axi_wstrb_o),
    .m_last_o        (m_axi_wlast_o),
    .b_valid_i       (m_axi_bvalid_i),
    .b_id_i          (axi_id_t'(m_axi_bid_i)),
    .b_resp_i        (m_axi_bresp_i),
    .b_valid_o       (s_axi_bvalid_o),
    .b_ready_i       (s_axi_bready_i),
    .b_id_o          (s_bid),
    .b_resp_o        (s_axi_bresp_o),
    .mrif_valid_o, .mrif_ready_i, .mrif_o, .mrif_done_i, .mrif_cause_i,
    .free_valid_o    (write_free),
    .free_tag_o      (write_free_tag),
    .busy_o          (writes_busy_o),
    .cut_valid_o     (cut_valid[3:1]),
    .cut_ready_i     (cut_ready[3:1]),
    .cut_tag_o       (cut_tag[3:1]),
    .store_cause_o   (cut_cause)
  );

  assign m_axi_rready_o = 1'b1;
  assign m_axi_bready_o = 1'b1;
  assign s_axi_rid_o    = s_rid[IdWidth-1:0];
  assign s_axi_bid_o    = s_bid[IdWidth-1:0];

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
