// SPDX-License-Identifier: Apache-2.0
//
// R from memory to the devices, through a buffer in which every beat has its
// place before its AR leaves: `m_axi` is never made to wait. Beats pass in the
// order of their arrival. A refused read is a marker in that order, put in when
// no beat arrives, and becomes AxLEN + 1 beats of zeros with SLVERR.
//
// A device that leaves a beat waiting for StallTimeout clocks is cut off:
// `cut_valid_o` asks for a record, one a burst. RVALID stays, with this beat, until
// it is taken; what is left of the burst then comes as zeros with SLVERR.
//
// `done_*`: the last beat came from memory, or the refusal is on its way; for
// fences. `free_*`: the last beat left, the tag is not needed any more.

module iommu_axi_read_data
  import iommu_axi_pkg::*;
#(
  parameter int unsigned QueueWidth   = 4,
  parameter int unsigned IndexWidth   = 7,
  parameter int unsigned DataWidth    = 64,
  parameter int unsigned Depth        = 512,
  parameter int unsigned StallTimeout = 4096,
  localparam int unsigned Queues = 2 ** QueueWidth
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,

  input  logic                              m_valid_i,
  input  axi_id_t                           m_id_i,
  input  logic [DataWidth-1:0]              m_data_i,
  input  logic [1:0]                        m_resp_i,
  input  logic                              m_last_i,

  output logic                              s_valid_o,
  input  logic                              s_ready_i,
  output axi_id_t                           s_id_o,
  output logic [DataWidth-1:0]              s_data_o,
  output logic [1:0]                        s_resp_o,
  output logic                              s_last_o,

  output logic                              arrived_o,
  output logic [QueueWidth-1:0]             arrived_queue_o,
  input  logic [Queues-1:0]                 under_way_i,
  input  logic [Queues-1:0][IndexWidth-1:0] oldest_i,

  // Refused reads.
  input  logic [Queues-1:0]                 blocked_i,
  output logic                              marker_done_o,
  output logic [QueueWidth-1:0]             marker_queue_o,
  input  logic [IndexWidth-1:0]             marker_tag_i,
  input  axi_id_t                           marker_id_i,
  input  logic [7:0]                        marker_len_i,
  output logic                              hold_o,         // let no more reads out

  // The bad read that was not translated.
  input  logic                              bad_ready_i,    // all before it are in
  input  axi_id_t                           bad_id_i,
  input  logic [7:0]                        bad_len_i,
  output logic                              bad_taken_o,
  output logic                              bad_done_o,

  output logic                              credit_return_o,
  output logic                              done_valid_o,
  output logic [IndexWidth-1:0]             done_tag_o,
  output logic                              free_valid_o,
  output logic [IndexWidth-1:0]             free_tag_o,

  output logic                              cut_valid_o,
  input  logic                              cut_ready_i,
  output logic [IndexWidth-1:0]             cut_tag_o
);

  localparam logic [1:0]  RespSlverr = 2'b10;
  localparam int unsigned TimerWidth = $clog2(StallTimeout + 1);
  localparam int unsigned Patience   = 64;  // clocks until markers make reads wait
  localparam int unsigned AgeWidth   = $clog2(Patience + 1);

  typedef logic [QueueWidth-1:0] queue_t;
  typedef logic [IndexWidth-1:0] index_t;

  typedef struct packed {
    logic                 refused;
    logic                 bad;      // refused, and without a tag
    index_t               tag;
    axi_id_t              id;
    logic                 last;
    logic [1:0]           resp;
    logic [DataWidth-1:0] data;     // AxLEN of a refused burst
  } beat_t;

  // ------------------------------------------------------------ from memory
  logic  m_valid_q, m_last_q;
  beat_t m_beat, in;
  axi_id_t m_id_q;
  logic [1:0] m_resp_q;
  logic [DataWidth-1:0] m_data_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) m_valid_q <= 1'b0;
    else         m_valid_q <= m_valid_i;
  end

  always_ff @(posedge clk_i) begin
    m_id_q   <= m_id_i;
    m_data_q <= m_data_i;
    m_resp_q <= m_resp_i;
    m_last_q <= m_last_i;
  end

  assign arrived_o       = m_valid_q && m_last_q;
  assign arrived_queue_o = m_id_q[QueueWidth-1:0];

  always_comb begin
    m_beat.refused = 1'b0;
    m_beat.bad     = 1'b0;
    m_beat.tag     = oldest_i[arrived_queue_o];
    m_beat.id      = m_id_q;
    m_beat.last    = m_last_q;
    m_beat.resp    = m_resp_q;
    m_beat.data    = m_data_q;
  end

  // --------------------------------------------------------------- markers
  // A blocked queue without anything under way may have its marker.
  // It is told a clock later, and the one that had its marker then is left out.
  logic [Queues-1:0]   due_q, due, marker_grant_unused;
  logic                had_marker_q;
  logic                marker_valid_q, marker_taken;
  queue_t              marker_queue_q, next_marker;
  logic [AgeWidth-1:0] age_q;

  always_comb begin
    due = due_q;
    if (had_marker_q) due[marker_queue_q] = 1'b0;
  end

  always_ff @(posedge clk_i) due_q <= blocked_i & ~under_way_i;

  assign marker_taken = marker_valid_q && !m_valid_q;
  assign bad_taken_o  = bad_ready_i && !marker_valid_q && !m_valid_q;

  round_robin_arbiter #(.N(Queues)) u_marker_turns (
    .clk_i, .rst_ni,
    .request_i (due),
    .advance_i (!marker_valid_q),
    .grant_o   (marker_grant_unused),
    .index_o   (next_marker)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      marker_valid_q <= 1'b0;
      had_marker_q   <= 1'b0;
      marker_queue_q <= '0;
      age_q          <= '0;
    end else begin
      had_marker_q   <= marker_taken;
      marker_valid_q <= marker_valid_q ? !marker_taken : due != '0;
      if (!marker_valid_q) marker_queue_q <= next_marker;
      if (!marker_valid_q && !bad_ready_i)  age_q <= '0;
      else if (age_q != AgeWidth'(Patience)) age_q <= age_q + 1'b1;
    end
  end

  assign hold_o         = age_q == AgeWidth'(Patience);
  assign marker_done_o  = marker_taken;
  assign marker_queue_o = marker_queue_q;

  always_comb begin
    in = m_beat;
    if (!m_valid_q) begin
      in.refused = 1'b1;
      in.bad     = !marker_valid_q;
      in.tag     = marker_tag_i;
      in.id      = marker_valid_q ? marker_id_i : bad_id_i;
      in.last    = 1'b0;
      in.resp    = RespSlverr;
      in.data    = '0;
      in.data[7:0] = marker_valid_q ? marker_len_i : bad_len_i;
    end
  end

  assign done_valid_o = arrived_o || marker_taken;
  assign done_tag_o   = in.tag;

  // ---------------------------------------------------------------- buffer
  beat_t out;
  logic  out_valid, out_pop, in_valid, in_ready_unused;

  assign in_valid = m_valid_q || marker_taken || bad_taken_o;

  iommu_axi_block_fifo #(.Width($bits(beat_t)), .Depth(Depth)) u_buffer (
    .clk_i, .rst_ni,
    .valid_i (in_valid),
    .ready_o (in_ready_unused),   // space was reserved
    .data_i  (in),
    .valid_o (out_valid),
    .ready_i (out_pop),
    .data_o  (out)
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && in_valid) assert (in_ready_unused);
  end
