// SPDX-License-Identifier: Apache-2.0
//
// Chooses which TLP leaves next: messages first, so that no completion passes one
// that has been waiting; then by turns completions of translations, refusals, and
// completions of reads, which alone may have several beats and are not
// interrupted. Outputs come from a buffer of two beats.

module iommu_pcie_send
  import iommu_pcie_pkg::*;
#(
  parameter int unsigned TlpWidth = 128
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   message_valid_i,
  output logic                   message_ready_o,
  input  header_t                message_i,
  input  logic [63:0]            message_data_i,
  input  logic                   message_has_data_i,

  input  logic                   translation_valid_i,
  output logic                   translation_ready_o,
  input  header_t                translation_i,
  input  logic [63:0]            translation_data_i,
  input  logic                   translation_has_data_i,

  input  logic                   refusal_valid_i,
  output logic                   refusal_ready_o,
  input  header_t                refusal_i,

  input  logic                   read_valid_i,
  output logic                   read_ready_o,
  input  header_t                read_i,
  input  logic [TlpWidth-1:0]    read_data_i,
  input  logic [TlpWidth/32-1:0] read_strb_i,
  input  logic                   read_sop_i,
  input  logic                   read_eop_i,

  output logic                   tlp_valid_o,
  input  logic                   tlp_ready_i,
  output header_t                tlp_o,
  output logic [TlpWidth-1:0]    tlp_data_o,
  output logic [TlpWidth/32-1:0] tlp_strb_o,
  output logic                   tlp_sop_o,
  output logic                   tlp_eop_o
);

  localparam int unsigned Dwords = TlpWidth / 32;

  typedef struct packed {
    header_t             header;
    logic [TlpWidth-1:0] data;
    logic [Dwords-1:0]   strb;
    logic                sop;
    logic                eop;
  } beat_t;

  beat_t      beat, leaving;
  logic       ready, valid, open_q;
  logic [2:0] waiting, grant;
  logic [1:0] unused_index;

  assign waiting = {read_valid_i, refusal_valid_i, translation_valid_i};

  round_robin_arbiter #(.N(3)) u_turns (
    .clk_i, .rst_ni,
    .request_i (waiting),
    .advance_i (ready && !open_q && !message_valid_i && waiting != '0),
    .grant_o   (grant),
    .index_o   (unused_index)
  );

  always_comb begin
    message_ready_o     = 1'b0;
    translation_ready_o = 1'b0;
    refusal_ready_o     = 1'b0;
    read_ready_o        = 1'b0;
    valid               = 1'b0;
    beat.header         = read_i;
    beat.data           = read_data_i;
    beat.strb           = read_strb_i;
    beat.sop            = 1'b1;
    beat.eop            = 1'b1;

    if (open_q || (!message_valid_i && grant[2])) begin
      valid        = read_valid_i;
      read_ready_o = ready;
      beat.sop     = read_sop_i;
      beat.eop     = read_eop_i;
    end else if (message_valid_i) begin
      valid           = 1'b1;
      message_ready_o = ready;
      beat.header     = message_i;
      beat.data       = TlpWidth'(message_data_i);
      beat.strb       = message_has_data_i ? Dwords'(3) : '0;
    end else if (grant[1]) begin
      valid           = 1'b1;
      refusal_ready_o = ready;
      beat.header     = refusal_i;
      beat.strb       = '0;
    end else if (grant[0]) begin
      valid               = 1'b1;
      translation_ready_o = ready;
      beat.header         = translation_i;
      beat.data           = TlpWidth'(translation_data_i);
      beat.strb           = translation_has_data_i ? Dwords'(3) : '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)             open_q <= 1'b0;
    else if (valid && ready) open_q <= !beat.eop;
  end

  stream_fifo #(.T(beat_t), .Depth(2)) u_out (
    .clk_i, .rst_ni,
    .valid_i (valid),
    .ready_o (ready),
    .data_i  (beat),
    .valid_o (tlp_valid_o),
    .ready_i (tlp_ready_i),
    .data_o  (leaving)
  );

  assign tlp_o      = leaving.header;
  assign tlp_data_o = leaving.data;
  assign tlp_strb_o = leaving.strb;
  assign tlp_sop_o  = leaving.sop;
  assign tlp_eop_o  = leaving.eop;

endmodule
