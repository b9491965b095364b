// SPDX-License-Identifier: Apache-2.0
//
// The IOMMU without a device bus: translation requests in, answers out, a
// register port, and a port to memory. Front ends (AXI, PCIe) are built on it.
//
// Requests: one must not be offered while its device's bucket is in
// `req_refused_o`, which comes from registers, as `req_ready_o` does. `req_tag_o` and
// `req_colour_o` belong to the request that is accepted in this clock (`req_valid_i &&
// req_ready_o`); at most one a clock. Answers: one a clock at most, never refused, in any
// order; three clocks after acceptance on a hit (accepted at the edge that ends clock t,
// answered in clock t+4), five with Cfg.FastClock. The front end keeps the tag until it
// says `free_valid_i`, which may be in the clock of the answer at the earliest.
//
// Fences: a colour is given to a request when it is accepted. `reads_busy_i`
// and `writes_busy_i` say, for each colour, that the front end still owes a
// device or memory something for a request of that colour, from the clock after
// acceptance until the last R or the B is back. IOFENCE.C waits for them with
// PR or PW.
//
// `fault_valid_i` takes records of accesses that the front end itself refuses
// or cuts off.

module iommu_core
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       req_valid_i,
  output logic       req_ready_o,
  input  request_t   req_i,
  input  bucket_t    req_bucket_i,    // bucket_of its device_id
  output logic [Buckets-1:0] req_refused_o,
  output tag_t       req_tag_o,
  output logic       req_colour_o,

  output logic       answer_valid_o,
  output answer_t    answer_o,

  input  logic       free_valid_i,
  input  tag_t       free_tag_i,

  input  logic [1:0] reads_busy_i,
  input  logic [1:0] writes_busy_i,

  input  logic       fault_valid_i,
  output logic       fault_ready_o,
  input  fault_t     fault_i,

  // MSIs to be stored in memory-resident interrupt files: see iommu_mrif.
  input  logic        mrif_valid_i,
  output logic        mrif_ready_o,
  input  mrif_store_t mrif_i,
  output logic        mrif_done_o,
  output logic [11:0] mrif_cause_o,

  // Registers: a request is answered in the next clock (`reg_ack_o`).
  input  logic        reg_valid_i,
  input  logic        reg_write_i,
  input  logic [11:0] reg_addr_i,     // 8-byte aligned
  input  logic [7:0]  reg_strb_i,     // bytes written: 4 or 8, aligned
  input  logic [63:0] reg_wdata_i,
  output logic        reg_ack_o,
  output logic [63:0] reg_rdata_o,

  // Memory: reads, and writes with their acknowledgements.
  output logic       mem_read_valid_o,
  input  logic       mem_read_ready_i,
  output mem_read_t  mem_read_o,
  input  logic       mem_data_valid_i,
  output logic       mem_data_ready_o,
  input  mem_data_t  mem_data_i,
  output logic       mem_write_valid_o,
  input  logic       mem_write_ready_i,
  output mem_write_t mem_write_o,
  input  logic       mem_done_valid_i,   // always taken
  input  mem_done_t  mem_done_i,

  // Messages of ATS and PRI. Those that come in are slowed by memory only. Without
  // Cfg.Ats none is taken, and none is made.
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

  output logic [15:0] irq_o,             // level, by vector
  output trace_t      trace_o
);

  // Configuration and commands from control to the rest.
  ddtp_t  ddtp;
  fctl_t  fctl;
  qos_t   qosid;
  logic   inval_valid;
  inval_t inval;
  logic   colour;
  logic [1:0] requests_busy;

  // Accepted requests.
  logic     accept;
  tag_t     lookup_tag;
  request_t lookup_request;
  logic     lookup_start;

  // Lookup to device-context cache and IOTLB, and its outcome.
  logic            hit_valid;
  answer_t         hit_answer;
  logic            miss_valid;
  tag_t            miss_tag;

  // Walker.
  tag_t                     intake_tag, drain_tag;
  request_t                 intake_request, drain_request;
  logic                     drain_colour;
  logic                     walk_next;
  logic [DeviceIdWidth-1:0] walk_device_id;
  logic                     walk_device_hit;
  device_context_t          walk_device_context;
  logic [ProcessIdWidth-1:0] walk_process_id;
  logic                     walk_process_hit;
  process_context_t         walk_process;
  logic                     process_fill;
  logic [DeviceIdWidth-1:0] process_fill_device_id;
  logic [ProcessIdWidth-1:0] process_fill_process_id;
  process_context_t         process_fill_context;
  logic                     device_fill;
  logic [DeviceIdWidth-1:0] device_fill_id;
  device_context_t          device_fill_context;
  logic                     iotlb_fill;
  translation_t             iotlb_fill_entry;
  logic                     done_valid, done_ready;
  answer_t                  done_answer;
  logic                     walk_fault_valid, walk_fault_ready;
  fault_t                   walk_fault;

  logic       walk_read_valid, walk_read_ready;
  mem_read_t  walk_read;
  logic       walk_data_valid, walk_data_ready;
  logic       walk_write_valid, walk_write_ready;
  mem_write_t walk_write;
  logic       walk_done_valid;

  logic       control_read_valid, control_read_ready;
  mem_read_t  control_read;
  logic       control_data_valid, control_data_ready;
  logic       control_write_valid, control_write_ready;
  mem_write_t control_write;
  logic       control_done_valid;

  logic       mrif_read_valid, mrif_read_ready;
  mem_read_t  mrif_read;
  logic       mrif_data_valid;
  logic       mrif_write_valid, mrif_write_ready;
  mem_write_t mrif_write;
  logic       mrif_done_valid;
  logic       mrif_fault_valid, mrif_fault_ready;
  fault_t     mrif_fault;

  walk_event_t miss_event, read_event;
  trace_t lookup_trace, walk_trace;

  // Requests of the core itself: the debug registers, and page requests, which
  // look for a device context.
  localparam int unsigned Sources = 2;

  logic     [Sources-1:0] source_valid, source_ready, own, own_answered;
  request_t [Sources-1:0] source_request;
  tag_t     [Sources-1:0] own_tag;
  logic                   any_valid, any_ready, any_free, answered;
  request_t               any_request;
  bucket_t                any_bucket;
  tag_t                   any_free_tag;

  if (Cfg.Debug || Cfg.Ats) begin : gen_inject
    iommu_inject #(.N(Sources)) u_inject (
      .clk_i, .rst_ni,
      .req_valid_i, .req_ready_o, .req_i, .req_bucket_i, .free_valid_i, .free_tag_i,
      .valid_i      (source_valid),
      .ready_o      (source_ready),
      .request_i    (source_request),
      .own_o        (own),
      .own_tag_o    (own_tag),
      .answered_i   (own_answered),
      .req_valid_o  (any_valid),
      .req_ready_i  (any_ready),
      .req_o        (any_request),
      .req_bucket_o (any_bucket),
      .refused_i    (req_refused_o),
      .tag_i        (req_tag_o),
      .free_valid_o (any_free),
      .free_tag_o   (any_free_tag)
    );
  end else begin : gen_no_inject
    assign any_valid    = req_valid_i;
    assign req_ready_o  = any_ready;
    assign any_request  = req_i;
    assign any_bucket   = req_bucket_i;
    assign any_free     = free_valid_i;
    assign any_free_tag = free_tag_i;
    assign source_ready = '0;
    assign own          = '0;
    assign own_tag      = '0;

    logic unused_sources;
    assign unused_sources = ^{source_valid, source_request, own_answered};
  end

  assign accept = any_valid && any_ready;

  // Tags, what each tag asks for, and who has not been answered yet.
  iommu_requests #(.Cfg(Cfg)) u_requests (
    .clk_i, .rst_ni,
    .req_valid_i      (any_valid),
    .req_ready_o      (any_ready),
    .req_i            (any_request),
    .req_bucket_i     (any_bucket),
    .req_refused_o, .req_tag_o, .req_colour_o,
    .colour_i         (colour),
    .hold_i           (!done_ready),
    .lookup_valid_o   (lookup_start),
    .lookup_tag_o     (lookup_tag),
    .lookup_request_o (lookup_request),
    .intake_tag_i     (intake_tag),
    .intake_request_o (intake_request),
    .drain_tag_i      (drain_tag),
    .drain_request_o  (drain_request),
    .drain_colour_o   (drain_colour),
    .answer_valid_i   (answered),
    .answer_tag_i     (answer_o.tag),
    .free_valid_i     (any_free),
    .free_tag_i       (any_free_tag),
    .busy_o           (requests_busy)
  );

  // Three clocks: device context, IOTLB match, permissions.
  iommu_lookup #(.Cfg(Cfg)) u_lookup (
    .clk_i, .rst_ni,
    .ddtp_i              (ddtp),
    .qosid_i             (qosid),
    .valid_i             (lookup_start),
    .tag_i               (lookup_tag),
    .request_i           (lookup_request),
    .hit_valid_o         (hit_valid),
    .hit_answer_o        (hit_answer),
    .miss_valid_o        (miss_valid),
    .miss_tag_o          (miss_tag),
    .inval_valid_i       (inval_valid),
    .inval_i             (inval),
    .walk_next_i         (walk_next),
    .walk_device_id_i    (walk_device_id),
    .walk_hit_o          (walk_device_hit),
    .walk_context_o      (walk_device_context),
    .walk_process_id_i   (walk_process_id),
    .walk_process_hit_o  (walk_process_hit),
    .walk_process_o      (walk_process),
    .device_fill_valid_i (device_fill),
    .device_fill_id_i    (device_fill_id),
    .device_fill_i       (device_fill_context),
    .process_fill_valid_i      (process_fill),
    .process_fill_device_id_i  (process_fill_device_id),
    .process_fill_process_id_i (process_fill_process_id),
    .process_fill_i            (process_fill_context),
    .iotlb_fill_valid_i  (iotlb_fill),
    .iotlb_fill_i        (iotlb_fill_entry),
    .trace_o             (lookup_trace)
  );

  // Answers: a hit cannot wait, a finished walk can.
  iommu_answer #(.N(Sources)) u_answer (
    .clk_i, .rst_ni,
    .hit_valid_i   (hit_valid),
    .hit_i         (hit_answer),
    .done_valid_i  (done_valid),
    .done_ready_o  (done_ready),
    .done_i        (done_answer),
    .own_i         (own),
    .own_tag_i     (own_tag),
    .own_o         (own_answered),
    .answered_o    (answered),
    .answer_valid_o, .answer_o
  );

  iommu_walker #(.Cfg(Cfg)) u_walker (
    .clk_i, .rst_ni,
    .ddtp_i              (ddtp),
    .fctl_i              (fctl),
    .qosid_i             (qosid),
    .inval_valid_i       (inval_valid),
    .inval_i             (inval),
    .miss_valid_i        (miss_valid),
    .miss_tag_i          (miss_tag),
    .intake_tag_o        (intake_tag),
    .intake_request_i    (intake_request),
    .drain_tag_o         (drain_tag),
    .drain_request_i     (drain_request),
    .drain_colour_i      (drain_colour),
    .device_next_o       (walk_next),
    .device_id_o         (walk_device_id),
    .device_hit_i        (walk_device_hit),
    .device_context_i    (walk_device_context),
    .process_id_o        (walk_process_id),
    .process_hit_i       (walk_process_hit),
    .process_context_i   (walk_process),
    .device_fill_valid_o (device_fill),
    .device_fill_id_o    (device_fill_id),
    .device_fill_o       (device_fill_context),
    .process_fill_valid_o      (process_fill),
    .process_fill_device_id_o  (process_fill_device_id),
    .process_fill_process_id_o (process_fill_process_id),
    .process_fill_o            (process_fill_context),
    .iotlb_fill_valid_o  (iotlb_fill),
    .iotlb_fill_o        (iotlb_fill_entry),
    .done_valid_o        (done_valid),
    .done_ready_i        (done_ready),
    .done_o              (done_answer),
    .fault_valid_o       (walk_fault_valid),
    .fault_ready_i       (walk_fault_ready),
    .fault_o             (walk_fault),
    .read_valid_o        (walk_read_valid),
    .read_ready_i        (walk_read_ready),
    .read_o              (walk_read),
    .data_valid_i        (walk_data_valid),
    .data_ready_o        (walk_data_ready),
    .data_i              (mem_data_i),
    .write_valid_o       (walk_write_valid),
    .write_ready_i       (walk_write_ready),
    .write_o             (walk_write),
    .write_done_valid_i  (walk_done_valid),
    .write_done_i        (mem_done_i),
    .miss_event_o        (miss_event),
    .read_event_o        (read_event),
    .trace_o             (walk_trace)
  );

  // Registers, command and fault queue, interrupts.
  iommu_control #(.Cfg(Cfg)) u_control (
    .clk_i, .rst_ni,
    .reg_valid_i, .reg_write_i, .reg_addr_i, .reg_strb_i, .reg_wdata_i,
    .reg_ack_o, .reg_rdata_o,
    .ddtp_o             (ddtp),
    .fctl_o             (fctl),
    .qosid_o            (qosid),
    .inval_valid_o      (inval_valid),
    .inval_o            (inval),
    .colour_o           (colour),
    .requests_busy_i    (requests_busy),
    .reads_busy_i, .writes_busy_i,
    .walk_fault_valid_i (walk_fault_valid),
    .walk_fault_ready_o (walk_fault_ready),
    .walk_fault_i       (walk_fault),
    .port_fault_valid_i (fault_valid_i),
    .port_fault_ready_o (fault_ready_o),
    .port_fault_i       (fault_i),
    .mrif_fault_valid_i (mrif_fault_valid),
    .mrif_fault_ready_o (mrif_fault_ready),
    .mrif_fault_i       (mrif_fault),
    .read_valid_o       (control_read_valid),
    .read_ready_i       (control_read_ready),
    .read_o             (control_read),
    .data_valid_i       (control_data_valid),
    .data_ready_o       (control_data_ready),
    .data_i             (mem_data_i),
    .write_valid_o      (control_write_valid),
    .write_ready_i      (control_write_ready),
    .write_o            (control_write),
    .done_valid_i       (control_done_valid),
    .done_i             (mem_done_i),
    .debug_valid_o      (source_valid[0]),
    .debug_ready_i      (source_ready[0]),
    .debug_request_o    (source_request[0]),
    .debug_answered_i   (own_answered[0]),
    .answer_i           (answer_o),
    .page_request_valid_o (source_valid[1]),
    .page_request_ready_i (source_ready[1]),
    .page_request_o     (source_request[1]),
    .page_answered_i    (own_answered[1]),
    .page_valid_i, .page_ready_o, .page_i,
    .response_valid_o, .response_ready_i, .response_o,
    .ats_inval_valid_o, .ats_inval_ready_i, .ats_inval_o,
    .completion_valid_i, .completion_ready_o, .completion_i,
    .accept_i           (accept),
    .accept_request_i   (any_request),
    .miss_event_i       (miss_event),
    .read_event_i       (read_event),
    .irq_o
  );

  // Memory-resident interrupt files.
  if (Cfg.MsiMrif) begin : gen_mrif
    iommu_mrif #(.Cfg(Cfg)) u_mrif (
      .clk_i, .rst_ni,
      .valid_i            (mrif_valid_i),
      .ready_o            (mrif_ready_o),
      .store_i            (mrif_i),
      .done_o             (mrif_done_o),
      .cause_o            (mrif_cause_o),
      .fault_valid_o      (mrif_fault_valid),
      .fault_ready_i      (mrif_fault_ready),
      .fault_o            (mrif_fault),
      .read_valid_o       (mrif_read_valid),
      .read_ready_i       (mrif_read_ready),
      .read_o             (mrif_read),
      .data_valid_i       (mrif_data_valid),
      .data_i             (mem_data_i),
      .write_valid_o      (mrif_write_valid),
      .write_ready_i      (mrif_write_ready),
      .write_o            (mrif_write),
      .write_done_valid_i (mrif_done_valid),
      .write_done_i       (mem_done_i)
    );
  end else begin : gen_no_mrif
    assign mrif_ready_o     = 1'b0;
    assign mrif_done_o      = 1'b0;
    assign mrif_cause_o     = '0;
    assign mrif_fault_valid = 1'b0;
    assign mrif_fault       = '0;
    assign mrif_read_valid  = 1'b0;
    assign mrif_read        = '0;
    assign mrif_write_valid = 1'b0;
    assign mrif_write       = '0;

    logic unused;
    assign unused = ^{mrif_valid_i, mrif_i, mrif_fault_ready, mrif_read_ready, mrif_write_ready,
                      mrif_data_valid, mrif_done_valid};
  end

  // All share the way to memory; answers go back by ID.
  iommu_memory_switch #(.Cfg(Cfg)) u_memory_switch (
    .clk_i, .rst_ni,
    .walk_read_valid_i     (walk_read_valid),
    .walk_read_ready_o     (walk_read_ready),
    .walk_read_i           (walk_read),
    .walk_data_valid_o     (walk_data_valid),
    .walk_data_ready_i     (walk_data_ready),
    .walk_write_valid_i    (walk_write_valid),
    .walk_write_ready_o    (walk_write_ready),
    .walk_write_i          (walk_write),
    .walk_done_valid_o     (walk_done_valid),
    .control_read_valid_i  (control_read_valid),
    .control_read_ready_o  (control_read_ready),
    .control_read_i        (control_read),
    .control_data_valid_o  (control_data_valid),
    .control_data_ready_i  (control_data_ready),
    .control_write_valid_i (control_write_valid),
    .control_write_ready_o (control_write_ready),
    .control_write_i       (control_write),
    .control_done_valid_o  (control_done_valid),
    .mrif_read_valid_i     (mrif_read_valid),
    .mrif_read_ready_o     (mrif_read_ready),
    .mrif_read_i           (mrif_read),
    .mrif_data_valid_o     (mrif_data_valid),
    .mrif_write_valid_i    (mrif_write_valid),
    .mrif_write_ready_o    (mrif_write_ready),
    .mrif_write_i          (mrif_write),
    .mrif_done_valid_o     (mrif_done_valid),
    .mem_read_valid_o, .mem_read_ready_i, .mem_read_o,
    .mem_data_valid_i, .mem_data_ready_o, .mem_data_id_i (mem_data_i.id),
    .mem_write_valid_o, .mem_write_ready_i, .mem_write_o,
    .mem_done_valid_i, .mem_done_id_i (mem_done_i.id)
  );

  always_comb begin
    trace_o               = walk_trace;
    trace_o.accept        = accept;
    trace_o.accept_tag    = req_tag_o;
    trace_o.lookup        = lookup_trace.lookup;
    trace_o.lookup_tag    = lookup_trace.lookup_tag;
    trace_o.lookup_device = lookup_trace.lookup_device;
    trace_o.lookup_hit    = lookup_trace.lookup_hit;
    trace_o.answer        = answered;
    trace_o.answer_tag    = answer_o.tag;
    trace_o.answer_fault  = answer_o.fault;
    trace_o.inval         = inval_valid;
  end

endmodule
