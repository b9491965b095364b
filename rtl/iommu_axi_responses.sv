// SPDX-License-Identifier: Apache-2.0
//
// B from memory to the devices, and B of writes that never went there (SLVERR if
// `refuse_error_i`), in the order of their arrival. B is never refused: there is a
// place for every tag.
//
// When a device leaves B waiting for StallTimeout clocks, `cut_valid_o` asks for a
// record, once. BVALID stays until B is taken.
//
// `done_*`: the write is over as far as memory is concerned; for fences.
// `free_*`: B left, the tag is not needed any more.

module iommu_axi_responses
  import iommu_axi_pkg::*;
#(
  parameter int unsigned QueueWidth   = 4,
  parameter int unsigned IndexWidth   = 7,
  parameter int unsigned StallTimeout = 4096,
  localparam int unsigned Queues = 2 ** QueueWidth
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,

  input  logic                              m_valid_i,
  input  axi_id_t                           m_id_i,
  input  logic [1:0]                        m_resp_i,

  output logic                              s_valid_o,
  input  logic                              s_ready_i,
  output axi_id_t                           s_id_o,
  output logic [1:0]                        s_resp_o,

  output logic                              arrived_o,
  output logic [QueueWidth-1:0]             arrived_queue_o,
  input  logic [Queues-1:0][IndexWidth-1:0] oldest_i,

  input  logic                              refuse_valid_i,
  output logic                              refuse_ready_o,
  input  logic                              refuse_error_i,
  input  logic                              refuse_bad_i,
  input  logic [IndexWidth-1:0]             refuse_tag_i,
  input  axi_id_t                           refuse_id_i,

  output logic                              done_valid_o,
  output logic [IndexWidth-1:0]             done_tag_o,
  output logic                              free_valid_o,
  output logic [IndexWidth-1:0]             free_tag_o,

  output logic                              cut_valid_o,
  input  logic                              cut_ready_i,
  output logic [IndexWidth-1:0]             cut_tag_o
);

  localparam logic [1:0]  RespOkay   = 2'b00;
  localparam logic [1:0]  RespSlverr = 2'b10;
  localparam int unsigned TimerWidth = $clog2(StallTimeout + 1);

  typedef struct packed {
    logic                  bad;   // of a write without a tag
    logic [IndexWidth-1:0] tag;
    axi_id_t               id;
    logic [1:0]            resp;
  } response_t;

  logic                  m_valid_q, refused, space_unused, out_valid, pop, cut;
  logic                  bad_q;        // a bad write's B is in the buffer
  logic                  reported_q;   // that this B waits
  axi_id_t               m_id_q;
  logic [1:0]            m_resp_q;
  response_t             in, out;
  logic [TimerWidth-1:0] timer_q, timer_d;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) m_valid_q <= 1'b0;
    else         m_valid_q <= m_valid_i;
  end

  always_ff @(posedge clk_i) begin
    m_id_q   <= m_id_i;
    m_resp_q <= m_resp_i;
  end

  assign arrived_o       = m_valid_q;
  assign arrived_queue_o = m_id_q[QueueWidth-1:0];
  assign refuse_ready_o  = !m_valid_q && !(refuse_bad_i && bad_q);
  assign refused         = refuse_valid_i && refuse_ready_o;

  always_comb begin
    in.bad  = 1'b0;
    in.tag  = oldest_i[arrived_queue_o];
    in.id   = m_id_q;
    in.resp = m_resp_q;
    if (!m_valid_q) begin
      in.bad  = refuse_bad_i;
      in.tag  = refuse_tag_i;
      in.id   = refuse_id_i;
      in.resp = refuse_error_i ? RespSlverr : RespOkay;
    end
  end

  assign done_valid_o = m_valid_q || (refused && !refuse_bad_i);
  assign done_tag_o   = in.tag;

  stream_fifo #(.T(response_t), .Depth(2 ** IndexWidth + 1)) u_buffer (
    .clk_i, .rst_ni,
    .valid_i (m_valid_q || refused),
    .ready_o (space_unused),
    .data_i  (in),
    .valid_o (out_valid),
    .ready_i (pop),
    .data_o  (out)
  );

  assign s_valid_o = out_valid;
  assign s_id_o    = out.id;
  assign s_resp_o  = out.resp;

  assign cut_valid_o = out_valid && !s_ready_i && !out.bad && !reported_q &&
                       timer_q == TimerWidth'(StallTimeout);
  assign cut_tag_o   = out.tag;
  assign cut         = cut_valid_o && cut_ready_i;
  assign pop         = out_valid && s_ready_i;

  assign free_valid_o = pop && !out.bad;
  assign free_tag_o   = out.tag;

  always_comb begin
    timer_d = timer_q;
    if (!out_valid || s_ready_i)                   timer_d = '0;
    else if (timer_q != TimerWidth'(StallTimeout)) timer_d = timer_q + 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      timer_q    <= '0;
      reported_q <= 1'b0;
      bad_q      <= 1'b0;
    end else begin
      timer_q    <= timer_d;
      reported_q <= (reported_q || cut) && !pop;
      bad_q      <= (bad_q && !(pop && out.bad)) || (refused && refuse_bad_i);
    end
  end

endmodule
