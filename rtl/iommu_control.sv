// SPDX-License-Identifier: Apache-2.0
//
// What software sees: registers, command queue, fault queue, interrupts.
//
// Towards core: `ddtp_o` and `fctl_o`; `inval_valid_o`, a pulse for each invalidation;
// `colour_o`, which the request accepted in this clock is given. The busy inputs
// are for each colour: a request accepted in one clock counts from the next. A
// fault record is offered three clocks after its request was answered, at the
// latest. Both fault ports are slowed by memory only, never by software.
//
// Towards memory: reads of one ID, of up to eight words, whose data is always
// taken; writes of three IDs. The data and acknowledgement inputs are valid for
// IDs of this module only. What is offered stays until it is taken.

module iommu_control
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_registers_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        reg_valid_i,
  input  logic        reg_write_i,
  input  logic [11:0] reg_addr_i,
  input  logic [7:0]  reg_strb_i,
  input  logic [63:0] reg_wdata_i,
  output logic        reg_ack_o,
  output logic [63:0] reg_rdata_o,

  output ddtp_t       ddtp_o,
  output fctl_t       fctl_o,
  output qos_t        qosid_o,        // iommu_qosid
  output logic        inval_valid_o,
  output inval_t      inval_o,
  output logic        colour_o,
  input  logic [1:0]  requests_busy_i,
  input  logic [1:0]  reads_busy_i,
  input  logic [1:0]  writes_busy_i,

  input  logic        walk_fault_valid_i,
  output logic        walk_fault_ready_o,
  input  fault_t      walk_fault_i,
  input  logic        port_fault_valid_i,
  output logic        port_fault_ready_o,
  input  fault_t      port_fault_i,
  input  logic        mrif_fault_valid_i,
  output logic        mrif_fault_ready_o,
  input  fault_t      mrif_fault_i,

  output logic        read_valid_o,
  input  logic        read_ready_i,
  output mem_read_t   read_o,
  input  logic        data_valid_i,
  output logic        data_ready_o,
  input  mem_data_t   data_i,
  output logic        write_valid_o,
  input  logic        write_ready_i,
  output mem_write_t  write_o,
  input  logic        done_valid_i,
  input  mem_done_t   done_i,

  // Requests of its own, and their answers.
  output logic        debug_valid_o,
  input  logic        debug_ready_i,
  output request_t    debug_request_o,
  input  logic        debug_answered_i,
  input  answer_t     answer_i,

  // ATS and PRI: the search for a context, and messages.
  output logic        page_request_valid_o,
  input  logic        page_request_ready_i,
  output request_t    page_request_o,
  input  logic        page_answered_i,

  input  logic              page_valid_i,
  output logic              page_ready_o,
  input  page_request_t     page_i,
  output logic              response_valid_o,
  input  logic              response_ready_i,
  output page_response_t    response_o,
  output logic              ats_inval_valid_o,
  input  logic              ats_inval_ready_i,
  output inval_request_t    ats_inval_o,
  input  logic              completion_valid_i,
  output logic              completion_ready_o,
  input  inval_completion_t completion_i,

  // For the counters: requests that are accepted, and what walks do.
  input  logic        accept_i,
  input  request_t    accept_request_i,
  input  walk_event_t miss_event_i,
  input  walk_event_t read_event_i,

  output logic [15:0] irq_o
);

  logic            ddtp_written, ddtp_busy;
  queue_base_t     cqb, fqb;
  logic            cqb_written;
  queue_index_t    cqh, cqt, fqh, fqt;
  logic            cqen, cie, cqon, fqen, fie, fqon;
  command_status_t cq_clear, cq_status;
  fault_status_t   fq_clear, fq_status;
  logic            fq_produced;
  vector_t         civ, fiv, pmiv, piv;
  logic [1:0]      halves;
  logic [63:0]     debug_rdata, qosid_rdata, hpm_rdata, ats_rdata;
  logic            hpm_overflow;
  logic            ats_valid, ats_ready, ats_busy, ats_timed_out, ats_told;
  ats_command_t    ats_command;
  logic            page_interrupt, page_produced;
  logic            page_record_valid, page_record_ready, page_record_done;
  logic [PaWidth-1:4] page_record_addr;
  logic [127:0]    page_record;
  mem_read_t       command_read;
  interrupt_t      ip_clear, ip, ip_edge;
  logic            msi_access;
  logic [1:0]      msi_write;
  logic [63:0]     msi_rdata;

  logic            fence_valid, fence_done, fence_error;
  fence_t          fence;
  logic            fence_store_valid, fence_store_ready, fence_store_done;
  store_t          fence_store;
  logic            msi_store_valid, msi_store_ready, msi_store_done;
  store_t          msi_store;
  logic            msi_fault_valid, msi_fault_ready;
  fault_t          msi_fault;

  logic [1:0]      faults_busy;
  logic            fault_valid, fault_ready, fault_drop, fault_written, fault_written_colour;
  fault_t          fault;
  logic            record_valid, record_ready, record_done;
  logic [PaWidth-1:5] record_addr;
  logic [255:0]    record;

  iommu_registers #(.Cfg(Cfg)) u_registers (
    .clk_i, .rst_ni,
    .reg_valid_i, .reg_write_i, .reg_addr_i, .reg_strb_i, .reg_wdata_i,
    .reg_ack_o, .reg_rdata_o,
    .fctl_o,
    .ddtp_o,
    .ddtp_written_o (ddtp_written),
    .ddtp_busy_i    (ddtp_busy),
    .cqb_o          (cqb),
    .cqb_written_o  (cqb_written),
    .cqt_o          (cqt),
    .cqen_o         (cqen),
    .cie_o          (cie),
    .cq_clear_o     (cq_clear),
    .cqh_i          (cqh),
    .cqon_i         (cqon),
    .cq_status_i    (cq_status),
    .fqb_o          (fqb),
    .fqh_o          (fqh),
    .fqen_o         (fqen),
    .fie_o          (fie),
    .fq_clear_o     (fq_clear),
    .fqt_i          (fqt),
    .fqon_i         (fqon),
    .fq_status_i    (fq_status),
    .civ_o          (civ),
    .fiv_o          (fiv),
    .pmiv_o         (pmiv),
    .piv_o          (piv),
    .ip_clear_o     (ip_clear),
    .ip_i           (ip),
    .halves_o       (halves),
    .other_rdata_i  (debug_rdata | qosid_rdata | hpm_rdata | ats_rdata),
    .msi_access_o   (msi_access),
    .msi_write_o    (msi_write),
    .msi_rdata_i    (msi_rdata)
  );

  iommu_command_queue #(.Cfg(Cfg)) u_command_queue (
    .clk_i, .rst_ni,
    .cqen_i        (cqen),
    .cqb_i         (cqb),
    .cqb_written_i (cqb_written),
    .cqt_i         (cqt),
    .clear_i       (cq_clear),
    .be_i          (fctl_o.be),
    .wsi_i         (fctl_o.wsi),
    .cqh_o         (cqh),
    .on_o          (cqon),
    .status_o      (cq_status),
    .broadcast_i   (ddtp_written),
    .inval_valid_o, .inval_o,
    .fence_valid_o (fence_valid),
    .fence_o       (fence),
    .fence_done_i  (fence_done),
    .fence_error_i (fence_error),
    .ats_valid_o     (ats_valid),
    .ats_ready_i     (ats_ready),
    .ats_o           (ats_command),
    .ats_busy_i      (ats_busy),
    .ats_timed_out_i (ats_timed_out),
    .ats_told_o      (ats_told),
    .read_valid_o, .read_ready_i,
    .read_o        (command_read),
    .data_valid_i, .data_ready_o, .data_i
  );

  always_comb begin
    read_o     = command_read;
    read_o.qos = qosid_o;
  end

  iommu_fence u_fence (
    .clk_i, .rst_ni,
    .fence_valid_i   (fence_valid),
    .fence_i         (fence),
    .done_o          (fence_done),
    .error_o         (fence_error),
    .ddtp_written_i  (ddtp_written),
    .ddtp_busy_o     (ddtp_busy),
    .colour_o,
    .requests_busy_i,
    .faults_busy_i   (faults_busy),
    .reads_busy_i, .writes_busy_i,
    .store_valid_o   (fence_store_valid),
    .store_ready_i   (fence_store_ready),
    .store_o         (fence_store),
    .store_done_i    (fence_store_done),
    .store_error_i   (done_i.error)
  );

  iommu_fault_intake #(.N(4), .Depth(8), .Late(4)) u_fault_intake (
    .clk_i, .rst_ni,
    .valid_i ({mrif_fault_valid_i, msi_fault_valid, port_fault_valid_i, walk_fault_valid_i}),
    .ready_o ({mrif_fault_ready_o, msi_fault_ready, port_fault_ready_o, walk_fault_ready_o}),
    .fault_i          ({mrif_fault_i, msi_fault, port_fault_i, walk_fault_i}),
    .valid_o          (fault_valid),
    .ready_i          (fault_ready),
    .fault_o          (fault),
    .drop_i           (fault_drop),
    .written_i        (fault_written),
    .written_colour_i (fault_written_colour),
    .busy_o           (faults_busy)
  );

  iommu_fault_queue u_fault_queue (
    .clk_i, .rst_ni,
    .fqen_i           (fqen),
    .fqb_i            (fqb),
    .fqh_i            (fqh),
    .clear_i          (fq_clear),
    .fqt_o            (fqt),
    .on_o             (fqon),
    .status_o         (fq_status),
    .produced_o       (fq_produced),
    .valid_i          (fault_valid),
    .ready_o          (fault_ready),
    .fault_i          (fault),
    .drop_o           (fault_drop),
    .written_o        (fault_written),
    .written_colour_o (fault_written_colour),
    .record_valid_o   (record_valid),
    .record_ready_i   (record_ready),
    .record_addr_o    (record_addr),
    .record_o         (record),
    .done_i           (record_done),
    .done_error_i     (done_i.error)
  );

  iommu_interrupt u_interrupt (
    .clk_i, .rst_ni,
    .wsi_i         (fctl_o.wsi),
    .cie_i         (cie),
    .fie_i         (fie),
    .civ_i         (civ),
    .fiv_i         (fiv),
    .pmiv_i        (pmiv),
    .piv_i         (piv),
    .clear_i       (ip_clear),
    .cq_status_i   (cq_status),
    .fq_status_i   (fq_status),
    .fq_produced_i (fq_produced),
    .overflow_i    (hpm_overflow),
    .page_i        (page_interrupt),
    .page_produced_i (page_produced),
    .ip_o          (ip),
    .edge_o        (ip_edge),
    .irq_o
  );

  if (Cfg.Debug) begin : gen_debug
    iommu_debug u_debug (
      .clk_i, .rst_ni,
      .addr_i          (reg_addr_i[11:3]),
      .write_i         (halves),
      .wdata_i         (reg_wdata_i),
      .rdata_o         (debug_rdata),
      .request_valid_o (debug_valid_o),
      .request_ready_i (debug_ready_i),
      .request_o       (debug_request_o),
      .answer_valid_i  (debug_answered_i),
      .answer_i
    );
  end else begin : gen_no_debug
    assign debug_rdata     = '0;
    assign debug_valid_o   = 1'b0;
    assign debug_request_o = '0;

    logic unused_debug;
    assign unused_debug = ^{debug_ready_i, debug_answered_i, answer_i};
  end

  if (Cfg.InterruptMsi) begin : gen_msi
    iommu_msi #(.Vectors(Cfg.InterruptVectors)) u_msi (
      .clk_i, .rst_ni,
      .wsi_i         (fctl_o.wsi),
      .edge_i        (ip_edge),
      .civ_i         (civ),
      .fiv_i         (fiv),
      .pmiv_i        (pmiv),
      .piv_i         (piv),
      .access_i      (msi_access),
      .write_i       (msi_write),
      .addr_i        (reg_addr_i[7:3]),
      .wdata_i       (reg_wdata_i),
      .rdata_o       (msi_rdata),
      .store_valid_o (msi_store_valid),
      .store_ready_i (msi_store_ready),
      .store_o       (msi_store),
      .store_done_i  (msi_store_done),
      .store_error_i (done_i.error),
      .colour_i      (colour_o),
      .fault_valid_o (msi_fault_valid),
      .fault_ready_i (msi_fault_ready),
      .fault_o       (msi_fault)
    );
  end else begin : gen_no_msi
    assign msi_rdata       = '0;
    assign msi_store_valid = 1'b0;
    assign msi_store       = '0;
    assign msi_fault_valid = 1'b0;
    assign msi_fault       = '0;

    logic unused;
    assign unused = ^{ip_edge, msi_access, msi_write, msi_store_ready, msi_store_done,
                      msi_fault_ready};
  end

  if (Cfg.HpmCounters != 0) begin : gen_hpm
    iommu_hpm #(.Counters(Cfg.HpmCounters)) u_hpm (
      .clk_i, .rst_ni,
      .addr_i          (reg_addr_i[11:3]),
      .write_i         (halves),
      .wdata_i         (reg_wdata_i),
      .rdata_o         (hpm_rdata),
      .request_valid_i (accept_i),
      .request_i       (accept_request_i),
      .miss_event_i, .read_event_i,
      .overflow_o      (hpm_overflow)
    );
  end else begin : gen_no_hpm
    assign hpm_rdata    = '0;
    assign hpm_overflow = 1'b0;

    logic unused_hpm;
    assign unused_hpm = ^{accept_i, accept_request_i, miss_event_i, read_event_i};
  end

  if (Cfg.Ats) begin : gen_ats
    iommu_ats #(.Timeout(Cfg.AtsTimeout)) u_ats (
      .clk_i, .rst_ni,
      .addr_i            (reg_addr_i[11:3]),
      .write_i           (halves),
      .wdata_i           (reg_wdata_i),
      .rdata_o           (ats_rdata),
      .command_valid_i   (ats_valid),
      .command_ready_o   (ats_ready),
      .command_i         (ats_command),
      .busy_o            (ats_busy),
      .timed_out_o       (ats_timed_out),
      .timed_out_clear_i (ats_told),
      .request_valid_o   (page_request_valid_o),
      .request_ready_i   (page_request_ready_i),
      .request_o         (page_request_o),
      .answer_valid_i    (page_answered_i),
      .answer_i,
      .record_valid_o    (page_record_valid),
      .record_ready_i    (page_record_ready),
      .record_addr_o     (page_record_addr),
      .record_o          (page_record),
      .record_done_i     (page_record_done),
      .record_error_i    (done_i.error),
      .interrupt_o       (page_interrupt),
      .produced_o        (page_produced),
      .page_valid_i, .page_ready_o, .page_i,
      .response_valid_o, .response_ready_i, .response_o,
      .inval_valid_o     (ats_inval_valid_o),
      .inval_ready_i     (ats_inval_ready_i),
      .inval_o           (ats_inval_o),
      .completion_valid_i, .completion_ready_o, .completion_i
    );
  end else begin : gen_no_ats
    assign ats_rdata            = '0;
    assign ats_ready            = 1'b0;
    assign ats_busy             = 1'b0;
    assign ats_timed_out        = 1'b0;
    assign page_request_valid_o = 1'b0;
    assign page_request_o       = '0;
    assign page_record_valid    = 1'b0;
    assign page_record_addr     = '0;
    assign page_record          = '0;
    assign page_interrupt       = 1'b0;
    assign page_produced        = 1'b0;
    assign page_ready_o         = 1'b0;
    assign response_valid_o     = 1'b0;
    assign response_o           = '0;
    assign ats_inval_valid_o    = 1'b0;
    assign ats_inval_o          = '0;
    assign completion_ready_o   = 1'b0;

    logic unused_ats;
    assign unused_ats = ^{ats_valid, ats_command, ats_told, page_request_ready_i, page_answered_i,
                          answer_i, page_record_ready, page_record_done, page_valid_i, page_i,
                          response_ready_i, ats_inval_ready_i, completion_valid_i, completion_i};
  end

  if (Cfg.QosId) begin : gen_qosid
    iommu_qosid u_qosid (
      .clk_i, .rst_ni,
      .addr_i  (reg_addr_i[11:3]),
      .write_i (halves),
      .wdata_i (reg_wdata_i),
      .rdata_o (qosid_rdata),
      .qos_o   (qosid_o)
    );
  end else begin : gen_no_qosid
    assign qosid_rdata = '0;
    assign qosid_o     = '0;
  end

  iommu_queue_write u_write (
    .clk_i, .rst_ni,
    .big_endian_i   (fctl_o.be),
    .qos_i          (qosid_o),
    .fence_valid_i  (fence_store_valid),
    .fence_ready_o  (fence_store_ready),
    .fence_i        (fence_store),
    .fence_done_o   (fence_store_done),
    .record_valid_i (record_valid),
    .record_ready_o (record_ready),
    .record_addr_i  (record_addr),
    .record_i       (record),
    .record_done_o  (record_done),
    .msi_valid_i    (msi_store_valid),
    .msi_ready_o    (msi_store_ready),
    .msi_i          (msi_store),
    .msi_done_o     (msi_store_done),
    .page_valid_i   (page_record_valid),
    .page_ready_o   (page_record_ready),
    .page_addr_i    (page_record_addr),
    .page_i         (page_record),
    .page_done_o    (page_record_done),
    .write_valid_o, .write_ready_i, .write_o,
    .done_valid_i,
    .done_id_i      (done_i.id)
  );

  logic unused_bits;
  assign unused_bits = ^{done_i.exokay, halves};

endmodule
