// SPDX-License-Identifier: Apache-2.0
//
// Waits for what came before: IOFENCE.C and changes of `ddtp`. It flips the
// colour that new requests are given, and waits until nothing of the old one is
// left: requests, fault records, and with PR or PW what the front end owes.
// New requests are neither blocked nor waited for. Then IOFENCE.C stores DATA.
//
// A fence without PR or PW leaves accesses behind that answered requests still
// owe. Their colour is the one that the next flip gives out again, so a wait that
// asks for them begins when they are over: nothing is added to them by then.
//
// A request accepted in the clock of the flip still has the old colour; it
// counts as busy from the next clock on, the first one that is looked at. All
// must be quiet for SettleClocks in a row, so a fault record may reach its port
// up to three clocks after its request was answered.
//
// `done_o` is a pulse; `fence_valid_i` must be withdrawn or renewed after it. A
// write to `ddtp` goes first and acts as PR=PW=1; `ddtp_busy_o` rises in the
// clock of `ddtp_written_i`. One more write while busy prolongs it.

module iommu_fence
  import iommu_build_pkg::*;
  import iommu_registers_pkg::*;
(
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       fence_valid_i,
  input  fence_t     fence_i,
  output logic       done_o,
  output logic       error_o,         // the store failed

  input  logic       ddtp_written_i,
  output logic       ddtp_busy_o,

  output logic       colour_o,
  input  logic [1:0] requests_busy_i,
  input  logic [1:0] faults_busy_i,
  input  logic [1:0] reads_busy_i,
  input  logic [1:0] writes_busy_i,

  output logic       store_valid_o,
  input  logic       store_ready_i,
  output store_t     store_o,
  input  logic       store_done_i,
  input  logic       store_error_i
);

  localparam int unsigned SettleClocks = 4;

  typedef enum logic [2:0] {
    StIdle,
    StDrain,
    StStore,
    StAcknowledge,
    StEnd
  } state_e;

  state_e state_d, state_q;
  logic   colour_d, colour_q;
  logic   pending_d, pending_q;     // ddtp was written, its wait has not begun
  logic   for_ddtp_d, for_ddtp_q;   // this wait is for ddtp
  logic   error_d, error_q;
  logic [$clog2(SettleClocks)-1:0] quiet_d, quiet_q;
  logic   reachable;                // the store's address has no more than PAS bits
  logic   busy;
  logic   owed;                     // accesses older than the last flip

  assign reachable = fence_i.addr[61:PaWidth-2] == '0;

  // As they were in the clock before: SettleClocks cover it.
  logic [1:0] requests_busy_q, faults_busy_q, reads_busy_q, writes_busy_q;

  always_ff @(posedge clk_i) begin
    requests_busy_q <= requests_busy_i;
    faults_busy_q   <= faults_busy_i;
    reads_busy_q    <= reads_busy_i;
    writes_busy_q   <= writes_busy_i;
  end

  assign busy = requests_busy_q[!colour_q] || faults_busy_q[!colour_q] ||
                (reads_busy_q[!colour_q]  && (for_ddtp_q || fence_i.pr)) ||
                (writes_busy_q[!colour_q] && (for_ddtp_q || fence_i.pw));

  assign owed = (reads_busy_q[!colour_q]  && (pending_q || fence_i.pr)) ||
                (writes_busy_q[!colour_q] && (pending_q || fence_i.pw));

  always_comb begin
    state_d       = state_q;
    colour_d      = colour_q;
    pending_d     = pending_q || ddtp_written_i;
    for_ddtp_d    = for_ddtp_q;
    quiet_d       = '0;
    error_d       = error_q;
    done_o        = 1'b0;
    store_valid_o = 1'b0;

    unique case (state_q)
      StIdle: begin
        if ((pending_q || fence_valid_i) && !owed) begin
          state_d    = StDrain;
          colour_d   = !colour_q;
          for_ddtp_d = pending_q;
          if (pending_q) pending_d = ddtp_written_i;
        end
      end
      StDrain: begin
        if (!busy) quiet_d = quiet_q + 1'b1;
        if (!busy && quiet_q == '1) begin
          state_d = (!for_ddtp_q && fence_i.av && reachable) ? StStore : StEnd;
          error_d = fence_i.av;
        end
      end
      StStore: begin
        store_valid_o = 1'b1;
        if (store_ready_i) state_d = StAcknowledge;
      end
      StAcknowledge: begin
        error_d = store_error_i;
        if (store_done_i) state_d = StEnd;
      end
      // A clock of its own: whether all is quiet is known late.
      StEnd: begin
        done_o  = !for_ddtp_q;
        state_d = StIdle;
      end
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) error_q <= error_d;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      colour_q   <= 1'b0;
      pending_q  <= 1'b0;
      for_ddtp_q <= 1'b0;
      quiet_q    <= '0;
    end else begin
      state_q    <= state_d;
      colour_q   <= colour_d;
      pending_q  <= pending_d;
      for_ddtp_q <= for_ddtp_d;
      quiet_q    <= quiet_d;
    end
  end

  assign colour_o     = colour_q;
  assign error_o      = error_q;
  assign ddtp_busy_o  = ddtp_written_i || pending_q || (state_q != StIdle && for_ddtp_q);
  assign store_o.addr = fence_i.addr[PaWidth-3:0];
  assign store_o.data = fence_i.data;

  logic unused;
  assign unused = fence_i.wsi;

endmodule
