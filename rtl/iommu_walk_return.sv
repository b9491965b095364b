// SPDX-License-Identifier: Apache-2.0
//
// What wakes a row: a word from memory, the acknowledgement of a write, or the
// end of a back-off. One event a clock, registered, which is always taken.
//
// `next_*_o` tell of the event that comes in the next clock, so that what its row
// remembers can be read ahead. That does not change in between: a row waits for
// one thing at a time. With `hold_i` there is no event in the next clock, and the
// row and the word stay as they are.
//
// Acknowledgements and back-offs wait in queues with room for every row, and take
// turns with words, which memory keeps for a clock then.
//
// A back-off lasts 2**(tries+1) clocks from when its row is at the head of the
// queue, at most 64: bounded, and different from row to row.

module iommu_walk_return
  import iommu_build_pkg::*;
  import iommu_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       hold_i,

  input  logic       data_valid_i,
  output logic       data_ready_o,
  input  mem_data_t  data_i,
  input  logic       done_valid_i,
  input  mem_done_t  done_i,
  input  logic       backoff_i,
  input  row_t       backoff_row_i,
  input  logic [2:0] backoff_tries_i,

  output logic       next_event_o,
  output logic       next_last_o,   // of a word
  output row_t       next_row_o,
  output logic       event_o,
  output row_t       row_o,
  output mem_data_t  word_o,      // of a word
  output logic       error_o,     // of a word or an acknowledgement
  output logic       exokay_o
);

  logic      event_q, error_q, error_d, exokay_q, exokay_d;
  row_t      row_q;
  mem_data_t word_q;
  logic      side_valid, side_turn_q, side_taken, word_taken;

  assign data_ready_o = !(side_valid && side_turn_q) && !hold_i;
  assign word_taken   = data_valid_i && data_ready_o;
  assign side_taken   = side_valid && !word_taken && !hold_i;
  assign next_event_o = word_taken || side_taken;
  assign next_last_o  = data_i.last;
  assign event_o      = event_q;
  assign row_o        = row_q;
  assign word_o       = word_q;
  assign error_o      = error_q;
  assign exokay_o     = exokay_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      event_q     <= 1'b0;
      side_turn_q <= 1'b0;
    end else begin
      event_q     <= next_event_o;
      if (!hold_i) side_turn_q <= word_taken;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!hold_i) begin
      word_q   <= data_i;
      row_q    <= next_row_o;
      error_q  <= error_d;
      exokay_q <= exokay_d;
    end
  end

  // A and D updates: only where memory takes exclusive pairs.
  if (Cfg.AmoHwad) begin : gen_update
    localparam int unsigned Rows = Cfg.WalkRows;

    typedef struct packed {
      row_t row;
      logic error;
      logic exokay;
    } ack_t;

    typedef struct packed {
      row_t       row;
      logic [2:0] tries;
    } wait_t;

    ack_t  ack_in, ack;
    wait_t wait_in, waiting;
    logic  ack_valid, ack_ready, wait_valid, wait_ready;
    logic  expired;
    logic [6:0] elapsed_q;

    assign ack_in  = '{row: done_i.id[RowWidth-1:0], error: done_i.error, exokay: done_i.exokay};
    assign wait_in = '{row: backoff_row_i, tries: backoff_tries_i};

    stream_fifo #(.T(ack_t), .Depth(Rows)) u_acks (
      .clk_i, .rst_ni,
      .valid_i (done_valid_i), .ready_o (ack_ready), .data_i (ack_in),
      .valid_o (ack_valid), .ready_i (side_taken && ack_valid), .data_o (ack)
    );

    stream_fifo #(.T(wait_t), .Depth(Rows)) u_waits (
      .clk_i, .rst_ni,
      .valid_i (backoff_i), .ready_o (wait_ready), .data_i (wait_in),
      .valid_o (wait_valid), .ready_i (side_taken && !ack_valid), .data_o (waiting)
    );

    // Attempts n waits 2**(n+1) clocks; the count starts anew for each.
    logic [2:0] exponent;
    assign exponent = (waiting.tries > 3'd5) ? 3'd5 : waiting.tries;
    assign expired  = wait_valid && elapsed_q >= (7'd2 << exponent);

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)                                      elapsed_q <= '0;
      else if (!wait_valid || (side_taken && !ack_valid)) elapsed_q <= '0;
      else if (!expired)                                elapsed_q <= elapsed_q + 1'b1;
    end

    assign side_valid = ack_valid || expired;
    assign next_row_o = word_taken ? data_i.id[RowWidth-1:0] : ack_valid ? ack.row : waiting.row;
    assign error_d    = word_taken ? data_i.error : ack.error;
    assign exokay_d   = word_taken ? data_i.exokay : ack.exokay;

    logic unused;
    assign unused = ^{done_i.id[MemIdWidth-1:RowWidth], ack_ready, wait_ready};

`ifndef SYNTHESIS
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        a_room_acks:  assert (!done_valid_i || ack_ready);
        a_room_waits: assert (!backoff_i || wait_ready);
      end
    end
`endif
  end else begin : gen_no_update
    assign side_valid = 1'b0;
    assign next_row_o = data_i.id[RowWidth-1:0];
    assign error_d    = data_i.error;
    assign exokay_d   = data_i.exokay;

    logic unused;
    assign unused = ^{done_valid_i, done_i, backoff_i, backoff_row_i, backoff_tries_i};
  end

endmodule