`endif

  // ------------------------------------------------------------- to devices
  logic [Queues-1:0]     spoilt_q, spoilt_d;   // queues whose burst was cut off
  logic                  reported_q, reported_d; // at this beat
  logic [7:0]            count_q, count_d;     // beats of a refused burst that went
  logic [TimerWidth-1:0] timer_q, timer_d;
  logic                  expired_q;
  logic                  spoilt, last, fire, cut, finished;
  queue_t                out_queue;

  assign out_queue = out.id[QueueWidth-1:0];
  assign spoilt    = spoilt_q[out_queue];
  assign last      = out.refused ? count_q == out.data[7:0] : out.last;
  assign s_valid_o = out_valid;
  assign s_id_o    = out.id;
  assign s_data_o  = (out.refused || spoilt) ? '0 : out.data;
  assign s_resp_o  = spoilt ? RespSlverr : out.resp;
  assign s_last_o  = last;
  assign fire      = out_valid && s_ready_i;

  assign cut_valid_o = out_valid && !s_ready_i && expired_q && !out.bad && !spoilt && !reported_q;
  assign cut_tag_o   = out.tag;
  assign cut         = cut_valid_o && cut_ready_i;

  assign out_pop  = fire && (!out.refused || last);
  assign finished = fire && last;

  assign credit_return_o = out_pop && !out.bad;
  assign free_valid_o    = finished && !out.bad;
  assign free_tag_o      = out.tag;
  assign bad_done_o      = finished && out.bad;

  // The beat that waits must not change: only those after it are spoilt.
  always_comb begin
    spoilt_d   = spoilt_q;
    reported_d = reported_q || cut;
    if (fire) begin
      reported_d          = 1'b0;
      spoilt_d[out_queue] = (spoilt || reported_q) && !last;
    end
  end

  always_comb begin
    count_d = count_q;
    if (out_pop)                  count_d = '0;
    else if (fire && out.refused) count_d = count_q + 8'd1;
  end

  always_comb begin
    timer_d = timer_q;
    if (!out_valid || s_ready_i)                   timer_d = '0;
    else if (timer_q != TimerWidth'(StallTimeout)) timer_d = timer_q + 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      spoilt_q   <= '0;
      reported_q <= 1'b0;
      count_q    <= '0;
      timer_q    <= '0;
      expired_q  <= 1'b0;
    end else begin
      spoilt_q   <= spoilt_d;
      reported_q <= reported_d;
      count_q    <= count_d;
      timer_q    <= timer_d;
      expired_q  <= timer_d == TimerWidth'(StallTimeout);
    end
  end

endmodule
