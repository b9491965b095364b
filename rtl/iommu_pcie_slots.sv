// SPDX-License-Identifier: Apache-2.0
//
// Which read bursts are under way. A slot is given to a burst before its AR, takes
// its data, and is free again when its completion has left. The bursts of one
// request are a chain: a completion leaves after the one before it, those of
// different requests in any order. When one of a chain has failed, its completion
// is the request's last, and what is behind it in the chain leaves in silence.

module iommu_pcie_slots
  import iommu_pcie_pkg::*;
(
  input  logic  clk_i,
  input  logic  rst_ni,

  // The burst that begins
  output logic  free_valid_o,
  output slot_t free_slot_o,
  input  logic  start_i,         // takes free_slot_o
  input  logic  start_first_i,   // of its request
  output logic  chain_failed_o,  // the request that is being split has failed

  // The burst whose data has come
  input  logic  arrived_i,       // a beat
  input  slot_t arrived_slot_i,
  input  logic  arrived_last_i,
  input  logic  arrived_bad_i,
  input  logic  arrived_refused_i,

  // The completion that may leave; it does so in some later clock, and until it is
  // done with nobody chooses another
  output logic  ready_valid_o,
  output slot_t ready_slot_o,
  input  logic  choose_i,        // takes ready_slot_o
  input  slot_t status_slot_i,
  output logic  silent_o,        // of status_slot_i
  output logic  failed_o,
  output logic  refused_o,
  input  logic  retire_i         // status_slot_i is done with
);

  logic  [Slots-1:0] busy_q, whole_q, behind_q, silent_q, failed_q, refused_q;
  slot_t             front_q [Slots];
  logic              chain_q, chain_failed_q, chain, retire_failed, unused_free_any;
  slot_t             last_q;
  logic  [Slots-1:0] candidates, unused_grant;

  lowest_one #(.N(Slots)) u_free (
    .bits_i  (~busy_q),
    .any_o   (unused_free_any),
    .index_o (free_slot_o)
  );

  assign free_valid_o = unused_free_any;

  assign candidates    = busy_q & whole_q & ~behind_q;
  assign ready_valid_o = candidates != '0;

  round_robin_arbiter #(.N(Slots)) u_choose (
    .clk_i, .rst_ni,
    .request_i (candidates),
    .advance_i (choose_i),
    .grant_o   (unused_grant),
    .index_o   (ready_slot_o)
  );

  assign silent_o      = silent_q[status_slot_i];
  assign failed_o      = failed_q[status_slot_i];
  assign refused_o     = refused_q[status_slot_i];
  assign retire_failed = retire_i && (silent_o || failed_o);

  // Is the burst before this one still there when this one begins?
  assign chain          = chain_q && !(retire_i && status_slot_i == last_q);
  assign chain_failed_o = chain_failed_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q         <= '0;
      whole_q        <= '0;
      behind_q       <= '0;
      silent_q       <= '0;
      failed_q       <= '0;
      refused_q      <= '0;
      chain_q        <= 1'b0;
      chain_failed_q <= 1'b0;
    end else begin
      if (arrived_i) begin
        if (arrived_last_i) whole_q[arrived_slot_i] <= 1'b1;
        if (arrived_bad_i && !failed_q[arrived_slot_i]) begin
          failed_q[arrived_slot_i]  <= 1'b1;
          refused_q[arrived_slot_i] <= arrived_refused_i;
        end
      end

      if (retire_i) begin
        busy_q[status_slot_i] <= 1'b0;
        for (int unsigned i = 0; i < Slots; i++) begin
          if (behind_q[i] && front_q[i] == status_slot_i) begin
            behind_q[i] <= 1'b0;
            silent_q[i] <= retire_failed;
          end
        end
        if (chain_q && status_slot_i == last_q) begin
          chain_q        <= 1'b0;
          chain_failed_q <= retire_failed;
        end
      end

      if (start_i) begin
        busy_q[free_slot_o]    <= 1'b1;
        whole_q[free_slot_o]   <= 1'b0;
        failed_q[free_slot_o]  <= 1'b0;
        behind_q[free_slot_o]  <= chain && !start_first_i;
        silent_q[free_slot_o]  <= !start_first_i && chain_q && !chain && retire_failed;
        chain_q                <= 1'b1;
        chain_failed_q         <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      front_q[free_slot_o] <= last_q;
      last_q               <= free_slot_o;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_free:    assert (!start_i || !busy_q[free_slot_o]);
      a_arrived: assert (!arrived_i || (busy_q[arrived_slot_i] && !whole_q[arrived_slot_i]));
      a_retire:  assert (!retire_i || (busy_q[status_slot_i] && whole_q[status_slot_i] &&
                                       !behind_q[status_slot_i]));
    end
  end
`endif

endmodule
