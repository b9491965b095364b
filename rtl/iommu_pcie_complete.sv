// SPDX-License-Identifier: Apache-2.0
//
// Takes R into the buffers of its slots and makes completions of them. R is always
// taken: each slot has room for its burst. A completion holds what its burst read,
// from the first doubleword on, as whole beats of the port; a burst that was
// refused becomes UR, one that memory could not answer CA. Throughput: a bus word
// a clock, and two clocks more for each completion.

module iommu_pcie_complete
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
#(
  parameter int unsigned TlpWidth        = 128,
  parameter int unsigned BusWidth        = 64,
  parameter int unsigned CompletionBytes = 128
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [15:0]            completer_id_i,

  // A burst begins
  input  logic                   start_i,
  input  slot_t                  start_slot_i,
  input  origin_t                start_origin_i,
  input  logic [6:0]             start_addr_i,    // of its first byte
  input  dwords_t                start_dwords_i,
  input  logic [12:0]            start_bytes_i,

  input  logic                   r_valid_i,
  input  slot_t                  r_id_i,
  input  logic [BusWidth-1:0]    r_data_i,

  input  logic                   ready_valid_i,
  input  slot_t                  ready_slot_i,
  output logic                   choose_o,
  output slot_t                  slot_o,          // the one that leaves
  input  logic                   silent_i,
  input  logic                   failed_i,
  input  logic                   refused_i,
  output logic                   retire_o,

  output logic                   tlp_valid_o,
  input  logic                   tlp_ready_i,
  output header_t                tlp_o,
  output logic [TlpWidth-1:0]    tlp_data_o,
  output logic [TlpWidth/32-1:0] tlp_strb_o,
  output logic                   tlp_sop_o,
  output logic                   tlp_eop_o
);

  localparam int unsigned T          = TlpWidth / 32;
  localparam int unsigned A          = BusWidth / 32;
  localparam int unsigned ShiftWidth = $clog2(A);
  localparam int unsigned Words      = CompletionBytes * 8 / BusWidth;  // of a slot
  localparam int unsigned WordWidth  = $clog2(Words);
  localparam int unsigned FillWidth  = $clog2(T / A + 2);

  typedef logic [WordWidth-1:0] word_t;
  typedef logic [FillWidth-1:0] fill_t;
  typedef logic [WordWidth:0]   words_t;

  typedef struct packed {
    origin_t     origin;
    logic [6:0]  addr;
    dwords_t     dwords;
    logic [12:0] bytes;
  } info_t;

  // ---------------------------------------------------------------- buffers
  word_t               fill_q [Slots];
  word_t               read_index_q;
  logic [BusWidth-1:0] word;
  info_t               info;
  slot_t               slot_q;

  always_ff @(posedge clk_i) begin
    if (r_valid_i) fill_q[r_id_i] <= fill_q[r_id_i] + 1'b1;
    if (start_i)   fill_q[start_slot_i] <= '0;
  end

  lut_ram #(.T(logic [BusWidth-1:0]), .Depth(Slots * Words)) u_data (
    .clk_i,
    .write_i       (r_valid_i),
    .write_index_i ({r_id_i, fill_q[r_id_i]}),
    .write_data_i  (r_data_i),
    .read_index_i  ({slot_q, read_index_q}),
    .read_data_o   (word)
  );

  lut_ram #(.T(info_t), .Depth(Slots)) u_info (
    .clk_i,
    .write_i       (start_i),
    .write_index_i (start_slot_i),
    .write_data_i  ('{origin: start_origin_i, addr: start_addr_i, dwords: start_dwords_i,
                      bytes: start_bytes_i}),
    .read_index_i  (slot_q),
    .read_data_o   (info)
  );

  // ------------------------------------------------------------ completions
  typedef enum logic [1:0] {
    StIdle,
    StBegin,    // the slot is known
    StData
  } state_e;

  state_e               state_d, state_q;
  logic [(T+A)*32-1:0]  window_q, window_d;   // aligned words, the first beat's first
  fill_t                have_q, have_d, wanted;
  words_t               words_q, words_d;     // still to be fetched
  dwords_t              left_q, left_d;
  logic                 first_q, first_d, fetch, send, whole;
  logic [ShiftWidth-1:0] shift;

  assign slot_o = slot_q;
  assign shift  = info.addr[ShiftWidth+1:2];
  // A beat that does not begin with a word ends within the word behind it.
  assign wanted = fill_t'(T / A) + fill_t'(shift != '0);
  assign whole  = have_q == wanted || words_q == '0;

  always_comb begin
    tlp_data_o = window_q[TlpWidth-1:0];
    for (int unsigned i = 0; i < A; i++) begin
      if (shift == ShiftWidth'(i)) tlp_data_o = window_q[i*32+:TlpWidth];
    end
    for (int unsigned i = 0; i < T; i++) begin
      tlp_strb_o[i] = state_q == StData && dwords_t'(i) < left_q;
    end
  end

  always_comb begin
    state_d     = state_q;
    have_d      = have_q;
    words_d     = words_q;
    left_d      = left_q;
    first_d     = first_q;
    window_d    = window_q;
    choose_o    = 1'b0;
    retire_o    = 1'b0;
    fetch       = 1'b0;
    tlp_valid_o = 1'b0;
    tlp_sop_o   = 1'b1;
    tlp_eop_o   = 1'b1;
    tlp_o       = completion_header(completer_id_i, info.origin, CplSuccess, info.bytes[11:0], info.addr,
                                    info.dwords);

    unique case (state_q)
      StIdle: begin
        choose_o = ready_valid_i;
        if (ready_valid_i) state_d = StBegin;
      end

      StBegin: begin
        if (silent_i) begin
          retire_o = 1'b1;
          state_d  = StIdle;
        end else if (failed_i) begin
          tlp_o       = completion_header(completer_id_i, info.origin,
                                          refused_i ? CplUnsupported : CplAbort, info.bytes[11:0],
                                          info.addr, '0);
          tlp_valid_o = 1'b1;
          retire_o    = tlp_ready_i;
          if (tlp_ready_i) state_d = StIdle;
        end else begin
          have_d  = '0;
          words_d = words_t'((12'(shift) + 12'(info.dwords) + 12'(A - 1)) >> ShiftWidth);
          left_d  = info.dwords;
          first_d = 1'b1;
          state_d = StData;
        end
      end

      StData: begin
        tlp_valid_o = whole;
        tlp_sop_o   = first_q;
        tlp_eop_o   = left_q <= dwords_t'(T);
        if (whole && tlp_ready_i) begin
          // What is behind the beat in its last word begins the next one.
          have_d   = fill_t'(shift != '0);
          left_d   = left_q - dwords_t'(T);
          first_d  = 1'b0;
          window_d[BusWidth-1:0] = window_q[T*32+:BusWidth];
          if (tlp_eop_o) begin
            retire_o = 1'b1;
            state_d  = StIdle;
          end
        end
        fetch = words_q != '0 && (!whole || tlp_ready_i);
        if (fetch) begin
          for (int unsigned i = 0; i <= T / A; i++) begin
            if (have_d == fill_t'(i)) window_d[i*BusWidth+:BusWidth] = word;
          end
          have_d  = have_d + 1'b1;
          words_d = words_q - 1'b1;
        end
      end

      default: state_d = StIdle;
    endcase
  end

  assign send = tlp_valid_o && tlp_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= StIdle;
    else         state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (choose_o) begin
      slot_q       <= ready_slot_i;
      read_index_q <= '0;
    end else if (fetch) begin
      read_index_q <= read_index_q + 1'b1;
    end
    have_q   <= have_d;
    words_q  <= words_d;
    left_q   <= left_d;
    first_q  <= first_d;
    window_q <= window_d;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) a_strb: assert (!send || !tlp_eop_o || state_q != StData || left_q != '0);
  end
`endif

endmodule
