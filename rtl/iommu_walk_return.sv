// SPDX-License-Identifier: Apache-2.0
//
// What wakes a row: a word from memory, the acknowledgement of a write, the
// end of a back-off, or that it begins with an address of the guest. One event a
// clock, registered, which is always taken.
//
// `next_*_o` tell of the event that comes in the next clock, so that what its row
// remembers can be read ahead: `next_event_o` of one for the step, `next_guest_o` of
// one for the second stage. What a row remembers does not change in between: a row waits for
// one thing at a time. With `hold_i` there is no event in the next clock, and the
// row and the word stay as they are. With Cfg.FastClock an event is chosen in a clock
// before that.
//
// What is no word waits in queues with room for every row, and takes
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

  input  logic       guest_i,       // a walk begins with an address of the guest
  input  row_t       guest_row_i,
  input  logic       data_valid_i,
  output logic       data_ready_o,
  input  mem_data_t  data_i,
  input  logic       done_valid_i,
  input  mem_done_t  done_i,
  input  logic       backoff_i,
  input  row_t       backoff_row_i,
  input  logic [2:0] backoff_tries_i,

  output logic       next_event_o,
  output logic       next_guest_o,
  output logic       next_last_o,   // of a word
  output row_t       next_row_o,
  output logic [63:0] next_data_o,  // of a word
  output logic       event_o,
  output row_t       row_o,
  output mem_data_t  word_o,      // of a word
  output logic       error_o,     // of a word or an acknowledgement
  output logic       exokay_o
);

  localparam int unsigned Rows   = Cfg.WalkRows;
  localparam bit          Nested = has_second_stage(Cfg);

  logic      event_q, error_q, chosen_error, exokay_q, chosen_exokay;
  row_t      row_q, guest_row, update_row;
  mem_data_t word_q;
  logic      guest_valid, guest_taken, update_valid, update_taken;
  logic      side_valid, side_turn_q, side_taken, word_first, word_taken;

  // What is chosen.
  typedef struct packed {
    logic      guest;
    row_t      row;
    mem_data_t word;
    logic      error;
    logic      exokay;
  } wake_t;

  wake_t chosen, next;
  logic  chosen_valid, next_valid;

  // Which it would be, whether there is a clock for it or not.
  assign side_valid   = guest_valid || update_valid;
  assign word_first   = data_valid_i && !(side_valid && side_turn_q);
  assign data_ready_o = !(side_valid && side_turn_q) && !hold_i;
  assign word_taken   = word_first && !hold_i;
  assign side_taken   = side_valid && !word_first && !hold_i;
  assign update_taken = side_taken && !guest_valid;
  assign guest_taken  = side_taken && guest_valid;

  assign chosen_valid = word_first || side_valid;
  assign chosen       = '{
    guest:  !word_first && guest_valid,
    row:    word_first ? data_i.id[RowWidth-1:0] : guest_valid ? guest_row : update_row,
    word:   data_i,
    error:  chosen_error,
    exokay: chosen_exokay
  };

  if (Cfg.FastClock) begin : gen_choice_clock
    logic  valid_q;
    wake_t wake_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)      valid_q <= 1'b0;
      else if (!hold_i) valid_q <= chosen_valid;
    end

    always_ff @(posedge clk_i) if (!hold_i) wake_q <= chosen;

    assign next_valid = valid_q;
    assign next       = wake_q;
  end else begin : gen_choice
    assign next_valid = chosen_valid;
    assign next       = chosen;
  end

  assign next_event_o = next_valid && !next.guest && !hold_i;
  assign next_guest_o = next_valid && next.guest && !hold_i;
  assign next_row_o   = next.row;
  assign next_last_o  = next.word.last;
  assign next_data_o  = next.word.data;
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
      word_q   <= next.word;
      row_q    <= next.row;
      error_q  <= next.error;
      exokay_q <= next.exokay;
    end
  end

  if (Nested) begin : gen_guest
    logic guest_ready;

    stream_fifo_registered #(.T(row_t), .Depth(Rows)) u_guests (
      .clk_i, .rst_ni,
      .valid_i (guest_i), .ready_o (guest_ready), .data_i (guest_row_i),
      .valid_o (guest_valid), .ready_i (guest_taken), .data_o (guest_row)
    );

`ifdef SYNTHESIS
    logic unused;
    assign unused = guest_ready;
`else
    always_ff @(posedge clk_i) begin
      if (rst_ni) a_room_guests: assert (!guest_i || guest_ready);
    end
`endif
  end else begin : gen_no_guest
    assign guest_valid = 1'b0;
    assign guest_row   = '0;

    logic unused;
    assign unused = ^{guest_i, guest_row_i};
  end

  // A and D updates: only where memory takes exclusive pairs.
  if (Cfg.AmoHwad) begin : gen_update
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
      .valid_o (ack_valid), .ready_i (update_taken && ack_valid), .data_o (ack)
    );

    stream_fifo #(.T(wait_t), .Depth(Rows)) u_waits (
      .clk_i, .rst_ni,
      .valid_i (backoff_i), .ready_o (wait_ready), .data_i (wait_in),
      .valid_o (wait_valid), .ready_i (update_taken && !ack_valid), .data_o (waiting)
    );

    // Attempts n waits 2**(n+1) clocks; the count starts anew for each.
    logic [2:0] exponent;
    assign exponent = (waiting.tries > 3'd5) ? 3'd5 : waiting.tries;
    assign expired  = wait_valid && elapsed_q >= (7'd2 << exponent);

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)                                      elapsed_q <= '0;
      else if (!wait_valid || (update_taken && !ack_valid)) elapsed_q <= '0;
      else if (!expired)                                elapsed_q <= elapsed_q + 1'b1;
    end

    assign update_valid = ack_valid || expired;
    assign update_row   = ack_valid ? ack.row : waiting.row;
    assign chosen_error  = word_first ? data_i.error : ack.error;
    assign chosen_exokay = word_first ? data_i.exokay : ack.exokay;

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
    assign update_valid = 1'b0;
    assign update_row   = '0;
    assign chosen_error  = data_i.error;
    assign chosen_exokay = data_i.exokay;

    logic unused;
    assign unused = ^{done_valid_i, done_i, backoff_i, backoff_row_i, backoff_tries_i,
                      update_taken};
  end

endmodule
