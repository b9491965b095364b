// SPDX-License-Identifier: Apache-2.0
//
// Messages of ATS and PRI: those of devices go to the core in the order of arrival,
// each when the writes that its sender sent before it are done; those of the core
// become TLPs. Messages in wait for memory alone.

module iommu_pcie_messages
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
#(
  parameter int unsigned Depth = 16
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [15:0]       sender_id_i,

  input  logic              message_valid_i,
  output logic              message_ready_o,
  input  message_t          message_i,
  input  sequence_t         done_i,            // writes that are done

  output logic              page_valid_o,
  input  logic              page_ready_i,
  output page_request_t     page_o,
  output logic              completion_valid_o,
  input  logic              completion_ready_i,
  output inval_completion_t completion_o,

  input  logic              response_valid_i,
  output logic              response_ready_o,
  input  page_response_t    response_i,
  input  logic              inval_valid_i,
  output logic              inval_ready_o,
  input  inval_request_t    inval_i,

  output logic              tlp_valid_o,
  input  logic              tlp_ready_i,
  output header_t           tlp_o,
  output logic [63:0]       tlp_data_o,
  output logic              tlp_has_data_o
);

  message_t message;
  logic     valid, ready, due;

  stream_fifo #(.T(message_t), .Depth(Depth)) u_in (
    .clk_i, .rst_ni,
    .valid_i (message_valid_i),
    .ready_o (message_ready_o),
    .data_i  (message_i),
    .valid_o (valid),
    .ready_i (ready),
    .data_o  (message)
  );

  assign due                = reached(done_i, message.after);
  assign page_valid_o       = valid && due && !message.invalidated;
  assign page_o             = message.page;
  assign completion_valid_o = valid && due && message.invalidated;
  assign completion_o       = message.completion;
  assign ready = (page_valid_o && page_ready_i) || (completion_valid_o && completion_ready_i);

  // Invalidations first: a time-out runs for them.
  assign tlp_valid_o      = inval_valid_i || response_valid_i;
  assign tlp_has_data_o   = inval_valid_i;
  assign tlp_data_o       = network_order(inval_i.payload);
  assign inval_ready_o    = tlp_ready_i;
  assign response_ready_o = tlp_ready_i && !inval_valid_i;

  assign tlp_o = inval_valid_i
    ? message_header(sender_id_i, {3'b0, inval_i.itag}, CodeInvalidate, 11'd2,
                     inval_i.device_id, inval_i.segment_valid, 16'd0,
                     inval_i.pv, inval_i.process_id)
    : message_header(sender_id_i, 8'd0, CodePageResponse, 11'd0,
                     response_i.device_id, response_i.segment_valid,
                     {response_i.code, 3'b0, response_i.prgi},
                     response_i.pv, response_i.process_id);

endmodule
