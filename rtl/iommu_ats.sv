// SPDX-License-Identifier: Apache-2.0
//
// ATS and PRI beside translation: page requests in, responses out, invalidation
// requests out, their completions in. Messages are structs of fields; a front end
// of a bus makes packets of them. Instances, and the way of the ATS commands.
//
// Messages in are slowed by memory only, never by messages out.

module iommu_ats
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_registers_pkg::*;
#(
  parameter int unsigned Timeout = 16384   // clocks until an invalidation is given up
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic [11:3]        addr_i,       // registers
  input  logic [1:0]         write_i,
  input  logic [63:0]        wdata_i,
  output logic [63:0]        rdata_o,

  // ATS.INVAL and ATS.PRGR; a fence waits while `busy_o`.
  input  logic               command_valid_i,
  output logic               command_ready_o,
  input  ats_command_t       command_i,
  output logic               busy_o,
  output logic               timed_out_o,
  input  logic               timed_out_clear_i,

  // The search for a device context.
  output logic               request_valid_o,
  input  logic               request_ready_i,
  output request_t           request_o,
  input  logic               answer_valid_i,
  input  answer_t            answer_i,

  // Records of the page-request queue.
  output logic               record_valid_o,
  input  logic               record_ready_i,
  output logic [PaWidth-1:4] record_addr_o,
  output logic [127:0]       record_o,
  input  logic               record_done_i,
  input  logic               record_error_i,
  output logic               interrupt_o,
  output logic               produced_o,

  // Messages
  input  logic               page_valid_i,
  output logic               page_ready_o,
  input  page_request_t      page_i,
  output logic               response_valid_o,
  input  logic               response_ready_i,
  output page_response_t     response_o,
  output logic               inval_valid_o,
  input  logic               inval_ready_i,
  output inval_request_t     inval_o,
  input  logic               completion_valid_i,
  output logic               completion_ready_o,
  input  inval_completion_t  completion_i
);

  logic           queue_valid, queue_done;
  page_request_t  queued;
  page_outcome_e  outcome;
  logic           own_valid, own_ready, asked_valid_q, asked_ready;
  page_response_t own, asked_q;
  logic           tags_ready, tags_busy, respond;

  iommu_page_request u_page_request (
    .clk_i, .rst_ni,
    .message_valid_i  (page_valid_i),
    .message_ready_o  (page_ready_o),
    .message_i        (page_i),
    .request_valid_o, .request_ready_i, .request_o,
    .answer_valid_i, .answer_i,
    .queue_valid_o    (queue_valid),
    .message_o        (queued),
    .queue_done_i     (queue_done),
    .queue_outcome_i  (outcome),
    .response_valid_o (own_valid),
    .response_ready_i (own_ready),
    .response_o       (own)
  );

  iommu_page_queue u_page_queue (
    .clk_i, .rst_ni,
    .addr_i, .write_i, .wdata_i, .rdata_o,
    .valid_i   (queue_valid),
    .request_i (queued),
    .done_o    (queue_done),
    .outcome_o (outcome),
    .record_valid_o, .record_ready_i, .record_addr_o, .record_o,
    .record_done_i, .record_error_i,
    .interrupt_o, .produced_o
  );

  iommu_ats_tags #(.Timeout(Timeout)) u_tags (
    .clk_i, .rst_ni,
    .command_valid_i (command_valid_i && !command_i.response),
    .command_ready_o (tags_ready),
    .command_i,
    .inval_valid_o, .inval_ready_i, .inval_o,
    .completion_valid_i, .completion_ready_o, .completion_i,
    .busy_o          (tags_busy),
    .timed_out_o, .timed_out_clear_i
  );

  // ATS.PRGR: one response waits here.
  assign respond         = command_valid_i && command_i.response &&
                           (!asked_valid_q || asked_ready);
  assign command_ready_o = command_i.response ? respond : tags_ready;
  assign busy_o          = tags_busy || asked_valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)          asked_valid_q <= 1'b0;
    else if (respond)     asked_valid_q <= 1'b1;
    else if (asked_ready) asked_valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (respond) begin
      asked_q.device_id     <= command_i.device_id;
      asked_q.segment_valid <= command_i.segment_valid;
      asked_q.pv            <= command_i.pv;
      asked_q.process_id    <= command_i.process_id;
      asked_q.prgi <= command_i.payload[ATS_PRGR_PAYLOAD_PRGI_LSB+:ATS_PRGR_PAYLOAD_PRGI_WIDTH];
      asked_q.code <= command_i.payload[ATS_PRGR_PAYLOAD_CODE_LSB+:ATS_PRGR_PAYLOAD_CODE_WIDTH];
    end
  end

  stream_arbiter #(.T(page_response_t), .N(2)) u_responses (
    .clk_i, .rst_ni,
    .valid_i ({asked_valid_q, own_valid}),
    .ready_o ({asked_ready, own_ready}),
    .data_i  ({asked_q, own}),
    .valid_o (response_valid_o),
    .ready_i (response_ready_i),
    .data_o  (response_o)
  );

endmodule
