// SPDX-License-Identifier: Apache-2.0
//
// The core with flat pins, for benches and for front ends of other buses:
// translation requests and answers as iommu_core defines them, its memory port
// as AXI4 and its registers as AXI4-Lite. Records of accesses that a front end
// refuses by itself have no pins here.

module iommu_core_port
  import iommu_build_pkg::*;
  import iommu_pkg::*;
#(
  parameter int unsigned Build = BuildDefault,
  parameter cfg_t        Cfg   = build_cfg(Build),
  parameter int unsigned RegisterWidth = 64          // 32 or 64
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  // Translation requests: tag and colour belong to the request accepted now
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
  output logic [TagWidth-1:0]        req_tag_o,
  output logic                       req_colour_o,

  // Answers
  output logic                       answer_valid_o,
  output logic [TagWidth-1:0]        answer_tag_o,
  output logic                       answer_fault_o,
  output logic [58:0]                answer_pa_o,
  output logic [1:0]                 answer_pbmt_o,
  output logic [1:0]                 answer_status_o,       // success, UR, CA
  output logic                       answer_msi_o,
  output logic                       answer_mrif_o,         // pa is the file's address
  output logic [10:0]                answer_nid_o,
  output logic [PpnWidth-1:0]        answer_notice_ppn_o,
  output logic                       answer_r_o,            // of a translation request
  output logic                       answer_w_o,
  output logic                       answer_x_o,
  output logic                       answer_global_o,
  output logic                       answer_priv_o,
  output logic                       answer_untranslated_o,
  output logic [2:0]                 answer_size_o,         // page_e
  output logic [QosIdWidth-1:0]      answer_rcid_o,
  output logic [QosIdWidth-1:0]      answer_mcid_o,

  // Tags that are done with, and accesses under way by colour
  input  logic                       free_valid_i,
  input  logic [TagWidth-1:0]        free_tag_i,
  input  logic [1:0]                 reads_busy_i,
  input  logic [1:0]                 writes_busy_i,

  // Messages of ATS and PRI
  input  logic                       page_valid_i,
  output logic                       page_ready_o,
  input  logic [DeviceIdWidth-1:0]   page_device_id_i,
  input  logic                       page_pv_i,
  input  logic [ProcessIdWidth-1:0]  page_process_id_i,
  input  logic                       page_priv_i,
  input  logic                       page_exec_i,
  input  logic [63:0]                page_payload_i,
  output logic                       response_valid_o,
  input  logic                       response_ready_i,
  output logic [DeviceIdWidth-1:0]   response_device_id_o,
  output logic                       response_segment_valid_o,
  output logic                       response_pv_o,
  output logic [ProcessIdWidth-1:0]  response_process_id_o,
  output logic [8:0]                 response_prgi_o,
  output logic [3:0]                 response_code_o,
  output logic                       inval_valid_o,
  input  logic                       inval_ready_i,
  output logic [DeviceIdWidth-1:0]   inval_device_id_o,
  output logic                       inval_segment_valid_o,
  output logic                       inval_pv_o,
  output logic [ProcessIdWidth-1:0]  inval_process_id_o,
  output logic [4:0]                 inval_itag_o,
  output logic [63:0]                inval_payload_o,
  input  logic                       completion_valid_i,
  output logic                       completion_ready_o,
  input  logic [DeviceIdWidth-1:0]   completion_device_id_i,
  input  logic [31:0]                completion_itags_i,
  input  logic [2:0]                 completion_count_i,

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
  output logic                       trace_inval_o
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

  // Only page requests of the core itself ask for PRPR.
  logic answer_unused;
  assign answer_unused = answer.prpr;

  // AxPROT of register accesses is not looked at.
  logic prot_unused;
  assign prot_unused = ^{s_axil_awprot_i, s_axil_arprot_i};

  request_t request;
  answer_t  answer;
  logic     fault_ready_unused, mrif_ready_unused, mrif_done_unused;
  logic [11:0] mrif_cause_unused;

  iommu_flat_request u_request (
    .ttype_i      (req_ttype_i),
    .access_i     (req_access_i),
    .priv_i       (req_priv_i),
    .pv_i         (req_pv_i),
    .process_id_i (req_process_id_i),
    .device_id_i  (req_device_id_i),
    .no_write_i   (req_no_write_i),
    .iova_i       (req_iova_i),
    .request_o    (request)
  );

  assign answer_tag_o   = answer.tag;
  assign answer_fault_o = answer.fault;
  assign answer_pa_o    = {answer.gpa_high, answer.pa};
  assign answer_pbmt_o  = answer.pbmt;

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
  assign answer_rcid_o         = answer.qos.rcid;
  assign answer_mcid_o         = answer.qos.mcid;

  page_request_t     page;
  page_response_t    response;
  inval_request_t    inval;
  inval_completion_t completion;

  assign page = '{
    device_id:  page_device_id_i,
    pv:         page_pv_i,
    process_id: page_process_id_i,
    priv:       page_priv_i,
    exec:       page_exec_i,
    payload:    page_payload_i
  };
  assign completion = '{
    device_id: completion_device_id_i,
    itags:     completion_itags_i,
    count:     completion_count_i
  };

  assign response_device_id_o     = response.device_id;
  assign response_segment_valid_o = response.segment_valid;
  assign response_pv_o            = response.pv;
  assign response_process_id_o    = response.process_id;
  assign response_prgi_o          = response.prgi;
  assign response_code_o          = response.code;
  assign inval_device_id_o        = inval.device_id;
  assign inval_segment_valid_o    = inval.segment_valid;
  assign inval_pv_o               = inval.pv;
  assign inval_process_id_o       = inval.process_id;
  assign inval_itag_o             = inval.itag;
  assign inval_payload_o          = inval.payload;

  bucket_t            bucket;
  logic [Buckets-1:0] refused;
  logic               req_ready;

  assign bucket      = bucket_of(req_device_id_i);
  assign req_ready_o = req_ready && !refused[bucket];

  iommu_core #(.Cfg(Cfg)) u_core (
    .clk_i, .rst_ni,
    .req_valid_i       (req_valid_i && !refused[bucket]),
    .req_ready_o       (req_ready),
    .req_i             (request),
    .req_bucket_i      (bucket),
    .req_refused_o     (refused),
    .req_tag_o, .req_colour_o,
    .answer_valid_o,
    .answer_o          (answer),
    .free_valid_i, .free_tag_i,
    .reads_busy_i, .writes_busy_i,
    .fault_valid_i     (1'b0),
    .fault_ready_o     (fault_ready_unused),
    .fault_i           ('0),
    .mrif_valid_i      (1'b0),
    .mrif_ready_o      (mrif_ready_unused),
    .mrif_i            ('0),
    .mrif_done_o       (mrif_done_unused),
    .mrif_cause_o      (mrif_cause_unused),
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
    .page_valid_i, .page_ready_o,
    .page_i             (page),
    .response_valid_o, .response_ready_i,
    .response_o         (response),
    .ats_inval_valid_o  (inval_valid_o),
    .ats_inval_ready_i  (inval_ready_i),
    .ats_inval_o        (inval),
    .completion_valid_i, .completion_ready_o,
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
