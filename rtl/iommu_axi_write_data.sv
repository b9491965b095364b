// SPDX-License-Identifier: Apache-2.0
//
// W from the devices to memory, through a buffer that always has room for a
// whole burst. W is taken once its AW was accepted; AxLEN says which beat is a
// burst's last, WLAST is not looked at. `complete_*` tells of each write, in
// order, that its data is in.
//
// A device that makes W wait for its data for StallTimeout clocks, all waits within
// one burst taken together, is cut off: what is missing counts as sent
// (`complete_cut_o`), and the next beat of W belongs to the next write.
// `cut_valid_o` asks for a record of it.
//
// The data of a write leaves, or is drained, as `command_*` says, one command a
// write, in order.

module iommu_axi_write_data
  import iommu_axi_pkg::*;
#(
  parameter int unsigned IndexWidth   = 7,
  parameter int unsigned DataWidth    = 64,
  parameter int unsigned Depth        = 512,
  parameter int unsigned Writes       = 64,   // that have not left
  parameter int unsigned StallTimeout = 4096
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  output logic                   space_o,
  input  logic                   accept_i,
  input  logic                   accept_bad_i,
  input  logic [IndexWidth-1:0]  accept_tag_i,
  input  logic [7:0]             accept_len_i,

  input  logic                   s_valid_i,
  output logic                   s_ready_o,
  input  logic [DataWidth-1:0]   s_data_i,
  input  logic [DataWidth/8-1:0] s_strb_i,

  output logic                   complete_valid_o,
  input  logic                   complete_ready_i,
  output logic                   complete_cut_o,

  input  logic                   command_valid_i,
  output logic                   command_ready_o,
  input  logic                   command_drain_i,
  input  logic                   command_mrif_i,   // with drain: the first beat is told

  output logic                   mrif_valid_o,     // it is on m_data_o and m_strb_o

  output logic                   m_valid_o,
  input  logic                   m_ready_i,
  output logic [DataWidth-1:0]   m_data_o,
  output logic [DataWidth/8-1:0] m_strb_o,
  output logic                   m_last_o,

  output logic                   cut_valid_o,
  input  logic                   cut_ready_i,
  output logic [IndexWidth-1:0]  cut_tag_o
);

  localparam int unsigned TimerWidth = $clog2(StallTimeout + 1);
  localparam int unsigned Commands   = 16;

  typedef struct packed {
    logic                  bad;
    logic [IndexWidth-1:0] tag;
    logic [7:0]            len;
  } expected_t;

  typedef struct packed {
    logic       cut;
    logic [8:0] beats;   // in the buffer
  } complete_t;

  typedef struct packed {
    logic       drain;
    logic       mrif;
    logic [8:0] beats;
  } command_t;

  typedef struct packed {
    logic [DataWidth/8-1:0] strb;
    logic [DataWidth-1:0]   data;
  } beat_t;

  // ------------------------------------------------------------------- in
  expected_t             accepted, expected;
  complete_t             ended, complete;
  beat_t                 in, out;
  logic                  expected_valid, buffer_ready, fire, last, cut, late, ends;
  logic [7:0]            count_q, count_d;
  logic [TimerWidth-1:0] timer_q, timer_d;
  logic                  complete_space_unused;

  assign accepted.bad = accept_bad_i;
  assign accepted.tag = accept_tag_i;
  assign accepted.len = accept_len_i;

  stream_fifo_registered #(.T(expected_t), .Depth(Writes)) u_expected (
    .clk_i, .rst_ni,
    .valid_i (accept_i),
    .ready_o (space_o),
    .data_i  (accepted),
    .valid_o (expected_valid),
    .ready_i (ends),
    .data_o  (expected)
  );

  assign s_ready_o = expected_valid && buffer_ready;
  assign fire      = s_valid_i && s_ready_o;
  assign last      = count_q == expected.len;
  assign in.data   = s_data_i;
  assign in.strb   = s_strb_i;

  assign late        = s_ready_o && !s_valid_i && timer_q == TimerWidth'(StallTimeout);
  assign cut_valid_o = late && !expected.bad;
  assign cut_tag_o   = expected.tag;
  assign cut         = late && (expected.bad || cut_ready_i);
  assign ends        = (fire && last) || cut;

  assign ended.cut   = cut;
  assign ended.beats = {1'b0, count_q} + {8'b0, fire};

  // At most one for each write that waits, and for the one about to leave.
  stream_fifo #(.T(complete_t), .Depth(Writes + 1)) u_complete (
    .clk_i, .rst_ni,
    .valid_i (ends),
    .ready_o (complete_space_unused),
    .data_i  (ended),
    .valid_o (complete_valid_o),
    .ready_i (complete_ready_i),
    .data_o  (complete)
  );

  assign complete_cut_o = complete.cut;

  always_comb begin
    count_d = count_q;
    if (ends)      count_d = '0;
    else if (fire) count_d = count_q + 8'd1;
  end

  always_comb begin
    timer_d = timer_q;
    if (!expected_valid || ends) timer_d = '0;
    else if (s_ready_o && !s_valid_i && timer_q != TimerWidth'(StallTimeout)) begin
      timer_d = timer_q + 1'b1;
    end
  end

  // ------------------------------------------------------------------ out
  command_t   command, command_in;
  logic       command_valid, out_valid, out_pop, command_done;
  logic [8:0] sent_q, sent_d;

  assign command_in.drain = command_drain_i;
  assign command_in.mrif  = command_mrif_i;
  assign command_in.beats = complete.beats;

  stream_fifo_registered #(.T(command_t), .Depth(Commands)) u_commands (
    .clk_i, .rst_ni,
    .valid_i (command_valid_i),
    .ready_o (command_ready_o),
    .data_i  (command_in),
    .valid_o (command_valid),
    .ready_i (command_done),
    .data_o  (command)
  );

  iommu_axi_block_fifo #(.Width($bits(beat_t)), .Depth(Depth)) u_buffer (
    .clk_i, .rst_ni,
    .valid_i (fire),
    .ready_o (buffer_ready),
    .data_i  (in),
    .valid_o (out_valid),
    .ready_i (out_pop),
    .data_o  (out)
  );

  assign m_valid_o = command_valid && !command.drain && out_valid;
  assign m_data_o  = out.data;
  assign m_strb_o  = out.strb;
  assign m_last_o  = sent_q + 9'd1 == command.beats;

  assign out_pop      = command_valid && command.beats != '0 && (command.drain || m_ready_i);
  assign mrif_valid_o = out_pop && out_valid && command.mrif && sent_q == '0;
  assign command_done = command.beats == '0 || (out_pop && out_valid && m_last_o);

  always_comb begin
    sent_d = sent_q;
    if (command_valid && command_done) sent_d = '0;
    else if (out_pop && out_valid)     sent_d = sent_q + 9'd1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      timer_q <= '0;
      sent_q  <= '0;
    end else begin
      count_q <= count_d;
      timer_q <= timer_d;
      sent_q  <= sent_d;
    end
  end

endmodule
