// SPDX-License-Identifier: Apache-2.0
//
// The IOMMU as a host bridge: TLPs of PCI Express in, AXI4 to memory out, with flat
// pins. See docs/integration.md for the ports. Transactions are those of
// iommu_pcie_front.
//
// With RequestPort a bench can ask the core for what no TLP expresses, one request at
// a time beside those of the front end, and sees every answer.

module iommu_pcie
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
#(
  parameter int unsigned Build           = BuildDefault,
  parameter cfg_t        Cfg             = build_cfg(Build),
  parameter int unsigned RegisterWidth   = 64,                // 32 or 64
  parameter int unsigned TlpWidth        = 2 * Cfg.DataWidth, // 128 or 256
  parameter int unsigned CompletionBytes = 128,               // 128, 256 or 512
  parameter int unsigned Rcb             = 64,                // 64 or 128
  parameter int unsigned RequestPort     = 0                  // 1 for benches
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  // Bus, device and function that completions and messages come from
  input  logic [15:0]                completer_id_i,

  // TLPs from devices
  input  logic [TlpWidth-1:0]        tlp_up_data_i,
  input  logic [TlpWidth/32-1:0]     tlp_up_strb_i,
  input  logic [127:0]               tlp_up_hdr_i,
  input  logic                       tlp_up_prefix_valid_i,
  input  logic [31:0]                tlp_up_prefix_i,
  input  logic [7:0]                 tlp_up_segment_i,
  input  logic                       tlp_up_error_i,
  input  logic                       tlp_up_valid_i,
  input  logic                       tlp_up_sop_i,
  input  logic                       tlp_up_eop_i,
  output logic                       tlp_up_ready_o,
  output logic                       tlp_up_np_ok_o,

  // TLPs to devices
  output logic [TlpWidth-1:0]        tlp_down_data_o,
  output logic [TlpWidth/32-1:0]     tlp_down_strb_o,
  output logic [127:0]               tlp_down_hdr_o,
  output logic                       tlp_down_prefix_valid_o,
  output logic [31:0]                tlp_down_prefix_o,
  output logic [7:0]                 tlp_down_segment_o,
  output logic                       tlp_down_valid_o,
  output logic                       tlp_down_sop_o,
  output logic                       tlp_down_eop_o,
  input  logic                       tlp_down_ready_i,

  // TLPs that were dropped or answered with UR since reset; the counts stay at
  // their highest value
  output logic [15:0]                malformed_count_o,
  output logic [15:0]                unsupported_count_o,
  output logic [15:0]                poisoned_count_o,

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

  // The IOMMU's own accesses: tables, queues, interrupts
  output logic [MemIdWidth-1:0]      mem_axi_awid_o,
  output logic [PaWidth-1:0]         mem_axi_awaddr_o,
  output logic [7:0]                 mem_axi_awlen_o,
  output logic [2:0]                 mem_axi_awsize_o,
  output logic [1:0]                 mem_axi_awburst_o,
  output logic                       mem_axi_awlock_o,
  output logic [3:0]                 mem_axi_awcache_o,
  output logic [2:0]                 mem_axi_awprot_o,
  output logic [3:0]                 mem_axi_awqos_o,
  output logic [2*QosIdWidth-1:0]    mem_axi_awuser_o,
  output logic                       mem_axi_awvalid_o,
  input  logic                       mem_axi_awready_i,
  output logic [Cfg.DataWidth-1:0]   mem_axi_wdata_o,
  output logic [Cfg.DataWidth/8-1:0] mem_axi_wstrb_o,
  output logic                       mem_axi_wlast_o,
  output logic                       mem_axi_wvalid_o,
  input  logic                       mem_axi_wready_i,
  input  logic [MemIdWidth-1:0]      mem_axi_bid_i,
  input  logic [1:0]                 mem_axi_bresp_i,
  input  logic                       mem_axi_bvalid_i,
  output logic                       mem_axi_bready_o,
  output logic [MemIdWidth-1:0]      mem_axi_arid_o,
  output logic [PaWidth-1:0]         mem_axi_araddr_o,
  output logic [7:0]                 mem_axi_arlen_o,
  output logic [2:0]                 mem_axi_arsize_o,
  output logic [1:0]                 mem_axi_arburst_o,
  output logic                       mem_axi_arlock_o,
  output logic [3:0]                 mem_axi_arcache_o,
  output logic [2:0]                 mem_axi_arprot_o,
  output logic [3:0]                 mem_axi_arqos_o,
  output logic [2*QosIdWidth-1:0]    mem_axi_aruser_o,
  output logic                       mem_axi_arvalid_o,
  input  logic                       mem_axi_arready_i,
  input  logic [MemIdWidth-1:0]      mem_axi_rid_i,
  input  logic [Cfg.DataWidth-1:0]   mem_axi_rdata_i,
  input  logic [1:0]                 mem_axi_rresp_i,
  input  logic                       mem_axi_rlast_i,
  input  logic                       mem_axi_ruser_i,
  input  logic                       mem_axi_rvalid_i,
  output logic                       mem_axi_rready_o,

  // Registers
  input  logic [11:0]                s_axil_awaddr_i,
  input  logic [2:0]                 s_axil_awprot_i,
  input  logic                       s_axil_awvalid_i,
  output logic                       s_axil_awready_o,
  input  logic [RegisterWidth-1:0]   s_axil_wdata_i,
  input  logic [RegisterWidth/8-1:0] s_axil_wstrb_i,
  input  logic                       s_axil_wvalid_i,
  output logic                       s_axil_wready_o,
  output logic [1:0]                 s_axil_bresp_o,
  output logic                       s_axil_bvalid_o,
  input  logic                       s_axil_bready_i,
  input  logic [11:0]                s_axil_araddr_i,
  input  logic [2:0]                 s_axil_arprot_i,
  input  logic                       s_axil_arvalid_i,
  output logic                       s_axil_arready_o,
  output logic [RegisterWidth-1:0]   s_axil_rdata_o,
  output logic [1:0]                 s_axil_rresp_o,
  output logic                       s_axil_rvalid_o,
  input  logic                       s_axil_rready_i,

  // Interrupts, level, by vector
  output logic [15:0]                irq_o,

  // For benches; leave open
  output logic                       trace_accept_o,
  output logic [TagWidth-1:0]        trace_accept_tag_o,
  output logic                       trace_lookup_o,
  output logic [TagWidth-1:0]        trace_lookup_tag_o,
  output logic                       trace_lookup_device_o,
  output logic                       trace_lookup_hit_o,
  output logic                       trace_start_o,
  output logic [RowWidth-1:0]        trace_start_row_o,
  output logic [TagWidth-1:0]        trace_start_tag_o,
  output logic                       trace_merge_o,
  output logic [RowWidth-1:0]        trace_merge_row_o,
  output logic [TagWidth-1:0]        trace_merge_tag_o,
  output logic                       trace_finish_o,
  output logic [RowWidth-1:0]        trace_finish_row_o,
  output logic                       trace_finish_fault_o,
  output logic                       trace_answer_o,
  output logic [TagWidth-1:0]        trace_answer_tag_o,
  output logic                       trace_answer_fault_o,
  output logic                       trace_inval_o,

  // For benches, with RequestPort: requests as those of iommu_core_port, whose tags
  // free themselves; and all requests that the core accepts, with their tags, and
  // their answers. Otherwise 0 or open.
  input  logic                       req_valid_i,
  output logic                       req_ready_o,
  input  logic [1:0]                 req_ttype_i,
  input  logic [1:0]                 req_access_i,
  input  logic                       req_priv_i,
  input  logic                       req_pv_i,
  input  logic [ProcessIdWidth-1:0]  req_process_id_i,
  input  logic [DeviceIdWidth-1:0]   req_device_id_i,
  input  logic                       req_no_write_i,
  input  logic [63:0]                req_iova_i,
  output logic                       accept_valid_o,
  output logic [TagWidth-1:0]        accept_tag_o,
  output logic [1:0]                 accept_ttype_o,
  output logic [1:0]                 accept_access_o,
  output logic                       accept_priv_o,
  output logic                       accept_pv_o,
  output logic [ProcessIdWidth-1:0]  accept_process_id_o,
  output logic [DeviceIdWidth-1:0]   accept_device_id_o,
  output logic                       accept_no_write_o,
  output logic [63:0]                accept_iova_o,
  output logic                       answer_valid_o,
  output logic [TagWidth-1:0]        answer_tag_o,
  output logic                       answer_fault_o,
  output logic [58:0]                answer_pa_o,
  output logic [1:0]                 answer_pbmt_o,
  output logic [1:0]                 answer_status_o,
  output logic                       answer_msi_o,
  output logic                       answer_mrif_o,
  output logic [10:0]                answer_nid_o,
  output logic [PpnWidth-1:0]        answer_notice_ppn_o,
  output logic                       answer_r_o,
  output logic                       answer_w_o,
  output logic                       answer_x_o,
  output logic                       answer_global_o,
  output logic                       answer_priv_o,
  output logic                       answer_untranslated_o,
  output logic [2:0]                 answer_size_o
);

  logic        reg_valid, reg_write, reg_ack;
  logic [11:0] reg_addr;
  logic [7:0]  reg_strb;
  logic [63:0] reg_wdata, reg_rdata;

  logic       read_valid, read_ready, data_valid, data_ready;
  logic       write_valid, write_ready, done_valid;
  mem_read_t  read;
  mem_data_t  data;
  mem_write_t write;
  mem_done_t  done;
  trace_t     trace;

  // AxPROT of register accesses is not looked at.
  logic prot_unused;
  assign prot_unused = ^{s_axil_awprot_i, s_axil_arprot_i};

  logic       req_valid, req_ready, req_colour, answer_valid, free_valid;
  logic       front_valid, front_ready, front_answer, front_free;
  logic       fault_valid, fault_ready;
  request_t   request, front_request;
  answer_t    answer;
  tag_t       req_tag, free_tag, front_free_tag;
  bucket_t    bucket, front_bucket;
  logic [Buckets-1:0] refused;
  logic [1:0] reads_busy, writes_busy;
  fault_t     fault;

  logic        mrif_valid, mrif_ready, mrif_done;
  mrif_store_t mrif;
  logic [11:0] mrif_cause;

  header_t up, down;
  logic    malformed, unsupported, poisoned;

  assign up = '{
    hdr: tlp_up_hdr_i, prefix_valid: tlp_up_prefix_valid_i, prefix: tlp_up_prefix_i,
    segment: tlp_up_segment_i
  };
  assign tlp_down_hdr_o          = down.hdr;
  assign tlp_down_prefix_valid_o = down.prefix_valid;
  assign tlp_down_prefix_o       = down.prefix;
  assign tlp_down_segment_o      = down.segment;

  logic              page_valid, page_ready, response_valid, response_ready;
  logic              ats_inval_valid, ats_inval_ready, completion_valid, completion_ready;
  page_request_t     page;
  page_response_t    response;
  inval_request_t    ats_inval;
  inval_completion_t completion;

  iommu_pcie_front #(
    .Cfg(Cfg), .TlpWidth(TlpWidth), .CompletionBytes(CompletionBytes), .Rcb(Rcb)
  ) u_front (
    .clk_i, .rst_ni,
    .completer_id_i,
    .up_data_i          (tlp_up_data_i),
    .up_strb_i          (tlp_up_strb_i),
    .up_i               (up),
    .up_valid_i         (tlp_up_valid_i),
    .up_sop_i           (tlp_up_sop_i),
    .up_eop_i           (tlp_up_eop_i),
    .up_error_i         (tlp_up_error_i),
    .up_ready_o         (tlp_up_ready_o),
    .up_np_ok_o         (tlp_up_np_ok_o),
    .down_data_o        (tlp_down_data_o),
    .down_strb_o        (tlp_down_strb_o),
    .down_o             (down),
    .down_valid_o       (tlp_down_valid_o),
    .down_sop_o         (tlp_down_sop_o),
    .down_eop_o         (tlp_down_eop_o),
    .down_ready_i       (tlp_down_ready_i),
    .malformed_o        (malformed),
    .unsupported_o      (unsupported),
    .poisoned_o         (poisoned),
    .m_axi_awid_o, .m_axi_awaddr_o, .m_axi_awlen_o, .m_axi_awsize_o, .m_axi_awburst_o,
    .m_axi_awlock_o, .m_axi_awcache_o, .m_axi_awprot_o, .m_axi_awqos_o, .m_axi_awuser_o,
    .m_axi_awvalid_o, .m_axi_awready_i, .m_axi_wdata_o, .m_axi_wstrb_o, .m_axi_wlast_o,
    .m_axi_wvalid_o, .m_axi_wready_i, .m_axi_bid_i, .m_axi_bresp_i, .m_axi_bvalid_i,
    .m_axi_bready_o, .m_axi_arid_o, .m_axi_araddr_o, .m_axi_arlen_o, .m_axi_arsize_o,
    .m_axi_arburst_o, .m_axi_arlock_o, .m_axi_arcache_o, .m_axi_arprot_o, .m_axi_arqos_o,
    .m_axi_aruser_o, .m_axi_arvalid_o, .m_axi_arready_i, .m_axi_rid_i, .m_axi_rdata_i,
    .m_axi_rresp_i, .m_axi_rlast_i, .m_axi_rvalid_i, .m_axi_rready_o,
    .req_valid_o        (front_valid),
    .req_ready_i        (front_ready),
    .req_o              (front_request),
    .req_bucket_o       (front_bucket),
    .req_refused_i      (refused),
    .req_tag_i          (req_tag),
    .req_colour_i       (req_colour),
    .answer_valid_i     (front_answer),
    .answer_i           (answer),
    .free_valid_o       (front_free),
    .free_tag_o         (front_free_tag),
    .reads_busy_o       (reads_busy),
    .writes_busy_o      (writes_busy),
    .fault_valid_o      (fault_valid),
    .fault_ready_i      (fault_ready),
    .fault_o            (fault),
    .mrif_valid_o       (mrif_valid),
    .mrif_ready_i       (mrif_ready),
    .mrif_o             (mrif),
    .mrif_done_i        (mrif_done),
    .mrif_cause_i       (mrif_cause),
    .page_valid_o       (page_valid),
    .page_ready_i       (page_ready),
    .page_o             (page),
    .response_valid_i   (response_valid),
    .response_ready_o   (response_ready),
    .response_i         (response),
    .ats_inval_valid_i  (ats_inval_valid),
    .ats_inval_ready_o  (ats_inval_ready),
    .ats_inval_i        (ats_inval),
    .completion_valid_o (completion_valid),
    .completion_ready_i (completion_ready),
    .completion_o       (completion)
  );

  if (RequestPort != 0) begin : gen_request_port
    request_t bench_request;
    logic     bench_own, bench_answered;
    tag_t     bench_tag;

    iommu_flat_request u_request (
      .ttype_i      (req_ttype_i),
      .access_i     (req_access_i),
      .priv_i       (req_priv_i),
      .pv_i         (req_pv_i),
      .process_id_i (req_process_id_i),
      .device_id_i  (req_device_id_i),
      .no_write_i   (req_no_write_i),
      .iova_i       (req_iova_i),
      .request_o    (bench_request)
    );

    iommu_inject #(.N(1)) u_inject (
      .clk_i, .rst_ni,
      .req_valid_i  (front_valid),
      .req_ready_o  (front_ready),
      .req_i        (front_request),
      .req_bucket_i (front_bucket),
      .free_valid_i (front_free),
      .free_tag_i   (front_free_tag),
      .valid_i      (req_valid_i),
      .ready_o      (req_ready_o),
      .request_i    (bench_request),
      .own_o        (bench_own),
      .own_tag_o    (bench_tag),
      .answered_i   (bench_answered),
      .req_valid_o  (req_valid),
      .req_ready_i  (req_ready),
      .req_o        (request),
      .req_bucket_o (bucket),
      .refused_i    (refused),
      .tag_i        (req_tag),
      .free_valid_o (free_valid),
      .free_tag_o   (free_tag)
    );

    assign bench_answered = bench_own && answer_valid && answer.tag == bench_tag;
    assign front_answer   = answer_valid && !bench_answered;

    assign accept_valid_o        = req_valid && req_ready;
    assign accept_tag_o          = req_tag;
    assign accept_ttype_o        = request.ttype;
    assign accept_access_o       = request.access;
    assign accept_priv_o         = request.priv;
    assign accept_pv_o           = request.pv;
    assign accept_process_id_o   = request.process_id;
    assign accept_device_id_o    = request.device_id;
    assign accept_no_write_o     = request.no_write;
    assign accept_iova_o         = request.iova;
    assign answer_valid_o        = answer_valid;
    assign answer_tag_o          = answer.tag;
    assign answer_fault_o        = answer.fault;
    assign answer_pa_o           = {answer.gpa_high, answer.pa};
    assign answer_pbmt_o         = answer.pbmt;
    assign answer_status_o       = answer.status;
    assign answer_msi_o          = answer.msi;
    assign answer_mrif_o         = answer.is_mrif;
    assign answer_nid_o          = answer.mrif.nid;
    assign answer_notice_ppn_o   = answer.mrif.notice_ppn;
    assign answer_r_o            = answer.grant.r;
    assign answer_w_o            = answer.grant.w;
    assign answer_x_o            = answer.grant.x;
    assign answer_global_o       = answer.grant.is_global;
    assign answer_priv_o         = answer.grant.priv;
    assign answer_untranslated_o = answer.grant.untranslated;
    assign answer_size_o         = answer.grant.size;
  end else begin : gen_no_request_port
    assign req_valid    = front_valid;
    assign front_ready  = req_ready;
    assign request      = front_request;
    assign bucket       = front_bucket;
    assign free_valid   = front_free;
    assign free_tag     = front_free_tag;
    assign front_answer = answer_valid;

    assign req_ready_o = 1'b0;
    assign {accept_valid_o, accept_tag_o, accept_ttype_o, accept_access_o, accept_priv_o,
            accept_pv_o, accept_process_id_o, accept_device_id_o, accept_no_write_o,
            accept_iova_o} = '0;
    assign {answer_valid_o, answer_tag_o, answer_fault_o, answer_pa_o, answer_pbmt_o,
            answer_status_o, answer_msi_o, answer_mrif_o, answer_nid_o, answer_notice_ppn_o,
            answer_r_o, answer_w_o, answer_x_o, answer_global_o, answer_priv_o,
            answer_untranslated_o, answer_size_o} = '0;

    logic bench_unused;
    assign bench_unused = ^{req_valid_i, req_ttype_i, req_access_i, req_priv_i, req_pv_i,
                            req_process_id_i, req_device_id_i, req_no_write_i, req_iova_i};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      malformed_count_o   <= '0;
      unsupported_count_o <= '0;
      poisoned_count_o    <= '0;
    end else begin
      if (malformed && malformed_count_o != '1) malformed_count_o <= malformed_count_o + 1'b1;
      if (unsupported && unsupported_count_o != '1) unsupported_count_o <= unsupported_count_o + 1'b1;
      if (poisoned && poisoned_count_o != '1) poisoned_count_o <= poisoned_count_o + 1'b1;
    end
  end

  iommu_core #(.Cfg(Cfg)) u_core (
    .clk_i, .rst_ni,
    .req_valid_i       (req_valid),
    .req_ready_o       (req_ready),
    .req_i             (request),
    .req_bucket_i      (bucket),
    .req_refused_o     (refused),
    .req_tag_o         (req_tag),
    .req_colour_o      (req_colour),
    .answer_valid_o    (answer_valid),
    .answer_o          (answer),
    .free_valid_i      (free_valid),
    .free_tag_i        (free_tag),
    .reads_busy_i      (reads_busy),
    .writes_busy_i     (writes_busy),
    .fault_valid_i     (fault_valid),
    .fault_ready_o     (fault_ready),
    .fault_i           (fault),
    .mrif_valid_i      (mrif_valid),
    .mrif_ready_o      (mrif_ready),
    .mrif_i            (mrif),
    .mrif_done_o       (mrif_done),
    .mrif_cause_o      (mrif_cause),
    .reg_valid_i       (reg_valid),
    .reg_write_i       (reg_write),
    .reg_addr_i        (reg_addr),
    .reg_strb_i        (reg_strb),
    .reg_wdata_i       (reg_wdata),
    .reg_ack_o         (reg_ack),
    .reg_rdata_o       (reg_rdata),
    .mem_read_valid_o  (read_valid),
    .mem_read_ready_i  (read_ready),
    .mem_read_o        (read),
    .mem_data_valid_i  (data_valid),
    .mem_data_ready_o  (data_ready),
    .mem_data_i        (data),
    .mem_write_valid_o (write_valid),
    .mem_write_ready_i (write_ready),
    .mem_write_o       (write),
    .mem_done_valid_i  (done_valid),
    .mem_done_i        (done),
    .page_valid_i       (page_valid),
    .page_ready_o       (page_ready),
    .page_i             (page),
    .response_valid_o   (response_valid),
    .response_ready_i   (response_ready),
    .response_o         (response),
    .ats_inval_valid_o  (ats_inval_valid),
    .ats_inval_ready_i  (ats_inval_ready),
    .ats_inval_o        (ats_inval),
    .completion_valid_i (completion_valid),
    .completion_ready_o (completion_ready),
    .completion_i       (completion),
    .irq_o,
    .trace_o           (trace)
  );

  iommu_memory_port #(.DataWidth(Cfg.DataWidth)) u_memory_port (
    .clk_i, .rst_ni,
    .read_valid_i  (read_valid),
    .read_ready_o  (read_ready),
    .read_i        (read),
    .data_valid_o  (data_valid),
    .data_ready_i  (data_ready),
    .data_o        (data),
    .write_valid_i (write_valid),
    .write_ready_o (write_ready),
    .write_i       (write),
    .done_valid_o  (done_valid),
    .done_o        (done),
    .mem_axi_awid_o, .mem_axi_awaddr_o, .mem_axi_awlen_o, .mem_axi_awsize_o, .mem_axi_awburst_o,
    .mem_axi_awlock_o, .mem_axi_awcache_o, .mem_axi_awprot_o, .mem_axi_awqos_o, .mem_axi_awuser_o,
    .mem_axi_awvalid_o,
    .mem_axi_awready_i, .mem_axi_wdata_o, .mem_axi_wstrb_o, .mem_axi_wlast_o, .mem_axi_wvalid_o,
    .mem_axi_wready_i, .mem_axi_bid_i, .mem_axi_bresp_i, .mem_axi_bvalid_i, .mem_axi_bready_o,
    .mem_axi_arid_o, .mem_axi_araddr_o, .mem_axi_arlen_o, .mem_axi_arsize_o, .mem_axi_arburst_o,
    .mem_axi_arlock_o, .mem_axi_arcache_o, .mem_axi_arprot_o, .mem_axi_arqos_o, .mem_axi_aruser_o,
    .mem_axi_arvalid_o,
    .mem_axi_arready_i, .mem_axi_rid_i, .mem_axi_rdata_i, .mem_axi_rresp_i, .mem_axi_rlast_i,
    .mem_axi_ruser_i, .mem_axi_rvalid_i, .mem_axi_rready_o
  );

  iommu_axil #(.Width(RegisterWidth)) u_registers (
    .clk_i, .rst_ni,
    .s_axil_awaddr_i, .s_axil_awvalid_i, .s_axil_awready_o, .s_axil_wdata_i, .s_axil_wstrb_i,
    .s_axil_wvalid_i, .s_axil_wready_o, .s_axil_bresp_o, .s_axil_bvalid_o, .s_axil_bready_i,
    .s_axil_araddr_i, .s_axil_arvalid_i, .s_axil_arready_o, .s_axil_rdata_o, .s_axil_rresp_o,
    .s_axil_rvalid_o, .s_axil_rready_i,
    .reg_valid_o (reg_valid),
    .reg_write_o (reg_write),
    .reg_addr_o  (reg_addr),
    .reg_strb_o  (reg_strb),
    .reg_wdata_o (reg_wdata),
    .reg_ack_i   (reg_ack),
    .reg_rdata_i (reg_rdata)
  );

  assign trace_accept_o        = trace.accept;
  assign trace_accept_tag_o    = trace.accept_tag;
  assign trace_lookup_o        = trace.lookup;
  assign trace_lookup_tag_o    = trace.lookup_tag;
  assign trace_lookup_device_o = trace.lookup_device;
  assign trace_lookup_hit_o    = trace.lookup_hit;
  assign trace_start_o         = trace.start;
  assign trace_start_row_o     = trace.start_row;
  assign trace_start_tag_o     = trace.start_tag;
  assign trace_merge_o         = trace.merge;
  assign trace_merge_row_o     = trace.merge_row;
  assign trace_merge_tag_o     = trace.merge_tag;
  assign trace_finish_o        = trace.finish;
  assign trace_finish_row_o    = trace.finish_row;
  assign trace_finish_fault_o  = trace.finish_fault;
  assign trace_answer_o        = trace.answer;
  assign trace_answer_tag_o    = trace.answer_tag;
  assign trace_answer_fault_o  = trace.answer_fault;
  assign trace_inval_o         = trace.inval;

endmodule
