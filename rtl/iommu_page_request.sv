// SPDX-License-Identifier: Apache-2.0
//
// Takes in "Page Request" and "Stop Marker" messages: section "PCIe ATS Page
// Request handling". One at a time, in order: the device context is looked for,
// then the message is queued, or answered, or dropped.
//
// The context is looked for by a request of its own, which ends with the device
// context; what goes wrong there is recorded by the walker. Its answer says with
// `status` what to tell the device, and with `prpr` whether the response wants a
// PASID.
//
// Messages are slowed by memory only, never by responses that do not leave: a
// response that finds Depth of them waiting is lost. Devices that keep to their
// allocation of outstanding requests do not get there.

module iommu_page_request
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_registers_pkg::*;
#(
  parameter int unsigned Depth = 16
) (
  input  logic           clk_i,
  input  logic           rst_ni,

  input  logic           message_valid_i,
  output logic           message_ready_o,
  input  page_request_t  message_i,

  output logic           request_valid_o,
  input  logic           request_ready_i,
  output request_t       request_o,
  input  logic           answer_valid_i,
  input  answer_t        answer_i,

  output logic           queue_valid_o,     // message_o, until queue_done_i
  output page_request_t  message_o,
  input  logic           queue_done_i,
  input  page_outcome_e  queue_outcome_i,

  output logic           response_valid_o,
  input  logic           response_ready_i,
  output page_response_t response_o
);

  typedef enum logic [2:0] {
    StIdle,
    StFetch,
    StAnswer,
    StQueue,
    StRespond
  } state_e;

  typedef logic [ATS_PRGR_PAYLOAD_CODE_WIDTH-1:0] code_t;

  state_e         state_d, state_q;
  code_t          code_d, code_q;
  logic           pasid_d, pasid_q;     // the response has the PASID of the request
  logic           prpr_d, prpr_q;
  logic           valid, take, wanted, respond, unused_room;
  page_request_t  message;
  page_response_t response;

  stream_fifo #(.T(page_request_t), .Depth(Depth)) u_messages (
    .clk_i, .rst_ni,
    .valid_i (message_valid_i),
    .ready_o (message_ready_o),
    .data_i  (message_i),
    .valid_o (valid),
    .ready_i (take),
    .data_o  (message)
  );

  // The last of a group wants a response, but for Stop Markers.
  assign wanted = message.payload[PQ_PAYLOAD_L_BIT] &&
                  (message.payload[PQ_PAYLOAD_R_BIT] || message.payload[PQ_PAYLOAD_W_BIT]);

  always_comb begin
    state_d         = state_q;
    code_d          = code_q;
    pasid_d         = pasid_q;
    prpr_d          = prpr_q;
    respond         = 1'b0;
    take            = 1'b0;

    unique case (state_q)
      StIdle: if (valid) state_d = StFetch;
      StFetch: begin
        if (request_ready_i) state_d = StAnswer;
      end
      StAnswer: begin
        prpr_d = answer_i.prpr;
        if (answer_valid_i) begin
          unique case (answer_i.status)
            StatusSuccess: state_d = StQueue;
            StatusUnsupported: begin
              state_d = StRespond;
              code_d  = code_t'(ATS_PRGR_INVALID);
              pasid_d = answer_i.prpr;
            end
            default: begin
              state_d = StRespond;
              code_d  = code_t'(ATS_PRGR_FAILURE);
              pasid_d = 1'b1;
            end
          endcase
        end
      end
      StQueue: begin
        if (queue_done_i) begin
          take    = queue_outcome_i == PageQueued;
          state_d = take ? StIdle : StRespond;
          code_d  = (queue_outcome_i == PageOverflow) ? code_t'(ATS_PRGR_SUCCESS)
                                                      : code_t'(ATS_PRGR_FAILURE);
          pasid_d = queue_outcome_i != PageOverflow || prpr_q;
        end
      end
      StRespond: begin
        respond = wanted;
        take    = 1'b1;
        state_d = StIdle;
      end
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= StIdle;
    else         state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    code_q  <= code_d;
    pasid_q <= pasid_d;
    prpr_q  <= prpr_d;
  end

  // What a record of a fault calls the address is the code of the message.
  always_comb begin
    request_o              = '0;
    request_o.ttype        = TypeTranslationRequest;
    request_o.access       = AccessRead;
    request_o.priv         = message.pv && message.priv;
    request_o.pv           = message.pv;
    request_o.process_id   = message.process_id;
    request_o.device_id    = message.device_id;
    request_o.page_request = 1'b1;
    request_o.iova         = 64'(PRI_MESSAGE_CODE);
  end

  assign request_valid_o = state_q == StFetch;
  assign queue_valid_o   = state_q == StQueue;
  assign message_o       = message;

  always_comb begin
    response.device_id     = message.device_id;
    response.segment_valid = 1'b1;
    response.pv            = message.pv && pasid_q;
    response.process_id    = response.pv ? message.process_id : '0;
    response.prgi          = message.payload[PQ_PAYLOAD_PRGI_LSB+:PQ_PAYLOAD_PRGI_WIDTH];
    response.code          = code_q;
  end

  stream_fifo #(.T(page_response_t), .Depth(Depth)) u_responses (
    .clk_i, .rst_ni,
    .valid_i (respond),
    .ready_o (unused_room),
    .data_i  (response),
    .valid_o (response_valid_o),
    .ready_i (response_ready_i),
    .data_o  (response_o)
  );

  logic unused;
  assign unused = ^answer_i;

endmodule
