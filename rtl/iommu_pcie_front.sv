// SPDX-License-Identifier: Apache-2.0
//
// PCI Express front end: TLPs of devices become bursts for the AXI4 front end,
// which translates them, and translation requests and messages for the core; what
// comes back becomes completions.
//
// Writes: in order of arrival, one burst each, all under ID 0. Reads: one burst for
// each completion, under the ID of its slot, begun when the writes that their
// requester sent before them are done. R and B are always taken, and W is sent when
// all of it is there, so the time-outs of the AXI4 front end never run out here.
//
// A burst that the IOMMU refused ends with SLVERR there; errors of memory are
// turned into DECERR on the way in, so that they can be told apart.

module iommu_pcie_front
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
#(
  parameter cfg_t        Cfg             = build_cfg(BuildDefault),
  parameter int unsigned TlpWidth        = 128,
  parameter int unsigned CompletionBytes = 128,
  parameter int unsigned Rcb             = 64
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic [15:0]                completer_id_i,

  // TLPs from devices
  input  logic [TlpWidth-1:0]        up_data_i,
  input  logic [TlpWidth/32-1:0]     up_strb_i,
  input  header_t                    up_i,
  input  logic                       up_valid_i,
  input  logic                       up_sop_i,
  input  logic                       up_eop_i,
  input  logic                       up_error_i,
  output logic                       up_ready_o,
  output logic                       up_np_ok_o,

  // TLPs to devices
  output logic [TlpWidth-1:0]        down_data_o,
  output logic [TlpWidth/32-1:0]     down_strb_o,
  output header_t                    down_o,
  output logic                       down_valid_o,
  output logic                       down_sop_o,
  output logic                       down_eop_o,
  input  logic                       down_ready_i,

  // Events, a clock each
  output logic                       malformed_o,
  output logic                       unsupported_o,
  output logic                       poisoned_o,

  // Translated traffic
  output logic [SlotWidth-1:0]         m_axi_awid_o,
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
  input  logic [SlotWidth-1:0]         m_axi_bid_i,
  input  logic [1:0]                 m_axi_bresp_i,
  input  logic                       m_axi_bvalid_i,
  output logic                       m_axi_bready_o,
  output logic [SlotWidth-1:0]         m_axi_arid_o,
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
  input  logic [SlotWidth-1:0]         m_axi_rid_i,
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
  input  logic [11:0]                mrif_cause_i,

  // Messages of ATS and PRI
  output logic                       page_valid_o,
  input  logic                       page_ready_i,
  output page_request_t              page_o,
  input  logic                       response_valid_i,
  output logic                       response_ready_o,
  input  page_response_t             response_i,
  input  logic                       ats_inval_valid_i,
  output logic                       ats_inval_ready_o,
  input  inval_request_t             ats_inval_i,
  output logic                       completion_valid_o,
  input  logic                       completion_ready_i,
  output inval_completion_t          completion_o
);

  localparam int unsigned BusWidth  = Cfg.DataWidth;
  localparam int unsigned Posted    = 16;
  localparam int unsigned NonPosted = 16;
  localparam int unsigned Ahead     = 6;    // places that np_ok_o stands for

  // By No Snoop, the lowest bit of Attr: write-back or non-cacheable memory, whose B
  // comes from memory itself.
  localparam logic [3:0] CacheSnooped  = 4'b1110;
  localparam logic [3:0] CacheNoSnoop  = 4'b0010;
  localparam logic [2:0] BusSize       = 3'($clog2(BusWidth / 8));
  localparam logic [1:0] BurstIncr     = 2'b01;

  // ------------------------------------------------------------------ intake
  logic                push, push_ready, commit, drop;
  logic [TlpWidth-1:0] push_data;
  logic                write_push, write_room, np_push, np_room, message_push, message_room;
  kind_e               kind;
  access_t             access;
  page_request_t       page;
  inval_completion_t   completion;
  sequence_t           after, writes_done;
  logic                b_valid;

  iommu_pcie_intake #(.Ats(Cfg.Ats), .TlpWidth(TlpWidth)) u_intake (
    .clk_i, .rst_ni,
    .tlp_data_i         (up_data_i),
    .tlp_strb_i         (up_strb_i),
    .tlp_i              (up_i),
    .tlp_valid_i        (up_valid_i),
    .tlp_sop_i          (up_sop_i),
    .tlp_eop_i          (up_eop_i),
    .tlp_error_i        (up_error_i),
    .tlp_ready_o        (up_ready_o),
    .push_o             (push),
    .push_ready_i       (push_ready),
    .push_data_o        (push_data),
    .commit_o           (commit),
    .drop_o             (drop),
    .write_valid_o      (write_push),
    .write_ready_i      (write_room),
    .non_posted_valid_o (np_push),
    .non_posted_ready_i (np_room),
    .kind_o             (kind),
    .access_o           (access),
    .message_valid_o    (message_push),
    .message_ready_i    (message_room),
    .page_o             (page),
    .completion_o       (completion),
    .malformed_o, .unsupported_o, .poisoned_o
  );

  iommu_pcie_order u_order (
    .clk_i, .rst_ni,
    .write_i  (write_push),
    .bucket_i (bucket_of(access.origin.device_id)),
    .done_i   (b_valid),
    .after_o  (after),
    .done_o   (writes_done)
  );

  // ------------------------------------------------------------------ writes
  logic                  write_valid, write_ready, payload_valid, payload_ready;
  access_t               write;
  logic [TlpWidth-1:0]   payload;
  logic                  aw_valid, aw_ready, w_valid, w_ready, w_last;
  logic [7:0]            aw_len;
  logic [BusWidth-1:0]   w_data;
  logic [BusWidth/8-1:0] w_strb;

  stream_fifo #(.T(access_t), .Depth(Posted)) u_writes (
    .clk_i, .rst_ni,
    .valid_i (write_push),
    .ready_o (write_room),
    .data_i  (access),
    .valid_o (write_valid),
    .ready_i (write_ready),
    .data_o  (write)
  );

  // Four of the longest writes.
  iommu_pcie_payload #(.Width(TlpWidth), .Depth(4 * MaxPayload * 32 / TlpWidth)) u_payload (
    .clk_i, .rst_ni,
    .push_i   (push),
    .ready_o  (push_ready),
    .data_i   (push_data),
    .commit_i (commit),
    .drop_i   (drop),
    .valid_o  (payload_valid),
    .ready_i  (payload_ready),
    .data_o   (payload)
  );

  iommu_pcie_write #(.TlpWidth(TlpWidth), .BusWidth(BusWidth)) u_write (
    .clk_i, .rst_ni,
    .write_valid_i   (write_valid),
    .write_ready_o   (write_ready),
    .write_i         (write),
    .payload_valid_i (payload_valid),
    .payload_ready_o (payload_ready),
    .payload_i       (payload),
    .aw_valid_o      (aw_valid),
    .aw_ready_i      (aw_ready),
    .aw_len_o        (aw_len),
    .w_valid_o       (w_valid),
    .w_ready_i       (w_ready),
    .w_data_o        (w_data),
    .w_strb_o        (w_strb),
    .w_last_o        (w_last)
  );

  // ------------------------------------------------------- non-posted requests
  localparam int unsigned CountWidth = $clog2(NonPosted + 1);

  logic                  np_valid, np_ready;
  non_posted_t           np;
  logic [CountWidth-1:0] np_count_q;

  stream_fifo #(.T(non_posted_t), .Depth(NonPosted)) u_non_posted (
    .clk_i, .rst_ni,
    .valid_i (np_push),
    .ready_o (np_room),
    .data_i  ('{kind: kind, access: access, after: after}),
    .valid_o (np_valid),
    .ready_i (np_ready),
    .data_o  (np)
  );

  assign up_np_ok_o = np_count_q <= CountWidth'(NonPosted - Ahead);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) np_count_q <= '0;
    else         np_count_q <= np_count_q + CountWidth'(np_push) - CountWidth'(np_valid && np_ready);
  end

  // ------------------------------------------------------------------- reads
  logic                ar_valid, ar_ready, slot_free, start, start_first, chain_failed;
  logic [63:0]         ar_addr;
  logic [7:0]          ar_len;
  slot_t               free_slot, ready_slot, slot, r_id;
  dwords_t             start_dwords;
  logic [12:0]         start_bytes;
  logic                slot_ready, choose, silent, failed, refused, retire;
  logic                r_valid, r_last;
  logic [1:0]          r_resp;
  logic [BusWidth-1:0] r_data;
  logic                translate_valid, translate_ready, refuse_valid, refuse_ready;
  logic                read_valid, read_ready, read_sop, read_eop;
  header_t             read_tlp;
  logic [TlpWidth-1:0]    read_data;
  logic [TlpWidth/32-1:0] read_strb;

  iommu_pcie_read #(.BusWidth(BusWidth), .CompletionBytes(CompletionBytes)) u_read (
    .clk_i, .rst_ni,
    .request_valid_i   (np_valid),
    .request_ready_o   (np_ready),
    .request_i         (np),
    .done_i            (writes_done),
    .ar_valid_o        (ar_valid),
    .ar_ready_i        (ar_ready),
    .ar_addr_o         (ar_addr),
    .ar_len_o          (ar_len),
    .slot_valid_i      (slot_free),
    .start_o           (start),
    .start_first_o     (start_first),
    .start_dwords_o    (start_dwords),
    .start_bytes_o     (start_bytes),
    .failed_i          (chain_failed),
    .translate_valid_o (translate_valid),
    .translate_ready_i (translate_ready),
    .refuse_valid_o    (refuse_valid),
    .refuse_ready_i    (refuse_ready)
  );

  iommu_pcie_slots u_slots (
    .clk_i, .rst_ni,
    .free_valid_o      (slot_free),
    .free_slot_o       (free_slot),
    .start_i           (start),
    .start_first_i     (start_first),
    .chain_failed_o    (chain_failed),
    .arrived_i         (r_valid),
    .arrived_slot_i    (r_id),
    .arrived_last_i    (r_last),
    .arrived_bad_i     (r_resp[1]),
    .arrived_refused_i (!r_resp[0]),
    .ready_valid_o     (slot_ready),
    .ready_slot_o      (ready_slot),
    .choose_i          (choose),
    .status_slot_i     (slot),
    .silent_o          (silent),
    .failed_o          (failed),
    .refused_o         (refused),
    .retire_i          (retire)
  );

  iommu_pcie_complete #(
    .TlpWidth(TlpWidth), .BusWidth(BusWidth), .CompletionBytes(CompletionBytes)
  ) u_complete (
    .clk_i, .rst_ni,
    .completer_id_i,
    .start_i        (start),
    .start_slot_i   (free_slot),
    .start_origin_i (np.access.origin),
    .start_addr_i   (ar_addr[6:0]),
    .start_dwords_i (start_dwords),
    .start_bytes_i  (start_bytes),
    .r_valid_i      (r_valid),
    .r_id_i         (r_id),
    .r_data_i       (r_data),
    .ready_valid_i  (slot_ready),
    .ready_slot_i   (ready_slot),
    .choose_o       (choose),
    .slot_o         (slot),
    .silent_i       (silent),
    .failed_i       (failed),
    .refused_i      (refused),
    .retire_o       (retire),
    .tlp_valid_o    (read_valid),
    .tlp_ready_i    (read_ready),
    .tlp_o          (read_tlp),
    .tlp_data_o     (read_data),
    .tlp_strb_o     (read_strb),
    .tlp_sop_o      (read_sop),
    .tlp_eop_o      (read_eop)
  );

  // ------------------------------------------------------------ translations
  logic     front_valid, front_ready, front_answer, front_free;
  request_t front_request;
  bucket_t  front_bucket;
  tag_t     front_free_tag;
  logic     translation_valid, translation_ready, translation_has_data;
  header_t  translation_tlp;
  logic [63:0] translation_data;

  iommu_pcie_ats #(.Requests(Cfg.Requests), .Rcb(Rcb)) u_ats (
    .clk_i, .rst_ni,
    .completer_id_i,
    .translate_valid_i (translate_valid),
    .translate_ready_o (translate_ready),
    .translate_i       (np.access),
    .tlp_valid_o       (translation_valid),
    .tlp_ready_i       (translation_ready),
    .tlp_o             (translation_tlp),
    .tlp_data_o        (translation_data),
    .tlp_has_data_o    (translation_has_data),
    .front_valid_i     (front_valid),
    .front_ready_o     (front_ready),
    .front_i           (front_request),
    .front_bucket_i    (front_bucket),
    .front_answer_o    (front_answer),
    .front_free_i      (front_free),
    .front_free_tag_i  (front_free_tag),
    .req_valid_o, .req_ready_i, .req_o, .req_bucket_o, .req_refused_i, .req_tag_i,
    .answer_valid_i, .answer_i, .free_valid_o, .free_tag_o
  );

  // ---------------------------------------------------------------- messages
  logic        message_valid, message_ready, message_has_data;
  header_t     message_tlp;
  logic [63:0] message_data;

  iommu_pcie_messages u_messages (
    .clk_i, .rst_ni,
    .sender_id_i        (completer_id_i),
    .message_valid_i    (message_push),
    .message_ready_o    (message_room),
    .message_i          ('{invalidated: kind == KindInvalidated, page: page,
                           completion: completion, after: after}),
    .done_i             (writes_done),
    .page_valid_o, .page_ready_i, .page_o,
    .completion_valid_o, .completion_ready_i, .completion_o,
    .response_valid_i, .response_ready_o, .response_i,
    .inval_valid_i      (ats_inval_valid_i),
    .inval_ready_o      (ats_inval_ready_o),
    .inval_i            (ats_inval_i),
    .tlp_valid_o        (message_valid),
    .tlp_ready_i        (message_ready),
    .tlp_o              (message_tlp),
    .tlp_data_o         (message_data),
    .tlp_has_data_o     (message_has_data)
  );

  // -------------------------------------------------------------------- send
  iommu_pcie_send #(.TlpWidth(TlpWidth)) u_send (
    .clk_i, .rst_ni,
    .message_valid_i        (message_valid),
    .message_ready_o        (message_ready),
    .message_i              (message_tlp),
    .message_data_i         (message_data),
    .message_has_data_i     (message_has_data),
    .translation_valid_i    (translation_valid),
    .translation_ready_o    (translation_ready),
    .translation_i          (translation_tlp),
    .translation_data_i     (translation_data),
    .translation_has_data_i (translation_has_data),
    .refusal_valid_i        (refuse_valid),
    .refusal_ready_o        (refuse_ready),
    .refusal_i              (completion_header(completer_id_i, np.access.origin, CplUnsupported,
                                               12'd4, 7'd0, 11'd0)),
    .read_valid_i           (read_valid),
    .read_ready_o           (read_ready),
    .read_i                 (read_tlp),
    .read_data_i            (read_data),
    .read_strb_i            (read_strb),
    .read_sop_i             (read_sop),
    .read_eop_i             (read_eop),
    .tlp_valid_o            (down_valid_o),
    .tlp_ready_i            (down_ready_i),
    .tlp_o                  (down_o),
    .tlp_data_o             (down_data_o),
    .tlp_strb_o             (down_strb_o),
    .tlp_sop_o              (down_sop_o),
    .tlp_eop_o              (down_eop_o)
  );

  // ------------------------------------------------------------- translation
  logic [SlotWidth-1:0] b_id_unused;
  logic [1:0]           b_resp_unused;

  iommu_axi_front #(.Cfg(Cfg), .IdWidth(SlotWidth)) u_axi (
    .clk_i, .rst_ni,
    .s_axi_awid_i    ('0),
    .s_axi_awaddr_i  (write.addr),
    .s_axi_awlen_i   (aw_len),
    .s_axi_awsize_i  (BusSize),
    .s_axi_awburst_i (BurstIncr),
    .s_axi_awlock_i  (1'b0),
    .s_axi_awcache_i (write.origin.attr[0] ? CacheNoSnoop : CacheSnooped),
    .s_axi_awprot_i  ({2'b00, write.priv}),
    .s_axi_awqos_i   ({1'b0, write.origin.tc}),
    .s_axi_awuser_i  ({write.ttype, write.pv, write.process_id, write.origin.device_id}),
    .s_axi_awvalid_i (aw_valid),
    .s_axi_awready_o (aw_ready),
    .s_axi_wdata_i   (w_data),
    .s_axi_wstrb_i   (w_strb),
    .s_axi_wlast_i   (w_last),
    .s_axi_wvalid_i  (w_valid),
    .s_axi_wready_o  (w_ready),
    .s_axi_bid_o     (b_id_unused),
    .s_axi_bresp_o   (b_resp_unused),    // nobody is told
    .s_axi_bvalid_o  (b_valid),
    .s_axi_bready_i  (1'b1),
    .s_axi_arid_i    (free_slot),
    .s_axi_araddr_i  (ar_addr),
    .s_axi_arlen_i   (ar_len),
    .s_axi_arsize_i  (BusSize),
    .s_axi_arburst_i (BurstIncr),
    .s_axi_arlock_i  (1'b0),
    .s_axi_arcache_i (np.access.origin.attr[0] ? CacheNoSnoop : CacheSnooped),
    .s_axi_arprot_i  ({np.access.exec, 1'b0, np.access.priv}),
    .s_axi_arqos_i   ({1'b0, np.access.origin.tc}),
    .s_axi_aruser_i  ({np.access.ttype, np.access.pv, np.access.process_id,
                       np.access.origin.device_id}),
    .s_axi_arvalid_i (ar_valid),
    .s_axi_arready_o (ar_ready),
    .s_axi_rid_o     (r_id),
    .s_axi_rdata_o   (r_data),
    .s_axi_rresp_o   (r_resp),
    .s_axi_rlast_o   (r_last),
    .s_axi_rvalid_o  (r_valid),
    .s_axi_rready_i  (1'b1),
    .m_axi_awid_o,
    .m_axi_awaddr_o,
    .m_axi_awlen_o,
    .m_axi_awsize_o,
    .m_axi_awburst_o,
    .m_axi_awlock_o,
    .m_axi_awcache_o,
    .m_axi_awprot_o,
    .m_axi_awqos_o,
    .m_axi_awuser_o,
    .m_axi_awvalid_o,
    .m_axi_awready_i,
    .m_axi_wdata_o,
    .m_axi_wstrb_o,
    .m_axi_wlast_o,
    .m_axi_wvalid_o,
    .m_axi_wready_i,
    .m_axi_bid_i,
    .m_axi_bresp_i,
    .m_axi_bvalid_i,
    .m_axi_bready_o,
    .m_axi_arid_o,
    .m_axi_araddr_o,
    .m_axi_arlen_o,
    .m_axi_arsize_o,
    .m_axi_arburst_o,
    .m_axi_arlock_o,
    .m_axi_arcache_o,
    .m_axi_arprot_o,
    .m_axi_arqos_o,
    .m_axi_aruser_o,
    .m_axi_arvalid_o,
    .m_axi_arready_i,
    .m_axi_rid_i,
    .m_axi_rdata_i,
    .m_axi_rresp_i   (m_axi_rresp_i[1] ? 2'b11 : m_axi_rresp_i),
    .m_axi_rlast_i,
    .m_axi_rvalid_i,
    .m_axi_rready_o,
    .req_valid_o    (front_valid),
    .req_ready_i    (front_ready),
    .req_o          (front_request),
    .req_bucket_o   (front_bucket),
    .req_refused_i, .req_tag_i, .req_colour_i,
    .answer_valid_i (front_answer),
    .answer_i,
    .free_valid_o   (front_free),
    .free_tag_o     (front_free_tag),
    .reads_busy_o, .writes_busy_o, .fault_valid_o, .fault_ready_i, .fault_o,
    .mrif_valid_o, .mrif_ready_i, .mrif_o, .mrif_done_i, .mrif_cause_i
  );

endmodule
